// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// No input sticks: not a number, infinite, enormous, denormal, any bit pattern

#include "tests/unit/check.h"

#include "plugin/ftz.h"
#include "plugin/processor.h"
#include "tests/unit/strip_rig.h"

#include "strip_table.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_HZ 48000.0

static float
from_bits(const uint32_t bits)
{
  float value = 0.0f;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Finite, and no more than all gains together can make of 1e6
static bool
is_sane(const Sound* const sound, const uint32_t from, const uint32_t to)
{
  for (unsigned c = 0u; c < 2u; ++c) {
    for (uint32_t i = from; i < to; ++i) {
      if (!(fabsf(sound->channel[c][i]) < 1e15f)) {
        print_message("# frame %u: %g\n", i, (double)sound->channel[c][i]);
        return false;
      }
    }
  }
  return true;
}

typedef float (*Evil)(uint32_t frame, uint32_t* seed);

static float
evil_nan(const uint32_t frame, uint32_t* const seed)
{
  (void)frame;
  return from_bits(0x7F800001u | (rig_random(seed) & 0x807FFFFFu));
}

static float
evil_infinity(const uint32_t frame, uint32_t* const seed)
{
  (void)seed;
  return (frame & 1u) ? INFINITY : -INFINITY;
}

static float
evil_huge(const uint32_t frame, uint32_t* const seed)
{
  (void)seed;
  return (frame & 64u) ? FLT_MAX : -FLT_MAX;
}

static float
evil_denormal(const uint32_t frame, uint32_t* const seed)
{
  (void)frame;
  return from_bits(rig_random(seed) & 0x807FFFFFu);
}

static float
evil_bits(const uint32_t frame, uint32_t* const seed)
{
  (void)frame;
  return from_bits(rig_random(seed));
}

static const Evil evils[] = {evil_nan,
                             evil_infinity,
                             evil_huge,
                             evil_denormal,
                             evil_bits};

/// Once a burst has rung out, the sound is as if it had never been
static void
test_nothing_sticks(void** state)
{
  (void)state;
  const uint32_t burst = 24000u;
  const uint32_t end   = 600000u; // 12 s, for 120 dB to decay in
  Sound          in    = sound_new(end);
  Sound          out   = sound_new(end);
  Sound          clean = sound_new(end);

  sound_noise(&in, 0.25f, 21u);
  RsProcessor p = rig_open(RATE_HZ);
  rig_set_everything_on(&p);
  p.reset(p.self);
  rig_run(&p, &in, &clean, 0u, end);

  for (size_t e = 0u; e < N_ELEMENTS(evils); ++e) {
    for (unsigned c = 0u; c < 3u; ++c) { // Left, right, both
      uint32_t seed = 1000u + (uint32_t)e;
      sound_noise(&in, 0.25f, 21u);
      for (uint32_t i = burst; i < 2u * burst; ++i) {
        const float x = evils[e](i, &seed);
        if (c != 1u) {
          in.channel[0][i] = x;
        }
        if (c != 0u) {
          in.channel[1][i] = x;
        }
      }
      p.reset(p.self);
      rig_run(&p, &in, &out, 0u, end);
      assert_true(is_sane(&out, 0u, end));

      float left = 0.0f;
      for (uint32_t i = end - 4800u; i < end; ++i) {
        left = fmaxf(left, fabsf(out.channel[0][i] - clean.channel[0][i]));
        left = fmaxf(left, fabsf(out.channel[1][i] - clean.channel[1][i]));
      }
      if (left > 1e-6f) {
        print_message("# kind %zu channel %u: %g left\n", e, c, (double)left);
      }
      assert_true(left <= 1e-6f);
    }
  }

  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
  sound_free(&clean);
}

/// What is not finite is silence, what is over 1e6 is 1e6
static void
test_what_is_let_in(void** state)
{
  static const float cases[][2] = {{NAN, 0.0f},
                                   {-NAN, 0.0f},
                                   {INFINITY, 0.0f},
                                   {-INFINITY, 0.0f},
                                   {2e6f, 1e6f},
                                   {-2e6f, -1e6f},
                                   {FLT_MAX, 1e6f},
                                   {-FLT_MAX, -1e6f},
                                   {1e6f, 1e6f},
                                   {0.5f, 0.5f}};
  (void)state;
  RsProcessor p = rig_open(RATE_HZ);
  for (unsigned on = 0u; on < 2u; ++on) {
    p.set(p.self, RS_STRIP_ENABLED, (float)on);
    p.reset(p.self);
    for (size_t i = 0u; i < N_ELEMENTS(cases); ++i) {
      Sound in         = sound_new(1u);
      Sound out        = sound_new(1u);
      in.channel[0][0] = in.channel[1][0] = cases[i][0];
      rig_run(&p, &in, &out, 0u, 1u);
      assert_true(out.channel[0][0] == cases[i][1]);
      assert_true(out.channel[1][0] == cases[i][1]);
      sound_free(&in);
      sound_free(&out);
    }
  }
  rig_close(&p);
}

/// Any bits, any parameters that move all the time, all rates: always finite
static void
test_any_bits_any_parameters(void** state)
{
  static const double rates[] = {8000.0, 44100.0, 48000.0, 192000.0, 384000.0};
  (void)state;
  uint32_t seed = 77u;
  for (size_t r = 0u; r < N_ELEMENTS(rates); ++r) {
    Sound       in  = sound_new(1000u);
    Sound       out = sound_new(1000u);
    RsProcessor p   = rig_open(rates[r]);
    for (unsigned round = 0u; round < 400u; ++round) {
      for (uint32_t i = 0u; i < in.n_frames; ++i) {
        // Bits of any kind, or the largest square wave of a random length
        const uint32_t bits = rig_random(&seed);
        in.channel[0][i]    = from_bits(bits);
        in.channel[1][i]    = (bits >> 29u) ? 1e6f : -1e6f;
      }
      uint32_t at = 0u;
      while (at < in.n_frames) {
        uint32_t to      = at + 1u + rig_random(&seed) % 200u;
        to               = to < in.n_frames ? to : in.n_frames;
        const uint32_t i = rig_random(&seed) % RS_STRIP_N_PARAMETERS;
        const uint32_t x = rig_random(&seed) % 5u; // The ends, more often
        if (rig_is_input(i)) {
          p.set(p.self, i, rig_at(i, x / 4.0));
        }
        rig_run(&p, &in, &out, at, to);
        at = to;
      }
      assert_true(is_sane(&out, 0u, out.n_frames));
    }
    for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
      assert_true(isfinite(p.output(p.self, i)));
    }
    rig_close(&p);
    sound_free(&in);
    sound_free(&out);
  }
}

static int64_t
cpu_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// The least time that a stretch took, the best guard against other load
static int64_t
least_ns(RsProcessor* const p, const Sound* const in, const Sound* const out)
{
  int64_t least = INT64_MAX;
  for (uint32_t i = 0u; i + 4800u <= in->n_frames; i += 4800u) {
    const int64_t start = cpu_ns();
    rig_run(p, in, out, i, i + 4800u);
    const int64_t took = cpu_ns() - start;
    least              = took < least ? took : least;
  }
  return least;
}

/// Silence after sound, and denormal sound, cost no more than sound
static void
test_denormals_are_cheap(void** state)
{
  (void)state;
  Sound       in  = sound_new(480000u);
  Sound       out = sound_new(480000u);
  RsProcessor p   = rig_open(RATE_HZ);
  rig_set_everything_on(&p);
  sound_noise(&in, 0.25f, 31u);
  const int64_t sound_ns = least_ns(&p, &in, &out);

  memset(in.channel[0], 0, in.n_frames * sizeof(float));
  memset(in.channel[1], 0, in.n_frames * sizeof(float));
  rig_run(&p, &in, &out, 0u, in.n_frames); // Until 120 dB below a denormal
  rig_run(&p, &in, &out, 0u, in.n_frames);
  const int64_t silence_ns = least_ns(&p, &in, &out);

  for (uint32_t i = 0u; i < in.n_frames; ++i) {
    in.channel[0][i] = from_bits(1u + i % 1000u);
    in.channel[1][i] = from_bits(0x80000001u + i % 1000u);
  }
  const int64_t denormal_ns = least_ns(&p, &in, &out);
  print_message("# 4800 frames: sound %d us, silence %d us, denormals %d us\n",
                (int)(sound_ns / 1000),
                (int)(silence_ns / 1000),
                (int)(denormal_ns / 1000));
  assert_true(silence_ns < 2 * sound_ns);
  assert_true(denormal_ns < 2 * sound_ns);

  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
}

/// On processors where denormals cost little, time does not tell: what is below
/// the smallest normal number comes out as nothing
static void
test_denormals_are_flushed(void** state)
{
  (void)state;
  Sound       in  = sound_new(64u);
  Sound       out = sound_new(64u);
  RsProcessor p   = rig_open(RATE_HZ);
  for (uint32_t i = 0u; i < in.n_frames; ++i) {
    in.channel[0][i] = from_bits(0x00400000u + i);
    in.channel[1][i] = from_bits(0x80400000u + i);
  }
  rig_run(&p, &in, &out, 0u, in.n_frames);
  for (uint32_t i = 0u; i < in.n_frames; ++i) {
    uint32_t bits[2];
    memcpy(&bits[0], &out.channel[0][i], 4u);
    memcpy(&bits[1], &out.channel[1][i], 4u);
    assert_int_equal(bits[0] & 0x7FFFFFFFu, 0u);
    assert_int_equal(bits[1] & 0x7FFFFFFFu, 0u);
  }
  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
}

/// The floating-point mode afterwards is the one before, flags apart
static void
test_mode_is_restored(void** state)
{
  (void)state;
  Sound       in  = sound_new(64u);
  Sound       out = sound_new(64u);
  RsProcessor p   = rig_open(RATE_HZ);

  // A denormal product: 0 if it is flushed
  volatile float       tiny = FLT_MIN;
  const volatile float half = 0.5f;
  rig_run(&p, &in, &out, 0u, 64u);
  assert_true(tiny * half != 0.0f);

  const RsFloatMode mode = rs_ftz_enter();
  assert_true(tiny * half == 0.0f);
  rig_run(&p, &in, &out, 0u, 64u);
  assert_true(tiny * half == 0.0f);
  rs_ftz_restore(mode);
  assert_true(tiny * half != 0.0f);

  assert_int_equal(fesetround(FE_UPWARD), 0);
  rig_run(&p, &in, &out, 0u, 64u);
  assert_int_equal(fegetround(), FE_UPWARD);
  assert_int_equal(fesetround(FE_TONEAREST), 0);

  rig_close(&p);
  sound_free(&in);
  sound_free(&out);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nothing_sticks),
    cmocka_unit_test(test_what_is_let_in),
    cmocka_unit_test(test_any_bits_any_parameters),
    cmocka_unit_test(test_denormals_are_cheap),
    cmocka_unit_test(test_denormals_are_flushed),
    cmocka_unit_test(test_mode_is_restored),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
