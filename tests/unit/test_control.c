// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The engine: commands at their frames, in their order, and what they cost

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <math.h>
#include <string.h>

static int
set_up(void** state)
{
  *state = rig_new();
  return 0;
}

static int
tear_down(void** state)
{
  rig_free((Rig*)*state);
  return 0;
}

static void
assert_jump(const Rig* const rig,
            const uint32_t   parameter,
            const uint32_t   at,
            const float      before,
            const float      after)
{
  const float* const out = rig->out[parameter];
  if (at) {
    assert_true(out[at - 1] == before);
  }
  assert_true(out[at] == after);
}

static void
test_starts_settled(void** state)
{
  Rig* const rig = (Rig*)*state;

  // Every parameter was set, then everything settled
  assert_int_equal(rig_count(rig, RIG_SET), RIG_PEAK);
  assert_int_equal(rig->calls[rig->n_calls - 1].kind, RIG_RESET);

  // So it is for ports that differ, and what the ring brings before
  rig->n_calls         = 0;
  rig->ports[RIG_GAIN] = 6.0f;
  rig_send(rig, (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_MIX});
  rig_run(rig, 64);
  assert_int_equal(rig->n_calls, 4);
  assert_int_equal(rig->calls[2].kind, RIG_RESET);
  assert_int_equal(rig->calls[3].kind, RIG_RUN);
  assert_true(rig->out[RIG_GAIN][0] == 6.0f);
  assert_true(rig->out[RIG_MIX][0] == 0.0f);
  assert_true(rig_value(rig, RIG_GAIN) == 6.0f);
  assert_true(rig->peak == -6.0f);
  assert_true(rig_value(rig, RIG_PEAK) == -6.0f);
}

static void
test_nothing_costs_one_run(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  for (int i = 0; i < 3; ++i) {
    rig->n_calls = 0;
    rig_run(rig, 256);
    assert_int_equal(rig->n_calls, 1);
    assert_int_equal(rig->calls[0].frames, 256);
  }

  // An equal value is none
  rig->n_calls = 0;
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_SET,
                       .parameter = RIG_GAIN,
                       .time_ns   = rig_time(rig->frame + 100)});
  rig_run(rig, 256);
  assert_int_equal(rig->n_calls, 1);

  rig_run(rig, 0);
  assert_int_equal(rig->n_calls, 1);
}

static void
test_untagged_at_frame_0(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = 3.0f});
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.5f});
  rig_send(rig, (RsCommand){.kind = RS_COMMAND_TOGGLE, .parameter = RIG_MUTE});
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 4.5f);
  assert_true(rig->out[RIG_MUTE][0] == 1.0f);
  assert_true(rig_value(rig, RIG_GAIN) == 4.5f);
  assert_int_equal(rig_telemetry(rig)->totals.applied, 3);
  assert_int_equal(rig_telemetry(rig)->read.head, 3);
  assert_int_equal(rig_telemetry(rig)->totals.late, 0);
}

static void
test_tagged_at_exact_frames(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  static const uint32_t at[] = {0, 1, 63, 64, 65, 1000, 4095};
  for (uint32_t i = 0; i < N_ELEMENTS(at); ++i) {
    rig_send(rig,
             (RsCommand){.kind      = RS_COMMAND_SET,
                         .parameter = RIG_GAIN,
                         .value     = (float)(i + 1),
                         .time_ns   = rig_time(rig->frame + at[i])});
  }
  rig->n_calls = 0;
  rig_run(rig, 4096);
  for (uint32_t i = 0; i < N_ELEMENTS(at); ++i) {
    assert_jump(rig, RIG_GAIN, at[i], (float)i, (float)(i + 1));
  }
  assert_int_equal(rig_count(rig, RIG_RUN), N_ELEMENTS(at));
  assert_int_equal(rig_telemetry(rig)->totals.applied, N_ELEMENTS(at));
  assert_int_equal(rig_telemetry(rig)->totals.late, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_starts_settled, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_nothing_costs_one_run, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_untagged_at_frame_0, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_tagged_at_exact_frames, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
