// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A parameter that slides by itself.

   Its value changes at steps, `RS_RAMP_STEP` frames apart from its start, and
   at its end, where it is exactly its target; between steps it stays.  So the
   value at a frame is a function of that frame alone, however run() is cut.
*/

#ifndef RINGSIDE_PLUGIN_RAMP_H
#define RINGSIDE_PLUGIN_RAMP_H

#include "shm/parameter.h"
#include "shm/status.h"

#include <stdint.h>

/// Frames from one step to the next
#define RS_RAMP_STEP 32

typedef struct {
  int64_t  start;  ///< Frame of the sample counter
  int64_t  length; ///< Frames, 0: no ramp
  int64_t  next;   ///< Frame of the next step
  double   from;   ///< Normalized
  double   to;     ///< Normalized
  float    target;
  uint32_t curve;  ///< RsCurve
  uint32_t serial; ///< Of the preset it belongs to, or 0
} RsRamp;

/// Start from `value`; `length` is 1 or more, and `target` legal
RS_REALTIME void
rs_ramp_begin(RsRamp*            ramp,
              const RsParameter* parameter,
              float              value,
              float              target,
              uint32_t           curve,
              int64_t            start,
              int64_t            length);

/**
   Go on to a frame at or after `next`: the value from the last step until then.
   `next` moves on; `length` becomes 0 at the end.
*/
RS_REALTIME float
rs_ramp_advance(RsRamp* ramp, const RsParameter* parameter, int64_t frame);

#endif // RINGSIDE_PLUGIN_RAMP_H
