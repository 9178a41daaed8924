// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Our ring, and below it the floor: what cores can hand over at best

#include "shm/ring.h"
#include "tests/bench/ring_item.h"
#include "tests/bench/ring_peers.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define N_PARAMETERS 40u

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
    const RsCommand command = ring_item(*sequence + i);
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

const RingPeer ring_peer_ours = {"Ringside",
                                 open_ours,
                                 close_ours,
                                 alternate_ours,
                                 produce_ours,
                                 consume_ours};

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
      const RsCommand command = ring_item(sequence);
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
      const RsCommand command = ring_item(tail + i);
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

const RingPeer ring_peer_array = {"array, 512 items a flag",
                                  open_ours,
                                  close_ours,
                                  alternate_array,
                                  produce_array,
                                  consume_array};
