// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The ways that packets come in and answers go out.  None of them ever waits
   for a peer: an answer that a socket does not take is dropped and counted.
*/

#ifndef RINGSIDE_BRIDGE_TRANSPORT_H
#define RINGSIDE_BRIDGE_TRANSPORT_H

#include "ui-bridge/reply.h"
#include "ui-bridge/warm.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Largest packet or frame (spec section 7)
#define RS_PACKET_MAX 65536u

/// Most TCP connections at once
#define RS_TCP_CONNECTIONS 32u

/// Most of these of one other machine
#define RS_TCP_CONNECTIONS_SOURCE 8u

/// How long whoever has to greet may take for it
#define RS_TCP_GREETING_NS 5000000000

typedef struct RsUdpImpl  RsUdp;
typedef struct RsTcpImpl  RsTcp;
typedef struct RsUnixImpl RsUnix;

// UDP

/// Bind, exclusively.  @return NULL with errno
RsUdp*
rs_udp_new(RsBridge* bridge, struct in_addr listen_address, uint16_t port);
void
rs_udp_free(RsUdp* udp);
uint16_t
rs_udp_port(const RsUdp* udp);

/// Note what the next datagram will touch; NULL is none
void
rs_udp_foresee(const RsUdp* udp, RsWarm* warm);

/// How long to let packets gather before rs_udp_receive_rested(), 0 not to
int64_t
rs_udp_rest_ns(const RsUdp* udp);

/// Take what has gathered during a rest that was to end then
void
rs_udp_receive_rested(RsUdp* udp, int64_t end_ns);
bool
rs_udp_send(RsUdp*                    udp,
            const struct sockaddr_in* to,
            const void*               packet,
            size_t                    size);

// TCP

/// Listen.  @return NULL with errno
RsTcp*
rs_tcp_new(RsBridge* bridge, struct in_addr listen_address, uint16_t port);
void
rs_tcp_free(RsTcp* tcp);

/// Listen elsewhere; connections stay.  @return false with errno, then nothing
/// has changed
bool
rs_tcp_move(RsTcp* tcp, struct in_addr listen_address, uint16_t port);
uint32_t
rs_tcp_count(const RsTcp* tcp);

/// End what did not greet in time, listen again.  @return when this is due
/// again
int64_t
rs_tcp_tick(RsTcp* tcp, int64_t now_ns);

bool
rs_tcp_send(RsTcp* tcp, uint32_t connection, const void* packet, size_t size);

// Unix datagrams

/// Bind osc.sock in the runtime folder.  @return NULL with errno
RsUnix*
rs_unix_new(RsBridge* bridge);
void
rs_unix_free(RsUnix* self);
bool
rs_unix_send(RsUnix*                   self,
             const struct sockaddr_un* to,
             socklen_t                 length,
             const void*               packet,
             size_t                    size);

/// Offer again what clients did not take.  @return when this is due again
int64_t
rs_unix_tick(RsUnix* self, int64_t now_ns);

#endif // RINGSIDE_BRIDGE_TRANSPORT_H
