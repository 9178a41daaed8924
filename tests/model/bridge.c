// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The bridge's end of an instance: what it sends, and is told

#include "tests/model/world.h"

#include "ui-bridge/instances/instance_impl.h"

#include <stdatomic.h>

void
rs_instance_fault(RsInstance* const instance)
{
  (void)instance;
  model_fail("the bridge sees broken telemetry");
}

void*
bridge_new(const RsSegments* const segments, const int64_t now_ns)
{
  RsInstance* const instance = (RsInstance*)model_alloc(sizeof(RsInstance));
  instance->list             = (RsInstances*)model_alloc(sizeof(RsInstances));
  instance->list->now_ns     = now_ns;
  instance->segments         = *segments;
  instance->parameters       = world->parameters;
  instance->identity.n_parameters = N_PARAMETERS;
  instance->notes =
    (RsSlotNote*)model_alloc(RS_RING_SLOTS * sizeof(RsSlotNote));
  instance->list->unrung = (RsInstance**)model_alloc(sizeof(RsInstance*));
  instance->overflow_put =
    (uint32_t*)model_alloc((N_PARAMETERS + 1u) * sizeof(uint32_t));
  rs_ring_writer_init(&instance->writer,
                      &segments->commands->ring,
                      &segments->telemetry.fixed->read);
  return instance;
}

/// What telemetry says belongs together
static void
look(RsInstance* const instance)
{
  RsAhead ahead;
  if (rs_instance_ahead(instance, &ahead)) {
    const float value = rs_instance_value(instance, 1);
    RsAhead     after;
    if (rs_instance_ahead(instance, &after) && after.head == ahead.head) {
      model_check(value == world_value(1, ahead.head));
      model_check(ahead.head % 2u == 0u);
    }
  }

  uint32_t head = 0;
  model_check(rs_instance_head(instance, &head));
  const float value = rs_float_from_bits(atomic_load_explicit(
    &instance->segments.telemetry.values[1], memory_order_relaxed));
  model_check(value >= world_value(1, head));
  model_check(rs_instance_value(instance, 1) >= world_value(1, head));
}

void
bridge_read(void* const data)
{
  RsInstance* const instance = (RsInstance*)data;
  instance->writer.published = instance->writer.tail = 2;
  look(instance);
}

/// In the place of grid.c: what it gets belongs together
int64_t
rs_grid_next_ns(RsGrid* const grid,
                const int64_t start_ns,
                const int64_t position_ns,
                const int64_t after_ns)
{
  (void)grid;
  model_check(start_ns - position_ns == START_NS);
  return start_ns + after_ns;
}

void
bridge_pace(void* const data)
{
  RsInstance* const instance = (RsInstance*)data;
  instance->list->now_ns     = START_NS + (10 * CYCLE_NS);
  instance->identity.rate_hz = 48000.0;
  for (uint32_t i = 0; i < 2u; ++i) {
    (void)rs_instance_next_run_ns(instance);
  }
}

/// Send a pair of commands
static void
send_pair(RsInstance* const instance, const uint32_t first)
{
  RsCommand commands[2];
  for (uint32_t i = 0; i < 2u; ++i) {
    commands[i] = (RsCommand){.arrival_ns = START_NS,
                              .kind       = RS_COMMAND_SET,
                              .parameter  = (first + i) % 2u,
                              .value      = (float)(first + i)};
  }
  model_check(!rs_instance_send(instance, commands, 2));
}

void
bridge_send_and_read(void* const data)
{
  RsInstance* const instance = (RsInstance*)data;
  for (uint32_t i = 1; i < RS_RING_SLOTS; i += 2u) {
    send_pair(instance, i); // None of them into the table
    look(instance);
  }
}

void
bridge_fill(void* const data)
{
  send_pair((RsInstance*)data, 1);
  send_pair((RsInstance*)data, 3);
}

void
bridge_send_bundle(void* const data, const uint32_t count, const float value)
{
  RsCommand commands[RS_RING_SLOTS + 1u];
  for (uint32_t i = 0; i < count; ++i) {
    commands[i] = (RsCommand){.arrival_ns = START_NS,
                              .kind       = RS_COMMAND_SET,
                              .parameter  = (i + 1u) % 2u,
                              .value      = value};
  }
  model_check(!rs_instance_send((RsInstance*)data, commands, count));
}

void
bridge_sync(void* const data)
{
  RsInstance* const instance = (RsInstance*)data;
  send_pair(instance, 5); // Into the table, if it is full

  const RsTicket ticket = rs_instance_ticket(instance);
  if (rs_instance_reached(instance, &ticket)) {
    model_check(rs_instance_value(instance, 0) == 6.0f);
    model_check(rs_instance_value(instance, 1) == 5.0f);
  }
}

void
bridge_steady(void* const data)
{
  RsInstance* const instance = (RsInstance*)data;

  // One command was read, and waits for a cycle that begins after this
  instance->writer.published = 1;
  instance->steady_ns        = START_NS + (CYCLE_NS / 2);
  const RsTicket ticket      = rs_instance_ticket(instance);
  for (uint32_t i = 0; i < 2u; ++i) {
    if (rs_instance_reached(instance, &ticket)) {
      model_check(rs_instance_value(instance, 1) == 1.0f);
    }
  }
}
