// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What can be said to one parameter, and asked of it

#include "ui-bridge/meaning/arguments.h"
#include "ui-bridge/meaning/room.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const RsParameter*
parameter_of(const RsRequest* const request)
{
  return &rs_instance_parameters(request->seat->instance)[request->parameter];
}

/// Refuse outputs.  @return true if it is one
static bool
is_output(RsRequest* const request)
{
  const RsParameter* const parameter = parameter_of(request);
  if (!(parameter->flags & RS_PARAMETER_OUTPUT)) {
    return false;
  }

  rs_refuse(request,
            400,
            "%s is an output of the plugin: it can be asked, but not set",
            parameter->symbol);
  return true;
}

/// Read the argument that gives a value, and refuse what is none
static bool
read_value(RsRequest* const   request,
           RsOscReader* const reader,
           float* const       value)
{
  const RsParameter* const  parameter = parameter_of(request);
  const RsScalePoint* const points =
    rs_instance_points(request->seat->instance);

  RsOscArgument argument;
  if (!rs_osc_next(reader, &argument)) {
    argument.type = '\0';
  }

  double number = 0.0;
  if (rs_argument_value(&argument, parameter, points, &number)) {
    *value = rs_parameter_legal(parameter, points, number);
    return true;
  }

  char takes[160] = "";
  char got[80]    = "";
  if (rs_refusal_is_told(request, 400)) {
    rs_describe_parameter(parameter, points, takes, sizeof(takes));
    rs_describe_argument(&argument, got, sizeof(got));
  }
  rs_refuse(request, 400, "%s takes %s, not %s", parameter->symbol, takes, got);
  return false;
}

/// Read a number, and refuse what is none; `what` says which
static bool
read_number(RsRequest* const   request,
            RsOscReader* const reader,
            const char* const  what,
            double* const      number)
{
  RsOscArgument argument;
  if (!rs_osc_next(reader, &argument)) {
    argument.type = '\0';
  }

  if (rs_argument_number(&argument, number)) {
    return true;
  }

  char got[80] = "";
  if (rs_refusal_is_told(request, 400)) {
    rs_describe_argument(&argument, got, sizeof(got));
  }
  rs_refuse(request,
            400,
            "%s takes %s, not %s",
            rs_rows[request->target.word].word.text,
            what,
            got);
  return false;
}

static void
emit(RsRequest* const request, const RsCommandKind kind, const float value)
{
  RsCommand command = {
    .kind = kind, .parameter = request->parameter, .value = value};
  rs_emit(request, &command);
}

RS_WARM_TEXT void
rs_set_value(RsRequest* const request)
{
  RsOscReader reader;
  float       value = 0.0f;
  rs_osc_reader_init(&reader, request->message);
  if (!is_output(request) && read_value(request, &reader, &value)) {
    emit(request, RS_COMMAND_SET, value);
  }
}

void
rs_set_normalized(RsRequest* const request)
{
  const RsParameter* const parameter = parameter_of(request);

  RsOscReader reader;
  double      position = 0.0;
  rs_osc_reader_init(&reader, request->message);
  if (!is_output(request) &&
      read_number(request, &reader, "a number from 0 to 1", &position)) {
    emit(request,
         RS_COMMAND_SET,
         rs_parameter_legal(parameter,
                            rs_instance_points(request->seat->instance),
                            rs_parameter_from_normalized(parameter, position)));
  }
}

/// @return false if there is no such curve
static bool
curve_from_text(const char* const text, uint32_t* const curve)
{
  static const char* const names[] = {
    [RS_CURVE_LINEAR] = "linear",
    [RS_CURVE_EXP]    = "exp",
    [RS_CURVE_SINE]   = "sine",
  };

  for (uint32_t i = 0u; i < sizeof(names) / sizeof(*names); ++i) {
    if (!strcmp(text, names[i])) {
      *curve = i;
      return true;
    }
  }
  return false;
}

void
rs_ramp(RsRequest* const request)
{
  RsCommand command = {.kind      = RS_COMMAND_RAMP,
                       .parameter = request->parameter,
                       .curve     = RS_CURVE_LINEAR};

  RsOscReader   reader;
  RsOscArgument argument;
  rs_osc_reader_init(&reader, request->message);
  if (is_output(request) || !read_value(request, &reader, &command.value) ||
      !read_number(request,
                   &reader,
                   "a target and a time in seconds from 0 to 3600",
                   &command.seconds)) {
    return;
  }

  command.seconds = fmin(fmax(command.seconds, 0.0), RS_RAMP_MAX_SECONDS);
  if (rs_osc_next(&reader, &argument) &&
      !(argument.text && curve_from_text(argument.text, &command.curve))) {
    char got[80] = "";
    if (rs_refusal_is_told(request, 400)) {
      rs_describe_argument(&argument, got, sizeof(got));
    }
    rs_refuse(
      request, 400, "the curve of a ramp is linear, exp or sine, not %s", got);
    return;
  }

  rs_emit(request, &command);
}

void
rs_add(RsRequest* const request)
{
  const RsParameter* const parameter = parameter_of(request);
  const double width = (double)parameter->maximum - (double)parameter->minimum;

  RsOscReader reader;
  double      step = 0.0;
  rs_osc_reader_init(&reader, request->message);
  if (!is_output(request) &&
      read_number(request, &reader, "a number to be added", &step)) {
    // More than the whole range ends at the same value, and fits a float
    emit(request, RS_COMMAND_ADD, (float)fmin(fmax(step, -width), width));
  }
}

void
rs_toggle(RsRequest* const request)
{
  const RsParameter* const parameter = parameter_of(request);
  if (is_output(request)) {
    return;
  }

  if (parameter->scale != RS_SCALE_TOGGLE) {
    char takes[160] = "";
    if (rs_refusal_is_told(request, 400)) {
      rs_describe_parameter(parameter,
                            rs_instance_points(request->seat->instance),
                            takes,
                            sizeof(takes));
    }
    rs_refuse(request,
              400,
              "%s is not a toggle; it takes %s",
              parameter->symbol,
              takes);
  } else {
    emit(request, RS_COMMAND_TOGGLE, 0.0f);
  }
}

void
rs_reset(RsRequest* const request)
{
  if (!is_output(request)) {
    emit(request, RS_COMMAND_SET, parameter_of(request)->initial);
  }
}

// Answers

void
rs_answer_value(const RsAnswer* const answer)
{
  const float value =
    rs_instance_value(answer->seat->instance, answer->parameter);
  rs_reply(
    answer->room->bridge, answer->from, answer->address, "f", (double)value);
}

void
rs_answer_normalized(const RsAnswer* const answer)
{
  RsInstance* const        instance = answer->seat->instance;
  const RsParameter* const parameter =
    &rs_instance_parameters(instance)[answer->parameter];
  const float value = rs_instance_value(instance, answer->parameter);

  rs_reply(answer->room->bridge,
           answer->from,
           answer->address,
           "f",
           rs_parameter_normalized(parameter, (double)value));
}

void
rs_answer_range(const RsAnswer* const answer)
{
  const RsParameter* const parameter =
    &rs_instance_parameters(answer->seat->instance)[answer->parameter];

  rs_reply(answer->room->bridge,
           answer->from,
           answer->address,
           "fffss",
           (double)parameter->initial,
           (double)parameter->minimum,
           (double)parameter->maximum,
           parameter->unit,
           rs_scale_name((RsScale)parameter->scale));
}

void
rs_answer_labels(const RsAnswer* const answer)
{
  RsInstance* const        instance = answer->seat->instance;
  const RsParameter* const parameter =
    &rs_instance_parameters(instance)[answer->parameter];
  const RsScalePoint* const points =
    rs_instance_points(instance) + parameter->first_point;

  const uint32_t n = parameter->n_points;

  for (uint32_t i = answer->begin; i < n && i < answer->stop; ++i) {
    rs_reply(answer->room->bridge,
             answer->from,
             answer->address,
             "fs",
             (double)points[i].value,
             points[i].label);
  }

  if (answer->stop > n) {
    char end[RS_ADDRESS_MAX + 8u];
    snprintf(end, sizeof(end), "%s/end", answer->address);
    rs_reply(answer->room->bridge, answer->from, end, "i", (int)n);
  }
}
