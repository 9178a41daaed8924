// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The ways of the kernel to wake another process, side by side: each carries a
   command of 64 bytes itself, and only wakes the reader of our ring.  The time
   is half a round trip; what is answered is answered the same way.

   Each case is two processes of their own that have so many seconds, and are
   killed then, wherever they hang.

       bench_primitives [TRIPS | hanging]
*/

#include "shm/ring.h"
#include "tests/bench/figure.h"
#include "tests/bench/lab.h"
#include "tests/bench/ways.h"
#include "tests/lib/child.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRIPS_MAX 100000u
#define WARM_UP 200u
#define WARM_UP_NS 100000000 ///< What is slow is measured from here on
#define WORKERS 2u
#define ENOUGH_NS 1000000000 ///< A case stops by itself after this
#define WATCHDOG_MS 3000     ///< And is killed after this
#define CURVE_POINTS 100u

typedef struct {
  const char* name;
  bool        is_loaded;
  bool        is_realtime;
  bool        is_awake;
  int         cores[2]; ///< -1: where they are put
} Condition;

typedef struct {
  RsRing     ring;
  RsRingHead head;
  uint32_t   done; ///< Trips that were measured
  int64_t    ns[TRIPS_MAX];
} Shared;

typedef struct {
  const Way*       way;
  const Condition* condition;
  WayPair          pair;
  Shared*          shared;
  size_t           trips;
  bool             is_ring; ///< The way only wakes
} Case;

static void
answer(Case* const c)
{
  RsRingReader reader;
  uint64_t     expected = 1u;
  rs_ring_reader_init(&reader, &c->shared->ring, &c->shared->head);
  for (;; ++expected) {
    RsCommand command = {0};
    uint8_t   wake    = 0u;
    if (!c->is_ring) {
      if (!c->way->receive(&c->pair.ends[0], &command, sizeof(command)) ||
          command.sequence != expected ||
          !c->way->send(&c->pair.ends[1], &command, sizeof(command))) {
        return;
      }
      continue;
    }

    uint32_t count = 0u;
    if (!c->way->receive(&c->pair.ends[0], &wake, sizeof(wake)) ||
        rs_ring_readable(&reader, &count) || count != 1u) {
      return;
    }
    rs_ring_copy(&reader, 0u, &command);
    rs_ring_release(&reader, 1u);
    if (command.sequence != expected ||
        !c->way->send(&c->pair.ends[1], &wake, sizeof(wake))) {
      return;
    }
  }
}

/// One command there, and its answer back.  @return false if it went wrong
static bool
travel(Case* const c, RsRingWriter* const writer, const uint64_t sequence)
{
  const RsCommand command = {.sequence = sequence, .kind = RS_COMMAND_SET};
  if (!c->is_ring) {
    RsCommand back;
    return c->way->send(&c->pair.ends[0], &command, sizeof(command)) &&
           c->way->receive(&c->pair.ends[1], &back, sizeof(back)) &&
           back.sequence == sequence;
  }

  uint8_t wake = 1u;
  if (rs_ring_write(writer, &command)) {
    return false;
  }
  rs_ring_publish(writer);
  return c->way->send(&c->pair.ends[0], &wake, sizeof(wake)) &&
         c->way->receive(&c->pair.ends[1], &wake, sizeof(wake));
}

static void
measure(Case* const c)
{
  RsRingWriter  writer;
  const int64_t begin = lab_now_ns();
  rs_ring_writer_init(&writer, &c->shared->ring, &c->shared->head);
  for (uint64_t i = 0u; i < c->trips + WARM_UP; ++i) {
    const int64_t start = lab_now_ns();
    if (!travel(c, &writer, i + 1u)) {
      _exit(3);
    }
    const int64_t end = lab_now_ns();
    if (i >= WARM_UP || end - begin > WARM_UP_NS) {
      c->shared->ns[c->shared->done++] = (end - start) / 2;
    }
    if (end - begin > ENOUGH_NS) {
      break;
    }
  }
}

/// Both processes of a case.  Does not return
static void
live(Case* const c)
{
  setpgid(0, 0);
  const pid_t other = child_fork();
  if (!other) {
    lab_pin(0, c->condition->cores[1]);
    answer(c);
    _exit(1);
  }
  lab_pin(0, c->condition->cores[0]);
  if (c->condition->is_realtime) {
    (void)lab_set_priority(other, LAB_AUDIO_PRIORITY);
    (void)lab_set_priority(0, LAB_AUDIO_PRIORITY - 1);
  }
  measure(c);
  kill(other, SIGKILL);
  _exit(0);
}

/// @return what went wrong, or NULL
static const char*
run_case(Case* const c)
{
  memset(&c->pair, 0, sizeof(c->pair));
  for (unsigned i = 0u; i < 2u; ++i) {
    c->pair.ends[i].in = c->pair.ends[i].out = -1;
  }
  memset(c->shared, 0, offsetof(Shared, ns));
  if (!c->way->open(&c->pair)) {
    c->way->close(&c->pair);
    return "cannot be opened here";
  }

  const char* fault  = NULL;
  int         status = 0;
  const pid_t pid    = child_fork();
  if (!pid) {
    live(c);
  }

  struct pollfd end = {.fd     = (int)syscall(SYS_pidfd_open, pid, 0),
                       .events = POLLIN};
  if (poll(&end, 1u, WATCHDOG_MS) != 1) {
    fault = "hung and was killed";
  }
  close(end.fd);
  kill(-pid, SIGKILL); // The group, and with it the one that answers
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  while (waitpid(-pid, NULL, 0) > 0) {
    // The one that answers is ours now
  }
  c->way->close(&c->pair);
  if (!fault && (!WIFEXITED(status) || WEXITSTATUS(status))) {
    fault = "went wrong";
  }
  return !fault && !c->shared->done ? "not one trip in a second" : fault;
}

static void
report(const Case* const c, const LabSpread* const s)
{
  char        what[128];
  char        plot[64];
  const char* kind = c->is_ring ? "ring" : "payload";
  snprintf(what,
           sizeof(what),
           "%s, %s, %s, p50",
           c->condition->name,
           c->way->name,
           kind);
  rs_figure("primitives", what, s->p50, "us");
  snprintf(what,
           sizeof(what),
           "%s, %s, %s, p99",
           c->condition->name,
           c->way->name,
           kind);
  rs_figure("primitives", what, s->p99, "us");

  snprintf(plot, sizeof(plot), "%s-%s", c->condition->name, kind);
  for (char* at = plot; *at; ++at) {
    *at = *at == ' ' ? '-' : *at;
  }
  rs_figure_plot("primitives",
                 plot,
                 "half a round trip (us)",
                 "percent that took no longer",
                 "logscale x");
  for (uint32_t i = 0u; i <= CURVE_POINTS; ++i) {
    const double  percent = 100.0 * i / CURVE_POINTS;
    const int64_t ns =
      rs_figure_percentile(c->shared->ns, c->shared->done, percent);
    rs_figure_point(
      "primitives", plot, c->way->name, (double)ns / 1e3, percent);
  }
}

static void
run_way(Case* const c)
{
  printf("%-22s", c->way->name);
  for (unsigned ring = 0u; ring < 2u; ++ring) {
    c->is_ring              = ring;
    const char* const fault = run_case(c);
    if (fault) {
      printf("   %-41s", fault);
      continue;
    }
    const uint32_t  n = c->shared->done;
    const LabSpread s = lab_spread(c->shared->ns, n);
    printf("   %7u%8.2f%8.2f%8.1f%9.1f", n, s.p50, s.p95, s.p99, s.max);
    report(c, &s);
  }
  putchar('\n');
  (void)fflush(stdout);
}

// What hangs, to see that it is ended

static bool
hang(WayEnd* const end, void* const bytes, const size_t size)
{
  (void)end;
  (void)bytes;
  (void)size;
  while (pause() < 0) {
  }
  return false;
}

static bool
do_nothing(WayEnd* const end, const void* const bytes, const size_t size)
{
  return end && bytes && size;
}

static bool
open_nothing(WayPair* const pair)
{
  return pair != NULL;
}

static void
close_nothing(WayPair* const pair)
{
  (void)pair;
}

/// @return whether it was ended, and the time it took
static int
try_hanging(Case* const c)
{
  static const Way hanging = {
    "hanging", open_nothing, do_nothing, hang, close_nothing};
  static const Condition condition = {"", false, false, false, {-1, -1}};

  c->way                  = &hanging;
  c->condition            = &condition;
  const char* const fault = run_case(c);
  printf("%s\n", fault ? fault : "it did not hang");
  return fault && waitpid(-1, NULL, WNOHANG) < 0 ? 0 : 1;
}

int
main(const int argc, char** const argv)
{
  static const Condition conditions[] = {
    {"idle", false, false, false, {-1, -1}},
    {"two cores awake", false, false, true, {0, 1}},
    {"one core", false, false, false, {0, 0}},
    {"loaded rt", true, true, false, {-1, -1}},
  };

  const bool   hangs = argc > 1 && !strcmp(argv[1], "hanging");
  const size_t trips = argc > 1 && !hangs     ? (size_t)strtoul(argv[1], 0, 10)
                       : rs_figure_is_quick() ? 2000u
                                              : 10000u;
  if (!trips || trips > TRIPS_MAX) {
    fprintf(
      stderr, "usage: bench_primitives [TRIPS <= %u | hanging]\n", TRIPS_MAX);
    return 2;
  }

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  Case c = {.shared = (Shared*)lab_share(sizeof(Shared)), .trips = trips};
  if (hangs) {
    return try_hanging(&c);
  }
  for (size_t i = 0u; i < sizeof(conditions) / sizeof(*conditions); ++i) {
    const Condition* const on = &conditions[i];
    if (on->is_realtime && !lab_set_priority(0, LAB_AUDIO_PRIORITY)) {
      printf("\n%s: real-time priorities are not permitted here\n", on->name);
      continue;
    }
    (void)lab_set_priority(0, 0);

    void* const memory           = lab_share(WORKERS * sizeof(uint64_t));
    pid_t       workers[WORKERS] = {0};
    const int   awake            = on->is_awake ? lab_keep_awake() : -1;
    for (uint32_t k = 0u; on->is_loaded && k < WORKERS; ++k) {
      workers[k] = lab_start_worker((_Atomic(uint64_t)*)memory + k);
    }
    printf("\n%s: half a round trip in us, at most %zu trips\n"
           "%-22s   %-41s%s\n%-22s",
           on->name,
           trips,
           "",
           "   carries 64 bytes itself",
           "   wakes for the ring",
           "");
    for (unsigned k = 0u; k < 2u; ++k) {
      printf("   %7s%8s%8s%8s%9s", "trips", "p50", "p95", "p99", "max");
    }
    putchar('\n');
    c.condition = on;
    for (size_t k = 0u; (c.way = way_at(k)); ++k) {
      run_way(&c);
    }
    for (uint32_t k = 0u; k < WORKERS; ++k) {
      lab_kill(workers[k]);
    }
    close(awake);
    munmap(memory, WORKERS * sizeof(uint64_t));
  }
  return 0;
}
