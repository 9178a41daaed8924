// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   scribbler: a bridge that does all the harm that it can.

       scribbler [--rounds N]

   It welcomes the plugin, and then: tries to shrink, to punch and to map what
   it must not; punches holes into what it may; sends descriptors that nobody
   asked for; and writes without end over all the segments that it ever got,
   old ones too, either any bytes at all or commands that are nearly right.
   What comes out stays finite, the link is renewed, and the host has as many
   descriptors afterwards.  Before that, each single thing that can be wrong is
   counted, and the link is renewed for it alone.

   A link that was written over is renewed within a second, so there are many
   instances, and what each makes of it is timed once a round: a run() with a
   full ring from a good bridge, and then one that finds what a bad one wrote
   there.  Of both, CPU time of the thread; of all such pairs, median and 90 %,
   and of 2,000 or more 99.9 % as well.  Only those count in which run() did use
   that segment.
*/

#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"
#include "tests/reliability/scribbler_bridge.h"

#include "shm/attach.h"
#include "shm/ring.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 64u
#define SETTLE_MAX 10u

#define RUNS 4000u // Of all instances, while they are scribbled over
#define ROUNDS_MAX 1000u
#define TIMES_MAX (ROUNDS_MAX * SCRIBBLER_INSTANCES)

/// Of all that were tried, so many must have been what they were meant to be
#define PART_MIN 0.5

/// How much longer it may take than a full ring of a good bridge
#define RATIO_MAX 2.0

/// So many make 99.9 % more than the worst one, which is the machine's
#define TAIL_MIN 2000u

typedef struct {
  uint32_t n;
  uint32_t n_tried;
  uint64_t taken;
  int64_t  clean[TIMES_MAX];   ///< Nanoseconds
  int64_t  hostile[TIMES_MAX]; ///< Of the run() that follows
} Times;

static Mini       minis[SCRIBBLER_INSTANCES];
static uint64_t   position;
static bool       is_finite = true;
static Scribbler* shared;
static pid_t      bridge;
static uint32_t   n_checks;
static bool       has_failed;

static int64_t
cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return ((int64_t)t.tv_sec * 1000000000) + t.tv_nsec;
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static void
check(const bool is_good, const char* const what)
{
  printf("%sok %u - %s\n", is_good ? "" : "not ", ++n_checks, what);
  fflush(stdout);
  has_failed = has_failed || !is_good;
}

/// @return CPU time in nanoseconds
static int64_t
run_one(Mini* const mini)
{
  mini_fill(mini, position, BLOCK);
  const int64_t start_ns = cpu_ns();
  mini_run(mini, BLOCK);
  const int64_t time_ns = cpu_ns() - start_ns;
  is_finite             = is_finite && mini_is_finite(mini, BLOCK);
  return time_ns;
}

static void
run_all(void)
{
  for (uint32_t i = 0; i < SCRIBBLER_INSTANCES; ++i) {
    (void)run_one(&minis[i]);
  }
  position += BLOCK;
}

static bool
has_bridge(void)
{
  if (bridge && waitpid(bridge, NULL, WNOHANG) == bridge) {
    fprintf(stderr, "# the bridge was ended, as one that hangs\n");
    bridge = 0;
  }

  return bridge != 0;
}

/// Run at the pace of time for so long
static void
run_for(const double seconds)
{
  const int64_t  start_ns = mini_now_ns();
  const uint64_t first    = position;
  const uint64_t frames   = (uint64_t)(seconds * MINI_RATE_HZ);
  while (position - first < frames) {
    run_all();
    mini_pace(start_ns, position - first);
  }
}

/// Until each has been attached more often than that.  @param runs whether they
/// are called meanwhile.  @return false if one is not attached
static bool
await_attachments(const uint32_t* const more_than, const bool runs)
{
  const int64_t start_ns = mini_now_ns();
  for (uint32_t i = 1u; i <= SCRIBBLER_INSTANCES; ++i) {
    while (atomic_load(&shared->n_attached[i]) <= more_than[i]) {
      if (!has_bridge() ||
          mini_now_ns() - start_ns > RIG_PATIENCE_MS * INT64_C(1000000)) {
        fprintf(stderr, "# instance %u has not been attached again\n", i);
        return false;
      }
      if (runs) {
        run_for(0.01);
      } else {
        usleep(10000);
      }
    }
  }

  return true;
}

static void
count_attachments(uint32_t* const to)
{
  for (uint32_t i = 1u; i <= SCRIBBLER_INSTANCES; ++i) {
    to[i] = atomic_load(&shared->n_attached[i]);
  }
}

/// Give the turn to the bridge.  @return what it made of it
static uint32_t
pass(const uint32_t step)
{
  uint32_t trial = step;
  atomic_store(&shared->trial, step);
  while (trial == step && has_bridge()) {
    usleep(20);
    trial = atomic_load(&shared->trial);
  }

  return trial;
}

/// One run() of instance `i` that finds that.  @return its time in nanoseconds,
/// or -1 if it was not about that
static int64_t
try_one(const uint32_t i, const ScribblerWay way)
{
  shared->way      = way;
  shared->instance = i + 1u;
  if (pass(TRIAL_WRITE) != TRIAL_WRITTEN) {
    return -1;
  }

  const int64_t time_ns = run_one(&minis[i]);
  shared->taken         = 0u;
  return pass(TRIAL_RAN) == TRIAL_LIVE ? time_ns : -1;
}

/// As try_one(), once there is a link.  @return false if there is none
static bool
insist_one(const uint32_t i, const ScribblerWay way)
{
  const int64_t end_ns = mini_now_ns() + RIG_PATIENCE_MS * INT64_C(1000000);
  while (try_one(i, SCRIBBLER_CANCEL) < 0 || try_one(i, way) < 0) {
    if (!has_bridge() || mini_now_ns() > end_ns) {
      return false;
    }
    usleep(1000);
  }

  return true;
}

/// Each thing that can be wrong, by itself: it is a fault, and ends the link
static bool
try_wrongs(bool* const is_counted)
{
  for (uint32_t first = 0; first < SCRIBBLER_WRONGS;
       first += SCRIBBLER_INSTANCES) {
    uint32_t before[SCRIBBLER_INSTANCES + 1u];
    count_attachments(before);
    for (uint32_t i = 0; i < SCRIBBLER_INSTANCES; ++i) {
      shared->wrong = first + i;
      if (!insist_one(i, SCRIBBLER_WRONG) || shared->faults != 1u) {
        fprintf(stderr, "# no fault: %s\n", scribbler_wrong_name(first + i));
        *is_counted = false;
      }
    }
    position += BLOCK;

    if (!await_attachments(before, true)) {
      for (uint32_t i = 0; i < SCRIBBLER_INSTANCES; ++i) {
        if (atomic_load(&shared->n_attached[i + 1u]) <= before[i + 1u]) {
          fprintf(
            stderr, "# not renewed for %s\n", scribbler_wrong_name(first + i));
        }
      }
      return false;
    }
  }

  return true;
}

/// Write over each instance once, and await that all are renewed
static bool
try_all(Times* const times, const ScribblerWay way)
{
  uint32_t before[SCRIBBLER_INSTANCES + 1u];
  count_attachments(before);
  for (uint32_t i = 0; i < SCRIBBLER_INSTANCES; ++i) {
    // What bad ones left behind, and pages that nobody touched
    (void)try_one(i, SCRIBBLER_CANCEL);
    (void)try_one(i, SCRIBBLER_FULL);

    int64_t clean_ns = try_one(i, SCRIBBLER_FULL);
    clean_ns =
      shared->taken == RS_RING_SLOTS && !shared->faults ? clean_ns : -1;

    const int64_t hostile_ns = try_one(i, way);
    const bool    is_right =
      clean_ns >= 0 && hostile_ns >= 0 &&
      (way == SCRIBBLER_BYTES || shared->taken == RS_RING_SLOTS);
    ++times->n_tried;
    if (is_right) {
      times->taken += shared->taken;
      times->clean[times->n]     = clean_ns;
      times->hostile[times->n++] = hostile_ns;
    }
  }
  position += BLOCK;

  return await_attachments(before, true);
}

static double
quantile_us(int64_t* const times, const uint32_t n, const double part)
{
  qsort(times, n, sizeof(*times), compare);
  return (double)times[(uint32_t)(part * n)] * 1e-3;
}

static void
check_times(Times* const times, const char* const name)
{
  char what[128];
  snprintf(what, sizeof(what), "%s: run() met them", name);
  check(times->n && times->n >= PART_MIN * times->n_tried, what);
  if (!times->n) {
    return;
  }

  static const double parts[] = {0.5, 0.9, 0.999};
  const uint32_t      n_parts = times->n < TAIL_MIN ? 2u : 3u;
  for (uint32_t i = 0; i < n_parts; ++i) {
    const double clean   = quantile_us(times->clean, times->n, parts[i]);
    const double hostile = quantile_us(times->hostile, times->n, parts[i]);
    printf("# %s, %.1f %% of %u (tried %u, %.0f commands each): %.1f us, of a "
           "good bridge %.1f us\n",
           name,
           parts[i] * 100.0,
           times->n,
           times->n_tried,
           (double)times->taken / times->n,
           hostile,
           clean);
    snprintf(what,
             sizeof(what),
             "%s: %.1f %% take at most twice as long",
             name,
             parts[i] * 100.0);
    check(hostile <= RATIO_MAX * clean, what);
  }
}

/// Open descriptors once the link has closed what it sent, or `wanted` of them
static int
settled_descriptors(const int wanted)
{
  int before = -1;
  int now    = rig_descriptors(getpid());
  for (uint32_t i = 0;
       i < SETTLE_MAX && now != wanted && (wanted >= 0 || before != now);
       ++i) {
    before = now;
    run_for(2.5);
    now = rig_descriptors(getpid());
  }

  return now;
}

/// Scribble over all segments, old ones too, while run() is called
static bool
be_scribbled_over(const ScribblerWay how)
{
  uint32_t before[SCRIBBLER_INSTANCES + 1u];
  count_attachments(before);
  atomic_store(&shared->how, how);
  for (uint32_t i = 0; i < RUNS && is_finite; ++i) {
    run_all();
  }

  // Whoever scribbled was left, and is given new segments
  const bool is_renewed = await_attachments(before, true);
  atomic_store(&shared->how, SCRIBBLER_NOTHING);
  return is_renewed;
}

static bool
test(const uint32_t n_rounds)
{
  static Times bytes;
  static Times commands;
  uint32_t     none[SCRIBBLER_INSTANCES + 1u] = {0};
  for (uint32_t i = 0; i < SCRIBBLER_INSTANCES; ++i) {
    if (!mini_open(&minis[i])) {
      return false;
    }
  }

  // One that is not called appears in the end, on a machine of any pace
  if (!await_attachments(none, false)) {
    return false;
  }

  const int before     = settled_descriptors(-1);
  bool      is_counted = true;
  bool      is_renewed = try_wrongs(&is_counted);
  for (uint32_t i = 0; i < n_rounds && is_renewed; ++i) {
    is_renewed = try_all(&bytes, SCRIBBLER_BYTES) &&
                 try_all(&commands, SCRIBBLER_COMMANDS);
  }
  is_renewed = is_renewed && be_scribbled_over(SCRIBBLER_BYTES) &&
               be_scribbled_over(SCRIBBLER_COMMANDS);

  const int more = settled_descriptors(before) - before;
  uint32_t  all  = 0;
  for (uint32_t i = 1u; i <= SCRIBBLER_INSTANCES; ++i) {
    all += atomic_load(&shared->n_attached[i]);
  }
  printf("# %u attachments, %u times written, %+d descriptors\n",
         all,
         atomic_load(&shared->n_written),
         more);
  check(is_finite, "what comes out is finite");
  check(is_counted, "each single thing that is wrong is a fault");
  check(is_renewed, "the link is renewed");
  check(!atomic_load(&shared->n_allowed), "seals refuse what they must");
  check(!more, "descriptors that nobody asked for are not taken");
  check_times(&bytes, "bytes");
  check_times(&commands, "commands");
  return true;
}

int
main(int argc, char** argv)
{
  static const struct option options[] = {
    {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};

  uint32_t n_rounds = 6u;
  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    n_rounds = c == 'r' ? (uint32_t)strtoul(optarg, NULL, 10) : 0u;
  }

  if (!n_rounds || n_rounds > ROUNDS_MAX) {
    fprintf(stderr, "usage: scribbler [--rounds N]\n");
    return 2;
  }

  Rig rig;
  shared = (Scribbler*)mmap(NULL,
                            sizeof(Scribbler),
                            PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS,
                            -1,
                            0);
  if (shared == MAP_FAILED || !rig_open(&rig)) {
    return 1;
  }

  bridge = fork();
  if (!bridge) {
    scribbler_be(&rig, shared);
  }

  check(test(n_rounds), "there is a link to be tried");
  printf("1..%u\n", n_checks);
  for (uint32_t i = 0; i < SCRIBBLER_INSTANCES; ++i) {
    mini_close(&minis[i]); // First, or it would start a bridge of its own
  }
  if (has_bridge()) {
    kill(bridge, SIGKILL);
    waitpid(bridge, NULL, 0);
  }

  char path[128];
  snprintf(path, sizeof(path), "%s/" RS_ATTACH_SOCKET, rig.runtime);
  unlink(path);
  (void)rig_close(&rig);
  return has_failed ? 1 : 0;
}
