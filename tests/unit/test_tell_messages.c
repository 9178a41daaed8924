// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What a host is told and when, and presets: rows of docs/who-wins.md

#include "tests/unit/told_host.h"

#include <stdlib.h>
#include <string.h>

/// In any second, and one value of a parameter in a cycle
static void
assert_no_more_than_30(const Host* const host)
{
  for (uint32_t i = 0; i < host->n_told; ++i) {
    uint32_t in_a_second = 1;
    for (uint32_t k = i + 1u; k < host->n_told; ++k) {
      if (host->told[k].port == host->told[i].port) {
        in_a_second += host->told[k].now_ns < host->told[i].now_ns + 1000000000;
        assert_false(host->told[k].what == VALUE &&
                     host->told[i].what == VALUE &&
                     host->told[k].cycle == host->told[i].cycle);
      }
    }
    assert_true(in_a_second <= 30);
  }
}

/// Short cycles, so that there is one whenever there may be
static void
test_no_more_than_30_a_second_in_short_cycles(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.3);
  for (uint32_t i = 0; i < 6000; ++i) {
    host_run_frames(host, 16);
  }
  assert_no_more_than_30(host);
  assert_int_equal(host_count(host, END), 1);
  assert_true(host_count(host, VALUE) > 30);
}

static void
test_no_more_than_30_a_second_and_the_last(void** state)
{
  Host* const host = (Host*)*state;
  float       gain = 0.0f;
  for (uint32_t i = 0; i < 2000; ++i) {
    gain = (float)(i % 97u) / 7.0f;
    osc_sets(host, gain);
    rig_send(host->rig,
             (RsCommand){.kind      = RS_COMMAND_SET,
                         .parameter = RIG_TONE,
                         .value     = (float)(i % 13u) / 13.0f});
    host_run_frames(host, 64u + i % 512u);
  }
  host_run_ms(host, 1000);
  assert_true(host->rig->ports[RIG_GAIN] == gain);
  assert_int_equal(host->told[host->n_told - 1].what, END);

  assert_no_more_than_30(host);
  assert_true(host_count(host, VALUE) > 200);
}

/// Nearer than what counts as an echo is still not the same
static void
test_the_last_value_is_exact(void** state)
{
  Host* const host = (Host*)*state;
  for (uint32_t i = 0; i < 20; ++i) {
    osc_sets(host, 3.0f + 0.0001f * (float)(i % 3u));
    host_run_ms(host, 50);
    assert_true(host->rig->ports[RIG_GAIN] == 3.0f + 0.0001f * (float)(i % 3u));
    assert_true(rig_value(host->rig, RIG_GAIN) ==
                3.0f + 0.0001f * (float)(i % 3u));
  }
  assert_int_equal(host_count(host, VALUE), 20);
}

static void
test_gesture(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  host_run_ms(host, 1000);
  const int64_t moved_ns = host->rig->now_ns;

  // No bridge is there any more: nothing comes from it
  host_run_ms(host, 1000);
  assert_int_equal(host->told[0].what, START);
  assert_int_equal(host->told[1].what, VALUE);
  assert_int_equal(host->told[0].cycle, host->told[1].cycle);
  assert_int_equal(host_count(host, START), 1);
  assert_int_equal(host_count(host, END), 1);

  const Told* const end = &host->told[host->n_told - 1u];
  assert_int_equal(end->what, END);
  assert_true(llabs(end->now_ns - moved_ns - 250000000) <= 20000000);
  assert_true(host_last_value(host) == 24.0f);

  osc_sets(host, 1.0f);
  host_run_ms(host, 500);
  assert_int_equal(host_count(host, START), 2);
  assert_int_equal(host_count(host, END), 2);
}

static void
test_no_gesture_while_the_transport_stands(void** state)
{
  Host* const host        = (Host*)*state;
  host->teller.is_rolling = false;
  osc_ramps(host, 24.0f, 1.0);
  host_run_ms(host, 500);
  assert_int_equal(host_count(host, START), 0);
  assert_true(host_count(host, VALUE) > 10);

  // It starts while OSC moves on
  host->teller.is_rolling = true;
  host_run_ms(host, 100);
  assert_int_equal(host_count(host, START), 1);
  host->teller.is_rolling = false;
  host_run_ms(host, 1000);
  assert_int_equal(host_count(host, START), 1);
  assert_int_equal(host_count(host, END), 1);
}

static void
test_freewheel_says_and_changes_nothing(void** state)
{
  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  host_run_ms(host, 300);
  host->rig->freewheel = true;
  host_run(host);
  const uint32_t told = host->n_told;
  const float    gain = rig_value(host->rig, RIG_GAIN);
  for (uint32_t i = 0; i < 200; ++i) {
    host_run_and_expect(host, gain);
  }
  assert_int_equal(host->n_told, told);
  assert_int_equal(host_refusals(host), 0);

  // Afterwards the host learns where it stopped, and that it did
  host->rig->freewheel = false;
  host_run_ms(host, 500);
  assert_true(host->rig->ports[RIG_GAIN] == gain);
  assert_int_equal(host->told[host->n_told - 1].what, END);
}

/// What passes by the clock does not pass during an export
static void
test_freewheel_does_not_release(void** state)
{
  Host* const host = (Host*)*state;
  host->is_deaf    = true;
  osc_sets(host, 3.0f);
  host_run(host);
  host_run_and_expect(host, 0.0f);

  // Granted once, but a second has not passed, and another one waits
  host->is_deaf = false;
  host_run_ms(host, 50);
  osc_sets(host, 5.0f);
  host_run(host);
  host_run_and_expect(host, 5.0f);
  osc_sets(host, 4.0f);
  host->room = 0;
  host_run_and_expect(host, 5.0f);
  host->rig->freewheel = true;
  for (uint32_t i = 0; i < 200; ++i) {
    host_run_and_expect(host, 5.0f);
  }

  // Afterwards the second is over, and the one that waited goes ahead
  host->rig->freewheel = false;
  host_run(host);
  host_run_and_expect(host, 4.0f);
}

/// A request that the host had no time to answer is no refusal
static void
test_freewheel_does_not_refuse(void** state)
{
  Host* const host = (Host*)*state;
  host_answer_after(host, 0);
  osc_sets(host, 2.0f);
  host_run_ms(host, 100); // It has answered
  host->is_deaf = true;
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  host->rig->freewheel = true;
  for (uint32_t i = 0; i < 200; ++i) {
    host_run_and_expect(host, 3.0f);
  }
  assert_int_equal(host_refusals(host), 0);
}

static void
test_what_does_not_fit_comes_later(void** state)
{
  Host* const host = (Host*)*state;
  host->room       = 2;
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    rig_send(
      host->rig,
      (RsCommand){.kind      = RS_COMMAND_SET,
                  .parameter = i,
                  .value = i == RIG_MIX ? 0.0f : rig_parameters[i].maximum});
  }
  host_run_ms(host, 200);
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    assert_true(host->rig->ports[i] == rig_value(host->rig, i));
  }
  assert_int_equal(host_count(host, VALUE), RIG_PEAK);
  host_run_ms(host, 500);
  assert_int_equal(host_count(host, START), RIG_PEAK);
  assert_int_equal(host_count(host, END), RIG_PEAK);
}

/// A preset by OSC: the host is told of all its parameters in one cycle
static void
test_preset_by_osc_is_told_together(void** state)
{
  Host* const host = (Host*)*state;
  osc_sets(host, 3.0f);
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_TONE, .value = 0.5f});
  rig_send(
    host->rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_MODE, .value = 5.0f});
  rig_send(host->rig, (RsCommand){.kind = RS_COMMAND_PRESET, .serial = 7});
  host_run(host);
  assert_int_equal(host_count(host, VALUE), 3);
  assert_int_equal(host->told[host->n_told - 1u].cycle, host->told[0].cycle);
  host_run_ms(host, 500);
  assert_int_equal(rig_telemetry(host->rig)->live.preset_serial, 7);
}

/// A preset from the host's menu sets everything, whatever is under way
static void
test_preset_of_the_host(void** state)
{
  RsSaved saved[RIG_N];
  for (uint32_t i = 0; i < RIG_N; ++i) {
    const float initial = rig_parameters[i].initial;
    saved[i] = (RsSaved){initial, initial, RS_OWNER_HOST, i != RIG_PEAK};
  }
  saved[RIG_GAIN].value = saved[RIG_GAIN].port = -12.0f;

  Host* const host = (Host*)*state;
  osc_ramps(host, 24.0f, 1.0);
  host_run_ms(host, 300);
  rs_control_restore(host->rig->control, saved);
  host_run_and_expect(host, -12.0f);
  host->rig->ports[RIG_GAIN] = -12.0f;
  const uint32_t told        = host_count(host, VALUE);
  for (uint32_t i = 0; i < 100; ++i) {
    host_run_and_expect(host, -12.0f);
  }
  assert_int_equal(host_count(host, VALUE), told);
  assert_int_equal(host_count(host, END), 1);

  // The host takes its time for its ports: it is not asked meanwhile
  saved[RIG_GAIN].value = saved[RIG_GAIN].port = -9.0f;
  rs_control_restore(host->rig->control, saved);
  for (uint32_t i = 0; i < 30; ++i) {
    host_run_and_expect(host, -9.0f);
  }
  host->rig->ports[RIG_GAIN] = -9.0f;
  for (uint32_t i = 0; i < 100; ++i) {
    host_run_and_expect(host, -9.0f);
  }
  assert_int_equal(host_count(host, VALUE), told);

  // The same with nothing in it for the plugin: it follows its ports
  for (uint32_t i = 0; i < RIG_N; ++i) {
    saved[i].known = 0;
  }
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  rs_control_restore(host->rig->control, saved);
  host_run(host);
  host->rig->ports[RIG_GAIN] = 6.0f;
  host_run_and_expect(host, 6.0f);
}

/// A state that was saved before the host had learnt what OSC did
static void
test_state_that_the_host_did_not_know(void** state)
{
  Host* const  host = (Host*)*state;
  float* const port = &host->rig->ports[RIG_GAIN];
  RsSaved      saved[RIG_N];
  memset(saved, 0, sizeof(saved));
  host_run_ms(host, 100);

  // Its port is where it was then
  saved[RIG_GAIN] = (RsSaved){-12.0f, *port, RS_OWNER_OSC, 1u};
  rs_control_restore(host->rig->control, saved);
  host_run_and_expect(host, -12.0f);
  host_run_and_expect(host, -12.0f);
  assert_true(*port == -12.0f);

  // It gets there later
  saved[RIG_GAIN] = (RsSaved){-6.0f, 3.0f, RS_OWNER_OSC, 1u};
  rs_control_restore(host->rig->control, saved);
  host_run_and_expect(host, -6.0f);
  *port = 3.0f;
  host_run_and_expect(host, -6.0f);
  host_run_ms(host, 100);
  host_run_and_expect(host, -6.0f);
  assert_true(*port == -6.0f);
}

/// A host that plays a lane over a preset: the lane wins
static void
test_preset_while_the_host_plays(void** state)
{
  RsSaved saved[RIG_N];
  memset(saved, 0, sizeof(saved));
  saved[RIG_GAIN] = (RsSaved){-12.0f, -12.0f, RS_OWNER_HOST, 1};

  Host* const host = (Host*)*state;
  host->plays      = true;
  host->lane       = 2.0f;
  host_run(host);
  host_run_and_expect(host, 2.0f);
  rs_control_restore(host->rig->control, saved);
  host_run_ms(host, 700);
  host_run_and_expect(host, 2.0f);
  assert_int_equal(host_refusals(host), 1);
}

static void
test_a_port_that_is_not_connected_is_not_told(void** state)
{
  Host* const host = (Host*)*state;
  Rig* const  rig  = rig_new();
  rig_free(host->rig);
  host->rig                    = rig;
  rig->teller                  = &host->teller;
  rig->port_pointers[RIG_GAIN] = NULL;
  osc_sets(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  host_run_and_expect(host, 3.0f);
  assert_int_equal(host->n_told, 0);
}

int
main(void)
{
#define ROW(name) \
  cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)
  const struct CMUnitTest tests[] = {
    ROW(test_no_more_than_30_a_second_in_short_cycles),
    ROW(test_no_more_than_30_a_second_and_the_last),
    ROW(test_the_last_value_is_exact),
    ROW(test_gesture),
    ROW(test_no_gesture_while_the_transport_stands),
    ROW(test_freewheel_says_and_changes_nothing),
    ROW(test_freewheel_does_not_release),
    ROW(test_freewheel_does_not_refuse),
    ROW(test_what_does_not_fit_comes_later),
    ROW(test_preset_by_osc_is_told_together),
    ROW(test_preset_of_the_host),
    ROW(test_state_that_the_host_did_not_know),
    ROW(test_preset_while_the_host_plays),
    ROW(test_a_port_that_is_not_connected_is_not_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
