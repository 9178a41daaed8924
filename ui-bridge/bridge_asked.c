// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What other rooms ask of the bridge, and the packets that they bring

#include "ui-bridge/bridge_inside.h"

#include <time.h>

/// By how much the offset of the wall clock may be off: 0.02 frames
#define OFFSET_KEPT_NS 500

static int64_t
clock_ns(const clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
rs_bridge_clock_ns(void)
{
  return clock_ns(CLOCK_MONOTONIC);
}

int64_t
rs_bridge_now_ns(const RsBridge* const bridge)
{
  return bridge->now_ns;
}

int64_t
rs_bridge_realtime_offset_ns(RsBridge* const bridge)
{
  // Between two readings of the same clock: what lies between is at most a
  // pre-emption, and of that only half is an error
  const int64_t before   = clock_ns(CLOCK_MONOTONIC);
  const int64_t realtime = clock_ns(CLOCK_REALTIME);
  const int64_t after    = clock_ns(CLOCK_MONOTONIC);
  const int64_t doubt    = (after - before) / 2;
  const int64_t offset   = realtime - before - doubt;

  // Kept while it may be the same, so that bundles stay as far apart as their
  // tags; the clock's own corrections (500 ppm) are followed in small steps
  const int64_t moved = offset - bridge->realtime_offset_ns;
  if (moved > doubt + OFFSET_KEPT_NS || -moved > doubt + OFFSET_KEPT_NS) {
    bridge->realtime_offset_ns = offset;
  }

  return bridge->realtime_offset_ns;
}

RsPresets*
rs_bridge_presets(const RsBridge* const bridge)
{
  return bridge->presets;
}

RsCommandRoom*
rs_bridge_commands(const RsBridge* const bridge)
{
  return bridge->commands;
}

bool
rs_bridge_default_steady(const RsBridge* const bridge)
{
  return bridge->config.is_steady;
}

uint32_t
rs_instances_count(const RsBridge* const bridge)
{
  return bridge->instances.count;
}

RsInstance*
rs_instances_at(const RsBridge* const bridge, const uint32_t i)
{
  return i < bridge->instances.count ? bridge->instances.items[i] : NULL;
}

RsInstance*
rs_instances_find(const RsBridge* const bridge,
                  const char* const     name,
                  const size_t          length)
{
  return rs_instance_list_find(&bridge->instances, name, length);
}

static RsReplyPort*
find_reply_port(RsBridge* const bridge, const in_addr_t ip)
{
  for (uint32_t i = 0u; i < RS_REPLY_PORTS; ++i) {
    if (bridge->reply_ports[i].port && bridge->reply_ports[i].ip == ip) {
      return &bridge->reply_ports[i];
    }
  }

  return NULL;
}

bool
rs_bridge_set_reply_port(RsBridge* const       bridge,
                         const RsSource* const from,
                         const uint16_t        port)
{
  if (from->kind != RS_SOURCE_UDP) {
    return true; // Streams and Unix sockets are answered where they are
  }

  // Answers would come back to us, where that of a value is a command
  const uint32_t ip = ntohl(from->ip.sin_addr.s_addr);
  if (port && port == bridge->port && ip >> 24u == IN_LOOPBACKNET) {
    return false;
  }

  RsReplyPort* entry = find_reply_port(bridge, from->ip.sin_addr.s_addr);
  if (!entry && port) {
    // The oldest makes room
    entry                   = &bridge->reply_ports[bridge->next_reply_port];
    bridge->next_reply_port = (bridge->next_reply_port + 1u) % RS_REPLY_PORTS;
  }

  if (entry) {
    *entry = (RsReplyPort){from->ip.sin_addr.s_addr, port};
  }
  return true;
}

uint16_t
rs_bridge_reply_port(const RsBridge* const bridge, const RsSource* const to)
{
  for (uint32_t i = 0u; i < RS_REPLY_PORTS; ++i) {
    if (bridge->reply_ports[i].port &&
        bridge->reply_ports[i].ip == to->ip.sin_addr.s_addr) {
      return bridge->reply_ports[i].port;
    }
  }

  return ntohs(to->ip.sin_port);
}

RS_WARM_TEXT bool
rs_bridge_packet(RsBridge* const       bridge,
                 const RsSource* const from,
                 const void* const     packet,
                 const size_t          size,
                 const int64_t         arrival_ns)
{
  // Over Unix sockets, also unnamed ones, there is only this user
  if ((from->kind == RS_SOURCE_UDP || from->kind == RS_SOURCE_TCP) &&
      !rs_gate_knows(&bridge->gate, &bridge->config, from->ip.sin_addr) &&
      !rs_gate_greet(&bridge->gate,
                     &bridge->config,
                     from->ip.sin_addr,
                     packet,
                     size,
                     bridge->now_ns)) {
    rs_bridge_count(bridge, RS_COUNT_STRANGERS);
    return false;
  }

  rs_commands_receive(bridge->commands, from, packet, size, arrival_ns);
  return true;
}
