// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the values would be if run() were called now: for queries and sessions
   while it is not.  Works on a copy of the engine and consumes nothing.
*/

#include "plugin/control.h"

#include "plugin/control_impl.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#if defined(__SANITIZE_THREAD__) || defined(__clang__)
#  define RS_COPIES_RACING __attribute__((no_sanitize("thread")))
#else
#  define RS_COPIES_RACING
#endif

/**
   Copy memory that run() may be changing.

   What was changed meanwhile is found out by the caller, from `cycle`, and the
   copy thrown away; so words may be torn, and volatile keeps the compiler from
   reading any of them twice or later.
*/
RS_COPIES_RACING static void
copy_racing(void* const to, const void* const from, const size_t size)
{
  uint64_t* const                out = (uint64_t*)to;
  const volatile uint64_t* const in  = (const volatile uint64_t*)from;
  for (size_t i = 0; i < size / sizeof(uint64_t); ++i) {
    out[i] = in[i];
  }
}

static_assert(sizeof(RsEngine) % 8u == 0u && sizeof(RsSlot) % 8u == 0u &&
                sizeof(RsWaiting) % 8u == 0u &&
                offsetof(RsEngine, slots) % 8u == 0u &&
                offsetof(RsEngine, heap.entries) % 8u == 0u,
              "copied in words");

/// Copy the engine.  @return #RS_AGAIN if run() is, or came, in between
static RsStatus
copy_engine(RsControl* const control, uint32_t* const cycle)
{
  RsEngine* const       to   = control->ahead;
  const RsEngine* const from = control->engine;

  // Acquire pairs with the release at the end of run()
  *cycle = atomic_load_explicit(&control->cycle, memory_order_acquire);
  if (*cycle & 1u) {
    return RS_AGAIN;
  }

  copy_racing(to, from, offsetof(RsEngine, heap.entries));
  const uint32_t count =
    to->heap.count < RS_HEAP_MAX ? to->heap.count : RS_HEAP_MAX;
  copy_racing(to->heap.entries, from->heap.entries, count * sizeof(RsWaiting));
  copy_racing(to->slots, from->slots, control->n_parameters * sizeof(RsSlot));

  // Pairs with the fence in enter(): if any word was newer, so is the cycle
  atomic_thread_fence(memory_order_acquire);
  return atomic_load_explicit(&control->cycle, memory_order_relaxed) == *cycle
           ? RS_SUCCESS
           : RS_AGAIN;
}

/// How far the copy has read
typedef struct {
  uint32_t head;
  uint32_t overflow;
} Reached;

static Reached
drain_intake(RsControl* const       control,
             RsIntake* const        intake,
             const RsRestore* const restore,
             const bool             is_restored,
             const bool             freewheel)
{
  RsEngine* const ahead = control->ahead;
  const RsDrain   drain = {
      .overflow    = intake->segments.overflow,
      .values      = control->ahead_values,
      .restore     = restore,
      .is_restored = is_restored,
      .drop        = freewheel,
  };

  ahead->reader.head += rs_intake_drain(ahead, &drain);
  return (Reached){ahead->reader.head, ahead->overflow_seen};
}

/**
   Bring the copy to `now_ns`, in the order in which run() would.

   @param intakes the current attachment, and the one that waits for run(), or
   NULL; found out here, since it must be those of the copy
   @param reached how far it read in each
*/
static RsStatus
bring_ahead(RsControl* const control,
            const int64_t    now_ns,
            RsIntake*        intakes[2],
            Reached          reached[2],
            uint32_t* const  cycle)
{
  RsEngine* const ahead = control->ahead;
  const RsStatus  st    = copy_engine(control, cycle);
  if (st) {
    return st;
  }

  // After the acquire of `cycle`: at least as new as the copy.  Newer, and
  // run() came in between, which is found out below.  What they point to was
  // made under the lock
  RsIntake* const intake =
    atomic_load_explicit(&control->current, memory_order_relaxed);
  RsIntake* const offered =
    atomic_load_explicit(&control->offered, memory_order_relaxed);
  intakes[0] = intake;
  intakes[1] = offered;

  ahead->stage = NULL;
  rs_engine_begin(ahead, now_ns, 0, true);

  const RsRestore* const restore =
    ahead->restored != control->serial ? control->last_restore : NULL;
  const bool freewheel = atomic_load_explicit(
    &intake->segments.telemetry.fixed->freewheel, memory_order_relaxed);

  reached[0] = drain_intake(control, intake, restore, false, freewheel);
  if (offered) {
    rs_engine_attach(ahead, offered);
    reached[1] = drain_intake(control, offered, restore, true, freewheel);
  }
  rs_engine_catch_up(ahead);

  // What was drained was there to be read only if run() did not come
  atomic_thread_fence(memory_order_acquire);
  return atomic_load_explicit(&control->cycle, memory_order_relaxed) == *cycle
           ? RS_SUCCESS
           : RS_AGAIN;
}

/// Let a bridge see what the copy came to
static void
publish(const RsControl* const control,
        RsIntake* const        intake,
        const uint32_t         cycle,
        const Reached          reached)
{
  const RsTelemetryMap* const map   = &intake->segments.telemetry;
  RsTelemetry* const          fixed = map->fixed;
  const RsEngine* const       ahead = control->ahead;

  // Only we store the lock.  The fence keeps what follows after it
  const uint32_t lock =
    atomic_load_explicit(&fixed->ahead_lock, memory_order_relaxed) + 1u;
  atomic_store_explicit(&fixed->ahead_lock, lock, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);

  for (uint32_t i = 0; i < control->n_parameters; ++i) {
    atomic_store_explicit(&map->ahead_values[i],
                          rs_bits_from_float(ahead->slots[i].value),
                          memory_order_relaxed);
  }
  atomic_store_explicit(
    &fixed->ahead.waiting, ahead->heap.count, memory_order_relaxed);
  atomic_store_explicit(
    &fixed->ahead.preset_serial, ahead->preset_serial, memory_order_relaxed);
  atomic_store_explicit(&fixed->ahead_head, reached.head, memory_order_relaxed);
  atomic_store_explicit(
    &fixed->ahead_overflow, reached.overflow, memory_order_relaxed);

  // Whoever sees the cycle sees values of it, or newer ones
  atomic_store_explicit(&fixed->ahead_cycle, cycle, memory_order_release);

  // Whoever sees the even lock sees all of it
  atomic_store_explicit(&fixed->ahead_lock, lock + 1u, memory_order_release);
}

RsStatus
rs_control_look_ahead(RsControl* const control, const int64_t now_ns)
{
  RsIntake* intakes[2] = {NULL, NULL};
  Reached   reached[2] = {{0, 0}, {0, 0}};
  uint32_t  cycle      = 0;

  pthread_mutex_lock(&control->lock);

  const RsStatus st = bring_ahead(control, now_ns, intakes, reached, &cycle);
  if (!st) {
    publish(control, intakes[0], cycle, reached[0]);
    if (intakes[1]) {
      // Its own cycle word is 0 until run() takes it
      publish(control, intakes[1], 0, reached[1]);
    }
  }

  pthread_mutex_unlock(&control->lock);
  return st;
}

bool
rs_control_ahead_moves(RsControl* const control)
{
  pthread_mutex_lock(&control->lock);
  const bool moves = control->ahead->n_ramps || control->ahead->heap.count;
  pthread_mutex_unlock(&control->lock);
  return moves;
}

static void
save_slots(const RsControl* const control, RsSaved* const saved)
{
  const RsEngine* const ahead = control->ahead;
  for (uint32_t i = 0; i < control->n_parameters; ++i) {
    const RsSlot* const slot = &ahead->slots[i];

    // A port that run() never saw, and nobody else set, is the host's to save:
    // it may have moved since
    const bool is_ours = slot->owner == RS_OWNER_OSC ||
                         (slot->flags & (RS_SLOT_EXPECTS | RS_SLOT_SEEN));

    saved[i] = (RsSaved){.value = slot->value,
                         .port  = slot->value,
                         .owner = slot->owner,
                         .known = is_ours && !(slot->flags & RS_SLOT_OUTPUT)};
    if (slot->flags & RS_SLOT_EXPECTS) {
      saved[i].port = slot->expected;
    } else if (slot->flags & RS_SLOT_SEEN) {
      saved[i].port = rs_float_from_bits(ahead->seen[i]);
    }
  }
}

void
rs_control_save(RsControl* const control,
                const int64_t    now_ns,
                RsSaved* const   saved)
{
  static const struct timespec pause      = {0, RS_CONTROL_PAUSE_NS};
  RsIntake*                    intakes[2] = {NULL, NULL};
  Reached                      reached[2] = {{0, 0}, {0, 0}};
  uint32_t                     cycle      = 0;
  RsStatus                     st         = RS_AGAIN;

  pthread_mutex_lock(&control->lock);

  for (int i = 0; st && i < RS_CONTROL_TRIES; ++i) {
    if (i) {
      nanosleep(&pause, NULL);
    }
    st = bring_ahead(control, now_ns, intakes, reached, &cycle);
  }

  // Should run() be running all the time, single words are still right
  save_slots(control, saved);
  if (st) {
    const RsTelemetryMap* const map =
      &atomic_load_explicit(&control->current, memory_order_acquire)
         ->segments.telemetry;
    for (uint32_t i = 0; i < control->n_parameters; ++i) {
      saved[i].value = rs_float_from_bits(
        atomic_load_explicit(&map->values[i], memory_order_relaxed));
    }
  }

  pthread_mutex_unlock(&control->lock);
}
