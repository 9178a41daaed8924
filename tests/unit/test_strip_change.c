// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a moving parameter does to the sound: it begins at its frame, arrives in
   time, and neither clicks nor zips on the way.

   Each parameter jumps over its whole range, both ways, while all of the strip
   works on a steady sine.  A click is bent wave: the second difference of the
   output, compared with the largest one of the settled sound before and after.
*/

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

#define TONE_HZ 997.0

/// Largest bend of a moving sound, in bends of the settled one
#define BEND_LIMIT 2.5f

/// Frames at 48 kHz
#define SETTLE 24000u ///< Before the change
#define MOVING 4800u  ///< After which all but echoes has settled
#define AFTER 14400u  ///< Run after the change

/// When the output may first differ, and whether it is there within 20 ms
typedef enum {
  AT_ONCE,     ///< At the very frame, and 99 % there within 20 ms
  BALLISTICS,  ///< As the compressor next rises or falls, and at its speed
  ECHO,        ///< At the very frame, but echoes of before go on
  AFTER_DELAY, ///< When the line of 50 ms has gone round
} Kind;

static Kind
kind_of(const uint32_t parameter)
{
  switch (parameter) {
    case RS_STRIP_COMP_THRESHOLD:
    case RS_STRIP_COMP_RATIO:
    case RS_STRIP_COMP_ATTACK:
    case RS_STRIP_COMP_RELEASE:
      return BALLISTICS;
    case RS_STRIP_DELAY_TIME:
    case RS_STRIP_REVERB_DECAY:
    case RS_STRIP_REVERB_DAMPING:
      return ECHO;
    case RS_STRIP_DELAY_FEEDBACK:
    case RS_STRIP_DELAY_MODE:
      return AFTER_DELAY;
    default:
      return AT_ONCE;
  }
}

/// Frames until the sound is steady: up to a second where that is the delay
static uint32_t
settling(const uint32_t parameter)
{
  return parameter == RS_STRIP_DELAY_TIME ? 60000u : SETTLE;
}

/// Largest second difference around frames [from, to)
static float
bend(const Sound* const sound, const uint32_t from, const uint32_t to)
{
  float largest = 0.0f;
  for (unsigned c = 0u; c < 2u; ++c) {
    const float* const x = sound->channel[c];
    for (uint32_t i = from; i < to; ++i) {
      largest = fmaxf(largest, fabsf(x[i - 1u] - 2.0f * x[i] + x[i + 1u]));
    }
  }
  return largest;
}

static float
largest_difference(const Sound* const a,
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

/// The bend at a change in that of the settled sound on both sides of it
static float
relative_bend(const Sound* const sound, const uint32_t frame)
{
  const uint32_t end    = sound->n_frames;
  const float    before = bend(sound, frame - 960u, frame - 2u);
  const float    after  = bend(sound, end - 1440u, end - 2u);
  return bend(sound, frame - 2u, frame + MOVING) / fmaxf(before, after);
}

static uint32_t
first_difference(const Sound* const a, const Sound* const b)
{
  for (uint32_t i = 0u; i < a->n_frames; ++i) {
    if (a->channel[0][i] != b->channel[0][i] ||
        a->channel[1][i] != b->channel[1][i]) {
      return i;
    }
  }
  return UINT32_MAX;
}

/// All is on, but for echoes that would hide when a change is complete
static void
set_all(RsProcessor* const p, const bool with_echoes)
{
  rig_set_everything_on(p);
  if (!with_echoes) {
    p->set(p->self, RS_STRIP_DELAY_MIX, 0.0f);
    p->set(p->self, RS_STRIP_REVERB_MIX, 0.0f);
    p->set(p->self, RS_STRIP_COMP_ATTACK, 0.1f);
    p->set(p->self, RS_STRIP_COMP_RELEASE, 5.0f);
  }
}

/// A parameter's way, and the sounds that belong to it
typedef struct {
  uint32_t parameter;
  float    from;
  float    to;
  double   rate_hz;
  uint32_t frame;  ///< Of the change
  Sound    moved;  ///< With the change
  Sound    before; ///< Without it
  Sound    after;  ///< Had the new value all along
} Way;

/// The tone that all ways at one rate are tried on, made once for each rate
static const Sound*
tone(const double rate_hz, const uint32_t frame, const uint32_t end)
{
  static Sound  sound;
  static double made_hz;
  if (made_hz != rate_hz || sound.n_frames != end) {
    sound_free(&sound);
    sound = sound_new(end);
    sound_sine(&sound, TONE_HZ, rate_hz, 0.25, frame);
    made_hz = rate_hz;
  }
  return &sound;
}

static void
way_go(Way* const way, const bool with_echoes, const bool with_after)
{
  const double scale = way->rate_hz / 48000.0;
  // Echoes take their time; without them the sound settles at once
  const double settle = with_echoes ? settling(way->parameter) : 9600.0;
  const double after  = with_echoes ? AFTER : 4800.0;
  way->frame          = (uint32_t)(settle * scale) + 29u;
  const uint32_t end  = way->frame + (uint32_t)(after * scale);

  way->moved            = sound_new(end);
  way->before           = sound_new(end);
  way->after            = sound_new(end);
  const Sound* const in = tone(way->rate_hz, way->frame, end);

  RsProcessor p = rig_open(way->rate_hz);
  for (unsigned run = 0u; run < (with_after ? 3u : 2u); ++run) {
    const Sound* const out = run == 0u   ? &way->moved
                             : run == 1u ? &way->before
                                         : &way->after;
    set_all(&p, with_echoes);
    p.set(p.self, way->parameter, run == 2u ? way->to : way->from);
    p.reset(p.self);
    rig_run(&p, in, out, 0u, way->frame);
    p.set(p.self, way->parameter, run == 1u ? way->from : way->to);
    rig_run(&p, in, out, way->frame, end);
  }
  rig_close(&p);
}

static void
way_end(Way* const way)
{
  sound_free(&way->moved);
  sound_free(&way->before);
  sound_free(&way->after);
}

/// Whether a check holds for a parameter; says which, if not
static bool
holds(const bool is_true, const Way* const way, const char* const what, float x)
{
  if (!is_true) {
    print_message("# %s %g to %g at %.0f Hz: %s %g\n",
                  rs_strip_parameters[way->parameter].symbol,
                  (double)way->from,
                  (double)way->to,
                  way->rate_hz,
                  what,
                  (double)x);
  }
  return is_true;
}

/// Over its range and back, and over half of it
static const double ways[][2] =
  {{0.0, 1.0}, {1.0, 0.0}, {0.5, 1.0}, {0.0, 0.5}, {0.5, 0.0}, {1.0, 0.5}};

/// Call `check` for the first ways of all parameters; each must return true
static void
for_each_way(bool (*const check)(Way* way),
             const size_t n_ways,
             const double rate_hz,
             const bool   with_echoes,
             const bool   with_after)
{
  unsigned n_wrong = 0u;
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    for (size_t w = 0u; rig_is_input(i) && w < n_ways; ++w) {
      Way way = {.parameter = i,
                 .from      = rig_at(i, ways[w][0]),
                 .to        = rig_at(i, ways[w][1]),
                 .rate_hz   = rate_hz};
      if (way.from != way.to) {
        way_go(&way, with_echoes, with_after);
        n_wrong += !check(&way);
        way_end(&way);
      }
    }
  }
  assert_int_equal(n_wrong, 0);
}

static bool
begins_at_its_frame(Way* const way)
{
  const uint32_t ms    = (uint32_t)(way->rate_hz / 1000.0);
  const uint32_t first = first_difference(&way->moved, &way->before);
  const uint32_t late  = first - way->frame; // Huge if there is none
  switch (kind_of(way->parameter)) {
    case AT_ONCE:
    case ECHO:

      // At four times the rate the first step has a 16th of the size, and
      // through filters that hardly hear the tone it may be below the step of a
      // float
      return holds(late <= (way->rate_hz > 48000.0 ? 5u : 0u),
                   way,
                   "begins late by",
                   (float)late);

    case BALLISTICS:
      return holds(late < 3u * ms, way, "late by", (float)late);
    case AFTER_DELAY:
      break;
  }
  return holds(late == (uint32_t)(0.05 * way->rate_hz),
               way,
               "begins late by",
               (float)late);
}

static bool
does_not_click(Way* const way)
{
  const float bent = relative_bend(&way->moved, way->frame);
  return holds(bent <= BEND_LIMIT, way, "bends", bent);
}

static bool
begins_well(Way* const way)
{
  const bool in_time = begins_at_its_frame(way);
  const bool smooth  = does_not_click(way);
  return in_time && smooth;
}

static void
test_begins_well(void** state)
{
  (void)state;
  for_each_way(begins_well, N_ELEMENTS(ways), 48000.0, true, false);
}

static void
test_begins_well_at_other_rates(void** state)
{
  (void)state;
  for_each_way(begins_well, 2u, 44100.0, true, false);
  for_each_way(begins_well, 2u, 96000.0, true, false);
  for_each_way(begins_well, 1u, 192000.0, true, false);
}

/// The measure above finds what it is there for: sound that is just cut over
static void
test_plain_step_would_fail(void** state)
{
  static const uint32_t steps[] = {RS_STRIP_INPUT_GAIN,
                                   RS_STRIP_POLARITY_L,
                                   RS_STRIP_COMP_MAKEUP,
                                   RS_STRIP_DELAY_MIX,
                                   RS_STRIP_PAN,
                                   RS_STRIP_MUTE,
                                   RS_STRIP_OUTPUT_GAIN};
  (void)state;
  for (size_t i = 0u; i < N_ELEMENTS(steps); ++i) {
    Way way = {.parameter = steps[i],
               .from      = rs_strip_parameters[steps[i]].initial,
               .to        = rig_at(steps[i], 1.0),
               .rate_hz   = 48000.0};
    way_go(&way, true, true);
    for (unsigned c = 0u; c < 2u; ++c) {
      memcpy(
        way.moved.channel[c], way.before.channel[c], way.frame * sizeof(float));
      memcpy(way.moved.channel[c] + way.frame,
             way.after.channel[c] + way.frame,
             (way.after.n_frames - way.frame) * sizeof(float));
    }
    const float bent = relative_bend(&way.moved, way.frame);
    assert_true(holds(bent > 2.0f * BEND_LIMIT, &way, "only bends", bent));
    way_end(&way);
  }
}

static bool
arrives_in_time(Way* const way)
{
  const uint32_t ms = (uint32_t)(way->rate_hz / 1000.0);
  if (kind_of(way->parameter) != AT_ONCE) {
    return true;
  }

  const uint32_t from = way->frame + 20u * ms;
  const uint32_t to   = way->frame + 30u * ms;
  const float    all  = largest_difference(&way->before, &way->after, from, to);
  const float    rest = largest_difference(&way->moved, &way->after, from, to);
  return holds(rest <= 0.01f * all, way, "still misses", rest / all);
}

static void
test_arrives_in_time(void** state)
{
  (void)state;
  for_each_way(arrives_in_time, N_ELEMENTS(ways), 48000.0, false, true);
  for_each_way(arrives_in_time, 1u, 96000.0, false, true);
}

/// As a ramp does it: a new value every 32 frames, up and down
static void
test_stairs_are_smooth(void** state)
{
  (void)state;
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    if (!rig_is_input(i)) {
      continue;
    }

    const uint32_t settle = settling(i);
    const uint32_t step   = 32u;
    const uint32_t n      = 300u;
    const uint32_t end    = settle + 2u * n * step + AFTER;
    Sound          in     = sound_new(end);
    Sound          out    = sound_new(end);
    sound_sine(&in, TONE_HZ, 48000.0, 0.25, 0u);

    RsProcessor p = rig_open(48000.0);
    rig_set_everything_on(&p);
    p.set(p.self, i, rig_at(i, 0.0));
    rig_run(&p, &in, &out, 0u, settle);
    uint32_t at = settle;
    for (uint32_t k = 1u; k <= 2u * n; ++k) {
      const uint32_t up = k <= n ? k : 2u * n - k;
      p.set(p.self, i, rig_at(i, (double)up / (double)n));
      rig_run(&p, &in, &out, at, at + step);
      at += step;
    }

    // What bends it settled, at the ends and in the middle of the range
    float settled = 0.0f;
    for (unsigned k = 0u; k <= 4u; ++k) {
      Sound still = sound_new(settle);
      p.set(p.self, i, rig_at(i, k / 4.0));
      p.reset(p.self);
      rig_run(&p, &in, &still, 0u, settle);
      settled = fmaxf(settled, bend(&still, settle - 480u, settle - 1u));
      sound_free(&still);
    }

    Way         way  = {.parameter = i, .to = 1.0f, .rate_hz = 48000.0};
    const float bent = bend(&out, settle - 480u, at - 1u) / settled;
    assert_true(holds(bent <= BEND_LIMIT, &way, "stairs bend", bent));
    sound_free(&in);
    sound_free(&out);
    rig_close(&p);
  }
}

/// Muted is silence, not just quiet
static void
test_mute_is_silent(void** state)
{
  (void)state;
  Sound       in  = sound_new(2u * SETTLE);
  Sound       out = sound_new(2u * SETTLE);
  RsProcessor p   = rig_open(48000.0);
  sound_sine(&in, TONE_HZ, 48000.0, 1.0, 0u);
  rig_set_everything_on(&p);
  rig_run(&p, &in, &out, 0u, SETTLE);
  p.set(p.self, RS_STRIP_MUTE, 1.0f);
  rig_run(&p, &in, &out, SETTLE, 2u * SETTLE);
  for (uint32_t i = SETTLE + 9600u; i < 2u * SETTLE; ++i) {
    assert_true(out.channel[0][i] == 0.0f && out.channel[1][i] == 0.0f);
  }
  sound_free(&in);
  sound_free(&out);
  rig_close(&p);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_begins_well),
    cmocka_unit_test(test_begins_well_at_other_rates),

    cmocka_unit_test(test_plain_step_would_fail),
    cmocka_unit_test(test_arrives_in_time),
    cmocka_unit_test(test_stairs_are_smooth),
    cmocka_unit_test(test_mute_is_silent),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
