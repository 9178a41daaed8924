// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The instruments of the demo's piece

#include "tests/demo/voices.h"

#include <math.h>

#define TAU 6.283185307179586

static double
frequency(const int note)
{
  return 440.0 * exp2((note - 69) / 12.0);
}

/// Add to both sides, equal power
static void
add(const RsMix* const mix,
    const uint32_t     frame,
    const double       sample,
    const double       pan)
{
  if (frame < mix->frames) {
    const double angle = (pan + 1.0) * TAU / 8.0;
    mix->channels[0][frame] += (float)(sample * cos(angle));
    mix->channels[1][frame] += (float)(sample * sin(angle));
  }
}

static uint32_t
frame_at(const RsMix* const mix, const double seconds)
{
  return (uint32_t)lround(seconds * mix->rate_hz);
}

/// White noise -1..1, the same each time
static double
noise(uint32_t* const seed)
{
  *seed ^= *seed << 13u;
  *seed ^= *seed >> 17u;
  *seed ^= *seed << 5u;
  return ((double)*seed / 2147483648.0) - 1.0;
}

/// A saw whose corner is rounded over one sample (PolyBLEP): hardly aliases
static double
saw(double* const phase, const double step)
{
  *phase += step;
  if (*phase >= 1.0) {
    *phase -= 1.0;
  }

  double       corner = 0.0;
  const double p      = *phase;
  if (p < step) {
    const double t = p / step;
    corner         = (t + t) - (t * t) - 1.0;
  } else if (p > 1.0 - step) {
    const double t = (p - 1.0) / step;
    corner         = (t * t) + (t + t) + 1.0;
  }

  return (2.0 * p) - 1.0 - corner;
}

/// A resonant low-pass (state-variable, trapezoidal), stable at any frequency
typedef struct {
  double low;
  double band;
} Filter;

static double
low_pass(Filter* const f,
         const double  in,
         const double  cutoff_hz,
         const double  damping,
         const double  rate_hz)
{
  const double g    = tan(TAU * 0.5 * fmin(cutoff_hz / rate_hz, 0.45));
  const double a    = 1.0 / (1.0 + (g * (g + damping)));
  const double high = (in - ((g + damping) * f->band) - f->low) * a;
  const double band = (g * high) + f->band;
  const double low  = (g * band) + f->low;

  f->band = (g * high) + band;
  f->low  = (g * band) + low;
  return low;
}

void
rs_play_pad(const RsMix* const mix,
            const double       at,
            const double       length,
            const int          note,
            const float        gain)
{
  static const double detune[3] = {-0.11, 0.02, 0.09}; // semitones
  static const double pan[3]    = {-0.8, 0.0, 0.8};

  const uint32_t start  = frame_at(mix, at);
  const uint32_t frames = frame_at(mix, length + 0.35);

  for (uint32_t v = 0; v < 3u; ++v) {
    const double step = frequency(note) * exp2(detune[v] / 12.0) / mix->rate_hz;
    double       phase  = 0.37 * (v + 1.0);
    Filter       filter = {0.0, 0.0};

    for (uint32_t i = 0; i < frames; ++i) {
      const double t      = i / mix->rate_hz;
      const double rise   = 1.0 - exp(-t * 7.0);
      const double fall   = t > length ? exp((length - t) * 14.0) : 1.0;
      const double sweep  = sin(TAU * (at + t) / 9.2);
      const double cutoff = 1300.0 + (900.0 * sweep);
      const double tone =
        low_pass(&filter, saw(&phase, step), cutoff, 1.2, mix->rate_hz);
      add(mix, start + i, tone * rise * fall * (double)gain, pan[v]);
    }
  }
}

void
rs_play_pluck(const RsMix* const mix,
              const double       at,
              const int          note,
              const float        gain,
              const float        pan)
{
  const uint32_t start  = frame_at(mix, at);
  const uint32_t frames = frame_at(mix, 0.9);
  const double   turn   = TAU * frequency(note) / mix->rate_hz;

  for (uint32_t i = 0; i < frames; ++i) {
    const double t     = i / mix->rate_hz;
    const double index = 2.2 * exp(-t * 14.0);
    const double fade  = exp(-t * 6.5) * fmin(1.0, t * 900.0);
    const double tone  = sin((turn * i) + (index * sin(2.0 * turn * i)));
    add(mix, start + i, tone * fade * (double)gain, (double)pan);
  }
}

void
rs_play_bass(const RsMix* const mix,
             const double       at,
             const double       length,
             const int          note,
             const float        gain)
{
  const uint32_t start  = frame_at(mix, at);
  const uint32_t frames = frame_at(mix, length + 0.05);
  const double   step   = frequency(note) / mix->rate_hz;
  double         phase  = 0.0;
  Filter         filter = {0.0, 0.0};

  for (uint32_t i = 0; i < frames; ++i) {
    const double t      = i / mix->rate_hz;
    const double fade   = t > length ? exp((length - t) * 160.0) : 1.0;
    const double cutoff = 130.0 + (1500.0 * exp(-t * 9.0));
    const double sub    = 0.6 * sin(TAU * step * i);
    const double tone =
      sub + low_pass(&filter, saw(&phase, step), cutoff, 0.7, mix->rate_hz);
    add(mix, start + i, tone * fade * fmin(1.0, t * 400.0) * (double)gain, 0.0);
  }
}

void
rs_play_kick(const RsMix* const mix, const double at, const float gain)
{
  const uint32_t start  = frame_at(mix, at);
  const uint32_t frames = frame_at(mix, 0.4);
  double         phase  = 0.0;

  for (uint32_t i = 0; i < frames; ++i) {
    const double t = i / mix->rate_hz;
    phase += (47.0 + (190.0 * exp(-t * 38.0))) / mix->rate_hz;
    const double fade = exp(-t * 8.5) * fmin(1.0, t * 1500.0);
    add(mix, start + i, sin(TAU * phase) * fade * (double)gain, 0.0);
  }
}

void
rs_play_snare(const RsMix* const mix, const double at, const float gain)
{
  const uint32_t start  = frame_at(mix, at);
  const uint32_t frames = frame_at(mix, 0.3);
  uint32_t       seed   = 0x2545f491u;
  Filter         filter = {0.0, 0.0};

  for (uint32_t i = 0; i < frames; ++i) {
    const double t     = i / mix->rate_hz;
    const double white = noise(&seed);
    const double hiss =
      white - low_pass(&filter, white, 1400.0, 1.4, mix->rate_hz);
    const double body = 0.7 * sin(TAU * 188.0 * t) * exp(-t * 26.0);
    const double tone = (hiss * exp(-t * 15.0)) + body;
    add(mix, start + i, tone * (double)gain, 0.05);
  }
}

void
rs_play_hat(const RsMix* const mix,
            const double       at,
            const float        gain,
            const bool         is_open)
{
  const uint32_t start  = frame_at(mix, at);
  const double   decay  = is_open ? 17.0 : 62.0;
  const uint32_t frames = frame_at(mix, 6.0 / decay);
  uint32_t       seed   = 0x9e3779b9u;
  Filter         filter = {0.0, 0.0};

  for (uint32_t i = 0; i < frames; ++i) {
    const double t     = i / mix->rate_hz;
    const double white = noise(&seed);
    const double hiss =
      white - low_pass(&filter, white, 7500.0, 1.4, mix->rate_hz);
    add(mix, start + i, hiss * exp(-t * decay) * (double)gain, -0.25);
  }
}
