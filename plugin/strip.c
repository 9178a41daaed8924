// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The strip in the audio thread: coefficients glide, the core makes the sound

#include "plugin/strip.h"

#include "plugin/ftz.h"
#include "shm/status.h"

#include "strip_table.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define INPUT_LIMIT 1e6f

/// Write a coefficient's frames from its base to the end of the chunk
static void
fill(const RsStrip* const strip, const RsGlide* const glide, float* const chunk)
{
  const uint32_t n_frames = RS_STRIP_CHUNK - glide->base;
  float* const   out      = chunk + glide->base;
  if (!glide->moving) {
    for (uint32_t i = 0u; i < n_frames; ++i) {
      out[i] = glide->target;
    }
    return;
  }

  const float* const s = strip->slow + 1;
  const float* const f = strip->fast + 1;
  for (uint32_t i = 0u; i < n_frames; ++i) {
    out[i] = glide->target + (glide->slow * s[i] + glide->fast * f[i]);
  }
}

/// Make `offset` the base of a glide
static void
rebase(const RsStrip* const strip, RsGlide* const glide, const uint32_t offset)
{
  const uint32_t passed = offset - glide->base;
  glide->slow *= strip->slow[passed];
  glide->fast *= strip->fast[passed];
  glide->base = offset;
}

static void
settle(RsStrip* const strip, const uint32_t index, const float target)
{
  RsGlide* const glide = &strip->glides[index];

  glide->target = target;
  glide->slow   = 0.0f;
  glide->fast   = 0.0f;
  glide->base   = strip->offset;
  glide->moving = false;
  fill(strip, glide, strip->chunk[index]);
}

static void
aim(RsStrip* const strip, const uint32_t index, const float target)
{
  RsGlide* const glide = &strip->glides[index];
  if (target == glide->target) {
    return;
  }

  if (strip->fresh || glide->jumps) {
    settle(strip, index, target);
    return;
  }

  const float step = glide->target - target;
  rebase(strip, glide, strip->offset);
  glide->target = target;
  glide->slow += strip->slow_share * step;
  glide->fast += strip->fast_share * step;
  glide->moving = true;
  fill(strip, glide, strip->chunk[index]);
}

/// Compute the coefficients of all units of which a parameter changed
static void
update(RsStrip* const strip)
{
  for (uint32_t dirty = strip->dirty; dirty; dirty &= dirty - 1u) {
    const uint32_t u = (uint32_t)__builtin_ctz(dirty);

    float  values[RS_STRIP_COEFFICIENTS_MAX];
    float* outs[RS_STRIP_COEFFICIENTS_MAX];

    const uint32_t n = strip->first[u + 1u] - strip->first[u];
    for (uint32_t i = 0u; i < n; ++i) {
      outs[i] = &values[i];
    }

    rs_strip_units[u].faust->compute(strip->units[u], 1, NULL, outs);
    for (uint32_t i = 0u; i < n; ++i) {
      aim(strip, strip->first[u] + i, values[i]);
    }
  }

  strip->dirty = 0u;
}

/// Go on to the next chunk of coefficients
static void
next_chunk(RsStrip* const strip)
{
  strip->offset = 0u;
  for (uint32_t i = 0u; i < strip->n_coefficients; ++i) {
    RsGlide* const glide = &strip->glides[i];
    if (glide->moving) {
      rebase(strip, glide, RS_STRIP_CHUNK);
      glide->base = 0u;

      // Below -140 dB of what it was aimed at, or of 1/1000
      const float rest = fabsf(glide->slow) + fabsf(glide->fast);
      if (rest <= 1e-7f * (fabsf(glide->target) + 1e-3f)) {
        settle(strip, i, glide->target);
      } else {
        fill(strip, glide, strip->chunk[i]);
      }
    } else if (glide->base) {
      glide->base = 0u;
      fill(strip, glide, strip->chunk[i]);
    }
  }
}

/// What is not finite becomes silence, what is too loud is clamped
static void
admit(const float* const in, float* const out, const uint32_t n_frames)
{
  for (uint32_t i = 0u; i < n_frames; ++i) {
    const float x       = in[i];
    const float below   = x < INPUT_LIMIT ? x : INPUT_LIMIT;
    const float clamped = below > -INPUT_LIMIT ? below : -INPUT_LIMIT;
    out[i]              = fabsf(x) <= 3.40282347e38f ? clamped : 0.0f;
  }
}

void
rs_strip_set(void* const self, const uint32_t parameter, const float value)
{
  RsStrip* const strip = (RsStrip*)self;
  const uint32_t unit  = strip->unit_of[parameter];
  if (unit != RS_STRIP_NO_UNIT && *strip->zones[parameter] != value) {
    *strip->zones[parameter] = value;
    strip->dirty |= 1u << unit;
  }
}

void
rs_strip_reset(void* const self)
{
  RsStrip* const strip = (RsStrip*)self;
  if (!strip->clean) {
    strip->core_unit->clear(strip->core);
    strip->clean = true;
  }

  strip->fresh  = true;
  strip->offset = 0u;
  for (uint32_t i = 0u; i < strip->n_coefficients; ++i) {
    settle(strip, i, strip->glides[i].target);
  }
}

void
rs_strip_run(void* const               self,
             const float* const* const in,
             float* const* const       out,
             const uint32_t            frames)
{
  RsStrip* const    strip = (RsStrip*)self;
  const RsFloatMode mode  = rs_ftz_enter();

  if (strip->dirty) {
    update(strip);
  }

  strip->fresh = false;
  strip->clean = false;

  const uint32_t n = strip->n_coefficients;
  for (uint32_t done = 0u; done < frames;) {
    if (strip->offset == RS_STRIP_CHUNK) {
      next_chunk(strip);
    }

    const uint32_t room     = RS_STRIP_CHUNK - strip->offset;
    const uint32_t left     = frames - done;
    const uint32_t n_frames = left < room ? left : room;

    // Copies, so that in and out may be the same buffers in any way
    admit(in[0] + done, strip->in[0], n_frames);
    admit(in[1] + done, strip->in[1], n_frames);

    float* ins[RS_STRIP_COEFFICIENTS_MAX + 2u];
    for (uint32_t i = 0u; i < n; ++i) {
      ins[i] = strip->chunk[i] + strip->offset;
    }
    ins[n]      = strip->in[0];
    ins[n + 1u] = strip->in[1];

    float* outs[2] = {out[0] + done, out[1] + done};
    strip->core_unit->compute(strip->core, (int)n_frames, ins, outs);

    strip->offset += n_frames;
    done += n_frames;
  }

  rs_ftz_restore(mode);
}

float
rs_strip_output(void* const self, const uint32_t parameter)
{
  const RsStrip* const strip = (const RsStrip*)self;
  const float* const   zone  = strip->zones[parameter];
  if (!zone) {
    return 0.0f; // Not the sound's
  }
  if (strip->unit_of[parameter] != RS_STRIP_NO_UNIT) {
    return *zone; // An input: as it was set
  }

  const RsParameter* const p = &rs_strip_parameters[parameter];

  // Meters count in amplitude, and reduction in nepers
  const float db = parameter == RS_STRIP_GAIN_REDUCTION
                     ? *zone * 8.68588964f
                     : 20.0f * log10f(*zone + 1e-7f);

  return db < p->minimum ? p->minimum : db > p->maximum ? p->maximum : db;
}
