// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A flow of commands that can be checked word by word.

   Each command is a function of its sequence number and its batch, and a batch
   of its number, so a reader that knows where it stands knows every bit that
   may come next.  Used across processes and across threads.
*/

#ifndef RINGSIDE_TESTS_UNIT_FLOW_H
#define RINGSIDE_TESTS_UNIT_FLOW_H

#include "shm/ring.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FLOW_BATCH_MAX 61u

/// Good mixing of 64 bits (any bijection with avalanche does)
static inline uint64_t
flow_mix(uint64_t x)
{
  x ^= x >> 31u;
  x *= 0x9e3779b97f4a7c15u;
  x ^= x >> 29u;
  x *= 0xd6e8feb86659fd93u;
  return x ^ (x >> 32u);
}

/// Commands in a batch: 1 to FLOW_BATCH_MAX
static inline uint32_t
flow_batch_size(const uint64_t batch)
{
  return 1u + (uint32_t)(flow_mix(batch) % FLOW_BATCH_MAX);
}

/// The only command that may stand at this place
static inline RsCommand
flow_command(const uint64_t sequence, const uint64_t batch)
{
  const uint64_t a = flow_mix(sequence);
  const uint64_t b = flow_mix(a + batch);
  return (RsCommand){.sequence   = sequence,
                     .time_ns    = (int64_t)a,
                     .arrival_ns = (int64_t)b,
                     .seconds    = (double)(a >> 12u),
                     .kind       = (uint32_t)b,
                     .parameter  = (uint32_t)(b >> 32u),
                     .value      = (float)(a & 0xffffffu),
                     .curve      = (uint32_t)(a >> 8u),
                     .serial     = (uint32_t)batch,
                     .woken_ns   = (uint32_t)(batch >> 32u),
                     .written_ns = ~(uint32_t)a,
                     .reserved   = 7u};
}

/// Where one end stands in the flow
typedef struct {
  uint64_t sequence; ///< Of the next command
  uint64_t batch;    ///< Of the next batch
} Flow;

/// Write one batch, waiting for room.  @return false if the ring is broken
static inline bool
flow_write_batch(Flow* const flow, RsRingWriter* const writer)
{
  const uint32_t size  = flow_batch_size(flow->batch);
  uint32_t       space = 0u;
  while (space < size) {
    if (rs_ring_space(writer, &space)) {
      return false;
    }

    if (space < size) {
      sched_yield();
    }
  }

  for (uint32_t i = 0; i < size; ++i) {
    const RsCommand command = flow_command(flow->sequence++, flow->batch);
    if (rs_ring_write(writer, &command)) {
      return false;
    }
  }

  ++flow->batch;
  rs_ring_publish(writer);
  return true;
}

/**
   Read and check all that is there, which must be whole batches.

   @return how many commands, or -1 if anything is not as it must be
*/
static inline int32_t
flow_read(Flow* const flow, RsRingReader* const reader)
{
  uint32_t count = 0u;
  if (rs_ring_readable(reader, &count)) {
    return -1;
  }

  uint32_t at = 0u;
  while (at < count) {
    const uint32_t size = flow_batch_size(flow->batch);
    if (size > count - at) {
      return -1; // half a batch
    }

    for (uint32_t i = 0; i < size; ++i, ++at) {
      const RsCommand expected = flow_command(flow->sequence++, flow->batch);
      RsCommand       command;
      rs_ring_copy(reader, at, &command);
      // Bits are what matters here:
      // NOLINTNEXTLINE(*-exp42-c,*-flp37-c,*-memory-comparison)
      if (memcmp(&command, &expected, sizeof(command))) {
        return -1;
      }
    }

    ++flow->batch;
  }

  rs_ring_release(reader, count);
  return (int32_t)count;
}

#endif // RINGSIDE_TESTS_UNIT_FLOW_H
