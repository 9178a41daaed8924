// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Hosts that refuse, and hosts that cannot: rows of docs/who-wins.md

#include "tests/unit/told_host.h"

/// The user's hand in the very cycle in which the host was asked
static void
test_a_hand_is_no_refusal(void** state)
{
  Host* const host = (Host*)*state;

  // What the port held at first was no move of it
  osc_sets(host, 2.0f);
  host_run_and_expect(host, 2.0f);
  host->rig->ports[RIG_GAIN] = 1.0f;
  host_run_and_expect(host, 1.0f);
  assert_int_equal(host_refusals(host), 0);

  host_run_ms(host, 1000);
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  host->rig->ports[RIG_GAIN] = -6.0f;
  host_run_and_expect(host, -6.0f);
  assert_int_equal(host_refusals(host), 0);
  osc_sets(host, 4.0f);
  host_run_and_expect(host, 4.0f);
}

/// Ardour that plays a lane
static void
test_refused(void** state)
{
  Host* const host = (Host*)*state;
  host->plays      = true;
  host->lane       = -6.0f;
  host_run(host);
  host_run_and_expect(host, -6.0f);

  osc_sets(host, 3.0f);
  host_run(host); // It is not known yet
  host_run_and_expect(host, -6.0f);
  assert_int_equal(host_refusals(host), 1);

  // From now on, there is not one sample of what is refused
  for (uint32_t i = 0; i < 300; ++i) {
    osc_sets(host, (float)(i % 10u));
    host->lane = -6.0f - 0.01f * (float)i;
    host_run_frames(host, 64u + i);
    for (uint32_t k = 0; k < 64u + i; ++k) {
      assert_true(host->rig->out[RIG_GAIN][k] <= -6.0f);
    }
  }
  assert_true(host_refusals(host) > 30);

  // The lane ends; within the second, the host is asked first
  host->plays = false;
  host_run_ms(host, 100);
  osc_sets(host, 5.0f);
  host_run(host);
  assert_true(rig_value(host->rig, RIG_GAIN) < -6.0f);
  host_run_and_expect(host, 5.0f);
  host_run_ms(host, 1000);
  osc_sets(host, 6.0f);
  host_run_and_expect(host, 6.0f);
  host_run_and_expect(host, 6.0f);
}

/// A machine that holds up a host that takes its time: that is no refusal
static void
test_held_up(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 100);
  osc_sets(host, 1.0f);
  host_run_and_expect(host, 1.0f);
  host_run_ms(host, 200); // It has answered

  osc_sets(host, 2.0f);
  host_run_and_expect(host, 2.0f);
  for (uint32_t i = 0; i < 5; ++i) {
    host->rig->now_ns += 400000000;
    host_run_and_expect(host, 2.0f);
    osc_sets(host, 3.0f + (float)i);
    host_run_and_expect(host, 3.0f + (float)i);
    host->rig->now_ns += 400000000;
    host_run_and_expect(host, 3.0f + (float)i);
    host_run_ms(host, 200);
    osc_sets(host, 2.0f);
    host_run_and_expect(host, 2.0f);
  }
  assert_int_equal(host_refusals(host), 0);

  // But what it does not answer while it runs is one
  host_run_ms(host, 200);
  host->is_deaf = true;
  osc_sets(host, 4.0f);
  host_run_and_expect(host, 4.0f);
  host->rig->now_ns += 400000000;
  host_run_ms(host, 310);
  host_run_and_expect(host, 2.0f);
  assert_int_equal(host_refusals(host), 1);
}

/// Less than a command a second against a lane that stands: no block of it,
/// however long ago the last refusal was
static void
test_rare_commands_against_a_flat_lane(void** state)
{
  Host* const host = (Host*)*state;
  host->plays      = true;
  host->lane       = -6.0f;
  host_run(host);
  host_run_and_expect(host, -6.0f);
  osc_sets(host, 3.0f);
  host_run(host); // It is not known yet
  host_run_and_expect(host, -6.0f);

  for (uint32_t i = 0; i < 5; ++i) {
    host_run_ms(host, 1500 + 700 * i);
    osc_sets(host, 4.0f);
    for (uint32_t k = 0; k < 10; ++k) {
      host_run_and_expect(host, -6.0f);
    }
    assert_int_equal(host_refusals(host), 2u + i);
  }

  // It ends, grants one, and plays again, all within a second
  host->plays = false;
  osc_sets(host, 5.0f);
  host_run_and_expect(host, -6.0f);
  host_run_and_expect(host, 5.0f);
  host->plays = true;
  host_run(host);
  host_run_and_expect(host, -6.0f);
  osc_sets(host, 4.0f);
  for (uint32_t i = 0; i < 3; ++i) {
    host_run_and_expect(host, -6.0f);
    host_run_and_expect(host, -6.0f);
    host_run_ms(host, 1500);
    osc_sets(host, 4.0f);
  }
  host_run_ms(host, 100);

  // The lane ends: asked and granted, it is as if nothing had been
  host->plays = false;
  osc_sets(host, 5.0f);
  host_run_and_expect(host, -6.0f);
  host_run_and_expect(host, 5.0f);
  host_run_ms(host, 1500);
  osc_sets(host, 6.0f);
  host_run_and_expect(host, 6.0f);

  // And the lane comes back: refused once more, and held anew
  host_run_ms(host, 1000);
  host->plays = true;
  host_run(host);
  host_run_ms(host, 1000);
  osc_sets(host, 7.0f);
  host_run(host);
  for (uint32_t i = 0; i < 2; ++i) {
    host_run_and_expect(host, -6.0f);
    host_run_ms(host, 2000);
    osc_sets(host, 8.0f);
  }
}

/// A host at rest cannot answer: commands take effect all the same
static void
test_a_rest_ends_the_holding(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  host_run(host);
  host_run_and_expect(host, 0.0f);

  host->rig->now_ns += 2000000000;
  osc_sets(host, 4.0f);
  assert_int_equal(rs_control_look_ahead(host->rig->control, host->rig->now_ns),
                   RS_SUCCESS);
  assert_true(rig_ahead_value(host->rig, RIG_GAIN) == 4.0f);
  host_run_and_expect(host, 4.0f);
}

static void
test_held_ramps_follow_the_port(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  host_run(host);
  host_run_and_expect(host, 0.0f);
  host->is_deaf = false;
  osc_ramps(host, 10.0f, 0.5);
  for (uint32_t i = 0; i < 60; ++i) {
    host_run(host);
    assert_true(rig_value(host->rig, RIG_GAIN) <= host->rig->ports[RIG_GAIN]);
  }
  host_run_and_expect(host, 10.0f);
  host_run_ms(host, 1000);
  host_run_and_expect(host, 10.0f);
  assert_int_equal(host_refusals(host), 1);

  // And relative moves start from where OSC is, be it in effect or not
  host->is_deaf = true;
  osc_sets(host, 12.0f);
  host_run(host);
  host_run_and_expect(host, 10.0f);
  host->is_deaf = false;
  host_run_ms(host, 50);
  for (uint32_t i = 0; i < 3; ++i) {
    rig_send(host->rig,
             (RsCommand){
               .kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.0f});
  }
  host_run_and_expect(host, 10.0f);
  host_run_and_expect(host, 13.0f);
  host_run_ms(host, 1000);
  osc_sets(host, 10.0f);
  host_run_ms(host, 50);
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.0f});
  host_run_and_expect(host, 11.0f);
}

/// Only the next cycle counts in a host like Ardour
static void
test_the_next_cycle_decides(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  host_run_frames(host, 0); // Is none
  assert_true(rig_value(host->rig, RIG_GAIN) == 3.0f);
  host_run_and_expect(host, 0.0f);
  assert_int_equal(host_refusals(host), 1);
}

static void
test_deaf_host_keeps_osc(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  host->is_deaf = true;
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  host_run_ms(host, 1000);
  host_run_and_expect(host, 3.0f);
  assert_int_equal(host_refusals(host), 0);
  host->says_no = true;
  osc_sets(host, 4.0f);
  host_run_and_expect(host, 4.0f);
  host_run_and_expect(host, 4.0f);
}

/// There and back within 300 ms ends where the port is: no sign of an answer
static void
test_where_the_port_is_says_nothing(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  host->is_deaf = true;
  for (int can_answer = 1; can_answer >= 0; --can_answer) {
    host->teller.can_answer = can_answer;
    osc_sets(host, 3.0f);
    host_run_ms(host, 60);
    osc_sets(host, 0.0f);
    host_run_ms(host, 1000);
    osc_sets(host, 4.0f);
    host_run_ms(host, 1000);
    host_run_and_expect(host, 4.0f);
    osc_sets(host, 0.0f);
    host_run_ms(host, 1000);
  }

  // Nor is a hand that happens to do the same, where there is no way to answer
  osc_sets(host, 5.0f);
  host_run(host);
  host->rig->ports[RIG_GAIN] = 5.0f;
  host_run(host);
  osc_sets(host, 6.0f);
  host_run_ms(host, 1000);
  host_run_and_expect(host, 6.0f);
  assert_int_equal(host_refusals(host), 0);
}

static void
test_host_that_has_answered_may_refuse(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 50);
  osc_sets(host, 3.0f);
  host_run_ms(host, 100);
  host->is_deaf = true;
  osc_sets(host, 4.0f);
  host_run_and_expect(host, 4.0f);
  host_run_ms(host, 400);
  host_run_and_expect(host, 3.0f);
  assert_int_equal(host_refusals(host), 1);

  host_run_ms(host, 1000);
  host->says_no = true;
  osc_sets(host, 5.0f);
  host_run(host);
  host_run_and_expect(host, 3.0f);
  assert_int_equal(host_refusals(host), 2);
}

/// Held, and slow: each answer is one, and the last command counts
static void
test_held_and_slow(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 100);
  osc_sets(host, 1.0f);
  host_run_ms(host, 200); // It has answered
  host->is_deaf = true;
  osc_sets(host, 2.0f);
  host_run_ms(host, 400);
  assert_int_equal(host_refusals(host), 1);
  host_run_and_expect(host, 1.0f);

  // Others come while the first is on its way, one of them again
  host->is_deaf    = false;
  host->n_answered = host->n_told;
  host_run_ms(host, 800);
  osc_sets(host, 5.0f);
  host_run_and_expect(host, 1.0f);
  osc_sets(host, 5.0f);
  host_run_and_expect(host, 1.0f);
  host_run_ms(host, 40);
  osc_sets(host, 6.0f);
  host_run_and_expect(host, 1.0f);
  host_run_ms(host, 400);
  host_run_and_expect(host, 6.0f);
  assert_int_equal(host_refusals(host), 1);

  // Nor is it held any more
  osc_sets(host, 7.0f);
  host_run_and_expect(host, 7.0f);
}

/// What the port shows already needs no answer
static void
test_held_where_the_port_is(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  host_run(host);
  host_run_and_expect(host, 0.0f);
  assert_int_equal(host_refusals(host), 1);
  const uint32_t told = host_count(host, VALUE);
  osc_sets(host, 0.0f);
  host_run_and_expect(host, 0.0f);
  osc_sets(host, 1e-9f); // As good as there
  host_run_ms(host, 60);
  assert_true(rig_value(host->rig, RIG_GAIN) == 1e-9f);
  assert_int_equal(host_count(host, VALUE), told + 1u);
  assert_int_equal(host_refusals(host), 1);
}

int
main(void)
{
#define ROW(name) \
  cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
  const struct CMUnitTest tests[] = {
    ROW(test_a_hand_is_no_refusal),
    ROW(test_refused),
    ROW(test_held_up),
    ROW(test_rare_commands_against_a_flat_lane),
    ROW(test_a_rest_ends_the_holding),
    ROW(test_held_ramps_follow_the_port),
    ROW(test_the_next_cycle_decides),
    ROW(test_deaf_host_keeps_osc),
    ROW(test_held_and_slow),
    ROW(test_held_where_the_port_is),
    ROW(test_where_the_port_is_says_nothing),
    ROW(test_host_that_has_answered_may_refuse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
