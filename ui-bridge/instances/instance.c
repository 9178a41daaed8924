// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Instances: their life, and what they are

#include "ui-bridge/instances/instance.h"

#include "ui-bridge/instances/instance_impl.h"
#include "ui-bridge/instances/names.h"
#include "ui-bridge/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// What `steady` adds to the largest cycle: the way from the network card to
/// the ring, also on a busy machine
#define STEADY_MARGIN_NS 1000000

static bool
is_taken(const void* const context, const char* const name)
{
  return rs_instance_list_find(
           (const RsInstances*)context, name, strlen(name)) != NULL;
}

// Life

/**
   Go on where a bridge stopped that died before run() took this pair: sequence
   numbers rise on, and values that it was just writing are given up whole.
*/
static void
continue_pair(RsInstance* const instance)
{
  RsOverflow* const overflow = instance->segments.overflow;
  const uint32_t    n        = instance->identity.n_parameters;
  const uint32_t    lock =
    atomic_load_explicit(&overflow->lock, memory_order_relaxed);

  if (instance->writer.tail) {
    const uint32_t last = (instance->writer.tail - 1u) % RS_RING_SLOTS;
    instance->sequence = instance->segments.commands->ring.slots[last].sequence;
  }

  for (uint32_t i = 0u; lock && i < n; ++i) {
    const uint64_t sequence = atomic_load_explicit(
      &overflow->entries[i].sequence, memory_order_relaxed);
    if (sequence > instance->sequence) {
      instance->sequence = sequence;
    }
  }

  if (lock & 1u) {
    rs_overflow_begin(overflow);
    for (uint32_t i = 0u; i < n; ++i) {
      rs_overflow_put(overflow, i, 0.0f, 0u);
    }
    rs_overflow_end(overflow);
    ++instance->n_dropped;
  }

  instance->overflow_lock =
    atomic_load_explicit(&overflow->lock, memory_order_relaxed);
}

RsInstance*
rs_instance_new(RsInstances* const list, const RsInstancePlan* const plan)
{
  if (list->count >= RS_INSTANCES_MAX) {
    return NULL;
  }

  if (list->count == list->capacity) {
    const uint32_t     capacity = list->capacity ? 2u * list->capacity : 16u;
    RsInstance** const items =
      (RsInstance**)realloc(list->items, capacity * sizeof(*items));
    if (!items) {
      return NULL;
    }
    list->items = items;

    RsInstance** const unrung =
      (RsInstance**)realloc(list->unrung, capacity * sizeof(*unrung));
    if (!unrung) {
      return NULL;
    }
    list->unrung   = unrung;
    list->capacity = capacity;
  }

  RsInstance* const instance = (RsInstance*)calloc(1u, sizeof(*instance));
  if (!instance) {
    return NULL;
  }

  instance->notes = (RsSlotNote*)calloc(RS_RING_SLOTS, sizeof(RsSlotNote));
  instance->overflow_put =
    (uint32_t*)calloc(plan->identity.n_parameters + 1u, sizeof(uint32_t));
  if (!instance->notes || !instance->overflow_put) {
    free(instance->notes);
    free(instance->overflow_put);
    free(instance);
    return NULL;
  }

  instance->list       = list;
  instance->id         = ++list->last_id;
  instance->number     = plan->number;
  instance->pid        = plan->pid;
  instance->is_renewed = plan->is_renewed;
  instance->owner      = plan->owner;
  instance->is_steady  = list->is_steady;
  instance->identity   = plan->identity;
  instance->parameters = plan->parameters;
  instance->points     = plan->points;
  instance->segments   = plan->segments;
  instance->socket     = plan->socket;
  rs_name_choose(
    plan->wanted, plan->identity.base_name, is_taken, list, instance->name);

  rs_ring_writer_init(&instance->writer,
                      &instance->segments.commands->ring,
                      &instance->segments.telemetry.fixed->read);
  continue_pair(instance);
  if (plan->is_renewed) {
    rs_instance_take_totals(instance);
  }

  if (plan->preset_serial) {
    RsRecall* const recall =
      &instance->recalls[plan->preset_serial % RS_RECALLS];
    recall->serial        = plan->preset_serial;
    instance->last_serial = plan->preset_serial;
    strncpy(recall->label, plan->preset_label, RS_LABEL_MAX);
  }

  list->items[list->count++] = instance;
  return instance;
}

void
rs_instance_free(RsInstance* const instance)
{
  if (!instance) {
    return;
  }

  RsInstances* const list = instance->list;
  rs_instance_keep_totals(instance);
  for (uint32_t i = 0u; i < list->count; ++i) {
    if (list->items[i] == instance) {
      memmove(&list->items[i],
              &list->items[i + 1u],
              (list->count - i - 1u) * sizeof(*list->items));
      --list->count;
      break;
    }
  }

  for (uint32_t i = 0u; instance->is_unrung && i < list->n_unrung; ++i) {
    if (list->unrung[i] == instance) {
      list->unrung[i] = list->unrung[--list->n_unrung];
      break;
    }
  }

  list->n_letters -= instance->letters != 0u;
  if (instance->pending) {
    --list->n_pending;
  }
  while (instance->pending) {
    RsPending* const next = instance->pending->next;
    free(instance->pending);
    instance->pending = next;
  }

  rs_segments_close(&instance->segments);
  if (instance->socket >= 0) {
    close(instance->socket);
  }

  rs_waiting_free(&instance->waiting);
  free(instance->notes);
  free(instance->overflow_put);
  free(instance->parameters);
  free(instance->points);
  free(instance);
}

void
rs_instance_set_gone(RsInstance* const instance)
{
  instance->is_gone        = true;
  instance->list->has_gone = true;
}

bool
rs_instance_is_gone(const RsInstance* const instance)
{
  return instance->is_gone;
}

void
rs_instance_fault(RsInstance* const instance)
{
  if (!instance->is_gone) {
    rs_log(RS_LOG_WARNING,
           "instance %s of %s is cut off: its shared memory was damaged",
           instance->name,
           instance->identity.process);
    ++instance->list->faults;
    rs_instance_set_gone(instance);
  }
}

// What it is

uint32_t
rs_instance_id(const RsInstance* const instance)
{
  return instance->id;
}

const char*
rs_instance_name(const RsInstance* const instance)
{
  return instance->name;
}

const RsIdentity*
rs_instance_identity(const RsInstance* const instance)
{
  return &instance->identity;
}

const RsParameter*
rs_instance_parameters(const RsInstance* const instance)
{
  return instance->parameters;
}

uint32_t
rs_instance_n_parameters(const RsInstance* const instance)
{
  return instance->identity.n_parameters;
}

const RsScalePoint*
rs_instance_points(const RsInstance* const instance)
{
  return instance->points;
}

const void*
rs_instance_owner(const RsInstance* const instance)
{
  return instance->owner;
}

uint32_t
rs_instance_number(const RsInstance* const instance)
{
  return instance->number;
}

int
rs_instance_socket(const RsInstance* const instance)
{
  return instance->socket;
}

void
rs_instance_set_user(RsInstance* const instance, void* const user)
{
  instance->user = user;
}

void*
rs_instance_user(const RsInstance* const instance)
{
  return instance->user;
}

/// Take a name that is free, and say so
static void
take_name(RsInstance* const instance,
          const char* const name,
          const size_t      length)
{
  memcpy(instance->name, name, length);
  instance->name[length] = '\0';

  // The plugin keeps the name in the session, and tells it the next bridge
  rs_instance_write(instance, RS_LETTER_NAME);
  if (instance->list->renamed) {
    instance->list->renamed(instance->list->context, instance);
  }
}

RsStatus
rs_instance_rename(RsInstance* const instance,
                   const char* const name,
                   const size_t      length)
{
  if (!rs_name_is_legal(name, length)) {
    return RS_BAD_ARG;
  }

  const RsInstance* const holder =
    rs_instance_list_find(instance->list, name, length);
  if (holder) {
    return holder == instance ? RS_SUCCESS : RS_FULL;
  }

  take_name(instance, name, length);
  return RS_SUCCESS;
}

void
rs_instance_give_way(RsInstance* const instance)
{
  if (!instance->is_renewed &&
      instance->list->now_ns < instance->list->settled_ns) {
    char name[RS_NAME_MAX + 1u];
    rs_name_choose(instance->name,
                   instance->identity.base_name,
                   is_taken,
                   instance->list,
                   name);
    take_name(instance, name, strlen(name));
  }
}

bool
rs_instance_is_steady(const RsInstance* const instance)
{
  return instance->is_steady;
}

void
rs_instance_set_steady(RsInstance* const instance, const bool steady)
{
  instance->is_steady = steady;
}

int64_t
rs_instance_untagged_ns(RsInstance* const instance, const int64_t arrival_ns)
{
  if (!instance->is_steady) {
    return 0;
  }

  const int64_t ns =
    arrival_ns + rs_instance_largest_cycle_ns(instance) + STEADY_MARGIN_NS;
  if (ns > instance->steady_ns) {
    instance->steady_ns = ns;
  }
  return instance->steady_ns;
}

// Presets

uint32_t
rs_instance_preset_begin(RsInstance* const instance, const char* const label)
{
  uint32_t serial = instance->last_serial + 1u;
  if (!serial) {
    serial = 1u;
  }

  RsRecall* const recall = &instance->recalls[serial % RS_RECALLS];
  memset(recall, 0, sizeof(*recall));
  recall->serial = serial;
  strncpy(recall->label, label, RS_LABEL_MAX);
  instance->last_serial = serial;

  rs_instance_write(instance, RS_LETTER_RECALL);
  return serial;
}

static const char*
label_of(const RsInstance* const instance, const uint32_t serial)
{
  const RsRecall* const recall = &instance->recalls[serial % RS_RECALLS];

  return serial && recall->serial == serial ? recall->label : "";
}

const char*
rs_instance_preset_label(const RsInstance* const instance)
{
  return label_of(instance, rs_instance_preset_serial(instance));
}

const char*
rs_instance_preset_last(const RsInstance* const instance)
{
  return label_of(instance, instance->last_serial);
}
