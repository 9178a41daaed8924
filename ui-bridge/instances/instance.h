// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   One attached plugin instance: its ring, its overflow table, the account of
   what waits in it, and what its telemetry says.  Knows no OSC.
*/

#ifndef RINGSIDE_BRIDGE_INSTANCE_H
#define RINGSIDE_BRIDGE_INSTANCE_H

#include "shm/message.h"
#include "shm/parameter.h"
#include "shm/segment.h"
#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct RsBridgeImpl   RsBridge;
typedef struct RsInstanceImpl RsInstance;

/// Limits of what one bridge serves
#define RS_INSTANCES_MAX 1024u

// The list, in order of appearance

uint32_t
rs_instances_count(const RsBridge* bridge);

RsInstance*
rs_instances_at(const RsBridge* bridge, uint32_t i);

/// @return NULL if there is none of that name
RsInstance*
rs_instances_find(const RsBridge* bridge, const char* name, size_t length);

/**
   Rename.  @return #RS_BAD_ARG if the name is not `[A-Za-z0-9_-]{1,32}` or is
   reserved, #RS_FULL if it is taken
*/
RS_NODISCARD RsStatus
rs_instance_rename(RsInstance* instance, const char* name, size_t length);

// What it is

/// Never used twice while the bridge lives
uint32_t
rs_instance_id(const RsInstance* instance);
const char*
rs_instance_name(const RsInstance* instance);
const RsIdentity*
rs_instance_identity(const RsInstance* instance);
const RsParameter*
rs_instance_parameters(const RsInstance* instance); ///< Private copy, checked
uint32_t
rs_instance_n_parameters(const RsInstance* instance);
const RsScalePoint*
rs_instance_points(const RsInstance* instance);

/// The host calls run() (or did within the last 250 ms and two cycles)
bool
rs_instance_is_running(const RsInstance* instance);
bool
rs_instance_is_freewheeling(const RsInstance* instance);

/// When run() is due next; past if it is late
int64_t
rs_instance_next_run_ns(RsInstance* instance);

// Commands

/**
   Send commands as one: all or none of them take effect, at the same frame.

   Fills in `sequence`.  Rings the bell if the reader sleeps.  A batch that the
   ring does not take: untagged sets go to the overflow table, anything else
   waits here for up to 100 ms (see rs_instance_pump()), in order.

   @param commands all with the same time_ns
   @return #RS_SUCCESS, #RS_FULL if RS_WAITING_MAX would be passed (nothing was
   sent), #RS_TOO_LARGE if over 1,024 commands, #RS_GONE
*/
RS_NODISCARD RsStatus
rs_instance_send(RsInstance* instance, RsCommand* commands, uint32_t count);

/// Move what waits here into the ring; drop and count what waited 100 ms.
/// @return true while something still waits
bool
rs_instance_pump(RsInstance* instance, int64_t now_ns);

/// Room left in the account of waiting commands
uint32_t
rs_instance_waiting_room(RsInstance* instance);

/// A point in the flow of commands to one instance
typedef struct {
  uint32_t tail;      ///< Ring index
  uint32_t overflow;  ///< Overflow lock word
  uint64_t pending;   ///< Batches ever put aside
  int64_t  steady_ns; ///< When the last untagged one applies, or 0: at once
} RsTicket;

/// All that was sent up to now
RsTicket
rs_instance_ticket(const RsInstance* instance);

/**
   True if all up to the ticket took effect, or waits for its tag in the
   plugin, or was dropped; for an instance that does not run: if it is in
   shared memory and was looked ahead.
*/
bool
rs_instance_reached(RsInstance* instance, const RsTicket* ticket);

/// The same for `sync`: of an instance that rests, shared memory suffices
bool
rs_instance_synced(RsInstance* instance, const RsTicket* ticket);

/// Value in effect, from run() or looked ahead, whichever is newer
float
rs_instance_value(const RsInstance* instance, uint32_t parameter);

/// How often the host refused a value for this parameter; only rises
uint32_t
rs_instance_refusals(const RsInstance* instance, uint32_t parameter);

// Presets

/// Of the last preset recalled, 0 once a parameter moved
uint32_t
rs_instance_preset_serial(const RsInstance* instance);

/// Take a new serial for a recall of this label; the plugin remembers both
uint32_t
rs_instance_preset_begin(RsInstance* instance, const char* label);

/// The label of the preset in effect, "" if none
const char*
rs_instance_preset_label(const RsInstance* instance);

/// The label last recalled even if moved since, "" if none (for next/previous)
const char*
rs_instance_preset_last(const RsInstance* instance);

// Time

/// `steady` (spec section 4) or asap
bool
rs_instance_is_steady(const RsInstance* instance);
void
rs_instance_set_steady(RsInstance* instance, bool steady);

/**
   When an untagged command applies that arrived then: 0, which is at once; or
   for `steady` a constant later, and never before those that came earlier.
*/
int64_t
rs_instance_untagged_ns(RsInstance* instance, int64_t arrival_ns);

/// The largest recent cycle in nanoseconds
int64_t
rs_instance_largest_cycle_ns(const RsInstance* instance);

#endif // RINGSIDE_BRIDGE_INSTANCE_H
