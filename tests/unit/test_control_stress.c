// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Random commands, host moves and block sizes, against a slow model that knows
   nothing of heaps, splits and steps: it asks at each frame what is due.
*/

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/random.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_WAITING 4096u

typedef struct {
  RsCommand command;
  int64_t   frame; ///< Where it is due
} Due;

typedef struct {
  bool     slides;
  int64_t  start;
  int64_t  length;
  double   from; ///< Normalized
  double   to;   ///< Normalized
  uint32_t curve;
  float    target;
  uint32_t serial;
} Slide;

typedef struct {
  float    values[RIG_N];
  float    ports[RIG_N];
  Slide    slides[RIG_N];
  Due      due[MAX_WAITING]; ///< In the order they came
  uint32_t n_due;
  uint32_t preset;
  uint64_t applied;
  uint64_t late;
  uint64_t dropped;
} Model;

static double
normalized(const uint32_t i, const double value)
{
  const double low  = (double)rig_parameters[i].minimum;
  const double high = (double)rig_parameters[i].maximum;
  return i == RIG_FREQ ? log(value / low) / log(high / low)
                       : (value - low) / (high - low);
}

static double
denormalized(const uint32_t i, const double x)
{
  const double low  = (double)rig_parameters[i].minimum;
  const double high = (double)rig_parameters[i].maximum;
  return i == RIG_FREQ ? low * exp(x * log(high / low))
                       : low + x * (high - low);
}

static double
shape(const uint32_t curve, const double x)
{
  return curve == RS_CURVE_LINEAR ? x
         : curve == RS_CURVE_EXP  ? (exp(4.0 * x) - 1.0) / (exp(4.0) - 1.0)
                                  : (1.0 - cos(acos(-1.0) * x)) / 2.0;
}

static void
move(Model* const model, const uint32_t i, const float value, uint32_t serial)
{
  if (model->values[i] != value) {
    model->values[i] = value;
    if (serial != model->preset) {
      model->preset = 0;
    }
  }
}

static void
set(Model* const model, const uint32_t i, const double value)
{
  model->slides[i].slides = false;
  move(model, i, rs_parameter_legal(&rig_parameters[i], rig_points, value), 0);
}

static void
slide(Model* const model, const uint32_t i, const int64_t frame)
{
  Slide* const s = &model->slides[i];
  if (s->slides && frame >= s->start + s->length) {
    s->slides = false;
    move(model, i, s->target, s->serial);
  } else if (s->slides && frame > s->start && (frame - s->start) % 32 == 0) {
    const double x = (double)(frame - s->start) / (double)s->length;
    const double p = s->from + (s->to - s->from) * shape(s->curve, x);
    move(model, i, (float)denormalized(i, p), s->serial);
  }
}

static void
apply(Model* const model, const Due* const due, const int64_t frame)
{
  const RsCommand* const c = &due->command;
  const uint32_t         i = c->parameter;

  ++model->applied;
  switch (c->kind) {
    case RS_COMMAND_SET:
      set(model, i, (double)c->value);
      break;
    case RS_COMMAND_ADD:
      set(model, i, (double)model->values[i] + (double)c->value);
      break;
    case RS_COMMAND_TOGGLE:
      set(model, i, model->values[i] > 0.0f ? 0.0 : 1.0);
      break;
    case RS_COMMAND_RAMP: {
      const int64_t length = llround(c->seconds * RIG_RATE);
      if (length < 1 || (i >= RIG_MUTE && i <= RIG_MODE)) {
        set(model, i, (double)c->value);
      } else {
        model->slides[i] = (Slide){true,
                                   frame,
                                   length,
                                   normalized(i, (double)model->values[i]),
                                   normalized(i, (double)c->value),
                                   c->curve,
                                   c->value,
                                   0};
      }
      break;
    }
    case RS_COMMAND_PRESET:
      model->preset = c->serial;
      for (uint32_t k = 0; k < RIG_PEAK; ++k) {
        if (model->slides[k].slides && model->slides[k].start == frame) {
          model->slides[k].serial = c->serial;
        }
      }
      break;
    default: { // Cancel
      uint32_t kept = 0;
      for (uint32_t k = 0; k < model->n_due; ++k) {
        if (c->time_ns && model->due[k].frame == due->frame &&
            model->due[k].command.sequence > c->sequence) {
          model->due[kept++] = model->due[k];
        } else {
          ++model->dropped;
        }
      }
      model->n_due = kept;
      for (uint32_t k = 0; k < RIG_PEAK; ++k) {
        model->slides[k].slides = false;
      }
    }
  }
}

/// What is due at or before a frame, the earliest first
static void
apply_due(Model* const model, const int64_t frame)
{
  for (;;) {
    uint32_t first = MAX_WAITING;
    for (uint32_t k = 0; k < model->n_due; ++k) {
      if (model->due[k].frame <= frame &&
          (first == MAX_WAITING ||
           model->due[k].frame < model->due[first].frame)) {
        first = k;
      }
    }
    if (first == MAX_WAITING) {
      return;
    }

    const Due due = model->due[first];
    memmove(&model->due[first],
            &model->due[first + 1],
            (--model->n_due - first) * sizeof(Due));
    apply(model, &due, frame);
  }
}

static void
slide_all(Model* const model, const int64_t frame)
{
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    slide(model, i, frame);
  }
}

/// Frame 0 of a cycle: ports, what waited, what came
static void
begin(Model* const model, Rig* const rig, const Due* came, const uint32_t n)
{
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    if (rig->ports[i] != model->ports[i]) {
      model->ports[i] = rig->ports[i];
      set(model, i, (double)rig->ports[i]);
    }
  }
  slide_all(model, rig->frame);
  apply_due(model, rig->frame);
  for (uint32_t k = 0; k < n; ++k) {
    if (!came[k].command.time_ns || came[k].frame <= rig->frame) {
      model->late += came[k].command.time_ns && came[k].frame < rig->frame;
      apply(model, &came[k], rig->frame);
    } else {
      assert_true(model->n_due < MAX_WAITING);
      model->due[model->n_due++] = came[k];
    }
  }
}

static Due
any_command(Random* const random, const int64_t frame)
{
  RsCommand                c = {.parameter = random_below(random, RIG_PEAK),
                                .curve     = random_below(random, 3),
                                .serial    = 1 + random_below(random, 1000)};
  const RsParameter* const p = &rig_parameters[c.parameter];
  const double             x = random_unit(random);
  switch (random_below(random, 16)) {
    case 0:
      c.kind = RS_COMMAND_ADD;
      break;
    case 1:
      c.kind      = RS_COMMAND_TOGGLE;
      c.parameter = RIG_MUTE;
      break;
    case 2:
    case 3:
    case 4:
    case 5:
      c.kind    = RS_COMMAND_RAMP;
      c.seconds = pow(random_unit(random), 3.0) * 0.5;
      break;
    case 6:
      c.kind = RS_COMMAND_PRESET;
      break;
    case 7:
      c.kind = random_below(random, 8) ? RS_COMMAND_SET : RS_COMMAND_CANCEL;
      break;
    default:
      c.kind = RS_COMMAND_SET;
  }
  c.value = c.kind == RS_COMMAND_ADD
              ? (float)((x - 0.5) * (double)(p->maximum - p->minimum) / 4.0)
              : rs_parameter_legal(p, rig_points, denormalized(c.parameter, x));

  Due due = {c, frame};
  if (random_below(random, 3)) {
    due.frame += (int64_t)(pow(random_unit(random), 2.0) * 20000.0) - 100;
    due.frame           = due.frame < 0 ? 0 : due.frame;
    due.command.time_ns = rig_time(due.frame);
  }
  return due;
}

static void
assert_near(const uint32_t i, const float found, const float expected)
{
  const float range = rig_parameters[i].maximum - rig_parameters[i].minimum;
  if (!(fabsf(found - expected) <= 2e-5f * range)) {
    print_error(
      "parameter %u: %.9g, not %.9g\n", i, (double)found, (double)expected);
    fail();
  }
}

static void
check(const uint64_t seed, const uint32_t largest_block)
{
  static Model model;
  static Due   came[64];
  Random       random = {seed};
  Rig* const   rig    = rig_new();

  memset(&model, 0, sizeof(model));
  for (uint32_t i = 0; i < RIG_N; ++i) {
    model.values[i] = model.ports[i] = rig_parameters[i].initial;
  }
  rig_run(rig, 1);

  while (rig->frame < 400000) {
    const uint32_t frames = random_below(&random, largest_block + 1);
    const uint32_t n =
      random_below(&random, 3) ? 0 : random_below(&random, N_ELEMENTS(came));
    for (uint32_t k = 0; k < n; ++k) {
      came[k] = any_command(&random, rig->frame);
      rig_write(rig, came[k].command);
      came[k].command.sequence = rig->link->sequence;
    }
    rs_ring_publish(&rig->link->writer);
    if (random_below(&random, 10) == 0) {
      const uint32_t i = random_below(&random, RIG_PEAK);
      rig->ports[i]    = rs_parameter_legal(
        &rig_parameters[i], rig_points, denormalized(i, random_unit(&random)));
    }

    const int64_t first = rig->frame;
    begin(&model, rig, came, n);
    rig->n_calls = 0;
    rig_run(rig, frames);
    for (uint32_t f = 0; f < frames; ++f) {
      if (f) {
        slide_all(&model, first + f);
        apply_due(&model, first + f);
      }
      for (uint32_t i = 0; i < RIG_PEAK; ++i) {
        assert_near(i, rig->out[i][f], model.values[i]);
      }
    }

    const RsTelemetry* const t = rig_telemetry(rig);
    assert_int_equal(t->live.waiting, model.n_due);
    assert_int_equal(t->live.preset_serial, model.preset);
    assert_int_equal(t->totals.applied, model.applied);
    assert_int_equal(t->totals.late, model.late);
    assert_int_equal(t->totals.dropped, model.dropped);
    for (uint32_t i = 0; i < RIG_PEAK; ++i) {
      assert_near(i, rig_value(rig, i), model.values[i]);
    }
  }
  rig_free(rig);
}

static void
test_blocks_of_a_few(void** state)
{
  (void)state;
  check(1, 40);
}

static void
test_usual_blocks(void** state)
{
  (void)state;
  check(2, 512);
  check(3, 1024);
}

static void
test_large_blocks(void** state)
{
  (void)state;
  check(4, RIG_FRAMES_MAX);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_blocks_of_a_few),
    cmocka_unit_test(test_usual_blocks),
    cmocka_unit_test(test_large_blocks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
