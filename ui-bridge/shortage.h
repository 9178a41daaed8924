// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the bridge does without descriptors or memory: it goes on with those
   who are here, refuses whoever comes at once and in words rather than let them
   wait, says in its log what is short, and counts (`/ringside/status`).

   One descriptor is kept for that, since to refuse somebody takes one.  Where
   not even that helps, whoever listens rests for a while: a socket that stays
   readable would keep the loop going round and round.
*/

#ifndef RINGSIDE_BRIDGE_SHORTAGE_H
#define RINGSIDE_BRIDGE_SHORTAGE_H

#include "ui-bridge/instances/instance.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/// Descriptors: 32 of TCP, and one or two for each of 256 instances and hosts
#define RS_FILES_MIN 1024u

/// How long a socket rests whose connections could not be taken
#define RS_SHORTAGE_REST_NS 100000000

/// Between two lines about the same shortage
#define RS_SHORTAGE_SAY_NS 10000000000

typedef struct {
  int     spare;    ///< The one that is kept, or -1
  int64_t files_ns; ///< When a line was said; 0: never
  int64_t memory_ns;
} RsShortage;

/// Keep a descriptor.  Say so if there are fewer than we may need
void
rs_shortage_begin(RsBridge* bridge);

void
rs_shortage_end(RsBridge* bridge);

/// True if errno means that descriptors or memory are short
bool
rs_shortage_is(int error);

/// Count, and say, that `what` was refused for want of what errno tells
void
rs_shortage_say(RsBridge* bridge, int error, const char* what);

/// What became of an attempt to accept a connection
typedef enum {
  RS_ACCEPT_TAKEN,  ///< `*fd` is the caller's
  RS_ACCEPT_REFUSE, ///< As well, but only to say no: rs_shortage_refused()
  RS_ACCEPT_NONE,   ///< Nobody was there
  RS_ACCEPT_REST,   ///< It cannot be: look again after RS_SHORTAGE_REST_NS
} RsAccept;

/// accept4(), without blocking
RsAccept
rs_shortage_accept(RsBridge*        bridge,
                   int              listener,
                   struct sockaddr* peer,
                   socklen_t*       length,
                   int*             fd);

/// Close what was refused, and keep a descriptor again
void
rs_shortage_refused(RsBridge* bridge, int fd);

#endif // RINGSIDE_BRIDGE_SHORTAGE_H
