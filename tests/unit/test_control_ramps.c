// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Ramps in the engine: through blocks, and what ends them

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <math.h>

static void
test_ramp_runs_through_blocks(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  const int64_t start = rig->frame + 77;
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = 20.0f,
                       .seconds   = 1000.4 / RIG_RATE,
                       .time_ns   = rig_time(start)});
  while (rig->frame < start + 1100) {
    const int64_t first = rig->frame;
    rig_run(rig, 100);
    for (int64_t f = first; f < first + 100; ++f) {
      const int64_t elapsed = f - start;
      const double  step    = (double)(elapsed / 32 * 32) / 1000.0;
      const double  value   = elapsed < 0       ? 0.0
                              : elapsed >= 1000 ? 20.0
                                                : step * 20.0;
      assert_true(fabs((double)rig->out[RIG_GAIN][f - first] - value) < 1e-5);
    }
  }
  assert_true(rig_value(rig, RIG_GAIN) == 20.0f);
}

/// Toggles, integers and enums jump, and so does a ramp of no length
static void
test_ramps_that_jump(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  for (uint32_t i = RIG_MUTE; i <= RIG_MODE; ++i) {
    rig_send(rig,
             (RsCommand){.kind      = RS_COMMAND_RAMP,
                         .parameter = i,
                         .value     = rig_parameters[i].maximum,
                         .seconds   = 1.0});
  }
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_RAMP, .parameter = RIG_GAIN, .value = 5.0f});
  rig->n_calls = 0;
  rig_run(rig, 64);
  assert_true(rig->out[RIG_MUTE][0] == 1.0f);
  assert_true(rig->out[RIG_STEP][0] == 10.0f);
  assert_true(rig->out[RIG_MODE][0] == 5.0f);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_int_equal(rig_count(rig, RIG_RUN), 1);
}

static void
send_ramp(Rig* const rig, const uint32_t parameter)
{
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = parameter,
                       .value     = rig_parameters[parameter].maximum,
                       .seconds   = 0.1});
  rig_run(rig, 1600);
}

/// A set, an add, another ramp, a move of the host, cancel: each ends a ramp
static void
test_what_ends_a_ramp(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  send_ramp(rig, RIG_GAIN);
  rig_send(rig, rig_gain(-3.0f));
  rig_run(rig, 4800);
  assert_true(rig->out[RIG_GAIN][4799] == -3.0f);

  send_ramp(rig, RIG_GAIN);
  const float before = rig->out[RIG_GAIN][1599];
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = -1.0f});
  rig_run(rig, 4800);
  // A step may have been due at the same frame
  assert_true(fabsf(rig->out[RIG_GAIN][0] - (before - 1.0f)) < 0.3f);
  assert_true(rig->out[RIG_GAIN][4799] == rig->out[RIG_GAIN][0]);

  send_ramp(rig, RIG_GAIN);
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = -12.0f,
                       .seconds   = 0.01});
  rig_run(rig, 4800);
  assert_true(rig->out[RIG_GAIN][479] > -12.0f);
  assert_true(rig->out[RIG_GAIN][480] == -12.0f);
  assert_true(rig->out[RIG_GAIN][4799] == -12.0f);

  send_ramp(rig, RIG_GAIN);
  rig->ports[RIG_GAIN] = 2.0f;
  rig_run(rig, 4800);
  assert_true(rig->out[RIG_GAIN][0] == 2.0f);
  assert_true(rig->out[RIG_GAIN][4799] == 2.0f);

  send_ramp(rig, RIG_GAIN);
  send_ramp(rig, RIG_TONE);
  rig_send(rig, (RsCommand){.kind = RS_COMMAND_CANCEL});
  rig_run(rig, 4800);
  assert_true(rig->out[RIG_GAIN][0] > 2.0f && rig->out[RIG_GAIN][0] < 24.0f);
  assert_true(rig->out[RIG_GAIN][4799] == rig->out[RIG_GAIN][0]);
  assert_true(rig->out[RIG_TONE][4799] == rig->out[RIG_TONE][0]);
  assert_true(rig->out[RIG_TONE][0] < 1.0f);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    RIG_TEST(test_ramp_runs_through_blocks),
    RIG_TEST(test_ramps_that_jump),
    RIG_TEST(test_what_ends_a_ramp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
