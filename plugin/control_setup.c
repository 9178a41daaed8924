// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The engine's life, and what hosts and the link ask of it.  Not for run()

#include "plugin/control.h"

#include "plugin/control_impl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static size_t
restore_size(const uint32_t n_parameters)
{
  return sizeof(RsRestore) + n_parameters * sizeof(RsSaved);
}

/// Memory whose pages are there: a first touch in run() would be a page fault
static void*
new_touched(const size_t size)
{
  char* const memory = (char*)aligned_alloc(64, (size + 63u) & ~(size_t)63u);
  if (memory) {
    memset(memory, 0, size);
    for (size_t i = 0; i < size; i += 1024) {
      *(volatile char*)(memory + i) = 0;
    }
  }
  return memory;
}

RsControl*
rs_control_new(const RsParameter* const  parameters,
               const uint32_t            n_parameters,
               const RsScalePoint* const points,
               const uint32_t            n_points,
               const RsProcessor* const  processor,
               const double              rate_hz,
               RsIntake* const           first)
{
  (void)n_points; // The table was checked against it

  RsControl* const control = (RsControl*)new_touched(sizeof(RsControl));
  if (!control) {
    return NULL;
  }

  const size_t values_size = (n_parameters + 1u) * sizeof(RsOverflowValue);

  pthread_mutex_init(&control->lock, NULL);
  control->processor    = *processor;
  control->n_parameters = n_parameters;
  control->outputs      = (uint32_t*)new_touched((n_parameters + 1u) * 4u);
  control->engine       = (RsEngine*)new_touched(rs_engine_size(n_parameters));
  control->ahead        = (RsEngine*)new_touched(rs_engine_size(n_parameters));
  control->values       = (RsOverflowValue*)new_touched(values_size);
  control->ahead_values = (RsOverflowValue*)new_touched(values_size);
  control->last_restore = (RsRestore*)new_touched(restore_size(n_parameters));
  for (uint32_t i = 0; i < 3; ++i) {
    control->restores[i] = (RsRestore*)new_touched(restore_size(n_parameters));
  }
  if (!control->outputs || !control->engine || !control->ahead ||
      !control->values || !control->ahead_values || !control->last_restore ||
      !control->restores[0] || !control->restores[1] || !control->restores[2]) {
    rs_control_free(control);
    return NULL;
  }

  control->front = 0;
  control->back  = 2;
  atomic_init(&control->middle, 1u);
  atomic_init(&control->restart, true);
  atomic_init(&control->current, first);

  RsEngine* const engine = control->engine;
  rs_engine_init(engine, parameters, n_parameters, points, rate_hz);
  rs_ring_reader_init(&engine->reader,
                      &first->segments.commands->ring,
                      &first->segments.telemetry.fixed->read);
  for (uint32_t i = 0; i < n_parameters; ++i) {
    if (parameters[i].flags & RS_PARAMETER_OUTPUT) {
      control->outputs[control->n_outputs++] = i;
    } else {
      processor->set(processor->self, i, engine->slots[i].value);
    }
  }
  processor->reset(processor->self);

  control->intake = first;
  rs_control_tell_all(control, first);
  return control;
}

void
rs_control_free(RsControl* const control)
{
  if (!control) {
    return;
  }

  for (uint32_t i = 0; i < 3; ++i) {
    free(control->restores[i]);
  }
  free(control->last_restore);
  free(control->ahead_values);
  free(control->values);
  free(control->ahead);
  free(control->engine);
  free(control->outputs);
  pthread_mutex_destroy(&control->lock);
  free(control);
}

/**
   The highest sequence in an attachment's overflow table.

   In a host's thread, under the lock, so the segment is not unmapped meanwhile.
   The bridge may write: a bundle that is only half there is waited for, since
   the state would come between its values.  Not for long, as the bridge may
   have been killed or stopped there, or want us to: then all values of the
   table count as newer than the state (those that run() took are not taken
   again), and so they still count together.
*/
static uint64_t
newest_in_table(RsControl* const control, const RsOverflow* const overflow)
{
  static const struct timespec pause  = {0, RS_CONTROL_PAUSE_NS};
  RsOverflowValue* const       values = control->ahead_values; // Of the lock
  uint32_t                     seen   = 0;
  uint64_t                     newest = 0;
  RsStatus                     st     = RS_AGAIN;

  for (int i = 0; st == RS_AGAIN && i < RS_CONTROL_TRIES; ++i) {
    if (i) {
      nanosleep(&pause, NULL);
    }
    st = rs_overflow_read(overflow, control->n_parameters, &seen, values);
  }

  for (uint32_t i = 0; !st && i < control->n_parameters; ++i) {
    newest = values[i].sequence > newest ? values[i].sequence : newest;
  }
  return newest;
}

void
rs_control_restore_at(RsControl* const     control,
                      const RsSaved* const saved,
                      const int64_t        time_ns)
{
  pthread_mutex_lock(&control->lock);

  RsRestore* const restore    = control->last_restore;
  RsIntake* const  intakes[2] = {
     atomic_load_explicit(&control->current, memory_order_relaxed),
     atomic_load_explicit(&control->offered, memory_order_relaxed)};

  restore->serial  = ++control->serial;
  restore->time_ns = time_ns;
  for (uint32_t i = 0; i < 2; ++i) {
    restore->ring[i]     = NULL;
    restore->tail[i]     = 0;
    restore->sequence[i] = 0;
    if (intakes[i]) {
      const RsSegments* const segments = &intakes[i]->segments;

      // Only run() looks at slots before this tail: for it they stay as they
      // are, while here the bridge could write over them.  That it sees no
      // earlier tail follows from its taking of the state below
      restore->ring[i] = &segments->commands->ring;
      restore->tail[i] = atomic_load_explicit(&segments->commands->ring.tail,
                                              memory_order_relaxed);
      restore->sequence[i] = newest_in_table(control, segments->overflow);
    }
  }
  memcpy(restore->saved, saved, control->n_parameters * sizeof(*saved));

  // Release: it is filled.  Acquire: run() is done with what we get for it
  memcpy(control->restores[control->back],
         restore,
         restore_size(control->n_parameters));
  control->back = atomic_exchange_explicit(&control->middle,
                                           control->back | RS_RESTORE_FRESH,
                                           memory_order_acq_rel) &
                  3u;

  pthread_mutex_unlock(&control->lock);
}

void
rs_control_restore(RsControl* const control, const RsSaved* const saved)
{
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  rs_control_restore_at(
    control, saved, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

RsIntake*
rs_control_offer(RsControl* const control, RsIntake* const fresh)
{
  pthread_mutex_lock(&control->lock);

  // Release: what run() takes is made.  What comes back was never run()'s
  RsIntake* const before =
    atomic_exchange_explicit(&control->offered, fresh, memory_order_release);

  pthread_mutex_unlock(&control->lock);
  return before;
}

RsIntake*
rs_control_retired(RsControl* const control)
{
  pthread_mutex_lock(&control->lock);

  // Acquire: run() is done with it
  RsIntake* const old =
    atomic_exchange_explicit(&control->retired, NULL, memory_order_acquire);

  pthread_mutex_unlock(&control->lock);
  return old;
}

bool
rs_control_is_faulty(RsControl* const control)
{
  return atomic_load_explicit(&control->is_faulty, memory_order_relaxed);
}
