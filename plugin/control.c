// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// run(): the order of things in one cycle.  Audio thread only

#include "plugin/control.h"

#include "plugin/control_impl.h"
#include "plugin/tell.h"

#include <stddef.h>
#include <string.h>

/// Only run() stores here, and readers look at `cycle` or `read.head` for order
#define STORE(word, value) \
  atomic_store_explicit(&(word), (value), memory_order_relaxed)

static void
tell_counts(RsTotals* const totals, const RsCounts* const counts)
{
  STORE(totals->applied, counts->applied);
  STORE(totals->late, counts->late);
  STORE(totals->dropped, counts->dropped);
  STORE(totals->overtaken, counts->overtaken);
  STORE(totals->faults, counts->faults);
}

void
rs_control_tell_all(RsControl* const control, RsIntake* const intake)
{
  const RsEngine* const       engine = control->engine;
  const RsTelemetryMap* const map    = &intake->segments.telemetry;
  RsTelemetry* const          fixed  = map->fixed;

  for (uint32_t i = 0; i < control->n_parameters; ++i) {
    STORE(map->values[i], rs_bits_from_float(engine->slots[i].value));
    STORE(map->refusals[i], engine->slots[i].refusals);
  }
  tell_counts(&fixed->totals, &engine->counts);
  STORE(fixed->live.waiting, engine->heap.count);
  STORE(fixed->live.preset_serial, engine->preset_serial);
  STORE(fixed->largest_cycle_ns, control->largest.now);
  STORE(fixed->freewheel, control->was_freewheeling);
  STORE(fixed->active,
        atomic_load_explicit(&control->active, memory_order_relaxed));
  STORE(fixed->frames, engine->clock.last_frames);
  STORE(fixed->start_ns, engine->now_ns);
  STORE(fixed->position, (uint64_t)engine->first);
}

/// The state to be restored, if one came since the last cycle
static const RsRestore*
take_restore(RsControl* const control)
{
  if (!(atomic_load_explicit(&control->middle, memory_order_relaxed) &
        RS_RESTORE_FRESH)) {
    return NULL;
  }

  // Acquire: the slot was filled before it was put there.  That we are done
  // with the one that we give in exchange was released in enter()
  const uint32_t middle = atomic_exchange_explicit(
    &control->middle, control->front, memory_order_acquire);
  control->front = middle & 3u;
  return control->restores[control->front];
}

/// Keep the largest cycle of each second; parts of one cycle add up, but not
/// cycles that follow each other closely because the first was late
static void
note_cycle(RsControl* const control, const RsCycle* const cycle)
{
  RsLargest* const largest = &control->largest;
  const int64_t    second  = cycle->now_ns / 1000000000;
  const int64_t    ns =
    (int64_t)((double)cycle->frames * control->engine->clock.period_ns);

  largest->cycle_ns =
    control->engine->clock.is_early ? largest->cycle_ns + ns : ns;
  if (largest->cycle_ns > RS_LARGEST_NS) {
    largest->cycle_ns = RS_LARGEST_NS;
  }

  if (second != largest->second) {
    const int64_t passed = second - largest->second;
    const int64_t n =
      passed < 0 || passed > RS_LARGEST_SECONDS ? RS_LARGEST_SECONDS : passed;
    for (int64_t i = 0; i < n; ++i) {
      largest->largest[(uint64_t)(second - i) % RS_LARGEST_SECONDS] = 0;
    }
    largest->second = second;
    largest->now    = 0;
    for (uint32_t i = 0; i < RS_LARGEST_SECONDS; ++i) {
      if (largest->largest[i] > largest->now) {
        largest->now = largest->largest[i];
      }
    }
  }

  int64_t* const slot =
    &largest->largest[(uint64_t)second % RS_LARGEST_SECONDS];
  if (largest->cycle_ns > *slot) {
    *slot = largest->cycle_ns;
  }
  if (largest->cycle_ns > largest->now) {
    largest->now = largest->cycle_ns;
  }
  STORE(control->intake->segments.telemetry.fixed->largest_cycle_ns,
        largest->now);
}

static void
look_at_ports(RsEngine* const engine, const float* const* const ports)
{
  const uint32_t n = engine->n_parameters;
  for (uint32_t i = 0; i < n; ++i) {
    if (ports[i]) {
      uint32_t bits = 0;
      memcpy(&bits, ports[i], sizeof(bits));
      if (bits != engine->seen[i]) {
        rs_engine_host(engine, i, bits);
      }
    }
  }
}

/// Drain the present attachment; `is_restored`: the state was, in the last one
static uint32_t
drain(RsControl* const       control,
      const RsRestore* const restore,
      const bool             is_restored,
      const bool             freewheel)
{
  const RsSegments* const segments = &control->intake->segments;
  const RsDrain           what     = {
                  .overflow    = segments->overflow,
                  .values      = control->values,
                  .histogram   = segments->telemetry.fixed->histogram,
                  .restore     = restore,
                  .is_restored = is_restored,
                  .drop        = freewheel,
  };

  return rs_intake_drain(control->engine, &what);
}

/**
   Go on to the attachment that was offered before the present one was drained.

   The tail was read once in between, and a ring holds no more than one cycle
   may take, so one drain is enough, whatever the old bridge does.
*/
static bool
take_offered(RsControl* const control)
{
  if (atomic_load_explicit(&control->retired, memory_order_relaxed)) {
    return false;
  }

  // Acquire: the segments are made.  The link may have taken it back meanwhile
  RsIntake* const fresh =
    atomic_exchange_explicit(&control->offered, NULL, memory_order_acquire);
  if (!fresh) {
    return false;
  }

  RsEngine* const    engine    = control->engine;
  RsIntake* const    old       = control->intake;
  RsTelemetry* const from      = old->segments.telemetry.fixed;
  RsTelemetry* const telemetry = fresh->segments.telemetry.fixed;

  rs_engine_attach(engine, fresh);
  STORE(control->is_faulty, false);

  STORE(telemetry->cycle,
        atomic_load_explicit(&control->cycle, memory_order_relaxed));
  atomic_thread_fence(memory_order_release); // As in enter()
  for (uint32_t i = 0; i < RS_HISTOGRAM_BUCKETS; ++i) {
    STORE(telemetry->histogram[i],
          atomic_load_explicit(&from->histogram[i], memory_order_relaxed));
  }
  control->intake = fresh;
  rs_control_tell_all(control, fresh);

  // The old one's last word: it is read no more, and even again.  Release: the
  // new one's telemetry is seen with it, and the link touches the old one after
  // us
  atomic_store_explicit(
    &from->cycle,
    atomic_load_explicit(&control->cycle, memory_order_relaxed) + 1u,
    memory_order_relaxed);
  atomic_store_explicit(&control->current, fresh, memory_order_release);
  atomic_store_explicit(&control->retired, old, memory_order_release);
  return true;
}

/// From here on copies of the engine are worthless
static uint32_t
enter(RsControl* const control)
{
  const uint32_t cycle =
    atomic_load_explicit(&control->cycle, memory_order_relaxed) + 1u;

  STORE(control->cycle, cycle);
  STORE(control->intake->segments.telemetry.fixed->cycle, cycle);

  // Whoever sees anything that follows also sees the odd number
  atomic_thread_fence(memory_order_release);
  return cycle;
}

static void
leave(RsControl* const control, const uint32_t cycle, const uint32_t count)
{
  RsEngine* const    engine = control->engine;
  RsTelemetry* const fixed  = control->intake->segments.telemetry.fixed;

  tell_counts(&fixed->totals, &engine->counts);
  STORE(control->is_faulty, engine->is_faulty || engine->has_broken);
  STORE(fixed->live.preset_serial, engine->preset_serial);

  // Release, as the head: whoever sees these sees what commands did
  atomic_store_explicit(
    &fixed->live.waiting, engine->heap.count, memory_order_release);
  atomic_store_explicit(
    &fixed->overflow_seen, engine->overflow_seen, memory_order_release);
  if (count) {
    rs_ring_release(&engine->reader, count);
  }

  // Whoever sees the even number sees all that this cycle did
  atomic_store_explicit(&fixed->cycle, cycle + 1u, memory_order_release);
  atomic_store_explicit(&control->cycle, cycle + 1u, memory_order_release);
}

static void
write_outputs(RsControl* const control, const RsCycle* const cycle)
{
  RsEngine* const engine = control->engine;
  for (uint32_t n = 0; n < control->n_outputs; ++n) {
    const uint32_t i  = control->outputs[n];
    const float value = control->processor.output(control->processor.self, i);
    if (value != engine->slots[i].value) {
      engine->slots[i].value = value;
      STORE(control->intake->segments.telemetry.values[i],
            rs_bits_from_float(value));
    }
    if (cycle->outputs && cycle->outputs[i]) {
      *cycle->outputs[i] = value;
    }
  }
}

void
rs_control_run(RsControl* const control, const RsCycle* const cycle)
{
  RsEngine* const engine = control->engine;
  const uint32_t  number = enter(control);
  RsTelemetry*    fixed  = control->intake->segments.telemetry.fixed;

  // Nothing else is read on the strength of it
  const bool restart =
    atomic_load_explicit(&control->restart, memory_order_relaxed) &&
    atomic_exchange_explicit(&control->restart, false, memory_order_relaxed);
  const bool freewheel = cycle->freewheel;

  // An export begins in silence, as hosts do not see to that: no tail of what
  // was heard before, so that each export is the same
  const bool is_silenced = restart || (freewheel && !control->was_freewheeling);

  rs_engine_begin(engine,
                  cycle->now_ns,
                  cycle->frames,
                  restart || freewheel || control->was_freewheeling);
  if (freewheel != control->was_freewheeling) {
    control->was_freewheeling = freewheel;
    STORE(fixed->freewheel, freewheel);
  }
  STORE(fixed->frames, cycle->frames);
  STORE(fixed->start_ns, cycle->now_ns);
  STORE(fixed->position, (uint64_t)engine->first);
  if (cycle->frames && !freewheel) {
    note_cycle(control, cycle);
  }

  RsStage stage = {&control->processor,
                   cycle,
                   control->intake->segments.telemetry.values,
                   control->intake->segments.telemetry.refusals,
                   engine->first,
                   0};
  engine->stage = &stage;

  if (freewheel) {
    rs_engine_stop_ramps(engine);
    engine->counts.dropped += rs_heap_cancel(&engine->heap, 0, UINT64_MAX);
    engine->is_rested = false;
  }
  if (engine->is_rested && engine->key_ns) {
    rs_tell_rested(engine, engine->now_ns - engine->key_ns);
  }
  engine->at_once = cycle->teller && cycle->teller->answers_at_once;
  if (cycle->ports) {
    look_at_ports(engine, cycle->ports);
  }
  if (engine->n_told && cycle->frames) {
    rs_tell_check(engine, freewheel);
  }

  if (!engine->is_rested) {
    rs_engine_catch_up(engine);
  }
  const RsRestore* const restore = take_restore(control);

  // Acquire: an offer is made when the bridge before has ended, so whoever sees
  // it first, and then drains, sees all that was published
  const bool is_offered =
    atomic_load_explicit(&control->offered, memory_order_acquire);
  uint32_t count = drain(control, restore, false, freewheel);
  if (is_offered && take_offered(control)) {
    const uint32_t left = RS_RING_SLOTS - count;
    uint32_t       more = 0;

    // All of it now, or all of it next time: a bundle is not cut
    count          = 0;
    stage.values   = control->intake->segments.telemetry.values;
    stage.refusals = control->intake->segments.telemetry.refusals;
    if (!rs_ring_readable(&engine->reader, &more) && more <= left) {
      count = drain(control, restore, true, freewheel);
    }
  }
  rs_engine_catch_up(engine);

  if (is_silenced) {
    control->processor.reset(control->processor.self);
  }

  const int64_t end = engine->first + cycle->frames;
  for (int64_t next = rs_engine_next(engine); next < end;) {
    next = rs_engine_step(engine, next > engine->at ? next : engine->at);
  }
  rs_stage_render(&stage, cycle->frames);
  if (engine->n_told && cycle->frames && !freewheel) {
    rs_tell(engine, cycle->teller);
  }
  engine->stage = NULL;

  write_outputs(control, cycle);
  leave(control, number, count);
}

RsIntake*
rs_control_current(RsControl* const control)
{
  // What it points to was made by the link, on whose threads this is called,
  // or taken by run(); telemetry has its own order
  return atomic_load_explicit(&control->current, memory_order_relaxed);
}

/// Not during run(), so what is current stays so, and is not unmapped
static void
tell_active(RsControl* const control, const uint32_t active)
{
  RsIntake* const intake =
    atomic_load_explicit(&control->current, memory_order_relaxed);

  STORE(control->active, active);
  STORE(intake->segments.telemetry.fixed->active, active);
}

void
rs_control_activate(RsControl* const control)
{
  tell_active(control, 1u);
  atomic_store_explicit(&control->restart, true, memory_order_relaxed);
}

void
rs_control_deactivate(RsControl* const control)
{
  tell_active(control, 0u);
}
