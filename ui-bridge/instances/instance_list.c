// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The list of instances, and what they counted, those that went included

#include "ui-bridge/instances/instance_impl.h"

#include <stdlib.h>
#include <string.h>

void
rs_instance_list_free(RsInstances* const list)
{
  while (list->count) {
    rs_instance_free(list->items[list->count - 1u]);
  }

  free(list->items);
  free(list->unrung);
  list->items    = NULL;
  list->unrung   = NULL;
  list->capacity = 0u;
}

void
rs_instance_list_ring(RsInstances* const list)
{
  if (!list->n_unrung) {
    return;
  }

  rs_bell_fence();
  for (uint32_t i = 0u; i < list->n_unrung; ++i) {
    RsInstance* const instance = list->unrung[i];
    RsBell* const     bell     = &instance->segments.commands->bell;
    if (rs_bell_is_armed(bell)) {
      (void)rs_bell_ring(bell, instance->socket);
    }
    instance->is_unrung = false;
  }
  list->n_unrung = 0u;
}

RsInstance*
rs_instance_list_find(const RsInstances* const list,
                      const char* const        name,
                      const size_t             length)
{
  for (uint32_t i = 0u; i < list->count; ++i) {
    RsInstance* const instance = list->items[i];
    if (!instance->is_gone && strlen(instance->name) == length &&
        !memcmp(instance->name, name, length)) {
      return instance;
    }
  }

  return NULL;
}

/// Load a counter of the plugin: each stands alone, and none decides anything
static uint64_t
load(const _Atomic(uint64_t)* const counter, const uint64_t floor)
{
  const uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

  return value > floor ? value : floor;
}

static void
load_totals(const RsInstance* const instance, RsInstanceTotals* const its)
{
  const RsTelemetry* const      t     = instance->segments.telemetry.fixed;
  const RsInstanceTotals* const floor = &instance->floor;

  its->applied   = load(&t->totals.applied, floor->applied);
  its->late      = load(&t->totals.late, floor->late);
  its->dropped   = load(&t->totals.dropped, floor->dropped);
  its->overtaken = load(&t->totals.overtaken, floor->overtaken);
  its->faults    = load(&t->totals.faults, floor->faults);
  for (uint32_t i = 0u; i < RS_HISTOGRAM_BUCKETS; ++i) {
    const uint32_t n =
      atomic_load_explicit(&t->histogram[i], memory_order_relaxed);
    its->histogram[i] = n > floor->histogram[i] ? n : floor->histogram[i];
  }
}

/// Unsigned, so that what was added with one sign goes with the other
static void
add(RsInstanceTotals* const sum, const RsEnded* const of, const uint64_t sign)
{
  sum->applied += sign * of->its.applied;
  sum->late += sign * of->its.late;
  sum->dropped += sign * (of->its.dropped + of->n_dropped);
  sum->overtaken += sign * (of->its.overtaken + of->n_overtaken);
  sum->faults += sign * of->its.faults;
  for (uint32_t i = 0u; i < RS_HISTOGRAM_BUCKETS; ++i) {
    sum->histogram[i] += sign * of->its.histogram[i];
  }
}

static RsEnded
counted(const RsInstance* const instance)
{
  RsEnded all = {.pid         = instance->pid,
                 .number      = instance->number,
                 .n_dropped   = instance->n_dropped,
                 .n_overtaken = instance->n_overtaken};
  load_totals(instance, &all.its);
  return all;
}

void
rs_instance_list_totals(const RsInstances* const list,
                        RsInstanceTotals* const  totals)
{
  *totals = list->past;
  for (uint32_t i = 0u; i < list->count; ++i) {
    const RsEnded all = counted(list->items[i]);
    add(totals, &all, 1u);
  }
}

int64_t
rs_instance_list_next_run_ns(const RsInstances* const list)
{
  int64_t next_ns = INT64_MAX;
  for (uint32_t i = 0u; i < list->count; ++i) {
    RsInstance* const instance = list->items[i];
    if (!instance->is_gone && rs_instance_is_running(instance)) {
      const int64_t ns = rs_instance_next_run_ns(instance);
      next_ns          = ns < next_ns ? ns : next_ns;
    }
  }

  return next_ns > list->now_ns ? next_ns : list->now_ns;
}

/// It ends: keep what it counted
void
rs_instance_keep_totals(const RsInstance* const instance)
{
  RsInstances* const list  = instance->list;
  RsEnded* const     ended = &list->ended[list->next_ended];

  *ended           = counted(instance);
  list->next_ended = (list->next_ended + 1u) % RS_ENDED_MAX;
  add(&list->past, ended, 1u);
}

/// It is back: what it counted before is its own again
void
rs_instance_take_totals(RsInstance* const instance)
{
  RsInstances* const list = instance->list;
  for (uint32_t i = 0u; instance->pid && i < RS_ENDED_MAX; ++i) {
    RsEnded* const ended = &list->ended[i];
    if (ended->pid == instance->pid && ended->number == instance->number) {
      add(&list->past, ended, UINT64_MAX);
      instance->n_dropped += ended->n_dropped;
      instance->n_overtaken += ended->n_overtaken;
      instance->floor = ended->its;
      ended->pid      = 0u;
    }
  }
}
