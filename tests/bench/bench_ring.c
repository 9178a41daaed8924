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

#include "shm/ring.h"
#include "tests/bench/figure.h"
#include "tests/bench/ring_peers.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_JACK
#  include <jack/ringbuffer.h>
#endif

#define N_PARAMETERS 40u
#define ROUNDS_MAX 101u
#define PEERS_MAX 12u

/// Items a round: some milliseconds each
#define ITEMS (1u << 18u)

enum { ONE_SINGLE, ONE_BATCH, TWO_SINGLE, TWO_BATCH, N_KINDS };

static const char* const kind_names[N_KINDS] = {"one core, single",
                                                "one core, batch",
                                                "two cores, single",
                                                "two cores, batch"};

// Ours

typedef struct {
  RsRing     ring;
  RsRingHead head;
} Shared;

static void*
open_ours(void)
{
  Shared* const shared = (Shared*)aligned_alloc(64u, sizeof(Shared));
  if (shared) {
    memset(shared, 0, sizeof(*shared));
  }
  return shared;
}

static void
close_ours(void* const queue)
{
  free(queue);
}

static RsCommand
make(const uint64_t sequence)
{
  return (RsCommand){.sequence   = sequence,
                     .arrival_ns = (int64_t)sequence,
                     .kind       = RS_COMMAND_SET,
                     .parameter  = (uint32_t)(sequence & 31u),
                     .value      = 0.5f};
}

/// What the reader never takes on trust
static bool
is_right(const RsCommand* const c)
{
  return c->time_ns >= 0 && c->kind >= RS_COMMAND_SET &&
         c->kind <= RS_COMMAND_RAMP && c->parameter < N_PARAMETERS &&
         isfinite(c->value);
}

/// @return how many were written: all or none
static uint32_t
put(RsRingWriter* const writer, uint64_t* const sequence, const uint32_t batch)
{
  for (uint32_t i = 0u; i < batch; ++i) {
    const RsCommand command = make(*sequence + i);
    if (rs_ring_write(writer, &command)) {
      rs_ring_abandon(writer);
      return 0u;
    }
  }

  rs_ring_publish(writer);
  *sequence += batch;
  return batch;
}

static uint32_t
take(RsRingReader* const reader, uint64_t* const sum, const uint32_t batch)
{
  uint32_t count = 0u;
  if (rs_ring_readable(reader, &count)) {
    abort();
  }

  count = count < batch ? count : batch;
  for (uint32_t i = 0u; i < count; ++i) {
    RsCommand command;
    rs_ring_copy(reader, i, &command);
    if (!is_right(&command)) {
      abort();
    }
    *sum += command.sequence;
  }

  if (count) {
    rs_ring_release(reader, count);
  }
  return count;
}

static uint64_t
alternate_ours(void* const    queue,
               const uint32_t n_batches,
               const uint32_t batch)
{
  Shared* const shared   = (Shared*)queue;
  uint64_t      sequence = 0u;
  uint64_t      sum      = 0u;
  RsRingWriter  writer;
  RsRingReader  reader;
  rs_ring_writer_init(&writer, &shared->ring, &shared->head);
  rs_ring_reader_init(&reader, &shared->ring, &shared->head);
  for (uint32_t i = 0u; i < n_batches; ++i) {
    put(&writer, &sequence, batch);
    for (uint32_t n = 0u; n < batch;) {
      n += take(&reader, &sum, batch - n);
    }
  }
  return sum;
}

static void
produce_ours(void* const queue, const uint32_t n_items, const uint32_t batch)
{
  Shared* const shared   = (Shared*)queue;
  uint64_t      sequence = 0u;
  RsRingWriter  writer;
  rs_ring_writer_init(&writer, &shared->ring, &shared->head);
  while (sequence < n_items) {
    if (!put(&writer, &sequence, batch)) {
      ring_peer_relax();
    }
  }
}

static uint64_t
consume_ours(void* const queue, const uint32_t n_items, const uint32_t batch)
{
  Shared* const shared = (Shared*)queue;
  uint64_t      sum    = 0u;
  RsRingReader  reader;
  rs_ring_reader_init(&reader, &shared->ring, &shared->head);
  for (uint32_t done = 0u; done < n_items;) {
    const uint32_t n = take(&reader, &sum, batch);
    done += n;
    if (!n) {
      ring_peer_relax();
    }
  }
  return sum;
}

// JACK's ring of bytes

#ifdef HAVE_JACK
static void*
open_jack(void)
{
  // One byte is never used
  return jack_ringbuffer_create(2u * RING_PEER_CAPACITY * sizeof(RsCommand));
}

static void
close_jack(void* const queue)
{
  jack_ringbuffer_free((jack_ringbuffer_t*)queue);
}

static uint32_t
put_jack(jack_ringbuffer_t* const ring,
         uint64_t* const          sequence,
         const uint32_t           batch)
{
  RsCommand    commands[RING_PEER_BATCH];
  const size_t size = batch * sizeof(RsCommand);
  if (jack_ringbuffer_write_space(ring) < size) {
    return 0u;
  }

  for (uint32_t i = 0u; i < batch; ++i) {
    commands[i] = make(*sequence + i);
  }
  (void)jack_ringbuffer_write(ring, (const char*)commands, size);
  *sequence += batch;
  return batch;
}

static uint32_t
take_jack(jack_ringbuffer_t* const ring,
          uint64_t* const          sum,
          const uint32_t           batch)
{
  // Items come whole, since they are written whole
  RsCommand      commands[RING_PEER_BATCH];
  const uint32_t count =
    (uint32_t)(jack_ringbuffer_read(
                 ring, (char*)commands, batch * sizeof(RsCommand)) /
               sizeof(RsCommand));
  for (uint32_t i = 0u; i < count; ++i) {
    *sum += commands[i].sequence;
  }
  return count;
}

static uint64_t
alternate_jack(void* const    queue,
               const uint32_t n_batches,
               const uint32_t batch)
{
  jack_ringbuffer_t* const ring     = (jack_ringbuffer_t*)queue;
  uint64_t                 sequence = 0u;
  uint64_t                 sum      = 0u;
  for (uint32_t i = 0u; i < n_batches; ++i) {
    put_jack(ring, &sequence, batch);
    for (uint32_t n = 0u; n < batch;) {
      n += take_jack(ring, &sum, batch - n);
    }
  }
  return sum;
}

static void
produce_jack(void* const queue, const uint32_t n_items, const uint32_t batch)
{
  uint64_t sequence = 0u;
  while (sequence < n_items) {
    if (!put_jack((jack_ringbuffer_t*)queue, &sequence, batch)) {
      ring_peer_relax();
    }
  }
}

static uint64_t
consume_jack(void* const queue, const uint32_t n_items, const uint32_t batch)
{
  uint64_t sum = 0u;
  for (uint32_t done = 0u; done < n_items;) {
    const uint32_t n = take_jack((jack_ringbuffer_t*)queue, &sum, batch);
    done += n;
    if (!n) {
      ring_peer_relax();
    }
  }
  return sum;
}
#endif

// The floor: whole quarters of an array, nothing checked

#define QUARTER (RS_RING_SLOTS / 4u)

static uint64_t
alternate_array(void* const    queue,
                const uint32_t n_batches,
                const uint32_t batch)
{
  Shared* const shared   = (Shared*)queue;
  uint64_t      sequence = 0u;
  uint64_t      sum      = 0u;
  for (uint32_t i = 0u; i < n_batches; ++i) {
    for (uint32_t n = 0u; n < batch; ++n, ++sequence) {
      const RsCommand command = make(sequence);
      rs_ring_move(&shared->ring.slots[n], &command);
    }
    atomic_signal_fence(memory_order_seq_cst); // It is read from memory
    for (uint32_t n = 0u; n < batch; ++n) {
      RsCommand command;
      rs_ring_move(&command, &shared->ring.slots[n]);
      atomic_signal_fence(memory_order_seq_cst);
      sum += command.sequence;
    }
  }
  return sum;
}

static void
produce_array(void* const queue, const uint32_t n_items, const uint32_t batch)
{
  (void)batch;
  Shared* const shared = (Shared*)queue;
  for (uint32_t tail = 0u; tail < n_items; tail += QUARTER) {
    // Pairs with the release of the head: the quarter was read
    while (tail -
             atomic_load_explicit(&shared->head.head, memory_order_acquire) >
           RS_RING_SLOTS - QUARTER) {
      ring_peer_relax();
    }
    for (uint32_t i = 0u; i < QUARTER; ++i) {
      const RsCommand command = make(tail + i);
      rs_ring_move(&shared->ring.slots[(tail + i) % RS_RING_SLOTS], &command);
    }
    // Pairs with the acquire of the tail: the quarter was written
    atomic_store_explicit(
      &shared->ring.tail, tail + QUARTER, memory_order_release);
  }
}

static uint64_t
consume_array(void* const queue, const uint32_t n_items, const uint32_t batch)
{
  (void)batch;
  Shared* const shared = (Shared*)queue;
  uint64_t      sum    = 0u;
  for (uint32_t head = 0u; head < n_items; head += QUARTER) {
    // Pairs with the release of the tail
    while (atomic_load_explicit(&shared->ring.tail, memory_order_acquire) ==
           head) {
      ring_peer_relax();
    }
    for (uint32_t i = 0u; i < QUARTER; ++i) {
      RsCommand command;
      rs_ring_move(&command, &shared->ring.slots[(head + i) % RS_RING_SLOTS]);
      atomic_signal_fence(memory_order_seq_cst);
      sum += command.sequence;
    }
    // Pairs with the acquire of the head
    atomic_store_explicit(
      &shared->head.head, head + QUARTER, memory_order_release);
  }
  return sum;
}

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
  static const RingPeer ours  = {"Ringside",
                                 open_ours,
                                 close_ours,
                                 alternate_ours,
                                 produce_ours,
                                 consume_ours};
  static const RingPeer array = {"array, 512 items a flag",
                                 open_ours,
                                 close_ours,
                                 alternate_array,
                                 produce_array,
                                 consume_array};

  uint32_t n = 0u;
  peers[n++] = &ours;
#ifdef HAVE_JACK
  static const RingPeer jack = {"jack_ringbuffer",
                                open_jack,
                                close_jack,
                                alternate_jack,
                                produce_jack,
                                consume_jack};
  peers[n++]                 = &jack;
#endif
#ifdef HAVE_CPP
  for (const RingPeer* p = ring_peers_cpp; p->name && n + 1u < PEERS_MAX; ++p) {
    peers[n++] = p;
  }
#endif
  peers[n++] = &array;
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
