// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The keeper process: takes jobs, forks a child for each, relays results

#include "ui-bridge/presets/keeper.h"

#include "ui-bridge/presets/keeper_child.h"
#include "ui-bridge/presets/keeper_sandbox.h"
#include "ui-bridge/presets/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// Bundles that are left out because lists crashed on them
#define SKIP_MAX 8u

/// Changes are told once it is quiet for this long, or after the second time
#define QUIET_NS 200000000
#define NOISY_NS 1000000000

/**
   One child.  Life: free → running → (end of file) → reaped → free; or, for a
   list that died on a bundle, running again without that bundle.
*/
typedef struct {
  pid_t        pid;    ///< 0: free
  int          socket; ///< Ours to the child
  uint32_t     id;
  uint32_t     kind;
  int64_t      deadline_ns;
  bool         has_sent; ///< A preset was relayed, so it cannot run again
  bool         is_timed_out;
  bool         is_garbage;
  bool         is_done; ///< `done` holds what the child said
  char         plugin_uri[256];
  RsDonePacket done;
  char*        at; ///< Shared with the child, see RsKeeperJob
} Child;

typedef struct {
  const RsKeeperJobs* table;
  RsSandbox           sandbox; ///< Ours, and the children's
  int                 bridge;  ///< Socket to the bridge
  RsFolderWatch*      watch;
  int64_t             quiet_ns; ///< When to tell of changes; 0: none
  int64_t             noisy_ns; ///< At the latest
  uint32_t            n_skip;
  char                skip[SKIP_MAX][RS_BUNDLE_PATH_MAX];
  Child               children[RS_JOBS_MAX];
  size_t              held; ///< Size of what the bridge did not take yet, or 0
  RsPacket*           packet;
} Keeper;

static int64_t
now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Send what is in `packet` to the bridge, or hold it until it can be
static void
tell(Keeper* const keeper, const size_t size)
{
  keeper->held = 0u;
  if (send(keeper->bridge, keeper->packet, size, MSG_DONTWAIT | MSG_NOSIGNAL) <
      0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      keeper->held = size;
    } else {
      _exit(0); // The bridge has gone; the children go by themselves
    }
  }
}

__attribute__((format(printf, 4, 5))) static void
tell_done(Keeper* const  keeper,
          const uint32_t id,
          const int      code,
          const char*    format,
          ...)
{
  RsDonePacket* const done = &keeper->packet->done;

  memset(done, 0, sizeof(*done));
  done->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_DONE, id, 0u};
  done->code = code;

  va_list args;
  va_start(args, format);
  vsnprintf(done->sentence, sizeof(done->sentence), format, args);
  va_end(args);
  tell(keeper, sizeof(*done));
}

static bool
start_child(Keeper* const            keeper,
            Child* const             child,
            const RsJobPacket* const packet)
{
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
    return false;
  }

  memset(child->at, 0, RS_BUNDLE_PATH_MAX);

  const pid_t self = getpid();
  const pid_t pid  = fork();
  if (!pid) {
    const RsKeeperJob job = {
      packet,
      ends[1],
      -1,
      child->at,
      (const char(*)[RS_BUNDLE_PATH_MAX])keeper->skip,
      keeper->n_skip,
    };
    rs_keeper_child(keeper->table, job, self, &keeper->sandbox);
  }

  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return false;
  }

  child->pid         = pid;
  child->socket      = ends[0];
  child->deadline_ns = now_ns() + keeper->table->time_ns;
  return true;
}

static void
take_job(Keeper* const keeper, const RsJobPacket* const packet)
{
  const uint32_t id = packet->head.job;

  for (uint32_t i = 0u; i < RS_JOBS_MAX; ++i) {
    Child* const child = &keeper->children[i];
    if (!child->pid) {
      child->id           = id;
      child->kind         = packet->head.kind;
      child->has_sent     = false;
      child->is_timed_out = false;
      child->is_garbage   = false;
      child->is_done      = false;
      memcpy(child->plugin_uri, packet->plugin_uri, sizeof(child->plugin_uri));
      if (!start_child(keeper, child, packet)) {
        tell_done(keeper,
                  id,
                  503,
                  "presets are unavailable: no process could be started (%s)",
                  strerror(errno));
      }
      return;
    }
  }

  tell_done(keeper, id, 503, "too many preset jobs at a time, try again");
}

/// Take a job from the bridge, which is trusted no more than anyone
static void
receive_job(Keeper* const keeper)
{
  const ssize_t size = recv(keeper->bridge,
                            keeper->packet,
                            sizeof(*keeper->packet),
                            MSG_DONTWAIT | MSG_TRUNC);
  if (size <= 0) {
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    _exit(0); // The bridge has gone
  }

  if ((size_t)size <= sizeof(*keeper->packet) &&
      rs_packet_check(keeper->packet, (size_t)size) == RS_SUCCESS) {
    const uint32_t kind = keeper->packet->head.kind;
    if (kind == RS_PACKET_LIST || kind == RS_PACKET_SAVE ||
        kind == RS_PACKET_DELETE) {
      take_job(keeper, &keeper->packet->job);
    }
  }
}

/// Run a list again without the bundle it died on.  @return false if it cannot
static bool
try_again(Keeper* const keeper, Child* const child)
{
  if (child->kind != RS_PACKET_LIST || child->has_sent || child->is_garbage ||
      keeper->n_skip >= SKIP_MAX || !child->at[0]) {
    return false;
  }

  child->at[RS_BUNDLE_PATH_MAX - 1u] = '\0';
  fprintf(stderr,
          "ringside: %s was left out: reading its presets failed\n",
          child->at);
  memcpy(keeper->skip[keeper->n_skip++], child->at, RS_BUNDLE_PATH_MAX);

  RsJobPacket* const packet = &keeper->packet->job;
  memset(packet, 0, sizeof(*packet));
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_LIST, child->id, 0u};
  memcpy(packet->plugin_uri, child->plugin_uri, sizeof(packet->plugin_uri));
  child->is_timed_out = false;
  return start_child(keeper, child, packet);
}

/// The child has closed its socket or must go: reap it, tell how it ended
static void
end_child(Keeper* const keeper, Child* const child)
{
  int status = 0;

  kill(child->pid, SIGKILL); // No effect on one that is already ending
  close(child->socket);
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
  }
  child->pid = 0;

  if (child->is_done && !child->is_garbage) {
    keeper->packet->done = child->done;
    tell(keeper, sizeof(child->done));
  } else if (try_again(keeper, child)) {
    return;
  } else if (child->is_timed_out) {
    tell_done(
      keeper, child->id, 503, "presets are unavailable: it took too long");
  } else if (child->is_garbage) {
    tell_done(keeper, child->id, 503, "presets are unavailable: bad answer");
  } else {
    tell_done(keeper,
              child->id,
              503,
              "presets are unavailable: the process that handles them %s",
              WIFSIGNALED(status) ? "crashed" : "ended early");
  }
}

/// Relay one packet of a child
static void
receive_result(Keeper* const keeper, Child* const child)
{
  RsPacket* const packet = keeper->packet;
  const ssize_t   size =
    recv(child->socket, packet, sizeof(*packet), MSG_DONTWAIT | MSG_TRUNC);

  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    return;
  }

  if (size <= 0) {
    end_child(keeper, child);
    return;
  }

  if ((size_t)size > sizeof(*packet) ||
      rs_packet_check(packet, (size_t)size) != RS_SUCCESS ||
      packet->head.job != child->id || child->is_done ||
      (packet->head.kind != RS_PACKET_PRESET &&
       packet->head.kind != RS_PACKET_DONE)) {
    child->is_garbage = true;
    end_child(keeper, child);
  } else if (packet->head.kind == RS_PACKET_DONE) {
    child->done    = packet->done;
    child->is_done = true;
  } else {
    child->has_sent = true;
    tell(keeper, (size_t)size);
  }
}

/// Files changed: wait until it is quiet
static void
note_change(Keeper* const keeper)
{
  const int64_t now = now_ns();

  keeper->noisy_ns = keeper->quiet_ns ? keeper->noisy_ns : now + NOISY_NS;
  keeper->quiet_ns = now + QUIET_NS;
  if (keeper->quiet_ns > keeper->noisy_ns) {
    keeper->quiet_ns = keeper->noisy_ns;
  }
}

/// What time brings.  @return milliseconds until something is due, or -1
static int
tick(Keeper* const keeper)
{
  const int64_t now  = now_ns();
  int64_t       next = INT64_MAX;

  for (uint32_t i = 0u; i < RS_JOBS_MAX && !keeper->held; ++i) {
    Child* const child = &keeper->children[i];
    if (child->pid && now >= child->deadline_ns) {
      child->is_timed_out = true;
      end_child(keeper, child);
    }
    if (child->pid && child->deadline_ns < next) {
      next = child->deadline_ns;
    }
  }

  if (keeper->quiet_ns && !keeper->held) {
    if (now >= keeper->quiet_ns) {
      keeper->quiet_ns = 0;
      keeper->n_skip   = 0u; // What was broken may have been mended
      rs_watch_refresh(keeper->watch);
      keeper->packet->head =
        (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_CHANGED, 0u, 0u};
      tell(keeper, sizeof(keeper->packet->head));
    } else if (keeper->quiet_ns < next) {
      next = keeper->quiet_ns;
    }
  }

  return next == INT64_MAX ? -1 : (int)((next - now) / 1000000) + 1;
}

static void
run(Keeper* const keeper)
{
  enum { BRIDGE, WATCH, CHILDREN, COUNT = CHILDREN + RS_JOBS_MAX };

  rs_watch_refresh(keeper->watch);
  for (;;) {
    const int     wait_ms = tick(keeper);
    struct pollfd fds[COUNT];
    fds[BRIDGE] = (struct pollfd){keeper->bridge, POLLIN, 0};
    fds[WATCH] = (struct pollfd){rs_watch_descriptor(keeper->watch), POLLIN, 0};
    for (uint32_t i = 0u; i < RS_JOBS_MAX; ++i) {
      const Child* const child = &keeper->children[i];
      fds[CHILDREN + i] =
        (struct pollfd){child->pid ? child->socket : -1, POLLIN, 0};
    }

    // One packet at a time: while one is held, nothing else is taken
    if (keeper->held) {
      fds[BRIDGE].events = POLLOUT;
    }
    if (poll(fds, keeper->held ? 1u : COUNT, keeper->held ? -1 : wait_ms) < 0 &&
        errno != EINTR) {
      _exit(1);
    }

    if (keeper->held) {
      if (fds[BRIDGE].revents) {
        tell(keeper, keeper->held);
      }
      continue;
    }

    if (fds[WATCH].revents && rs_watch_drain(keeper->watch)) {
      note_change(keeper);
    }
    for (uint32_t i = 0u; i < RS_JOBS_MAX && !keeper->held; ++i) {
      if (keeper->children[i].pid && fds[CHILDREN + i].revents) {
        receive_result(keeper, &keeper->children[i]);
      }
    }
    if (fds[BRIDGE].revents && !keeper->held) {
      receive_job(keeper);
    }
  }
}

/// What the keeper says of itself, for the bridge to read at any time
static RsSandbox* shown = NULL;

void
rs_keeper_sandbox(RsSandbox* const sandbox)
{
  *sandbox = shown ? *shown : (RsSandbox){false, 0};
}

/// Be nothing but a keeper: no descriptors but the socket and the log
static void
become_keeper(const int socket, const RsKeeperJobs* const table)
{
  prctl(PR_SET_NAME, "ringside-keeper");

  // Ends with the bridge, by the end of its socket, so that saving is not cut
  // off by a signal to the whole group
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

  if (socket != 3) {
    dup2(socket, 3);
  }
  close_range(4u, ~0u, 0);
  fcntl(3, F_SETFD, FD_CLOEXEC);

  const size_t at_size = (size_t)RS_JOBS_MAX * RS_BUNDLE_PATH_MAX;
  char* const  at      = (char*)mmap(
    NULL, at_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Keeper* const keeper = (Keeper*)calloc(1u, sizeof(Keeper));
  if (!keeper || at == MAP_FAILED ||
      !(keeper->packet = (RsPacket*)malloc(sizeof(RsPacket)))) {
    _exit(1);
  }

  keeper->table  = table;
  keeper->bridge = 3;
  keeper->watch  = rs_watch_new();
  rs_keeper_confine(&keeper->sandbox);
  if (shown) {
    *shown = keeper->sandbox;
  }
  for (uint32_t i = 0u; i < RS_JOBS_MAX; ++i) {
    keeper->children[i].at = at + (size_t)i * RS_BUNDLE_PATH_MAX;
  }

  run(keeper);
}

int
rs_keeper_start_with(const RsKeeperJobs* const table)
{
  int ends[2];
  if (socketpair(
        AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends)) {
    return -1;
  }

  if (!shown) {
    void* const page = mmap(NULL,
                            sizeof(*shown),
                            PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS,
                            -1,
                            0);
    shown            = page == MAP_FAILED ? NULL : (RsSandbox*)page;
  }

  fflush(NULL); // Or buffered output would come out twice
  const pid_t pid = fork();
  if (!pid) {
    close(ends[0]);
    become_keeper(ends[1], table);
    _exit(1);
  }

  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return -1;
  }

  return ends[0];
}

int
rs_keeper_start(void)
{
  return rs_keeper_start_with(&rs_keeper_jobs);
}
