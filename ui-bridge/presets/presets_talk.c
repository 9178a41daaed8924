// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The bridge's end of the talk with the keeper: jobs are asked for, and done

#include "ui-bridge/presets/presets_impl.h"

#include "shm/status.h"
#include "ui-bridge/bridge.h"
#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/presets.h"
#include "ui-bridge/presets/shelf.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/// The keeper ends jobs by itself, so this is for a keeper that hangs.  A list
/// may be tried several times, without bundles that cannot be read
#define LIST_TIME_NS 60000000000
#define CHANGE_TIME_NS (RS_JOB_TIME_NS + 2000000000)

/// A list that could not be read is not tried more often than this
#define RETRY_NS 1000000000

RsPresetJob*
rs_presets_add_job(RsPresets* const   presets,
                   const RsPacketKind kind,
                   const uint32_t     list,
                   const uint32_t     n_values)
{
  const size_t size = rs_packet_size(kind, n_values);
  if (presets->n_requests >= REQUESTS_MAX || !size) {
    return NULL;
  }

  RsPresetJob* const job    = (RsPresetJob*)calloc(1u, sizeof(RsPresetJob));
  RsPacket* const    packet = (RsPacket*)calloc(1u, size);
  if (!job || !packet) {
    free(job);
    free(packet);
    return NULL;
  }

  RsPresetJob** end = &presets->jobs;
  while (*end) {
    end = &(*end)->next;
  }

  do {
    job->id = ++presets->next_id;
  } while (!job->id);

  job->list   = list;
  job->kind   = kind;
  job->size   = size;
  job->packet = packet;
  packet->head =
    (RsPacketHead){RS_PACKET_MAGIC, (uint32_t)kind, job->id, n_values};
  memcpy(packet->job.plugin_uri,
         presets->lists[list].uri,
         sizeof(packet->job.plugin_uri));
  job->deadline_ns = rs_bridge_now_ns(presets->bridge) +
                     (kind == RS_PACKET_LIST ? LIST_TIME_NS : CHANGE_TIME_NS);
  *end = job;
  ++presets->n_requests;
  return job;
}

void
rs_presets_free_job(RsPresets* const presets, RsPresetJob* const job)
{
  RsPresetJob** link = &presets->jobs;
  while (*link != job) {
    link = &(*link)->next;
  }
  *link = job->next;
  --presets->n_requests;
  rs_shelf_clear(&job->growing);
  free(job->packet);
  free(job);
}

void
rs_presets_end_job(RsPresets* const   presets,
                   RsPresetJob* const job,
                   const int          code,
                   const char* const  sentence)
{
  RsPluginPresets* const list    = &presets->lists[job->list];
  const uint32_t         i       = job->list;
  const RsPresetDone     done    = job->done;
  void* const            context = job->context;

  bool is_answer = job->kind == RS_PACKET_LIST;
  if (job->kind == RS_PACKET_LIST) {
    list->job = 0u;
    if (code) {
      list->retry_ns = rs_bridge_now_ns(presets->bridge) + RETRY_NS;
    } else if (list->job_since != list->changes) {
      list->is_stale = true; // It may lack what was saved meanwhile
      is_answer      = false;
    } else {
      rs_shelf_clear(&list->known);
      list->known     = job->growing;
      list->is_loaded = true;
      job->growing    = (RsShelf){NULL, 0u, 0u};
      rs_shelf_sort(&list->known);
    }
  } else if (!code) {
    ++list->changes;
    if (job->kind == RS_PACKET_DELETE) {
      rs_shelf_take_out(&list->known, NULL, job->label);
    } else if (job->growing.count == 1u) {
      // What was saved is put into the list at once, to be recalled at once
      const RsPreset saved = job->growing.presets[0];
      rs_shelf_take_out(&list->known, saved.uri, NULL);
      if (rs_shelf_append(&list->known, saved)) {
        job->growing.count = 0u;
      } else {
        list->is_stale = true;
      }
      rs_shelf_sort(&list->known);
    }
  }

  rs_presets_free_job(presets, job);
  if (done) {
    done(context, code, sentence);
  }
  if (is_answer) {
    rs_presets_wake(presets, i, code, sentence);
  }
  if (list->is_stale) {
    rs_presets_ask(presets, i);
  }
}

/// The keeper has gone: nothing more will come
static void
lose_keeper(RsPresets* const presets)
{
  if (presets->socket >= 0) {
    shutdown(presets->socket, SHUT_RDWR); // The loop watches a copy of it
    close(presets->socket);
    presets->socket = -1;
  }

  while (presets->jobs) {
    rs_presets_end_job(presets, presets->jobs, 503, rs_no_keeper);
  }
}

/// Whether this job may be sent now: one change at a time, few in all
static bool
may_send(const RsPresets* const presets, const RsPresetJob* const job)
{
  uint32_t n_sent = 0u;
  for (const RsPresetJob* other = presets->jobs; other; other = other->next) {
    n_sent += other->is_sent;
    if (other->is_sent && other->kind != RS_PACKET_LIST &&
        job->kind != RS_PACKET_LIST) {
      return false;
    }
  }

  return n_sent < RS_JOBS_MAX;
}

void
rs_presets_pump(RsPresets* const presets)
{
  RsPresetJob* job = presets->jobs;
  for (; job && presets->socket >= 0; job = job->next) {
    if (job->is_sent || !may_send(presets, job)) {
      continue;
    }

    if (send(presets->socket,
             job->packet,
             job->size,
             MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      job->is_sent = true;
      free(job->packet);
      job->packet = NULL;
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR &&
               errno != ENOBUFS) {
      lose_keeper(presets);
      return;
    } else {
      return; // Again at the next tick
    }
  }
}

void
rs_presets_ask(RsPresets* const presets, const uint32_t i)
{
  RsPluginPresets* const list = &presets->lists[i];
  if (presets->socket < 0 || list->job ||
      rs_bridge_now_ns(presets->bridge) < list->retry_ns) {
    return;
  }

  RsPresetJob* const job = rs_presets_add_job(presets, RS_PACKET_LIST, i, 0u);
  if (job) {
    list->job       = job->id;
    list->job_since = list->changes;
    list->is_stale  = false;
    rs_presets_pump(presets);
  }
}

/// Take in one packet that was checked
static void
take(RsPresets* const presets, const RsPacket* const packet)
{
  if (packet->head.kind == RS_PACKET_CHANGED) {
    for (uint32_t i = 0u; i < presets->n_lists; ++i) {
      presets->lists[i].is_stale = true;
      presets->lists[i].retry_ns = 0;
      rs_presets_ask(presets, i);
    }
    return;
  }

  RsPresetJob* job = presets->jobs;
  while (job && (job->id != packet->head.job || !job->is_sent)) {
    job = job->next;
  }

  if (job && packet->head.kind == RS_PACKET_PRESET) {
    if (!rs_shelf_append_packet(&job->growing, &packet->preset)) {
      rs_presets_end_job(
        presets, job, 503, "presets are unavailable: there are too many");
    }
  } else if (job && packet->head.kind == RS_PACKET_DONE) {
    rs_presets_end_job(presets, job, packet->done.code, packet->done.sentence);
  }
}

void
rs_presets_dispatch(RsPresets* const presets)
{
  // Bounded, so that a talkative keeper does not hold up the loop
  for (uint32_t i = 0u; i < 64u && presets->socket >= 0; ++i) {
    RsPacket* const packet = presets->packet;
    const ssize_t   size =
      recv(presets->socket, packet, sizeof(*packet), MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 &&
        (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      break;
    }

    if (size <= 0 || (size_t)size > sizeof(*packet) ||
        rs_packet_check(packet, (size_t)size) != RS_SUCCESS) {
      lose_keeper(presets);
      break;
    }

    take(presets, packet);
  }

  rs_presets_pump(presets);
}
