// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Ramps on the normalized position of a parameter

#include "plugin/ramp.h"

static int64_t
step_after(const RsRamp* const ramp, const int64_t elapsed)
{
  const int64_t next = (elapsed / RS_RAMP_STEP + 1) * RS_RAMP_STEP;
  return ramp->start + (next < ramp->length ? next : ramp->length);
}

void
rs_ramp_begin(RsRamp* const            ramp,
              const RsParameter* const parameter,
              const float              value,
              const float              target,
              const uint32_t           curve,
              const int64_t            start,
              const int64_t            length)
{
  ramp->start  = start;
  ramp->length = length;
  ramp->from   = rs_parameter_normalized(parameter, (double)value);
  ramp->to     = rs_parameter_normalized(parameter, (double)target);
  ramp->target = target;
  ramp->curve  = curve;
  ramp->serial = 0;
  ramp->next   = step_after(ramp, 0);
}

float
rs_ramp_advance(RsRamp* const            ramp,
                const RsParameter* const parameter,
                const int64_t            frame)
{
  const int64_t elapsed = frame - ramp->start;
  if (elapsed >= ramp->length) {
    ramp->length = 0;
    return ramp->target;
  }

  const int64_t step = elapsed / RS_RAMP_STEP * RS_RAMP_STEP;
  const double  x =
    rs_curve_shape(ramp->curve, (double)step / (double)ramp->length);
  const double position = ramp->from + (ramp->to - ramp->from) * x;

  ramp->next = step_after(ramp, elapsed);
  return rs_parameter_legal(
    parameter, 0, rs_parameter_from_normalized(parameter, position));
}
