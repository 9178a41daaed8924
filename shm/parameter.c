// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Ranges and scales: the formulas that both processes share

#include "shm/parameter.h"

#include "shm/message.h"

#include <math.h>

static double
clamp(const double value, const double low, const double high)
{
  return value < low ? low : value > high ? high : value;
}

const char*
rs_scale_name(const RsScale scale)
{
  switch (scale) {
    case RS_SCALE_LINEAR:
      return "linear";
    case RS_SCALE_LOG:
      return "log";
    case RS_SCALE_TOGGLE:
      return "toggle";
    case RS_SCALE_INTEGER:
      return "integer";
    case RS_SCALE_ENUM:
      return "enum";
  }

  return "linear";
}

/// The value of the scale point that is nearest to `value`
static float
nearest_point(const RsParameter* const  parameter,
              const RsScalePoint* const points,
              const double              value)
{
  float best = parameter->initial;
  for (uint32_t i = 0; i < parameter->n_points; ++i) {
    const float point = points[parameter->first_point + i].value;
    if (!i || fabs((double)point - value) < fabs((double)best - value)) {
      best = point;
    }
  }

  return best;
}

RS_REALTIME float
rs_parameter_legal(const RsParameter* const  parameter,
                   const RsScalePoint* const points,
                   const double              value)
{
  if (isnan(value)) {
    return parameter->initial;
  }

  const double low     = (double)parameter->minimum;
  const double high    = (double)parameter->maximum;
  const double clamped = clamp(value, low, high);

  switch ((RsScale)parameter->scale) {
    case RS_SCALE_TOGGLE:
      return clamped >= 0.5 ? 1.0f : 0.0f;
    case RS_SCALE_INTEGER:
      return (float)clamp(floor(clamped + 0.5), ceil(low), floor(high));
    case RS_SCALE_ENUM:
      return points ? nearest_point(parameter, points, clamped)
                    : parameter->initial;
    case RS_SCALE_LINEAR:
    case RS_SCALE_LOG:
      break;
  }

  // A double within the range may round to a float just outside of it
  const float narrowed = (float)clamped;
  return narrowed < parameter->minimum   ? parameter->minimum
         : narrowed > parameter->maximum ? parameter->maximum
                                         : narrowed;
}

RS_REALTIME double
rs_parameter_normalized(const RsParameter* const parameter, const double value)
{
  const double low  = (double)parameter->minimum;
  const double high = (double)parameter->maximum;
  const double at   = clamp(value, low, high);

  if (high <= low) {
    return 0.0;
  }

  return parameter->scale == RS_SCALE_LOG ? log(at / low) / log(high / low)
                                          : (at - low) / (high - low);
}

RS_REALTIME double
rs_parameter_from_normalized(const RsParameter* const parameter,
                             const double             position)
{
  const double low  = (double)parameter->minimum;
  const double high = (double)parameter->maximum;
  const double x    = isnan(position) ? 0.0 : clamp(position, 0.0, 1.0);

  // The ends exactly, since a sweep to 1 means the maximum
  if (x <= 0.0) {
    return low;
  }

  if (x >= 1.0) {
    return high;
  }

  return parameter->scale == RS_SCALE_LOG ? low * pow(high / low, x)
                                          : low + (x * (high - low));
}

RS_REALTIME double
rs_curve_shape(const uint32_t curve, const double x)
{
  static const double pi = 3.14159265358979323846;

  switch ((RsCurve)curve) {
    case RS_CURVE_EXP:
      return expm1(4.0 * x) / expm1(4.0);
    case RS_CURVE_SINE:
      return 0.5 * (1.0 - cos(pi * x));
    case RS_CURVE_LINEAR:
      break;
  }

  return x;
}
