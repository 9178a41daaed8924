// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// From OSC arguments to values, and sentences about both

#include "ui-bridge/meaning/arguments.h"

#include "ui-bridge/warm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool
rs_argument_number(const RsOscArgument* const argument, double* const number)
{
  if (!argument->type || !strchr("ihfd", argument->type) ||
      !isfinite(argument->real)) {
    return false;
  }

  *number = argument->real;
  return true;
}

RS_WARM_TEXT bool
rs_argument_value(const RsOscArgument* const argument,
                  const RsParameter* const   parameter,
                  const RsScalePoint* const  points,
                  double* const              value)
{
  if (argument->type == 'T' || argument->type == 'F') {
    *value = argument->type == 'T' ? 1.0 : 0.0;
    return parameter->scale == RS_SCALE_TOGGLE;
  }

  if (argument->type != 's' && argument->type != 'S') {
    return rs_argument_number(argument, value);
  }

  for (uint32_t i = 0u; i < parameter->n_points; ++i) {
    const RsScalePoint* const point = &points[parameter->first_point + i];
    if (!strcmp(argument->text, point->label)) {
      *value = (double)point->value;
      return true;
    }
  }
  return false;
}

/// Append the labels of a parameter as far as there is room
static void
append_labels(const RsParameter* const  parameter,
              const RsScalePoint* const points,
              char* const               text,
              const uint32_t            size)
{
  for (uint32_t i = 0u; i < parameter->n_points; ++i) {
    const size_t used = strlen(text);
    if (used + 40u > size) {
      snprintf(text + used, size - used, "%s", ", ...");
      return;
    }
    snprintf(text + used,
             size - used,
             "%s\"%.24s\"",
             i ? ", " : "",
             points[parameter->first_point + i].label);
  }
}

void
rs_describe_parameter(const RsParameter* const  parameter,
                      const RsScalePoint* const points,
                      char* const               text,
                      const uint32_t            size)
{
  if (parameter->scale == RS_SCALE_TOGGLE) {
    snprintf(text, size, "T or F, or 1 or 0");
    return;
  }

  if (parameter->scale == RS_SCALE_ENUM) {
    snprintf(text, size, "one of ");
    append_labels(parameter, points, text, size - 40u);
    const size_t used = strlen(text);
    snprintf(text + used,
             size - used,
             ", or a number from %g to %g",
             (double)parameter->minimum,
             (double)parameter->maximum);
    return;
  }

  snprintf(text,
           size,
           "a%s number%s%s from %g to %g",
           parameter->scale == RS_SCALE_INTEGER ? " whole" : "",
           parameter->unit[0] ? " in " : "",
           parameter->unit,
           (double)parameter->minimum,
           (double)parameter->maximum);
}

void
rs_describe_argument(const RsOscArgument* const argument,
                     char* const                text,
                     const uint32_t             size)
{
  switch (argument->type) {
    case '\0':
      snprintf(text, size, "nothing");
      break;
    case 's':
    case 'S':
      snprintf(text, size, "the string \"%.32s\"", argument->text);
      break;
    case 'f':
    case 'd':
    case 'i':
    case 'h':
      snprintf(text, size, "%g", argument->real);
      break;
    case 'T':
      snprintf(text, size, "T (true)");
      break;
    case 'F':
      snprintf(text, size, "F (false)");
      break;
    case 'b':
      snprintf(text, size, "a blob");
      break;
    case '[':
      snprintf(text, size, "an array");
      break;
    default:
      snprintf(text, size, "an argument of type %c", argument->type);
      break;
  }
}
