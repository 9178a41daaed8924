// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The bridge as it reads telemetry, for the scenarios of engine.c

#include "tests/model/scenarios.h"

#include "ui-bridge/instances/instance_impl.h"

#include <stdatomic.h>

void*
model_bridge(const RsSegments* const segments, RsParameter* const parameters)
{
  RsInstance* const instance = (RsInstance*)model_alloc(sizeof(RsInstance));
  instance->list             = (RsInstances*)model_alloc(sizeof(RsInstances));
  instance->segments         = *segments;
  instance->parameters       = parameters;
  instance->identity.n_parameters = segments->telemetry.n_parameters;
  return instance;
}

void
read_telemetry(void* const data)
{
  const RsInstance* const     instance = (const RsInstance*)data;
  const RsTelemetryMap* const map      = &instance->segments.telemetry;
  for (uint32_t n = 0; n < 2u; ++n) {
    RsAhead ahead;
    if (rs_instance_ahead(instance, &ahead)) {
      const float value = rs_float_from_bits(
        atomic_load_explicit(&map->ahead_values[1], memory_order_relaxed));
      RsAhead after;
      atomic_thread_fence(memory_order_acquire);
      if (rs_instance_ahead(instance, &after) && after.head == ahead.head) {
        model_check(value == value_after(1, ahead.head));
        model_check(ahead.head % 2u == 0u);
      }
    }

    const uint32_t head =
      atomic_load_explicit(&map->fixed->read.head, memory_order_acquire);
    const float value = rs_float_from_bits(
      atomic_load_explicit(&map->values[1], memory_order_relaxed));
    model_check(value >= value_after(1, head));
  }
}
