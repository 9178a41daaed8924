// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Requests to the host: made, echoed, refused

#include "plugin/tell.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static void
list(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const slot = &engine->slots[parameter];
  if (!(slot->flags & RS_SLOT_LISTED)) {
    slot->flags |= RS_SLOT_LISTED;
    slot->listed                   = engine->n_told;
    engine->told[engine->n_told++] = (uint16_t)parameter;
  }
}

static void
unlist(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const  slot = &engine->slots[parameter];
  const uint16_t last = engine->told[--engine->n_told];

  engine->told[slot->listed] = last;
  engine->slots[last].listed = slot->listed;
  slot->flags &= ~(uint32_t)RS_SLOT_LISTED;
}

bool
rs_tell_is_near(const RsEngine* const engine,
                const uint32_t        parameter,
                const float           a,
                const float           b)
{
  const RsParameter* const p     = &engine->parameters[parameter];
  const double             range = (double)p->maximum - (double)p->minimum;
  const double             apart = (double)a - (double)b;
  return (apart < 0.0 ? -apart : apart) <= range * RS_TELL_NEAR;
}

/// Forget the oldest requests
static void
drop_asked(RsSlot* const slot, const uint32_t count)
{
  slot->n_asked -= count;
  memmove(
    slot->asked, slot->asked + count, slot->n_asked * sizeof(*slot->asked));
  memmove(slot->asked_ns,
          slot->asked_ns + count,
          slot->n_asked * sizeof(*slot->asked_ns));
}

static void
ask(RsEngine* const engine, RsSlot* const slot, const float value)
{
  if (slot->n_asked == RS_ASKED_MAX) {
    drop_asked(slot, 1);
  }
  slot->asked[slot->n_asked]      = value;
  slot->asked_ns[slot->n_asked++] = engine->now_ns;
}

/// What was refused before was let through: it has effect from now on
static void
let_through(RsEngine* const engine, const uint32_t parameter, const float value)
{
  engine->slots[parameter].owner = RS_OWNER_OSC;
  rs_engine_put(engine, parameter, value, 0);
}

/// True if a held parameter need not be held any more
static bool
is_over(const RsEngine* const engine, const RsSlot* const slot)
{
  return ((slot->flags & RS_SLOT_GRANTED) || engine->is_rested) &&
         engine->now_ns - slot->refused_ns >= RS_TELL_HELD_NS;
}

/// The host does what it is asked again: OSC may go ahead of it
static void
release(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const slot = &engine->slots[parameter];
  slot->flags &= ~(uint32_t)(RS_SLOT_HELD | RS_SLOT_GRANTED);
  if (slot->wanted != slot->value) {
    let_through(engine, parameter, slot->wanted);
  }
}

/// The first `count` requests are done, the last of them was answered
static void
answer(RsEngine* const engine, const uint32_t parameter, const uint32_t count)
{
  RsSlot* const slot  = &engine->slots[parameter];
  const float   value = slot->asked[count - 1u];

  slot->done[slot->n_done % RS_ASKED_MAX]    = value;
  slot->done_ns[slot->n_done % RS_ASKED_MAX] = engine->now_ns;
  ++slot->n_done;
  drop_asked(slot, count);
  if (slot->flags & RS_SLOT_HELD) {
    let_through(engine, parameter, value);
    if (is_over(engine, slot)) {
      release(engine, parameter);
    }
  }
}

bool
rs_tell_is_answer(RsEngine* const engine,
                  const uint32_t  parameter,
                  const float     value)
{
  RsSlot* const slot = &engine->slots[parameter];
  for (uint32_t i = 0; i < slot->n_asked; ++i) {
    if (rs_tell_is_near(engine, parameter, slot->asked[i], value) &&
        (engine->at_once ||
         engine->now_ns - slot->asked_ns[i] <= RS_TELL_ANSWER_NS)) {
      // Only a change is a sign of that
      engine->has_answered = true;
      if (slot->flags & RS_SLOT_HELD) {
        slot->flags |= RS_SLOT_GRANTED;
      }
      answer(engine, parameter, i + 1u);
      return true;
    }
  }
  return false;
}

bool
rs_tell_is_repeated(const RsEngine* const engine,
                    const uint32_t        parameter,
                    const float           value)
{
  const RsSlot* const slot = &engine->slots[parameter];
  if (engine->at_once ||
      (!(slot->flags & RS_SLOT_PENDING) && !slot->ramp.length)) {
    return false;
  }

  const uint32_t n = slot->n_done < RS_ASKED_MAX ? slot->n_done : RS_ASKED_MAX;
  for (uint32_t i = 0; i < n; ++i) {
    if (engine->now_ns - slot->done_ns[i] <= RS_TELL_ANSWER_NS &&
        rs_tell_is_near(engine, parameter, slot->done[i], value)) {
      return true;
    }
  }
  return false;
}

void
rs_tell_restored(RsEngine* const engine, const uint32_t parameter)
{
  engine->slots[parameter].restored_ns = engine->now_ns;
  if (engine->at_once) {
    list(engine, parameter);
  }
}

void
rs_tell_settle(RsEngine* const engine,
               const uint32_t  parameter,
               const float     value)
{
  RsSlot* const slot = &engine->slots[parameter];

  slot->n_asked = 0;
  slot->flags &= ~(uint32_t)RS_SLOT_PENDING;
  slot->wanted = value;

  // A gesture that goes on would hide the host's moves from its own lane
  slot->moved_ns = engine->now_ns - RS_TELL_GESTURE_NS;
}

void
rs_tell_refused(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const slot = &engine->slots[parameter];
  const float   port = rs_float_from_bits(engine->seen[parameter]);

  rs_engine_take(engine,
                 parameter,
                 rs_parameter_legal(&engine->parameters[parameter],
                                    engine->points,
                                    (double)port),
                 RS_OWNER_HOST);
  list(engine, parameter);
  slot->flags      = (slot->flags & ~(uint32_t)RS_SLOT_GRANTED) | RS_SLOT_HELD;
  slot->refused_ns = engine->now_ns;
  ++slot->refusals;
  if (engine->stage) {
    // As for values in rs_stage_set(): whoever minds looks at `cycle`
    atomic_store_explicit(&engine->stage->refusals[parameter],
                          slot->refusals,
                          memory_order_relaxed);
  }
}

void
rs_tell_rested(RsEngine* const engine, const int64_t rest_ns)
{
  for (uint32_t i = 0; i < engine->n_told; ++i) {
    RsSlot* const slot = &engine->slots[engine->told[i]];
    for (uint32_t k = 0; k < slot->n_asked; ++k) {
      slot->asked_ns[k] += rest_ns;
    }
  }
}

/// Find out what became of the requests of one parameter
static void
check(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const slot = &engine->slots[parameter];
  const float   port = rs_float_from_bits(engine->seen[parameter]);

  // Where the port was already, there was no change to be seen
  while (slot->n_asked &&
         rs_tell_is_near(engine, parameter, slot->asked[0], port)) {
    answer(engine, parameter, 1u);
  }

  if (engine->at_once) {
    if (slot->n_asked) {
      rs_tell_refused(engine, parameter);
    }
    return;
  }

  while (slot->n_asked &&
         engine->now_ns - slot->asked_ns[0] > RS_TELL_ANSWER_NS) {
    if (slot->n_asked == 1u && engine->has_answered) {
      rs_tell_refused(engine, parameter); // Ends the loop: none is left
    } else {
      drop_asked(slot, 1u);
    }
  }
}

/// A state was restored, but the host's part of it did not come: it plays its
/// own, or it does not know, so it is asked
static void
check_restored(RsEngine* const engine, const uint32_t parameter)
{
  RsSlot* const slot = &engine->slots[parameter];
  if (engine->now_ns - slot->restored_ns >= RS_TELL_RESTORED_NS) {
    slot->flags &= ~(uint32_t)RS_SLOT_EXPECTS;
    rs_tell_moved(engine, parameter, slot->value);
  }
}

void
rs_tell_check(RsEngine* const engine, const bool freewheel)
{
  for (uint32_t i = engine->n_told; i-- > 0;) {
    const uint32_t parameter = engine->told[i];
    RsSlot* const  slot      = &engine->slots[parameter];
    if (slot->n_asked && (engine->at_once || !freewheel)) {
      check(engine, parameter);
    }
    if (freewheel) {
      continue; // What passes by the clock would differ in each export
    }
    if ((slot->flags & RS_SLOT_HELD) && !slot->n_asked &&
        is_over(engine, slot)) {
      release(engine, parameter);
    }
    if ((slot->flags & RS_SLOT_EXPECTS) && engine->at_once) {
      check_restored(engine, parameter);
    }
  }
}

void
rs_tell_moved(RsEngine* const engine,
              const uint32_t  parameter,
              const float     value)
{
  RsSlot* const slot = &engine->slots[parameter];
  if ((slot->flags & RS_SLOT_HELD) && !slot->n_asked && is_over(engine, slot)) {
    release(engine, parameter);
  }

  slot->wanted   = value;
  slot->moved_ns = engine->now_ns;
  slot->flags |= RS_SLOT_PENDING;
  list(engine, parameter);
}

/// Tell the value of one parameter, if it is time, and news to the host
static void
tell_value(RsEngine* const       engine,
           const uint32_t        parameter,
           const RsTeller* const teller)
{
  RsSlot* const slot = &engine->slots[parameter];
  if (!(slot->flags & RS_SLOT_SEEN)) {
    slot->flags &= ~(uint32_t)RS_SLOT_PENDING; // There is no port to show it
    return;
  }

  // Bit by bit, so that the last value is exact; zeros are one value
  const float known = slot->n_asked
                        ? slot->asked[slot->n_asked - 1u]
                        : rs_float_from_bits(engine->seen[parameter]);
  if (slot->wanted == known) {
    slot->flags &= ~(uint32_t)RS_SLOT_PENDING;
    if (slot->flags & RS_SLOT_HELD && !slot->n_asked) {
      let_through(engine, parameter, slot->wanted);
    }
    return;
  }

  if (slot->told_ns && engine->now_ns - slot->told_ns < RS_TELL_APART_NS) {
    return;
  }

  const bool   begins = teller->is_rolling && !(slot->flags & RS_SLOT_GESTURE);
  const RsTold told   = teller->value(
    teller->self, engine->parameters[parameter].port, slot->wanted, begins);
  if (told == RS_TOLD_LATER) {
    return;
  }

  slot->told_ns = engine->now_ns;
  slot->flags &= ~(uint32_t)RS_SLOT_PENDING;
  if (told == RS_TOLD_REFUSED) {
    if (engine->has_answered) {
      rs_tell_refused(engine, parameter);
    }
    return;
  }
  if (begins) {
    slot->flags |= RS_SLOT_GESTURE;
  }
  if (teller->can_answer) {
    ask(engine, slot, slot->wanted);
  }
}

void
rs_tell(RsEngine* const engine, const RsTeller* const teller)
{
  for (uint32_t i = engine->n_told; i-- > 0;) {
    const uint32_t parameter = engine->told[i];
    RsSlot* const  slot      = &engine->slots[parameter];

    if (!teller) {
      slot->flags &=
        ~(uint32_t)(RS_SLOT_PENDING | RS_SLOT_HELD | RS_SLOT_GRANTED);
    } else if (slot->flags & RS_SLOT_PENDING) {
      tell_value(engine, parameter, teller);
    } else if ((slot->flags & RS_SLOT_GESTURE) && !slot->ramp.length &&
               engine->now_ns - slot->moved_ns >= RS_TELL_GESTURE_NS &&
               teller->end(teller->self, engine->parameters[parameter].port) !=
                 RS_TOLD_LATER) {
      slot->flags &= ~(uint32_t)RS_SLOT_GESTURE;
    }

    const bool waits = engine->at_once && (slot->flags & RS_SLOT_EXPECTS);
    if (!waits && !slot->n_asked &&
        !(slot->flags &
          (RS_SLOT_PENDING | RS_SLOT_GESTURE | RS_SLOT_GRANTED))) {
      unlist(engine, parameter);
    }
  }
}
