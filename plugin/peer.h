// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge as a host process sees it: the host connection of shm/attach.h.

   Nothing here waits: all sockets are non-blocking.  Only for the link thread.
*/

#ifndef RINGSIDE_PLUGIN_PEER_H
#define RINGSIDE_PLUGIN_PEER_H

#include "shm/attach.h"
#include "shm/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Room for any message; longer ones of later versions are cut
#define RS_PEER_PACKET 1024u

/// One connection; begin with RS_PEER_NONE
typedef struct {
  int      fd;          ///< -1: none
  int      pidfd;       ///< -1 where the process cannot be seen
  uint32_t number;      ///< Of the last PING
  int64_t  pinged_ns;   ///< When that was sent
  int64_t  answered_ns; ///< When anything last came from it
  bool     is_owing;    ///< The last PING is not answered
} RsPeer;

#define RS_PEER_NONE       \
  (RsPeer)                 \
  {                        \
    -1, -1, 0, 0, 0, false \
  }

/// One message in its place
typedef union {
  RsAttachHead head;
  RsWelcome    welcome;
  RsRefused    refused;
  RsAttached   attached;
  RsPing       pong;
  char         bytes[RS_PEER_PACKET];
} RsPeerMessage;

/**
   Connect to whoever listens in the runtime folder, and check that it is ours.

   @return #RS_SUCCESS, #RS_NOT_FOUND if nobody listens, #RS_AGAIN if it does
   not take connections just now, #RS_BAD_ARG if it belongs to another user, or
   #RS_SYSTEM
*/
RS_NODISCARD RsStatus
rs_peer_connect(RsPeer* peer, int folder, const char* path);

/// Send one message, with `n_fds` descriptors.
/// @return #RS_SUCCESS, #RS_AGAIN if there is no room now, or #RS_GONE
RS_NODISCARD RsStatus
rs_peer_send(const RsPeer* peer,
             const void*   message,
             size_t        size,
             const int*    fds,
             unsigned      n_fds);

RS_NODISCARD RsStatus
rs_peer_hello(const RsPeer* peer, const char* process);

/// Ask whether it is there
RS_NODISCARD RsStatus
rs_peer_ping(RsPeer* peer, int64_t now_ns);

/**
   Take the next message, which is whole and ends its strings.

   @return #RS_SUCCESS, #RS_AGAIN if there is none, #RS_GONE, or #RS_CORRUPT if
   what came is no message
*/
RS_NODISCARD RsStatus
rs_peer_receive(RsPeer* peer, RsPeerMessage* message, int64_t now_ns);

/// True if its process is known to have ended
bool
rs_peer_is_dead(const RsPeer* peer);

/// End its process: SIGKILL, through the pidfd
void
rs_peer_kill(const RsPeer* peer);

void
rs_peer_close(RsPeer* peer);

#endif // RINGSIDE_PLUGIN_PEER_H
