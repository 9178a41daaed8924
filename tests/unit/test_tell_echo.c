// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Requests and echoes: the rows of docs/who-wins.md about what a port shows

#include "tests/unit/told_host.h"

#include <math.h>

static void
test_echo_in_the_next_cycle(void** state)
{
  Host* const host = (Host*)*state;
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  assert_int_equal(host_count(host, VALUE), 1);
  assert_true(host_last_value(host) == 3.0f);
  assert_true(host->rig->ports[RIG_GAIN] == 3.0f);
  host_run_and_expect(host, 3.0f);
  assert_int_equal(host_refusals(host), 0);

  RsSaved saved[RIG_N];
  rs_control_save(host->rig->control, host->rig->now_ns, saved);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_OSC);
  assert_true(saved[RIG_GAIN].port == 3.0f);

  // The user's hand is no echo, even back to where it was
  host->rig->ports[RIG_GAIN] = 0.0f;
  host_run_and_expect(host, 0.0f);
  host->rig->ports[RIG_GAIN] = 3.0f;
  host_run_and_expect(host, 3.0f);
  rs_control_save(host->rig->control, host->rig->now_ns, saved);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_HOST);
}

/// OSC goes on in the cycle in which the echo comes: the echo is not a move
static void
test_echo_does_not_pull_back(void** state)
{
  Host* const host = (Host*)*state;
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  osc_sets(host, 4.0f);
  host_run_and_expect(host, 4.0f);
  host_run_and_expect(host, 4.0f);
  host_run_ms(host, 100);
  assert_true(host->rig->ports[RIG_GAIN] == 4.0f);
  host_run_and_expect(host, 4.0f);

  // The same where the echo comes after it
  host_answer_after(host, 100);
  osc_sets(host, 5.0f);
  host_run_ms(host, 50);
  osc_sets(host, 6.0f);
  for (uint32_t i = 0; i < 50; ++i) {
    host_run_and_expect(host, 6.0f);
  }
  assert_true(host->rig->ports[RIG_GAIN] == 6.0f);
}

/// A port that holds no number has said nothing
static void
test_answers_that_are_no_numbers(void** state)
{
  static const float bad[] = {NAN, INFINITY, -INFINITY};

  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  for (uint32_t i = 0; i < 2u * N_ELEMENTS(bad); ++i) {
    if (i == N_ELEMENTS(bad)) {
      host_answer_after(host, 0);
    }
    osc_sets(host, 1.0f + (float)i);
    host_run(host);
    host->rig->ports[RIG_GAIN] = bad[i % N_ELEMENTS(bad)];
    for (uint32_t k = 0; k < 200; ++k) {
      host_run(host);
      const float value = rig_value(host->rig, RIG_GAIN);
      assert_true(value == 0.0f || value == 1.0f + (float)i);
    }
  }
  host->rig->ports[RIG_GAIN] = 9.0f;
  host_run_and_expect(host, 9.0f);
}

static void
test_echo_after_100_ms(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 100);
  osc_ramps(host, 24.0f, 1.0);

  float before = -1.0f;
  for (uint32_t i = 0; i < 150; ++i) {
    host_run(host);
    const float* const out = host->rig->out[RIG_GAIN];
    for (uint32_t k = 0; k < CYCLE; ++k) {
      assert_true(out[k] >= before);
      before = out[k];
    }
  }
  assert_true(before == 24.0f);
  assert_true(host_last_value(host) == 24.0f);
  assert_true(host->rig->ports[RIG_GAIN] == 24.0f);
  assert_int_equal(host_refusals(host), 0);
}

/// 1 to 2 to 1: the port is at 1 when 1 is asked for again
static void
test_echoes_are_matched_in_order(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 100);
  osc_sets(host, 1.0f);
  host_run_ms(host, 500);
  osc_sets(host, 2.0f);
  host_run_ms(host, 50);
  osc_sets(host, 1.0f);
  for (uint32_t i = 0; i < 50; ++i) {
    host_run_and_expect(host, 1.0f);
  }
  assert_true(host->rig->ports[RIG_GAIN] == 1.0f);
}

static void
test_each_request_is_matched_once(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  osc_sets(host, 1.0f);
  host_run_ms(host, 50);
  host->is_deaf = true;
  osc_sets(host, 2.0f);
  host_run_ms(host, 50);

  // It goes away and comes back within 300 ms: those are moves
  host->rig->ports[RIG_GAIN] = -5.0f;
  host_run_and_expect(host, -5.0f);
  host->rig->ports[RIG_GAIN] = 2.0f;
  host_run_and_expect(host, 2.0f);
  osc_sets(host, 7.0f);
  host_run_and_expect(host, 7.0f);
  host->rig->ports[RIG_GAIN] = 1.0f;
  host_run_and_expect(host, 1.0f);
}

/// A host that gives each answer once more, so much later
static void
run_twice(Host* const host, const uint32_t ms, const int64_t later_ns)
{
  for (uint32_t i = 0; i < ms / 10u; ++i) {
    host_run(host);
    for (uint32_t k = 0; k < host->n_told; ++k) {
      const int64_t ago_ns = host->rig->now_ns - host->told[k].now_ns;
      if (host->told[k].what == VALUE && ago_ns >= later_ns &&
          ago_ns < later_ns + 10000000) {
        host->rig->ports[RIG_GAIN] = host->told[k].value;
      }
    }
  }
}

static void
test_an_answer_again_does_not_end_a_ramp(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  for (int64_t ms = 50; ms < 250; ms += 10) {
    osc_ramps(host, 24.0f, 0.5);
    run_twice(host, 1000, ms * 1000000);
    assert_true(rig_value(host->rig, RIG_GAIN) == 24.0f);
    assert_true(host->rig->ports[RIG_GAIN] == 24.0f);
    osc_sets(host, 0.0f);
    host_run_ms(host, 500);
  }

  // Not when it comes too late for an answer
  osc_sets(host, 5.0f);
  host_run_ms(host, 100);
  osc_sets(host, 0.0f);
  host_run_ms(host, 400);
  osc_ramps(host, 24.0f, 2.0);
  host_run_ms(host, 30);
  host->is_deaf              = true;
  host->rig->ports[RIG_GAIN] = 5.0f;
  host_run_and_expect(host, 5.0f);
  host_run_ms(host, 500);
  host_run_and_expect(host, 5.0f);
}

static void
test_an_answer_again_does_not_outrun_osc(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  for (uint32_t n = 5; n < 40; ++n) {
    const int64_t later_ns = (int64_t)(50u + 10u * (n % 20u)) * 1000000;
    for (uint32_t i = 0; i < n; ++i) {
      osc_sets(host, (float)i * 0.5f);
      run_twice(host, 10, later_ns);
    }
    run_twice(host, 500, later_ns);
    assert_true(rig_value(host->rig, RIG_GAIN) == (float)(n - 1u) * 0.5f);
    assert_true(host->rig->ports[RIG_GAIN] == (float)(n - 1u) * 0.5f);
  }
}

static void
test_an_answer_drops_older_requests(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  host->is_deaf = true;
  osc_sets(host, 1.0f);
  host_run_ms(host, 50);
  osc_sets(host, 2.0f);
  host_run_ms(host, 50);
  osc_sets(host, 3.0f);
  host_run_ms(host, 50);
  assert_int_equal(host_count(host, VALUE), 3);

  host->rig->ports[RIG_GAIN] = 2.0f; // Answers the second, not the first
  host_run_and_expect(host, 3.0f);
  host->rig->ports[RIG_GAIN] = 1.0f; // So this is a move
  host_run_and_expect(host, 1.0f);
}

static void
test_too_late_is_a_move(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 290);
  osc_sets(host, 1.0f);
  host_run_ms(host, 400);
  host_run_and_expect(host, 1.0f);

  host->is_deaf = true;
  host_answer_after(host, 0);
  osc_sets(host, 2.0f);
  host_run_ms(host, 290);
  host_run_and_expect(host, 2.0f);
  host->rig->now_ns += 20000000;
  host->rig->ports[RIG_GAIN] = 2.0f;
  host_run_and_expect(host, 2.0f);

  // It was a move: it is the host's
  RsSaved saved[RIG_N];
  rs_control_save(host->rig->control, host->rig->now_ns, saved);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_HOST);
}

static void
test_echo_may_be_rounded_a_little(void** state)
{
  Host* const host = (Host*)*state;
  host->rounds_to  = 0.0001f; // The range is 48
  osc_sets(host, 1.234567f);
  host_run_and_expect(host, 1.234567f);
  assert_true(host->rig->ports[RIG_GAIN] != 1.234567f);
  host_run_and_expect(host, 1.234567f);
  host_run_ms(host, 500);
  host_run_and_expect(host, 1.234567f);
  assert_int_equal(host_refusals(host), 0);

  // Rounded more, it is another value, and the host's word
  host->rounds_to = 1.0f;
  osc_sets(host, 7.3f);
  host_run(host);
  host_run_and_expect(host, 7.0f);
}

static void
test_host_edge_beats_a_ramp(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  host_run_ms(host, 300);
  assert_int_equal(host_count(host, START), 1);
  host->is_deaf              = true;
  host->rig->ports[RIG_GAIN] = -8.0f;
  host_run_and_expect(host, -8.0f);
  assert_int_equal(host_count(host, END),
                   1); // Or it hid the move from its lane
  host_run_ms(host, 500);
  host_run_and_expect(host, -8.0f);
  assert_int_equal(host_count(host, END), 1);
  assert_int_equal(host->told[host->n_told - 1].what, END);

  // Also one to where it was a moment ago, in Ardour, which does not stammer
  host->is_deaf = false;
  osc_ramps(host, 24.0f, 1.0);
  host_run_ms(host, 100);
  const float old = host->rig->ports[RIG_GAIN];
  host_run_ms(host, 100);
  assert_true(host->rig->ports[RIG_GAIN] > old);
  host->is_deaf              = true;
  host->rig->ports[RIG_GAIN] = old;
  host_run_and_expect(host, old);
  host_run_ms(host, 500);
  host_run_and_expect(host, old);
}

int
main(void)
{
#define ROW(name) \
  cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
  const struct CMUnitTest tests[] = {
    ROW(test_echo_in_the_next_cycle),
    ROW(test_echo_does_not_pull_back),
    ROW(test_answers_that_are_no_numbers),
    ROW(test_echo_after_100_ms),
    ROW(test_echoes_are_matched_in_order),
    ROW(test_each_request_is_matched_once),
    ROW(test_an_answer_again_does_not_end_a_ramp),
    ROW(test_an_answer_again_does_not_outrun_osc),
    ROW(test_an_answer_drops_older_requests),
    ROW(test_too_late_is_a_move),
    ROW(test_echo_may_be_rounded_a_little),
    ROW(test_host_edge_beats_a_ramp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
