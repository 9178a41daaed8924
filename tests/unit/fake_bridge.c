// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A bridge that only writes down: what its rooms ask of it, its answers and
/// presets

#include "tests/unit/fake_bridge.h"

#include <lo/lo.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Fake fake;

__attribute__((format(printf, 3, 0))) static void
write_down(char* const       log,
           const size_t      size,
           const char* const format,
           va_list           args)
{
  const size_t used = strlen(log);
  vsnprintf(log + used, size - used, format, args);
}

void
fake_send(const char* const format, ...)
{
  va_list args;
  va_start(args, format);
  write_down(fake.sent, sizeof(fake.sent), format, args);
  va_end(args);
}

__attribute__((format(printf, 1, 2))) static void
reply(const char* const format, ...)
{
  va_list args;
  va_start(args, format);
  write_down(fake.replies, sizeof(fake.replies), format, args);
  va_end(args);
}

static const char*
take(char* const log, const size_t size)
{
  static char taken[1u << 20u];
  memcpy(taken, log, size);
  log[0] = '\0';
  return taken;
}

const char*
fake_sent(void)
{
  return take(fake.sent, sizeof(fake.sent));
}

const char*
fake_replies(void)
{
  return take(fake.replies, sizeof(fake.replies));
}

void
fake_open(void)
{
  // All but what is written down, which is large, and ends at its first zero
  fake.sent[0]    = '\0';
  fake.replies[0] = '\0';
  memset(&fake, 0, offsetof(Fake, sent));
  memset(&fake.port, 0, sizeof(fake) - offsetof(Fake, port));
  fake.now_ns             = 1000000000000;
  fake.realtime_offset_ns = 1800000000000000000;
  fake.port               = FAKE_PORT;
  fake.room               = rs_commands_new(NULL);
  fake_appear(0u, "strip");
  fake_appear(1u, "strip-2");
}

void
fake_close(void)
{
  rs_commands_free(fake.room);
}

void
fake_packet(const void* const packet, const size_t size)
{
  const RsSource from = {.kind = RS_SOURCE_UDP,
                         .ip   = {.sin_port = htons(fake.port)}};
  rs_commands_receive(fake.room, &from, packet, size, fake.now_ns - 5000);
}

void
fake_say(const char* const address, const char* const types, ...)
{
  lo_message message = lo_message_new();
  va_list    args;
  va_start(args, types);
  lo_message_add_varargs(message, types, args);
  va_end(args);

  size_t      size   = lo_message_length(message, address);
  void* const packet = malloc(size);
  lo_message_serialise(message, address, packet, &size);
  lo_message_free(message);
  fake_packet(packet, size);
  free(packet);
}

// bridge.h

void
rs_bridge_count(RsBridge* const bridge, const RsCounter counter)
{
  (void)bridge;
  ++fake.counts[counter];
}

void
rs_bridge_reply_status(RsBridge* const bridge, const RsSource* const to)
{
  rs_reply(bridge, to, "/ringside/status/end", "i", 0);
}

RsPresets*
rs_bridge_presets(const RsBridge* const bridge)
{
  (void)bridge;
  return NULL;
}

RsCommandRoom*
rs_bridge_commands(const RsBridge* const bridge)
{
  (void)bridge;
  return fake.room;
}

int64_t
rs_bridge_now_ns(const RsBridge* const bridge)
{
  (void)bridge;
  return fake.now_ns;
}

int64_t
rs_bridge_clock_ns(void)
{
  return fake.now_ns + fake.held_up_ns;
}

int64_t
rs_bridge_realtime_offset_ns(RsBridge* const bridge)
{
  (void)bridge;
  return fake.realtime_offset_ns;
}

bool
rs_bridge_set_reply_port(RsBridge* const       bridge,
                         const RsSource* const from,
                         const uint16_t        port)
{
  (void)bridge;
  (void)from;
  if (port == 6720u) {
    return false;
  }

  fake_send("reply_port %u\n", port);
  return true;
}

bool
rs_bridge_default_steady(const RsBridge* const bridge)
{
  (void)bridge;
  return false;
}

// reply.h

bool
rs_source_equal(const RsSource* const a, const RsSource* const b)
{
  return a->kind == b->kind && a->ip.sin_port == b->ip.sin_port;
}

static void
say_to(const RsSource* const to)
{
  if (ntohs(to->ip.sin_port) != FAKE_PORT) {
    reply("@%u ", ntohs(to->ip.sin_port));
  }
}

void
rs_reply(RsBridge* const       bridge,
         const RsSource* const to,
         const char* const     address,
         const char* const     types,
         ...)
{
  (void)bridge;
  say_to(to);
  reply("%s %s", address, types);

  va_list args;
  va_start(args, types);
  for (const char* type = types; *type; ++type) {
    if (*type == 'i') {
      reply(" %d", va_arg(args, int));
    } else if (*type == 'f' || *type == 'd') {
      reply(" %g", va_arg(args, double));
    } else if (*type == 's') {
      reply(" %s", va_arg(args, const char*));
    }
  }
  va_end(args);
  reply("\n");
}

void
rs_reply_error(RsBridge* const       bridge,
               const RsSource* const to,
               const char* const     address,
               const int             code,
               const char* const     format,
               ...)
{
  (void)bridge;
  say_to(to);
  char    sentence[512];
  va_list args;
  va_start(args, format);
  vsnprintf(sentence, sizeof(sentence), format, args);
  va_end(args);
  reply("error %s %d %s\n", address, code, sentence);
}

void
rs_reply_raw(RsBridge* const       bridge,
             const RsSource* const to,
             const void* const     packet,
             const uint32_t        size)
{
  (void)bridge;
  (void)to;
  const char* const text = (const char*)packet;
  reply("raw %u %s %s\n", size, text, text + (strlen(text) / 4u + 1u) * 4u);
}

// presets.h

RsPresetList
rs_presets_list(RsPresets* const presets, const char* const plugin_uri)
{
  (void)presets;
  (void)plugin_uri;
  return fake.presets;
}

void
rs_presets_when_ready(RsPresets* const   presets,
                      const char* const  plugin_uri,
                      const RsPresetDone done,
                      void* const        context)
{
  (void)presets;
  (void)plugin_uri;
  if (fake.presets.is_loaded) {
    done(context, 0, "");
  } else {
    fake.waiting         = done;
    fake.waiting_context = context;
  }
}

void
rs_presets_save(RsPresets* const           presets,
                const char* const          plugin_uri,
                const char* const          label,
                const RsPresetValue* const values,
                const uint32_t             n_values,
                const RsPresetDone         done,
                void* const                context)
{
  (void)presets;
  fake_send("save %s %s:", plugin_uri, label);
  for (uint32_t i = 0u; i < n_values; ++i) {
    fake_send(" %s %g", values[i].symbol, (double)values[i].value);
  }
  fake_send("\n");
  fake.changing         = done;
  fake.changing_context = context;
}

void
rs_presets_delete(RsPresets* const   presets,
                  const char* const  plugin_uri,
                  const char* const  label,
                  const RsPresetDone done,
                  void* const        context)
{
  (void)presets;
  fake_send("delete %s %s\n", plugin_uri, label);
  fake.changing         = done;
  fake.changing_context = context;
}
