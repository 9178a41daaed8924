// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Ramps: their curves against the formulas, their steps, their exact ends

#include "plugin/ramp.h"
#include "shm/message.h"
#include "tests/unit/check.h"

#include <math.h>

static const RsParameter linear      = {.minimum = -24.0f,
                                        .maximum = 24.0f,
                                        .scale   = RS_SCALE_LINEAR};
static const RsParameter logarithmic = {.minimum = 20.0f,
                                        .maximum = 20000.0f,
                                        .scale   = RS_SCALE_LOG};

/// Spec section 3, written once more
static double
expected(const RsParameter* const p,
         const uint32_t           curve,
         const double             from,
         const double             to,
         const double             x)
{
  const double pi    = acos(-1.0);
  const double shape = curve == RS_CURVE_EXP
                         ? (exp(4.0 * x) - 1.0) / (exp(4.0) - 1.0)
                       : curve == RS_CURVE_SINE ? (1.0 - cos(pi * x)) / 2.0
                                                : x;
  if (p->scale == RS_SCALE_LOG) {
    return exp(log(from) + (log(to) - log(from)) * shape);
  }
  return from + (to - from) * shape;
}

static void
check(const RsParameter* const p,
      const uint32_t           curve,
      const float              from,
      const float              to,
      const int64_t            start,
      const int64_t            length)
{
  RsRamp  ramp  = {0};
  int64_t frame = start;
  float   value = from;

  rs_ramp_begin(&ramp, p, from, to, curve, start, length);
  while (ramp.length) {
    assert_true(ramp.next > frame);
    assert_true(ramp.next - frame <= RS_RAMP_STEP);
    assert_true(ramp.next <= start + length);

    frame = ramp.next;
    value = rs_ramp_advance(&ramp, p, frame);

    const double x = (double)(frame - start) / (double)length;
    const double e = expected(p, curve, (double)from, (double)to, x);
    assert_true(fabs((double)value - e) <= 1e-5 * (1.0 + fabs(e)));
  }
  assert_int_equal(frame, start + length);
  assert_true(value == to);
}

static void
test_curves(void** state)
{
  (void)state;
  static const int64_t lengths[] = {1, 2, 31, 32, 33, 64, 1000, 48000};
  for (uint32_t c = RS_CURVE_LINEAR; c <= RS_CURVE_SINE; ++c) {
    for (uint32_t i = 0; i < N_ELEMENTS(lengths); ++i) {
      check(&linear, c, -24.0f, 24.0f, 7, lengths[i]);
      check(&linear, c, 3.3f, -7.7f, -100000, lengths[i]);
      check(&linear, c, 1.1f, 1.1f, 0, lengths[i]);
      check(&logarithmic, c, 20.0f, 20000.0f, 1, lengths[i]);
      check(&logarithmic, c, 440.0f, 110.0f, 1ll << 40, lengths[i]);
    }
  }
}

/// The value at a frame does not depend on how it was reached
static void
test_any_way_there(void** state)
{
  (void)state;
  for (int64_t frame = 1; frame <= 1100; ++frame) {
    RsRamp direct;
    RsRamp stepped;
    float  by_steps = -10.0f;
    rs_ramp_begin(&direct, &linear, -10.0f, 20.0f, RS_CURVE_SINE, 0, 1000);
    stepped = direct;
    while (stepped.length && stepped.next <= frame) {
      by_steps = rs_ramp_advance(&stepped, &linear, stepped.next);
    }
    assert_true(rs_ramp_advance(&direct, &linear, frame) == by_steps);
    assert_int_equal(direct.length, stepped.length);
    if (direct.length) {
      assert_int_equal(direct.next, stepped.next);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_curves),
    cmocka_unit_test(test_any_way_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
