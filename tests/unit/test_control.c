// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The engine: commands at their frames, in their order, and what they cost

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

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
  rig_send(rig, rig_gain(3.0f));
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

/// The order of a bundle is kept, also among equal tags that come apart
static void
test_equal_tags_in_their_order(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  const int64_t when = rig_time(rig->frame + 150);
  for (int i = 0; i < 20; ++i) {
    rig_send(rig,
             (RsCommand){.kind      = RS_COMMAND_SET,
                         .parameter = RIG_GAIN,
                         .value     = (float)i,
                         .time_ns   = when});
    if (i % 7 == 3) {
      rig_run(rig, 16);
    }
  }
  while (rig->frame < 64 + 150) {
    rig_run(rig, 1);
    assert_true(rig->out[RIG_GAIN][0] == 0.0f);
  }
  rig->n_calls = 0;
  rig_run(rig, 1);
  assert_true(rig->out[RIG_GAIN][0] == 19.0f);
  assert_int_equal(rig_count(rig, RIG_RUN), 1);
}

static void
test_earlier_tags_first(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  for (int i = 0; i < 50; ++i) {
    const uint32_t at = (uint32_t)(i * 37 % 50) * 10;
    rig_write(rig,
              (RsCommand){.kind      = RS_COMMAND_SET,
                          .parameter = RIG_TONE,
                          .value     = (float)(at + 1) / 1000.0f,
                          .time_ns   = rig_time(rig->frame + at)});
  }
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 500);
  for (uint32_t f = 0; f < 500; ++f) {
    assert_true(rig->out[RIG_TONE][f] == (float)(f / 10 * 10 + 1) / 1000.0f);
  }
}

/// All of a bundle at one frame: one run before it, one after, none between
static void
test_bundle_at_one_frame(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  const int64_t when = rig_time(rig->frame + 99);
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    rig_write(rig,
              (RsCommand){.kind      = RS_COMMAND_SET,
                          .parameter = i,
                          .value     = rig_parameters[i].maximum / 2.0f,
                          .time_ns   = when});
  }
  rs_ring_publish(&rig->link->writer);
  rig->n_calls = 0;
  rig_run(rig, 256);
  assert_int_equal(rig_count(rig, RIG_RUN), 2);
  assert_int_equal(rig->calls[0].frames, 99);
  assert_int_equal(rig->calls[rig->n_calls - 1].frames, 256 - 99);
  assert_jump(rig, RIG_GAIN, 99, 0.0f, 12.0f);
  assert_jump(rig, RIG_STEP, 99, 3.0f, 5.0f);
  assert_jump(rig, RIG_MIX, 99, 1.0f, 0.5f);
}

/// What is not published is not there
static void
test_half_a_bundle_is_none(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig_write(rig, rig_gain(1.0f));
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][63] == 0.0f);
}

static void
test_late_at_once(void** state)
{
  Rig* const rig = (Rig*)*state;
  for (int i = 0; i < 10; ++i) {
    rig_run(rig, 256);
  }
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_SET,
                       .parameter = RIG_GAIN,
                       .value     = 1.0f,
                       .time_ns   = rig_time(rig->frame - 1)});
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_SET,
                       .parameter = RIG_TONE,
                       .value     = 1.0f,
                       .time_ns   = rig_time(rig->frame)});
  rig_run(rig, 256);
  assert_true(rig->out[RIG_GAIN][0] == 1.0f);
  assert_true(rig->out[RIG_TONE][0] == 1.0f);
  assert_int_equal(rig_telemetry(rig)->totals.late, 1);
  assert_int_equal(rig_telemetry(rig)->totals.applied, 2);
}

static void
test_values_are_made_legal(void** state)
{
  static const struct {
    uint32_t parameter;
    float    asked;
    float    legal;
  } cases[]      = {{RIG_GAIN, 100.0f, 24.0f},
                    {RIG_GAIN, -100.0f, -24.0f},
                    {RIG_FREQ, 0.0f, 20.0f},
                    {RIG_MUTE, 0.6f, 1.0f},
                    {RIG_STEP, 6.6f, 7.0f},
                    {RIG_MODE, 4.0f, 5.0f},
                    {RIG_MODE, 2.0f, 1.0f}};
  Rig* const rig = (Rig*)*state;
  for (uint32_t i = 0; i < N_ELEMENTS(cases); ++i) {
    rig_send(rig,
             (RsCommand){.kind      = RS_COMMAND_SET,
                         .parameter = cases[i].parameter,
                         .value     = cases[i].asked});
    rig_run(rig, 8);
    assert_true(rig->out[cases[i].parameter][0] == cases[i].legal);
  }
  rig_send(rig,
           (RsCommand){
             .kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 100.0f});
  rig_run(rig, 8);
  assert_true(rig->out[RIG_GAIN][0] == 24.0f);
}

static void
test_cancel_drops_what_waits(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  for (uint32_t i = 0; i < 10; ++i) {
    rig_send(rig,
             (RsCommand){.kind      = RS_COMMAND_SET,
                         .parameter = RIG_GAIN,
                         .value     = 10.0f,
                         .time_ns   = rig_time(rig->frame + 100 + i)});
  }
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.waiting, 10);

  rig_write(rig, (RsCommand){.kind = RS_COMMAND_CANCEL});
  rig_write(rig,
            (RsCommand){.kind      = RS_COMMAND_SET,
                        .parameter = RIG_TONE,
                        .value     = 0.5f,
                        .time_ns   = rig_time(rig->frame + 10)});
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 256);
  assert_int_equal(rig_telemetry(rig)->live.waiting, 0);
  assert_int_equal(rig_telemetry(rig)->totals.dropped, 10);
  assert_int_equal(rig_telemetry(rig)->totals.applied, 2);
  assert_true(rig->out[RIG_GAIN][255] == 0.0f);
  assert_jump(rig, RIG_TONE, 10, 0.0f, 0.5f);

  // A cancel that waits drops what waits with it, but not its own bundle
  const int64_t when = rig_time(rig->frame + 20);
  rig_write(rig, (RsCommand){.kind = RS_COMMAND_CANCEL, .time_ns = when});
  rig_write(rig,
            (RsCommand){.kind      = RS_COMMAND_SET,
                        .parameter = RIG_TONE,
                        .value     = 0.25f,
                        .time_ns   = when});
  rig_write(rig,
            (RsCommand){.kind      = RS_COMMAND_SET,
                        .parameter = RIG_TONE,
                        .value     = 1.0f,
                        .time_ns   = when + 1000000});
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 256);
  assert_jump(rig, RIG_TONE, 20, 0.5f, 0.25f);
  assert_true(rig->out[RIG_TONE][255] == 0.25f);
}

static void
send_preset(Rig* const rig, const uint32_t serial, const double seconds)
{
  for (uint32_t i = 0; i < RIG_PEAK; ++i) {
    rig_write(
      rig,
      (RsCommand){.kind      = seconds > 0.0 ? RS_COMMAND_RAMP : RS_COMMAND_SET,
                  .parameter = i,
                  .seconds   = seconds,
                  .value     = rig_parameters[i].minimum});
  }
  rig_write(rig, (RsCommand){.kind = RS_COMMAND_PRESET, .serial = serial});
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 64);
}

/// The last preset is known until anything but its own ramps moves
static void
test_preset_serial(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  send_preset(rig, 7, 0.0);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 7);
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 7);
  rig_send(rig, rig_gain(rig_parameters[RIG_GAIN].minimum));
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 7); // No move
  rig_send(rig, (RsCommand){.kind = RS_COMMAND_TOGGLE, .parameter = RIG_MUTE});
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 0);

  send_preset(rig, 8, 0.01);
  for (int i = 0; i < 20; ++i) {
    assert_int_equal(rig_telemetry(rig)->live.preset_serial, 8);
    rig_run(rig, 64);
  }
  rig->ports[RIG_GAIN] = 1.0f;
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 0);

  // A ramp that was there before is none of its own
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = 20.0f,
                       .seconds   = 1.0});
  rig_run(rig, 64);
  rig_write(
    rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_TONE, .value = 0.1f});
  rig_write(rig, (RsCommand){.kind = RS_COMMAND_PRESET, .serial = 9});
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 16);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 9);
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->live.preset_serial, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    RIG_TEST(test_starts_settled),
    RIG_TEST(test_nothing_costs_one_run),
    RIG_TEST(test_untagged_at_frame_0),
    RIG_TEST(test_tagged_at_exact_frames),
    RIG_TEST(test_equal_tags_in_their_order),
    RIG_TEST(test_earlier_tags_first),
    RIG_TEST(test_bundle_at_one_frame),
    RIG_TEST(test_half_a_bundle_is_none),
    RIG_TEST(test_late_at_once),
    RIG_TEST(test_values_are_made_legal),
    RIG_TEST(test_cancel_drops_what_waits),
    RIG_TEST(test_preset_serial),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
