// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// The strip on a bench: a processor with its buffers and signals to feed it

#ifndef RINGSIDE_TESTS_UNIT_STRIP_RIG_H
#define RINGSIDE_TESTS_UNIT_STRIP_RIG_H

#include "plugin/description.h"
#include "plugin/processor.h"
#include "shm/parameter.h"

#include "strip_table.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RIG_BLOCK 64u

/// A stereo sound in memory
typedef struct {
  float*   channel[2];
  uint32_t n_frames;
} Sound;

static inline Sound
sound_new(const uint32_t n_frames)
{
  Sound sound = {{NULL, NULL}, n_frames};
  for (unsigned c = 0u; c < 2u; ++c) {
    sound.channel[c] = (float*)calloc(n_frames + 1u, sizeof(float));
    if (!sound.channel[c]) {
      abort();
    }
  }
  return sound;
}

static inline void
sound_free(Sound* const sound)
{
  free(sound->channel[0]);
  free(sound->channel[1]);
  memset(sound, 0, sizeof(*sound));
}

static inline uint32_t
rig_random(uint32_t* const seed)
{
  *seed ^= *seed << 13u;
  *seed ^= *seed >> 17u;
  *seed ^= *seed << 5u;
  return *seed;
}

/// Sines, a quarter apart, that are at their peak on the left at frame `peak`
static inline void
sound_sine(Sound* const   sound,
           const double   frequency_hz,
           const double   rate_hz,
           const double   level,
           const uint32_t peak)
{
  const double w = 2.0 * 3.14159265358979 * frequency_hz / rate_hz;
  for (uint32_t i = 0u; i < sound->n_frames; ++i) {
    const double t       = w * ((double)i - (double)peak);
    sound->channel[0][i] = (float)(level * cos(t));
    sound->channel[1][i] = (float)(level * 0.8 * cos(t - 0.9));
  }
}

static inline void
sound_noise(Sound* const sound, const float level, uint32_t seed)
{
  for (uint32_t i = 0u; i < sound->n_frames; ++i) {
    for (unsigned c = 0u; c < 2u; ++c) {
      const float x = (float)(rig_random(&seed) & 0xFFFFFFu) / 8388608.0f;
      sound->channel[c][i] = level * (x - 1.0f);
    }
  }
}

static inline RsProcessor
rig_open(const double rate_hz)
{
  RsProcessor p;
  if (rs_strip_description.open(&p, rate_hz)) {
    abort();
  }
  return p;
}

static inline void
rig_close(RsProcessor* const p)
{
  rs_strip_description.close(p);
}

/// Run frames [from, to) in the usual blocks
static inline void
rig_run(RsProcessor* const p,
        const Sound* const in,
        const Sound* const out,
        uint32_t           from,
        const uint32_t     to)
{
  while (from < to) {
    const uint32_t     left   = to - from;
    const uint32_t     n      = left < RIG_BLOCK ? left : RIG_BLOCK;
    const float* const ins[2] = {in->channel[0] + from, in->channel[1] + from};
    float* const outs[2] = {out->channel[0] + from, out->channel[1] + from};
    p->run(p->self, ins, outs, n);
    from += n;
  }
}

static inline bool
rig_is_input(const uint32_t parameter)
{
  return !(rs_strip_parameters[parameter].flags & RS_PARAMETER_OUTPUT);
}

/// The value at a position 0..1 of the port's scale
static inline float
rig_at(const uint32_t parameter, const double position)
{
  const RsParameter* const p = &rs_strip_parameters[parameter];
  return rs_parameter_legal(
    p, rs_strip_points, rs_parameter_from_normalized(p, position));
}

/// A setting in which every parameter can be heard
static inline float
rig_everything_on(const uint32_t parameter)
{
  switch (parameter) {
    case RS_STRIP_INPUT_GAIN:
      return 3.0f;
    case RS_STRIP_HPF_FREQ:
      return 80.0f;
    case RS_STRIP_LPF_FREQ:
      return 8000.0f;
    case RS_STRIP_LOW_FREQ:
      return 200.0f;
    case RS_STRIP_LOW_GAIN:
      return 4.0f;
    case RS_STRIP_LOW_MID_FREQ:
      return 600.0f;
    case RS_STRIP_LOW_MID_GAIN:
      return -5.0f;
    case RS_STRIP_HIGH_MID_FREQ:
      return 2000.0f;
    case RS_STRIP_HIGH_MID_GAIN:
      return 6.0f;
    case RS_STRIP_HIGH_FREQ:
      return 5000.0f;
    case RS_STRIP_HIGH_GAIN:
      return -4.0f;
    case RS_STRIP_COMP_THRESHOLD:
      return -24.0f;
    case RS_STRIP_COMP_RATIO:
      return 4.0f;
    case RS_STRIP_COMP_ATTACK:
      return 1.0f;
    case RS_STRIP_COMP_RELEASE:
      return 20.0f;
    case RS_STRIP_COMP_MAKEUP:
      return 3.0f;
    case RS_STRIP_COMP_MIX:
      return 0.8f;
    case RS_STRIP_DELAY_TIME:
      return 50.0f;
    case RS_STRIP_DELAY_FEEDBACK:
      return 0.4f;
    case RS_STRIP_DELAY_MIX:
      return 0.3f;
    case RS_STRIP_REVERB_DECAY:
      return 0.5f;
    case RS_STRIP_REVERB_MIX:
      return 0.3f;
    case RS_STRIP_WIDTH:
      return 1.4f;
    case RS_STRIP_PAN:
      return -0.2f;
    case RS_STRIP_OUTPUT_GAIN:
      return -3.0f;
    default:
      return rs_strip_parameters[parameter].initial;
  }
}

static inline void
rig_set_everything_on(RsProcessor* const p)
{
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    if (rig_is_input(i)) {
      p->set(p->self, i, rig_everything_on(i));
    }
  }
}

static inline void
rig_set_defaults(RsProcessor* const p)
{
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    if (rig_is_input(i)) {
      p->set(p->self, i, rs_strip_parameters[i].initial);
    }
  }
}

#endif // RINGSIDE_TESTS_UNIT_STRIP_RIG_H
