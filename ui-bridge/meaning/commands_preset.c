// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets of an instance, but for recalling them: save, delete, list, ask

#include "ui-bridge/meaning/room.h"
#include "ui-bridge/presets/label.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Preset saves by OSC: so many at once, then one each 500 ms
#define SAVES_BURST 10
#define SAVES_NS 500000000

/// What it costs to ask for a save or delete, see commands.c
#define CHANGE_STEPS 1600

/// About how many messages name all presets
#define LIST_LINES 20u

static const char*
plugin_uri(const RsSeat* const seat)
{
  return rs_instance_identity(seat->instance)->plugin_uri;
}

// Saving and deleting

static void
on_changed(void* const context, const int code, const char* const sentence)
{
  RsJob* const job = (RsJob*)context;
  if (code) {
    rs_refuse_address(
      job->room, &job->from, job->address, code, "%s", sentence);
  }
  rs_job_end(job);
}

static void
save(const RsAnswer* const answer)
{
  RsInstance* const        instance     = answer->seat->instance;
  const RsParameter* const parameters   = rs_instance_parameters(instance);
  const uint32_t           n_parameters = rs_instance_n_parameters(instance);
  RsPresetValue* const     values =
    (RsPresetValue*)calloc(n_parameters + 1u, sizeof(RsPresetValue));
  if (!values) {
    on_changed(answer->job, 503, "presets are unavailable: no memory");
    return;
  }

  // `enabled` is the host's bypass: it belongs to no sound
  uint32_t n = 0u;
  for (uint32_t i = 0u; i < n_parameters; ++i) {
    if (!(parameters[i].flags & (RS_PARAMETER_OUTPUT | RS_PARAMETER_ENABLED))) {
      memcpy(values[n].symbol, parameters[i].symbol, sizeof(values[n].symbol));
      values[n++].value = rs_instance_value(instance, i);
    }
  }

  rs_presets_save(rs_bridge_presets(answer->room->bridge),
                  plugin_uri(answer->seat),
                  answer->job->label,
                  values,
                  n,
                  on_changed,
                  answer->job);
  free(values);
}

static void
delete_preset(const RsAnswer* const answer)
{
  rs_presets_delete(rs_bridge_presets(answer->room->bridge),
                    plugin_uri(answer->seat),
                    answer->job->label,
                    on_changed,
                    answer->job);
}

/// Owe a save or delete, which comes when earlier commands took effect
static void
begin_change(RsRequest* const request, const RsAnswerFunction change)
{
  RsOscReader   reader;
  RsOscArgument argument = {.text = NULL};
  rs_osc_reader_init(&reader, request->message);
  if (!rs_osc_next(&reader, &argument) || !argument.text ||
      !rs_label_is_legal(argument.text)) {
    rs_refuse(request,
              400,
              "this takes a label of 1 to 64 bytes of UTF-8 without control "
              "characters");
    return;
  }

  if (!rs_steps_take(request, CHANGE_STEPS)) {
    return;
  }

  RsJob* const job = rs_job_begin(request, argument.text);
  if (!job) {
    rs_refuse(request, 503, "presets are unavailable: no memory");
    return;
  }
  job->is_change = true;
  job->is_save   = change == save;
  rs_owe(request, change, 1u, job);
}

void
rs_preset_save(RsRequest* const request)
{
  if (!rs_rate_take(&request->room->saves,
                    rs_bridge_now_ns(request->room->bridge),
                    SAVES_NS,
                    SAVES_BURST)) {
    rs_refuse(
      request, 429, "presets were saved too often just now; wait a second");
    return;
  }
  begin_change(request, save);
}

void
rs_preset_delete(RsRequest* const request)
{
  begin_change(request, delete_preset);
}

// Answers

void
rs_answer_preset(const RsAnswer* const answer)
{
  rs_reply(answer->room->bridge,
           answer->from,
           answer->address,
           "s",
           rs_instance_preset_label(answer->seat->instance));
}

static void
on_listed(void* const context, const int code, const char* const sentence)
{
  RsJob* const         job  = (RsJob*)context;
  RsCommandRoom* const room = job->room;
  const RsSeat* const  seat = rs_seat_by_id(room, job->id);
  if (!seat) {
    rs_refuse_address(
      room, &job->from, job->address, 503, "the instance has gone");
    rs_job_end(job);
    return;
  }

  const RsPresetList list =
    rs_presets_list(rs_bridge_presets(room->bridge), plugin_uri(seat));
  if (!list.is_loaded) {
    rs_refuse_address(room,
                      &job->from,
                      job->address,
                      code ? code : 503,
                      "%s",
                      code ? sentence : "presets are unavailable");
    rs_job_end(job);
    return;
  }

  char end[RS_ADDRESS_MAX + 8u];
  snprintf(end, sizeof(end), "%s/end", job->address);
  for (uint32_t i = 0u; i < list.count; ++i) {
    rs_reply(room->bridge,
             &job->from,
             job->address,
             list.presets[i].is_factory ? "ssT" : "ssF",
             list.presets[i].label,
             list.presets[i].uri);
  }
  rs_reply(room->bridge, &job->from, end, "i", (int)list.count);
  rs_job_end(job);
}

static void
answer_list(const RsAnswer* const answer)
{
  rs_presets_when_ready(rs_bridge_presets(answer->room->bridge),
                        plugin_uri(answer->seat),
                        on_listed,
                        answer->job);
}

void
rs_preset_list(RsRequest* const request)
{
  RsJob* const job = rs_job_begin(request, "");
  if (!job) {
    rs_refuse(request, 503, "presets are unavailable: no memory");
    return;
  }
  rs_owe(request, answer_list, LIST_LINES, job);
}
