// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets as the bridge knows them

#include "ui-bridge/presets/presets.h"

#include "ui-bridge/bridge.h"
#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/label.h"
#include "ui-bridge/presets/presets_impl.h"
#include "ui-bridge/presets/shelf.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// How long a list is waited for (spec section 3)
#define READY_NS 200000000

const char rs_no_keeper[] =
  "presets are unavailable: the process that handles them has gone";

/// @return the index of the plugin's list, or LISTS_MAX
static uint32_t
find_list(const RsPresets* const presets, const char* const plugin_uri)
{
  for (uint32_t i = 0u; i < presets->n_lists; ++i) {
    if (!strcmp(presets->lists[i].uri, plugin_uri)) {
      return i;
    }
  }

  return LISTS_MAX;
}

static uint32_t
get_list(RsPresets* const presets, const char* const plugin_uri)
{
  const uint32_t known  = find_list(presets, plugin_uri);
  const size_t   length = strlen(plugin_uri);
  if (known < LISTS_MAX) {
    return known;
  }

  if (presets->n_lists == LISTS_MAX || !length ||
      length >= sizeof(presets->lists[0].uri) ||
      !rs_label_is_text(plugin_uri, length)) {
    return LISTS_MAX;
  }

  memcpy(presets->lists[presets->n_lists].uri, plugin_uri, length + 1u);
  return presets->n_lists++;
}

void
rs_presets_wake(RsPresets* const  presets,
                const uint32_t    list,
                const int         code,
                const char* const sentence)
{
  for (RsPresetWaiter** link = &presets->waiters; *link;) {
    RsPresetWaiter* const waiter = *link;
    if (waiter->list == list) {
      *link = waiter->next;
      --presets->n_requests;
      waiter->done(waiter->context, code, sentence);
      free(waiter);
      link = &presets->waiters; // Anything may have been added
    } else {
      link = &waiter->next;
    }
  }
}

RsPresets*
rs_presets_new(RsBridge* const bridge, const int keeper_socket)
{
  RsPresets* const presets = (RsPresets*)calloc(1u, sizeof(RsPresets));
  RsPacket* const  packet  = (RsPacket*)malloc(sizeof(RsPacket));
  if (!presets || !packet) {
    free(presets);
    free(packet);
    return NULL;
  }

  presets->bridge = bridge;
  presets->socket = keeper_socket;
  presets->packet = packet;
  return presets;
}

void
rs_presets_free(RsPresets* const presets)
{
  if (!presets) {
    return;
  }

  while (presets->jobs) {
    rs_presets_free_job(presets, presets->jobs);
  }
  for (RsPresetWaiter* waiter = presets->waiters; waiter;) {
    RsPresetWaiter* const next = waiter->next;
    free(waiter);
    waiter = next;
  }
  for (uint32_t i = 0u; i < presets->n_lists; ++i) {
    rs_shelf_clear(&presets->lists[i].known);
  }
  if (presets->socket >= 0) {
    close(presets->socket);
  }
  free(presets->packet);
  free(presets);
}

RsPresetList
rs_presets_list(RsPresets* const presets, const char* const plugin_uri)
{
  const uint32_t i = find_list(presets, plugin_uri);
  if (i == LISTS_MAX) {
    return (RsPresetList){NULL, 0u, false};
  }

  const RsPluginPresets* const list = &presets->lists[i];
  return (RsPresetList){
    list->known.presets, list->known.count, list->is_loaded};
}

void
rs_presets_want(RsPresets* const presets, const char* const plugin_uri)
{
  const uint32_t i = get_list(presets, plugin_uri);

  if (i < LISTS_MAX && !presets->lists[i].is_loaded) {
    rs_presets_ask(presets, i);
  }
}

void
rs_presets_when_ready(RsPresets* const   presets,
                      const char* const  plugin_uri,
                      const RsPresetDone done,
                      void* const        context)
{
  const uint32_t i = get_list(presets, plugin_uri);
  if (i < LISTS_MAX && presets->lists[i].is_loaded) {
    done(context, 0, "");
    return;
  }

  RsPresetWaiter* const waiter =
    (RsPresetWaiter*)calloc(1u, sizeof(RsPresetWaiter));
  if (i == LISTS_MAX || presets->socket < 0 || !waiter ||
      presets->n_requests >= REQUESTS_MAX) {
    free(waiter);
    done(context,
         503,
         presets->socket < 0 ? rs_no_keeper
                             : "presets are unavailable: too many at a time");
    return;
  }

  RsPresetWaiter** end = &presets->waiters;
  while (*end) {
    end = &(*end)->next;
  }
  waiter->list        = i;
  waiter->deadline_ns = rs_bridge_now_ns(presets->bridge) + READY_NS;
  waiter->done        = done;
  waiter->context     = context;
  *end                = waiter;
  ++presets->n_requests;
  rs_presets_ask(presets, i);
}

/// Begin a save or delete.  @return NULL if `done` was called with the reason
static RsPresetJob*
begin_change(RsPresets* const   presets,
             const RsPacketKind kind,
             const char* const  plugin_uri,
             const char* const  label,
             const uint32_t     n_values,
             const RsPresetDone done,
             void* const        context)
{
  if (!rs_label_is_legal(label)) {
    done(context,
         400,
         "a preset label is 1 to 64 bytes of UTF-8 without control characters");
    return NULL;
  }

  const uint32_t     i   = get_list(presets, plugin_uri);
  RsPresetJob* const job = i < LISTS_MAX && presets->socket >= 0
                             ? rs_presets_add_job(presets, kind, i, n_values)
                             : NULL;
  if (!job) {
    done(context,
         503,
         presets->socket < 0 ? rs_no_keeper
                             : "presets are unavailable: too many at a time");
    return NULL;
  }

  job->done    = done;
  job->context = context;
  snprintf(job->label, sizeof(job->label), "%s", label);
  memcpy(job->packet->job.label, job->label, sizeof(job->label));
  return job;
}

void
rs_presets_save(RsPresets* const           presets,
                const char* const          plugin_uri,
                const char* const          label,
                const RsPresetValue* const values,
                const uint32_t             n_values,
                const RsPresetDone         done,
                void* const                context)
{
  RsPresetJob* const job = begin_change(
    presets, RS_PACKET_SAVE, plugin_uri, label, n_values, done, context);
  if (!job) {
    return;
  }

  if (n_values) {
    memcpy(job->packet->job.values, values, n_values * sizeof(RsPresetValue));
  }
  rs_presets_pump(presets);
}

void
rs_presets_delete(RsPresets* const   presets,
                  const char* const  plugin_uri,
                  const char* const  label,
                  const RsPresetDone done,
                  void* const        context)
{
  if (begin_change(
        presets, RS_PACKET_DELETE, plugin_uri, label, 0u, done, context)) {
    rs_presets_pump(presets);
  }
}

int64_t
rs_presets_tick(RsPresets* const presets, const int64_t now_ns)
{
  // One at a time: each callback may change everything
  for (RsPresetWaiter** link = &presets->waiters; *link;) {
    RsPresetWaiter* const waiter = *link;
    if (now_ns >= waiter->deadline_ns) {
      *link = waiter->next;
      --presets->n_requests;
      waiter->done(waiter->context,
                   503,
                   "presets are unavailable: they are still being read");
      free(waiter);
      link = &presets->waiters;
    } else {
      link = &waiter->next;
    }
  }

  for (RsPresetJob* job = presets->jobs; job;) {
    if (now_ns >= job->deadline_ns) {
      rs_presets_end_job(
        presets, job, 503, "presets are unavailable: it took too long");
      job = presets->jobs;
    } else {
      job = job->next;
    }
  }

  int64_t next = INT64_MAX;
  for (uint32_t i = 0u; i < presets->n_lists; ++i) {
    RsPluginPresets* const list = &presets->lists[i];
    if (list->is_stale && !list->job) {
      rs_presets_ask(presets, i);
    }
    if (list->is_stale && !list->job && list->retry_ns > now_ns &&
        list->retry_ns < next) {
      next = list->retry_ns;
    }
  }

  rs_presets_pump(presets);
  for (const RsPresetWaiter* w = presets->waiters; w; w = w->next) {
    next = w->deadline_ns < next ? w->deadline_ns : next;
  }
  for (const RsPresetJob* job = presets->jobs; job; job = job->next) {
    next = job->deadline_ns < next ? job->deadline_ns : next;
  }

  return next;
}
