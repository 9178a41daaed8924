// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The link thread.

   It holds the lock of everything here except while it sleeps in poll(), and
   nothing it does meanwhile waits for anybody.  Sockets of members are made by
   this thread only, so a descriptor that poll() reported is still the same
   when it is looked at, or closed.
*/

#include "plugin/link.h"

#include "plugin/member.h"
#include "plugin/pair.h"
#include "plugin/search.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define MS_NS 1000000
#define SECOND_NS 1000000000LL

#define WATCH_NS (10 * MS_NS)      // While a young instance may appear
#define WATCH_OLD_NS (100 * MS_NS) // An older one: analysis, a long export
#define YOUNG_NS (2 * SECOND_NS)
#define GATHER_NS (10 * MS_NS)     // From the last that appeared to ATTACH
#define RETRY_SOON_NS (20 * MS_NS) // The bridge let an instance go
#define RETRY_LATER_NS SECOND_NS   // It did so at once
#define RETRY_REFUSED_NS (5 * SECOND_NS)
#define CROWDED_NS (2 * SECOND_NS) // Without room to send: that is said
#define EXCUSE_NS (500 * MS_NS)    // We were woken so much later than asked

/// What is polled before the sockets of members
enum { POLL_WAKE, POLL_PEER, POLL_PEER_PROCESS, POLL_READY, POLL_CHILD, POLLS };

/// Held over all of rs_link_add() and rs_link_remove(): start and end of life
static pthread_mutex_t life = PTHREAD_MUTEX_INITIALIZER;

/// Held for all below
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
  pthread_t thread;
  bool      is_ending;
  int       wake; ///< eventfd
  RsLinked* members;
  uint32_t  n_members;
  uint32_t  last_number;
  int64_t   appeared_ns; ///< When an instance last did
  int64_t   tidied_ns;
  RsSearch  search;
  char*     program;
  char**    environment;
} it;

static int64_t
clock_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((int64_t)now.tv_sec * SECOND_NS) + now.tv_nsec;
}

static void
wake_up(void)
{
  const uint64_t one = 1u;
  (void)!write(it.wake, &one, sizeof(one));
}

static int64_t
earlier(const int64_t a, const int64_t b)
{
  return a < b ? a : b;
}

static RsLinked*
find(const uint32_t number)
{
  RsLinked* m = it.members;
  while (m && m->number != number) {
    m = m->next;
  }

  return m;
}

/// Let hidden instances appear.  @return when to look again
static int64_t
watch_hidden(const int64_t now_ns)
{
  int64_t next_ns = INT64_MAX;
  for (RsLinked* m = it.members; m; m = m->next) {
    if (m->state != RS_MEMBER_HIDDEN) {
      continue;
    }

    if (rs_member_appears(m, now_ns)) {
      it.appeared_ns = now_ns;
    } else {
      const bool is_young = now_ns - m->made_ns < YOUNG_NS;
      next_ns = earlier(next_ns, now_ns + (is_young ? WATCH_NS : WATCH_OLD_NS));
    }
  }

  return next_ns;
}

static bool
is_wanted(void)
{
  for (const RsLinked* m = it.members; m; m = m->next) {
    if (m->state != RS_MEMBER_HIDDEN) {
      return true;
    }
  }

  return false;
}

static void
detach_all(void)
{
  for (RsLinked* m = it.members; m; m = m->next) {
    if (m->state > RS_MEMBER_WANTED) {
      rs_member_detach(m, false);
    }

    m->retry_ns = 0;
  }
}

/// The bridge that had the pairs is dead: what waits in them may be sent again
static void
allow_resending(void)
{
  for (RsLinked* m = it.members; m; m = m->next) {
    m->may_resend = m->state == RS_MEMBER_WANTED;
  }
}

/// One line for each time that it was attached
static void
log_no_attachment(RsLinked* const m, const int error)
{
  if (!m->has_logged) {
    m->has_logged = true;
    rs_log_line(&m->plan.log,
                "no OSC: an instance cannot be shown to the bridge: %s; the "
                "plugin works on without it",
                strerror(error));
  }
}

/// Send all that have appeared, in order of creation.  @return when to go on
static int64_t
attach_wanted(const int64_t now_ns)
{
  // Instances of one host appear in the same cycle, or the next: names follow
  // the order of creation only if they are sent together
  const int64_t gathered_ns = it.appeared_ns + GATHER_NS;
  int64_t       next_ns     = INT64_MAX;

  for (RsLinked* m = it.members; m; m = m->next) {
    if (m->state != RS_MEMBER_WANTED) {
      continue;
    }

    const int64_t due_ns =
      m->retry_ns > gathered_ns ? m->retry_ns : gathered_ns;
    if (now_ns < due_ns) {
      next_ns = earlier(next_ns, due_ns);
      continue;
    }

    const RsStatus st = rs_member_attach(m, &it.search.peer, now_ns);
    if (st == RS_GONE) {
      rs_search_lost(&it.search, now_ns);
      return now_ns;
    }

    if (st == RS_AGAIN) {
      // A moment in a full system, or for good
      m->crowded_ns = m->crowded_ns ? m->crowded_ns : now_ns;
      if (now_ns - m->crowded_ns > CROWDED_NS) {
        log_no_attachment(m, errno);
      }

      return earlier(next_ns, now_ns + (5 * MS_NS));
    }

    if (st) {
      log_no_attachment(m, errno);
      m->retry_ns = now_ns + RETRY_LATER_NS;
      next_ns     = earlier(next_ns, m->retry_ns);
    }
  }

  return next_ns;
}

/// An instance is not attached any more, though the bridge is there
static void
retry(RsLinked* const m, const int64_t now_ns)
{
  const bool was_at_once =
    m->state != RS_MEMBER_ATTACHED || now_ns - m->attached_ns < RETRY_LATER_NS;

  rs_member_detach(m, false);
  m->retry_ns = now_ns + (was_at_once ? RETRY_LATER_NS : RETRY_SOON_NS);
}

static void
take_refusal(RsLinked* const m, const uint32_t why, const int64_t now_ns)
{
  rs_member_detach(m, false);
  m->retry_ns = now_ns + RETRY_REFUSED_NS;
  if (!m->has_logged) {
    m->has_logged = true;
    rs_log_line(&m->plan.log,
                "the bridge refused an instance: it %s; the plugin works on "
                "without it",
                why == RS_REFUSED_FULL ? "serves too many"
                                       : "did not understand");
  }
}

static void
take_messages(const int64_t now_ns)
{
  RsPeerMessage message;
  while (!rs_search_receive(&it.search, &message, now_ns)) {
    const bool is_attached = message.head.kind == RS_ATTACH_ATTACHED;

    RsLinked* const m =
      find(is_attached ? message.attached.instance : message.refused.instance);
    if (m && is_attached && m->state >= RS_MEMBER_SENT) {
      rs_member_attached(m, message.attached.name, now_ns);
    } else if (m && !is_attached && m->was_sent) {
      // Maybe the closed socket was seen before
      take_refusal(m, message.refused.reason, now_ns);
    }
  }
}

static void
tidy(const int64_t now_ns)
{
  it.tidied_ns = now_ns;
  for (RsLinked* m = it.members; m; m = m->next) {
    if (rs_member_tidy(m)) {
      retry(m, now_ns);
      m->retry_ns = now_ns;
    }
  }
}

/// Everything that is due.  @return when to do so again
static int64_t
work(const int64_t now_ns)
{
  const bool was_up  = it.search.state == RS_SEARCH_UP;
  int64_t    next_ns = watch_hidden(now_ns);

  it.search.log = &it.members->plan.log;
  if (was_up) {
    take_messages(now_ns);
  }

  if (it.search.state == RS_SEARCH_GREET) {
    take_messages(now_ns);
  }

  next_ns = earlier(next_ns, rs_search_tick(&it.search, is_wanted(), now_ns));

  if (it.search.state != RS_SEARCH_UP) {
    if (was_up) {
      detach_all();
    }
  } else {
    next_ns = earlier(next_ns, attach_wanted(now_ns));
    if (now_ns - it.tidied_ns >= SECOND_NS) {
      tidy(now_ns);
    }
  }

  if (it.search.peer_died) {
    it.search.peer_died = false;
    allow_resending();
  }

  for (RsLinked* m = it.members; m; m = m->next) {
    next_ns = earlier(next_ns, rs_member_tick(m, now_ns));
    atomic_store_explicit(&m->plan.presence->osc_port,
                          m->state == RS_MEMBER_ATTACHED ? it.search.osc_port
                                                         : 0u,
                          memory_order_relaxed);
  }

  return next_ns;
}

static struct pollfd
readable(const int fd)
{
  // Negative descriptors are left out by poll()
  return (struct pollfd){.fd = fd, .events = POLLIN};
}

/// Lay out what is polled.  @return how many, at most `room`
static nfds_t
lay_out(struct pollfd* const polled, const nfds_t room)
{
  const RsSearch* const search = &it.search;
  const bool            talks =
    search->state == RS_SEARCH_GREET || search->state == RS_SEARCH_UP;
  const bool starts = search->state == RS_SEARCH_START;

  polled[POLL_WAKE]         = readable(it.wake);
  polled[POLL_PEER]         = readable(talks ? search->peer.fd : -1);
  polled[POLL_PEER_PROCESS] = readable(search->peer.pidfd);
  polled[POLL_READY]        = readable(starts ? search->spawn.ready_fd : -1);
  polled[POLL_CHILD]        = readable(search->spawn.pidfd);

  nfds_t n = POLLS;
  for (RsLinked* m = it.members; m; m = m->next) {
    m->poll_index = -1;
    if (m->socket >= 0 && n < room) {
      m->poll_index = (int)n;
      polled[n++]   = readable(m->socket);
    }
  }

  return n;
}

static void
dispatch(const struct pollfd* const polled, const int64_t now_ns)
{
  const bool was_up = it.search.state == RS_SEARCH_UP;
  uint64_t   rings  = 0;
  if (polled[POLL_WAKE].revents) {
    (void)!read(it.wake, &rings, sizeof(rings));
  }

  // The death of the bridge first, so that it is not taken for many refusals
  if (it.search.state == RS_SEARCH_UP && rs_peer_is_dead(&it.search.peer)) {
    rs_search_lost(&it.search, now_ns);
    detach_all();
  }

  // Then what it said, before sockets that it closed after that
  take_messages(now_ns);

  for (RsLinked* m = it.members; m; m = m->next) {
    if (m->socket >= 0 && m->poll_index >= 0 && polled[m->poll_index].revents &&
        rs_member_dispatch(m, now_ns)) {
      retry(m, now_ns);
    }
  }

  // A process that is killed closes its sockets some time before it is dead
  if (was_up && it.search.state != RS_SEARCH_UP) {
    detach_all();
  }
}

/// Room for all sockets, or what memory there is
static struct pollfd*
make_room(struct pollfd* const polled, nfds_t* const room)
{
  const nfds_t needed = POLLS + it.n_members;
  if (needed <= *room) {
    return polled;
  }

  struct pollfd* const more =
    (struct pollfd*)realloc(polled, 2u * needed * sizeof(struct pollfd));
  if (!more) {
    return polled;
  }

  *room = 2u * needed;
  return more;
}

static void*
run_link(void* const unused)
{
  (void)unused;

  struct pollfd  few[POLLS];
  struct pollfd* many   = NULL;
  nfds_t         room   = 0;
  int64_t        now_ns = clock_ns();

  pthread_mutex_lock(&lock);
  while (!it.is_ending) {
    const int64_t next_ns = work(now_ns);

    many                        = make_room(many, &room);
    struct pollfd* const polled = many ? many : few;
    const nfds_t         n      = lay_out(polled, many ? room : POLLS);
    pthread_mutex_unlock(&lock);

    const int64_t sleep_ns = next_ns - clock_ns();
    const int     sleep_ms = next_ns == INT64_MAX ? -1
                             : sleep_ns <= 0      ? 0
                             : sleep_ns > 60 * SECOND_NS
                               ? 60000
                               : (int)((sleep_ns + MS_NS - 1) / MS_NS);

    const int count = poll(polled, n, sleep_ms);

    now_ns = clock_ns();
    pthread_mutex_lock(&lock);
    if (next_ns != INT64_MAX && now_ns - next_ns > EXCUSE_NS) {
      rs_search_excuse(&it.search, now_ns);
    }

    if (count > 0 && !it.is_ending) {
      dispatch(polled, now_ns);
    }
  }
  pthread_mutex_unlock(&lock);

  free(many);
  return NULL;
}

static int
start_thread(void)
{
  pthread_attr_t           attributes;
  const struct sched_param param = {.sched_priority = 0};

  int error = pthread_attr_init(&attributes);
  if (error) {
    return error;
  }

  // The thread that instantiates may be a real-time one.  Signals are blocked
  // before it starts, so the host's handlers never run in it
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
  pthread_attr_setschedparam(&attributes, &param);
  pthread_attr_setstacksize(&attributes, 512u * 1024u);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&it.thread, &attributes, run_link, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);

  if (!error) {
    (void)pthread_setname_np(it.thread, "ringside-link");
  }

  return error;
}

static char*
join(const char* const folder, const char* const file)
{
  const size_t size = strlen(folder) + strlen(file) + 2u;
  char* const  path = (char*)malloc(size);
  if (path) {
    const bool has_slash = folder[0] && folder[strlen(folder) - 1u] == '/';
    snprintf(path, size, "%s%s%s", folder, has_slash ? "" : "/", file);
  }

  return path;
}

/// What the thread leaves, or what it did not come to; keeps errno
static void
clean_up(void)
{
  const int error = errno;

  rs_search_close(&it.search);
  free(it.program);
  free(it.environment);
  if (it.wake >= 0) {
    close(it.wake);
  }

  memset(&it, 0, sizeof(it));
  errno = error;
}

/// Begin life, with the first member in the list.  @return false with errno: it
/// works alone
static bool
begin(const RsLinkPlan* const plan)
{
  it.is_ending   = false;
  it.program     = join(plan->bundle, RS_BRIDGE_PROGRAM);
  it.environment = rs_spawn_environment();
  it.wake        = eventfd(0u, EFD_CLOEXEC | EFD_NONBLOCK);
  rs_search_init(&it.search, it.program, it.environment);

  if (!it.program || !it.environment || it.wake < 0) {
    return false;
  }

  const int error = start_thread();
  errno           = error;
  return !error;
}

RsLinked*
rs_link_add(const RsLinkPlan* const plan, RsIntake* const first)
{
  RsLinked* const m = (RsLinked*)calloc(1, sizeof(RsLinked));
  if (!m) {
    return NULL;
  }

  m->plan       = *plan;
  m->made_ns    = clock_ns();
  m->pairs[0]   = first;
  m->sent       = first;
  m->socket     = -1;
  m->poll_index = -1;
  m->look_ns    = INT64_MAX;

  pthread_mutex_lock(&life);
  pthread_mutex_lock(&lock);

  const bool is_first = !it.members;
  RsLinked** end      = &it.members;
  while (*end) {
    end = &(*end)->next;
  }

  *end      = m;
  m->number = ++it.last_number;
  ++it.n_members;

  bool is_linked = true;
  if (!is_first) {
    wake_up();
  } else if (!begin(plan)) {
    is_linked = false;
    clean_up();
  }

  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&life);

  if (!is_linked) {
    free(m);
    return NULL;
  }

  return m;
}

void
rs_link_remove(RsLinked* const linked)
{
  pthread_mutex_lock(&life);
  pthread_mutex_lock(&lock);

  RsLinked** place = &it.members;
  while (*place != linked) {
    place = &(*place)->next;
  }

  *place = linked->next;
  --it.n_members;
  rs_member_detach(linked, false);
  it.is_ending  = !it.members;
  it.search.log = NULL;
  wake_up();
  pthread_mutex_unlock(&lock);

  if (it.is_ending) {
    pthread_join(it.thread, NULL);
    clean_up();
  }

  pthread_mutex_unlock(&life);
}

void
rs_link_free(RsLinked* const linked)
{
  for (uint32_t i = 0; linked && i < RS_MEMBER_PAIRS; ++i) {
    rs_pair_free(linked->pairs[i]);
  }

  free(linked);
}

void
rs_link_restore_name(RsLinked* const linked, const char* const name)
{
  pthread_mutex_lock(&lock);
  if (linked->state == RS_MEMBER_HIDDEN) {
    snprintf(linked->name, sizeof(linked->name), "%s", name);
  }
  pthread_mutex_unlock(&lock);
}

void
rs_link_name(RsLinked* const linked, char name[RS_NAME_MAX + 1u])
{
  pthread_mutex_lock(&lock);
  memcpy(name, linked->name, RS_NAME_MAX + 1u);
  pthread_mutex_unlock(&lock);
}
