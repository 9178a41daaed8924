// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A bridge that only writes down

#include "tests/unit/fake_bridge.h"

#include <lo/lo.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Fake fake;

static const RsScalePoint points[] = {
  {.value = 0.0f, .label = "Stereo"},
  {.value = 1.0f, .label = "Ping-pong"},
};

// clang-format off
static const RsParameter parameters[FAKE_PARAMETERS] = {
  {.symbol = "gain", .name = "Gain", .unit = "dB", .group = "in",
   .minimum = -24.0f, .maximum = 24.0f, .initial = 1.0f,
   .scale = RS_SCALE_LINEAR},
  {.symbol = "freq", .name = "Frequency", .unit = "Hz", .minimum = 20.0f,
   .maximum = 20000.0f, .initial = 1000.0f, .scale = RS_SCALE_LOG},
  {.symbol = "mute", .name = "Mute", .maximum = 1.0f,
   .scale = RS_SCALE_TOGGLE},
  {.symbol = "mode", .name = "Mode", .maximum = 1.0f, .scale = RS_SCALE_ENUM,
   .first_point = 0u, .n_points = 2u},
  {.symbol = "steps", .name = "Steps", .maximum = 8.0f, .initial = 2.0f,
   .scale = RS_SCALE_INTEGER},
  {.symbol = "peak", .name = "Peak", .unit = "dB", .minimum = -90.0f,
   .maximum = 6.0f, .flags = RS_PARAMETER_OUTPUT},
  {.symbol = "name", .name = "Name", .maximum = 1.0f},
  {.symbol = "preset", .name = "Preset", .maximum = 1.0f},
  {.symbol = "enabled", .name = "Enabled", .maximum = 1.0f, .initial = 1.0f,
   .scale = RS_SCALE_TOGGLE, .flags = RS_PARAMETER_ENABLED},
};
// clang-format on

static const RsIdentity identity = {.plugin_uri = "urn:test:fake",
                                    .process    = "host"};

static void
write_down(char* log, size_t size, const char* format, ...)
  __attribute__((format(printf, 3, 4)));

static void
write_down(char* const log, const size_t size, const char* const format, ...)
{
  const size_t used = strlen(log);
  va_list      args;
  va_start(args, format);
  vsnprintf(log + used, size - used, format, args);
  va_end(args);
}

#define SENT(...) write_down(fake.sent, sizeof(fake.sent), __VA_ARGS__)
#define REPLY(...) write_down(fake.replies, sizeof(fake.replies), __VA_ARGS__)

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
fake_appear(const uint32_t i, const char* const name)
{
  RsInstance* const instance = &fake.instances[i];

  *instance = (RsInstance){.id = i + 1u, .is_reached = true, .is_synced = true};
  snprintf(instance->name, sizeof(instance->name), "%s", name);
  for (uint32_t p = 0u; p < FAKE_PARAMETERS; ++p) {
    instance->values[p] = parameters[p].initial;
  }
  fake.n_instances = i + 1u > fake.n_instances ? i + 1u : fake.n_instances;
  (void)rs_commands_instance_changed(fake.room, instance);
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

void
rs_bridge_set_reply_port(RsBridge* const       bridge,
                         const RsSource* const from,
                         const uint16_t        port)
{
  (void)bridge;
  (void)from;
  SENT("reply_port %u\n", port);
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
    REPLY("@%u ", ntohs(to->ip.sin_port));
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
  REPLY("%s %s", address, types);

  va_list args;
  va_start(args, types);
  for (const char* type = types; *type; ++type) {
    if (*type == 'i') {
      REPLY(" %d", va_arg(args, int));
    } else if (*type == 'f' || *type == 'd') {
      REPLY(" %g", va_arg(args, double));
    } else if (*type == 's') {
      REPLY(" %s", va_arg(args, const char*));
    }
  }
  va_end(args);
  REPLY("\n");
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
  REPLY("error %s %d %s\n", address, code, sentence);
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
  REPLY("raw %u %s %s\n", size, text, text + (strlen(text) / 4u + 1u) * 4u);
}

// instance.h

uint32_t
rs_instances_count(const RsBridge* const bridge)
{
  (void)bridge;
  return fake.n_instances;
}

RsInstance*
rs_instances_at(const RsBridge* const bridge, const uint32_t i)
{
  (void)bridge;
  return &fake.instances[i];
}

RsStatus
rs_instance_rename(RsInstance* const instance,
                   const char* const name,
                   const size_t      length)
{
  for (uint32_t i = 0u; i < fake.n_instances; ++i) {
    if (!strcmp(fake.instances[i].name, name)) {
      return RS_FULL;
    }
  }
  if (!length || length > 32u || strchr(name, ' ')) {
    return RS_BAD_ARG;
  }
  snprintf(instance->name, sizeof(instance->name), "%s", name);
  return RS_SUCCESS;
}

uint32_t
rs_instance_id(const RsInstance* const instance)
{
  return instance->id;
}

const char*
rs_instance_name(const RsInstance* const instance)
{
  return instance->name;
}

const RsIdentity*
rs_instance_identity(const RsInstance* const instance)
{
  (void)instance;
  return &identity;
}

const RsParameter*
rs_instance_parameters(const RsInstance* const instance)
{
  (void)instance;
  return parameters;
}

uint32_t
rs_instance_n_parameters(const RsInstance* const instance)
{
  (void)instance;
  return FAKE_PARAMETERS;
}

const RsScalePoint*
rs_instance_points(const RsInstance* const instance)
{
  (void)instance;
  return points;
}

bool
rs_instance_is_running(const RsInstance* const instance)
{
  return instance->id == 1u;
}

bool
rs_instance_is_freewheeling(const RsInstance* const instance)
{
  return instance->is_freewheeling;
}

RsStatus
rs_instance_send(RsInstance* const instance,
                 RsCommand* const  commands,
                 const uint32_t    count)
{
  static const char* const names[] = {
    "?", "set", "add", "toggle", "ramp", "cancel", "preset"};

  if (instance->send_status || count > 1024u) {
    return count > 1024u ? RS_TOO_LARGE : instance->send_status;
  }

  SENT("%s", instance->name);
  if (commands[0].time_ns) {
    SENT(" @%lld", (long long)(commands[0].time_ns - fake.now_ns));
  }
  SENT(":");
  for (uint32_t i = 0u; i < count; ++i) {
    const RsCommand* const c = &commands[i];
    if (c->kind > RS_COMMAND_PRESET || c->time_ns != commands[0].time_ns ||
        c->arrival_ns != fake.now_ns - 5000) {
      SENT(" BAD");
      ++fake.n_bad;
      continue;
    }
    SENT(" %s", names[c->kind]);
    if (c->kind == RS_COMMAND_PRESET) {
      SENT(" %u", c->serial);
    } else if (c->kind != RS_COMMAND_CANCEL) {
      SENT(" %s %g", parameters[c->parameter].symbol, (double)c->value);
    }
    if (c->kind == RS_COMMAND_RAMP) {
      SENT(" %gs %u", c->seconds, c->curve);
    }
    if (c->kind == RS_COMMAND_SET && instance->refuses_at_once) {
      ++instance->refusals[c->parameter];
    } else if (c->kind == RS_COMMAND_SET) {
      instance->values[c->parameter] = c->value;
    }
  }
  SENT("\n");
  return RS_SUCCESS;
}

RsTicket
rs_instance_ticket(const RsInstance* const instance)
{
  (void)instance;
  return (RsTicket){0u, 0u, 0u, 0};
}

bool
rs_instance_reached(RsInstance* const instance, const RsTicket* const ticket)
{
  (void)ticket;
  return instance->is_reached;
}

bool
rs_instance_synced(RsInstance* const instance, const RsTicket* const ticket)
{
  (void)ticket;
  return instance->is_synced;
}

float
rs_instance_value(const RsInstance* const instance, const uint32_t parameter)
{
  return instance->values[parameter];
}

uint32_t
rs_instance_refusals(const RsInstance* const instance, const uint32_t parameter)
{
  return instance->refusals[parameter];
}

uint32_t
rs_instance_preset_begin(RsInstance* const instance, const char* const label)
{
  snprintf(instance->last, sizeof(instance->last), "%s", label);
  return ++instance->serial;
}

const char*
rs_instance_preset_label(const RsInstance* const instance)
{
  return instance->last;
}

const char*
rs_instance_preset_last(const RsInstance* const instance)
{
  return instance->last;
}

bool
rs_instance_is_steady(const RsInstance* const instance)
{
  return instance->is_steady;
}

void
rs_instance_set_steady(RsInstance* const instance, const bool steady)
{
  instance->is_steady = steady;
}

int64_t
rs_instance_untagged_ns(RsInstance* const instance, const int64_t arrival_ns)
{
  return instance->is_steady ? arrival_ns + 3000000 : 0;
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
  SENT("save %s %s:", plugin_uri, label);
  for (uint32_t i = 0u; i < n_values; ++i) {
    SENT(" %s %g", values[i].symbol, (double)values[i].value);
  }
  SENT("\n");
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
  SENT("delete %s %s\n", plugin_uri, label);
  fake.changing         = done;
  fake.changing_context = context;
}
