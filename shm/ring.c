// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The ring of commands: one writer, one reader, nothing trusted

#include "shm/ring.h"

#include <assert.h>

static_assert((RS_RING_SLOTS & (RS_RING_SLOTS - 1u)) == 0u,
              "indices wrap at 2^32, so the capacity must be a power of two");
static_assert(ATOMIC_INT_LOCK_FREE == 2, "indices cross processes");
static_assert(sizeof(RsRing) == 64u + (64u * RS_RING_SLOTS), "layout");
static_assert(sizeof(RsRingHead) == 64u, "layout");

void
rs_ring_writer_init(RsRingWriter* const     writer,
                    RsRing* const           ring,
                    const RsRingHead* const head)
{
  // Only we store the tail, so no ordering is needed to read it back
  const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

  *writer = (RsRingWriter){ring, head, tail, tail, tail - RS_RING_SLOTS};
}

void
rs_ring_reader_init(RsRingReader* const reader,
                    const RsRing* const ring,
                    RsRingHead* const   head)
{
  // Only we store the head, so no ordering is needed to read it back
  *reader = (RsRingReader){
    ring, head, atomic_load_explicit(&head->head, memory_order_relaxed)};
}

/**
   The acquire pairs with the release in rs_ring_release(): the reader has
   copied a slot before we overwrite it.  Without it, a slot could be
   overwritten while it is being read.
*/
RsStatus
rs_ring_refresh(RsRingWriter* const writer)
{
  const uint32_t head =
    atomic_load_explicit(&writer->head->head, memory_order_acquire);

  // It cannot have read what is not published, nor can it go back over slots
  // that it gave away, and we have filled again since
  if (writer->published - head > RS_RING_SLOTS ||
      writer->tail - head > RS_RING_SLOTS) {
    return RS_CORRUPT;
  }

  // Pairs with the fences of the look-ahead, which reads slots that may change:
  // if it sees anything that is written from here on, it also sees that run()
  // had begun, and throws its copy away
  atomic_thread_fence(memory_order_release);

  writer->seen_head = head;
  return RS_SUCCESS;
}

RsStatus
rs_ring_space(RsRingWriter* const writer, uint32_t* const space)
{
  const RsStatus st = rs_ring_refresh(writer);
  if (!st) {
    *space = RS_RING_SLOTS - (writer->tail - writer->seen_head);
  }

  return st;
}
