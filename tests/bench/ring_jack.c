// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// JACK's ring of bytes

#include "tests/bench/ring_item.h"
#include "tests/bench/ring_peers.h"

#include <jack/ringbuffer.h>

#include <stddef.h>
#include <stdint.h>

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
    commands[i] = ring_item(*sequence + i);
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

const RingPeer ring_peer_jack = {"jack_ringbuffer",
                                 open_jack,
                                 close_jack,
                                 alternate_jack,
                                 produce_jack,
                                 consume_jack};
