// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Drains ring and overflow table in the order of their sequence numbers

#include "plugin/intake.h"

#include <math.h>
#include <stddef.h>

/// True if a copied command is one that a bridge may send
static bool
is_right(const RsEngine* const engine, const RsCommand* const c)
{
  if (c->time_ns < 0 || (c->time_ns > engine->now_ns &&
                         c->time_ns - engine->now_ns > RS_INTAKE_AHEAD_NS)) {
    return false;
  }

  switch (c->kind) {
    case RS_COMMAND_CANCEL:
      return true;
    case RS_COMMAND_PRESET:
      return c->serial != 0;
    case RS_COMMAND_SET:
    case RS_COMMAND_ADD:
    case RS_COMMAND_TOGGLE:
    case RS_COMMAND_RAMP:
      break;
    default:
      return false;
  }

  if (c->parameter >= engine->n_parameters) {
    return false;
  }

  const uint32_t flags = engine->slots[c->parameter].flags;
  if (flags & RS_SLOT_OUTPUT) {
    return false;
  }
  if (c->kind == RS_COMMAND_TOGGLE) {
    return flags & RS_SLOT_TOGGLE;
  }
  if (c->kind == RS_COMMAND_RAMP &&
      (c->curve > RS_CURVE_SINE ||
       !(c->seconds >= 0.0 && c->seconds <= RS_RAMP_MAX_SECONDS))) {
    return false;
  }
  return isfinite(c->value);
}

static void
fault(RsEngine* const engine)
{
  ++engine->counts.faults;
  engine->has_broken = true;
}

static void
wait(RsEngine* const engine, const RsWaiting* const waiting)
{
  if (rs_heap_push(&engine->heap, waiting)) {
    ++engine->counts.dropped;
  }
}

/// Leave a command out, and what is older in the overflow table with it
static void
drop(RsEngine* const engine, const RsCommand* const c)
{
  ++engine->counts.dropped;
  if (!c->time_ns && c->parameter < engine->n_parameters &&
      c->sequence > engine->slots[c->parameter].newest) {
    engine->slots[c->parameter].newest = c->sequence;
  }
}

/// In a rest, what has no tag happens when it came, but in the order it came
static int64_t
time_in_rest(RsEngine* const engine, const int64_t arrival_ns)
{
  const int64_t time_ns =
    arrival_ns < engine->now_ns ? arrival_ns : engine->now_ns;
  if (time_ns > engine->key_ns) {
    engine->key_ns = time_ns;
  }
  return engine->key_ns;
}

/// Apply a command that is right, or let it wait
static void
submit(RsEngine* const engine, const RsCommand* const c)
{
  RsWaiting waiting = {
    .time_ns   = c->time_ns,
    .order     = engine->heap.order,
    .seconds   = c->kind == RS_COMMAND_RAMP ? c->seconds : 0.0,
    .kind      = c->kind,
    .parameter = 0,
    .value     = c->value,
    .detail    = c->kind == RS_COMMAND_PRESET ? c->serial : c->curve,
  };

  if (c->kind != RS_COMMAND_CANCEL && c->kind != RS_COMMAND_PRESET) {
    waiting.parameter = c->parameter;
    if (!c->time_ns) {
      RsSlot* const slot = &engine->slots[c->parameter];
      if (c->sequence < slot->newest) {
        ++engine->counts.overtaken;
        return;
      }
      slot->newest = c->sequence;
    }
    if (c->kind == RS_COMMAND_SET || c->kind == RS_COMMAND_RAMP) {
      waiting.value = rs_parameter_legal(
        &engine->parameters[c->parameter], engine->points, (double)c->value);
    }
  }

  if (!c->time_ns) {
    if (!engine->is_rested) {
      rs_engine_apply(engine, &waiting);
      return;
    }
    waiting.time_ns = time_in_rest(engine, c->arrival_ns);
  } else if (engine->is_rested) {
    // Late only if it was when it came: nobody could have been on time since
    if (c->time_ns <= engine->now_ns && c->time_ns < c->arrival_ns) {
      ++engine->counts.late;
    }
  } else {
    const int64_t frame = rs_clock_frame(&engine->clock, c->time_ns);
    if (frame <= engine->first) {
      engine->counts.late += frame < engine->first;
      rs_engine_apply(engine, &waiting);
      return;
    }
  }

  wait(engine, &waiting);
}

/// Take the overflow value of one parameter, if it is older than `before`
static void
submit_overflow(RsEngine* const      engine,
                const RsDrain* const drain,
                const uint32_t       parameter,
                const uint64_t       before)
{
  RsOverflowValue* const entry = &drain->values[parameter];
  const RsSlot* const    slot  = &engine->slots[parameter];
  if (!entry->sequence || entry->sequence >= before) {
    return;
  }

  if (entry->sequence > slot->newest) {
    const RsCommand command = {.kind       = RS_COMMAND_SET,
                               .parameter  = parameter,
                               .value      = entry->value,
                               .sequence   = entry->sequence,
                               .arrival_ns = engine->now_ns};
    if (!is_right(engine, &command)) {
      fault(engine);
    } else if (drain->drop) {
      drop(engine, &command);
    } else {
      submit(engine, &command);
    }
  }
  entry->sequence = 0;
}

static void
submit_overflows(RsEngine* const      engine,
                 const RsDrain* const drain,
                 const uint64_t       before)
{
  for (uint32_t i = 0; i < engine->n_parameters; ++i) {
    submit_overflow(engine, drain, i, before);
  }
}

/// Take over a restored state, after all that came before it
static void
restore(RsEngine* const engine, const RsDrain* const drain)
{
  engine->restored  = drain->restore->serial;
  engine->restoring = drain->restore->saved;
  if (!engine->is_rested) {
    rs_engine_restore(engine, engine->restoring);
    return;
  }

  const RsWaiting waiting = {
    .time_ns = time_in_rest(engine, drain->restore->time_ns),
    .kind    = RS_ENGINE_RESTORE,
  };
  if (rs_heap_push(&engine->heap, &waiting)) {
    rs_engine_restore(engine, engine->restoring);
  }
}

/**
   The last sequence before the restored state, in the attachment that is read.

   Always the last of a batch, so the state comes between batches: that of the
   slot before the tail which the host's thread saw, as long as it is ours to be
   read; that of the last one read, if that was later; or that of the newest
   value in the table.

   @param count how many slots can be read
*/
static uint64_t
sequence_before(const RsEngine* const  engine,
                const RsRestore* const restored,
                const uint32_t         count)
{
  for (uint32_t i = 0; i < 2; ++i) {
    if (restored->ring[i] == engine->reader.ring) {
      const uint32_t unread   = restored->tail[i] - engine->reader.head;
      uint64_t       sequence = engine->sequence;
      if (unread && unread <= count) {
        RsCommand last;
        rs_ring_copy(&engine->reader, unread - 1u, &last);
        sequence = last.sequence;
      }
      return sequence > restored->sequence[i] ? sequence
                                              : restored->sequence[i];
    }
  }
  return 0;
}

static void
count_arrival(const RsDrain* const drain,
              const int64_t        now_ns,
              const int64_t        arrival_ns)
{
  if (drain->histogram && arrival_ns > 0 && arrival_ns <= now_ns) {
    // Only run() stores here, so load and store need not be one
    _Atomic(uint32_t)* const bucket =
      &drain->histogram[rs_histogram_bucket(now_ns - arrival_ns)];
    atomic_store_explicit(bucket,
                          atomic_load_explicit(bucket, memory_order_relaxed) +
                            1u,
                          memory_order_relaxed);
  }
}

uint32_t
rs_intake_drain(RsEngine* const engine, const RsDrain* const drain)
{
  uint32_t count       = 0;
  bool     overflowed  = false;
  bool     is_restored = !drain->restore || drain->is_restored;

  // The tail before the table: what comes between is in the next drain
  if (!engine->is_faulty) {
    if (rs_ring_readable(&engine->reader, &count)) {
      ++engine->counts.faults;
      engine->is_faulty = true;
      count             = 0;
    } else {
      overflowed = !rs_overflow_read(drain->overflow,
                                     engine->n_parameters,
                                     &engine->overflow_seen,
                                     drain->values);
    }
  }

  const uint64_t last =
    drain->restore ? sequence_before(engine, drain->restore, count) : 0;

  for (uint32_t i = 0; i < count; ++i) {
    RsCommand c;
    rs_ring_copy(&engine->reader, i, &c);
    engine->sequence = c.sequence;

    if (!is_restored && c.sequence > last) {
      if (overflowed) {
        submit_overflows(engine, drain, last + 1);
      }
      restore(engine, drain);
      is_restored = true;
    }

    count_arrival(drain, engine->now_ns, c.arrival_ns);
    if (!is_right(engine, &c)) {
      fault(engine);
    } else if (drain->drop) {
      drop(engine, &c);
    } else if (drain->is_restored && c.sequence <= last && !c.time_ns) {
      ++engine->counts.overtaken; // By the state
    } else {
      if (overflowed && c.parameter < engine->n_parameters) {
        submit_overflow(engine, drain, c.parameter, c.sequence);
      }
      submit(engine, &c);
    }
  }

  if (!is_restored) {
    if (overflowed) {
      submit_overflows(engine, drain, last + 1);
    }
    restore(engine, drain);
  }
  if (overflowed) {
    submit_overflows(engine, drain, UINT64_MAX);
  }
  return count;
}
