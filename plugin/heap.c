// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A binary heap in an array

#include "plugin/heap.h"

#include <stdbool.h>
#include <stddef.h>

static bool
is_before(const RsWaiting* const a, const RsWaiting* const b)
{
  return a->time_ns != b->time_ns ? a->time_ns < b->time_ns
                                  : a->order < b->order;
}

/// Put `waiting` at the empty place `i`, or above
static void
sift_up(RsHeap* const heap, uint32_t i, const RsWaiting* const waiting)
{
  while (i > 0) {
    const uint32_t parent = (i - 1) / 2;
    if (!is_before(waiting, &heap->entries[parent])) {
      break;
    }
    heap->entries[i] = heap->entries[parent];
    i                = parent;
  }
  heap->entries[i] = *waiting;
}

RsStatus
rs_heap_push(RsHeap* const heap, const RsWaiting* const waiting)
{
  if (heap->count >= RS_HEAP_MAX) {
    return RS_FULL;
  }

  RsWaiting entry = *waiting;
  entry.order     = heap->order++;
  sift_up(heap, heap->count++, &entry);
  return RS_SUCCESS;
}

const RsWaiting*
rs_heap_top(const RsHeap* const heap)
{
  return heap->count ? &heap->entries[0] : NULL;
}

void
rs_heap_pop(RsHeap* const heap, RsWaiting* const waiting)
{
  *waiting = heap->entries[0];

  const RsWaiting last  = heap->entries[--heap->count];
  const uint32_t  count = heap->count;
  uint32_t        i     = 0;
  for (uint32_t child = 1; child < count; child = 2 * i + 1) {
    if (child + 1 < count &&
        is_before(&heap->entries[child + 1], &heap->entries[child])) {
      ++child;
    }
    if (!is_before(&heap->entries[child], &last)) {
      break;
    }
    heap->entries[i] = heap->entries[child];
    i                = child;
  }
  heap->entries[i] = last;
}

uint32_t
rs_heap_cancel(RsHeap* const heap, const int64_t time_ns, const uint64_t order)
{
  const uint32_t before = heap->count;

  heap->count = 0;
  for (uint32_t i = 0; i < before; ++i) {
    const RsWaiting entry = heap->entries[i];
    if (entry.time_ns == time_ns && entry.order > order) {
      sift_up(heap, heap->count++, &entry);
    }
  }
  return before - heap->count;
}
