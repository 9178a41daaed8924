// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The inside of an instance, for instance*.c only

#ifndef RINGSIDE_BRIDGE_INSTANCE_IMPL_H
#define RINGSIDE_BRIDGE_INSTANCE_IMPL_H

#include "ui-bridge/instances/grid.h"
#include "ui-bridge/instances/instance_inside.h"

/// A batch that the ring did not take
typedef struct RsPendingImpl {
  struct RsPendingImpl* next;
  int64_t               since_ns;
  uint32_t              count;
  RsCommand             commands[];
} RsPending;

/// What had been done when a slot was written
typedef struct {
  uint32_t tagged;  ///< Tagged commands ever written, this one included
  uint32_t pending; ///< Pending batches done with
} RsSlotNote;

typedef struct {
  uint32_t serial; ///< 0: none
  char     label[RS_LABEL_MAX + 4u];
} RsRecall;

struct RsInstanceImpl {
  RsInstances*  list;
  uint32_t      id;
  uint32_t      number;
  uint32_t      pid; ///< Of the host, 0 if not known
  const void*   owner;
  void*         user;
  bool          is_gone;
  bool          is_renewed; ///< It was attached to a bridge before
  bool          is_steady;
  int64_t       steady_ns; ///< When the last untagged command applies, or 0
  char          name[RS_NAME_MAX + 1u];
  RsIdentity    identity;
  RsParameter*  parameters;
  RsScalePoint* points;
  RsSegments    segments;
  int           socket;
  bool          is_unrung; ///< Something was written, and its bell not rung

  // Commands
  RsRingWriter writer;
  uint64_t     sequence;      ///< Of the last command
  uint32_t     overflow_lock; ///< Lock word after our last writing
  uint32_t*    overflow_put;  ///< For each parameter: lock word when put
  uint64_t     n_dropped;
  uint64_t     n_overtaken;

  /// What the plugin had counted when it was renewed; its new segment says so
  /// only once run() has taken it
  RsInstanceTotals floor;

  // What waits here, first in, first out
  RsPending* pending;
  RsPending* pending_last;
  uint32_t   n_pending;    ///< Commands in it
  uint32_t   pending_put;  ///< Batches ever put aside
  uint32_t   pending_done; ///< Of these: written to the ring, or dropped

  // What waits in the plugin
  RsWaiting   waiting;
  RsSlotNote* notes;        ///< One for each slot of the ring
  uint32_t    n_tagged;     ///< Ever written
  bool        is_cancelled; ///< Everything before cancel_tail stops waiting
  uint32_t    cancel_tail;

  RsGrid grid; ///< When its host calls run()

  // Presets, and what the plugin has not been told
  uint32_t letters; ///< RS_LETTER_*
  RsRecall recalls[RS_RECALLS];
  uint32_t last_serial;
};

/// What the plugin is to remember: its name, its last recall
enum {
  RS_LETTER_NAME   = 1u << 0u,
  RS_LETTER_RECALL = 1u << 1u,
};

/// Tell it, now or as soon as there is room
void
rs_instance_write(RsInstance* instance, uint32_t letter);

/// Where the reader is; false if it broke the invariant
bool
rs_instance_head(const RsInstance* instance, uint32_t* head);

/// What the look-ahead says, copied as one
typedef struct {
  uint32_t head;
  uint32_t overflow;
  uint32_t waiting;
  uint32_t preset_serial;
} RsAhead;

/// @return false if there is none for the present cycle
bool
rs_instance_ahead(const RsInstance* instance, RsAhead* ahead);

/// It ends: keep what it counted
void
rs_instance_keep_totals(const RsInstance* instance);

/// It is back: what it counted before is its own again
void
rs_instance_take_totals(RsInstance* instance);

/// Cut it off: its shared memory is not what it must be
void
rs_instance_fault(RsInstance* instance);

#endif // RINGSIDE_BRIDGE_INSTANCE_IMPL_H
