// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Recalls of presets: a batch of sets or ramps, ended by RS_COMMAND_PRESET;
   while the presets are being read it stands in its batch as a placeholder,
   see held.c.
*/

#include "ui-bridge/meaning/arguments.h"
#include "ui-bridge/meaning/room.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/// What a recall costs, see commands.c
#define RECALL_STEPS 1450

static const char*
plugin_uri(const RsSeat* const seat)
{
  return rs_instance_identity(seat->instance)->plugin_uri;
}

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
  if (!rs_steps_take(request, RECALL_STEPS)) {
    return;
  }

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
