// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// What each parameter does, in its own unit: decibels, hertz, seconds

#include "tests/unit/check.h"

#include "plugin/processor.h"
#include "tests/unit/strip_rig.h"

#include "strip_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double rates[] = {44100.0, 48000.0, 96000.0, 192000.0};

typedef struct {
  uint32_t parameter;
  float    value;
} Setting;

#define SETTINGS(...)  \
  (const Setting[])    \
  {                    \
    __VA_ARGS__,       \
    {                  \
      UINT32_MAX, 0.0f \
    }                  \
  }

static RsProcessor
open_with(const double rate_hz, const Setting* settings)
{
  RsProcessor p = rig_open(rate_hz);
  for (; settings->parameter != UINT32_MAX; ++settings) {
    p.set(p.self, settings->parameter, settings->value);
  }
  return p;
}

/// Gain in dB for a sine of a level in dB, settled, of the left channel
static double
gain_db(const double         rate_hz,
        const Setting* const settings,
        const double         frequency_hz,
        const double         level_db)
{
  // Half a second to settle, then whole waves
  const uint32_t skip  = (uint32_t)(rate_hz * 0.5);
  const uint32_t n     = (uint32_t)(rate_hz * 0.5);
  const double   w     = 2.0 * 3.14159265358979 * frequency_hz / rate_hz;
  const double   level = pow(10.0, level_db / 20.0);
  Sound          in    = sound_new(skip + n);
  Sound          out   = sound_new(skip + n);
  for (uint32_t i = 0u; i < in.n_frames; ++i) {
    in.channel[0][i] = in.channel[1][i] = (float)(level * sin(w * (double)i));
  }

  RsProcessor p = open_with(rate_hz, settings);
  rig_run(&p, &in, &out, 0u, in.n_frames);
  double re = 0.0;
  double im = 0.0;
  for (uint32_t i = skip; i < in.n_frames; ++i) {
    re += (double)out.channel[0][i] * sin(w * (double)i);
    im += (double)out.channel[0][i] * cos(w * (double)i);
  }
  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
  return 20.0 * log10(2.0 * hypot(re, im) / ((double)n * level) + 1e-9);
}

static void
near(const double is, const double ought, const double tolerance)
{
  if (fabs(is - ought) > tolerance) {
    print_message("# is %g, ought to be %g\n", is, ought);
  }
  assert_true(fabs(is - ought) <= tolerance);
}

static void
test_gains(void** state)
{
  (void)state;
  const double r = 48000.0;
  near(gain_db(r, SETTINGS({RS_STRIP_INPUT_GAIN, 6.0f}), 1e3, -20), 6.0, 0.01);
  near(gain_db(r, SETTINGS({RS_STRIP_INPUT_GAIN, -24.0f}), 1e3, 0), -24, 0.01);
  near(gain_db(r, SETTINGS({RS_STRIP_OUTPUT_GAIN, 12.0f}), 1e3, 0), 12., 0.01);
  near(gain_db(r, SETTINGS({RS_STRIP_OUTPUT_GAIN, -60.f}), 1e3, 0), -60, 0.01);
  near(gain_db(r, SETTINGS({RS_STRIP_COMP_MAKEUP, 24.f}), 1e3, 0), 24., 0.01);
}

static void
test_filters(void** state)
{
  (void)state;
  for (size_t i = 0u; i < N_ELEMENTS(rates); ++i) {
    const double         r   = rates[i];
    const Setting* const hpf = SETTINGS({RS_STRIP_HPF_FREQ, 200.0f});
    near(gain_db(r, hpf, 200.0, 0.0), -3.01, 0.02);
    near(gain_db(r, hpf, 50.0, 0.0), -24.1, 0.2);
    near(gain_db(r, hpf, 4000.0, 0.0), 0.0, 0.02);

    const Setting* const lpf = SETTINGS({RS_STRIP_LPF_FREQ, 2000.0f});
    near(gain_db(r, lpf, 2000.0, 0.0), -3.01, 0.02);
    near(gain_db(r, lpf, 100.0, 0.0), 0.0, 0.02);
    near(gain_db(r, lpf, 8000.0, 0.0), -24.1, 2.5);

    // Off at the ends, on next to them
    near(gain_db(r, SETTINGS({RS_STRIP_HPF_FREQ, 20.0f}), 20., 0.), 0.0, 1e-4);
    near(gain_db(r, SETTINGS({RS_STRIP_HPF_FREQ, 21.0f}), 21., 0.), -3., 0.05);
  }
}

/// A bell or shelf: gains at three frequencies
static void
check_band(const Setting* const settings,
           const double         f1,
           const double         g1,
           const double         f2,
           const double         g2,
           const double         f3,
           const double         g3)
{
  for (size_t i = 0u; i < N_ELEMENTS(rates); ++i) {
    near(gain_db(rates[i], settings, f1, -20.0), g1, 0.15);
    near(gain_db(rates[i], settings, f2, -20.0), g2, 0.15);
    near(gain_db(rates[i], settings, f3, -20.0), g3, 0.15);
  }
}

static void
test_bands(void** state)
{
  (void)state;
  // Shelves: all, half at the corner, nothing
  check_band(SETTINGS({RS_STRIP_LOW_FREQ, 400.f}, {RS_STRIP_LOW_GAIN, 12.f}),
             40.0,
             12.0,
             400.0,
             6.0,
             6000.0,
             0.0);
  check_band(SETTINGS({RS_STRIP_LOW_FREQ, 400.f}, {RS_STRIP_LOW_GAIN, -18.f}),
             30.0,
             -18.0,
             400.0,
             -9.0,
             8000.0,
             0.0);
  check_band(SETTINGS({RS_STRIP_HIGH_FREQ, 2e3f}, {RS_STRIP_HIGH_GAIN, 10.f}),
             100.0,
             0.0,
             2000.0,
             5.0,
             18000.0,
             10.0);

  // Bells: all in the middle, little two octaves off where they are narrow
  check_band(SETTINGS({RS_STRIP_LOW_MID_FREQ, 1e3f},
                      {RS_STRIP_LOW_MID_GAIN, 18.0f},
                      {RS_STRIP_LOW_MID_Q, 8.0f}),
             1000.0,
             18.0,
             50.0,
             0.0,
             15000.0,
             0.0);
  check_band(SETTINGS({RS_STRIP_HIGH_MID_FREQ, 3000.0f},
                      {RS_STRIP_HIGH_MID_GAIN, -12.0f},
                      {RS_STRIP_HIGH_MID_Q, 2.0f}),
             3000.0,
             -12.0,
             100.0,
             0.0,
             200.0,
             0.0);

  // Half the decibels where the bandwidth of Q says: f (sqrt(1 + 1/4Q2) - 1/2Q)
  const double edge = 1000.0 * (sqrt(1.0 + 1.0 / 16.0) - 0.25);
  near(gain_db(192000.0,
               SETTINGS({RS_STRIP_LOW_MID_FREQ, 1000.0f},
                        {RS_STRIP_LOW_MID_GAIN, 12.0f},
                        {RS_STRIP_LOW_MID_Q, 2.0f}),
               edge,
               -20.0),
       6.0,
       0.1);
}

static void
test_compressor(void** state)
{
  (void)state;
  const Setting* const four = SETTINGS({RS_STRIP_COMP_THRESHOLD, -30.0f},
                                       {RS_STRIP_COMP_RATIO, 4.0f},
                                       {RS_STRIP_COMP_ATTACK, 0.1f},
                                       {RS_STRIP_COMP_RELEASE, 2000.0f});
  // A peak detector that hardly lets go between waves
  near(gain_db(48000.0, four, 1000.0, -10.0), -15.0, 0.3);
  near(gain_db(48000.0, four, 1000.0, -22.0), -6.0, 0.3);
  near(gain_db(48000.0, four, 1000.0, -40.0), 0.0, 0.01);

  // Half dry: the sum of 1 and -15 dB, each at half
  const Setting* const half = SETTINGS({RS_STRIP_COMP_THRESHOLD, -30.0f},
                                       {RS_STRIP_COMP_RATIO, 4.0f},
                                       {RS_STRIP_COMP_ATTACK, 0.1f},
                                       {RS_STRIP_COMP_RELEASE, 2000.0f},
                                       {RS_STRIP_COMP_MIX, 0.5f});
  near(gain_db(48000.0, half, 1000.0, -10.0),
       20.0 * log10(0.5 + 0.5 * pow(10.0, -15.0 / 20.0)),
       0.3);
}

/// Frames from the impulse to what follows, on one channel
static uint32_t
next_peak(const Sound* const sound, const unsigned c, const uint32_t after)
{
  for (uint32_t i = after + 1u; i < sound->n_frames; ++i) {
    if (fabsf(sound->channel[c][i]) > 1e-4f) {
      return i;
    }
  }
  return UINT32_MAX;
}

/// An impulse on the left comes back after the time, to the frame
static void
test_delay_times(void** state)
{
  static const float times_ms[] = {1.0f, 250.0f, 1000.0f};
  (void)state;
  for (size_t r = 0u; r < N_ELEMENTS(rates); ++r) {
    for (size_t t = 0u; t < N_ELEMENTS(times_ms); ++t) {
      const uint32_t delay =
        (uint32_t)(rates[r] * (double)times_ms[t] / 1000.0 + 0.5);
      Sound       in   = sound_new(3u * delay + 10u);
      Sound       out  = sound_new(3u * delay + 10u);
      RsProcessor p    = open_with(rates[r],
                                SETTINGS({RS_STRIP_DELAY_TIME, times_ms[t]},
                                         {RS_STRIP_DELAY_FEEDBACK, 0.5f},
                                         {RS_STRIP_DELAY_MIX, 1.0f}));
      in.channel[0][0] = 1.0f;
      rig_run(&p, &in, &out, 0u, in.n_frames);
      assert_int_equal(next_peak(&out, 0u, 0u), delay);
      assert_float_equal(out.channel[0][delay], 1.0f, 1e-6f);
      assert_int_equal(next_peak(&out, 0u, delay), 2u * delay);
      assert_float_equal(out.channel[0][2u * delay], 0.5f, 1e-6f);
      assert_int_equal(next_peak(&out, 1u, 0u), UINT32_MAX);
      rig_close(&p);
      sound_free(&in);
      sound_free(&out);
    }
  }
}

static void
test_ping_pong(void** state)
{
  (void)state;
  Sound       in   = sound_new(20000u);
  Sound       out  = sound_new(20000u);
  RsProcessor p    = open_with(48000.0,
                            SETTINGS({RS_STRIP_DELAY_MODE, 1.0f},
                                     {RS_STRIP_DELAY_TIME, 100.0f},
                                     {RS_STRIP_DELAY_FEEDBACK, 0.5f},
                                     {RS_STRIP_DELAY_MIX, 1.0f}));
  in.channel[1][0] = 1.0f; // From either side it begins on the left
  rig_run(&p, &in, &out, 0u, in.n_frames);
  assert_int_equal(next_peak(&out, 0u, 0u), 4800u);
  assert_int_equal(next_peak(&out, 1u, 0u), 9600u);
  assert_int_equal(next_peak(&out, 0u, 4800u), 14400u);
  assert_float_equal(out.channel[0][4800], 0.5f, 1e-6f);
  assert_float_equal(out.channel[1][9600], 0.25f, 1e-6f);
  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
}

/// Energy of both channels in frames [from, to), in dB
static double
energy_db(const Sound* const sound, const double from, const double to)
{
  double sum = 1e-30;
  for (uint32_t i = (uint32_t)from; i < (uint32_t)to; ++i) {
    for (unsigned c = 0u; c < 2u; ++c) {
      sum += (double)sound->channel[c][i] * (double)sound->channel[c][i];
    }
  }
  return 10.0 * log10(sum);
}

/// Noise that stops: the tail falls by 60 dB in the decay time
static void
test_reverb_decay(void** state)
{
  static const float decays_s[] = {0.3f, 1.0f, 3.0f};
  (void)state;
  for (size_t r = 0u; r < N_ELEMENTS(rates); r += 2u) {
    for (size_t d = 0u; d < N_ELEMENTS(decays_s); ++d) {
      const double rate  = rates[r];
      const double decay = (double)decays_s[d];
      Sound        in    = sound_new((uint32_t)((0.2 + decay) * rate));
      Sound        out   = sound_new(in.n_frames);
      sound_noise(&in, 0.5f, 5u);
      for (uint32_t i = (uint32_t)(0.1 * rate); i < in.n_frames; ++i) {
        in.channel[0][i] = in.channel[1][i] = 0.0f;
      }
      RsProcessor p = open_with(rate,
                                SETTINGS({RS_STRIP_REVERB_DECAY, decays_s[d]},
                                         {RS_STRIP_REVERB_DAMPING, 0.0f},
                                         {RS_STRIP_REVERB_MIX, 1.0f}));
      rig_run(&p, &in, &out, 0u, in.n_frames);
      const double a    = (0.15 + 0.1 * decay) * rate;
      const double b    = (0.15 + 0.6 * decay) * rate;
      const double w    = 0.2 * decay * rate;
      const double fall = energy_db(&out, a, a + w) - energy_db(&out, b, b + w);
      near(fall, 30.0, 4.0); // In half of the time; highs go a little faster
      rig_close(&p);
      sound_free(&in);
      sound_free(&out);
    }
  }
}

/// Wet noise is about as loud as the dry one, so that mixing keeps the level
static void
test_reverb_level(void** state)
{
  (void)state;
  Sound       in  = sound_new(192000u);
  Sound       out = sound_new(192000u);
  RsProcessor p   = open_with(48000.0, SETTINGS({RS_STRIP_REVERB_MIX, 1.0f}));
  sound_noise(&in, 0.5f, 6u);
  rig_run(&p, &in, &out, 0u, in.n_frames);
  const double wet =
    energy_db(&out, 96000., 192000.) - energy_db(&in, 96000., 192000.);
  print_message("# wet reverb: %.1f dB\n", wet);
  near(wet, 0.0, 4.0);
  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
}

/// One frame of settled sound through the output stage
static void
check_stereo(const Setting* const settings,
             const float          left,
             const float          right,
             const float          out_left,
             const float          out_right)
{
  Sound       in   = sound_new(1u);
  Sound       out  = sound_new(1u);
  RsProcessor p    = open_with(48000.0, settings);
  in.channel[0][0] = left;
  in.channel[1][0] = right;
  rig_run(&p, &in, &out, 0u, 1u);
  assert_float_equal(out.channel[0][0], out_left, 1e-6f);
  assert_float_equal(out.channel[1][0], out_right, 1e-6f);
  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
}

static void
test_stereo(void** state)
{
  (void)state;
  check_stereo(SETTINGS({RS_STRIP_POLARITY_L, 1.0f}), 0.5f, 0.2f, -0.5f, 0.2f);
  check_stereo(SETTINGS({RS_STRIP_POLARITY_R, 1.0f}), 0.5f, 0.2f, 0.5f, -0.2f);
  check_stereo(SETTINGS({RS_STRIP_WIDTH, 0.0f}), 0.5f, 0.1f, 0.3f, 0.3f);
  check_stereo(SETTINGS({RS_STRIP_WIDTH, 2.0f}), 0.5f, 0.1f, 0.7f, -0.1f);
  check_stereo(SETTINGS({RS_STRIP_PAN, -1.0f}), 0.5f, 0.2f, 0.5f, 0.0f);
  check_stereo(SETTINGS({RS_STRIP_PAN, 1.0f}), 0.5f, 0.2f, 0.0f, 0.2f);
  check_stereo(SETTINGS({RS_STRIP_PAN, 0.5f}), 0.5f, 0.2f, 0.25f, 0.2f);
  check_stereo(SETTINGS({RS_STRIP_MUTE, 1.0f}), 0.5f, 0.2f, 0.0f, 0.0f);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_gains),
    cmocka_unit_test(test_filters),
    cmocka_unit_test(test_bands),
    cmocka_unit_test(test_compressor),
    cmocka_unit_test(test_delay_times),
    cmocka_unit_test(test_ping_pong),
    cmocka_unit_test(test_reverb_decay),
    cmocka_unit_test(test_reverb_level),
    cmocka_unit_test(test_stereo),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
