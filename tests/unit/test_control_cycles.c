// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Cycles of the engine: exports, activation, and what telemetry says of them

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <stdlib.h>

/// While the host exports, OSC changes nothing
static void
test_freewheel(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = 24.0f,
                       .seconds   = 0.1});
  rig_run(rig, 1600);
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_SET,
                       .parameter = RIG_TONE,
                       .value     = 1.0f,
                       .time_ns   = rig_time(rig->frame + 1000)});
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.waiting, 1);

  rig->freewheel = true;
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->freewheel, 1);
  assert_int_equal(rig_telemetry(rig)->live.waiting, 0);
  assert_int_equal(rig_telemetry(rig)->totals.dropped, 1);

  const float stopped = rig->out[RIG_GAIN][63];
  rig_send(rig, (RsCommand){.kind = RS_COMMAND_TOGGLE, .parameter = RIG_MUTE});
  rig->ports[RIG_FREQ] = 500.0f;
  rig_run(rig, 4800);
  assert_true(rig->out[RIG_GAIN][0] == stopped);
  assert_true(rig->out[RIG_GAIN][4799] == stopped);
  assert_true(rig->out[RIG_MUTE][4799] == 0.0f);
  assert_true(rig->out[RIG_TONE][4799] == 0.0f);
  assert_true(rig->out[RIG_FREQ][0] == 500.0f);
  assert_int_equal(rig_telemetry(rig)->totals.dropped, 2);

  rig->freewheel = false;
  rig_send(rig, (RsCommand){.kind = RS_COMMAND_TOGGLE, .parameter = RIG_MUTE});
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->freewheel, 0);
  assert_true(rig->out[RIG_MUTE][0] == 1.0f);
}

/// An export begins without the tail of what was heard before
static void
test_export_begins_in_silence(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  rig->freewheel = true;
  rig->n_calls   = 0;
  rig_run(rig, 64);
  assert_int_equal(rig->calls[0].kind, RIG_RESET);
  assert_int_equal(rig_count(rig, RIG_RESET), 1);
  rig_run(rig, 64);
  assert_int_equal(rig_count(rig, RIG_RESET), 1);

  // What follows it sounds on
  rig->freewheel = false;
  rig_run(rig, 64);
  assert_int_equal(rig_count(rig, RIG_RESET), 1);
}

static void
test_activation_settles(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rs_control_activate(rig->control);
  assert_int_equal(rig_telemetry(rig)->active, 1);
  rig->n_calls = 0;
  rig_run(rig, 64);
  assert_int_equal(rig_count(rig, RIG_RESET), 1);
  rig_run(rig, 64);
  assert_int_equal(rig_count(rig, RIG_RESET), 1);
  rs_control_deactivate(rig->control);
  assert_int_equal(rig_telemetry(rig)->active, 0);
}

static void
test_telemetry_of_a_cycle(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig_send(rig,
           (RsCommand){.kind       = RS_COMMAND_SET,
                       .parameter  = RIG_GAIN,
                       .arrival_ns = rig->now_ns - 1000000});
  rig_run(rig, 256);

  const RsTelemetry* const t = rig_telemetry(rig);
  assert_int_equal(t->cycle, 4);
  assert_int_equal(t->frames, 256);
  assert_int_equal(t->position, 64);
  assert_int_equal(t->start_ns, rig_time(64));
  assert_int_equal(t->histogram[rs_histogram_bucket(1000000)], 1);

  // The largest cycle, and its end 10 s later
  const int64_t large = (int64_t)(256e9 / RIG_RATE);
  assert_true(t->largest_cycle_ns >= large - 1);
  assert_true(t->largest_cycle_ns <= large + 1);
  for (int i = 0; i < 48000 * 9 / 64; ++i) {
    rig_run(rig, 64);
  }
  assert_true(t->largest_cycle_ns >= large - 1);
  for (int i = 0; i < 48000 * 3 / 64; ++i) {
    rig_run(rig, 64);
  }
  assert_true(t->largest_cycle_ns <= large / 4 + 1);
}

/// Parts of a cycle add up; a host that is faster than time has no cycles
static void
test_largest_cycle(void** state)
{
  Rig* const               rig = (Rig*)*state;
  const RsTelemetry* const t   = rig_telemetry(rig);
  for (int i = 0; i < 100; ++i) {
    const int64_t begin = rig->now_ns;
    for (int k = 0; k < 4; ++k) {
      rig->now_ns = begin + (int64_t)k * 20000;
      rig_run(rig, 64);
    }
    rig->now_ns = begin + (int64_t)(256e9 / RIG_RATE);
  }
  assert_true(llabs(t->largest_cycle_ns - (int64_t)(256e9 / RIG_RATE)) < 10);

  for (int i = 0; i < 1000; ++i) {
    const int64_t begin = rig->now_ns;
    rig_run(rig, 8192);
    rig->now_ns = begin + 1000;
  }
  assert_int_equal(t->largest_cycle_ns, 500000000);
}

/// After a stall cycles follow each other closely: that makes none larger
static void
test_largest_cycle_after_stall(void** state)
{
  Rig* const               rig     = (Rig*)*state;
  const RsTelemetry* const t       = rig_telemetry(rig);
  const int64_t            regular = (int64_t)(256e9 / RIG_RATE);
  for (int i = 0; i < 200; ++i) {
    const int64_t begin = rig->now_ns;
    if (i % 20 == 10) {
      rig->now_ns = begin + 2 * regular + regular / 2; // Two are missed
      rig_run(rig, 256);
      rig->now_ns = begin + 2 * regular + regular / 2 + 50000;
      rig_run(rig, 256);
      rig->now_ns = begin + 2 * regular + regular / 2 + 100000;
      rig_run(rig, 256);
      rig->now_ns = begin + 3 * regular;
    } else {
      rig_run(rig, 256);
    }
  }
  assert_true(llabs(t->largest_cycle_ns - regular) < 10);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    RIG_TEST(test_freewheel),
    RIG_TEST(test_export_begins_in_silence),
    RIG_TEST(test_activation_settles),
    RIG_TEST(test_telemetry_of_a_cycle),
    RIG_TEST(test_largest_cycle),
    RIG_TEST(test_largest_cycle_after_stall),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
