// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What an instance's telemetry says.  Everything here was written by another
   process at any time: each word is loaded once, and checked or clamped.
*/

#include "ui-bridge/instances/instance_impl.h"

#include <math.h>

/// Longest cycle that is believed: 65,536 frames at 8 kHz
#define CYCLE_MAX_NS 8192000000

/// How long after its last cycle a host still counts as running
#define RUNNING_NS 250000000

bool
rs_instance_head(const RsInstance* const instance, uint32_t* const head)
{
  // Pairs with the release in rs_ring_release(): with a new head, values and
  // acknowledgements of the commands before it are seen too
  const uint32_t now = atomic_load_explicit(
    &instance->segments.telemetry.fixed->read.head, memory_order_acquire);

  if (instance->writer.published - now > RS_RING_SLOTS) {
    return false;
  }

  *head = now;
  return true;
}

bool
rs_instance_ahead(const RsInstance* const instance, RsAhead* const ahead)
{
  const RsTelemetry* const t = instance->segments.telemetry.fixed;

  // Pairs with the release at the end of the link thread's writing
  const uint32_t lock =
    atomic_load_explicit(&t->ahead_lock, memory_order_acquire);
  if (lock & 1u) {
    return false;
  }

  const RsAhead copy = {
    atomic_load_explicit(&t->ahead_head, memory_order_relaxed),
    atomic_load_explicit(&t->ahead_overflow, memory_order_relaxed),
    atomic_load_explicit(&t->ahead.waiting, memory_order_relaxed),
    atomic_load_explicit(&t->ahead.preset_serial, memory_order_relaxed),
  };
  const uint32_t of_cycle =
    atomic_load_explicit(&t->ahead_cycle, memory_order_relaxed);

  // If anything above was newer than the lock, so is the lock now
  atomic_thread_fence(memory_order_acquire);
  const uint32_t cycle = atomic_load_explicit(&t->cycle, memory_order_relaxed);
  if (atomic_load_explicit(&t->ahead_lock, memory_order_relaxed) != lock ||
      !lock || cycle != of_cycle || (cycle & 1u)) {
    return false;
  }

  *ahead = copy;
  return true;
}

float
rs_instance_value(const RsInstance* const instance, const uint32_t parameter)
{
  const RsTelemetryMap* const map   = &instance->segments.telemetry;
  const RsTelemetry* const    fixed = map->fixed;

  // A value that was looked ahead counts if the look-ahead is of the present
  // cycle.  It may be just in writing: old or new, each value is right. Acquire
  // pairs with the release of `ahead_cycle`: the value is of it, or newer
  const uint32_t of_cycle =
    atomic_load_explicit(&fixed->ahead_cycle, memory_order_acquire);
  float value = rs_float_from_bits(
    atomic_load_explicit(&map->ahead_values[parameter], memory_order_relaxed));
  const uint32_t cycle =
    atomic_load_explicit(&fixed->cycle, memory_order_relaxed);
  if (cycle == of_cycle && !(cycle & 1u) &&
      atomic_load_explicit(&fixed->ahead_lock, memory_order_relaxed)) {
    return isfinite(value) ? value : instance->parameters[parameter].initial;
  }

  value = rs_float_from_bits(
    atomic_load_explicit(&map->values[parameter], memory_order_relaxed));
  return isfinite(value) ? value : instance->parameters[parameter].initial;
}

uint32_t
rs_instance_refusals(const RsInstance* const instance, const uint32_t parameter)
{
  return atomic_load_explicit(&instance->segments.telemetry.refusals[parameter],
                              memory_order_relaxed);
}

uint32_t
rs_instance_preset_serial(const RsInstance* const instance)
{
  RsAhead ahead;

  return rs_instance_ahead(instance, &ahead)
           ? ahead.preset_serial
           : atomic_load_explicit(
               &instance->segments.telemetry.fixed->live.preset_serial,
               memory_order_relaxed);
}

int64_t
rs_instance_largest_cycle_ns(const RsInstance* const instance)
{
  const int64_t ns =
    atomic_load_explicit(&instance->segments.telemetry.fixed->largest_cycle_ns,
                         memory_order_relaxed);

  return ns < 0 ? 0 : ns > CYCLE_MAX_NS ? CYCLE_MAX_NS : ns;
}

bool
rs_instance_is_running(const RsInstance* const instance)
{
  const int64_t start_ns = atomic_load_explicit(
    &instance->segments.telemetry.fixed->start_ns, memory_order_relaxed);

  return start_ns > 0 &&
         (start_ns >= instance->list->now_ns ||
          instance->list->now_ns - start_ns <
            RUNNING_NS + 2 * rs_instance_largest_cycle_ns(instance));
}

/// Nanoseconds of so many frames, at most what can be added without harm
static int64_t
frames_ns(const RsInstance* const instance, const uint64_t frames)
{
  const double ns = (double)frames / instance->identity.rate_hz * 1e9;

  return ns < (double)(INT64_MAX / 4) ? (int64_t)ns : INT64_MAX / 4;
}

int64_t
rs_instance_next_run_ns(RsInstance* const instance)
{
  const RsTelemetry* const t      = instance->segments.telemetry.fixed;
  const int64_t            now_ns = instance->list->now_ns;

  // Acquire, and the fence below: what is read between belongs to one cycle,
  // which is whole once it has ended
  const uint32_t cycle = atomic_load_explicit(&t->cycle, memory_order_acquire);
  const int64_t  start_ns =
    atomic_load_explicit(&t->start_ns, memory_order_relaxed);
  const uint64_t position =
    atomic_load_explicit(&t->position, memory_order_relaxed);
  const uint32_t frames =
    atomic_load_explicit(&t->frames, memory_order_relaxed);
  atomic_thread_fence(memory_order_acquire);

  // Due now, if it is not known when, or if what it tells cannot be
  if (atomic_load_explicit(&t->cycle, memory_order_relaxed) != cycle ||
      (cycle & 1u) || start_ns <= 0 || start_ns > now_ns) {
    return now_ns;
  }

  return rs_grid_next_ns(&instance->grid,
                         start_ns,
                         frames_ns(instance, position),
                         frames_ns(instance, frames));
}

bool
rs_instance_is_freewheeling(const RsInstance* const instance)
{
  return atomic_load_explicit(&instance->segments.telemetry.fixed->freewheel,
                              memory_order_relaxed) &&
         rs_instance_is_running(instance);
}
