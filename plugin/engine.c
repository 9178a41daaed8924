// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Commands, ramps, host ports and restored states, at their frames

#include "plugin/engine.h"

#include "plugin/tell.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

void
rs_engine_put(RsEngine* const engine,
              const uint32_t  parameter,
              const float     value,
              const uint32_t  serial)
{
  RsSlot* const slot = &engine->slots[parameter];
  if (slot->value == value) {
    return;
  }

  slot->value = value;
  if (engine->preset_serial != serial) {
    engine->preset_serial = 0;
  }
  if (engine->stage) {
    rs_stage_set(engine->stage, engine->at, parameter, value);
  }
}

static void
forget_ramp(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const  slot = &engine->slots[parameter];
  const uint16_t last = engine->ramps[--engine->n_ramps];

  engine->ramps[slot->place] = last;
  engine->slots[last].place  = slot->place;
  slot->ramp.length          = 0;
}

/// Where OSC has a parameter, whether or not the host let it take effect yet
static float
standing(const RsSlot* const slot)
{
  return slot->flags & RS_SLOT_HELD ? slot->wanted : slot->value;
}

/// OSC moves a parameter; a host that refused of late is asked first
static void
move(RsEngine* const engine,
     const uint32_t  parameter,
     const float     value,
     const uint32_t  serial)
{
  RsSlot* const slot = &engine->slots[parameter];

  rs_tell_moved(engine, parameter, value);
  if (!(slot->flags & RS_SLOT_HELD)) {
    slot->owner = RS_OWNER_OSC;
    rs_engine_put(engine, parameter, value, serial);
  }
}

/// Bring a ramp to the present frame
static void
slide(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const slot = &engine->slots[parameter];
  if (slot->ramp.length && slot->ramp.next <= engine->at) {
    const float value =
      rs_ramp_advance(&slot->ramp, &engine->parameters[parameter], engine->at);
    if (!slot->ramp.length) {
      forget_ramp(engine, parameter);
    }
    move(engine, parameter, value, slot->ramp.serial);
  }
}

/// Bring all ramps to the present frame, and find out when to come again
static void
slide_all(RsEngine* const engine)
{
  if (engine->next_step > engine->at) {
    return;
  }

  engine->next_step = INT64_MAX;
  for (uint32_t i = engine->n_ramps; i-- > 0;) {
    const uint32_t parameter = engine->ramps[i];
    slide(engine, parameter);

    const RsRamp* const ramp = &engine->slots[parameter].ramp;
    if (ramp->length && ramp->next < engine->next_step) {
      engine->next_step = ramp->next;
    }
  }
}

/// A value from OSC, which ends whatever ramp there is
static void
set(RsEngine* const engine, const uint32_t parameter, const float value)
{
  if (engine->slots[parameter].ramp.length) {
    forget_ramp(engine, parameter);
  }
  move(engine, parameter, value, 0);
}

void
rs_engine_take(RsEngine* const engine,
               const uint32_t  parameter,
               const float     value,
               const RsOwner   owner)
{
  RsSlot* const slot = &engine->slots[parameter];
  if (slot->ramp.length) {
    forget_ramp(engine, parameter);
  }
  rs_tell_settle(engine, parameter, value);
  slot->owner = (uint32_t)owner;
  rs_engine_put(engine, parameter, value, 0);
}

static void
begin_ramp(RsEngine* const engine, const RsWaiting* const command)
{
  const uint32_t parameter = command->parameter;
  RsSlot* const  slot      = &engine->slots[parameter];
  const int64_t  length =
    (int64_t)floor(command->seconds * engine->clock.rate_hz + 0.5);

  if (length < 1 || !(slot->flags & RS_SLOT_SLIDES)) {
    set(engine, parameter, command->value);
    return;
  }

  if (!slot->ramp.length) {
    slot->place                      = engine->n_ramps;
    engine->ramps[engine->n_ramps++] = (uint16_t)parameter;
  }
  move(engine, parameter, standing(slot), 0);
  rs_ramp_begin(&slot->ramp,
                &engine->parameters[parameter],
                standing(slot),
                command->value,
                command->detail,
                engine->at,
                length);
  if (slot->ramp.next < engine->next_step) {
    engine->next_step = slot->ramp.next;
  }
}

void
rs_engine_stop_ramps(RsEngine* const engine)
{
  while (engine->n_ramps) {
    const uint32_t parameter = engine->ramps[engine->n_ramps - 1];
    slide(engine, parameter);
    if (engine->slots[parameter].ramp.length) {
      forget_ramp(engine, parameter);
    }
  }
}

void
rs_engine_apply(RsEngine* const engine, const RsWaiting* const command)
{
  const uint32_t parameter = command->parameter;
  RsSlot* const  slot      = &engine->slots[parameter];

  switch (command->kind) {
    case RS_COMMAND_SET:
      slide(engine, parameter);
      set(engine, parameter, command->value);
      break;
    case RS_COMMAND_ADD:
      slide(engine, parameter);
      set(engine,
          parameter,
          rs_parameter_legal(&engine->parameters[parameter],
                             engine->points,
                             (double)standing(slot) + (double)command->value));
      break;
    case RS_COMMAND_TOGGLE:
      set(engine, parameter, standing(slot) >= 0.5f ? 0.0f : 1.0f);
      break;
    case RS_COMMAND_RAMP:
      slide(engine, parameter);
      begin_ramp(engine, command);
      break;
    case RS_COMMAND_CANCEL:
      engine->counts.dropped +=
        rs_heap_cancel(&engine->heap, command->time_ns, command->order);
      rs_engine_stop_ramps(engine);
      break;
    case RS_COMMAND_PRESET:
      engine->preset_serial = command->detail;
      for (uint32_t i = 0; i < engine->n_ramps; ++i) {
        RsRamp* const ramp = &engine->slots[engine->ramps[i]].ramp;
        if (ramp->start == engine->at) {
          ramp->serial = command->detail;
        }
      }
      break;
    case RS_ENGINE_RESTORE:
      rs_engine_restore(engine, engine->restoring);
      return; // Is no command
    default:
      return;
  }

  ++engine->counts.applied;
}

/// The host's part of a state is there, but it was saved before the host had
/// learnt what OSC did, as while it rested: it learns that now
static void
tell_unknown(RsEngine* const engine, const uint32_t parameter)
{
  const RsSlot* const slot = &engine->slots[parameter];
  if (engine->at_once && slot->owner == RS_OWNER_OSC &&
      !rs_tell_is_near(engine,
                       parameter,
                       slot->value,
                       rs_float_from_bits(engine->seen[parameter]))) {
    rs_tell_moved(engine, parameter, slot->value);
  }
}

void
rs_engine_restore(RsEngine* const engine, const RsSaved* const saved)
{
  for (uint32_t i = 0; i < engine->n_parameters; ++i) {
    RsSlot* const slot = &engine->slots[i];
    const float   seen = rs_float_from_bits(engine->seen[i]);
    if (slot->flags & RS_SLOT_OUTPUT) {
      continue;
    }

    slot->flags &= ~(uint32_t)RS_SLOT_EXPECTS;
    if (saved[i].known) {
      rs_engine_take(
        engine,
        i,
        rs_parameter_legal(
          &engine->parameters[i], engine->points, (double)saved[i].value),
        saved[i].owner == RS_OWNER_OSC ? RS_OWNER_OSC : RS_OWNER_HOST);
      if (!(slot->flags & RS_SLOT_SEEN) ||
          !rs_tell_is_near(engine, i, seen, saved[i].port)) {
        slot->expected = saved[i].port;
        slot->flags |= RS_SLOT_EXPECTS;
        rs_tell_restored(engine, i);
      } else {
        tell_unknown(engine, i);
      }
    } else if (slot->flags & RS_SLOT_SEEN) {
      rs_engine_take(engine,
                     i,
                     rs_parameter_legal(
                       &engine->parameters[i], engine->points, (double)seen),
                     RS_OWNER_HOST);
    }
  }
}

void
rs_engine_host(RsEngine* const engine,
               const uint32_t  parameter,
               const uint32_t  bits)
{
  RsSlot* const slot  = &engine->slots[parameter];
  const float   value = rs_float_from_bits(bits);
  if (!isfinite(value) || (slot->flags & RS_SLOT_OUTPUT)) {
    return;
  }

  const bool  is_first = !(slot->flags & RS_SLOT_SEEN);
  const float before   = rs_float_from_bits(engine->seen[parameter]);

  engine->seen[parameter] = bits;
  slot->flags |= RS_SLOT_SEEN;
  if (!is_first && value == before) {
    return; // Zeros of either sign
  }

  if (rs_tell_is_answer(engine, parameter, value)) {
    slot->flags &= ~(uint32_t)RS_SLOT_EXPECTS;
    return; // The host's echo of what it was asked for
  }
  if (rs_tell_is_repeated(engine, parameter, value)) {
    return;
  }

  if (slot->flags & RS_SLOT_EXPECTS) {
    if (rs_tell_is_near(engine, parameter, value, slot->expected)) {
      slot->flags &= ~(uint32_t)RS_SLOT_EXPECTS;
      tell_unknown(engine, parameter);
      return; // The host's part of what was restored
    }
    if (is_first && value == engine->parameters[parameter].initial) {
      return; // The host has not got to its part yet
    }
  }

  slot->flags &= ~(uint32_t)RS_SLOT_EXPECTS;

  // A lane moves all the time; a hand begins to, and has refused nothing
  const bool is_hand = engine->now_ns - slot->edge_ns >= RS_TELL_HAND_NS;
  slot->edge_ns      = is_first ? 0 : engine->now_ns;
  if (slot->n_asked && engine->at_once && !is_hand) {
    rs_tell_refused(engine, parameter);
    return;
  }
  rs_engine_take(engine,
                 parameter,
                 rs_parameter_legal(&engine->parameters[parameter],
                                    engine->points,
                                    (double)value),
                 RS_OWNER_HOST);
}

void
rs_engine_attach(RsEngine* const engine, RsIntake* const intake)
{
  rs_ring_reader_init(&engine->reader,
                      &intake->segments.commands->ring,
                      &intake->segments.telemetry.fixed->read);
  engine->sequence      = 0;
  engine->overflow_seen = 0;
  engine->has_broken    = false;
  engine->is_faulty     = false;

  // Its bridge counts sequences from the start
  for (uint32_t i = 0; i < engine->n_parameters; ++i) {
    engine->slots[i].newest = 0;
  }
}

/// Frames that would have passed in so many nanoseconds
static int64_t
frames_of(const RsEngine* const engine, const int64_t ns)
{
  return (int64_t)floor((double)ns * engine->clock.rate_hz * 1e-9 + 0.5);
}

void
rs_engine_begin(RsEngine* const engine,
                const int64_t   now_ns,
                const uint32_t  frames,
                const bool      restart)
{
  RsClock* const clock = &engine->clock;

  engine->now_ns    = now_ns;
  engine->is_rested = restart || rs_clock_is_rested(clock, now_ns);
  if (engine->is_rested) {
    engine->key_ns = 0;
    if (clock->is_running) {
      const int64_t end_ns  = rs_clock_time(clock, (int64_t)clock->position);
      const int64_t rest_ns = now_ns > end_ns ? now_ns - end_ns : 0;
      const int64_t rest    = frames_of(engine, rest_ns);

      engine->key_ns = now_ns - rest_ns;
      for (uint32_t i = 0; i < engine->n_ramps; ++i) {
        RsRamp* const ramp = &engine->slots[engine->ramps[i]].ramp;
        ramp->start -= rest;
        ramp->next -= rest;
      }
      if (engine->n_ramps) {
        engine->next_step -= rest;
      }
    }
    rs_clock_rest(clock);
  }

  engine->first = (int64_t)rs_clock_cycle(clock, now_ns, frames);
  engine->at    = engine->first;
}

void
rs_engine_catch_up(RsEngine* const engine)
{
  const RsWaiting* top = NULL;
  RsWaiting        command;

  while ((top = rs_heap_top(&engine->heap))) {
    const int64_t frame = rs_clock_frame(&engine->clock, top->time_ns);
    if (engine->is_rested ? top->time_ns > engine->now_ns
                          : frame > engine->first) {
      break;
    }
    engine->at = frame < engine->first ? frame : engine->first;
    if (!engine->is_rested) {
      engine->at = engine->first;
    }
    rs_heap_pop(&engine->heap, &command);
    rs_engine_apply(engine, &command);
  }

  engine->at = engine->first;
  slide_all(engine);
}

int64_t
rs_engine_next(const RsEngine* const engine)
{
  const RsWaiting* const top  = rs_heap_top(&engine->heap);
  const int64_t          step = engine->next_step;
  const int64_t          due =
    top ? rs_clock_frame(&engine->clock, top->time_ns) : INT64_MAX;

  return due < step ? due : step;
}

int64_t
rs_engine_step(RsEngine* const engine, const int64_t frame)
{
  const RsWaiting* top = NULL;
  RsWaiting        command;
  int64_t          due = INT64_MAX;

  engine->at = frame;
  slide_all(engine);
  while ((top = rs_heap_top(&engine->heap))) {
    due = rs_clock_frame(&engine->clock, top->time_ns);
    if (due > frame) {
      break;
    }
    rs_heap_pop(&engine->heap, &command);
    rs_engine_apply(engine, &command);
    due = INT64_MAX;
  }
  return due < engine->next_step ? due : engine->next_step;
}

void
rs_engine_init(RsEngine* const           engine,
               const RsParameter* const  parameters,
               const uint32_t            n_parameters,
               const RsScalePoint* const points,
               const double              rate_hz)
{
  memset(engine, 0, rs_engine_size(n_parameters));
  rs_clock_init(&engine->clock, rate_hz);
  engine->parameters   = parameters;
  engine->points       = points;
  engine->n_parameters = n_parameters;
  engine->next_step    = INT64_MAX;

  for (uint32_t i = 0; i < n_parameters; ++i) {
    const RsParameter* const p    = &parameters[i];
    RsSlot* const            slot = &engine->slots[i];

    // Not the bits of any value, so that the first one is seen
    engine->seen[i] = UINT32_MAX;
    slot->value     = rs_parameter_legal(p, points, (double)p->initial);
    if (p->flags & RS_PARAMETER_OUTPUT) {
      slot->flags |= RS_SLOT_OUTPUT;
    }
    if (p->scale == RS_SCALE_TOGGLE) {
      slot->flags |= RS_SLOT_TOGGLE;
    }
    if (p->scale == RS_SCALE_LINEAR || p->scale == RS_SCALE_LOG) {
      slot->flags |= RS_SLOT_SLIDES;
    }
  }
}
