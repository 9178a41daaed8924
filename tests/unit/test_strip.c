// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// The strip as a whole: transparent, settled, and the same however it is split

#include "tests/unit/check.h"

#include "plugin/description.h"
#include "plugin/faust.h"
#include "plugin/processor.h"
#include "plugin/strip.h"
#include "tests/unit/strip_rig.h"

#include "strip_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double rates[] = {22050.0, 44100.0, 48000.0, 96000.0, 192000.0};

#define N_RATES (sizeof(rates) / sizeof(*rates))

/// Largest difference between two sounds in frames [from, to)
static float
difference(const Sound* const a,
           const Sound* const b,
           const uint32_t     from,
           const uint32_t     to)
{
  float largest = 0.0f;
  for (unsigned c = 0u; c < 2u; ++c) {
    for (uint32_t i = from; i < to; ++i) {
      largest = fmaxf(largest, fabsf(a->channel[c][i] - b->channel[c][i]));
    }
  }
  return largest;
}

static void
test_table(void** state)
{
  (void)state;
  const RsDescription* const d = &rs_strip_description;
  assert_int_equal(
    rs_parameters_check(d->parameters, d->n_parameters, d->points, d->n_points),
    RS_SUCCESS);

  // Port order, from the first control port to the last port
  for (uint32_t i = 0u; i < d->n_parameters; ++i) {
    assert_int_equal(d->parameters[i].port, d->freewheel_port + 1u + i);
  }
  assert_int_equal(d->parameters[d->n_parameters - 1u].port + 1u, d->n_ports);
  assert_string_equal(d->parameters[d->osc_port_parameter].symbol, "osc_port");
  assert_string_equal(d->parameters[d->osc_late_parameter].symbol, "osc_late");
  assert_true(d->parameters[RS_STRIP_ENABLED].flags & RS_PARAMETER_ENABLED);
}

/// At defaults not one bit differs, other than that -0 may become 0
static void
test_transparent(void** state)
{
  (void)state;
  for (unsigned r = 0u; r < N_RATES; ++r) {
    RsProcessor p   = rig_open(rates[r]);
    Sound       in  = sound_new(50000u);
    Sound       out = sound_new(50000u);
    sound_noise(&in, 1.0f, 7u);
    rig_run(&p, &in, &out, 0u, in.n_frames);
    assert_true(difference(&in, &out, 0u, in.n_frames) == 0.0f);

    // Also once everything has been on, when the compressor has let go
    rig_set_everything_on(&p);
    rig_run(&p, &in, &out, 0u, in.n_frames);
    assert_true(difference(&in, &out, 0u, in.n_frames) > 0.1f);
    rig_set_defaults(&p);
    for (uint32_t i = 0u; i < (uint32_t)(3.0 * rates[r]); i += in.n_frames) {
      rig_run(&p, &in, &out, 0u, in.n_frames);
    }
    rig_run(&p, &in, &out, 0u, in.n_frames);
    assert_true(difference(&in, &out, 0u, in.n_frames) == 0.0f);

    sound_free(&in);
    sound_free(&out);
    rig_close(&p);
  }
}

/// Disabled, it is a wire, whatever else is set
static void
test_disabled(void** state)
{
  (void)state;
  RsProcessor p   = rig_open(48000.0);
  Sound       in  = sound_new(20000u);
  Sound       out = sound_new(20000u);
  sound_noise(&in, 1.0f, 8u);
  rig_set_everything_on(&p);
  p.set(p.self, RS_STRIP_ENABLED, 0.0f);
  rig_run(&p, &in, &out, 0u, in.n_frames);
  assert_true(difference(&in, &out, 0u, in.n_frames) == 0.0f);
  sound_free(&in);
  sound_free(&out);
  rig_close(&p);
}

extern const RsFaustUnit rs_unit_process;

/// Sets zones of the reference by symbol
typedef struct {
  const float* values;
} Setter;

static void
set_zone(void* handle, float* zone, const char* key, const char* value)
{
  const Setter* const setter = (const Setter*)handle;
  for (uint32_t i = 0u; !strcmp(key, "symbol") && i < RS_STRIP_N_PARAMETERS;
       ++i) {
    if (!strcmp(value, rs_strip_parameters[i].symbol) && rig_is_input(i)) {
      *zone = setter->values[i];
    }
  }
}

static void
no_label(void* handle, const char* label)
{
  (void)handle;
  (void)label;
}

static void
no_close(void* handle)
{
  (void)handle;
}

static void
no_slider(void*       handle,
          const char* label,
          float*      zone,
          float       initial,
          float       minimum,
          float       maximum,
          float       step)
{
  (void)handle;
  (void)label;
  (void)zone;
  (void)initial;
  (void)minimum;
  (void)maximum;
  (void)step;
}

static void
no_bargraph(void*       handle,
            const char* label,
            float*      zone,
            float       minimum,
            float       maximum)
{
  (void)handle;
  (void)label;
  (void)zone;
  (void)minimum;
  (void)maximum;
}

/// Run the whole of strip.dsp as Faust alone makes it, without any glide
static void
run_reference(const float* const values,
              const double       rate_hz,
              const Sound* const in,
              const Sound* const out)
{
  Setter setter = {values};
  UIGlue ui     = {.uiInterface           = &setter,
                   .openVerticalBox       = no_label,
                   .openHorizontalBox     = no_label,
                   .closeBox              = no_close,
                   .addHorizontalSlider   = no_slider,
                   .addNumEntry           = no_slider,
                   .addHorizontalBargraph = no_bargraph,
                   .declare               = set_zone};

  void* const dsp = calloc(1, rs_unit_process.size);
  assert_non_null(dsp);
  rs_unit_process.init(dsp, (int)rate_hz);
  rs_unit_process.bind(dsp, &ui);
  for (uint32_t i = 0u; i < in->n_frames; i += RIG_BLOCK) {
    float* ins[2]  = {in->channel[0] + i, in->channel[1] + i};
    float* outs[2] = {out->channel[0] + i, out->channel[1] + i};
    rs_unit_process.compute(dsp, (int)RIG_BLOCK, ins, outs);
  }
  free(dsp);
}

/**
   Values set before the first frame are there in the first frame: the strip is
   what the unsmoothed reference is, from frame 0 on.  This also shows that the
   units meet the core's inputs in the right order.
*/
static void
test_settled_start(void** state)
{
  (void)state;
  Sound    in   = sound_new(RIG_BLOCK * 300u);
  Sound    out  = sound_new(RIG_BLOCK * 300u);
  Sound    ref  = sound_new(RIG_BLOCK * 300u);
  uint32_t seed = 99u;
  sound_noise(&in, 0.25f, 9u);

  for (unsigned round = 0u; round < 40u; ++round) {
    RsProcessor p = rig_open(48000.0);
    float       values[RS_STRIP_N_PARAMETERS];
    for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
      const double x = (double)(rig_random(&seed) % 1001u) / 1000.0;
      values[i]      = round == 0u ? rig_everything_on(i) : rig_at(i, x);
    }
    values[RS_STRIP_ENABLED] = 1.0f;
    values[RS_STRIP_MUTE]    = 0.0f;
    run_reference(values, 48000.0, &in, &ref);

    float level = 0.0f;
    for (uint32_t i = 0u; i < ref.n_frames; ++i) {
      level = fmaxf(level, fabsf(ref.channel[0][i]));
      level = fmaxf(level, fabsf(ref.channel[1][i]));
    }

    // Once set before the first run, once after a reset
    for (unsigned pass = 0u; pass < 2u; ++pass) {
      for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
        if (rig_is_input(i)) {
          p.set(p.self, i, values[i]);
        }
      }
      rig_run(&p, &in, &out, 0u, in.n_frames);
      assert_true(difference(&ref, &out, 0u, in.n_frames) <= 1e-4f * level);

      rig_set_defaults(&p);
      rig_run(&p, &in, &out, 0u, 100u);
      p.reset(p.self);
    }
    rig_close(&p);
  }

  sound_free(&in);
  sound_free(&out);
  sound_free(&ref);
}

/// A reset forgets all sound and every glide, to the bit
static void
test_reset(void** state)
{
  (void)state;
  Sound       in    = sound_new(9000u);
  Sound       first = sound_new(9000u);
  Sound       again = sound_new(9000u);
  RsProcessor p     = rig_open(48000.0);
  sound_noise(&in, 0.5f, 11u);

  rig_set_everything_on(&p);
  p.reset(p.self);
  rig_run(&p, &in, &first, 0u, in.n_frames);
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    if (rig_is_input(i)) {
      p.set(p.self, i, rig_at(i, 0.9));
    }
  }
  rig_run(&p, &in, &again, 0u, 777u);
  rig_set_everything_on(&p); // And reset in the middle of the way back
  rig_run(&p, &in, &again, 0u, 33u);
  p.reset(p.self);
  rig_run(&p, &in, &again, 0u, in.n_frames);
  assert_true(difference(&first, &again, 0u, in.n_frames) == 0.0f);

  sound_free(&in);
  sound_free(&first);
  sound_free(&again);
  rig_close(&p);
}

/// The same changes at the same frames give the same bits, however it is split
static void
test_split(void** state)
{
  (void)state;
  Sound    in   = sound_new(24000u);
  Sound    once = sound_new(24000u);
  Sound    cut  = sound_new(24000u);
  uint32_t seed = 1234u;
  sound_noise(&in, 0.5f, 12u);

  for (unsigned round = 0u; round < 6u; ++round) {
    RsProcessor a = rig_open(48000.0);
    RsProcessor b = rig_open(48000.0);
    rig_set_everything_on(&a);
    rig_set_everything_on(&b);
    a.reset(a.self);
    b.reset(b.self);

    uint32_t frame = 0u;
    while (frame < in.n_frames) {
      // A stretch without a change: one run (of any length), or many
      uint32_t to               = frame + 1u + rig_random(&seed) % 900u;
      to                        = to < in.n_frames ? to : in.n_frames;
      const float* const ins[2] = {in.channel[0] + frame,
                                   in.channel[1] + frame};
      float* const outs[2] = {once.channel[0] + frame, once.channel[1] + frame};
      a.run(a.self, ins, outs, to - frame);
      while (frame < to) {
        const uint32_t left = to - frame;
        uint32_t       n    = 1u + rig_random(&seed) % (round ? 90u : 3u);
        n                   = n < left ? n : left;
        rig_run(&b, &in, &cut, frame, frame + n);
        frame += n;
      }

      const uint32_t i = rig_random(&seed) % RS_STRIP_N_PARAMETERS;
      const float    v = rig_at(i, (double)(rig_random(&seed) % 101u) / 100.0);
      if (rig_is_input(i)) {
        a.set(a.self, i, v);
        b.set(b.self, i, v);
      }
    }

    assert_memory_equal(once.channel[0], cut.channel[0], 4u * in.n_frames);
    assert_memory_equal(once.channel[1], cut.channel[1], 4u * in.n_frames);
    rig_close(&a);
    rig_close(&b);
  }

  sound_free(&in);
  sound_free(&once);
  sound_free(&cut);
}

/// Hosts may give the same buffer as input and output, and in any order
static void
test_in_place(void** state)
{
  (void)state;
  Sound       in  = sound_new(5000u);
  Sound       out = sound_new(5000u);
  RsProcessor p   = rig_open(48000.0);
  rig_set_everything_on(&p);
  for (unsigned crossed = 0u; crossed < 2u; ++crossed) {
    sound_noise(&in, 0.5f, 13u);
    p.reset(p.self);
    rig_run(&p, &in, &out, 0u, in.n_frames);

    p.reset(p.self);
    const float* const ins[2]  = {in.channel[0], in.channel[1]};
    float* const       outs[2] = {in.channel[crossed], in.channel[!crossed]};
    p.run(p.self, ins, outs, 64u);
    assert_memory_equal(outs[0], out.channel[0], 64u * sizeof(float));
    assert_memory_equal(outs[1], out.channel[1], 64u * sizeof(float));
  }
  sound_free(&in);
  sound_free(&out);
  rig_close(&p);
}

static void
test_meters(void** state)
{
  (void)state;
  RsProcessor p   = rig_open(48000.0);
  Sound       in  = sound_new(48000u);
  Sound       out = sound_new(48000u);
  sound_sine(&in, 1000.0, 48000.0, 0.5, 0u);

  assert_float_equal(p.output(p.self, RS_STRIP_INPUT_PEAK), -120.0f, 1e-3f);
  p.set(p.self, RS_STRIP_INPUT_GAIN, 6.0f);
  p.set(p.self, RS_STRIP_OUTPUT_GAIN, -12.0f);
  rig_run(&p, &in, &out, 0u, in.n_frames);
  assert_float_equal(p.output(p.self, RS_STRIP_INPUT_PEAK), -0.02f, 0.05f);
  assert_float_equal(p.output(p.self, RS_STRIP_OUTPUT_PEAK), -12.02f, 0.05f);
  assert_float_equal(p.output(p.self, RS_STRIP_GAIN_REDUCTION), 0.0f, 1e-6f);

  // A level of 0 dB, 20 dB over the threshold: 4:1 takes up to 15 dB
  p.set(p.self, RS_STRIP_COMP_THRESHOLD, -20.0f);
  p.set(p.self, RS_STRIP_COMP_RATIO, 4.0f);
  p.set(p.self, RS_STRIP_COMP_ATTACK, 0.1f);
  rig_run(&p, &in, &out, 0u, in.n_frames);
  const float taken = p.output(p.self, RS_STRIP_GAIN_REDUCTION);
  assert_true(taken > 14.0f && taken < 15.1f);

  // Not the sound's: the glue gives these
  assert_true(p.output(p.self, RS_STRIP_OSC_PORT) == 0.0f);

  // Peaks fall by 20 dB a second
  memset(in.channel[0], 0, in.n_frames * sizeof(float));
  memset(in.channel[1], 0, in.n_frames * sizeof(float));
  const float before = p.output(p.self, RS_STRIP_INPUT_PEAK);
  rig_run(&p, &in, &out, 0u, in.n_frames);
  const float after = p.output(p.self, RS_STRIP_INPUT_PEAK);
  assert_float_equal(before - after, 20.0f, 0.1f);

  sound_free(&in);
  sound_free(&out);
  rig_close(&p);
}

/// Spec of the project: at most 3 MB an instance, whatever the rate
static void
test_memory(void** state)
{
  (void)state;
  for (unsigned r = 0u; r < N_RATES; ++r) {
    RsProcessor          p     = rig_open(rates[r]);
    const RsStrip* const strip = (const RsStrip*)p.self;
    size_t               bytes = sizeof(*strip) + strip->core_unit->size;
    for (uint32_t u = 0u; u < RS_STRIP_UNITS; ++u) {
      bytes += rs_strip_units[u].faust->size;
    }
    print_message("# %.0f Hz: %zu kB\n", rates[r], bytes / 1000u);
    assert_true(bytes <= 3000000u);
    rig_close(&p);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_table),
    cmocka_unit_test(test_transparent),
    cmocka_unit_test(test_disabled),
    cmocka_unit_test(test_settled_start),
    cmocka_unit_test(test_reset),
    cmocka_unit_test(test_split),
    cmocka_unit_test(test_in_place),
    cmocka_unit_test(test_meters),
    cmocka_unit_test(test_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
