// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A new attachment in the place of an old one, beside run()

#include "tests/model/scenarios.h"

#include "plugin/control_impl.h"
#include "tests/model/world.h"

static int old_bridge;

static void
send_until_killed(void* const data)
{
  (void)data;
  for (uint32_t i = 1; i <= 2u; ++i) {
    world_send(&world->first->writer, i, true);
    model_put(NOTE_PUBLISHED, i);
  }
}

static bool
is_run_ended(void)
{
  return model_get(NOTE_RUN_ENDED);
}

/// Nothing of an attachment is there any more
static void
unmap(Attachment* const attachment)
{
  const RsSegments segments = attachment->intake.segments;
  model_release(segments.commands, segments.commands_size);
  model_release(segments.telemetry.fixed, segments.telemetry_size);
  model_release(attachment, sizeof(*attachment));
}

/// Take back what run() has left, now or when it is over
static RsIntake*
take_back(void)
{
  RsIntake* const old = rs_control_retired(world->control);
  if (old) {
    return old;
  }

  model_wait(is_run_ended);
  return rs_control_retired(world->control);
}

static void
renew(void* const data)
{
  (void)data;
  // The old bridge is dead for sure, then a new pair is offered, and sent
  model_wait_end(old_bridge);
  RsIntake* const before =
    rs_control_offer(world->control, &world->second->intake);
  model_check(!before);
  for (uint32_t i = 1; i <= 2u; ++i) {
    world_send(&world->second->writer, SECOND + i, true);
  }

  const RsIntake* const old = take_back();
  if (old) {
    model_check(old == &world->first->intake);
    model_check(rs_control_current(world->control) == &world->second->intake);
    unmap(world->first);
  }
}

void
scenario_renewal(void)
{
  world_new();
  world->second = world_attach();
  old_bridge =
    model_thread("bridge", send_until_killed, NULL, MODEL_KILLABLE, -1);
  model_thread("audio", world_run, world_times(3), 0, -1);
  model_thread("link", renew, NULL, 0, -1);
}

/// Bridges that died before run() took their pairs
static void
renew_twice(void* const data)
{
  (void)data;
  RsControl* const control = world->control;

  // Each is made only now
  world_send(&world->second->writer, SECOND + 1u, true);
  RsIntake* back = rs_control_offer(control, &world->second->intake);
  model_check(!back);
  world_send(&world->third->writer, THIRD + 1u, true);
  back = rs_control_offer(control, &world->third->intake);
  model_check(!back || back == &world->second->intake);
  if (back) {
    unmap(world->second);
  }

  const RsIntake* const old = take_back();
  if (old) {
    model_check(old == &world->first->intake);
    unmap(world->first);
  }
}

void
scenario_replaced(void)
{
  world_new();
  world->second = world_attach();
  world->third  = world_attach();
  model_thread("audio", world_run, world_times(2), 0, -1);
  model_thread("link", renew_twice, NULL, 0, -1);
}

/// Look ahead into what is offered, while run() takes it
static void
offer_and_look(void* const data)
{
  (void)data;
  RsControl* const control = world->control;
  model_check(!rs_control_offer(control, &world->second->intake));

  model_copy_begin();
  const RsStatus st = rs_control_look_ahead(control, START_NS + 10 * CYCLE_NS);
  const uint32_t cycle =
    atomic_load_explicit(
      &world->first->intake.segments.telemetry.fixed->ahead_cycle,
      memory_order_relaxed) |
    atomic_load_explicit(
      &world->second->intake.segments.telemetry.fixed->ahead_cycle,
      memory_order_relaxed);
  const bool is_right = model_copy_end(cycle);
  if (!st) {
    model_check(is_right);
    model_check(control->ahead->slots[0].value == (float)(SECOND + 2u));
    model_check(control->ahead->slots[1].value == (float)(SECOND + 1u));
  }
}

/// What each attachment holds: the old one in its ring, the new in its table
static void
set_up_offered(void)
{
  world_new();
  world->is_in_any = true;
  world->second    = world_attach();
  world_send(&world->first->writer, 1, false);
  world_send(&world->first->writer, 2, true);
  rs_overflow_begin(world->second->intake.segments.overflow);
  for (uint32_t i = 1; i <= 2u; ++i) {
    rs_overflow_put(
      world->second->intake.segments.overflow, i % 2u, (float)(SECOND + i), i);
  }
  rs_overflow_end(world->second->intake.segments.overflow);
}

void
scenario_offered(void)
{
  set_up_offered();
  model_thread("audio", world_run, world_times(1), 0, -1);
  model_thread("link", offer_and_look, NULL, 0, -1);
}

/// The new bridge asks when run() is due
void
scenario_paced_anew(void)
{
  set_up_offered();
  world_run_once(0);
  model_check(!rs_control_offer(world->control, &world->second->intake));
  model_thread("audio", world_run_later, NULL, 0, -1);
  model_thread("bridge",
               bridge_pace,
               bridge_new(&world->second->intake.segments, START_NS),
               0,
               -1);
}

/// A session is saved meanwhile
static void
save(void* const data)
{
  (void)data;
  RsSaved saved[N_PARAMETERS];
  model_copy_begin();
  rs_control_save(world->control, START_NS + 10 * CYCLE_NS, saved);
  (void)model_copy_end(0);
  for (uint32_t p = 0; p < N_PARAMETERS; ++p) {
    // Of the old ring, or already of the new table
    model_check(saved[p].value == world_value(p, 2) ||
                saved[p].value == world_value(p, SECOND + 2u));
  }
}

void
scenario_saved(void)
{
  set_up_offered();
  world_run_once(0);
  model_check(!rs_control_offer(world->control, &world->second->intake));
  model_thread("audio", world_run, world_times(1), 0, -1);
  model_thread("host", save, NULL, 0, -1);
}
