// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Instances as those see them who make and end them (hosts.c, bridge.c).

   Life of one:

       made (ATTACH accepted) ──▶ in the list ──▶ gone ──▶ freed
                                                   ▲
          its host or socket went, or its telemetry broke an invariant

   A gone instance stays in the list, and takes no commands, until the loop
   has left everybody who may still hold it.
*/

#ifndef RINGSIDE_BRIDGE_INSTANCE_INSIDE_H
#define RINGSIDE_BRIDGE_INSTANCE_INSIDE_H

#include "shm/attach.h"
#include "shm/segment.h"
#include "ui-bridge/instances/instance.h"
#include "ui-bridge/instances/waiting.h"
#include "ui-bridge/warm.h"

#include <stdbool.h>
#include <stdint.h>

/// Recalls whose labels are remembered (several may wait for their tags)
#define RS_RECALLS 32u

/// Commands that may be put aside for one instance, and for how long
#define RS_PENDING_MAX 8192u
#define RS_PENDING_NS 100000000

/// What an instance counted, on both sides
typedef struct {
  uint64_t applied;
  uint64_t late;
  uint64_t dropped;
  uint64_t overtaken;
  uint64_t faults;
  uint64_t histogram[RS_HISTOGRAM_BUCKETS];
} RsInstanceTotals;

/// Ended attachments that are remembered, in case they are renewed
#define RS_ENDED_MAX 64u

/**
   What an attachment counted until it ended.

   Totals of a plugin count from its making, over all its attachments.  So when
   one is renewed, its past ones must not be counted beside it.
*/
typedef struct {
  uint32_t         pid; ///< Of its host, 0: unused
  uint32_t         number;
  uint64_t         n_dropped;   ///< By the bridge, for it
  uint64_t         n_overtaken; ///< Likewise
  RsInstanceTotals its;         ///< Counted by the plugin
} RsEnded;

/// All instances; also what they share
typedef struct {
  RsInstance**     items;
  uint32_t         count;
  uint32_t         capacity;
  RsInstance**     unrung; ///< Those whose bells are to be rung
  uint32_t         n_unrung;
  uint32_t         last_id;
  uint32_t         n_pending;  ///< Instances where something is put aside
  uint32_t         n_letters;  ///< Instances that are to be told something
  bool             has_gone;   ///< Some are gone and not yet freed
  bool             is_steady;  ///< Default of new ones
  bool             is_traced;  ///< Commands say when they were on their way
  int64_t          now_ns;     ///< Set once for each turn of the loop
  int64_t          settled_ns; ///< Until then, renewed ones have precedence
  uint64_t         faults;     ///< Instances cut off for broken invariants
  RsInstanceTotals past;       ///< Of instances that were freed
  RsEnded          ended[RS_ENDED_MAX]; ///< The last of them
  uint32_t         next_ended;

  void (*renamed)(void* context, RsInstance* instance);
  void* context;
} RsInstances;

/// What an instance is made from
typedef struct {
  RsSegments    segments; ///< These four are taken over on success
  RsParameter*  parameters;
  RsScalePoint* points;
  int           socket; ///< Our end of the socketpair
  RsIdentity    identity;
  const char*   wanted; ///< Name, or ""
  uint32_t      preset_serial;
  const char*   preset_label; ///< Of that serial
  const void*   owner;        ///< The host connection, opaque here
  uint32_t      number;       ///< Within that host
  uint32_t      pid;          ///< Of that host, 0 if not known
  bool          is_renewed;   ///< It was attached before
} RsInstancePlan;

void
rs_instance_list_free(RsInstances* list);

RsInstance*
rs_instance_list_find(const RsInstances* list, const char* name, size_t length);

/// When the next run() is expected of those that run; now, if one is late, and
/// INT64_MAX if there is none
int64_t
rs_instance_list_next_run_ns(const RsInstances* list);

/**
   Wake the readers of all that was written since the last call, if they sleep.

   Once for a turn of the loop: what a bell costs is to wait until all that was
   written is in memory, and so many commands need no more of that than one.
*/
void
rs_instance_list_ring(RsInstances* list);

/// Sum over all there are and were
void
rs_instance_list_totals(const RsInstances* list, RsInstanceTotals* totals);

/// Make one and add it to the list.  @return NULL without memory or room
RsInstance*
rs_instance_new(RsInstances* list, const RsInstancePlan* plan);

/// Take it out of the list and free it
void
rs_instance_free(RsInstance* instance);

/**
   Leave its name to one that had it before this bridge began: new instances
   that came while the others were on their way back take another name.  Only
   in the first moments of a bridge; later a name is kept.
*/
void
rs_instance_give_way(RsInstance* instance);

/// From now on it takes no commands; freed later
void
rs_instance_set_gone(RsInstance* instance);
bool
rs_instance_is_gone(const RsInstance* instance);

/// Write to the plugin what found no room before.  @return true if it still
/// does not; then try again, some time later
bool
rs_instance_deliver(RsInstance* instance);

const void*
rs_instance_owner(const RsInstance* instance);
uint32_t
rs_instance_number(const RsInstance* instance);
int
rs_instance_socket(const RsInstance* instance);

/// Where its owner keeps what belongs to it
void
rs_instance_set_user(RsInstance* instance, void* user);
void*
rs_instance_user(const RsInstance* instance);

/// Note what the next command to this parameter will touch
void
rs_instance_foresee(const RsInstance* instance,
                    uint32_t          parameter,
                    RsWarm*           warm);

#endif // RINGSIDE_BRIDGE_INSTANCE_INSIDE_H
