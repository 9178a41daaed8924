// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Look-ahead, queries and restored states beside run()

#include "tests/model/scenarios.h"

#include "plugin/control_impl.h"
#include "tests/model/world.h"

/// A bridge sends pairs of commands, so that a ring of four goes round
static void
send_pairs(void* const data)
{
  const uint32_t      n      = (uint32_t)(uintptr_t)data;
  RsRingWriter* const writer = &world->first->writer;
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t space = 0;
    model_check(!rs_ring_space(writer, &space));
    if (space < 2u) {
      return;
    }
    world_send(writer, (2u * i) + 1u, false);
    world_send(writer, (2u * i) + 2u, true);
  }
}

/// The link's thread: what is published is right, or nothing is
static void
look_ahead(void* const data)
{
  RsControl* const         control = world->control;
  const uint32_t           n       = (uint32_t)(uintptr_t)data;
  const RsTelemetry* const fixed =
    world->first->intake.segments.telemetry.fixed;
  for (uint32_t i = 0; i < n; ++i) {
    model_copy_begin();
    const RsStatus st =
      rs_control_look_ahead(control, START_NS + 10 * CYCLE_NS);
    const uint32_t cycle =
      atomic_load_explicit(&fixed->ahead_cycle, memory_order_relaxed);
    const bool is_right = model_copy_end(cycle);
    if (!st) {
      const uint32_t head =
        atomic_load_explicit(&fixed->ahead_head, memory_order_relaxed);
      model_check(is_right);
      for (uint32_t p = 0; p < N_PARAMETERS; ++p) {
        model_check(control->ahead->slots[p].value == world_value(p, head));
      }
      model_check(!control->ahead->counts.faults);
    }
  }
}

void
scenario_ahead(void)
{
  world_new();
  model_thread("audio", world_run, world_times(1), 0, -1);
  model_thread("bridge", send_pairs, (void*)3, 0, -1);
  model_thread("link", look_ahead, world_times(1), 0, -1);
}

void
scenario_told(void)
{
  world_new();
  world_send(&world->first->writer, 1, false);
  world_send(&world->first->writer, 2, true);
  model_thread("audio", world_run, world_times(1), 0, -1);
  model_thread("bridge",
               bridge_read,
               bridge_new(&world->first->intake.segments, START_NS),
               0,
               -1);
  model_thread("link", look_ahead, world_times(1), 0, -1);
}

void
scenario_asked(void)
{
  world_new();
  model_thread("bridge",
               bridge_send_and_read,
               bridge_new(&world->first->intake.segments, START_NS),
               0,
               -1);
  model_thread("link", look_ahead, world_times(2), 0, -1);
}

void
scenario_synced(void)
{
  world_new();
  world->is_in_any   = true;
  void* const bridge = bridge_new(&world->first->intake.segments, START_NS);
  bridge_fill(bridge);
  model_thread("audio", world_run, world_times(2), 0, -1);
  model_thread("bridge", bridge_sync, bridge, 0, -1);
}

void
scenario_steady(void)
{
  world_new();
  const RsCommand command = {.sequence  = 1,
                             .time_ns   = START_NS + CYCLE_NS + (CYCLE_NS / 2),
                             .kind      = RS_COMMAND_SET,
                             .parameter = 1,
                             .value     = 1.0f};
  model_check(!rs_ring_write(&world->first->writer, &command));
  rs_ring_publish(&world->first->writer);
  world_run_once(0);
  model_thread("audio", world_run_later, NULL, 0, -1);
  model_thread("bridge",
               bridge_steady,
               bridge_new(&world->first->intake.segments, START_NS),
               0,
               -1);
}

void
scenario_paced(void)
{
  world_new();
  world_run_once(0);
  model_thread("audio", world_run_later, NULL, 0, -1);
  model_thread("bridge",
               bridge_pace,
               bridge_new(&world->first->intake.segments, START_NS),
               0,
               -1);
}

// Restored states

static void
restore(void* const data)
{
  (void)data;
  for (uint32_t i = 1; i <= 4u; ++i) {
    RsSaved saved[N_PARAMETERS];
    for (uint32_t p = 0; p < N_PARAMETERS; ++p) {
      saved[p] = (RsSaved){(float)(10u * i), 0.0f, RS_OWNER_OSC, 1};
    }
    rs_control_restore_at(world->control, saved, START_NS);
    model_put(NOTE_RESTORED, i);
  }
}

static void
run_restored(void* const data)
{
  (void)data;
  float last = 0.0f;
  for (uint32_t i = 0; i < 3u + model_more; ++i) {
    world_run_once(i);

    // Whole, and never back
    const RsEngine* const engine = world->control->engine;
    const float           value  = engine->slots[0].value;
    model_check(engine->slots[1].value == value && value >= last);
    last = value;
  }
}

static void
send_to_restored(void* const data)
{
  (void)data;
  // A value that is there already: the sequence is what the state looks at
  RsCommand command = {.sequence = 1, .kind = RS_COMMAND_CANCEL};
  model_check(!rs_ring_write(&world->first->writer, &command));
  rs_ring_publish(&world->first->writer);
}

void
scenario_restored(void)
{
  world_new();
  world->is_in_any = true;
  model_thread("audio", run_restored, NULL, 0, -1);
  model_thread("bridge", send_to_restored, NULL, 0, -1);
  model_thread("host", restore, NULL, 0, -1);
}

/// Bundles of which the last but one has a slot for its first command that a
/// host might just be looking at, and those for which there is no room
static void
send_bundles(void* const instance)
{
  bridge_send_bundle(instance, 3, 2.0f);
  bridge_send_bundle(instance, 2, 3.0f);
}

static void
run_with_bundles(void* const data)
{
  (void)data;
  for (uint32_t i = 1; i < 3u + model_more; ++i) {
    world_run_once(i);

    // The state comes before or after a bundle, not within it
    const RsEngine* const engine = world->control->engine;
    model_check(engine->slots[1].value == engine->slots[0].value);
  }
}

static void
restore_once(void* const data)
{
  (void)data;
  const RsSaved saved[N_PARAMETERS] = {{10.0f, 0.0f, RS_OWNER_OSC, 1},
                                       {10.0f, 0.0f, RS_OWNER_OSC, 1}};
  rs_control_restore_at(world->control, saved, START_NS);
}

void
scenario_bundles(void)
{
  world_new();
  world->is_in_any   = true;
  void* const bridge = bridge_new(&world->first->intake.segments, START_NS);
  bridge_send_bundle(bridge, 2, 1.0f);
  world_run_once(0);
  model_thread("audio", run_with_bundles, NULL, 0, -1);
  model_thread("bridge", send_bundles, bridge, 0, -1);
  model_thread("host", restore_once, NULL, 0, -1);
}
