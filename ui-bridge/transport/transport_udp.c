// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// OSC over UDP

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/transport/datagrams.h"
#include "ui-bridge/transport/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// Batches in a row before other sockets get their turn
#define BATCHES 8u

struct RsUdpImpl {
  RsBridge* bridge;
  int       socket;
  uint16_t  port;
  bool      is_behind; ///< More was there than was taken
  uint32_t  lost;      ///< Datagrams, as the last one said
  RsWatch   watch;
  RsPace    pace;
};

static void
count_lost(RsUdp* const udp, const uint32_t lost)
{
  // Of two cores that put datagrams in, one may have looked earlier
  const int32_t more = (int32_t)(lost - udp->lost);
  if (more > 0) {
    rs_bridge_count_many(udp->bridge, RS_COUNT_PACKETS_LOST, (uint32_t)more);
    udp->lost = lost;
  }
}

static void
handle(RsUdp* const udp, const RsDatagram* const datagram)
{
  RsSource from = {.kind = RS_SOURCE_UDP};
  count_lost(udp, datagram->lost);
  memcpy(&from.ip, datagram->from, sizeof(from.ip));
  rs_bridge_packet(
    udp->bridge, &from, datagram->packet, datagram->size, datagram->arrival_ns);
}

/// @param taken how many were taken in this turn already
static void
take(RsUdp* const udp, uint32_t taken)
{
  static RsDatagram datagrams[RS_DATAGRAMS_BATCH];
  for (uint32_t batch = 0u; batch < BATCHES; ++batch) {
    const uint32_t n = rs_datagrams_take(udp->socket, datagrams);
    for (uint32_t i = 0u; i < n; ++i) {
      handle(udp, &datagrams[i]);
    }

    taken += n;
    udp->is_behind = n == RS_DATAGRAMS_BATCH;
    if (!udp->is_behind) {
      break;
    }
  }
  rs_pace_count(&udp->pace, taken, rs_bridge_now_ns(udp->bridge));
}

RS_WARM_TEXT static void
receive(void* const context, const uint32_t events)
{
  (void)events;
  RsUdp* const udp = (RsUdp*)context;

  // Who woke us is handled before we look whether there are more; among many
  // that would cost a call for nothing
  RsDatagram first;
  if (rs_pace_is_busy(&udp->pace)) {
    take(udp, 0u);
  } else if (rs_datagrams_take_one(udp->socket, &first)) {
    handle(udp, &first);
    take(udp, 1u);
  }
}

void
rs_udp_receive_rested(RsUdp* const udp, const int64_t end_ns)
{
  take(udp, 0u);
  rs_pace_rested(&udp->pace, end_ns, rs_bridge_clock_ns());
}

int64_t
rs_udp_rest_ns(const RsUdp* const udp)
{
  const RsInstances* const list = &udp->bridge->instances;

  // Whether many come is known without looking at all the instances
  return udp->is_behind || !rs_pace_rest_ns(&udp->pace, list->now_ns, INT64_MAX)
           ? 0
           : rs_pace_rest_ns(
               &udp->pace, list->now_ns, rs_instance_list_next_run_ns(list));
}

RsUdp*
rs_udp_new(RsBridge* const      bridge,
           const struct in_addr listen_address,
           const uint16_t       port)
{
  RsUdp* const udp = (RsUdp*)calloc(1u, sizeof(*udp));
  if (!udp) {
    return NULL;
  }

  struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = listen_address};
  socklen_t length = sizeof(address);

  udp->bridge = bridge;
  udp->watch  = (RsWatch){receive, udp};
  udp->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (udp->socket < 0 ||
      bind(udp->socket, (const struct sockaddr*)&address, sizeof(address)) ||
      getsockname(udp->socket, (struct sockaddr*)&address, &length) ||
      !rs_loop_watch(&bridge->loop, udp->socket, EPOLLIN, &udp->watch)) {
    const int error = errno;
    if (udp->socket >= 0) {
      close(udp->socket);
    }
    free(udp);
    errno = error;
    return NULL;
  }

  udp->port = ntohs(address.sin_port);
  rs_pace_init(&udp->pace, rs_datagrams_prepare(udp->socket));
  rs_loop_may_rest(&bridge->loop, udp->socket);
  return udp;
}

void
rs_udp_free(RsUdp* const udp)
{
  if (udp) {
    rs_loop_unwatch(&udp->bridge->loop, udp->socket, &udp->watch);
    close(udp->socket);
    free(udp);
  }
}

void
rs_udp_foresee(const RsUdp* const udp, RsWarm* const warm)
{
  if (udp) {
    rs_warm_note(warm, udp, sizeof(*udp));
    rs_datagrams_foresee(warm);
  }
}

uint16_t
rs_udp_port(const RsUdp* const udp)
{
  return udp->port;
}

bool
rs_udp_send(RsUdp* const                    udp,
            const struct sockaddr_in* const to,
            const void* const               packet,
            const size_t                    size)
{
  return sendto(udp->socket,
                packet,
                size,
                MSG_DONTWAIT | MSG_NOSIGNAL,
                (const struct sockaddr*)to,
                sizeof(*to)) == (ssize_t)size;
}
