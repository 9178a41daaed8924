// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// While run() rests: looking ahead, saving, and going on after it

#include "plugin/control_impl.h"
#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"
#include "tests/unit/random.h"

#include <math.h>
#include <string.h>

#define SECOND 1000000000

static void
look(Rig* const rig)
{
  assert_int_equal(rs_control_look_ahead(rig->control, rig->now_ns), 0);

  const RsTelemetry* const t = rig_telemetry(rig);
  assert_int_equal(t->ahead_lock % 2, 0);
  assert_int_equal(t->ahead_cycle, t->cycle);
}

static void
test_before_the_first_run(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_send(rig, rig_gain(5.0f));
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 5.0f);
  assert_true(rig_ahead_value(rig, RIG_MIX) == 1.0f);
  assert_int_equal(rig_telemetry(rig)->ahead_head, 1);

  // It consumed nothing
  assert_int_equal(rig_telemetry(rig)->read.head, 0);
  assert_true(rig_value(rig, RIG_GAIN) == 0.0f);
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 5.0f);

  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_int_not_equal(rig_telemetry(rig)->ahead_cycle,
                       rig_telemetry(rig)->cycle);
}

/// Relative commands show that nothing is applied twice
static void
test_again_and_again(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  for (int i = 1; i <= 5; ++i) {
    rig->now_ns += SECOND;
    rig_send(rig,
             (RsCommand){
               .kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.0f});
    rig_send(rig,
             (RsCommand){.kind = RS_COMMAND_TOGGLE, .parameter = RIG_MUTE});
    look(rig);
    assert_true(rig_ahead_value(rig, RIG_GAIN) == (float)i);
    assert_true(rig_ahead_value(rig, RIG_MUTE) == (float)(i % 2));
    assert_int_equal(rig_telemetry(rig)->ahead_head, 2 * i);
  }
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 5.0f);
  assert_true(rig->out[RIG_MUTE][0] == 1.0f);
}

/// Tags and ramps go by the wall clock, and are not late for it
static void
test_time_goes_on(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);

  const int64_t start = rig->now_ns;
  RsCommand     slide = {.kind      = RS_COMMAND_RAMP,
                         .parameter = RIG_GAIN,
                         .value     = 20.0f,
                         .seconds   = 10.0};
  rig_send(rig, slide);
  rig_run(rig, 64);
  RsCommand tagged = rig_gain(-5.0f);
  tagged.parameter = RIG_TONE;
  tagged.time_ns   = start + 3 * (int64_t)SECOND;
  rig_send(rig, tagged);
  rig_run(rig, 64);

  for (int i = 1; i <= 9; ++i) {
    rig->now_ns = start + i * (int64_t)SECOND;
    look(rig);
    assert_true(fabsf(rig_ahead_value(rig, RIG_GAIN) - 2.0f * (float)i) <
                0.01f);
    assert_true(rig_ahead_value(rig, RIG_TONE) == (i >= 3 ? -1.0f : 0.0f));
    assert_int_equal(rig_telemetry(rig)->ahead.waiting, i < 3);
  }

  // A ramp that comes in a rest begins when it comes
  slide.parameter  = RIG_MIX;
  slide.value      = 0.0f;
  slide.seconds    = 2.0;
  slide.arrival_ns = rig->now_ns;
  rig_send(rig, slide);
  rig->now_ns += SECOND / 2;
  look(rig);
  assert_true(fabsf(rig_ahead_value(rig, RIG_MIX) - 0.75f) < 0.001f);

  rig_run(rig, 64);
  assert_true(fabsf(rig->out[RIG_GAIN][0] - 19.0f) < 0.01f);
  assert_true(fabsf(rig->out[RIG_MIX][0] - 0.75f) < 0.001f);
  assert_true(rig->out[RIG_TONE][0] == -1.0f);
  assert_int_equal(rig_telemetry(rig)->totals.late, 0);

  // The sample counter did not, but ramps end on time and exactly
  assert_int_equal(rig_telemetry(rig)->position, 192);
  for (int i = 0; i < 48000 * 3 / 2 / 1000 + 1; ++i) {
    rig_run(rig, 1000);
  }
  assert_true(rig->out[RIG_GAIN][999] == 20.0f);
  assert_true(rig->out[RIG_MIX][999] == 0.0f);
}

/// A tag that was past when it came is late, rest or not
static void
test_late_in_a_rest(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig->now_ns += SECOND;
  RsCommand tagged  = rig_gain(1.0f);
  tagged.arrival_ns = rig->now_ns;
  tagged.time_ns    = rig->now_ns - 1000;
  rig_send(rig, tagged);
  rig->now_ns += SECOND;
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->totals.late, 1);
  assert_true(rig->out[RIG_GAIN][0] == 1.0f);
}

/// A tag that was in the future when it came is not
static void
test_on_time_in_a_rest(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig->now_ns += SECOND;
  RsCommand tagged  = rig_gain(1.0f);
  tagged.arrival_ns = rig->now_ns;
  tagged.time_ns    = rig->now_ns + SECOND / 2;
  rig_send(rig, tagged);
  rig->now_ns += SECOND;
  rig_run(rig, 64);
  assert_int_equal(rig_telemetry(rig)->totals.late, 0);
  assert_true(rig->out[RIG_GAIN][0] == 1.0f);
}

/// A ramp's next step is not where it was before the rest
static void
test_ramp_between_its_steps(void** state)
{
  Rig* const rig = (Rig*)*state;
  rig_run(rig, 64);
  rig_send(rig,
           (RsCommand){.kind      = RS_COMMAND_RAMP,
                       .parameter = RIG_GAIN,
                       .value     = 20.0f,
                       .seconds   = 10.0});
  rig_run(rig, 70);
  rig->now_ns += 5 * (int64_t)SECOND;
  look(rig);
  assert_true(fabsf(rig_ahead_value(rig, RIG_GAIN) - 10.0f) < 0.01f);
  rig_run(rig, 8);
  assert_true(fabsf(rig->out[RIG_GAIN][0] - 10.0f) < 0.01f);
}

/// In a rest, a state is restored before what is tagged for later
static void
test_restore_among_tags(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  rig_run(rig, 64);
  const int64_t start = rig->now_ns;
  rs_control_save(rig->control, start, saved);
  saved[RIG_GAIN].value = 7.0f;
  saved[RIG_TONE].value = 0.7f;

  RsCommand tagged = rig_gain(1.0f);
  tagged.time_ns   = start + SECOND;
  rig_send(rig, tagged);
  tagged.parameter = RIG_TONE;
  tagged.time_ns   = start + 3 * (int64_t)SECOND;
  rig_send(rig, tagged);
  rs_control_restore_at(rig->control, saved, start + 2 * (int64_t)SECOND);

  rig->now_ns = start + 4 * (int64_t)SECOND;
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 7.0f);
  assert_true(rig_ahead_value(rig, RIG_TONE) == 1.0f);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 7.0f);
  assert_true(rig->out[RIG_TONE][0] == 1.0f);
}

static void
test_restore_shows_at_once(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  rig_run(rig, 64);
  rig->now_ns += SECOND;
  rig_send(rig, rig_gain(3.0f));
  rs_control_save(rig->control, rig->now_ns, saved);
  assert_true(saved[RIG_GAIN].value == 3.0f);
  assert_int_equal(saved[RIG_GAIN].owner, RS_OWNER_OSC);

  saved[RIG_GAIN].value = 7.0f;
  rs_control_restore_at(rig->control, saved, rig->now_ns);
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 7.0f);

  rig->now_ns += SECOND;
  rig_send(rig,
           (RsCommand){.kind       = RS_COMMAND_ADD,
                       .parameter  = RIG_GAIN,
                       .value      = 1.0f,
                       .arrival_ns = rig->now_ns});
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 8.0f);
  rs_control_save(rig->control, rig->now_ns, saved);
  assert_true(saved[RIG_GAIN].value == 8.0f);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 8.0f);
}

/// Both attachments are looked through, and told
static void
test_through_a_renewal(void** state)
{
  Rig* const rig = (Rig*)*state;
  RigLink    fresh;
  rig_run(rig, 64);
  rig_send(rig, rig_gain(2.0f));
  rig_send(rig, rig_gain(3.0f));
  rig_open_link(&fresh);
  assert_null(rs_control_offer(rig->control, &fresh.intake));
  rig->link = &fresh;
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.0f});
  rig->now_ns += SECOND;
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 4.0f);
  assert_int_equal(rig_telemetry(rig)->ahead_head, 2);

  const RsTelemetryMap* const map = &fresh.intake.segments.telemetry;
  assert_true(rs_float_from_bits(map->ahead_values[RIG_GAIN]) == 4.0f);
  assert_int_equal(map->fixed->ahead_head, 1);
  assert_int_equal(map->fixed->ahead_cycle, map->fixed->cycle);

  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 4.0f);
  assert_ptr_equal(rs_control_current(rig->control), &fresh.intake);
  assert_int_not_equal(map->fixed->ahead_cycle, map->fixed->cycle);
  rs_control_free(rig->control);
  rig->control = NULL;
  rig_close_link(&fresh);
}

/// A state is after what came before it in both attachments
static void
test_restore_in_a_renewal(void** state)
{
  Rig* const rig = (Rig*)*state;
  RigLink    fresh;
  RsSaved    saved[RIG_N];
  rig_run(rig, 64);
  rs_control_save(rig->control, rig->now_ns, saved);
  saved[RIG_GAIN].value = 7.0f;

  rig_send(rig, rig_gain(3.0f));
  rig_open_link(&fresh);
  assert_null(rs_control_offer(rig->control, &fresh.intake));
  rig->link = &fresh;
  rig_send(rig, rig_gain(4.0f));
  rs_control_restore_at(rig->control, saved, rig->now_ns);
  rig_send(
    rig,
    (RsCommand){.kind = RS_COMMAND_ADD, .parameter = RIG_GAIN, .value = 1.0f});
  look(rig);
  assert_true(rig_ahead_value(rig, RIG_GAIN) == 8.0f);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 8.0f);
  rs_control_free(rig->control);
  rig->control = NULL;
  rig_close_link(&fresh);
}

/// A session that is saved during an export has what the export has
static void
test_freewheel(void** state)
{
  Rig* const rig = (Rig*)*state;
  RsSaved    saved[RIG_N];
  rig->freewheel = true;
  rig_run(rig, 64);
  rig_send(rig, rig_gain(3.0f));
  rs_control_save(rig->control, rig->now_ns, saved);
  assert_true(saved[RIG_GAIN].value == 0.0f);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == 0.0f);
}

/// A random command, with a tag or without
static RsCommand
any_command(Random* const random, const int64_t now_ns)
{
  static const uint32_t kinds[] = {RS_COMMAND_SET,
                                   RS_COMMAND_SET,
                                   RS_COMMAND_ADD,
                                   RS_COMMAND_TOGGLE,
                                   RS_COMMAND_RAMP,
                                   RS_COMMAND_RAMP,
                                   RS_COMMAND_PRESET};

  RsCommand command = {
    .kind       = kinds[random_below(random, N_ELEMENTS(kinds))],
    .parameter  = random_below(random, RIG_PEAK),
    .curve      = random_below(random, 3),
    .seconds    = random_unit(random) * 3.0,
    .serial     = 1 + random_below(random, 100),
    .arrival_ns = now_ns,
  };
  const RsParameter* const p = &rig_parameters[command.parameter];
  command.value =
    p->minimum + (float)random_unit(random) * (p->maximum - p->minimum);
  if (command.kind == RS_COMMAND_TOGGLE) {
    command.parameter = RIG_MUTE;
  }
  if (random_below(random, 40) == 0) {
    command.kind = RS_COMMAND_CANCEL;
  }
  if (random_below(random, 2)) {
    command.time_ns =
      now_ns + (int64_t)random_below(random, 2000000000) - 100000000;
  }
  return command;
}

/**
   Whatever came, in a rest of any length, with or without looking meanwhile:
   the next run() begins with the values that the look-ahead saw.
*/
static void
test_next_run_arrives_at_the_same_values(void** state)
{
  Rig* const rig    = (Rig*)*state;
  Random     random = {1};
  RsSaved    saved[RIG_N];

  for (int round = 0; round < 1500; ++round) {
    rig->n_calls = 0;

    // Some life
    for (uint32_t i = random_below(&random, 6); i > 0; --i) {
      for (uint32_t k = random_below(&random, 4); k > 0; --k) {
        rig_send(rig, any_command(&random, rig->now_ns));
      }
      rig_run(rig, random_below(&random, 2000));
    }

    // A rest, in which things come and are looked at
    for (uint32_t i = 1 + random_below(&random, 5); i > 0; --i) {
      rig->now_ns += 101000000 + random_below(&random, 900000000);
      for (uint32_t k = random_below(&random, 4); k > 0; --k) {
        rig_send(rig, any_command(&random, rig->now_ns));
      }
      if (random_below(&random, 4) == 0) {
        rs_control_save(rig->control, rig->now_ns, saved);
        saved[random_below(&random, RIG_PEAK)].known = random_below(&random, 2);
        saved[RIG_GAIN].value = (float)random_unit(&random) * 48.0f - 24.0f;
        rs_control_restore_at(rig->control, saved, rig->now_ns);
      }
      if (random_below(&random, 2)) {
        look(rig);
      }
    }
    rig->now_ns += random_below(&random, 100000000);
    look(rig);
    rs_control_save(rig->control, rig->now_ns, saved);

    float          ahead[RIG_N];
    const uint32_t head    = rig_telemetry(rig)->ahead_head;
    const uint32_t waiting = rig_telemetry(rig)->ahead.waiting;
    const uint32_t preset  = rig_telemetry(rig)->ahead.preset_serial;
    for (uint32_t i = 0; i < RIG_N; ++i) {
      ahead[i] = rig_ahead_value(rig, i);
    }

    rig_run(rig, 0);
    for (uint32_t i = 0; i < RIG_PEAK; ++i) {
      assert_true(rig_value(rig, i) == ahead[i]);
      assert_true(saved[i].value == ahead[i]);
      assert_true(rig->values[i] == ahead[i]);
    }
    assert_int_equal(rig_telemetry(rig)->read.head, head);
    assert_int_equal(rig_telemetry(rig)->live.waiting, waiting);
    assert_int_equal(rig_telemetry(rig)->live.preset_serial, preset);

    RsSaved after[RIG_N];
    rs_control_save(rig->control, rig->now_ns, after);
    assert_memory_equal(saved, after, sizeof(saved));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    RIG_TEST(test_before_the_first_run),
    RIG_TEST(test_again_and_again),
    RIG_TEST(test_time_goes_on),
    RIG_TEST(test_late_in_a_rest),
    RIG_TEST(test_on_time_in_a_rest),
    RIG_TEST(test_ramp_between_its_steps),
    RIG_TEST(test_restore_among_tags),
    RIG_TEST(test_restore_shows_at_once),
    RIG_TEST(test_through_a_renewal),
    RIG_TEST(test_restore_in_a_renewal),
    RIG_TEST(test_freewheel),
    RIG_TEST(test_next_run_arrives_at_the_same_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
