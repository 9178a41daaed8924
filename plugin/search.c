// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Finding, starting and ending the bridge

#include "plugin/search.h"

#include "plugin/search_folder.h"
#include "shm/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MS_NS 1000000
#define SECOND_NS 1000000000

#define RETRY_NS (5 * MS_NS)        // Somebody else is starting a bridge
#define YIELD_NS (50 * MS_NS)       // Another bridge comes, or is about to go
#define START_NS (10LL * SECOND_NS) // A bridge is slow on a loaded machine
#define ANSWER_NS (500 * MS_NS)     // Least time to answer a ping
#define DYING_NS (50 * MS_NS)       // From a closed socket to its process' end
#define STEP_DOWN_NS (3LL * SECOND_NS)
#define KILL_NS (2LL * SECOND_NS)
#define BACK_OFF_LEAST_NS (1LL * SECOND_NS)
#define BACK_OFF_MOST_NS (30LL * SECOND_NS)

void
rs_search_init(RsSearch* const   search,
               const char* const program,
               char** const      environment)
{
  memset(search, 0, sizeof(*search));
  search->program     = program;
  search->environment = environment;
  search->peer        = RS_PEER_NONE;
  search->spawn       = RS_SPAWN_NONE;
  search->folder      = -1;
  search->lock        = -1;
  search->back_off_ns = BACK_OFF_LEAST_NS;

  // Too long, it stays empty, and cannot be opened
  (void)!rs_runtime_path(search->path, sizeof(search->path));
}

static void
enter(RsSearch* const     search,
      const RsSearchState state,
      const int64_t       next_ns,
      const int64_t       deadline_ns)
{
  search->state       = state;
  search->next_ns     = next_ns;
  search->deadline_ns = deadline_ns;
}

/// There will be no bridge for a while; one line for each time it was there
static void
give_up(RsSearch* const   search,
        const int64_t     now_ns,
        const char* const what,
        const char* const why)
{
  rs_search_unlock(search);
  rs_search_close_folder(search);
  rs_peer_close(&search->peer);
  rs_spawn_close_ready(&search->spawn);

  if (!search->has_logged) {
    search->has_logged = true;
    rs_log_line(search->log,
                "no OSC: %.200s: %s; the plugin works on without it",
                what,
                why);
  }

  enter(search, RS_SEARCH_IDLE, now_ns + search->back_off_ns, INT64_MAX);
  search->sought_ns = 0;
  search->back_off_ns *= 2;
  if (search->back_off_ns > BACK_OFF_MOST_NS) {
    search->back_off_ns = BACK_OFF_MOST_NS;
  }
}

/// Look for a bridge from now on.  One that starts, or takes connections, again
/// and again, and never comes to welcome us, is as good as none
static void
seek(RsSearch* const search, const int64_t now_ns)
{
  if (!search->sought_ns) {
    search->sought_ns = now_ns;
  }

  // The folder may have been made anew since; the lock, if ours, stays
  rs_peer_close(&search->peer);
  rs_search_close_folder(search);
  enter(search, RS_SEARCH_SEEK, now_ns, search->sought_ns + START_NS);
}

/// @return true if somebody listens, and is being greeted
static bool
try_connect(RsSearch* const search, const int64_t now_ns, RsStatus* const st)
{
  *st = rs_peer_connect(&search->peer, search->folder, search->path);
  if (*st) {
    return false;
  }

  // A bridge that has no room says so and leaves, maybe before we have spoken:
  // what it said is heard in any case
  if (rs_peer_hello(&search->peer, program_invocation_short_name) == RS_AGAIN) {
    rs_peer_close(&search->peer);
    *st = RS_AGAIN;
    return false;
  }

  rs_search_unlock(search);
  enter(search, RS_SEARCH_GREET, now_ns + RS_HUNG_NS, now_ns + RS_HUNG_NS);
  return true;
}

static void
start_bridge(RsSearch* const search, const int64_t now_ns)
{
  // On a busy machine the one before may not have ended yet.  Forgotten, it
  // would stay a zombie for as long as the host lives
  if (!rs_spawn_reap(&search->spawn) && now_ns < search->deadline_ns) {
    search->next_ns = now_ns + RETRY_NS;
    return;
  }

  rs_spawn_close(&search->spawn);
  if (!search->environment ||
      rs_spawn_start(&search->spawn, search->program, search->environment)) {
    give_up(search, now_ns, search->program, strerror(errno));
    return;
  }

  enter(search, RS_SEARCH_START, now_ns + START_NS, now_ns + START_NS);
}

static void
tick_seek(RsSearch* const search, const int64_t now_ns)
{
  if (now_ns >= search->deadline_ns) {
    give_up(search, now_ns, search->path, "no bridge there serves this plugin");
    return;
  }

  // It may have been moved or removed since it was opened, and others look for
  // a bridge, and for the start lock, where it was
  if (search->folder >= 0 && !rs_runtime_is_at(search->folder, search->path)) {
    rs_search_unlock(search);
    rs_search_close_folder(search);
  }

  if (search->folder < 0) {
    search->folder = rs_runtime_open_at(search->path, true);
  }

  if (search->folder < 0) {
    give_up(search,
            now_ns,
            search->path,
            errno == EPERM ? "this folder must be yours, with mode 0700"
                           : strerror(errno));
    return;
  }

  RsStatus st = RS_SUCCESS;
  if (try_connect(search, now_ns, &st)) {
    return;
  }

  if (st == RS_NOT_FOUND) {
    // Nobody listens; look again once we are the only one who may start
    st = rs_search_lock(search);
    if (!st && try_connect(search, now_ns, &st)) {
      return;
    }

    if (st == RS_NOT_FOUND) {
      start_bridge(search, now_ns);
      return;
    }
  }

  if (st == RS_BAD_ARG) {
    give_up(search, now_ns, search->path, "its bridge is another user's");
  } else if (st != RS_AGAIN) {
    give_up(search, now_ns, search->path, strerror(errno));
  } else {
    search->next_ns = now_ns + RETRY_NS;
  }
}

/// A bridge that we started ended before it listened
static void
end_start(RsSearch* const search, const int64_t now_ns)
{
  // Its exit code comes a moment after the end of its pipe
  rs_spawn_close_ready(&search->spawn);
  if (!rs_spawn_reap(&search->spawn) && now_ns < search->deadline_ns) {
    search->next_ns = now_ns + RETRY_NS;
    return;
  }

  const int code = search->spawn.code;
  char      pid[16];
  char      why[160];
  if (rs_search_find_stopped(search, pid)) {
    snprintf(why,
             sizeof(why),
             "a bridge has it that is stopped: let process %s go on (kill "
             "-CONT %s), or end it (kill -KILL %s)",
             pid,
             pid,
             pid);
    give_up(search, now_ns, search->path, why);
  } else if (code == RS_EXIT_RUNNING || code == RS_EXIT_LOST) {
    // Somebody was quicker, or has not gone yet, or the folder has been taken
    // away meanwhile: whoever it is, the next look will tell
    rs_search_unlock(search);
    seek(search, now_ns);
    search->next_ns = now_ns + YIELD_NS;
  } else {
    give_up(search, now_ns, search->program, "it ended while it started");
  }
}

static void
tick_start(RsSearch* const search, const int64_t now_ns)
{
  const RsSpawnState state = rs_spawn_state(&search->spawn);
  if (state == RS_SPAWN_READY) {
    rs_spawn_close_ready(&search->spawn);
    seek(search, now_ns);
  } else if (state == RS_SPAWN_FAILED) {
    end_start(search, now_ns);
  } else if (now_ns >= search->deadline_ns) {
    rs_spawn_abort(&search->spawn);
    give_up(search, now_ns, search->program, "it did not start in 10 s");
  }
}

static void
tick_up(RsSearch* const search, const int64_t now_ns)
{
  RsPeer* const peer = &search->peer;

  if (peer->is_owing && now_ns - peer->pinged_ns >= ANSWER_NS &&
      now_ns - peer->answered_ns >= RS_HUNG_NS) {
    search->osc_port = 0;
    enter(search, RS_SEARCH_END, now_ns, now_ns + KILL_NS);
    return;
  }

  if (now_ns - peer->pinged_ns >= RS_PING_NS && rs_peer_ping(peer, now_ns)) {
    rs_search_lost(search, now_ns);
    return;
  }

  search->next_ns = peer->pinged_ns + RS_PING_NS;
  if (peer->is_owing) {
    const int64_t answer_ns = peer->pinged_ns + ANSWER_NS;
    const int64_t silent_ns = peer->answered_ns + RS_HUNG_NS;
    const int64_t hung_ns   = answer_ns > silent_ns ? answer_ns : silent_ns;
    search->next_ns = hung_ns < search->next_ns ? hung_ns : search->next_ns;
  }
}

static void
tick_leave(RsSearch* const search, const int64_t now_ns)
{
  const bool is_dead = rs_peer_is_dead(&search->peer);
  if (is_dead || now_ns >= search->deadline_ns) {
    search->peer_died = is_dead;
    seek(search, now_ns);
  }
}

static void
tick_end(RsSearch* const search, const int64_t now_ns)
{
  // Others may see the same silence: one of us ends it, and starts the next
  const RsStatus locked =
    search->folder >= 0 ? rs_search_lock(search) : RS_SUCCESS;

  if (!locked) {
    rs_peer_kill(&search->peer);
  }

  if (rs_peer_is_dead(&search->peer)) {
    search->peer_died = true;
    seek(search, now_ns);
  } else if (now_ns >= search->deadline_ns) {
    give_up(search, now_ns, "the bridge hangs", "it could not be ended");
  } else {
    search->next_ns = now_ns + RETRY_NS;
  }
}

static void
rest_unwanted(RsSearch* const search)
{
  if (search->state != RS_SEARCH_START) {
    // A bridge under way is waited for, so that it is not left half started
    rs_search_unlock(search);
    rs_peer_close(&search->peer);
    rs_search_close_folder(search);
    search->osc_port  = 0;
    search->sought_ns = 0;
    enter(search, RS_SEARCH_IDLE, 0, INT64_MAX);
  }
}

int64_t
rs_search_tick(RsSearch* const search,
               const bool      is_wanted,
               const int64_t   now_ns)
{
  (void)rs_spawn_reap(&search->spawn);

  if (!is_wanted && search->state != RS_SEARCH_IDLE) {
    rest_unwanted(search);
  }

  // A state may lead to the next at once, and never round in a circle
  for (unsigned i = 0; i < 8u; ++i) {
    const RsSearchState before = search->state;

    switch (before) {
      case RS_SEARCH_IDLE:
        if (!is_wanted) {
          return INT64_MAX;
        }

        if (now_ns >= search->next_ns) {
          seek(search, now_ns);
        }
        break;
      case RS_SEARCH_SEEK:
        if (now_ns >= search->next_ns) {
          tick_seek(search, now_ns);
        }
        break;
      case RS_SEARCH_START:
        tick_start(search, now_ns);
        break;
      case RS_SEARCH_GREET:
        if (now_ns >= search->deadline_ns) {
          enter(search, RS_SEARCH_END, now_ns, now_ns + KILL_NS);
        }
        break;
      case RS_SEARCH_UP:
        tick_up(search, now_ns);
        break;
      case RS_SEARCH_LEAVE:
        tick_leave(search, now_ns);
        break;
      case RS_SEARCH_END:
        tick_end(search, now_ns);
        break;
    }

    if (search->state == before) {
      break;
    }
  }

  return search->next_ns;
}

static void
take_refusal(RsSearch* const search, const uint32_t why, const int64_t now_ns)
{
  if (why == RS_REFUSED_STEP_DOWN) {
    const int64_t deadline_ns = now_ns + STEP_DOWN_NS;
    enter(search, RS_SEARCH_LEAVE, deadline_ns, deadline_ns);
  } else {
    give_up(search,
            now_ns,
            "the bridge refused this plugin",
            why == RS_REFUSED_VERSION ? "it speaks no common version"
            : why == RS_REFUSED_FULL
              ? "it serves too many hosts already (close one)"
            : why == RS_REFUSED_SHORT
              ? "it has no memory or descriptors left (its log says which)"
              : "it did not understand");
  }

  search->osc_port = 0;
}

/// @return true if the message is not for us, but for an instance
static bool
take_message(RsSearch* const            search,
             const RsPeerMessage* const message,
             const int64_t              now_ns)
{
  const uint32_t kind = message->head.kind;

  if (kind == RS_ATTACH_REFUSED && !message->refused.instance) {
    take_refusal(search, message->refused.reason, now_ns);
  } else if (kind == RS_ATTACH_WELCOME && search->state == RS_SEARCH_GREET) {
    enter(search, RS_SEARCH_UP, now_ns, INT64_MAX);
    search->osc_port       = message->welcome.osc_port;
    search->peer.pinged_ns = now_ns;
  } else if (kind == RS_ATTACH_PONG && search->state == RS_SEARCH_UP) {
    search->osc_port = message->pong.osc_port;
  }

  if (search->state == RS_SEARCH_UP && kind != RS_ATTACH_WELCOME) {
    // It says more than a greeting: this is one that serves us
    search->sought_ns   = 0;
    search->has_logged  = false;
    search->back_off_ns = BACK_OFF_LEAST_NS;
  }

  return kind == RS_ATTACH_ATTACHED ||
         (kind == RS_ATTACH_REFUSED && message->refused.instance);
}

RsStatus
rs_search_receive(RsSearch* const      search,
                  RsPeerMessage* const message,
                  const int64_t        now_ns)
{
  while (search->state == RS_SEARCH_GREET || search->state == RS_SEARCH_UP) {
    const RsStatus st = rs_peer_receive(&search->peer, message, now_ns);
    if (st == RS_AGAIN) {
      break;
    }

    if (st) {
      rs_search_lost(search, now_ns);
      break;
    }

    if (take_message(search, message, now_ns)) {
      return RS_SUCCESS;
    }
  }

  return RS_AGAIN;
}

void
rs_search_excuse(RsSearch* const search, const int64_t now_ns)
{
  search->peer.answered_ns = now_ns;
  search->sought_ns        = search->sought_ns ? now_ns : 0;
  if (search->state == RS_SEARCH_SEEK) {
    search->deadline_ns = now_ns + START_NS;
  } else if (search->state == RS_SEARCH_GREET) {
    search->deadline_ns = now_ns + RS_HUNG_NS;
    search->next_ns     = search->deadline_ns;
  }
}

void
rs_search_lost(RsSearch* const search, const int64_t now_ns)
{
  search->osc_port = 0;
  enter(search, RS_SEARCH_LEAVE, now_ns + DYING_NS, now_ns + DYING_NS);
}

void
rs_search_close(RsSearch* const search)
{
  rs_search_unlock(search);
  rs_search_close_folder(search);
  rs_peer_close(&search->peer);
  rs_spawn_await(&search->spawn);
  rs_spawn_close(&search->spawn);
}
