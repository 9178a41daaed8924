// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A binary heap of due times

#include "ui-bridge/instances/waiting.h"

#include <stdlib.h>

static void
swap(int64_t* const a, int64_t* const b)
{
  const int64_t t = *a;
  *a              = *b;
  *b              = t;
}

static void
sift_up(int64_t* const heap, uint32_t i)
{
  while (i && heap[i] < heap[(i - 1u) / 2u]) {
    swap(&heap[i], &heap[(i - 1u) / 2u]);
    i = (i - 1u) / 2u;
  }
}

static void
sift_down(int64_t* const heap, const uint32_t count, uint32_t i)
{
  for (;;) {
    const uint32_t left  = 2u * i + 1u;
    const uint32_t right = left + 1u;
    uint32_t       least = i;
    if (left < count && heap[left] < heap[least]) {
      least = left;
    }
    if (right < count && heap[right] < heap[least]) {
      least = right;
    }
    if (least == i) {
      return;
    }
    swap(&heap[i], &heap[least]);
    i = least;
  }
}

void
rs_waiting_free(RsWaiting* const waiting)
{
  free(waiting->due_ns);
  waiting->due_ns = NULL;
  waiting->count  = 0u;
}

void
rs_waiting_clear(RsWaiting* const waiting)
{
  waiting->count = 0u;
}

uint32_t
rs_waiting_count(RsWaiting* const waiting, const int64_t now_ns)
{
  while (waiting->count && waiting->due_ns[0] <= now_ns) {
    waiting->due_ns[0] = waiting->due_ns[--waiting->count];
    sift_down(waiting->due_ns, waiting->count, 0u);
  }

  return waiting->count;
}

RsStatus
rs_waiting_enter(RsWaiting* const waiting,
                 const int64_t    due_ns,
                 const uint32_t   count)
{
  if (count > RS_WAITING_MAX - waiting->count) {
    return RS_FULL;
  }

  if (!waiting->due_ns) {
    waiting->due_ns = (int64_t*)malloc(RS_WAITING_MAX * sizeof(int64_t));
    if (!waiting->due_ns) {
      return RS_FULL;
    }
  }

  for (uint32_t i = 0u; i < count; ++i) {
    waiting->due_ns[waiting->count] = due_ns;
    sift_up(waiting->due_ns, waiting->count++);
  }

  return RS_SUCCESS;
}

void
rs_waiting_remove(RsWaiting* const waiting,
                  const int64_t    due_ns,
                  uint32_t         count)
{
  // Rare, so the heap is simply made anew from what is left
  uint32_t kept = 0u;
  for (uint32_t i = 0u; i < waiting->count; ++i) {
    if (count && waiting->due_ns[i] == due_ns) {
      --count;
    } else {
      waiting->due_ns[kept] = waiting->due_ns[i];
      sift_up(waiting->due_ns, kept++);
    }
  }

  waiting->count = kept;
}
