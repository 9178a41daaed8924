// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Presets of an instance.  A recall is a batch of sets or ramps, ended by
   RS_COMMAND_PRESET; while the presets are being read it stands in its batch
   as a placeholder, see held.c.
*/

#include "ui-bridge/arguments.h"
#include "ui-bridge/label.h"
#include "ui-bridge/room.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Preset saves by OSC: so many at once, then one each 500 ms
#define SAVES_BURST 10
#define SAVES_NS 500000000

static const char*
plugin_uri(const RsSeat* const seat)
{
  return rs_instance_identity(seat->instance)->plugin_uri;
}

// Recall

/// The first preset whose label is behind `label`, in label order
static uint32_t
count_up_to(const RsPresetList* const list, const char* const label)
{
  uint32_t i = 0u;
  while (i < list->count && strcmp(list->presets[i].label, label) <= 0) {
    ++i;
  }
  return i;
}

/// The last preset whose label is before `label` is the one before this
static uint32_t
count_before(const RsPresetList* const list, const char* const label)
{
  uint32_t i = 0u;
  while (i < list->count && strcmp(list->presets[i].label, label) < 0) {
    ++i;
  }
  return i;
}

static const RsPreset*
find_preset(const RsSeat* const       seat,
            const RsLoad* const       load,
            const RsPresetList* const list)
{
  const char* const last = rs_instance_preset_last(seat->instance);
  const uint32_t    n    = list->count;
  if (!n) {
    return NULL;
  }

  switch (load->how) {
    case RS_LOAD_NUMBER:
      return load->number >= 1.0 && load->number <= (double)n &&
                 load->number == trunc(load->number)
               ? &list->presets[(uint32_t)load->number - 1u]
               : NULL;
    case RS_LOAD_NEXT:
      return &list->presets[last[0] ? count_up_to(list, last) % n : 0u];
    case RS_LOAD_PREVIOUS:
      return &list
                ->presets[((last[0] ? count_before(list, last) : 0u) + n - 1u) %
                          n];
    case RS_LOAD_TEXT:
      break;
  }

  for (uint32_t i = 0u; i < n; ++i) {
    if (!strcmp(list->presets[i].label, load->text) ||
        !strcmp(list->presets[i].uri, load->text)) {
      return &list->presets[i];
    }
  }
  return NULL;
}

static void
refuse_load(RsCommandRoom* const      room,
            const RsSeat* const       seat,
            const RsLoad* const       load,
            const RsPresetList* const list)
{
  const char* const name = rs_instance_name(seat->instance);
  if (!list->count) {
    rs_refuse_address(
      room, &load->from, load->address, 404, "%s has no presets", name);
  } else if (load->how == RS_LOAD_NUMBER) {
    rs_refuse_address(room,
                      &load->from,
                      load->address,
                      404,
                      "%s has presets number 1 to %u, none number %g",
                      name,
                      list->count,
                      load->number);
  } else {
    rs_refuse_address(room,
                      &load->from,
                      load->address,
                      404,
                      "%s has no preset called \"%.64s\"; /%s/preset/list "
                      "names them",
                      name,
                      load->text,
                      name);
  }
}

uint32_t
rs_load_expand(RsCommandRoom* const room,
               RsSeat* const        seat,
               const RsLoad* const  load,
               RsCommand* const     commands)
{
  RsInstance* const  instance = seat->instance;
  const RsPresetList list =
    rs_presets_list(rs_bridge_presets(room->bridge), plugin_uri(seat));
  if (!list.is_loaded) {
    rs_refuse_address(room,
                      &load->from,
                      load->address,
                      503,
                      "%s",
                      seat->load_code ? seat->load_sentence
                                      : "presets are unavailable");
    return 0u;
  }

  const RsPreset* const preset = find_preset(seat, load, &list);
  if (!preset) {
    refuse_load(room, seat, load, &list);
    return 0u;
  }

  const RsParameter* const  parameters = rs_instance_parameters(instance);
  const RsScalePoint* const points     = rs_instance_points(instance);
  uint32_t                  n          = 0u;
  for (uint32_t i = 0u; i < preset->n_values && n < RS_PARAMETERS_MAX; ++i) {
    const RsPresetValue* const value = &preset->values[i];
    const uint32_t             parameter =
      rs_addresses_parameter(seat->directory, value->symbol);
    if (parameter != UINT32_MAX && isfinite(value->value) &&
        !(parameters[parameter].flags & RS_PARAMETER_OUTPUT)) {
      commands[n++] = (RsCommand){
        .kind      = load->seconds > 0.0 ? RS_COMMAND_RAMP : RS_COMMAND_SET,
        .parameter = parameter,
        .value     = rs_parameter_legal(
          &parameters[parameter], points, (double)value->value),
        .seconds = load->seconds,
      };
    }
  }

  commands[n++] = (RsCommand){
    .kind   = RS_COMMAND_PRESET,
    .serial = rs_instance_preset_begin(instance, preset->label),
  };
  return n;
}

/// Add a recall to the batch: now if the presets are known, else later
static void
recall(RsRequest* const request, RsLoad* const load)
{
  RsCommandRoom* const room = request->room;
  RsSeat* const        seat = request->seat;

  load->from = *request->from;
  snprintf(
    load->address, sizeof(load->address), "%s", request->message->address);

  request->is_batch = true;
  rs_held_begin_behind_changes(request, load);
  if (!rs_held_is_open(seat) &&
      !rs_presets_list(rs_bridge_presets(room->bridge), plugin_uri(seat))
         .is_loaded) {
    rs_held_begin(request);
  }

  if (rs_held_is_open(seat)) {
    RsCommand placeholder;
    if (!rs_held_placeholder(seat, load, &placeholder)) {
      rs_refuse(request, 503, "too many recalls wait for presets to be read");
    } else {
      rs_emit(request, &placeholder);
    }
    return;
  }

  static RsCommand commands[RS_PARAMETERS_MAX + 1u]; // One thread, no nesting
  const uint32_t   n = rs_load_expand(room, seat, load, commands);
  for (uint32_t i = 0u; i < n; ++i) {
    rs_emit(request, &commands[i]);
  }
}

void
rs_preset_load(RsRequest* const request)
{
  RsLoad        load = {.how = RS_LOAD_TEXT};
  RsOscReader   reader;
  RsOscArgument argument;
  rs_osc_reader_init(&reader, request->message);

  const bool is_there = rs_osc_next(&reader, &argument);
  if (is_there && argument.text && argument.size < sizeof(load.text)) {
    memcpy(load.text, argument.text, argument.size + 1u);
  } else if (is_there && rs_argument_number(&argument, &load.number)) {
    load.how = RS_LOAD_NUMBER;
  } else {
    rs_refuse(request,
              400,
              "load takes the label, URI or number of a preset, and perhaps "
              "seconds");
    return;
  }

  if (rs_osc_next(&reader, &argument)) {
    if (!rs_argument_number(&argument, &load.seconds)) {
      rs_refuse(request,
                400,
                "the second argument of load is a time in seconds from 0 to "
                "3600");
      return;
    }
    load.seconds = fmin(fmax(load.seconds, 0.0), RS_RAMP_MAX_SECONDS);
  }

  recall(request, &load);
}

void
rs_preset_next(RsRequest* const request)
{
  RsLoad load = {.how = RS_LOAD_NEXT};
  recall(request, &load);
}

void
rs_preset_previous(RsRequest* const request)
{
  RsLoad load = {.how = RS_LOAD_PREVIOUS};
  recall(request, &load);
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

  RsJob* const job = rs_job_begin(request, argument.text);
  if (!job) {
    rs_refuse(request, 503, "presets are unavailable: no memory");
    return;
  }
  job->is_change = true;
  job->is_save   = change == save;
  rs_owe(request, change, job);
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
  rs_owe(request, answer_list, job);
}
