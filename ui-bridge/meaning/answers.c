// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Answers that are owed: each query has a ticket of what was sent before it,
   and is answered once that took effect, or after 50 ms.

   Queries of one instance are answered in order, so only the first of each is
   looked at.  Life of a query:

       rs_owe() ─▶ open ──stamp──▶ stamped ──reached, or 50 ms──▶ answered
                   (in a batch, or behind presets)                in turns
*/

#include "ui-bridge/meaning/room.h"

#include <stdlib.h>

/// Latest answer to a query
#define OWED_MAX_NS 50000000

/// Queries that wait at once
#define OWED_MAX 8192u

/// Syncs that are answered in one turn
#define SYNCS_TURN 32u

/// Syncs that wait at once
#define SYNCS_MAX 256u

/// A sync that waits so long is a fault somewhere, and is said to be
#define SYNC_MAX_NS 2000000000

/// About, of `/ringside/status`
#define STATUS_LINES 40

typedef void
CommandFunction(RsRequest*);

struct RsOwedImpl {
  RsOwed*  next;
  RsSource from;
  RsTicket ticket;
  bool     is_stamped;
  int64_t  deadline_ns;
  uint32_t parameter;
  uint32_t n_lines; ///< Of the answer
  uint32_t n_said;  ///< Of these
  char     address[RS_ADDRESS_MAX];
  RsJob*   job; ///< Or NULL

  RsAnswerFunction function;
};

/// What a sync waits for in one instance
typedef struct {
  uint32_t id;
  bool     is_stamped;
  bool     is_done;
  uint64_t released; ///< Batches behind presets that must be sent before
  RsTicket ticket;
} RsSyncPart;

struct RsSyncImpl {
  RsSync*     next;
  RsSource    from;
  int32_t     number;
  bool        is_open;
  int64_t     deadline_ns;
  uint64_t    jobs; ///< Up to this number they must have ended
  RsSyncPart* parts;
  uint32_t    n_parts;
};

// Queries

static RsOwed*
take_owed(RsCommandRoom* const room)
{
  RsOwed* owed = room->free_owed;
  if (owed) {
    room->free_owed = owed->next;
  } else if (room->n_owed_made < OWED_MAX) {
    owed = (RsOwed*)malloc(sizeof(RsOwed));
    room->n_owed_made += owed != NULL;
  }
  return owed;
}

static RsOwed*
pop(RsSeat* const seat)
{
  RsOwed* const owed = seat->first_owed;
  seat->first_owed   = owed->next;
  if (!seat->first_owed) {
    seat->last_owed = NULL;
  }
  return owed;
}

/// Say as much as this turn has room for of an answer that may be cut
static void
answer(RsCommandRoom* const room, RsSeat* const seat)
{
  RsOwed* const owed = seat->first_owed;
  uint32_t      end  = owed->n_lines;
  if (owed->function == rs_answer_list || owed->function == rs_answer_labels) {
    const uint32_t most = owed->n_said + (uint32_t)room->answers;
    end                 = most < end ? most : end;
  }

  const RsAnswer answered = {room,
                             &owed->from,
                             seat,
                             owed->parameter,
                             owed->address,
                             owed->job,
                             owed->n_said,
                             end};

  room->answers -= (int32_t)(end - owed->n_said);
  owed->n_said = end;
  if (end < owed->n_lines) {
    owed->function(&answered);
    return;
  }

  (void)pop(seat);
  seat->n_saves -= owed->job && owed->job->is_save;
  owed->function(&answered); // Which may end the job
  owed->next      = room->free_owed;
  room->free_owed = owed;
  --room->n_owed;
}

bool
rs_answers_take(RsRequest* const request)
{
  CommandFunction* const command = rs_rows[request->target.word].command;
  RsCommandRoom* const   room    = request->room;
  if (room->answers <= 0) {
    rs_refuse(request,
              413,
              "this packet asks for too much at once, of which only the first "
              "was answered; ask in parts");
    return false;
  }

  room->answers -= command == rs_ringside_instances
                     ? (int32_t)rs_instances_count(room->bridge) + 1
                   : command == rs_ringside_status  ? STATUS_LINES
                   : command == rs_ringside_nothing ? 0
                                                    : 1;
  return true;
}

uint32_t
rs_answer_lines(const RsRequest* const request, const RsAnswerFunction function)
{
  const RsInstance* const instance = request->seat->instance;

  return function == rs_answer_list ? rs_instance_n_parameters(instance) + 1u
         : function == rs_answer_labels
           ? rs_instance_parameters(instance)[request->parameter].n_points + 1u
           : 1u;
}

void
rs_owe(RsRequest* const       request,
       const RsAnswerFunction function,
       const uint32_t         n_lines,
       RsJob* const           job)
{
  RsCommandRoom* const room = request->room;
  RsSeat* const        seat = request->seat;

  // What is asked for beyond this would take seconds to be said
  if (room->asked_most < 0) {
    rs_bridge_count(room->bridge, RS_COUNT_REJECTED_SIZE); // And said before
    if (job) {
      rs_job_end(job);
    }
    return;
  }
  room->asked_most -= (int32_t)n_lines;
  RsOwed* const owed = room->asked_most >= 0 ? take_owed(room) : NULL;
  if (!owed) {
    rs_refuse(request,
              room->asked_most < 0 ? 413 : 503,
              "too many queries wait for their answers");
    if (job) {
      rs_job_end(job);
    }
    return;
  }

  owed->next       = NULL;
  owed->from       = *request->from;
  owed->is_stamped = false;
  // Not by the clock of this turn: held up since that was read, as long as the
  // plugin has to answer, it would be answered before the plugin had any time
  owed->deadline_ns = rs_bridge_clock_ns() + OWED_MAX_NS;
  owed->parameter   = request->parameter;
  owed->n_lines     = n_lines;
  owed->n_said      = 0u;
  owed->job         = job;
  owed->function    = function;
  rs_addresses_format(room->addresses, &request->target, owed->address);

  ++room->n_owed;
  seat->n_saves += job && job->is_save;
  if (seat->last_owed) {
    seat->last_owed->next = owed;
  } else {
    seat->first_owed = owed;
  }
  seat->last_owed = owed;

  if (request->is_batch) {
    rs_batch_touch(room, seat);
  } else {
    rs_owed_stamp(room, seat);
  }
}

void
rs_owed_stamp(RsCommandRoom* const room, RsSeat* const seat)
{
  if (seat->first_owed && !rs_held_is_open(seat)) {
    const RsTicket ticket = rs_instance_ticket(seat->instance);
    for (RsOwed* owed = seat->first_owed; owed; owed = owed->next) {
      if (!owed->is_stamped) {
        owed->ticket     = ticket;
        owed->is_stamped = true;
      }
    }
    rs_owed_serve(room, seat, rs_bridge_now_ns(room->bridge));
    seat->is_still = seat->n_saves > 0u;
  }
}

void
rs_owed_serve(RsCommandRoom* const room,
              RsSeat* const        seat,
              const int64_t        now_ns)
{
  while (seat->first_owed && room->answers > 0) {
    const RsOwed* const owed = seat->first_owed;
    if (now_ns < owed->deadline_ns && !owed->n_said &&
        !(owed->is_stamped &&
          rs_instance_reached(seat->instance, &owed->ticket))) {
      break;
    }
    answer(room, seat);
  }

  if (seat->is_still && !seat->n_saves) {
    seat->is_still = false;
    rs_held_release(room, seat);
  }
}

void
rs_owed_drop(RsCommandRoom* const room, RsSeat* const seat)
{
  while (seat->first_owed) {
    RsOwed* const owed = pop(seat);
    rs_refuse_address(room,
                      &owed->from,
                      owed->address,
                      503,
                      "%s has gone",
                      rs_instance_name(seat->instance));
    if (owed->job) {
      rs_job_end(owed->job);
    }
    owed->next      = room->free_owed;
    room->free_owed = owed;
    --room->n_owed;
  }
}

// Syncs

void
rs_sync_begin(RsRequest* const request, const int32_t number)
{
  RsCommandRoom* const room = request->room;
  RsSync* const        sync =
    room->n_syncs < SYNCS_MAX ? (RsSync*)calloc(1u, sizeof(RsSync)) : NULL;
  if (!sync) {
    rs_refuse(request, 429, "at most %u syncs can wait at once", SYNCS_MAX);
    return;
  }

  sync->from        = *request->from;
  sync->number      = number;
  sync->is_open     = true;
  sync->deadline_ns = rs_bridge_now_ns(room->bridge) + SYNC_MAX_NS;
  if (room->last_sync) {
    room->last_sync->next = sync;
  } else {
    room->first_sync = sync;
  }
  room->last_sync = sync;
  ++room->n_syncs;
  ++room->n_open_syncs;
}

/**
   @param seat NULL if the instance went away: it is not waited for
   @return true if all that the sync waits for in this instance is reached
*/
static bool
is_part_done(RsSeat* const seat, RsSyncPart* const part)
{
  if (!seat) {
    return true;
  }

  if (!part->is_stamped && seat->released >= part->released) {
    part->ticket     = rs_instance_ticket(seat->instance);
    part->is_stamped = true;
  }
  return part->is_stamped && rs_instance_synced(seat->instance, &part->ticket);
}

static void
stamp(RsCommandRoom* const room, RsSync* const sync)
{
  sync->is_open = false;
  sync->jobs    = room->last_job;
  --room->n_open_syncs;

  RsSyncPart* const parts =
    (RsSyncPart*)calloc(room->n_seats + 1u, sizeof(RsSyncPart));
  if (!parts) {
    sync->deadline_ns = 0; // Reported as not reached
    return;
  }

  for (uint32_t i = 0u; i < room->n_seats; ++i) {
    RsSeat* const     seat = room->seats[i];
    const uint32_t    id   = rs_instance_id(seat->instance);
    RsSyncPart* const part = &parts[sync->n_parts];

    *part = (RsSyncPart){.id = id, .released = seat->held};
    if (!is_part_done(seat, part)) {
      ++sync->n_parts;
    }
  }
  sync->parts = parts;
}

void
rs_syncs_stamp(RsCommandRoom* const room)
{
  for (RsSync* sync = room->first_sync; sync; sync = sync->next) {
    if (sync->is_open) {
      stamp(room, sync);
    }
  }
  rs_answers_serve(room, rs_bridge_now_ns(room->bridge));
}

static bool
is_sync_done(RsCommandRoom* const room, RsSync* const sync)
{
  while (sync->n_parts) {
    RsSyncPart* const last = &sync->parts[sync->n_parts - 1u];
    if (!is_part_done(rs_seat_by_id(room, last->id), last)) {
      return false;
    }
    --sync->n_parts;
  }
  return !sync->is_open && sync->parts && !sync->n_parts &&
         rs_jobs_are_done(room, sync->jobs);
}

static void
serve_syncs(RsCommandRoom* const room, const int64_t now_ns)
{
  RsSync*  last   = NULL;
  uint32_t n_said = 0u;
  for (RsSync** at = &room->first_sync; *at;) {
    RsSync* const sync    = *at;
    const bool    is_done = is_sync_done(room, sync);
    if (n_said == SYNCS_TURN || (!is_done && now_ns < sync->deadline_ns)) {
      last = sync;
      at   = &sync->next;
      continue;
    }

    ++n_said;
    if (is_done) {
      rs_reply(
        room->bridge, &sync->from, "/ringside/synced", "i", sync->number);
    } else {
      rs_refuse_address(room,
                        &sync->from,
                        "/ringside/sync",
                        503,
                        "sync %d was not reached: an instance does not take "
                        "its commands",
                        sync->number);
    }
    *at = sync->next;
    --room->n_syncs;
    free(sync->parts);
    free(sync);
  }
  room->last_sync = last;
}

bool
rs_answers_serve(RsCommandRoom* const room, const int64_t now_ns)
{
  if (room->n_owed) {
    // Where the answers of this turn run out, the next one goes on
    for (uint32_t i = 0u; i < room->n_seats && room->answers > 0; ++i) {
      room->next_seat = room->next_seat < room->n_seats ? room->next_seat : 0u;
      rs_owed_serve(room, room->seats[room->next_seat++], now_ns);
    }
  }
  if (room->n_syncs) {
    serve_syncs(room, now_ns);
  }
  return room->n_owed || room->n_syncs;
}

void
rs_answers_free(RsCommandRoom* const room)
{
  while (room->free_owed) {
    RsOwed* const owed = room->free_owed;
    room->free_owed    = owed->next;
    free(owed);
  }
  while (room->first_sync) {
    RsSync* const sync = room->first_sync;
    room->first_sync   = sync->next;
    free(sync->parts);
    free(sync);
  }
}
