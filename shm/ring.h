// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A ring of commands in shared memory, from one writer to one reader.

   Indices count all commands ever written or read, modulo 2^32.  At any time
   `0 <= tail - head <= RS_RING_SLOTS`; slots in [head, tail) belong to the
   reader, all others to the writer.  A store to an index gives slots away, so
   each index is stored by one side only: `tail` lives in the command segment
   (the bridge writes it), `head` in the telemetry segment (run() writes it).

   All zeros is a valid empty ring.  No lengths, offsets or pointers are read
   from shared memory, and nothing in it is trusted, since the peer may crash
   or misbehave at any time.

   What is done for each command is inline, and copies member by member: a
   command that was just put together goes to its slot from registers.  Copied
   as a block from where its members were just stored, it would wait for these
   stores (docs/performance.md).
*/

#ifndef RINGSIDE_SHM_RING_H
#define RINGSIDE_SHM_RING_H

#include "shm/message.h"
#include "shm/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#ifndef RS_RING_SLOTS // The model (tests/model) has a ring of few
#  define RS_RING_SLOTS 2048u
#endif

/// The part that is shared, in the command segment
typedef struct {
  alignas(64) _Atomic(uint32_t) tail;
  alignas(64) RsCommand slots[RS_RING_SLOTS];
} RsRing;

/// The index that goes the other way, in the telemetry segment
typedef struct {
  alignas(64) _Atomic(uint32_t) head;
} RsRingHead;

/// The writing end, private to one thread of the bridge
typedef struct {
  RsRing*           ring;
  const RsRingHead* head;
  uint32_t          tail;      ///< Ours: all written, also what is unpublished
  uint32_t          published; ///< What the reader may know of
  uint32_t          seen_head; ///< Maybe stale: the ring only looks fuller
} RsRingWriter;

/// The reading end, private to run()
typedef struct {
  const RsRing* ring;
  RsRingHead*   head_word;
  uint32_t      head; ///< Ours; the copy in shared memory is for the writer
} RsRingReader;

void
rs_ring_writer_init(RsRingWriter* writer, RsRing* ring, const RsRingHead* head);

void
rs_ring_reader_init(RsRingReader* reader, const RsRing* ring, RsRingHead* head);

// Writer

/// Slots that are free now.  @return #RS_CORRUPT if the reader's index is off
RS_NODISCARD RsStatus
rs_ring_space(RsRingWriter* writer, uint32_t* space);

/// Look where the reader is.  @return #RS_CORRUPT if it broke the invariant
RS_NODISCARD RsStatus
rs_ring_refresh(RsRingWriter* writer);

/// Copy a command, each member once
static inline void
rs_ring_move(RsCommand* const to, const RsCommand* const from)
{
  to->sequence   = from->sequence;
  to->time_ns    = from->time_ns;
  to->arrival_ns = from->arrival_ns;
  to->seconds    = from->seconds;
  to->kind       = from->kind;
  to->parameter  = from->parameter;
  to->value      = from->value;
  to->curve      = from->curve;
  to->serial     = from->serial;
  to->woken_ns   = from->woken_ns;
  to->written_ns = from->written_ns;
  to->reserved   = from->reserved;
}

/**
   Write one command, not yet visible to the reader.

   @return #RS_SUCCESS, #RS_FULL if nothing was written, or #RS_CORRUPT if the
   reader broke the invariant (stop using the ring).
*/
RS_NODISCARD static inline RsStatus
rs_ring_write(RsRingWriter* const writer, const RsCommand* const command)
{
  if (writer->tail - writer->seen_head >= RS_RING_SLOTS) {
    // A stale head only makes the ring look fuller, so look again only then
    const RsStatus st = rs_ring_refresh(writer);
    if (st) {
      return st;
    }

    if (writer->tail - writer->seen_head >= RS_RING_SLOTS) {
      return RS_FULL;
    }
  }

  rs_ring_move(&writer->ring->slots[writer->tail++ & (RS_RING_SLOTS - 1u)],
               command);
  return RS_SUCCESS;
}

/// Make all that was written visible at once: this is what makes a bundle whole
static inline void
rs_ring_publish(RsRingWriter* const writer)
{
  writer->published = writer->tail;

  // Pairs with the acquire in rs_ring_readable(): whoever sees the tail sees
  // all slots before it.  One store for the whole batch makes a bundle whole
  atomic_store_explicit(
    &writer->ring->tail, writer->published, memory_order_release);
}

/// Forget what was written and not yet published
static inline void
rs_ring_abandon(RsRingWriter* const writer)
{
  writer->tail = writer->published;
}

// Reader

/**
   How many commands can be read: one acquire load.

   @return #RS_CORRUPT if the distance is over the capacity.
*/
RS_REALTIME RS_NODISCARD static inline RsStatus
rs_ring_readable(const RsRingReader* const reader, uint32_t* const count)
{
  // Pairs with the release in rs_ring_publish()
  const uint32_t tail =
    atomic_load_explicit(&reader->ring->tail, memory_order_acquire);

  if (tail - reader->head > RS_RING_SLOTS) {
    return RS_CORRUPT;
  }

  *count = tail - reader->head;
  return RS_SUCCESS;
}

/// Copy the `i`th readable command out of shared memory
RS_REALTIME static inline void
rs_ring_copy(const RsRingReader* const reader,
             const uint32_t            i,
             RsCommand* const          command)
{
  rs_ring_move(command,
               &reader->ring->slots[(reader->head + i) & (RS_RING_SLOTS - 1u)]);

  // A hostile writer may change the slot meanwhile: the copy is what counts.
  // Without this fence, which costs nothing, a compiler that has both before
  // its eyes might look into the slot again
  atomic_signal_fence(memory_order_seq_cst);
}

/// Give `count` slots back to the writer
RS_REALTIME static inline void
rs_ring_release(RsRingReader* const reader, const uint32_t count)
{
  reader->head += count;

  // Pairs with the acquire in rs_ring_refresh(): slots are copied before they
  // are free, and what the commands did to telemetry is seen with the new head
  atomic_store_explicit(
    &reader->head_word->head, reader->head, memory_order_release);
}

#endif // RINGSIDE_SHM_RING_H
