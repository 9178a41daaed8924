// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// When the kernel saw what a socket gives: datagrams, and bytes of a stream

#ifndef RINGSIDE_BRIDGE_ARRIVAL_H
#define RINGSIDE_BRIDGE_ARRIVAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/// Two clocks, read together
typedef struct {
  int64_t now_ns; ///< CLOCK_MONOTONIC
  int64_t realtime_ns;
} RsArrivalClocks;

RsArrivalClocks
rs_arrival_clocks(void);

/// Ask for arrival times on a socket; without them it is now that all arrives
void
rs_arrival_prepare(int socket);

/// CLOCK_MONOTONIC of the arrival of a message that was received, or now
int64_t
rs_arrival_ns(struct msghdr* message, const RsArrivalClocks* clocks);

/**
   Read from a stream, as recv() without waiting.

   @param arrival_ns when the last of these bytes came
*/
ssize_t
rs_arrival_receive(int socket, void* bytes, size_t size, int64_t* arrival_ns);

#endif // RINGSIDE_BRIDGE_ARRIVAL_H
