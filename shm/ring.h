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
*/

#ifndef RINGSIDE_SHM_RING_H
#define RINGSIDE_SHM_RING_H

#include "shm/message.h"
#include "shm/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define RS_RING_SLOTS 2048u

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

/**
   Write one command, not yet visible to the reader.

   @return #RS_SUCCESS, #RS_FULL if nothing was written, or #RS_CORRUPT if the
   reader broke the invariant (stop using the ring).
*/
RS_NODISCARD RsStatus
rs_ring_write(RsRingWriter* writer, const RsCommand* command);

/// Make all that was written visible at once: this is what makes a bundle whole
void
rs_ring_publish(RsRingWriter* writer);

/// Forget what was written and not yet published
void
rs_ring_abandon(RsRingWriter* writer);

// Reader

/**
   How many commands can be read: one acquire load.

   @return #RS_CORRUPT if the distance is over the capacity.
*/
RS_REALTIME RS_NODISCARD RsStatus
rs_ring_readable(const RsRingReader* reader, uint32_t* count);

/// Copy the `i`th readable command out of shared memory
RS_REALTIME void
rs_ring_copy(const RsRingReader* reader, uint32_t i, RsCommand* command);

/// Give `count` slots back to the writer
RS_REALTIME void
rs_ring_release(RsRingReader* reader, uint32_t count);

#endif // RINGSIDE_SHM_RING_H
