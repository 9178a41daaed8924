// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The ring of commands against other queues from one writer to one reader.

   Items of 64 bytes, one at a time and in batches of 32; both ends in one
   thread (what the instructions cost), and on two cores (what moving cache
   lines costs).  All queues take turns in each round, and the median of the
   rounds counts, so all see the same machine.  Ours alone also checks each
   command that it has copied, as run() does.

   What cores can hand over at best is in it, too: an array that is filled and
   read a quarter at a time, so that one flag moves with 512 items.

       bench_ring [ROUNDS]
*/

#include "tests/bench/figure.h"
#include "tests/bench/ring_peers.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 101u
#define PEERS_MAX 12u

/// Items a round: some milliseconds each
#define ITEMS (1u << 18u)

enum { ONE_SINGLE, ONE_BATCH, TWO_SINGLE, TWO_BATCH, N_KINDS };

static const char* const kind_names[N_KINDS] = {"one core, single",
                                                "one core, batch",
                                                "two cores, single",
                                                "two cores, batch"};

// Rounds

typedef struct {
  const RingPeer*   peer;
  void*             queue;
  uint32_t          batch;
  pthread_barrier_t barrier;
} Production;

static bool
pin(const unsigned core)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return !sched_setaffinity(0, sizeof(set), &set);
}

static void*
produce(void* const context)
{
  Production* const p = (Production*)context;
  pin(1u);
  pthread_barrier_wait(&p->barrier);
  p->peer->produce(p->queue, ITEMS, p->batch);
  return NULL;
}

static int64_t
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// One round of one kind.  @return nanoseconds an item
static double
measure(const RingPeer* const peer, const unsigned kind)
{
  const uint32_t batch =
    kind == ONE_BATCH || kind == TWO_BATCH ? RING_PEER_BATCH : 1u;
  void* const queue = peer->open();
  if (!queue) {
    abort();
  }

  uint64_t sum   = 0u;
  int64_t  start = 0;
  int64_t  end   = 0;
  if (kind == ONE_SINGLE || kind == ONE_BATCH) {
    (void)peer->alternate(queue, 2u * RING_PEER_CAPACITY / batch, batch);
    start = now_ns();
    sum   = peer->alternate(queue, ITEMS / batch, batch);
    end   = now_ns();
  } else {
    Production production = {.peer = peer, .queue = queue, .batch = batch};
    pthread_t  thread;
    pthread_barrier_init(&production.barrier, NULL, 2u);
    if (pthread_create(&thread, NULL, produce, &production)) {
      abort();
    }
    pthread_barrier_wait(&production.barrier);
    start = now_ns();
    sum   = peer->consume(queue, ITEMS, batch);
    end   = now_ns();
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&production.barrier);
  }

  peer->close(queue);
  if (sum != (uint64_t)ITEMS * (ITEMS - 1u) / 2u) {
    fprintf(stderr, "bench_ring: %s lost items\n", peer->name);
    exit(1);
  }
  return (double)(end - start) / ITEMS;
}

static int
compare(const void* const a, const void* const b)
{
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

/// Ours first, the floor last, the others between
static uint32_t
gather(const RingPeer* peers[PEERS_MAX])
{
  uint32_t n = 0u;
  peers[n++] = &ring_peer_ours;
#ifdef HAVE_JACK
  peers[n++] = &ring_peer_jack;
#endif
#ifdef HAVE_CPP
  for (const RingPeer* p = ring_peers_cpp; p->name && n + 1u < PEERS_MAX; ++p) {
    peers[n++] = p;
  }
#endif
  peers[n++] = &ring_peer_array;
  return n;
}

int
main(const int argc, char** const argv)
{
  static double times[PEERS_MAX][N_KINDS][ROUNDS_MAX];

  const RingPeer* peers[PEERS_MAX];
  const uint32_t  n_peers = gather(peers);
  const uint32_t  rounds  = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10)
                            : rs_figure_is_quick() ? 5u
                                                   : 11u;
  if (!rounds || rounds > ROUNDS_MAX) {
    fprintf(stderr, "usage: bench_ring [ROUNDS], at most %u\n", ROUNDS_MAX);
    return 2;
  }

  // Two that spin on one core would measure its scheduler
  const unsigned n_kinds =
    sysconf(_SC_NPROCESSORS_ONLN) > 1 && pin(1u) ? N_KINDS : TWO_SINGLE;
  pin(0u);
  for (uint32_t round = 0u; round < rounds; ++round) {
    for (unsigned kind = 0u; kind < n_kinds; ++kind) {
      for (uint32_t i = 0u; i < n_peers; ++i) {
        times[i][kind][round] = measure(peers[i], kind);
      }
    }
  }

  printf("ns an item of 64 bytes, medians of %u rounds of %u items\n%-32s",
         rounds,
         ITEMS,
         "");
  for (unsigned kind = 0u; kind < n_kinds; ++kind) {
    printf("%19s", kind_names[kind]);
  }
  printf("\n");

  double best[N_KINDS] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
  for (uint32_t i = 0u; i < n_peers; ++i) {
    printf("%-32s", peers[i]->name);
    for (unsigned kind = 0u; kind < n_kinds; ++kind) {
      qsort(times[i][kind], rounds, sizeof(double), compare);
      const double median = times[i][kind][rounds / 2u];
      if (i && i + 1u < n_peers && median < best[kind]) {
        best[kind] = median;
      }
      char what[80];
      snprintf(what, sizeof(what), "%s, %s", kind_names[kind], peers[i]->name);
      rs_figure("ring", what, median, "ns");
      printf("%19.2f", median);
    }
    printf("\n");
  }

  printf("%-32s", "Ringside / best of the others");
  for (unsigned kind = 0u; kind < n_kinds && n_peers > 2u; ++kind) {
    const double ratio = times[0][kind][rounds / 2u] / best[kind];
    char         what[80];
    snprintf(what, sizeof(what), "%s, ratio", kind_names[kind]);
    rs_figure("ring", what, ratio, "");
    printf("%19.2f", ratio);
  }
  printf("\n");

  if (n_kinds == N_KINDS) {
    // A machine may move its cores further apart or closer together meanwhile
    const double ns      = times[0][TWO_BATCH][rounds / 2u];
    const double best_ns = times[0][TWO_BATCH][0];
    const double floor   = times[n_peers - 1u][TWO_BATCH][rounds / 2u];
    printf("between two cores %.1f million a second, in the best round %.1f; "
           "the array %.1f\n",
           1e3 / ns,
           1e3 / best_ns,
           1e3 / floor);
    rs_figure("ring", "rate between two cores", 1e3 / ns, "M/s");
    rs_figure("ring", "rate between two cores, best", 1e3 / best_ns, "M/s");
    rs_figure("ring", "rate of the array", 1e3 / floor, "M/s");
  }
  return 0;
}
