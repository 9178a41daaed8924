// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Who wins: the host's ports, OSC and restored states (spec section 5)

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <math.h>
#include <string.h>

static void
run_and_expect(Rig* const rig, const float gain)
{
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == gain);
  assert_true(rig->out[RIG_GAIN][63] == gain);
  assert_true(rig_value(rig, RIG_GAIN) == gain);
}

static void
osc_sets(Rig* const rig, const float gain)
{
  rig_send(rig, rig_gain(gain));
}

/// Each row is one cycle: what the host's port is, what OSC sets, who wins
static void
test_last_writer_wins_by_edges(void** state)
{
  static const float none = -100.0f;

  // clang-format off
  static const struct { float port; float osc; float gain; } rows[] = {
    {0.0f, none,  0.0f}, // The host's first word
    {0.0f, 3.0f,  3.0f}, // OSC overrides
    {0.0f, none,  3.0f}, // A port that stays is no news
    {5.0f, none,  5.0f}, // One that changes is
    {5.0f, 6.0f,  6.0f},
    {5.0f, 6.0f,  6.0f}, // The same once more
    {6.0f, none,  6.0f}, // The host moves to what OSC had set
    {5.0f, none,  5.0f},
    {4.0f, 1.0f,  1.0f}, // Both in one cycle: the port at its start, then OSC
    {4.0f, none,  1.0f},
    {1.0f, none,  1.0f},
    {4.0f, none,  4.0f},
    {99.f, none, 24.0f}, // Out of range is clamped
    {98.f, none, 24.0f},
    {-0.f, none, -0.0f},
    {0.0f, 2.0f,  2.0f},
    {-0.f, none,  2.0f}, // Zeros are one value
    {NAN,  none,  2.0f}, // What is no number is not there
    {INFINITY, none, 2.0f},
    {-0.f, none,  2.0f},
    {NAN,  7.0f,  7.0f},
    {3.0f, none,  3.0f},
  };
  // clang-format on

  Rig* const rig = (Rig*)*state;
  for (uint32_t i = 0; i < N_ELEMENTS(rows); ++i) {
    rig->ports[RIG_GAIN] = rows[i].port;
    if (rows[i].osc != none) {
      osc_sets(rig, rows[i].osc);
    }
    run_and_expect(rig, rows[i].gain);
  }
}

/// A tagged command after a host move in the same cycle is later
static void
test_last_in_time_within_a_cycle(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_SET,
                       .parameter = RIG_GAIN,
                       .value     = 3.0f,
                       .time_ns   = rig_time(rig->frame + 30)});
  rig->ports[RIG_GAIN] = 5.0f;
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_true(rig->out[RIG_GAIN][29] == 5.0f);
  assert_true(rig->out[RIG_GAIN][30] == 3.0f);
  run_and_expect(rig, 3.0f);
}

static void
test_unconnected_port(void** state)
{
  Rig* const rig               = (Rig*)*state;
  rig->port_pointers[RIG_GAIN] = NULL;
  run_and_expect(rig, 0.0f);
  osc_sets(rig, 4.0f);
  run_and_expect(rig, 4.0f);

  // Its first word is news
  rig->port_pointers[RIG_GAIN] = &rig->ports[RIG_GAIN];
  rig->ports[RIG_GAIN]         = 1.0f;
  run_and_expect(rig, 1.0f);
}

/// An output has no port to be read, whatever the host connects
static void
test_output_is_not_read(void** state)
{
  Rig* const rig               = (Rig*)*state;
  rig->ports[RIG_PEAK]         = -30.0f;
  rig->port_pointers[RIG_PEAK] = &rig->ports[RIG_PEAK];
  rig_run(rig, 64);
  rig_run(rig, 64);
  assert_true(rig_value(rig, RIG_PEAK) == -6.0f);
}

/// A state in which OSC had set the gain to 9 while the host's port was at 2
static void
make_saved(RsSaved saved[RIG_N])
{
  for (uint32_t i = 0; i < RIG_N; ++i) {
    const float initial = rig_parameters[i].initial;
    saved[i]            = (RsSaved){initial, initial, RS_OWNER_HOST, 1};
  }
  saved[RIG_GAIN]       = (RsSaved){9.0f, 2.0f, RS_OWNER_OSC, 1};
  saved[RIG_PEAK].known = 0;
}

static void
then_the_host_moves(Rig* const rig)
{
  run_and_expect(rig, 9.0f);
  rig->ports[RIG_GAIN] = 3.0f;
  run_and_expect(rig, 3.0f);
  rig->ports[RIG_GAIN] = 2.0f; // No echo any more
  run_and_expect(rig, 2.0f);
}

static void
test_state_then_ports(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  rs_control_restore(rig->control, saved);
  rig->ports[RIG_GAIN] = 2.0f;
  rig->n_calls         = 0;
  run_and_expect(rig, 9.0f);
  assert_int_equal(rig_count(rig, RIG_RESET), 1); // Starts settled
  then_the_host_moves(rig);
}

static void
test_ports_then_state(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  rig->ports[RIG_GAIN] = 2.0f;
  run_and_expect(rig, 2.0f);
  rs_control_restore(rig->control, saved);
  then_the_host_moves(rig);
}

/// Ardour: the state while ports hold defaults, then the ports
static void
test_state_then_defaults_then_ports(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);
  run_and_expect(rig, 9.0f);
  rig->ports[RIG_GAIN] = 2.0f;
  then_the_host_moves(rig);
}

/// The same when it already runs
static void
test_running_state_then_ports(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  run_and_expect(rig, 0.0f);
  osc_sets(rig, -4.0f);
  run_and_expect(rig, -4.0f);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);
  rig->ports[RIG_GAIN] = 2.0f;
  then_the_host_moves(rig);
}

/// jalv: the state before any port is connected
static void
test_state_before_ports_are_connected(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  rig->port_pointers[RIG_GAIN] = NULL;
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);
  rig->port_pointers[RIG_GAIN] = &rig->ports[RIG_GAIN];
  rig->ports[RIG_GAIN]         = 2.0f;
  then_the_host_moves(rig);
}

/// The same when a port is connected after the state was taken
static void
test_port_is_connected_with_its_default(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  rig->port_pointers[RIG_GAIN] = NULL;
  run_and_expect(rig, 0.0f);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);
  rig->port_pointers[RIG_GAIN] = &rig->ports[RIG_GAIN];
  run_and_expect(rig, 9.0f);
  rig->ports[RIG_GAIN] = 2.0f;
  then_the_host_moves(rig);
}

/// A move that is not the echo is a move, and ends the waiting for the echo
static void
test_no_echo(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  run_and_expect(rig, 0.0f);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);
  rig->ports[RIG_GAIN] = 7.0f;
  run_and_expect(rig, 7.0f);
  rig->ports[RIG_GAIN] = 2.0f;
  run_and_expect(rig, 2.0f);
}

/// What the state does not speak of follows its port
static void
test_unknown_follows_its_port(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  saved[RIG_GAIN].known = 0;
  rig->ports[RIG_GAIN]  = 2.5f;
  run_and_expect(rig, 2.5f);
  osc_sets(rig, -4.0f);
  run_and_expect(rig, -4.0f);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 2.5f);
}

/// A host's preset sets every parameter, whatever OSC did before
static void
test_restore_is_after_what_came_before(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  run_and_expect(rig, 0.0f);

  osc_sets(rig, -4.0f);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);

  osc_sets(rig, -4.0f);
  rs_control_restore(rig->control, saved);
  osc_sets(rig, -5.0f);
  run_and_expect(rig, -5.0f);

  // A ramp that had begun ends too
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = 20.0f,
                       .seconds   = 1.0});
  rig_run(rig, 640);
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 9.0f);
  run_and_expect(rig, 9.0f);
}

static void
test_last_restore_wins(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  run_and_expect(rig, 0.0f);
  for (int i = 0; i < 10; ++i) {
    for (int k = 0; k <= i % 4; ++k) {
      make_saved(saved);
      saved[RIG_GAIN].value = (float)(i + k);
      rs_control_restore(rig->control, saved);
    }
    run_and_expect(rig, (float)(i + i % 4));
  }
}

/// Values of a state are not trusted
static void
test_restored_values_are_made_legal(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  make_saved(saved);
  saved[RIG_GAIN].value = 1e9f;
  saved[RIG_FREQ].value = NAN;
  saved[RIG_MODE].value = 3.7f;
  saved[RIG_STEP].owner = 12345;
  rs_control_restore(rig->control, saved);
  run_and_expect(rig, 24.0f);
  assert_true(rig->out[RIG_FREQ][0] == 1000.0f);
  assert_true(rig->out[RIG_MODE][0] == 5.0f);

  rs_control_save(rig->control, rig->now_ns, saved);
  assert_int_equal(saved[RIG_STEP].owner, RS_OWNER_HOST);
}

static void
test_save_and_restore_round_trip(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  rig->ports[RIG_GAIN] = 2.0f;
  rig->ports[RIG_TONE] = 0.5f;
  rig_run(rig, 64);
  osc_sets(rig, 9.0f);
  rig_run(rig, 64);
  rs_control_save(rig->control, rig->now_ns, saved);
  assert_true(saved[RIG_GAIN].value == 9.0f);
  assert_true(saved[RIG_GAIN].port == 2.0f);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_OSC);
  assert_int_equal(saved[RIG_GAIN].known, 1);
  assert_true(saved[RIG_TONE].value == 0.5f);
  assert_int_equal(saved[RIG_TONE].owner, RS_OWNER_HOST);
  assert_int_equal(saved[RIG_PEAK].known, 0);

  Rig* const other = rig_new();
  rs_control_restore(other->control, saved);

  // Before any run(), a session saves what was restored
  RsSaved again[RIG_N];
  rs_control_save(other->control, other->now_ns, again);
  assert_true(again[RIG_GAIN].value == 9.0f);
  assert_true(again[RIG_GAIN].port == 2.0f);
  assert_int_equal(again[RIG_GAIN].owner, RS_OWNER_OSC);

  other->ports[RIG_GAIN] = 2.0f;
  other->ports[RIG_TONE] = 0.5f;
  run_and_expect(other, 9.0f);
  assert_true(other->out[RIG_TONE][0] == 0.5f);
  rs_control_save(other->control, other->now_ns, again);
  assert_memory_equal(saved, again, sizeof(saved));
  rig_free(other);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    RIG_TEST(test_last_writer_wins_by_edges),
    RIG_TEST(test_last_in_time_within_a_cycle),
    RIG_TEST(test_unconnected_port),
    RIG_TEST(test_output_is_not_read),
    RIG_TEST(test_state_then_ports),
    RIG_TEST(test_ports_then_state),
    RIG_TEST(test_state_then_defaults_then_ports),
    RIG_TEST(test_running_state_then_ports),
    RIG_TEST(test_state_before_ports_are_connected),
    RIG_TEST(test_port_is_connected_with_its_default),
    RIG_TEST(test_no_echo),
    RIG_TEST(test_unknown_follows_its_port),
    RIG_TEST(test_restore_is_after_what_came_before),
    RIG_TEST(test_last_restore_wins),
    RIG_TEST(test_restored_values_are_made_legal),
    RIG_TEST(test_save_and_restore_round_trip),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
