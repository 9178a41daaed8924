// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Who appears: a made-up host calls run() at made-up times

#include "tests/unit/check.h"

#include "plugin/appear.h"

#define START_NS 5000000000
#define MS_NS 1000000LL

/// Calls of equal length at equal distances
typedef struct {
  double   rate_hz;
  uint32_t frames;
  double   pace; ///< Frames over elapsed time
  bool     own_thread;
  bool     freewheel;
} Host;

/// @return time from the first call to the one that appears, or -1
static int64_t
appears_after(const Host* const host, const uint32_t n_calls)
{
  RsAppear     appear   = {0};
  const double cycle_ns = host->frames / host->rate_hz * 1e9 / host->pace;

  for (uint32_t i = 0; i < n_calls; ++i) {
    const int64_t after_ns = (int64_t)(i * cycle_ns);
    if (rs_appear_cycle(&appear,
                        host->rate_hz,
                        START_NS + after_ns,
                        host->frames,
                        host->own_thread,
                        host->freewheel)) {
      return after_ns;
    }
  }

  return -1;
}

static void
test_real_time_at_every_block(void** state)
{
  (void)state;

  static const double   rates[]  = {44100.0, 48000.0, 96000.0, 192000.0};
  static const uint32_t blocks[] = {1, 16, 64, 441, 1024, 4096, 8192};

  for (size_t r = 0; r < N_ELEMENTS(rates); ++r) {
    for (size_t b = 0; b < N_ELEMENTS(blocks); ++b) {
      const Host    host     = {rates[r], blocks[b], 1.0, false, false};
      const int64_t cycle_ns = (int64_t)(blocks[b] / rates[r] * 1e9);
      const int64_t after_ns = appears_after(&host, 20000);

      // At the first call that makes three, over 20 ms
      const int64_t least_ns =
        2 * cycle_ns > 20 * MS_NS ? 2 * cycle_ns : 20 * MS_NS;
      assert_true(after_ns >= least_ns - 1);
      assert_true(after_ns <= least_ns + cycle_ns + 1);
    }
  }
}

static void
test_the_maker_s_own_thread_takes_longer(void** state)
{
  (void)state;

  const Host    host     = {48000.0, 256, 1.0, true, false};
  const int64_t after_ns = appears_after(&host, 1000);

  assert_true(after_ns >= 200 * MS_NS);
  assert_true(after_ns <= 206 * MS_NS);
}

static void
test_pace_decides(void** state)
{
  (void)state;

  static const struct {
    double pace;
    bool   appears;
  } cases[] = {
    {0.79, false},
    {0.81, true},
    {1.0, true},
    {1.24, true},
    {1.26, false},
    {2.0, false},
    {20.0, false},
    {1000.0, false},
    {0.1, false},
    {0.01, false},
  };

  for (size_t i = 0; i < N_ELEMENTS(cases); ++i) {
    const Host host = {48000.0, 64, cases[i].pace, false, false};
    assert_int_equal(appears_after(&host, 100000) >= 0, cases[i].appears);
  }
}

static void
test_export_never_appears_and_counts_for_nothing(void** state)
{
  (void)state;

  const Host host = {48000.0, 512, 1.0, false, true};
  assert_true(appears_after(&host, 10000) < 0);

  // 10 ms of time's pace, an export, then again: the 20 ms begin anew
  RsAppear appear = {0};
  int64_t  now_ns = START_NS;
  for (unsigned i = 0; i < 10; ++i, now_ns += MS_NS) {
    assert_false(rs_appear_cycle(&appear, 48000.0, now_ns, 48, false, false));
  }

  assert_false(rs_appear_cycle(&appear, 48000.0, now_ns, 48, false, true));
  now_ns += MS_NS;

  const int64_t since_ns = now_ns;
  while (!rs_appear_cycle(&appear, 48000.0, now_ns, 48, false, false)) {
    now_ns += MS_NS;
    assert_true(now_ns < since_ns + 30 * MS_NS);
  }
  assert_true(now_ns - since_ns >= 20 * MS_NS);
}

static void
test_split_cycles(void** state)
{
  (void)state;

  // Ardour at 1024: 272 and 752 frames one after the other, within 100 us
  RsAppear appear  = {0};
  bool     appears = false;
  for (unsigned i = 0; i < 4 && !appears; ++i) {
    const int64_t now_ns = START_NS + (int64_t)(i * 1024 / 48000.0 * 1e9);
    appears =
      rs_appear_cycle(&appear, 48000.0, now_ns, 272, false, false) ||
      rs_appear_cycle(&appear, 48000.0, now_ns + 100000, 752, false, false);
  }
  assert_true(appears);
}

static void
test_bursts_must_keep_the_pace(void** state)
{
  (void)state;

  // Blocks of 64 in bursts of 1,536 frames, each as long as its gap: 32 ms
  RsAppear appear = {0};
  unsigned bursts = 0;
  for (bool appears = false; !appears; ++bursts) {
    assert_true(bursts < 10);
    for (unsigned i = 0; i < 24 && !appears; ++i) {
      const int64_t now_ns = START_NS + (bursts * 32 * MS_NS) + (i * 10000);
      appears = rs_appear_cycle(&appear, 48000.0, now_ns, 64, false, false);
    }
  }
  assert_int_equal(bursts, 4);

  // An offline tool that was held up once, just as long as what it had run
  appear = (RsAppear){0};
  for (unsigned i = 0; i < 10000; ++i) {
    const int64_t held_ns = i < 24 ? 0 : 32 * MS_NS;
    const int64_t now_ns  = START_NS + held_ns + (i * 10000);
    assert_false(rs_appear_cycle(&appear, 48000.0, now_ns, 64, false, false));
  }
}

static void
test_a_bad_start_is_forgotten(void** state)
{
  (void)state;

  // A second of silence after the first call, as while a session loads
  RsAppear appear = {0};
  assert_false(rs_appear_cycle(&appear, 48000.0, START_NS, 256, false, false));

  int64_t       now_ns  = START_NS + 1000 * MS_NS;
  const int64_t from_ns = now_ns;
  const double  step_ns = 256 / 48000.0 * 1e9;
  for (unsigned i = 0; i < 20; ++i) {
    if (rs_appear_cycle(&appear, 48000.0, now_ns, 256, false, false)) {
      break;
    }
    now_ns = from_ns + (int64_t)((i + 1) * step_ns);
  }

  assert_true(now_ns - from_ns >= 20 * MS_NS);
  assert_true(now_ns - from_ns <= 60 * MS_NS);
}

static void
test_three_calls_at_least(void** state)
{
  (void)state;

  RsAppear appear = {0};
  assert_false(rs_appear_cycle(&appear, 48000.0, 1, 4800, false, false));
  assert_false(
    rs_appear_cycle(&appear, 48000.0, 100000001, 4800, false, false));
  assert_true(rs_appear_cycle(&appear, 48000.0, 200000001, 4800, false, false));
}

static void
test_empty_calls_and_a_clock_that_goes_back(void** state)
{
  (void)state;

  RsAppear appear = {0};
  for (unsigned i = 0; i < 1000; ++i) {
    assert_false(
      rs_appear_cycle(&appear, 48000.0, START_NS + i * MS_NS, 0, false, false));
  }

  assert_false(
    rs_appear_cycle(&appear, 48000.0, START_NS - MS_NS, 48, false, false));
  assert_int_equal(appear.calls, 1);
}

static void
test_uncalled(void** state)
{
  (void)state;

  assert_false(rs_appear_uncalled(START_NS, START_NS + 499 * MS_NS, false));
  assert_true(rs_appear_uncalled(START_NS, START_NS + 500 * MS_NS, false));
  assert_false(rs_appear_uncalled(START_NS, START_NS + 9000 * MS_NS, true));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_real_time_at_every_block),
    cmocka_unit_test(test_the_maker_s_own_thread_takes_longer),
    cmocka_unit_test(test_pace_decides),
    cmocka_unit_test(test_export_never_appears_and_counts_for_nothing),
    cmocka_unit_test(test_split_cycles),
    cmocka_unit_test(test_bursts_must_keep_the_pace),
    cmocka_unit_test(test_a_bad_start_is_forgotten),
    cmocka_unit_test(test_three_calls_at_least),
    cmocka_unit_test(test_empty_calls_and_a_clock_that_goes_back),
    cmocka_unit_test(test_uncalled),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
