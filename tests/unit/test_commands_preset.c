// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Commands about presets, and what waits behind them

#include "tests/unit/check.h"
#include "tests/unit/commands_rig.h"

#include <lo/lo.h>
#include <stdio.h>
#include <string.h>

static RsPresetValue  values_a[] = {{"gain", 6.0f},
                                    {"mute", 1.0f},
                                    {"nothing", 1.0f},
                                    {"peak", 1.0f}};
static RsPresetValue  values_b[] = {{"gain", 99.0f}, {"name", 0.5f}};
static const RsPreset presets[]  = {
   {"Air", "urn:air", true, 4u, values_a},
   {"Big", "urn:big", true, 2u, values_b},
   {"Mine", "file:mine", false, 0u, NULL},
};

static void
load_presets(void)
{
  fake.presets = (RsPresetList){presets, 3u, true};
}

static void
test_preset_load(void** state)
{
  (void)state;
  load_presets();
  SAY("/strip/preset/load", "s", "Air");
  assert_sent("strip: set gain 6 set mute 1 preset 1\n");
  SAY("/strip/preset", "");
  assert_replies("/strip/preset s Air\n");
  SAY("/strip/preset/load", "s", "urn:big");
  assert_sent("strip: set gain 24 set name 0.5 preset 2\n");
  SAY("/strip/preset/load", "if", 1, 2.5);
  assert_sent("strip: ramp gain 6 2.5s 0 ramp mute 1 2.5s 0 preset 3\n");
  SAY("/strip/preset/load", "f", 3.0);
  assert_sent("strip: preset 4\n");
  SAY("/strip/preset/load", "i", 0);
  assert_error(404, "1 to 3");
  SAY("/strip/preset/load", "i", 4);
  assert_error(404, "1 to 3");
  SAY("/strip/preset/load", "s", "Bog");
  assert_error(404, "Bog");
  SAY("/strip/preset/load", "");
  assert_error(400, "label, URI or number");
  SAY("/strip/preset/load", "ss", "Air", "fast");
  assert_error(400, "seconds");
  SAY("/*/preset/load", "s", "Mine");
  assert_sent("strip: preset 5\nstrip-2: preset 1\n");
}

static void
test_preset_next(void** state)
{
  (void)state;
  load_presets();
  SAY("/strip/preset/next", "");
  SAY("/strip/preset/next", "");
  SAY("/strip/preset/next", "");
  assert_string_equal(fake.instances[0].last, "Mine");
  SAY("/strip/preset/next", "i", 1);
  assert_string_equal(fake.instances[0].last, "Air");
  SAY("/strip/preset/previous", "");
  assert_string_equal(fake.instances[0].last, "Mine");
  SAY("/strip/preset/previous", "");
  assert_string_equal(fake.instances[0].last, "Big");
  SAY("/strip-2/preset/previous", "");
  assert_string_equal(fake.instances[1].last, "Mine");

  // The last one is no longer there: its neighbours still are
  snprintf(fake.instances[0].last, 8u, "Bad");
  SAY("/strip/preset/next", "");
  assert_string_equal(fake.instances[0].last, "Big");
  snprintf(fake.instances[0].last, 8u, "Bad");
  SAY("/strip/preset/previous", "");
  assert_string_equal(fake.instances[0].last, "Air");
  fake_sent();
  fake.presets.count = 0u;
  SAY("/strip/preset/next", "");
  assert_error(404, "no presets");
}

static void
test_preset_list(void** state)
{
  (void)state;
  SAY("/strip/preset/list", "");
  assert_replies("");
  load_presets();
  fake.waiting(fake.waiting_context, 0, "");
  assert_replies("/strip/preset/list ssT Air urn:air\n"
                 "/strip/preset/list ssT Big urn:big\n"
                 "/strip/preset/list ssF Mine file:mine\n"
                 "/strip/preset/list/end i 3\n");

  fake.presets.is_loaded = false;
  SAY("/strip/preset/list", "");
  fake.waiting(fake.waiting_context, 503, "presets are unavailable: a test");
  assert_error(503, "a test");
}

static void
test_commands_wait_behind_presets(void** state)
{
  (void)state;
  fake_appear(2u, "other");
  lo_bundle bundle = lo_bundle_new((lo_timetag){0u, 1u});
  PUT(bundle, "/strip/gain", "f", 1.0);
  PUT(bundle, "/strip/preset/load", "s", "Air");
  PUT(bundle, "/strip/gain", "f", 2.0);
  rig_give(bundle);
  SAY("/strip/gain", "f", 3.0);
  SAY("/strip/preset/next", "");
  SAY("/strip/gain", "");
  SAY("/ringside/sync", "i", 1);
  SAY("/other/gain", "f", 4.0);
  assert_sent("other: set gain 4\n");
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("");

  load_presets();
  fake.waiting(fake.waiting_context, 0, "");
  assert_sent("strip: set gain 1 set gain 6 set mute 1 preset 1 set gain 2\n"
              "strip: set gain 3\n"
              "strip: set gain 24 set name 0.5 preset 2\n");
  assert_replies("/strip/gain f 24\n");
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("/ringside/synced i 1\n");
}

/// What could not be sent later is refused now, rather than kept
static void
test_what_waits_is_no_larger_than_what_is_sent(void** state)
{
  (void)state;
  SAY("/strip/preset/load", "s", "Air");
  lo_bundle bundle = lo_bundle_new((lo_timetag){0u, 1u});
  for (unsigned int i = 0u; i < 1024u; ++i) {
    PUT(bundle, i ? "/strip/gain" : "/strip/{gain,freq}", "f", 3.0);
  }
  rig_give(bundle);
  assert_error(413, "more than 1024 values");

  load_presets();
  fake.waiting(fake.waiting_context, 0, "");
  assert_sent("strip: set gain 6 set mute 1 preset 1\n");
  assert_replies("");
}

static void
test_what_waits_is_bounded(void** state)
{
  (void)state;
  for (unsigned int i = 0u; i < 64u; ++i) {
    SAY("/strip/preset/load", "s", "Air");
  }
  assert_replies("");
  SAY("/strip/preset/load", "s", "Air");
  assert_error(503, "too many recalls");

  // 16,384 commands in all; what is more is counted
  for (unsigned int i = 64u; i < 16384u; ++i) {
    SAY("/strip/gain", "f", 3.0);
  }
  assert_int_equal(fake.counts[RS_COUNT_DROPPED], 0);
  for (unsigned int i = 0u; i < 10u; ++i) {
    SAY("/strip/gain", "f", 4.0);
  }
  assert_int_equal(fake.counts[RS_COUNT_DROPPED], 10);

  load_presets();
  fake.waiting(fake.waiting_context, 0, "");
  const char* const sent = fake_sent();
  assert_int_equal(rig_lines_from(sent, "strip: set gain 6 set mute 1"), 64);
  assert_int_equal(rig_lines_from(sent, "strip: set gain 3"), 16384 - 64);
  assert_null(strstr(sent, "gain 4"));
}

static void
test_presets_unavailable(void** state)
{
  (void)state;
  SAY("/strip/preset/load", "s", "Air");
  SAY("/strip/gain", "f", 3.0);
  assert_sent("");
  fake.waiting(fake.waiting_context, 503, "presets are unavailable: a test");
  assert_sent("strip: set gain 3\n");
  assert_error(503, "a test");
  SAY("/strip/gain", "f", 4.0);
  assert_sent("strip: set gain 4\n");

  // The instance may go meanwhile
  SAY("/strip/preset/load", "s", "Air");
  SAY("/strip/gain", "f", 3.0);
  rs_commands_instance_gone(fake.room, &fake.instances[0]);
  fake.waiting(fake.waiting_context, 0, "");
  assert_sent("");
  assert_int_equal(fake.counts[RS_COUNT_DROPPED], 2);
}

static void
test_recall_behind_a_save(void** state)
{
  (void)state;
  load_presets();
  fake.presets.count = 2u;
  SAY("/strip/preset/save", "s", "Mine");
  fake_sent();
  SAY("/strip/preset/load", "s", "Mine");
  SAY("/strip/gain", "f", 3.0);
  SAY("/strip-2/preset/load", "s", "Mine");
  assert_true(rs_commands_tick(fake.room, fake.now_ns) ==
              fake.now_ns + 1000000);
  assert_sent("");
  fake.presets.count = 3u;
  fake.changing(fake.changing_context, 0, "");
  assert_true(rs_commands_tick(fake.room, fake.now_ns) >
              fake.now_ns + 1000000); // Only what was set is watched
  assert_sent("strip: preset 1\nstrip: set gain 3\nstrip-2: preset 1\n");

  // A save that takes its time is not waited for longer than reading is
  SAY("/strip/preset/save", "s", "Slow");
  fake_sent();
  SAY("/strip/preset/load", "s", "Slow");
  fake.now_ns += 199000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("");
  fake.now_ns += 1000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_error(404, "Slow");
  SAY("/strip/preset/load", "s", "Slow");
  rs_commands_instance_gone(fake.room, &fake.instances[0]);
  assert_true(rs_commands_tick(fake.room, fake.now_ns) == INT64_MAX);
  fake.changing(fake.changing_context, 0, "");
}

static void
test_preset_save(void** state)
{
  (void)state;
  load_presets();
  fake.instances[0].is_reached = false;
  SAY("/strip/preset/save", "s", "New");
  SAY("/strip/gain", "f", 5.0); // Too late to be in it
  SAY("/ringside/sync", "i", 1);
  assert_sent("");
  fake.instances[0].is_reached = true;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_sent("save urn:test:fake New: gain 1 freq 1000 mute 0 mode 0 steps 2 "
              "name 0 preset 0\nstrip: set gain 5\n");
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies(""); // The save is one of the commands before the sync
  fake.changing(fake.changing_context, 0, "");
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("/ringside/synced i 1\n");

  SAY("/strip/preset/save", "s", "Air");
  fake_sent();
  fake.changing(fake.changing_context, 409, "a factory preset is called so");
  assert_error(409, "factory");
  SAY("/strip/preset/delete", "s", "Mine");
  assert_sent("delete urn:test:fake Mine\n");
  fake.changing(fake.changing_context, 0, "");
  assert_replies("");

  SAY("/strip/preset/save", "s", "");
  assert_error(400, "1 to 64");
  SAY("/strip/preset/save", "");
  assert_error(400, "1 to 64");
  SAY("/strip/preset/save",
      "s",
      "12345678901234567890123456789012345678901234567890123456789012345");
  assert_error(400, "1 to 64");

  for (unsigned int i = 0u; i < 20u; ++i) {
    SAY("/strip/preset/save", "s", "x");
  }
  assert_non_null(strstr(fake_replies(), " 429 "));
  fake_sent();
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(test_preset_load),
    TEST(test_preset_next),
    TEST(test_preset_list),
    TEST(test_commands_wait_behind_presets),
    TEST(test_what_waits_is_no_larger_than_what_is_sent),
    TEST(test_what_waits_is_bounded),
    TEST(test_presets_unavailable),
    TEST(test_recall_behind_a_save),
    TEST(test_preset_save),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
