// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The way of commands to one instance: into its ring; or, when that is full,
   into its overflow table (untagged values) or a queue here (all else).
*/

#include "ui-bridge/instances/instance_impl.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// `a` is not before `b`, for indices that wrap
static bool
is_past(const uint32_t a, const uint32_t b)
{
  return (int32_t)(a - b) >= 0;
}

/// How many of our tagged commands the reader at `head` has not read
static uint32_t
n_unread_tagged(const RsInstance* const instance, const uint32_t head)
{
  // The note of the slot before `head` is ours, or still zero
  return instance->n_tagged -
         instance->notes[(head - 1u) % RS_RING_SLOTS].tagged;
}

/// Commands that wait in the plugin or on the way to it, rather too many
static uint32_t
n_waiting(RsInstance* const instance)
{
  if (rs_instance_is_freewheeling(instance)) {
    rs_waiting_clear(&instance->waiting); // It drops all that waits
  }

  // What we sent.  The plugin's own count matters where a bridge before us
  // has sent more.  The head is read first, so that what is read in between
  // is counted twice and not left out
  uint32_t count = rs_waiting_count(&instance->waiting, instance->list->now_ns);
  uint32_t head  = 0u;
  if (!rs_instance_head(instance, &head)) {
    rs_instance_fault(instance);
    return RS_WAITING_MAX;
  }

  RsAhead  ahead;
  uint32_t its = atomic_load_explicit(
    &instance->segments.telemetry.fixed->live.waiting, memory_order_relaxed);
  if (rs_instance_ahead(instance, &ahead) &&
      instance->writer.published - ahead.head <= RS_RING_SLOTS) {
    head = ahead.head;
    its  = ahead.waiting;
  }

  if (instance->is_cancelled && is_past(head, instance->cancel_tail)) {
    instance->is_cancelled = false;
  }

  if (!instance->is_cancelled) {
    if (its > RS_WAITING_MAX) {
      its = RS_WAITING_MAX;
    }
    its += n_unread_tagged(instance, head);
    if (its > count) {
      count = its;
    }
  }

  return count < RS_WAITING_MAX ? count : RS_WAITING_MAX;
}

uint32_t
rs_instance_waiting_room(RsInstance* const instance)
{
  return RS_WAITING_MAX - n_waiting(instance);
}

/// Wake the reader, once this turn of the loop is over
static void
ring_later(RsInstance* const instance)
{
  RsInstances* const list = instance->list;
  if (!instance->is_unrung) {
    instance->is_unrung            = true;
    list->unrung[list->n_unrung++] = instance;
  }
}

/// Write a batch for which there is room
static void
write_batch(RsInstance* const      instance,
            const RsCommand* const commands,
            const uint32_t         count)
{
  for (uint32_t i = 0u; i < count; ++i) {
    if (rs_ring_write(&instance->writer, &commands[i])) {
      rs_ring_abandon(&instance->writer); // The head went back: half of none
      rs_instance_fault(instance);
      return;
    }

    instance->n_tagged += commands[i].time_ns != 0;
    instance->notes[(instance->writer.tail - 1u) % RS_RING_SLOTS] =
      (RsSlotNote){instance->n_tagged, instance->pending_done};

    if (commands[i].kind == RS_COMMAND_CANCEL && !commands[i].time_ns) {
      rs_waiting_clear(&instance->waiting);
      instance->is_cancelled = true;
      instance->cancel_tail  = instance->writer.tail;
    }
  }

  rs_ring_publish(&instance->writer);
  ring_later(instance);
}

/// Put values where the newest of each parameter wins
static void
write_overflow(RsInstance* const      instance,
               const RsCommand* const commands,
               const uint32_t         count)
{
  const uint32_t seen = atomic_load_explicit(
    &instance->segments.telemetry.fixed->overflow_seen, memory_order_relaxed);

  rs_overflow_begin(instance->segments.overflow);
  for (uint32_t i = 0u; i < count; ++i) {
    uint32_t* const put = &instance->overflow_put[commands[i].parameter];
    if (*put && !is_past(seen, *put)) {
      ++instance->n_overtaken; // It was never read, and never will be
    }
    rs_overflow_put(instance->segments.overflow,
                    commands[i].parameter,
                    commands[i].value,
                    commands[i].sequence);
    *put = (instance->overflow_lock | 1u) + 1u;
  }
  rs_overflow_end(instance->segments.overflow);

  instance->overflow_lock = atomic_load_explicit(
    &instance->segments.overflow->lock, memory_order_relaxed);
  ring_later(instance);
}

static bool
is_plain_values(const RsCommand* const commands, const uint32_t count)
{
  for (uint32_t i = 0u; i < count; ++i) {
    if (commands[i].kind != RS_COMMAND_SET || commands[i].time_ns) {
      return false;
    }
  }

  return true;
}

static RsStatus
put_aside(RsInstance* const      instance,
          const RsCommand* const commands,
          const uint32_t         count)
{
  if (count > RS_PENDING_MAX - instance->n_pending) {
    return RS_FULL;
  }

  RsPending* const pending =
    (RsPending*)malloc(sizeof(RsPending) + count * sizeof(RsCommand));
  if (!pending) {
    return RS_FULL;
  }

  pending->next     = NULL;
  pending->since_ns = instance->list->now_ns;
  pending->count    = count;
  memcpy(pending->commands, commands, count * sizeof(RsCommand));

  if (instance->pending) {
    instance->pending_last->next = pending;
  } else {
    instance->pending = pending;
    ++instance->list->n_pending;
  }

  instance->pending_last = pending;
  instance->n_pending += count;
  ++instance->pending_put;
  return RS_SUCCESS;
}

/// Say when the loop awoke, and that it is now (RINGSIDE_TRACE)
static void
trace(const RsInstance* const instance,
      RsCommand* const        commands,
      const uint32_t          count)
{
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  const int64_t now_ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;

  for (uint32_t i = 0u; i < count; ++i) {
    const int64_t arrival_ns = commands[i].arrival_ns;
    commands[i].woken_ns     = (uint32_t)(instance->list->now_ns - arrival_ns);
    commands[i].written_ns   = (uint32_t)(now_ns - arrival_ns);
  }
}

void
rs_instance_foresee(const RsInstance* const instance,
                    const uint32_t          parameter,
                    RsWarm* const           warm)
{
  const RsTelemetry* const t    = instance->segments.telemetry.fixed;
  const RsRing* const      ring = instance->writer.ring;
  const RsParameter* const p    = &instance->parameters[parameter];
  const uint32_t           next = instance->writer.tail % RS_RING_SLOTS;

  rs_warm_note(warm, instance, offsetof(RsInstance, name));
  rs_warm_note(warm, &instance->identity, 1u);
  rs_warm_note(warm, &instance->parameters, 1u);
  rs_warm_note(warm, &instance->writer, 64u);
  rs_warm_note(warm, &instance->pending, sizeof(void*));
  rs_warm_note(warm, &instance->notes, 16u);
  rs_warm_note(warm, &instance->notes[next], sizeof(RsSlotNote));
  rs_warm_note(warm, &ring->slots[next], sizeof(RsCommand));
  rs_warm_note(warm, &ring->tail, sizeof(ring->tail));
  rs_warm_note(warm, &t->read, sizeof(t->read));
  rs_warm_note(warm, &t->cycle, 64u);
  rs_warm_note(warm, &p->minimum, 32u);
}

RS_WARM_TEXT RsStatus
rs_instance_send(RsInstance* const instance,
                 RsCommand* const  commands,
                 const uint32_t    count)
{
  if (instance->is_gone) {
    return RS_GONE;
  }
  if (!count) {
    return RS_SUCCESS;
  }
  if (count > RS_WAITING_MAX) {
    return RS_TOO_LARGE;
  }

  for (uint32_t i = 0u; i < count; ++i) {
    if (commands[i].parameter >= instance->identity.n_parameters &&
        commands[i].kind < RS_COMMAND_CANCEL) {
      return RS_BAD_ARG;
    }
  }

  uint32_t space = 0u;
  if (rs_ring_space(&instance->writer, &space)) {
    rs_instance_fault(instance);
    return RS_GONE;
  }

  const int64_t due_ns = commands[0].time_ns;
  const bool    waits  = due_ns > instance->list->now_ns;
  if (waits) {
    if (count > rs_instance_waiting_room(instance) ||
        rs_waiting_enter(&instance->waiting, due_ns, count)) {
      return instance->is_gone ? RS_GONE : RS_FULL;
    }
  }

  for (uint32_t i = 0u; i < count; ++i) {
    commands[i].sequence = instance->sequence + 1u + i;
  }

  if (instance->list->is_traced) {
    trace(instance, commands, count);
  }

  if (!instance->pending && count <= space) {
    write_batch(instance, commands, count);
  } else if (is_plain_values(commands, count)) {
    write_overflow(instance, commands, count);
  } else if (put_aside(instance, commands, count)) {
    if (waits) {
      rs_waiting_remove(&instance->waiting, due_ns, count);
    }
    instance->n_dropped += count;
    return RS_FULL;
  }

  instance->sequence += count;
  return instance->is_gone ? RS_GONE : RS_SUCCESS;
}

bool
rs_instance_pump(RsInstance* const instance, const int64_t now_ns)
{
  while (instance->pending && !instance->is_gone) {
    RsPending* const first = instance->pending;
    uint32_t         space = 0u;
    if (rs_ring_space(&instance->writer, &space)) {
      rs_instance_fault(instance);
      break;
    }

    const bool is_late = now_ns - first->since_ns >= RS_PENDING_NS;
    if (space < first->count && !is_late) {
      break;
    }

    ++instance->pending_done;
    if (space >= first->count) {
      write_batch(instance, first->commands, first->count);
    } else {
      instance->n_dropped += first->count;
      rs_waiting_remove(
        &instance->waiting, first->commands[0].time_ns, first->count);
    }

    instance->pending = first->next;
    instance->n_pending -= first->count;
    free(first);
    if (!instance->pending) {
      --instance->list->n_pending;
    }
  }

  return instance->pending && !instance->is_gone;
}

// Tickets

/// The host stopped since, and its link has not yet looked ahead: what is
/// known is how far ramps and tags were when it stopped
static bool
is_stale(const RsInstance* const instance)
{
  RsAhead ahead;

  return !rs_instance_is_running(instance) &&
         !rs_instance_ahead(instance, &ahead);
}

RsTicket
rs_instance_ticket(const RsInstance* const instance)
{
  if (is_stale(instance)) {
    (void)rs_bell_ring(&instance->segments.commands->bell, instance->socket);
  }

  return (RsTicket){instance->writer.published,
                    instance->overflow_lock,
                    instance->pending_put,
                    instance->steady_ns};
}

/// Whoever is at `head` and `overflow` is past the ticket
static bool
is_passed(const RsInstance* const instance,
          const RsTicket* const   ticket,
          const uint32_t          head,
          const uint32_t          overflow)
{
  // Batches put aside are done with when what was written after them is read
  const uint32_t done =
    head == instance->writer.published
      ? instance->pending_done
      : instance->notes[(head - 1u) % RS_RING_SLOTS].pending;

  return is_past(head, ticket->tail) && is_past(overflow, ticket->overflow) &&
         is_past(done, (uint32_t)ticket->pending);
}

/**
   Untagged commands that were read, but wait for their time (`steady`), took
   effect: nothing waits any more, or a cycle that began later has ended.
*/
static bool
is_steady_done(const RsInstance* const instance,
               const RsTicket* const   ticket,
               const uint32_t          waiting)
{
  const RsTelemetry* const fixed = instance->segments.telemetry.fixed;
  if (!ticket->steady_ns || !waiting) {
    return true;
  }

  // Acquire: whoever sees when a cycle began also sees that it did, so a number
  // that is even by then says that it ended; and with that, all it did is seen
  return atomic_load_explicit(&fixed->start_ns, memory_order_acquire) >=
           ticket->steady_ns &&
         !(atomic_load_explicit(&fixed->cycle, memory_order_acquire) & 1u);
}

bool
rs_instance_reached(RsInstance* const instance, const RsTicket* const ticket)
{
  if (instance->is_gone) {
    return true;
  }

  uint32_t head = 0u;
  if (!rs_instance_head(instance, &head)) {
    rs_instance_fault(instance);
    return true;
  }

  if (is_stale(instance)) {
    return false;
  }

  // Acquire: with what was seen, its values are seen too
  const uint32_t seen = atomic_load_explicit(
    &instance->segments.telemetry.fixed->overflow_seen, memory_order_acquire);
  const uint32_t waiting = atomic_load_explicit(
    &instance->segments.telemetry.fixed->live.waiting, memory_order_acquire);
  if (is_passed(instance, ticket, head, seen) &&
      is_steady_done(instance, ticket, waiting)) {
    return true;
  }

  RsAhead ahead;
  return rs_instance_ahead(instance, &ahead) &&
         instance->writer.published - ahead.head <= RS_RING_SLOTS &&
         is_passed(instance, ticket, ahead.head, ahead.overflow) &&
         is_steady_done(instance, ticket, ahead.waiting);
}

bool
rs_instance_synced(RsInstance* const instance, const RsTicket* const ticket)
{
  return rs_instance_reached(instance, ticket) ||
         (!rs_instance_is_running(instance) &&
          is_past(instance->pending_done, (uint32_t)ticket->pending));
}
