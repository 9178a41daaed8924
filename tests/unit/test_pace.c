// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// When packets may gather, and how long: never past a run()

#include "tests/unit/check.h"

#include "ui-bridge/instances/grid.h"
#include "ui-bridge/transport/pace.h"

#define SECOND_NS 1000000000
#define LARGE_BUFFER (16 * 1024 * 1024)
#define DEFAULT_BUFFER 425984

#define NEVER INT64_MAX

/// Packets come evenly for so long, each taken by itself.  @return the end
static int64_t
stream(RsPace* const pace,
       const int64_t begin_ns,
       const double  rate_hz,
       const int64_t long_ns)
{
  const uint32_t n   = (uint32_t)(rate_hz * (double)long_ns / 1e9);
  int64_t        now = begin_ns;
  for (uint32_t i = 1u; i <= n; ++i) {
    now = begin_ns + (int64_t)((double)i / rate_hz * 1e9);
    rs_pace_count(pace, 1u, now);
  }
  return now;
}

static void
seldom_packets_are_never_late(void** const state)
{
  (void)state;
  RsPace pace;
  rs_pace_init(&pace, LARGE_BUFFER);
  int64_t now = SECOND_NS;
  for (uint32_t rate = 1u; rate <= 2000u; rate *= 2u) {
    now = stream(&pace, now, (double)rate, SECOND_NS);
    assert_int_equal(rs_pace_rest_ns(&pace, now, NEVER), 0);
  }
}

static void
a_bank_of_faders_is_not_many(void** const state)
{
  (void)state;
  RsPace pace;
  rs_pace_init(&pace, LARGE_BUFFER);
  rs_pace_count(&pace, 1u, SECOND_NS);
  for (uint32_t i = 1u; i <= 32u; ++i) {
    rs_pace_count(&pace, 1u, 2 * (int64_t)SECOND_NS + 10000 * i);
    assert_int_equal(rs_pace_rest_ns(&pace, 0, NEVER), 0);
  }
}

static void
many_packets_gather(void** const state)
{
  (void)state;
  RsPace pace;
  rs_pace_init(&pace, LARGE_BUFFER);
  const int64_t now  = stream(&pace, SECOND_NS, 10000.0, SECOND_NS);
  const int64_t rest = rs_pace_rest_ns(&pace, now, NEVER);
  assert_in_range(rest, 4000000, 10000000);
  assert_in_range((int64_t)pace.rate_hz, 9900, 10100);

  // As long as some still come; but who stops is soon handled at once again
  rs_pace_count(&pace, 50u, now + 5000000);
  assert_true(rs_pace_rest_ns(&pace, now + 5000000, NEVER) > 0);
  rs_pace_count(&pace, 0u, now + 100000000);
  assert_int_equal(rs_pace_rest_ns(&pace, now + 100000000, NEVER), 0);
}

static void
a_rest_ends_before_the_next_run(void** const state)
{
  (void)state;
  RsPace pace;
  rs_pace_init(&pace, LARGE_BUFFER);
  const int64_t now = stream(&pace, SECOND_NS, 20000.0, SECOND_NS);
  for (int64_t left = -2000000; left < 8000000; left += 10000) {
    const int64_t rest = rs_pace_rest_ns(&pace, now, now + left);
    assert_true(rest >= 0);
    assert_true(!rest || rest <= left - 100000);
  }
  assert_true(rs_pace_rest_ns(&pace, now, now + 2000000) > 1000000);

  // Where waking up takes long, it ends earlier
  const int64_t before = rs_pace_rest_ns(&pace, now, now + 2000000);
  rs_pace_rested(&pace, now, now + 500000);
  const int64_t after = rs_pace_rest_ns(&pace, now, now + 2000000);
  assert_true(after <= before - 300000 && after <= 2000000 - 500000);

  // Which is forgotten once it does no more
  for (uint32_t i = 0u; i < 500u; ++i) {
    rs_pace_rested(&pace, now, now + 1000);
  }
  assert_true(rs_pace_rest_ns(&pace, now, now + 2000000) > before - 10000);
}

static void
one_bad_moment_is_forgotten_without_rests(void** const state)
{
  (void)state;
  RsPace pace;
  rs_pace_init(&pace, LARGE_BUFFER);
  int64_t now = stream(&pace, SECOND_NS, 10000.0, SECOND_NS);
  assert_true(rs_pace_rest_ns(&pace, now, now + 1333333) > 0);

  // So late that there is no rest before any run(), and so none that is better
  rs_pace_rested(&pace, now, now + 30000000);
  assert_int_equal(rs_pace_rest_ns(&pace, now, now + 1333333), 0);
  assert_int_equal(rs_pace_rest_ns(&pace, now, now + 5333333), 0);

  now = stream(&pace, now, 10000.0, 4 * (int64_t)SECOND_NS);
  assert_true(rs_pace_rest_ns(&pace, now, now + 1333333) > 0);
}

static void
a_flood_finds_room_in_the_buffer(void** const state)
{
  (void)state;
  RsPace  pace;
  int64_t now = SECOND_NS;

  // The default buffer holds about 512 small datagrams
  rs_pace_init(&pace, DEFAULT_BUFFER);
  now                = stream(&pace, now, 20000.0, SECOND_NS);
  const int64_t rest = rs_pace_rest_ns(&pace, now, NEVER);
  assert_true(rest > 0);
  assert_true((double)rest * 500e3 / 1e9 < 300.0);

  // At full rate no more gather than a few batches
  rs_pace_init(&pace, LARGE_BUFFER);
  now = stream(&pace, now, 400000.0, SECOND_NS);
  assert_true((double)rs_pace_rest_ns(&pace, now, NEVER) * 400e3 / 1e9 < 150.0);

  // And a buffer that nothing fits in lets nothing gather
  rs_pace_init(&pace, 0);
  now = stream(&pace, now, 20000.0, SECOND_NS);
  assert_int_equal(rs_pace_rest_ns(&pace, now, NEVER), 0);
}

static void
clocks_that_stand_do_no_harm(void** const state)
{
  (void)state;
  RsPace pace;
  rs_pace_init(&pace, LARGE_BUFFER);
  for (uint32_t i = 0u; i < 1000u; ++i) {
    rs_pace_count(&pace, 32u, SECOND_NS);
    rs_pace_count(&pace, 32u, SECOND_NS - 1);
  }
  const int64_t rest = rs_pace_rest_ns(&pace, SECOND_NS, NEVER);
  assert_in_range(rest, 0, 6000000);
}

#define PERIOD_NS 5333333

static void
a_late_call_does_not_move_the_next(void** const state)
{
  (void)state;
  RsGrid grid = {0};
  for (int64_t i = 0; i < 2000; ++i) {
    // Late by up to 3 ms, and in time every 16th time
    const int64_t late = (i % 16) * 200000;
    const int64_t due  = SECOND_NS + i * PERIOD_NS;
    const int64_t next =
      rs_grid_next_ns(&grid, due + late, i * PERIOD_NS, PERIOD_NS);
    assert_int_equal(next, due + PERIOD_NS);
  }
}

static void
a_shifted_grid_is_found_again(void** const state)
{
  (void)state;
  RsGrid  grid  = {0};
  int64_t shift = 0;
  for (int64_t i = 0; i < 2000; ++i) {
    shift              = i < 500 ? 0 : i < 1000 ? 3000000 : -2000000;
    const int64_t due  = SECOND_NS + i * PERIOD_NS + shift;
    const int64_t next = rs_grid_next_ns(&grid, due, i * PERIOD_NS, PERIOD_NS);
    assert_true(next <= due + PERIOD_NS); // At worst too early
    if (i % 500 > 100) {
      assert_int_equal(next, due + PERIOD_NS);
    }
  }
}

static void
a_host_that_rested_begins_anew(void** const state)
{
  (void)state;
  RsGrid grid = {0};
  (void)rs_grid_next_ns(&grid, SECOND_NS, 0, PERIOD_NS);
  assert_int_equal(
    rs_grid_next_ns(&grid, 100 * (int64_t)SECOND_NS, 480, PERIOD_NS),
    100 * (int64_t)SECOND_NS + PERIOD_NS);
  assert_int_equal(rs_grid_next_ns(&grid, SECOND_NS, 480, PERIOD_NS),
                   SECOND_NS + PERIOD_NS);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(seldom_packets_are_never_late),
    cmocka_unit_test(a_bank_of_faders_is_not_many),
    cmocka_unit_test(many_packets_gather),
    cmocka_unit_test(a_rest_ends_before_the_next_run),
    cmocka_unit_test(one_bad_moment_is_forgotten_without_rests),
    cmocka_unit_test(a_flood_finds_room_in_the_buffer),
    cmocka_unit_test(a_late_call_does_not_move_the_next),
    cmocka_unit_test(a_shifted_grid_is_found_again),
    cmocka_unit_test(a_host_that_rested_begins_anew),
    cmocka_unit_test(clocks_that_stand_do_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
