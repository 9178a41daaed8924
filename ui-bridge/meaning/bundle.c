// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Bundles: what belongs together, when it applies, and the batches that carry
   it, one for each instance that a bundle touches.
*/

#include "ui-bridge/meaning/room.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/// Seconds from 1900 (NTP) to 1970
#define NTP_TO_UNIX 2208988800

#define NS_PER_S 1000000000

/// Furthest a time tag may be ahead
#define AHEAD_MAX_NS (60 * (int64_t)NS_PER_S)

/// Batches that grew larger give their memory back
#define BATCH_KEEP 64u

/// A batch that is refused for its size, as rs_instance_send() would
#define BATCH_MAX 1024u

// Time

int64_t
rs_time_from_tag(const uint64_t tag,
                 const int64_t  now_ns,
                 const int64_t  realtime_offset_ns)
{
  const int64_t now_unix_ns = now_ns + realtime_offset_ns;
  const int64_t now_s       = now_unix_ns / NS_PER_S + NTP_TO_UNIX;

  // 32 bits of seconds come round in 2036: take the time nearest to now
  const int32_t ahead_s = (int32_t)((uint32_t)(tag >> 32u) - (uint32_t)now_s);
  const int64_t fraction_ns =
    (int64_t)(((tag & 0xffffffffu) * NS_PER_S + (1u << 31u)) >> 32u);
  const int64_t unix_ns =
    (now_s + ahead_s - NTP_TO_UNIX) * NS_PER_S + fraction_ns;

  const int64_t time_ns = unix_ns - realtime_offset_ns;
  return time_ns > 0 ? time_ns : 1; // 0 would be at once and not late
}

// Batches

static void
touch(RsCommandRoom* const room, RsSeat* const seat)
{
  if (!seat->is_touched) {
    if (room->touched) {
      room->last_touched->next_touched = seat;
    } else {
      room->touched = seat;
    }
    room->last_touched = seat;
    seat->next_touched = NULL;
    seat->is_touched   = true;
  }
}

void
rs_batch_touch(RsCommandRoom* const room, RsSeat* const seat)
{
  touch(room, seat);
}

static bool
reserve(RsSeat* const seat)
{
  if (seat->n_batch == seat->batch_capacity) {
    const uint32_t capacity =
      seat->batch_capacity ? 2u * seat->batch_capacity : BATCH_KEEP;
    RsCommand* const batch =
      (RsCommand*)realloc(seat->batch, capacity * sizeof(RsCommand));
    if (!batch) {
      return false;
    }
    seat->batch          = batch;
    seat->batch_capacity = capacity;
  }
  return true;
}

/// When a batch of a request applies, as in RsCommand
static int64_t
effective_time(const RsRequest* const request, const RsSeat* const seat)
{
  return request->time_ns
           ? request->time_ns
           : rs_instance_untagged_ns(seat->instance, request->arrival_ns);
}

RS_WARM_TEXT void
rs_batch_send(RsCommandRoom* const  room,
              const RsSource* const from,
              const char* const     address,
              RsSeat* const         seat,
              RsCommand* const      commands,
              const uint32_t        count)
{
  const char* const name = rs_instance_name(seat->instance);
  rs_overruled_watch(seat);
  const RsStatus status = rs_instance_send(seat->instance, commands, count);
  if (!status) {
    for (uint32_t i = 0u; i < count; ++i) {
      rs_bridge_count(room->bridge, RS_COUNT_COMMANDS);
    }
    rs_overruled_note(room, seat, from, commands, count);
  } else if (status == RS_FULL) {
    rs_refuse_address(room,
                      from,
                      address,
                      413,
                      "%s has no room: at most %u commands may wait for their "
                      "time, so nothing of this was sent to it",
                      name,
                      RS_WAITING_MAX);
  } else if (status == RS_TOO_LARGE) {
    rs_refuse_address(room,
                      from,
                      address,
                      413,
                      "this sets more than %u values of %s at once, so nothing "
                      "of it was sent to it",
                      BATCH_MAX,
                      name);
  } else {
    rs_refuse_address(room, from, address, 503, "%s has gone", name);
  }
}

RS_WARM_TEXT void
rs_emit(RsRequest* const request, RsCommand* const command)
{
  RsSeat* const seat  = request->seat;
  command->arrival_ns = request->arrival_ns;

  if (!request->is_batch && !rs_held_is_open(seat)) {
    command->time_ns = effective_time(request, seat);
    rs_batch_send(request->room,
                  request->from,
                  request->message->address,
                  seat,
                  command,
                  1u);
    return;
  }

  touch(request->room, seat);
  if (seat->n_batch == BATCH_MAX || !reserve(seat)) {
    seat->is_refused = true;
  } else {
    seat->batch[seat->n_batch++] = *command;
  }
}

static void
flush_seat(RsRequest* const  request,
           RsSeat* const     seat,
           const char* const address)
{
  RsCommandRoom* const room = request->room;

  if (room->steps < 0) {
    // Refused by rs_steps_take(): half a bundle would be worse than none
  } else if (seat->is_refused) {
    rs_refuse_address(room,
                      request->from,
                      address,
                      413,
                      "this sets more than %u values of %s at once, so nothing "
                      "of it was sent to it",
                      BATCH_MAX,
                      rs_instance_name(seat->instance));
  } else if (seat->n_batch) {
    const int64_t time_ns = effective_time(request, seat);
    for (uint32_t i = 0u; i < seat->n_batch; ++i) {
      seat->batch[i].time_ns = time_ns;
    }

    if (rs_held_is_open(seat)) {
      rs_held_add(
        room, request->from, address, seat, seat->batch, seat->n_batch);
    } else {
      rs_batch_send(
        room, request->from, address, seat, seat->batch, seat->n_batch);
    }
  }

  seat->is_refused = false;
  seat->n_batch    = 0u;
  if (seat->batch_capacity > BATCH_KEEP) {
    free(seat->batch);
    seat->batch          = NULL;
    seat->batch_capacity = 0u;
  }

  rs_owed_stamp(room, seat);
}

/// Send every batch that was gathered at one time, and answer what was asked
static void
flush(RsRequest* const request, const char* const address)
{
  RsCommandRoom* const room = request->room;
  while (room->touched) {
    RsSeat* const seat = room->touched;
    room->touched      = seat->next_touched;
    seat->is_touched   = false;
    flush_seat(request, seat, address);
  }
}

void
rs_batch_drop(RsCommandRoom* const room, RsSeat* const seat)
{
  RsSeat* before = NULL;
  for (RsSeat** at = &room->touched; *at; at = &before->next_touched) {
    if (*at == seat) {
      *at = seat->next_touched;
      if (room->last_touched == seat) {
        room->last_touched = before;
      }
      break;
    }
    before = *at;
  }

  free(seat->batch);
}

// Bundles

/// The time of a bundle as in RsCommand, or INT64_MAX if too far ahead
static int64_t
bundle_time(RsRequest* const request, const uint64_t tag)
{
  if (tag <= 1u) {
    return 0;
  }

  RsBridge* const bridge = request->room->bridge;
  const int64_t   now_ns = rs_bridge_now_ns(bridge);
  const int64_t   time_ns =
    rs_time_from_tag(tag, now_ns, rs_bridge_realtime_offset_ns(bridge));

  return time_ns - now_ns > AHEAD_MAX_NS ? INT64_MAX : time_ns;
}

static void
refuse_time(RsRequest* const request, const uint64_t tag)
{
  RsBridge* const bridge = request->room->bridge;
  const int64_t   now_ns = rs_bridge_now_ns(bridge);
  const int64_t   time_ns =
    rs_time_from_tag(tag, now_ns, rs_bridge_realtime_offset_ns(bridge));

  rs_refuse_address(request->room,
                    request->from,
                    "#bundle",
                    413,
                    "this bundle is for a time %.3f s ahead of this machine's "
                    "clock, and at most 60 s are possible; do both clocks "
                    "agree?",
                    (double)(time_ns - now_ns) / (double)NS_PER_S);
}

static bool
is_same_time(const uint64_t a, const uint64_t b)
{
  return a == b || (a <= 1u && b <= 1u);
}

/// Run the messages of a bundle, and of those in it with the same time
static void
gather(RsRequest* const request, const void* const packet, const uint32_t size)
{
  RsOscBundle bundle;
  const void* element      = NULL;
  uint32_t    element_size = 0u;

  rs_osc_bundle_init(&bundle, packet, size);
  const uint64_t tag = bundle.tag;
  while (rs_osc_bundle_next(&bundle, &element, &element_size)) {
    RsOscMessage message;
    if (rs_osc_is_bundle(element, element_size)) {
      RsOscBundle inner;
      rs_osc_bundle_init(&inner, element, element_size);
      if (is_same_time(inner.tag, tag)) {
        gather(request, element, element_size);
      }
    } else if (!rs_osc_message(element, element_size, &message)) {
      request->message = &message;
      rs_commands_message(request);
    }
  }
}

/// Run the bundles in it that have a time of their own
static void
descend(RsRequest* const request, const void* const packet, const uint32_t size)
{
  RsOscBundle bundle;
  const void* element      = NULL;
  uint32_t    element_size = 0u;

  rs_osc_bundle_init(&bundle, packet, size);
  const uint64_t tag = bundle.tag;
  while (rs_osc_bundle_next(&bundle, &element, &element_size)) {
    if (rs_osc_is_bundle(element, element_size)) {
      RsOscBundle inner;
      rs_osc_bundle_init(&inner, element, element_size);
      if (is_same_time(inner.tag, tag)) {
        descend(request, element, element_size);
      } else {
        rs_bundle_run(request, element, element_size);
      }
    }
  }
}

void
rs_bundle_run(RsRequest* const  request,
              const void* const packet,
              const uint32_t    size)
{
  RsOscBundle bundle;
  rs_osc_bundle_init(&bundle, packet, size);

  const int64_t time_ns = bundle_time(request, bundle.tag);
  if (time_ns == INT64_MAX) {
    refuse_time(request, bundle.tag);
  } else {
    request->time_ns  = time_ns;
    request->is_batch = true;
    gather(request, packet, size);
    flush(request, "#bundle");
  }

  descend(request, packet, size);
}

void
rs_packet_end(RsRequest* const request)
{
  if (request->room->touched) {
    flush(request, request->message->address);
  }
  if (request->room->n_open_syncs) {
    rs_syncs_stamp(request->room);
  }
}
