// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a flood costs run(): the real plugin, a real bridge, and a sender that
   gives the kernel as many datagrams as it takes.

       bench_flood [KIND] [PAIRS SECONDS]

   KIND: nothing (it yields no commands: addresses that nobody has, packets
   that are none), sets, or bundles of 32; without it each of them, shorter.
   Quiet and flood alternate each half second, so that both see the same
   machine; a figure is the median of the pairs, each so many seconds of flood.
   Processor time of the calling thread, at the pace of time, 64 frames.

   The audio thread has a core to itself, bridge and sender share another, as
   where cores are set apart for sound; RINGSIDE_FLOOD_ANYWHERE lets all of them
   run anywhere.  Where a flood yields no commands, what run() loses is what it
   shares with the others: the cache.  So beside each is the same flood at a
   socket that somebody else empties, where Ringside has no part in it.

   Fails if a run() takes more than a ring holds, or the bridge is too large.
*/

#include "shm/segment.h"
#include "tests/bench/figure.h"
#include "tests/bench/flooder.h"
#include "tests/bench/lab.h"
#include "tests/lib/child.h"
#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 64u
#define RUNS_MAX 65536u // 87 s of a flood; what comes after is counted only
#define PAIRS_MAX 16u

/// Seconds that are looked at in one go, and those before
#define SLICE 0.5
#define SETTLE 0.05

#define PRIORITY 20      ///< Of the audio thread, over that of the bridge
#define ASKER_PRIORITY 3 ///< Below that of the bridge
#define SYNC_PAUSE_US 20000
#define ASKED_MAX 131072u // Of more, the last
#define LOST_MS 1000      ///< Full sockets lose what comes

/// What a command may cost (limits.json has the rest)
#define COMMAND_NS_MAX 60.0
#define MIB_MAX 16.0

/// Of one phase
typedef struct {
  double   p50;      ///< Of run(), nanoseconds of processor time
  double   p99;      ///< Likewise
  double   p99_less; ///< Less COMMAND_NS_MAX for each command taken
  double   mean;
  double   taken; ///< Commands a run(), mean
  uint32_t most;  ///< Commands of the run() that took most
  double   sent;  ///< Datagrams a second
} Spread;

/// What the asker found, in memory of both
typedef struct {
  _Atomic(uint32_t) n;
  int64_t           times[ASKED_MAX];
} Asked;

typedef struct {
  Rig                rig;
  Mini               mini;
  uint64_t           position;
  int64_t            start_ns;
  const RsTelemetry* telemetry;
  Flooder            flooder;
} Bench;

static int64_t
cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return ((int64_t)t.tv_sec * 1000000000) + t.tv_nsec;
}

/// Times of one state, from all its slices
typedef struct {
  uint32_t n;
  int64_t  times[RUNS_MAX];
  int64_t  less[RUNS_MAX];
  int64_t  sum;
  uint64_t all;
  uint32_t most;
  uint64_t sent;
  int64_t  wall_ns;
} Times;

/// Run for so long at the pace of time; `to` NULL: nobody looks
static void
run_for(Bench* const bench, Times* const to, const double seconds)
{
  const uint32_t n        = (uint32_t)(seconds * MINI_RATE_HZ / BLOCK);
  const uint64_t sent     = atomic_load(&bench->flooder.shared->n_sent);
  const int64_t  start_ns = mini_now_ns();
  for (uint32_t i = 0u; i < n; ++i) {
    mini_fill(&bench->mini, bench->position, BLOCK);
    mini_pace(bench->start_ns, bench->position);
    const uint32_t before = atomic_load(&bench->telemetry->read.head);
    const int64_t  begin  = cpu_ns();
    mini_run(&bench->mini, BLOCK);
    const int64_t  time_ns = cpu_ns() - begin;
    const uint32_t taken   = atomic_load(&bench->telemetry->read.head) - before;
    bench->position += BLOCK;
    if (to) {
      to->most = taken > to->most ? taken : to->most;
    }
    if (to && to->n < RUNS_MAX) {
      to->times[to->n]  = time_ns;
      to->less[to->n++] = time_ns - (int64_t)(COMMAND_NS_MAX * taken);
      to->sum += time_ns;
      to->all += taken;
    }
  }

  if (to) {
    to->wall_ns += mini_now_ns() - start_ns;
    to->sent += atomic_load(&bench->flooder.shared->n_sent) - sent;
  }
}

static Spread
spread(Times* const times)
{
  const uint32_t n = times->n;
  rs_figure_sort(times->times, n);
  rs_figure_sort(times->less, n);
  return (Spread){
    .p50      = (double)rs_figure_percentile(times->times, n, 50.0),
    .p99      = (double)rs_figure_percentile(times->times, n, 99.0),
    .p99_less = (double)rs_figure_percentile(times->less, n, 99.0),
    .mean     = (double)times->sum / n,
    .taken    = (double)times->all / n,
    .most     = times->most,
    .sent     = (double)times->sent / ((double)times->wall_ns * 1e-9),
  };
}

/// Ask again and again, as somebody else who wants to be heard
static pid_t
start_asker(const Rig* const rig, Asked* const asked)
{
  const pid_t pid = child_fork();
  if (!pid) {
    // Over the sender, or what is measured would be who gets a core
    (void)lab_set_priority(0, ASKER_PRIORITY);
    for (int32_t i = 1;; ++i) {
      const int64_t begin_ns = mini_now_ns();
      if (rig_sync(rig, i, LOST_MS)) {
        const uint32_t n = atomic_load(&asked->n) % ASKED_MAX;
        asked->times[n]  = mini_now_ns() - begin_ns;
        atomic_fetch_add(&asked->n, 1u);
      }
      usleep(SYNC_PAUSE_US);
    }
  }
  return pid;
}

static int
compare(const void* const a, const void* const b)
{
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

static double
median(double* const values, const uint32_t n)
{
  qsort(values, n, sizeof(*values), compare);
  return values[n / 2u];
}

static void
say(const char* const what, const Spread* const s)
{
  printf("  %-18s %7.0f %7.0f %8.1f %6u %9.0f\n",
         what,
         s->p50,
         s->p99,
         s->taken,
         s->most,
         s->sent);
  fflush(stdout);
}

static void
note(const char* const kind, const char* const what, const double value)
{
  char name[128];
  snprintf(name, sizeof(name), "%s, %s", kind, what);
  printf("%-44s%10.3f\n", name, value);
  rs_figure("flood", name, value, "");
}

/// All pairs of one kind of flood.  @return false if a run() took too many
static bool
measure(Bench* const    bench,
        const FloodKind kind,
        const uint32_t  pairs,
        const double    seconds)
{
  const char* const name              = rs_flood_names[kind];
  double            ratios[PAIRS_MAX] = {0.0};
  double            others[PAIRS_MAX] = {0.0};
  double            costs[PAIRS_MAX]  = {0.0};
  uint32_t          most              = 0u;
  Asked* const      asked             = (Asked*)lab_share(sizeof(*asked));
  const pid_t       asker             = start_asker(&bench->rig, asked);

  printf("%-20s %7s %7s %8s %6s %9s\n",
         name,
         "p50 ns",
         "p99",
         "taken",
         "most",
         "sent/s");
  for (uint32_t i = 0u; i < pairs; ++i) {
    static Times quiet_times;
    static Times flood_times;
    static Times other_times;
    memset(&quiet_times, 0, sizeof(quiet_times));
    memset(&flood_times, 0, sizeof(flood_times));
    memset(&other_times, 0, sizeof(other_times));
    for (uint32_t k = 0u; k < (uint32_t)(seconds / SLICE); ++k) {
      run_for(bench, NULL, SETTLE); // What sockets still hold
      run_for(bench, &quiet_times, SLICE);
      flooder_begin(&bench->flooder, kind, bench->rig.bridge.sin_port);
      run_for(bench, NULL, SETTLE);
      run_for(bench, &flood_times, SLICE);
      flooder_begin(&bench->flooder, kind, bench->flooder.drain_port);
      run_for(bench, NULL, SETTLE);
      run_for(bench, &other_times, SLICE / 2.0);
      flooder_rest(&bench->flooder);
    }

    const Spread quiet = spread(&quiet_times);
    const Spread flood = spread(&flood_times);
    const Spread other = spread(&other_times);
    say("quiet", &quiet);
    say("flood", &flood);
    say("flood elsewhere", &other);
    ratios[i] =
      (kind == FLOOD_NOTHING ? flood.p99 : flood.p99_less) / quiet.p99;
    others[i] = other.p99 / quiet.p99;
    costs[i] =
      flood.taken > 0.0 ? (flood.mean - quiet.mean) / flood.taken : 0.0;
    most = flood.most > most ? flood.most : most;
  }
  lab_kill(asker);

  const double ratio   = median(ratios, pairs);
  const double other   = median(others, pairs);
  const size_t n       = atomic_load(&asked->n);
  const size_t n_asked = n < ASKED_MAX ? n : ASKED_MAX;
  rs_figure_sort(asked->times, n_asked);
  note(name, "p99 over quiet", ratio);
  note(name, "flood elsewhere, p99 over quiet", other);
  note(name,
       "sync p50, ms",
       (double)rs_figure_percentile(asked->times, n_asked, 50.0) * 1e-6);
  note(name,
       "sync p99, ms",
       (double)rs_figure_percentile(asked->times, n_asked, 99.0) * 1e-6);
  note(name, "sync worst, ms", (double)asked->times[n_asked - 1u] * 1e-6);
  if (kind != FLOOD_NOTHING) {
    note(name, "ns for each command", median(costs, pairs));
    note(name, "most in one run()", most);
  }
  return most <= RS_RING_SLOTS;
}

/// Our own telemetry, which the plugin in this process has mapped
static const RsTelemetry*
find_telemetry(void)
{
  char         line[512];
  RsTelemetry* found = NULL;
  FILE* const  maps  = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof(line), maps)) {
    if (strstr(line, "memfd:ringside-telemetry")) {
      found = (RsTelemetry*)strtoull(line, NULL, 16); // NOLINT
    }
  }
  if (maps) {
    fclose(maps);
  }
  return found;
}

/// Wait until the bridge knows the instance
static bool
open_bench(Bench* const bench, const bool is_pinned)
{
  if (!rig_open(&bench->rig) ||
      !flooder_open(&bench->flooder, is_pinned ? 1 : -1) ||
      !mini_open(&bench->mini)) {
    return false;
  }

  float value     = 0.0f;
  bench->start_ns = mini_now_ns();
  for (uint32_t i = 0u; i < RIG_PATIENCE_MS; ++i) {
    bench->telemetry = NULL;
    for (uint32_t k = 0u; k < 15u; ++k) {
      mini_pace(bench->start_ns, bench->position);
      mini_run(&bench->mini, BLOCK);
      bench->position += BLOCK;
    }
    if (rig_meet(&bench->rig, 5) &&
        rig_value(&bench->rig, "/strip/input_gain", &value, 5)) {
      bench->telemetry = find_telemetry();
      return bench->telemetry != NULL;
    }
  }
  return false;
}

int
main(const int argc, char** const argv)
{
  static Bench bench;
  const bool   is_quick = rs_figure_is_quick();
  uint32_t     pairs    = is_quick ? 3u : 5u;
  double       seconds  = is_quick ? 0.5 : 1.0;
  if (argc > 3) {
    pairs   = (uint32_t)strtoul(argv[2], NULL, 10);
    seconds = strtod(argv[3], NULL);
    pairs   = pairs < PAIRS_MAX ? pairs : PAIRS_MAX;
  }

  const bool is_pinned = !getenv("RINGSIDE_FLOOD_ANYWHERE");
  if (!open_bench(&bench, is_pinned)) {
    fprintf(stderr, "bench_flood: no bridge\n");
    return 1;
  }

  const bool is_real = lab_set_priority(0, PRIORITY);
  if (is_pinned) {
    lab_pin(0, 0);
    lab_pin(rig_bridge(&bench.rig), 1);
  }
  printf("audio thread at %s priority, bridge at %d\n",
         is_real ? "real-time" : "normal",
         lab_priority(rig_bridge(&bench.rig)));

  // Pages and code that were never touched
  bench.start_ns = mini_now_ns();
  bench.position = 0u;
  run_for(&bench, NULL, 1.0);

  bool is_kept = true;
  for (int kind = FLOOD_NOTHING; kind < FLOOD_KINDS; ++kind) {
    if (argc < 2 || !strcmp(argv[1], rs_flood_names[kind])) {
      is_kept &= measure(&bench, (FloodKind)kind, pairs, seconds);
    }
  }

  const double mib = (double)rig_memory_kib(rig_bridge(&bench.rig)) / 1024.0;
  note("bridge", "MiB", mib);
  (void)lab_set_priority(0, 0);
  flooder_close(&bench.flooder);
  const pid_t bridge = rig_bridge(&bench.rig);
  mini_close(&bench.mini);
  kill(bridge, SIGTERM);
  while (!kill(bridge, 0)) {
    usleep(1000);
  }
  (void)rig_close(&bench.rig);
  return is_kept && mib <= MIB_MAX ? 0 : 1;
}
