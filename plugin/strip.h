// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The inside of the strip, shared by what makes it (strip_open.c) and what
   runs it (strip.c).  Others use the processor (processor.h) only.

   Parameters become coefficients in one of several small units, each of them
   computed only when one of its own parameters changed; coefficients glide to
   their new values and are inputs of the core, which makes the sound.
*/

#ifndef RINGSIDE_PLUGIN_STRIP_H
#define RINGSIDE_PLUGIN_STRIP_H

#include "plugin/faust.h"
#include "shm/status.h"

#include "strip_table.h"

#include <stdbool.h>
#include <stdint.h>

/// Frames of coefficients that are made ahead
#define RS_STRIP_CHUNK 64u

/// Most outputs of all control units together
#define RS_STRIP_COEFFICIENTS_MAX 64u

/// Units that turn parameters into coefficients
#define RS_STRIP_UNITS 16u

/// No unit: an output parameter
#define RS_STRIP_NO_UNIT UINT32_MAX

/// A control unit as strip.dsp has it: one row of rs_strip_units
typedef struct {
  const RsFaustUnit* faust;
  bool jumps; ///< The core glides by itself (delay time), so we do not
} RsStripUnit;

/// In the order of `controls` in strip.dsp
extern const RsStripUnit rs_strip_units[RS_STRIP_UNITS];

/**
   A coefficient on its way: `target + slow * S^n + fast * F^n` in the n-th
   frame after `base`, which starts with the old value and speed, and has gone
   99 % of the way after 12 ms.
*/
typedef struct {
  float    target;
  float    slow;
  float    fast;
  uint32_t base; ///< Frame of the chunk that slow and fast are valid before
  bool     moving;
  bool     jumps;
} RsGlide;

typedef struct {
  const RsFaustUnit* core_unit;
  void*              core;
  void*              units[RS_STRIP_UNITS];
  uint32_t           first[RS_STRIP_UNITS + 1u]; ///< Coefficient of each unit
  uint32_t           dirty; ///< Units whose parameters changed, a bit each
  uint32_t           n_coefficients;
  uint32_t           offset; ///< Next frame in the chunk
  bool               fresh;  ///< No frame since the reset: nothing glides
  bool               clean;  ///< No sound in the core since it was cleared

  float*   zones[RS_STRIP_N_PARAMETERS];
  uint32_t unit_of[RS_STRIP_N_PARAMETERS];
  RsGlide  glides[RS_STRIP_COEFFICIENTS_MAX];

  float slow[RS_STRIP_CHUNK + 1u]; ///< Powers of S
  float fast[RS_STRIP_CHUNK + 1u]; ///< Powers of F
  float slow_share;                ///< Of a step in each of the two, so that
  float fast_share;                ///< it starts with speed 0

  float chunk[RS_STRIP_COEFFICIENTS_MAX][RS_STRIP_CHUNK];
  float in[2][RS_STRIP_CHUNK];
} RsStrip;

/// The functions of RsProcessor (processor.h)
RS_REALTIME void
rs_strip_set(void* self, uint32_t parameter, float value);

RS_REALTIME void
rs_strip_reset(void* self);

RS_REALTIME void
rs_strip_run(void*               self,
             const float* const* in,
             float* const*       out,
             uint32_t            frames);

RS_REALTIME float
rs_strip_output(void* self, uint32_t parameter);

#endif // RINGSIDE_PLUGIN_STRIP_H
