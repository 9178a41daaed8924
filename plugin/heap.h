// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Commands that wait for their time: a bounded heap, the earliest on top

#ifndef RINGSIDE_PLUGIN_HEAP_H
#define RINGSIDE_PLUGIN_HEAP_H

#include "shm/message.h"
#include "shm/parameter.h"
#include "shm/ring.h"
#include "shm/status.h"

#include <assert.h>
#include <stdint.h>

/// What may wait, a full ring on top of it, and a full overflow table
#define RS_HEAP_MAX (RS_WAITING_MAX + RS_RING_SLOTS + RS_PARAMETERS_MAX)

/// A command that was checked, without what only its intake needs
typedef struct {
  int64_t  time_ns;
  uint64_t order;   ///< In which it came: decides between equal times
  double   seconds; ///< Of a ramp
  uint32_t kind;    ///< RsCommandKind
  uint32_t parameter;
  float    value;
  uint32_t detail; ///< Curve or serial
} RsWaiting;

static_assert(sizeof(RsWaiting) == 40, "small, since it is moved about");

/// Plain memory: can be copied with its first `count` entries
typedef struct {
  uint32_t  count;
  uint32_t  reserved;
  uint64_t  order; ///< Of the next that comes
  RsWaiting entries[RS_HEAP_MAX];
} RsHeap;

/// @return #RS_FULL if nothing was added; `order` of the entry is set here
RS_REALTIME RS_NODISCARD RsStatus
rs_heap_push(RsHeap* heap, const RsWaiting* waiting);

/// The earliest, or NULL; valid until the heap changes
RS_REALTIME const RsWaiting*
rs_heap_top(const RsHeap* heap);

/// Remove the earliest (there must be one)
RS_REALTIME void
rs_heap_pop(RsHeap* heap, RsWaiting* waiting);

/**
   Remove all but those of time `time_ns` that came after `order`: what waits
   when a command of that time and order cancels.

   @return how many were removed
*/
RS_REALTIME uint32_t
rs_heap_cancel(RsHeap* heap, int64_t time_ns, uint64_t order);

#endif // RINGSIDE_PLUGIN_HEAP_H
