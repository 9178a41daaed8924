// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The instances of a bridge that only writes down

#include "tests/unit/fake_bridge.h"

#include <stdio.h>
#include <string.h>

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

  fake_send("%s", instance->name);
  if (commands[0].time_ns) {
    fake_send(" @%lld", (long long)(commands[0].time_ns - fake.now_ns));
  }
  fake_send(":");
  for (uint32_t i = 0u; i < count; ++i) {
    const RsCommand* const c = &commands[i];
    if (c->kind > RS_COMMAND_PRESET || c->time_ns != commands[0].time_ns ||
        c->arrival_ns != fake.now_ns - 5000) {
      fake_send(" BAD");
      ++fake.n_bad;
      continue;
    }
    fake_send(" %s", names[c->kind]);
    if (c->kind == RS_COMMAND_PRESET) {
      fake_send(" %u", c->serial);
    } else if (c->kind != RS_COMMAND_CANCEL) {
      fake_send(" %s %g", parameters[c->parameter].symbol, (double)c->value);
    }
    if (c->kind == RS_COMMAND_RAMP) {
      fake_send(" %gs %u", c->seconds, c->curve);
    }
    if (c->kind == RS_COMMAND_SET && instance->refuses_at_once) {
      ++instance->refusals[c->parameter];
    } else if (c->kind == RS_COMMAND_SET) {
      instance->values[c->parameter] = c->value;
    }
  }
  fake_send("\n");
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
