// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Answers: built by liblo, sent the way the question came

#include "ui-bridge/reply.h"

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/valueless.h"

#include <lo/lo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
rs_source_equal(const RsSource* const a, const RsSource* const b)
{
  if (a->kind != b->kind) {
    return false;
  }

  switch (a->kind) {
    case RS_SOURCE_UDP:
      return a->ip.sin_addr.s_addr == b->ip.sin_addr.s_addr &&
             a->ip.sin_port == b->ip.sin_port;
    case RS_SOURCE_TCP:
      return a->connection == b->connection;
    case RS_SOURCE_UNIX:
      return a->path_length == b->path_length &&
             !memcmp(&a->path, &b->path, a->path_length);
    case RS_SOURCE_NONE:
      break;
  }

  return false;
}

void
rs_reply_raw(RsBridge* const       bridge,
             const RsSource* const to,
             const void* const     packet,
             const uint32_t        size)
{
  bool               is_sent = true;
  struct sockaddr_in ip      = to->ip;

  switch (to->kind) {
    case RS_SOURCE_NONE:
      break;
    case RS_SOURCE_UDP:
      ip.sin_port = htons(rs_bridge_reply_port(bridge, to));
      is_sent     = rs_udp_send(bridge->udp, &ip, packet, size);
      break;
    case RS_SOURCE_TCP:
      is_sent = rs_tcp_send(bridge->tcp, to->connection, packet, size);
      break;
    case RS_SOURCE_UNIX:
      is_sent = rs_unix_send(
        bridge->unix_socket, &to->path, to->path_length, packet, size);
      break;
  }

  if (!is_sent) {
    rs_bridge_count(bridge, RS_COUNT_REPLIES_LOST);
  }
}

/// Serialise, send, free
static void
send_message(RsBridge* const       bridge,
             const RsSource* const to,
             const char* const     address,
             const lo_message      message)
{
  size_t      size   = 0u;
  void* const packet = lo_message_serialise(message, address, NULL, &size);
  if (packet) {
    rs_reply_raw(bridge, to, packet, (uint32_t)size);
    free(packet);
  }

  lo_message_free(message);
}

void
rs_reply(RsBridge* const       bridge,
         const RsSource* const to,
         const char* const     address,
         const char* const     types,
         ...)
{
  const lo_message message = to->kind ? lo_message_new() : NULL;
  if (!message) {
    return;
  }

  va_list args;
  va_start(args, types);
  for (const char* t = types; *t; ++t) {
    switch (*t) {
      case 'i':
        lo_message_add_int32(message, va_arg(args, int));
        break;
      case 'h':
        lo_message_add_int64(message, va_arg(args, int64_t));
        break;
      case 'f':
        lo_message_add_float(message, (float)va_arg(args, double));
        break;
      case 'd':
        lo_message_add_double(message, va_arg(args, double));
        break;
      case 's':
        lo_message_add_string(message, va_arg(args, const char*));
        break;
      default:
        (void)rs_valueless_add(message, *t);
        break;
    }
  }
  va_end(args);

  send_message(bridge, to, address, message);
}

void
rs_reply_error(RsBridge* const       bridge,
               const RsSource* const to,
               const char* const     address,
               const int             code,
               const char* const     format,
               ...)
{
  char    sentence[512];
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof(sentence), format, args);
  va_end(args);

  rs_reply(bridge, to, "/error", "sis", address, code, sentence);
}
