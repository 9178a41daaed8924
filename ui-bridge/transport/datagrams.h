// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Taking many datagrams with one call, each with its arrival time

#ifndef RINGSIDE_BRIDGE_DATAGRAMS_H
#define RINGSIDE_BRIDGE_DATAGRAMS_H

#include "ui-bridge/reply.h"
#include "ui-bridge/warm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RS_DATAGRAMS_BATCH 64u

typedef struct {
  const void* packet;
  size_t      size;
  int64_t     arrival_ns; ///< CLOCK_MONOTONIC
  const void* from;       ///< A socket address
  socklen_t   from_length;
  uid_t       uid;  ///< Of a Unix peer, (uid_t)-1 if not known
  uint32_t    lost; ///< Before it, by this UDP socket ever, modulo 2^32
} RsDatagram;

/// As large a receive buffer as we may have, arrival times, and a count of what
/// is lost.  @return what the kernel gave, in its own count of bytes
int
rs_datagrams_prepare(int socket);

/**
   Take the first of what is there, which is quicker than a batch of one.

   @return false if there is none; its content is valid until the next call,
   from whatever socket (one thread)
*/
bool
rs_datagrams_take_one(int socket, RsDatagram* datagram);

/**
   Take what is there, up to a batch.

   @return how many; their content is valid until the next call, from whatever
   socket (one thread)
*/
uint32_t
rs_datagrams_take(int socket, RsDatagram* datagrams);

/// Note what rs_datagrams_take_one() touches for a small one
void
rs_datagrams_foresee(RsWarm* warm);

#endif // RINGSIDE_BRIDGE_DATAGRAMS_H
