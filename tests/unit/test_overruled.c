// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Who is told that the host keeps a parameter, and how often

#include "tests/unit/check.h"
#include "tests/unit/commands_rig.h"

#include <lo/lo.h>
#include <stdio.h>
#include <string.h>

#define MS INT64_C(1000000)

/// Time passes, and the bridge looks when it said it would
static void
pass_ms(const int64_t ms)
{
  const int64_t end_ns = fake.now_ns + ms * MS;
  for (;;) {
    const int64_t next_ns = rs_commands_tick(fake.room, fake.now_ns);
    if (next_ns > end_ns) {
      break;
    }
    assert_true(next_ns > fake.now_ns);
    fake.now_ns = next_ns;
  }
  fake.now_ns = end_ns;
}

static void
refuse(const uint32_t instance, const uint32_t parameter, const float kept)
{
  ++fake.instances[instance].refusals[parameter];
  fake.instances[instance].values[parameter] = kept;
}

static void
test_who_set_it_is_told(void** state)
{
  (void)state;
  SAY("/strip/gain", "f", 3.0);
  pass_ms(10);
  refuse(0u, FAKE_GAIN, -6.0f);
  pass_ms(60);
  assert_replies(
    "error /strip/gain 409 the host keeps gain at -6 dB, its automation plays: "
    "set that to Manual there, or to Touch, Latch or Write while it rolls, to "
    "move it by OSC\n");
  assert_int_equal(fake.counts[RS_COUNT_REJECTED_CONFLICT], 1);
  pass_ms(1000);
  assert_replies("");
}

static void
test_other_ways_to_set(void** state)
{
  (void)state;
  static const char* const ways[][2] = {
    {"/strip/gain/normalized", "f"},
    {"/strip/gain/add", "f"},
    {"/strip/gain/ramp", "ff"},
    {"/strip/gain/reset", ""},
    {"/strip/[f-h]ain", "f"},
  };

  for (uint32_t i = 0u; i < sizeof(ways) / sizeof(*ways); ++i) {
    if (!ways[i][1][0]) {
      SAY(ways[i][0], "");
    } else if (!ways[i][1][1]) {
      SAY(ways[i][0], "f", 0.5);
    } else {
      SAY(ways[i][0], "ff", 0.5, 0.1);
    }
    refuse(0u, FAKE_GAIN, -6.0f);
    pass_ms(60);
    assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain 409 "),
                     1);
    pass_ms(5000);
  }

  SAY("/strip/mute/toggle", "");
  refuse(0u, FAKE_MUTE, 1.0f);
  pass_ms(60);
  assert_non_null(strstr(fake_replies(), "keeps mute at 1 (on), "));
  SAY("/strip/mode", "s", "Stereo");
  refuse(0u, FAKE_MODE, 1.0f);
  pass_ms(60);
  assert_non_null(strstr(fake_replies(), "keeps mode at \"Ping-pong\", "));

  // Addressed with "_", since "name" is taken
  SAY("/strip/name_", "f", 0.25);
  refuse(0u, FAKE_NAME, 1.0f);
  pass_ms(60);
  assert_non_null(strstr(fake_replies(), "error /strip/name_ 409 "));
}

static void
test_a_pattern_and_a_preset(void** state)
{
  (void)state;
  static RsPresetValue  values[] = {{"gain", 6.0f}, {"mute", 1.0f}};
  static const RsPreset preset   = {"Air", "urn:air", true, 2u, values};

  SAY("/*/{gain,freq}", "f", 30.0);
  refuse(0u, FAKE_GAIN, 1.0f);
  refuse(1u, FAKE_FREQ, 1000.0f);
  pass_ms(60);
  const char* const replies = fake_replies();
  assert_non_null(strstr(replies, "error /strip/gain 409 "));
  assert_non_null(strstr(replies, "error /strip-2/freq 409 "));
  assert_null(strstr(strstr(strchr(replies, '\n') + 1, "\n") + 1, "error"));

  pass_ms(1000);
  fake.presets = (RsPresetList){&preset, 1u, true};
  SAY("/strip/preset/load", "s", "Air");
  refuse(0u, FAKE_GAIN, 1.0f);
  refuse(0u, FAKE_MUTE, 0.0f);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/"), 2);
}

static void
test_once_a_second(void** state)
{
  (void)state;
  for (uint32_t i = 0u; i < 500u; ++i) {
    SAY("/strip/gain", "f", 3.0);
    SAY("/strip/freq", "f", 30.0);
    refuse(0u, FAKE_GAIN, -6.0f);
    refuse(0u, FAKE_FREQ, 1000.0f);
    pass_ms(10);
  }
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 5);

  // Each sender for itself, and together no flood
  pass_ms(3000);
  for (uint32_t i = 0u; i < 500u; ++i) {
    fake.port = (uint16_t)(FAKE_PORT + i % 2u);
    SAY("/strip/gain", "f", 3.0);
    refuse(0u, FAKE_GAIN, -6.0f);
    pass_ms(5);
    SAY("/strip/gain", "f", 4.0);
    refuse(0u, FAKE_GAIN, -6.0f);
    pass_ms(25);
  }
  const char* const replies = fake_replies();
  uint32_t          n[2]    = {0u, 0u};
  for (const char* line = replies; *line; line = strchr(line, '\n') + 1) {
    ++n[*line == '@'];
  }
  assert_in_range(n[0], 14, 15);
  assert_in_range(n[1], 14, 15);

  pass_ms(3000);
  for (uint32_t i = 0u; i < 1000u; ++i) {
    fake.port = (uint16_t)(5000u + i);
    SAY("/strip/gain", "f", 3.0);
    refuse(0u, FAKE_GAIN, -6.0f);
    pass_ms(30);
  }
  assert_in_range(
    rig_lines_from(fake_replies(), "@"), 50, 60); // Of 30 s, two senders each
}

static void
test_nobody_else_is_told(void** state)
{
  (void)state;
  SAY("/strip/gain", "f", 3.0);
  pass_ms(60);
  fake.port = 4001u;
  SAY("/strip/freq", "f", 30.0);
  refuse(0u, FAKE_MUTE, 1.0f);
  refuse(1u, FAKE_GAIN, 1.0f);
  pass_ms(60);
  assert_replies("");
  refuse(0u, FAKE_FREQ, 1000.0f);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "@4001 error /strip/freq "),
                   1);

  // The last one who set it, and long ago does not count
  SAY("/strip/gain", "f", 3.0);
  refuse(0u, FAKE_GAIN, 1.0f);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "@4001 error /strip/gain "),
                   1);
  pass_ms(1990);
  SAY("/strip/freq", "f", 31.0);
  pass_ms(60);
  refuse(0u, FAKE_GAIN, 1.0f);
  pass_ms(100);
  assert_replies("");

  // Questions set nothing, and what is not sent is nobody's
  pass_ms(3000);
  SAY("/strip/gain", "");
  SAY("/strip/cancel", "");
  fake.instances[0].send_status = RS_FULL;
  SAY("/strip/gain", "f", 1.0);
  fake_replies();
  refuse(0u, FAKE_GAIN, 1.0f);
  pass_ms(100);
  assert_replies("");
}

static void
test_a_sender_who_cannot_be_told(void** state)
{
  (void)state;
  SAY("/strip/gain", "f", 3.0);

  // 64 others since: its number is no longer known
  for (uint32_t i = 0u; i < 64u; ++i) {
    ++fake.now_ns;
    fake.port = (uint16_t)(5000u + i);
    SAY("/strip/freq", "f", 30.0);
  }
  refuse(0u, FAKE_GAIN, -6.0f);
  pass_ms(60);
  assert_replies("");
  refuse(0u, FAKE_FREQ, 1000.0f);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "@5063 "), 1);

  fake.port = 4000u;
  SAY("/strip/gain", "f", 3.0);
  rs_commands_instance_gone(fake.room, &fake.instances[0]);
  pass_ms(60);
  assert_true(rs_commands_tick(fake.room, fake.now_ns) == INT64_MAX);
}

static void
test_ramps_and_tags_are_watched_longer(void** state)
{
  (void)state;
  SAY("/strip/gain/ramp", "ff", 3.0, 10.0);
  pass_ms(11000);
  refuse(0u, FAKE_GAIN, -6.0f);
  pass_ms(400);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);
  pass_ms(1000);

  // A time tag 30 s ahead
  const int64_t    unix_ns = fake.now_ns + fake.realtime_offset_ns + 30000 * MS;
  const lo_timetag tag     = {
        (uint32_t)(unix_ns / 1000000000 + 2208988800),
        (uint32_t)(((uint64_t)(unix_ns % 1000000000) << 32u) / 1000000000u)};
  const lo_bundle  bundle  = lo_bundle_new(tag);
  const lo_message message = lo_message_new();
  lo_message_add_float(message, 3.0f);
  lo_bundle_add_message(bundle, "/strip/gain", message);
  char   packet[256];
  size_t size = sizeof(packet);
  lo_bundle_serialise(bundle, packet, &size);
  lo_bundle_free_recursive(bundle);
  fake_packet(packet, size);
  pass_ms(29990);
  refuse(0u, FAKE_GAIN, -6.0f);
  pass_ms(400);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);
}

static void
test_nothing_is_looked_at_for_nothing(void** state)
{
  (void)state;
  assert_true(rs_commands_tick(fake.room, fake.now_ns) == INT64_MAX);
  SAY("/strip/gain", "f", 3.0);

  uint32_t      n     = 0u;
  const int64_t start = fake.now_ns;
  int64_t       next  = 0;
  while ((next = rs_commands_tick(fake.room, fake.now_ns)) != INT64_MAX) {
    assert_true(next >= fake.now_ns + 20 * MS);
    fake.now_ns = next;
    assert_true(++n < 1000u);
  }
  assert_in_range(n, 10, 100);
  assert_true(fake.now_ns - start < 3000 * MS);

  // A slow ramp costs less than a busy controller
  SAY("/strip/gain/ramp", "ff", 3.0, 60.0);
  pass_ms(5000);
  assert_true(rs_commands_tick(fake.room, fake.now_ns) > fake.now_ns);
  n = 0u;
  for (int64_t end = fake.now_ns + 1000 * MS; fake.now_ns < end; ++n) {
    fake.now_ns = rs_commands_tick(fake.room, fake.now_ns);
  }
  assert_in_range(n, 1, 5);
}

static void
test_refused_before_the_bridge_goes_on(void** state)
{
  (void)state;

  // The host has a core while the bridge waits for one: sent, and refused
  fake.instances[0].refuses_at_once = true;
  SAY("/strip/gain", "f", 3.0);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);
  SAY("/strip/freq", "f", 30.0); // Watched already
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/freq "), 1);

  pass_ms(10000);
  SAY("/strip/[f-h]ain", "f", 2.0);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);
}

static void
test_a_bridge_that_is_held_up_still_tells(void** state)
{
  (void)state;
  SAY("/strip/gain", "f", 3.0);
  pass_ms(60);
  refuse(0u, FAKE_GAIN, -6.0f);
  fake.now_ns += 10000 * MS; // Without a look
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);

  fake.now_ns += 10000 * MS;
  SAY("/strip/gain", "f", 3.0);
  fake.now_ns += 10000 * MS;
  refuse(0u, FAKE_GAIN, -6.0f);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);
}

static void
test_refusals_before_this_bridge(void** state)
{
  (void)state;
  fake.instances[0].refusals[FAKE_GAIN] = 30u;
  SAY("/strip/gain", "f", 3.0);
  pass_ms(60);
  assert_replies("");
  refuse(0u, FAKE_GAIN, -6.0f);
  pass_ms(60);
  assert_int_equal(rig_lines_from(fake_replies(), "error /strip/gain "), 1);

  // Nor those while nobody minded
  pass_ms(10000);
  refuse(0u, FAKE_GAIN, -6.0f);
  SAY("/strip/gain", "f", 3.0);
  pass_ms(60);
  assert_replies("");
}

static void
test_many_at_once(void** state)
{
  (void)state;
  char name[16];
  for (uint32_t i = 2u; i < FAKE_INSTANCES; ++i) {
    snprintf(name, sizeof(name), "strip-%u", i + 1u);
    fake_appear(i, name);
  }

  SAY("/*/{gain,freq,mute,mode,steps}", "f", 1.0);
  for (uint32_t i = 0u; i < FAKE_INSTANCES; ++i) {
    for (uint32_t p = 0u; p < FAKE_PEAK; ++p) {
      refuse(i, p, 0.0f);
    }
  }

  // Not all in one go, but all
  pass_ms(30);
  const uint32_t first = rig_lines_from(fake_replies(), "error ");
  assert_in_range(first, 100, 250);
  pass_ms(1000);
  assert_int_equal(first + rig_lines_from(fake_replies(), "error "),
                   FAKE_INSTANCES * FAKE_PEAK);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(test_who_set_it_is_told),
    TEST(test_other_ways_to_set),
    TEST(test_a_pattern_and_a_preset),
    TEST(test_once_a_second),
    TEST(test_nobody_else_is_told),
    TEST(test_a_sender_who_cannot_be_told),
    TEST(test_ramps_and_tags_are_watched_longer),
    TEST(test_nothing_is_looked_at_for_nothing),
    TEST(test_refused_before_the_bridge_goes_on),
    TEST(test_a_bridge_that_is_held_up_still_tells),
    TEST(test_refusals_before_this_bridge),
    TEST(test_many_at_once),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
