// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Renders the stretches of a block between changes

#include "plugin/stage.h"

#include "plugin/description.h"

#include <stddef.h>

void
rs_stage_render(RsStage* const stage, const uint32_t until)
{
  const RsCycle* const cycle = stage->cycle;
  const uint32_t       done  = stage->done;
  if (until <= done) {
    return;
  }

  stage->done = until;
  if (!done) {
    stage->processor->run(stage->processor->self, cycle->in, cycle->out, until);
    return;
  }

  const float* in[RS_AUDIO_MAX]  = {NULL};
  float*       out[RS_AUDIO_MAX] = {NULL};
  for (uint32_t i = 0; i < cycle->n_in && i < RS_AUDIO_MAX; ++i) {
    in[i] = cycle->in[i] ? cycle->in[i] + done : NULL;
  }
  for (uint32_t i = 0; i < cycle->n_out && i < RS_AUDIO_MAX; ++i) {
    out[i] = cycle->out[i] ? cycle->out[i] + done : NULL;
  }
  stage->processor->run(stage->processor->self, in, out, until - done);
}

void
rs_stage_set(RsStage* const stage,
             const int64_t  frame,
             const uint32_t parameter,
             const float    value)
{
  if (frame > stage->first) {
    const int64_t offset = frame - stage->first;
    rs_stage_render(stage,
                    offset < stage->cycle->frames ? (uint32_t)offset
                                                  : stage->cycle->frames);
  }

  stage->processor->set(stage->processor->self, parameter, value);

  // Readers that must not mix cycles look at `cycle` or `read.head`, whose
  // release at the end of run() comes after this
  atomic_store_explicit(
    &stage->values[parameter], rs_bits_from_float(value), memory_order_relaxed);
}
