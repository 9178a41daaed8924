// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a parameter is: the table that an instance sends when it attaches, and
   the few formulas about ranges that both processes must agree on.

   The table lists all control ports in port order, outputs too, but not those
   that belong to the host alone (freewheel).
*/

#ifndef RINGSIDE_SHM_PARAMETER_H
#define RINGSIDE_SHM_PARAMETER_H

#include "shm/status.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/// Most control ports of one plugin
#ifndef RS_PARAMETERS_MAX // The model (tests/model) has a table of few
#  define RS_PARAMETERS_MAX 1024u
#endif

/// Most scale points of one plugin, all ports together
#define RS_SCALE_POINTS_MAX 4096u

/// The scale of a port; names in rs_scale_name()
typedef enum {
  RS_SCALE_LINEAR  = 0,
  RS_SCALE_LOG     = 1, ///< 0 < minimum
  RS_SCALE_TOGGLE  = 2, ///< 0 or 1
  RS_SCALE_INTEGER = 3,
  RS_SCALE_ENUM    = 4, ///< Only the values of its scale points
} RsScale;

/// Flags of a parameter
enum {
  RS_PARAMETER_OUTPUT  = 1u << 0u, ///< Control output: read only
  RS_PARAMETER_ENABLED = 1u << 1u, ///< Designation lv2:enabled
};

/// One control port; all strings are terminated, and UTF-8
typedef struct {
  char     symbol[64];
  char     name[64];
  char     unit[16];  ///< Unit symbol as shown ("dB", "Hz", "ms") or ""
  char     group[64]; ///< Symbol of the port group, or ""
  float    minimum;
  float    maximum;
  float    initial;     ///< lv2:default
  uint32_t scale;       ///< RsScale
  uint32_t flags;       ///< RS_PARAMETER_*
  uint32_t port;        ///< lv2:index
  uint32_t first_point; ///< Into the scale points
  uint32_t n_points;
  uint32_t reserved[4];
} RsParameter;

static_assert(sizeof(RsParameter) == 256, "layout of the attached table");

/// One scale point, in rising order of value within a port
typedef struct {
  float value;
  char  label[60];
} RsScalePoint;

static_assert(sizeof(RsScalePoint) == 64, "layout of the attached table");

/// "linear", "log", "toggle", "integer" or "enum"
const char*
rs_scale_name(RsScale scale);

/**
   The nearest legal value to `value`: clamped as a double, then rounded as the
   scale asks.  NaN gives the initial value.

   @param points all scale points of the plugin (may be NULL without enums)
*/
RS_REALTIME float
rs_parameter_legal(const RsParameter*  parameter,
                   const RsScalePoint* points,
                   double              value);

/// Position 0..1 of a value on the port's scale (logarithmic where it is)
RS_REALTIME double
rs_parameter_normalized(const RsParameter* parameter, double value);

/// The inverse, not yet made legal; `position` is clamped to 0..1
RS_REALTIME double
rs_parameter_from_normalized(const RsParameter* parameter, double position);

/// The shape of a ramp: 0..1 to 0..1 (see RsCurve)
RS_REALTIME double
rs_curve_shape(uint32_t curve, double x);

/**
   Check a table that came from another process: strings terminated and
   non-empty where they must be, symbols legal and unique, ranges finite and
   ordered, scale points inside.
*/
RS_NODISCARD RsStatus
rs_parameters_check(const RsParameter*  parameters,
                    uint32_t            n_parameters,
                    const RsScalePoint* points,
                    uint32_t            n_points);

#endif // RINGSIDE_SHM_PARAMETER_H
