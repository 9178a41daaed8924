// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What waits for presets: batches behind a recall that cannot be done yet, and
   jobs that the presets' room does for us.

   A recall whose presets are still being read stands in its batch as a
   placeholder.  That batch and all later ones of the instance wait here, for
   at most 200 ms (rs_presets_when_ready() sees to that).  So do commands behind
   a save, until it has seen the values that those before it made.
*/

#include "ui-bridge/meaning/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Commands that may wait behind presets; newer ones are dropped and counted
#define HELD_MAX 16384u

/// Recalls that may wait in one instance
#define LOADS_MAX 64u

/// Longest wait for saves and deletes, as for reading (spec section 3)
#define CHANGES_NS 200000000

/// Kind of a placeholder, which never leaves the bridge; `serial` says which
#define PLACEHOLDER UINT32_MAX

/// Most commands that one batch can become
#define EXPANDED_MAX (1024u + RS_PARAMETERS_MAX + 1u)

/// One batch
struct RsHeldImpl {
  RsHeld*   next;
  RsSource  from;
  char      address[RS_ADDRESS_MAX];
  uint32_t  count;
  RsCommand commands[];
};

// Jobs

RsJob*
rs_job_begin(RsRequest* const request, const char* const label)
{
  RsCommandRoom* const room = request->room;
  RsJob* const         job  = (RsJob*)calloc(1u, sizeof(RsJob));
  if (job) {
    job->room   = room;
    job->id     = rs_instance_id(request->seat->instance);
    job->number = ++room->last_job;
    job->from   = *request->from;
    job->next   = room->jobs;
    room->jobs  = job;
    snprintf(job->label, sizeof(job->label), "%s", label);
    rs_addresses_format(room->addresses, &request->target, job->address);
  }
  return job;
}

void
rs_job_end(RsJob* const job)
{
  RsJob** at = &job->room->jobs;
  while (*at != job) {
    at = &(*at)->next;
  }
  *at = job->next;
  free(job);
}

bool
rs_jobs_are_done(const RsCommandRoom* const room, const uint64_t number)
{
  for (const RsJob* job = room->jobs; job; job = job->next) {
    if (job->number <= number) {
      return false;
    }
  }
  return true;
}

// Batches

bool
rs_held_is_open(const RsSeat* const seat)
{
  return seat->is_waiting || seat->is_still || seat->first_held;
}

/// Append a copy.  @return false without memory
static bool
append(RsSeat* const          seat,
       const RsSource* const  from,
       const char* const      address,
       const RsCommand* const commands,
       const uint32_t         count)
{
  RsHeld* const held =
    (RsHeld*)malloc(sizeof(RsHeld) + count * sizeof(RsCommand));
  if (!held) {
    return false;
  }

  held->next  = NULL;
  held->from  = *from;
  held->count = count;
  snprintf(held->address, sizeof(held->address), "%s", address);
  memcpy(held->commands, commands, count * sizeof(RsCommand));

  if (seat->last_held) {
    seat->last_held->next = held;
  } else {
    seat->first_held = held;
  }
  seat->last_held = held;
  seat->n_held += count;
  ++seat->held;
  return true;
}

static void
count_dropped(RsCommandRoom* const room, const uint32_t count)
{
  for (uint32_t i = 0u; i < count; ++i) {
    rs_bridge_count(room->bridge, RS_COUNT_DROPPED);
  }
}

void
rs_held_add(RsCommandRoom* const   room,
            const RsSource* const  from,
            const char* const      address,
            RsSeat* const          seat,
            const RsCommand* const commands,
            const uint32_t         count)
{
  if (seat->n_held + count > HELD_MAX ||
      !append(seat, from, address, commands, count)) {
    count_dropped(room, count);
  }
}

bool
rs_held_placeholder(RsSeat* const       seat,
                    const RsLoad* const load,
                    RsCommand* const    command)
{
  if (!seat->loads) {
    seat->loads = (RsLoad*)calloc(LOADS_MAX, sizeof(RsLoad));
  }
  if (!seat->loads || seat->n_loads == LOADS_MAX) {
    return false;
  }

  *command = (RsCommand){.kind = PLACEHOLDER, .serial = seat->n_loads};
  seat->loads[seat->n_loads++] = *load;
  return true;
}

/// The number of the last change of this plugin's presets under way, 0: none
static uint64_t
last_change(RsCommandRoom* const room, const RsSeat* const seat)
{
  const char* const uri  = rs_instance_identity(seat->instance)->plugin_uri;
  uint64_t          last = 0u;
  for (const RsJob* job = room->jobs; job; job = job->next) {
    const RsSeat* const other =
      job->is_change ? rs_seat_by_id(room, job->id) : NULL;
    if (other && job->number > last &&
        !strcmp(rs_instance_identity(other->instance)->plugin_uri, uri)) {
      last = job->number;
    }
  }
  return last;
}

static bool
is_change_done(const RsCommandRoom* const room, const uint64_t number)
{
  for (const RsJob* job = room->jobs; job; job = job->next) {
    if (job->is_change && job->number <= number) {
      return false;
    }
  }
  return true;
}

static void
wait_for_change(RsCommandRoom* const room,
                RsSeat* const        seat,
                const RsLoad* const  load)
{
  seat->is_waiting         = true;
  seat->change             = load->change;
  seat->change_deadline_ns = load->deadline_ns;
  ++room->n_behind_changes;
}

/// The recall in a batch that must wait for a save or delete, or NULL
static const RsLoad*
find_waiting(const RsCommandRoom* const room,
             const RsSeat* const        seat,
             const RsHeld* const        held)
{
  const int64_t now_ns = rs_bridge_now_ns(room->bridge);
  for (uint32_t i = 0u; i < held->count; ++i) {
    if (held->commands[i].kind == PLACEHOLDER) {
      const RsLoad* const load = &seat->loads[held->commands[i].serial];
      if (now_ns < load->deadline_ns && !is_change_done(room, load->change)) {
        return load;
      }
    }
  }
  return NULL;
}

/// Send a batch with its recalls in place of their placeholders
static void
release_batch(RsCommandRoom* const room, RsSeat* const seat, RsHeld* const held)
{
  static RsCommand commands[EXPANDED_MAX]; // One thread, no nesting
  uint32_t         n       = 0u;
  bool             is_full = false;
  for (uint32_t i = 0u; i < held->count && !is_full; ++i) {
    const RsCommand* const command = &held->commands[i];
    uint32_t               count   = 1u;
    if (n >= 1024u) {
      is_full = true;
      break;
    }

    if (command->kind == PLACEHOLDER) {
      count =
        rs_load_expand(room, seat, &seat->loads[command->serial], &commands[n]);
    } else {
      commands[n] = *command;
    }
    for (uint32_t j = n; j < n + count; ++j) {
      commands[j].time_ns    = command->time_ns;
      commands[j].arrival_ns = command->arrival_ns;
    }
    n += count;
  }

  if (is_full) {
    n = EXPANDED_MAX; // Refused whole, as over the limit
  }
  if (n) {
    rs_batch_send(room, &held->from, held->address, seat, commands, n);
  }
}

void
rs_held_release(RsCommandRoom* const room, RsSeat* const seat)
{
  if (seat->is_waiting || seat->is_still) {
    return;
  }

  while (seat->first_held) {
    RsHeld* const       held = seat->first_held;
    const RsLoad* const load = find_waiting(room, seat, held);
    if (load) {
      wait_for_change(room, seat, load);
      return;
    }

    release_batch(room, seat, held);
    seat->first_held = held->next;
    ++seat->released;
    free(held);
  }

  seat->last_held = NULL;
  seat->n_held    = 0u;
  seat->n_loads   = 0u;
  free(seat->loads);
  seat->loads = NULL;
  rs_owed_stamp(room, seat);
}

static void
on_ready(void* const context, const int code, const char* const sentence)
{
  RsJob* const         job  = (RsJob*)context;
  RsCommandRoom* const room = job->room;
  RsSeat* const        seat = rs_seat_by_id(room, job->id);
  rs_job_end(job);
  if (seat) {
    seat->is_waiting = false;
    seat->load_code  = code;
    snprintf(seat->load_sentence, sizeof(seat->load_sentence), "%s", sentence);
    rs_held_release(room, seat);
    seat->load_code = 0;
  }
}

void
rs_held_begin(RsRequest* const request)
{
  RsCommandRoom* const room = request->room;
  RsSeat* const        seat = request->seat;
  RsJob* const         job  = rs_job_begin(request, "");
  if (job) {
    seat->is_waiting = true;
    rs_presets_when_ready(rs_bridge_presets(room->bridge),
                          rs_instance_identity(seat->instance)->plugin_uri,
                          on_ready,
                          job);
  }
}

void
rs_held_begin_behind_changes(RsRequest* const request, RsLoad* const load)
{
  RsCommandRoom* const room = request->room;
  RsSeat* const        seat = request->seat;

  load->change      = last_change(room, seat);
  load->deadline_ns = rs_bridge_now_ns(room->bridge) + CHANGES_NS;
  if (load->change && !rs_held_is_open(seat)) {
    wait_for_change(room, seat, load);
  }
}

bool
rs_held_serve(RsCommandRoom* const room, const int64_t now_ns)
{
  for (uint32_t i = 0u; room->n_behind_changes && i < room->n_seats; ++i) {
    RsSeat* const seat = room->seats[i];
    if (seat->change && (now_ns >= seat->change_deadline_ns ||
                         is_change_done(room, seat->change))) {
      seat->change     = 0u;
      seat->is_waiting = false;
      --room->n_behind_changes;
      rs_held_release(room, seat);
    }
  }
  return room->n_behind_changes;
}

void
rs_held_drop(RsCommandRoom* const room, RsSeat* const seat)
{
  while (seat->first_held) {
    RsHeld* const held = seat->first_held;
    seat->first_held   = held->next;
    count_dropped(room, held->count);
    free(held);
  }
  free(seat->loads);
  room->n_behind_changes -= seat->change != 0u;
}
