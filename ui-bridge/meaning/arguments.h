// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// From OSC arguments to values, and sentences about both

#ifndef RINGSIDE_BRIDGE_ARGUMENTS_H
#define RINGSIDE_BRIDGE_ARGUMENTS_H

#include "shm/parameter.h"
#include "ui-bridge/meaning/osc.h"

#include <stdbool.h>
#include <stdint.h>

/// Of `i h f d`.  @return false if it is no finite number
bool
rs_argument_number(const RsOscArgument* argument, double* number);

/**
   The value meant for a parameter: a number, `T` or `F` for a toggle, or the
   label of a scale point.  Not yet made legal.

   @return false if it is none of these
*/
bool
rs_argument_value(const RsOscArgument* argument,
                  const RsParameter*   parameter,
                  const RsScalePoint*  points,
                  double*              value);

/// "a number in dB from -24 to 24"
void
rs_describe_parameter(const RsParameter*  parameter,
                      const RsScalePoint* points,
                      char*               text,
                      uint32_t            size);

/// "a string (\"loud\")"; type 0 stands for no argument at all
void
rs_describe_argument(const RsOscArgument* argument, char* text, uint32_t size);

#endif // RINGSIDE_BRIDGE_ARGUMENTS_H
