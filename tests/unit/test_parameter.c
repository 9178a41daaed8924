// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Scales and ranges, and the check of tables that others made

#include "shm/message.h"
#include "shm/parameter.h"
#include "tests/unit/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const RsScalePoint points[] = {
  {.value = -3.0f, .label = "low"},
  {.value = 0.0f, .label = "middle"},
  {.value = 10.0f, .label = "high"},
};

static RsParameter
parameter(const RsScale scale,
          const float   minimum,
          const float   maximum,
          const float   initial)
{
  RsParameter p = {.minimum = minimum,
                   .maximum = maximum,
                   .initial = initial,
                   .scale   = (uint32_t)scale};

  (void)snprintf(p.symbol, sizeof(p.symbol), "gain");
  (void)snprintf(p.name, sizeof(p.name), "Gain");
  if (scale == RS_SCALE_ENUM) {
    p.n_points = N_ELEMENTS(points);
  }

  return p;
}

static void
assert_legal(const RsParameter* p, const double value, const float expected)
{
  assert_true(rs_parameter_legal(p, points, value) == expected);
}

static void
test_legal_clamps(void** state)
{
  (void)state;
  const RsParameter p = parameter(RS_SCALE_LINEAR, -24.0f, 24.0f, 1.0f);
  assert_legal(&p, 3.25, 3.25f);
  assert_legal(&p, 24.0000001, 24.0f);
  assert_legal(&p, 1e300, 24.0f);
  assert_legal(&p, -1e300, -24.0f);
  assert_legal(&p, (double)INFINITY, 24.0f);
  assert_legal(&p, -(double)INFINITY, -24.0f);
  assert_legal(&p, (double)NAN, 1.0f);
}

static void
test_legal_rounds(void** state)
{
  (void)state;
  const RsParameter toggle = parameter(RS_SCALE_TOGGLE, 0.0f, 1.0f, 0.0f);
  assert_legal(&toggle, 0.499, 0.0f);
  assert_legal(&toggle, 0.5, 1.0f);
  assert_legal(&toggle, -8.0, 0.0f);

  const RsParameter integer = parameter(RS_SCALE_INTEGER, -2.5f, 7.5f, 0.0f);
  assert_legal(&integer, 2.4, 2.0f);
  assert_legal(&integer, 2.5, 3.0f);
  assert_legal(&integer, 99.0, 7.0f);
  assert_legal(&integer, -99.0, -2.0f);

  const RsParameter choice = parameter(RS_SCALE_ENUM, -3.0f, 10.0f, 0.0f);
  assert_legal(&choice, -99.0, -3.0f);
  assert_legal(&choice, 4.0, 0.0f);
  assert_legal(&choice, 6.0, 10.0f);
}

/// Ends exactly, the way back within rounding, and rising in between
static void
assert_inverts(const RsParameter* const p)
{
  assert_true(rs_parameter_from_normalized(p, 0.0) == (double)p->minimum);
  assert_true(rs_parameter_from_normalized(p, 1.0) == (double)p->maximum);
  assert_true(rs_parameter_from_normalized(p, -4.0) == (double)p->minimum);
  assert_true(rs_parameter_from_normalized(p, 4.0) == (double)p->maximum);
  assert_true(rs_parameter_from_normalized(p, (double)NAN) ==
              (double)p->minimum);

  double last = (double)p->minimum;
  for (int i = 1; i < 1000; ++i) {
    const double x = i / 1000.0;
    const double v = rs_parameter_from_normalized(p, x);
    assert_true(v > last);
    assert_true(fabs(rs_parameter_normalized(p, v) - x) < 1e-12);
    last = v;
  }
}

static void
test_normalized_inverts(void** state)
{
  (void)state;
  const RsParameter linear = parameter(RS_SCALE_LINEAR, -60.0f, 12.0f, 0.0f);
  const RsParameter log    = parameter(RS_SCALE_LOG, 20.0f, 20000.0f, 100.0f);
  const RsParameter flat   = parameter(RS_SCALE_LINEAR, 3.0f, 3.0f, 3.0f);
  assert_inverts(&linear);
  assert_inverts(&log);
  assert_true(fabs(rs_parameter_from_normalized(&log, 1.0 / 3.0) - 200.0) <
              1e-9);
  assert_true(rs_parameter_normalized(&log, 1.0) == 0.0);
  assert_true(rs_parameter_normalized(&flat, 3.0) == 0.0);
}

static void
test_curves(void** state)
{
  (void)state;
  for (uint32_t curve = RS_CURVE_LINEAR; curve <= RS_CURVE_SINE; ++curve) {
    assert_true(rs_curve_shape(curve, 0.0) == 0.0);
    assert_true(fabs(rs_curve_shape(curve, 1.0) - 1.0) < 1e-15);
  }

  assert_true(rs_curve_shape(RS_CURVE_LINEAR, 0.3) == 0.3);
  assert_true(fabs(rs_curve_shape(RS_CURVE_SINE, 0.5) - 0.5) < 1e-15);
  assert_true(fabs(rs_curve_shape(RS_CURVE_EXP, 0.5) -
                   ((exp(2.0) - 1.0) / (exp(4.0) - 1.0))) < 1e-15);
}

static void
test_scale_names(void** state)
{
  (void)state;
  assert_string_equal(rs_scale_name(RS_SCALE_LINEAR), "linear");
  assert_string_equal(rs_scale_name(RS_SCALE_LOG), "log");
  assert_string_equal(rs_scale_name(RS_SCALE_TOGGLE), "toggle");
  assert_string_equal(rs_scale_name(RS_SCALE_INTEGER), "integer");
  assert_string_equal(rs_scale_name(RS_SCALE_ENUM), "enum");
}

static RsStatus
check(const RsParameter* const p)
{
  return rs_parameters_check(p, 1, points, N_ELEMENTS(points));
}

static void
test_good_tables_pass(void** state)
{
  (void)state;
  const RsParameter table[] = {
    parameter(RS_SCALE_LINEAR, -60.0f, 12.0f, 0.0f),
    parameter(RS_SCALE_LOG, 20.0f, 1000.0f, 20.0f),
    parameter(RS_SCALE_TOGGLE, 0.0f, 1.0f, 1.0f),
    parameter(RS_SCALE_INTEGER, 0.0f, 65535.0f, 0.0f),
    parameter(RS_SCALE_ENUM, -3.0f, 10.0f, 10.0f),
  };

  for (size_t i = 0; i < N_ELEMENTS(table); ++i) {
    assert_int_equal(check(&table[i]), RS_SUCCESS);
  }

  assert_int_equal(rs_parameters_check(NULL, 0, NULL, 0), RS_SUCCESS);
}

/// One change for each rule
static void
test_bad_parameters_fail(void** state)
{
  (void)state;
#define REFUSED(scale, change)                          \
  do {                                                  \
    RsParameter p = parameter(scale, 0.0f, 1.0f, 0.5f); \
    if ((scale) == RS_SCALE_ENUM) {                     \
      p = parameter(scale, -3.0f, 10.0f, 0.0f);         \
    } else if ((scale) == RS_SCALE_LOG) {               \
      p = parameter(scale, 1.0f, 2.0f, 1.5f);           \
    }                                                   \
    assert_int_equal(check(&p), RS_SUCCESS);            \
    change;                                             \
    assert_int_equal(check(&p), RS_CORRUPT);            \
  } while (0)

  REFUSED(RS_SCALE_LINEAR, memset(p.symbol, 'a', sizeof(p.symbol)));
  REFUSED(RS_SCALE_LINEAR, memset(p.name, 'a', sizeof(p.name)));
  REFUSED(RS_SCALE_LINEAR, memset(p.unit, 'a', sizeof(p.unit)));
  REFUSED(RS_SCALE_LINEAR, memset(p.group, 'a', sizeof(p.group)));
  REFUSED(RS_SCALE_LINEAR, p.symbol[0] = '\0');
  REFUSED(RS_SCALE_LINEAR, p.symbol[0] = '1');
  REFUSED(RS_SCALE_LINEAR, p.symbol[1] = '/');
  REFUSED(RS_SCALE_LINEAR, p.symbol[1] = '\xc3');
  REFUSED(RS_SCALE_LINEAR, p.name[1] = '\n');
  REFUSED(RS_SCALE_LINEAR, p.minimum = NAN);
  REFUSED(RS_SCALE_LINEAR, p.maximum = INFINITY);
  REFUSED(RS_SCALE_LINEAR, p.initial = NAN);
  REFUSED(RS_SCALE_LINEAR, p.minimum = 2.0f);
  REFUSED(RS_SCALE_LINEAR, p.initial = 1.5f);
  REFUSED(RS_SCALE_LINEAR, p.scale = 99u);
  REFUSED(RS_SCALE_LOG, p.minimum = 0.0f);
  REFUSED(RS_SCALE_LOG, p.minimum = -1.0f);
  REFUSED(RS_SCALE_TOGGLE, p.maximum = 2.0f);
  REFUSED(RS_SCALE_TOGGLE, p.maximum = 0.5f); // Then "on" were out of range
  REFUSED(RS_SCALE_ENUM, p.n_points = 0u);
  REFUSED(RS_SCALE_ENUM, p.n_points = 4u);
  REFUSED(RS_SCALE_ENUM, p.first_point = 1u);
  REFUSED(RS_SCALE_ENUM, p.first_point = UINT32_MAX);
  REFUSED(RS_SCALE_ENUM, p.maximum = 9.0f);
#undef REFUSED

  // Points that are good, but not part of the table
  const RsParameter p = parameter(RS_SCALE_ENUM,
                                  points[0].value,
                                  points[N_ELEMENTS(points) - 1u].value,
                                  points[0].value);
  assert_int_equal(rs_parameters_check(&p, 1u, points, N_ELEMENTS(points) - 1u),
                   RS_CORRUPT);
}

static void
test_bad_points_fail(void** state)
{
  (void)state;
  const RsParameter p = parameter(RS_SCALE_ENUM, -3.0f, 10.0f, 0.0f);
  RsScalePoint      bad[N_ELEMENTS(points)];

  memcpy(bad, points, sizeof(bad));
  assert_int_equal(rs_parameters_check(&p, 1, bad, 3), RS_SUCCESS);
  bad[1].value = -3.0f; // does not rise
  assert_int_equal(rs_parameters_check(&p, 1, bad, 3), RS_CORRUPT);

  memcpy(bad, points, sizeof(bad));
  bad[2].value = NAN;
  assert_int_equal(rs_parameters_check(&p, 1, bad, 3), RS_CORRUPT);

  memcpy(bad, points, sizeof(bad));
  memset(bad[0].label, 'a', sizeof(bad[0].label));
  assert_int_equal(rs_parameters_check(&p, 1, bad, 3), RS_CORRUPT);
}

static void
test_symbols_are_unique(void** state)
{
  (void)state;
  RsParameter* const table =
    (RsParameter*)calloc(RS_PARAMETERS_MAX + 1u, sizeof(RsParameter));
  assert_non_null(table);

  for (uint32_t i = 0; i <= RS_PARAMETERS_MAX; ++i) {
    table[i] = parameter(RS_SCALE_LINEAR, 0.0f, 1.0f, 0.0f);
    (void)snprintf(table[i].symbol, sizeof(table[i].symbol), "p%u", i);
  }

  const uint32_t n = RS_PARAMETERS_MAX;
  assert_int_equal(rs_parameters_check(table, n, NULL, 0), RS_SUCCESS);
  assert_int_equal(rs_parameters_check(table, n + 1u, NULL, 0), RS_TOO_LARGE);

  (void)snprintf(table[n - 1u].symbol, sizeof(table[0].symbol), "p0");
  assert_int_equal(rs_parameters_check(table, n, NULL, 0), RS_CORRUPT);
  free(table);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_legal_clamps),
    cmocka_unit_test(test_legal_rounds),
    cmocka_unit_test(test_normalized_inverts),
    cmocka_unit_test(test_curves),
    cmocka_unit_test(test_scale_names),
    cmocka_unit_test(test_good_tables_pass),
    cmocka_unit_test(test_bad_parameters_fail),
    cmocka_unit_test(test_bad_points_fail),
    cmocka_unit_test(test_symbols_are_unique),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
