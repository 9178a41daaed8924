// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The table of all addresses, and how a message finds its row

#include "ui-bridge/meaning/commands.h"

#include "ui-bridge/meaning/room.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/**
   What one packet may cost: 75,000 steps (0.5 ms), 2,100 addresses that match.

   Answers are dear, 4 to 8 us each, since each is a datagram of its own.  A
   packet gets so many at once (0.1 ms), and the rest in later turns of the
   loop, some a millisecond, in the midst of a list if need be.
*/
#define PACKET_STEPS 75000
#define PACKET_ANSWERS 8
#define PACKET_ASKED 2048
#define TURN_ANSWERS 16
#define REFUSALS_TOLD 20

/// What a message costs before it is known what it does
#define MESSAGE_STEPS 20

#define P RS_PLACE_PARAMETER
#define I RS_PLACE_INSTANCE
#define B RS_PLACE_BRIDGE
#define ARGS RS_TAKES_ARGUMENTS
#define NONE RS_TAKES_NONE

// clang-format off
const RsRow rs_rows[] = {
  // place, word | takes | named | setting | command | answer | said
  {{P, ""},               ARGS, false, true,  rs_set_value,           rs_answer_value,  NULL},
  {{P, "normalized"},     ARGS, false, true,  rs_set_normalized,      rs_answer_normalized, NULL},
  {{P, "ramp"},           ARGS, false, true,  rs_ramp,                NULL,             NULL},
  {{P, "add"},            ARGS, false, true,  rs_add,                 NULL,             NULL},
  {{P, "toggle"},         NONE, true,  true,  rs_toggle,              NULL,             NULL},
  {{P, "reset"},          NONE, true,  true,  rs_reset,               NULL,             NULL},
  {{P, "range"},          NONE, false, false, NULL,                   rs_answer_range,  "fffss"},
  {{P, "labels"},         NONE, false, false, NULL,                   rs_answer_labels, "fs"},

  {{I, "list"},           NONE, false, false, NULL,                   rs_answer_list,   "sffffssss"},
  {{I, "preset"},         NONE, false, false, NULL,                   rs_answer_preset, "s"},
  {{I, "preset/list"},    NONE, false, false, rs_preset_list,         NULL,             "ssT"},
  {{I, "preset/load"},    ARGS, true,  true,  rs_preset_load,         NULL,             NULL},
  {{I, "preset/save"},    ARGS, true,  false, rs_preset_save,         NULL,             NULL},
  {{I, "preset/delete"},  ARGS, true,  false, rs_preset_delete,       NULL,             NULL},
  {{I, "preset/next"},    NONE, true,  true,  rs_preset_next,         NULL,             NULL},
  {{I, "preset/previous"}, NONE, true,  true,  rs_preset_previous,    NULL,             NULL},
  {{I, "name"},           ARGS, true,  false, rs_set_name,            rs_answer_name,   NULL},
  {{I, "timing"},         ARGS, true,  false, rs_set_timing,          rs_answer_timing, NULL},
  {{I, "cancel"},         NONE, true,  true,  rs_cancel,              NULL,             NULL},

  {{B, "instances"},      NONE, false, false, rs_ringside_instances,  NULL,             "sssT"},
  {{B, "version"},        NONE, false, false, rs_ringside_version,    NULL,             "s"},
  {{B, "ping"},           ARGS, false, false, rs_ringside_ping,       NULL,             NULL},
  {{B, "status"},         NONE, false, false, rs_ringside_status,     NULL,             "sd"},
  {{B, "sync"},           ARGS, false, false, rs_ringside_sync,       NULL,             NULL},
  {{B, "reply_port"},     ARGS, false, false, rs_ringside_reply_port, NULL,             NULL},
  {{B, "hello"},          ARGS, false, false, rs_ringside_hello,      NULL,             "T"},
  {{B, "pong"},           ARGS, false, false, rs_ringside_nothing,    NULL,             NULL},
  {{B, "synced"},         ARGS, false, false, rs_ringside_nothing,    NULL,             NULL},
};
// clang-format on

#undef P
#undef I
#undef B
#undef ARGS
#undef NONE

const uint32_t rs_n_rows = sizeof(rs_rows) / sizeof(*rs_rows);

RsCommandRoom*
rs_commands_new(RsBridge* const bridge)
{
  static RsWord words[sizeof(rs_rows) / sizeof(*rs_rows)];
  for (uint32_t i = 0u; i < rs_n_rows; ++i) {
    words[i] = rs_rows[i].word;
  }

  RsCommandRoom* const room = (RsCommandRoom*)calloc(1u, sizeof(*room));
  if (room) {
    room->bridge    = bridge;
    room->addresses = rs_addresses_new(words, rs_n_rows);
    if (!room->addresses) {
      free(room);
      return NULL;
    }
  }
  return room;
}

void
rs_commands_free(RsCommandRoom* const room)
{
  if (room) {
    while (room->n_seats) {
      rs_commands_instance_gone(room, room->seats[0]->instance);
    }
    rs_answers_free(room);
    while (room->jobs) {
      rs_job_end(room->jobs);
    }
    rs_addresses_free(room->addresses);
    free(room);
  }
}

// Seats

static uint32_t
find_seat(const RsCommandRoom* const room, const RsInstance* const instance)
{
  uint32_t i = 0u;
  while (i < room->n_seats && room->seats[i]->instance != instance) {
    ++i;
  }
  return i;
}

bool
rs_commands_instance_changed(RsCommandRoom* const room,
                             RsInstance* const    instance)
{
  const char* const name = rs_instance_name(instance);
  const uint32_t    i    = find_seat(room, instance);
  if (i < room->n_seats) {
    rs_addresses_rename(room->addresses, room->seats[i]->directory, name);
    return true;
  }

  RsSeat* const seat =
    i < RS_INSTANCES_MAX ? (RsSeat*)calloc(1u, sizeof(RsSeat)) : NULL;
  if (!seat) {
    return false;
  }

  seat->instance  = instance;
  seat->directory = rs_addresses_add(room->addresses,
                                     seat,
                                     name,
                                     rs_instance_parameters(instance),
                                     rs_instance_n_parameters(instance));
  if (!seat->directory) {
    free(seat);
    return false;
  }
  if (!rs_overruled_add(seat)) {
    rs_addresses_remove(room->addresses, seat->directory);
    free(seat);
    return false;
  }

  room->seats[room->n_seats++] = seat;
  return true;
}

void
rs_commands_instance_gone(RsCommandRoom* const room, RsInstance* const instance)
{
  const uint32_t i = find_seat(room, instance);
  if (i == room->n_seats) {
    return;
  }

  RsSeat* const seat = room->seats[i];
  rs_owed_drop(room, seat);
  rs_batch_drop(room, seat);
  rs_held_drop(room, seat);
  rs_overruled_drop(room, seat);
  rs_addresses_remove(room->addresses, seat->directory);
  if (room->last_target.owner == seat) {
    room->last_target = (RsTarget){.directory = NULL};
  }
  --room->n_seats;
  memmove(&room->seats[i],
          &room->seats[i + 1u],
          (room->n_seats - i) * sizeof(room->seats[0]));
  free(seat);
}

RsSeat*
rs_seat_by_id(RsCommandRoom* const room, const uint32_t id)
{
  for (uint32_t i = 0u; i < room->n_seats; ++i) {
    if (rs_instance_id(room->seats[i]->instance) == id) {
      return room->seats[i];
    }
  }
  return NULL;
}

// From a message to its row

/// A button let go: a single argument 0, 0.0 or F
static bool
is_release(const RsOscMessage* const message)
{
  if (message->n_types != 1u) {
    return false;
  }

  RsOscReader   reader;
  RsOscArgument argument;
  rs_osc_reader_init(&reader, message);
  return rs_osc_next(&reader, &argument) &&
         (argument.type == 'F' ||
          (strchr("ihfd", argument.type) && argument.real == 0.0));
}

/// What we say ourselves when asked this, sent back: T stands for F as well
static bool
is_answer(const RsRow* const row, const RsOscMessage* const message)
{
  const uint32_t n = message->n_types;
  if (!row->said || strlen(row->said) != n) {
    return false;
  }

  for (uint32_t i = 0u; i < n; ++i) {
    const char type = message->types[i];
    if ((type == 'F' ? 'T' : type) != row->said[i]) {
      return false;
    }
  }
  return true;
}

static void
run_row(RsRequest* const request)
{
  const RsRow* const row         = &rs_rows[request->target.word];
  const bool         is_question = !request->message->n_types;

  // No answer to answers: two bridges, or a bridge and an echo, would never end
  if (is_answer(row, request->message)) {
    return;
  }

  if (row->takes == RS_TAKES_NONE && is_release(request->message)) {
    return;
  }

  if (request->target.is_wild && row->takes == RS_TAKES_NONE && !is_question) {
    request->did_fit = false; // Extra arguments are for who names the word
    return;
  }

  if (row->answer &&
      (!row->command || (is_question && row->takes == RS_TAKES_ARGUMENTS))) {
    rs_owe(request, row->answer, rs_answer_lines(request, row->answer), NULL);
  } else if (row->is_named && request->target.is_wild) {
    request->did_fit = false;
  } else if (row->is_setting &&
             rs_instance_is_freewheeling(request->seat->instance)) {
    rs_refuse(request,
              503,
              "%s is exporting: until the export ends it can be asked, but "
              "not changed",
              rs_instance_name(request->seat->instance));
  } else if (request->seat || rs_answers_take(request)) {
    row->command(request);
  }
}

static void
aim(RsRequest* const request, const RsTarget* const target)
{
  request->target    = *target;
  request->seat      = (RsSeat*)target->owner;
  request->parameter = target->parameter;
}

typedef struct {
  RsRequest* request;
  uint32_t   n_targets;
  uint32_t   n_fit;
} Matching;

static bool
on_match(void* const context, const RsTarget* const target)
{
  Matching* const  matching = (Matching*)context;
  RsRequest* const request  = matching->request;

  aim(request, target);
  request->did_fit = true;
  run_row(request);
  ++matching->n_targets;
  matching->n_fit += request->did_fit;
  return request->room->asked_most >= 0; // More would be refused, too
}

RS_ASIDE static void
run_pattern(RsRequest* const request)
{
  const RsOscMessage* const message  = request->message;
  Matching                  matching = {request, 0u, 0u};

  // One message, one effect: all that it sets in an instance, at one frame
  const bool was_batch  = request->is_batch;
  request->is_batch     = true;
  request->is_pattern   = true;
  const RsStatus status = rs_addresses_match(request->room->addresses,
                                             message->address,
                                             message->address_length,
                                             on_match,
                                             &matching,
                                             &request->room->steps);
  request->is_batch     = was_batch;
  request->is_pattern   = false;

  if (status == RS_BAD_ARG) {
    rs_refuse(request,
              400,
              "this pattern is malformed: [ and { must be closed, and braces "
              "cannot be nested");
  } else if (status) {
    rs_refuse(request,
              413,
              "this pattern is too long, or matches too much at once, so "
              "nothing was set");
  } else if (!matching.n_targets) {
    rs_refuse(request, 404, "this pattern matches no address");
  } else if (!matching.n_fit) {
    rs_refuse(request,
              400,
              "this fits none of the addresses that match (%u); outputs cannot "
              "be set, and words that act, such as toggle, must be named in "
              "full",
              matching.n_targets);
  }
}

RS_WARM_TEXT void
rs_commands_message(RsRequest* const request)
{
  const RsOscMessage* const message   = request->message;
  const RsAddresses* const  addresses = request->room->addresses;
  RsTarget                  target;

  rs_bridge_count(request->room->bridge, RS_COUNT_MESSAGES);
  if (!rs_steps_take(request, MESSAGE_STEPS)) {
    return;
  }
  if (!rs_addresses_find(
        addresses, message->address, message->address_length, &target)) {
    request->room->last_target = target;
    aim(request, &target);
    run_row(request);
  } else if (!strcmp(message->address, "/error")) {
    // An answer of some other bridge, or ours sent back: no answer to answers
  } else if (strpbrk(message->address, "?*[{") ||
             strstr(message->address, "//")) {
    run_pattern(request);
  } else if (!rs_refusal_is_told(request, 404)) {
    rs_refuse(request, 404, "there is no such address");
  } else {
    char sentence[256];
    rs_addresses_explain(addresses,
                         message->address,
                         message->address_length,
                         sentence,
                         sizeof(sentence));
    rs_refuse(request, 404, "%s", sentence);
  }
}

RS_WARM_TEXT void
rs_commands_receive(RsCommandRoom* const  room,
                    const RsSource* const from,
                    const void* const     packet,
                    const size_t          size,
                    const int64_t         arrival_ns)
{
  rs_bridge_count(room->bridge, RS_COUNT_PACKETS);

  room->steps      = PACKET_STEPS;
  room->answers    = PACKET_ANSWERS;
  room->refusals   = REFUSALS_TOLD;
  room->asked_most = PACKET_ASKED;

  RsOscMessage message;
  RsRequest    request = {.room = room, .from = from, .arrival_ns = arrival_ns};
  if (!rs_osc_message(packet, size, &message)) {
    request.message = &message;
    rs_commands_message(&request);
    rs_packet_end(&request);
    return;
  }

  const RsStatus status = rs_osc_check(packet, size);
  if (status) {
    rs_complain(room, from, status);
  } else {
    rs_bundle_run(&request, packet, (uint32_t)size);
    rs_packet_end(&request);
  }
}

RsInstance*
rs_commands_foresee(const RsCommandRoom* const room,
                    RsWarm* const              warm,
                    uint32_t* const            parameter)
{
  const RsTarget* const target = &room->last_target;
  const RsSeat* const   seat   = (const RsSeat*)target->owner;
  if (!seat || rs_rows[target->word].word.place != RS_PLACE_PARAMETER) {
    return NULL;
  }

  *parameter = target->parameter;
  rs_warm_note(warm, room, 1u);
  rs_warm_note(warm, &room->n_seats, sizeof(RsTarget) + 64u);
  rs_warm_note(warm, &room->last_sender, 64u);
  rs_warm_note(warm, room->last_sender, sizeof(RsSender));
  rs_warm_note(warm, &rs_rows[target->word], sizeof(RsRow));
  rs_addresses_foresee(room->addresses, target, warm);
  rs_warm_note(warm, seat, offsetof(RsSeat, load_sentence));
  rs_warm_note(warm, &seat->overruled, 24u);
  rs_overruled_foresee(seat, *parameter, warm);
  return seat->instance;
}

int64_t
rs_commands_tick(RsCommandRoom* const room, const int64_t now_ns)
{
  room->answers  = TURN_ANSWERS;
  room->refusals = REFUSALS_TOLD;

  const bool is_holding = rs_held_serve(room, now_ns);
  const bool is_owing   = rs_answers_serve(room, now_ns);

  const int64_t look_ns = rs_overruled_serve(room, now_ns);

  return is_holding || is_owing ? now_ns + 1000000 : look_ns;
}
