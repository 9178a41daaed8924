// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge as its rooms see each other: one thread, one loop.
*/

#ifndef RINGSIDE_BRIDGE_BRIDGE_H
#define RINGSIDE_BRIDGE_BRIDGE_H

#include "ui-bridge/instances/instance.h"
#include "ui-bridge/meaning/commands.h"
#include "ui-bridge/presets/presets.h"
#include "ui-bridge/reply.h"

#include <stdbool.h>
#include <stdint.h>

#define RS_VERSION_TEXT "0.1.0"

/// What `/ringside/status` counts; names in status.c, in this order
typedef enum {
  RS_COUNT_PACKETS,
  RS_COUNT_MESSAGES,
  RS_COUNT_COMMANDS,
  RS_COUNT_REJECTED_PACKET,   ///< 400: malformed
  RS_COUNT_REJECTED_ARGUMENT, ///< 400: argument
  RS_COUNT_REJECTED_ADDRESS,  ///< 404
  RS_COUNT_REJECTED_CONFLICT, ///< 409
  RS_COUNT_REJECTED_SIZE,     ///< 413
  RS_COUNT_REJECTED_RATE,     ///< 429
  RS_COUNT_REJECTED_STATE,    ///< 503
  RS_COUNT_DROPPED,           ///< In the bridge; plugins count their own
  RS_COUNT_REPLIES_LOST,      ///< Answers that a socket did not take
  RS_COUNT_BRIDGE_FAULTS,     ///< Instances cut off for broken invariants
  RS_COUNT_RECONNECTS,        ///< Instances that came with RS_ATTACH_RENEWED
  RS_COUNT_CONNECTIONS,       ///< TCP connections ever taken
  RS_COUNT_STRANGERS,         ///< Packets and connections of who may not talk
  RS_COUNT_SHORT_OF_FILES,    ///< Refused for want of a descriptor
  RS_COUNT_SHORT_OF_MEMORY,   ///< Refused for want of memory
  RS_COUNT_PACKETS_LOST,      ///< Datagrams that the UDP socket had no room for
  RS_COUNTERS
} RsCounter;

/// Add one
void
rs_bridge_count(RsBridge* bridge, RsCounter counter);

void
rs_bridge_count_many(RsBridge* bridge, RsCounter counter, uint32_t n);

/// All lines of `/ringside/status`, sent to `to`
void
rs_bridge_reply_status(RsBridge* bridge, const RsSource* to);

RsPresets*
rs_bridge_presets(const RsBridge* bridge);
RsCommandRoom*
rs_bridge_commands(const RsBridge* bridge);

/// CLOCK_MONOTONIC, read once for each turn of the loop
int64_t
rs_bridge_now_ns(const RsBridge* bridge);

/// CLOCK_MONOTONIC at this moment; rs_bridge_now_ns() is of this turn
int64_t
rs_bridge_clock_ns(void);

/// Offset CLOCK_REALTIME - CLOCK_MONOTONIC in nanoseconds, read anew for tags,
/// and the same as before while it differs by no more than reading it does
int64_t
rs_bridge_realtime_offset_ns(RsBridge* bridge);

/// `/ringside/reply_port`: replies to this IP go to that port; 0 undoes.
/// @return false if the bridge itself has that port there
bool
rs_bridge_set_reply_port(RsBridge* bridge, const RsSource* from, uint16_t port);

/// Default of `/NAME/timing` from the configuration
bool
rs_bridge_default_steady(const RsBridge* bridge);

#endif // RINGSIDE_BRIDGE_BRIDGE_H
