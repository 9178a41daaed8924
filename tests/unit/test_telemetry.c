// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Layout of the telemetry segment, its distribution, floats as bits

#include "shm/telemetry.h"
#include "tests/unit/check.h"

#include <stdlib.h>

static void
test_arrays_fill_the_size(void** state)
{
  (void)state;
  static const uint32_t counts[][2] = {
    {0, 0}, {1, 0}, {0, 1}, {15, 3}, {16, 0}, {17, 4}, {1024, 4096}};

  for (size_t i = 0; i < N_ELEMENTS(counts); ++i) {
    const uint32_t n    = counts[i][0];
    const size_t   size = rs_telemetry_size(n, counts[i][1]);
    char* const    base = (char*)aligned_alloc(64, size);
    RsTelemetryMap map;
    assert_non_null(base);
    rs_telemetry_map(base, n, counts[i][1], &map);

    // One behind the other, the shared words on lines of their own
    assert_ptr_equal(map.fixed, base);
    assert_true((char*)map.parameters >= (char*)(map.fixed + 1));
    assert_true((char*)map.points >= (char*)(map.parameters + n));
    assert_true((uintptr_t)map.values >=
                (uintptr_t)(map.points + map.n_points));
    assert_true(map.ahead_values >= map.values + n);
    assert_true((uintptr_t)(map.ahead_values + n) <= (uintptr_t)base + size);
    assert_int_equal((uintptr_t)map.values % 64u, 0);
    assert_int_equal((uintptr_t)map.ahead_values % 64u, 0);
    assert_int_equal(map.n_parameters, n);
    assert_int_equal(map.n_points, counts[i][1]);
    free(base);
  }
}

static void
test_buckets_cover_all_times(void** state)
{
  (void)state;
  assert_int_equal(rs_histogram_bucket(INT64_MIN), 0);
  assert_int_equal(rs_histogram_bucket(-1), 0);
  assert_int_equal(rs_histogram_bucket(255), 0);
  assert_int_equal(rs_histogram_bucket(256), 1);
  assert_int_equal(rs_histogram_bucket(INT64_MAX), RS_HISTOGRAM_BUCKETS - 1u);

  uint32_t last = 0;
  for (int64_t ns = 200; ns < 9000000000; ns += 1 + (ns / 97)) {
    const uint32_t bucket = rs_histogram_bucket(ns);
    assert_true(bucket < RS_HISTOGRAM_BUCKETS);
    assert_true(bucket == last || bucket == last + 1u);
    last = bucket;
  }

  assert_int_equal(last, RS_HISTOGRAM_BUCKETS - 1u);
}

/// A limit is the first time of the next bucket
static void
test_limits_bound_buckets(void** state)
{
  (void)state;
  for (uint32_t bucket = 0; bucket < RS_HISTOGRAM_BUCKETS - 1u; ++bucket) {
    const int64_t limit = rs_histogram_limit(bucket);
    assert_int_equal(rs_histogram_bucket(limit - 1), bucket);
    assert_int_equal(rs_histogram_bucket(limit), bucket + 1u);
  }
}

static void
test_bits_round_trip(void** state)
{
  (void)state;
  static const uint32_t bits[] = {
    0u, 0x80000000u, 0x3f800000u, 0x00000001u, 0x7f7fffffu, 0x7f800000u};

  for (size_t i = 0; i < N_ELEMENTS(bits); ++i) {
    assert_int_equal(rs_bits_from_float(rs_float_from_bits(bits[i])), bits[i]);
  }

  assert_int_equal(rs_bits_from_float(-2.0f), 0xc0000000u);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_arrays_fill_the_size),
    cmocka_unit_test(test_buckets_cover_all_times),
    cmocka_unit_test(test_limits_bound_buckets),
    cmocka_unit_test(test_bits_round_trip),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
