// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The ring of commands: one writer, one reader, nothing trusted

#include "shm/ring.h"

#include <assert.h>
#include <string.h>

static_assert((RS_RING_SLOTS & (RS_RING_SLOTS - 1u)) == 0u,
              "indices wrap at 2^32, so the capacity must be a power of two");
static_assert(ATOMIC_INT_LOCK_FREE == 2, "indices cross processes");
static_assert(sizeof(RsRing) == 64u + (64u * RS_RING_SLOTS), "layout");
static_assert(sizeof(RsRingHead) == 64u, "layout");

#define SLOT_MASK (RS_RING_SLOTS - 1u)

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
   Look where the reader is.

   The acquire pairs with the release in rs_ring_release(): the reader has
   copied a slot before we overwrite it.  Without it, a slot could be
   overwritten while it is being read.
*/
static RsStatus
refresh_head(RsRingWriter* const writer)
{
  const uint32_t head =
    atomic_load_explicit(&writer->head->head, memory_order_acquire);

  // It cannot have read what is not published, nor can it go back over slots
  // that it gave away, and we have filled again since
  if (writer->published - head > RS_RING_SLOTS ||
      writer->tail - head > RS_RING_SLOTS) {
    return RS_CORRUPT;
  }

  writer->seen_head = head;
  return RS_SUCCESS;
}

RsStatus
rs_ring_space(RsRingWriter* const writer, uint32_t* const space)
{
  const RsStatus st = refresh_head(writer);
  if (!st) {
    *space = RS_RING_SLOTS - (writer->tail - writer->seen_head);
  }

  return st;
}

RsStatus
rs_ring_write(RsRingWriter* const writer, const RsCommand* const command)
{
  if (writer->tail - writer->seen_head >= RS_RING_SLOTS) {
    // A stale head only makes the ring look fuller, so look again only then
    const RsStatus st = refresh_head(writer);
    if (st) {
      return st;
    }

    if (writer->tail - writer->seen_head >= RS_RING_SLOTS) {
      return RS_FULL;
    }
  }

  writer->ring->slots[writer->tail++ & SLOT_MASK] = *command;
  return RS_SUCCESS;
}

void
rs_ring_publish(RsRingWriter* const writer)
{
  writer->published = writer->tail;

  // Pairs with the acquire in rs_ring_readable(): whoever sees the tail sees
  // all slots before it.  One store for the whole batch makes a bundle whole
  atomic_store_explicit(
    &writer->ring->tail, writer->published, memory_order_release);
}

void
rs_ring_abandon(RsRingWriter* const writer)
{
  writer->tail = writer->published;
}

RS_REALTIME RsStatus
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

RS_REALTIME void
rs_ring_copy(const RsRingReader* const reader,
             const uint32_t            i,
             RsCommand* const          command)
{
  // A hostile writer may change the slot meanwhile: the copy is what counts
  memcpy(command,
         &reader->ring->slots[(reader->head + i) & SLOT_MASK],
         sizeof(*command));
}

RS_REALTIME void
rs_ring_release(RsRingReader* const reader, const uint32_t count)
{
  reader->head += count;

  // Pairs with the acquire in refresh_head(): slots are copied before they are
  // free, and what the commands did to telemetry is seen with the new head
  atomic_store_explicit(
    &reader->head_word->head, reader->head, memory_order_release);
}
