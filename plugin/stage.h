// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The block that is being rendered: the processor runs up to a frame only when
   something changes there, so a block in which nothing does is one piece.
*/

#ifndef RINGSIDE_PLUGIN_STAGE_H
#define RINGSIDE_PLUGIN_STAGE_H

#include "plugin/control.h"

#include <stdatomic.h>
#include <stdint.h>

/// Of one run()
typedef struct {
  const RsProcessor* processor;
  const RsCycle*     cycle;
  _Atomic(uint32_t)* values;   ///< Values in effect, in telemetry
  _Atomic(uint32_t)* refusals; ///< Of the host, in telemetry
  int64_t            first;    ///< Frame of the sample counter of frame 0
  uint32_t           done;     ///< Frames rendered
} RsStage;

/// Render up to a frame of the block, if it is not yet
RS_REALTIME void
rs_stage_render(RsStage* stage, uint32_t until);

/// A parameter has another value from a frame of the sample counter on
RS_REALTIME void
rs_stage_set(RsStage* stage, int64_t frame, uint32_t parameter, float value);

#endif // RINGSIDE_PLUGIN_STAGE_H
