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
   The highest sequence that an attachment's bridge has given out so far.

   In a host's thread, under the lock, so neither segment is unmapped meanwhile.
   The bridge may write.  A batch has at most RS_WAITING_MAX commands, half of
   the ring, and is published before the next is begun, so what lies before the
   tail is overwritten only if we are held up here while batches go by and
   run() reads them.  Then a later number is read, and that bundle may be cut:
   part of it counts as older than the restored state, and part as newer.  The
   same is so for a bundle that is just being written to the overflow table.
   All else, lies included, is no more than a bridge may do anyway.
*/
static uint64_t
newest_sequence(const RsControl* const control, const RsIntake* const intake)
{
  const RsRing* const     ring     = &intake->segments.commands->ring;
  const RsOverflow* const overflow = intake->segments.overflow;

  // Acquire: the slot before the tail is written
  const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
  uint64_t       newest =
    tail ? ring->slots[(tail - 1u) % RS_RING_SLOTS].sequence : 0;

  for (uint32_t i = 0; i < control->n_parameters; ++i) {
    const uint64_t sequence = atomic_load_explicit(
      &overflow->entries[i].sequence, memory_order_relaxed);
    newest = sequence > newest ? sequence : newest;
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
    restore->sequence[i] = 0;
    if (intakes[i]) {
      restore->ring[i]     = &intakes[i]->segments.commands->ring;
      restore->sequence[i] = newest_sequence(control, intakes[i]);
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
