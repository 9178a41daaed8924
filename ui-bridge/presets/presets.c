// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets as the bridge knows them, and its end of the talk with the keeper

#include "ui-bridge/presets/presets.h"

#include "ui-bridge/bridge.h"
#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/label.h"
#include "ui-bridge/presets/shelf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// Plugins whose presets are known at a time
#define LISTS_MAX 64u

/// Jobs and waiters that are kept at a time
#define REQUESTS_MAX 256u

/// How long a list is waited for (spec section 3)
#define READY_NS 200000000

/// The keeper ends jobs by itself, so this is for a keeper that hangs.  A list
/// may be tried several times, without bundles that cannot be read
#define LIST_TIME_NS 60000000000
#define CHANGE_TIME_NS (RS_JOB_TIME_NS + 2000000000)

/// A list that could not be read is not tried more often than this
#define RETRY_NS 1000000000

/// The presets of one plugin
typedef struct {
  char     uri[256];
  RsShelf  known; ///< Sorted
  bool     is_loaded;
  bool     is_stale;  ///< Files changed since it was asked for
  uint32_t changes;   ///< Saves and deletes that ended
  uint32_t job;       ///< The list job under way, or 0
  uint32_t job_since; ///< `changes` when it was asked for
  int64_t  retry_ns;  ///< Not to be asked for before
} List;

/// Something to be done by the keeper: waiting here, or under way
typedef struct Job {
  struct Job*  next;
  uint32_t     id;
  uint32_t     list;
  bool         is_sent;
  int64_t      deadline_ns;
  RsPresetDone done; ///< NULL for lists
  void*        context;
  RsShelf      growing; ///< What came so far
  size_t       size;
  RsPacket*    packet; ///< Until it is sent; `size` bytes long
  uint32_t     kind;
  char         label[RS_LABEL_MAX + 4u];
} Job;

/// Somebody waits for a list
typedef struct Waiter {
  struct Waiter* next;
  uint32_t       list;
  int64_t        deadline_ns;
  RsPresetDone   done;
  void*          context;
} Waiter;

struct RsPresetsImpl {
  RsBridge* bridge;
  int       socket; ///< -1: no keeper
  uint32_t  next_id;
  uint32_t  n_lists;
  uint32_t  n_requests;
  List      lists[LISTS_MAX];
  Job*      jobs;    ///< In the order they were asked for
  Waiter*   waiters; ///< Likewise
  RsPacket* packet;
};

static const char no_keeper[] =
  "presets are unavailable: the process that handles them has gone";

// Lists

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

// Jobs

/// Link a new job at the end.  @return NULL if there are too many
static Job*
add_job(RsPresets* const   presets,
        const RsPacketKind kind,
        const uint32_t     list,
        const uint32_t     n_values)
{
  const size_t size = rs_packet_size(kind, n_values);
  if (presets->n_requests >= REQUESTS_MAX || !size) {
    return NULL;
  }

  Job* const      job    = (Job*)calloc(1u, sizeof(Job));
  RsPacket* const packet = (RsPacket*)calloc(1u, size);
  if (!job || !packet) {
    free(job);
    free(packet);
    return NULL;
  }

  Job** end = &presets->jobs;
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

static void
free_job(RsPresets* const presets, Job* const job)
{
  Job** link = &presets->jobs;
  while (*link != job) {
    link = &(*link)->next;
  }
  *link = job->next;
  --presets->n_requests;
  rs_shelf_clear(&job->growing);
  free(job->packet);
  free(job);
}

/// Answer all who wait for this list
static void
wake(RsPresets* const  presets,
     const uint32_t    list,
     const int         code,
     const char* const sentence)
{
  for (Waiter** link = &presets->waiters; *link;) {
    Waiter* const waiter = *link;
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

static void
ask_for_list(RsPresets* const presets, const uint32_t i);

/// A job has ended, one way or the other
static void
end_job(RsPresets* const  presets,
        Job* const        job,
        const int         code,
        const char* const sentence)
{
  List* const        list    = &presets->lists[job->list];
  const uint32_t     i       = job->list;
  const RsPresetDone done    = job->done;
  void* const        context = job->context;

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

  free_job(presets, job);
  if (done) {
    done(context, code, sentence);
  }
  if (is_answer) {
    wake(presets, i, code, sentence);
  }
  if (list->is_stale) {
    ask_for_list(presets, i);
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
    end_job(presets, presets->jobs, 503, no_keeper);
  }
}

/// Whether this job may be sent now: one change at a time, few in all
static bool
may_send(const RsPresets* const presets, const Job* const job)
{
  uint32_t n_sent = 0u;
  for (const Job* other = presets->jobs; other; other = other->next) {
    n_sent += other->is_sent;
    if (other->is_sent && other->kind != RS_PACKET_LIST &&
        job->kind != RS_PACKET_LIST) {
      return false;
    }
  }

  return n_sent < RS_JOBS_MAX;
}

/// Send what can be sent
static void
pump(RsPresets* const presets)
{
  for (Job* job = presets->jobs; job && presets->socket >= 0; job = job->next) {
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

static void
ask_for_list(RsPresets* const presets, const uint32_t i)
{
  List* const list = &presets->lists[i];
  if (presets->socket < 0 || list->job ||
      rs_bridge_now_ns(presets->bridge) < list->retry_ns) {
    return;
  }

  Job* const job = add_job(presets, RS_PACKET_LIST, i, 0u);
  if (job) {
    list->job       = job->id;
    list->job_since = list->changes;
    list->is_stale  = false;
    pump(presets);
  }
}

// For the bridge

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
    free_job(presets, presets->jobs);
  }
  for (Waiter* waiter = presets->waiters; waiter;) {
    Waiter* const next = waiter->next;
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

  const List* const list = &presets->lists[i];
  return (RsPresetList){
    list->known.presets, list->known.count, list->is_loaded};
}

void
rs_presets_want(RsPresets* const presets, const char* const plugin_uri)
{
  const uint32_t i = get_list(presets, plugin_uri);

  if (i < LISTS_MAX && !presets->lists[i].is_loaded) {
    ask_for_list(presets, i);
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

  Waiter* const waiter = (Waiter*)calloc(1u, sizeof(Waiter));
  if (i == LISTS_MAX || presets->socket < 0 || !waiter ||
      presets->n_requests >= REQUESTS_MAX) {
    free(waiter);
    done(context,
         503,
         presets->socket < 0 ? no_keeper
                             : "presets are unavailable: too many at a time");
    return;
  }

  Waiter** end = &presets->waiters;
  while (*end) {
    end = &(*end)->next;
  }
  waiter->list        = i;
  waiter->deadline_ns = rs_bridge_now_ns(presets->bridge) + READY_NS;
  waiter->done        = done;
  waiter->context     = context;
  *end                = waiter;
  ++presets->n_requests;
  ask_for_list(presets, i);
}

/// Begin a save or delete.  @return NULL if `done` was called with the reason
static Job*
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

  const uint32_t i   = get_list(presets, plugin_uri);
  Job* const     job = i < LISTS_MAX && presets->socket >= 0
                         ? add_job(presets, kind, i, n_values)
                         : NULL;
  if (!job) {
    done(context,
         503,
         presets->socket < 0 ? no_keeper
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
  Job* const job = begin_change(
    presets, RS_PACKET_SAVE, plugin_uri, label, n_values, done, context);
  if (!job) {
    return;
  }

  if (n_values) {
    memcpy(job->packet->job.values, values, n_values * sizeof(RsPresetValue));
  }
  pump(presets);
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
    pump(presets);
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
      ask_for_list(presets, i);
    }
    return;
  }

  Job* job = presets->jobs;
  while (job && (job->id != packet->head.job || !job->is_sent)) {
    job = job->next;
  }

  if (job && packet->head.kind == RS_PACKET_PRESET) {
    if (!rs_shelf_append_packet(&job->growing, &packet->preset)) {
      end_job(presets, job, 503, "presets are unavailable: there are too many");
    }
  } else if (job && packet->head.kind == RS_PACKET_DONE) {
    end_job(presets, job, packet->done.code, packet->done.sentence);
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

  pump(presets);
}

int64_t
rs_presets_tick(RsPresets* const presets, const int64_t now_ns)
{
  // One at a time: each callback may change everything
  for (Waiter** link = &presets->waiters; *link;) {
    Waiter* const waiter = *link;
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

  for (Job* job = presets->jobs; job;) {
    if (now_ns >= job->deadline_ns) {
      end_job(presets, job, 503, "presets are unavailable: it took too long");
      job = presets->jobs;
    } else {
      job = job->next;
    }
  }

  int64_t next = INT64_MAX;
  for (uint32_t i = 0u; i < presets->n_lists; ++i) {
    List* const list = &presets->lists[i];
    if (list->is_stale && !list->job) {
      ask_for_list(presets, i);
    }
    if (list->is_stale && !list->job && list->retry_ns > now_ns &&
        list->retry_ns < next) {
      next = list->retry_ns;
    }
  }

  pump(presets);
  for (const Waiter* waiter = presets->waiters; waiter; waiter = waiter->next) {
    next = waiter->deadline_ns < next ? waiter->deadline_ns : next;
  }
  for (const Job* job = presets->jobs; job; job = job->next) {
    next = job->deadline_ns < next ? job->deadline_ns : next;
  }

  return next;
}
