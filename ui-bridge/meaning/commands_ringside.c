// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What can be said to the bridge itself: `/ringside/...`

#include "ui-bridge/meaning/room.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/// The first argument if it is a number that is a whole one
static bool
read_whole(RsRequest* const request, double* const number)
{
  RsOscReader   reader;
  RsOscArgument argument;
  rs_osc_reader_init(&reader, request->message);
  if (!rs_osc_next(&reader, &argument) || !strchr("ihfd", argument.type) ||
      !isfinite(argument.real) || argument.real != trunc(argument.real)) {
    return false;
  }

  *number = argument.real;
  return true;
}

void
rs_ringside_instances(RsRequest* const request)
{
  RsBridge* const bridge = request->room->bridge;
  const uint32_t  n      = rs_instances_count(bridge);
  for (uint32_t i = 0u; i < n; ++i) {
    const RsInstance* const instance = rs_instances_at(bridge, i);
    const RsIdentity* const identity = rs_instance_identity(instance);
    rs_reply(bridge,
             request->from,
             "/ringside/instances",
             rs_instance_is_running(instance) ? "sssT" : "sssF",
             rs_instance_name(instance),
             identity->plugin_uri,
             identity->process);
  }
  rs_reply(bridge, request->from, "/ringside/instances/end", "i", (int)n);
}

void
rs_ringside_version(RsRequest* const request)
{
  rs_reply(request->room->bridge,
           request->from,
           "/ringside/version",
           "s",
           RS_VERSION_TEXT);
}

void
rs_ringside_ping(RsRequest* const request)
{
  static const char pong[] = "/ringside/pong\0";

  // The arguments go back as they came, types and data
  const RsOscMessage* const message = request->message;
  uint8_t                   packet[RS_OSC_PACKET_MAX];
  const uint32_t            types_size =
    message->n_types ? (message->n_types + 1u + 4u) & ~3u : 4u;
  const uint32_t data_size = message->data_size;
  const uint32_t size      = (uint32_t)sizeof(pong) + types_size + data_size;
  if (size > sizeof(packet)) {
    rs_refuse(request, 413, "these arguments are too large to be sent back");
    return;
  }

  memset(packet, 0, sizeof(pong) + types_size);
  memcpy(packet, pong, sizeof(pong));
  packet[sizeof(pong)] = ',';
  memcpy(packet + sizeof(pong) + 1u, message->types, message->n_types);
  memcpy(packet + sizeof(pong) + types_size, message->data, data_size);
  rs_reply_raw(request->room->bridge, request->from, packet, size);
}

void
rs_ringside_status(RsRequest* const request)
{
  rs_bridge_reply_status(request->room->bridge, request->from);
}

void
rs_ringside_sync(RsRequest* const request)
{
  double number = 0.0;
  if (!read_whole(request, &number) || number < INT32_MIN ||
      number > INT32_MAX) {
    rs_refuse(request, 400, "sync takes a whole number, which comes back");
    return;
  }
  rs_sync_begin(request, (int32_t)number);
}

void
rs_ringside_reply_port(RsRequest* const request)
{
  double port = 0.0;
  if (!read_whole(request, &port) || port < 0.0 || port > 65535.0) {
    rs_refuse(request,
              400,
              "reply_port takes the number of a port from 1 to 65535, or 0 to "
              "undo");
    return;
  }
  if (!rs_bridge_set_reply_port(
        request->room->bridge, request->from, (uint16_t)port)) {
    rs_refuse(request,
              400,
              "port %u is the bridge's own; reply_port takes the one that you "
              "listen on",
              (unsigned)port);
  }
}

void
rs_ringside_hello(RsRequest* const request)
{
  // Whoever is heard here may talk to us: the gate has seen to that
  rs_reply(request->room->bridge, request->from, "/ringside/hello", "T");
}

void
rs_ringside_nothing(RsRequest* const request)
{
  (void)request;
}
