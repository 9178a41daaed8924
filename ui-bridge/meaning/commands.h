// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a packet means: from checked OSC to commands of instances, queries and
   answers.  All on the bridge's one packet thread.
*/

#ifndef RINGSIDE_BRIDGE_COMMANDS_H
#define RINGSIDE_BRIDGE_COMMANDS_H

#include "ui-bridge/reply.h"
#include "ui-bridge/warm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct RsCommandsImpl RsCommandRoom;

/// @return NULL without memory
RsCommandRoom*
rs_commands_new(RsBridge* bridge);

void
rs_commands_free(RsCommandRoom* room);

/**
   Take in one packet (a datagram, or a frame of a stream), of any content.

   @param packet readable for `size` bytes, any alignment
   @param arrival_ns when it arrived, CLOCK_MONOTONIC
*/
void
rs_commands_receive(RsCommandRoom*  room,
                    const RsSource* from,
                    const void*     packet,
                    size_t          size,
                    int64_t         arrival_ns);

/**
   Give the answers that are due: queries whose commands have taken effect or
   that waited 50 ms, syncs, batches that wait for room in a ring.  Tell senders
   what the host refused of what they set.

   @return when to be called again (CLOCK_MONOTONIC), 1 ms ahead while
   something is owed, some more after something was set, or INT64_MAX
*/
int64_t
rs_commands_tick(RsCommandRoom* room, int64_t now_ns);

typedef struct RsInstanceImpl RsInstance;

/**
   Note what a message like the last one will touch.

   @return its instance, and which parameter; NULL if it was for none, or the
   instance has gone
*/
RsInstance*
rs_commands_foresee(const RsCommandRoom* room,
                    RsWarm*              warm,
                    uint32_t*            parameter);

/// An instance has appeared, was renamed, or is about to go: names are looked
/// up anew, and answers owed for one that goes are given (503).  @return false
/// if there is no memory to address it
bool
rs_commands_instance_changed(RsCommandRoom* room, RsInstance* instance);
void
rs_commands_instance_gone(RsCommandRoom* room, RsInstance* instance);

#endif // RINGSIDE_BRIDGE_COMMANDS_H
