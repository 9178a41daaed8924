// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Each row of the table of commands, and patterns that meet several

#include "tests/unit/check.h"
#include "tests/unit/commands_rig.h"

#include <lo/lo.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// Parameters

static void
test_set(void** state)
{
  (void)state;
  SAY("/strip/gain", "f", 3.5);
  assert_sent("strip: set gain 3.5\n");
  SAY("/strip/gain", "i", -6);
  assert_sent("strip: set gain -6\n");
  SAY("/strip/gain", "h", (int64_t)1 << 40);
  assert_sent("strip: set gain 24\n");
  SAY("/strip/gain", "d", -1e300);
  assert_sent("strip: set gain -24\n");
  SAY("/strip-2/mute", "T");
  assert_sent("strip-2: set mute 1\n");
  SAY("/strip/mute", "F");
  assert_sent("strip: set mute 0\n");
  SAY("/strip/mode", "s", "Ping-pong");
  assert_sent("strip: set mode 1\n");
  SAY("/strip/mode", "f", 0.7);
  assert_sent("strip: set mode 1\n");
  SAY("/strip/steps", "f", 3.4);
  assert_sent("strip: set steps 3\n");
  SAY("/strip/gain", "fs", 1.0, "more is ignored");
  assert_sent("strip: set gain 1\n");
  SAY("/strip/name_", "f", 0.5);
  assert_sent("strip: set name 0.5\n");
  SAY("/strip/preset_", "f", 0.5);
  assert_sent("strip: set preset 0.5\n");
  assert_replies("");
}

static void
test_set_refused(void** state)
{
  (void)state;
  SAY("/strip/gain", "s", "loud");
  assert_error(400, "gain takes a number in dB from -24 to 24, not the string");
  SAY("/strip/gain", "T");
  assert_error(400, "not T");
  SAY("/strip/gain", "f", (double)NAN);
  assert_error(400, "not nan");
  SAY("/strip/gain", "d", (double)INFINITY);
  assert_error(400, "not inf");
  SAY("/strip/mode", "s", "Mono");
  assert_error(400, "one of \"Stereo\", \"Ping-pong\"");
  SAY("/strip/gain", "N");
  assert_error(400, "type N");
  SAY("/strip/peak", "f", 1.0);
  assert_error(400, "output");
  SAY("/strip/gian", "f", 1.0);
  assert_error(404, "did you mean gain?");
  SAY("/stripp/gain", "f", 1.0);
  assert_error(404, "did you mean strip?");
  SAY("/strip/gain/rmap", "f", 1.0);
  assert_error(404, "did you mean ramp?");
  SAY("/strip/gain/", "f", 1.0);
  assert_error(404, "no word");
  SAY("/strip", "f", 1.0);
  assert_error(404, "/list");
  SAY("/", "f", 1.0);
  assert_error(404, "no instance");
  SAY("/ringside/stat", "f", 1.0);
  assert_error(404, "no word");
  assert_int_equal(fake.counts[RS_COUNT_REJECTED_ARGUMENT], 7);
  assert_int_equal(fake.counts[RS_COUNT_REJECTED_ADDRESS], 7);
}

static void
test_normalized(void** state)
{
  (void)state;
  SAY("/strip/gain/normalized", "f", 0.75);
  assert_sent("strip: set gain 12\n");
  SAY("/strip/gain/normalized", "f", 7.0);
  assert_sent("strip: set gain 24\n");
  SAY("/strip/freq/normalized", "d", 1.0 / 3.0);
  assert_sent("strip: set freq 200\n");
  SAY("/strip/mute/normalized", "f", 0.5);
  assert_sent("strip: set mute 1\n");
  SAY("/strip/mute/normalized", "f", 0.49);
  assert_sent("strip: set mute 0\n");
  SAY("/strip/steps/normalized", "f", 0.3);
  assert_sent("strip: set steps 2\n");
  SAY("/strip/freq", "f", 200.0);
  SAY("/strip/freq/normalized", "");
  assert_replies("/strip/freq/normalized f 0.333333\n");
  fake_sent();
  SAY("/strip/gain/normalized", "f", (double)NAN);
  assert_error(400, "0 to 1");
  SAY("/strip/peak/normalized", "f", 0.5);
  assert_error(400, "output");
}

static void
test_ramp(void** state)
{
  (void)state;
  SAY("/strip/gain/ramp", "ff", 6.0, 2.5);
  assert_sent("strip: ramp gain 6 2.5s 0\n");
  SAY("/strip/gain/ramp", "fis", 60.0, 2, "exp");
  assert_sent("strip: ramp gain 24 2s 1\n");
  SAY("/strip/gain/ramp", "ffs", 0.0, 1e9, "sine");
  assert_sent("strip: ramp gain 0 3600s 2\n");
  SAY("/strip/mode/ramp", "sf", "Ping-pong", -1.0);
  assert_sent("strip: ramp mode 1 0s 0\n");
  assert_replies("");
  SAY("/strip/peak/ramp", "ff", 6.0, 1.0);
  assert_error(400, "output");
  SAY("/strip/gain/ramp", "f", 6.0);
  assert_error(400, "seconds");
  SAY("/strip/gain/ramp", "");
  assert_error(400, "not nothing");
  SAY("/strip/gain/ramp", "ff", 6.0, (double)NAN);
  assert_error(400, "seconds");
  SAY("/strip/gain/ramp", "ffs", 6.0, 1.0, "cubic");
  assert_error(400, "linear, exp or sine");
  SAY("/strip/gain/ramp", "fff", 6.0, 1.0, 1.0);
  assert_error(400, "linear, exp or sine");
}

static void
test_add_toggle_reset(void** state)
{
  (void)state;
  SAY("/strip/gain/add", "f", -1.5);
  assert_sent("strip: add gain -1.5\n");
  SAY("/strip/gain/add", "d", 1e300);
  assert_sent("strip: add gain 48\n");
  SAY("/strip/mute/toggle", "");
  assert_sent("strip: toggle mute 0\n");
  SAY("/strip/mute/toggle", "f", 1.0);
  assert_sent("strip: toggle mute 0\n");
  SAY("/strip/freq/reset", "");
  assert_sent("strip: set freq 1000\n");

  // A button let go
  SAY("/strip/mute/toggle", "f", 0.0);
  SAY("/strip/mute/toggle", "i", 0);
  SAY("/strip/mute/toggle", "F");
  SAY("/strip/freq/reset", "d", 0.0);
  SAY("/strip/cancel", "i", 0);
  SAY("/strip/preset/next", "f", 0.0);
  SAY("/strip/list", "f", 0.0);
  assert_sent("");
  assert_replies("");

  SAY("/strip/gain/toggle", "");
  assert_error(400, "not a toggle");
  SAY("/strip/gain/add", "");
  assert_error(400, "nothing");
}

static void
test_queries(void** state)
{
  (void)state;
  SAY("/strip/gain", "");
  assert_replies("/strip/gain f 1\n");
  SAY("/strip/peak", "");
  assert_replies("/strip/peak f 0\n");
  SAY("/strip/name_", "");
  assert_replies("/strip/name_ f 0\n");
  SAY("/strip/freq/range", "");
  assert_replies("/strip/freq/range fffss 1000 20 20000 Hz log\n");
  SAY("/strip/mode/labels", "");
  assert_replies("/strip/mode/labels fs 0 Stereo\n"
                 "/strip/mode/labels fs 1 Ping-pong\n"
                 "/strip/mode/labels/end i 2\n");
  SAY("/strip/gain/labels", "");
  assert_replies("/strip/gain/labels/end i 0\n");

  fake_packet("/strip/gain\0", 12u); // No type tag string
  assert_replies("/strip/gain f 1\n");

  SAY("/strip/list", "");
  const char* const list = fake_replies();
  assert_non_null(
    strstr(list, "/strip/list sffffssss gain 1 1 -24 24 dB linear in Gain\n"));

  // 8 lines at once, the others while everybody else is heard
  assert_int_equal(rig_lines_with(list, "/strip/list "), 8);
  fake.now_ns += 1000000;
  rs_commands_tick(fake.room, fake.now_ns);
  const char* const rest = fake_replies();
  assert_int_equal(rig_lines_with(rest, ""), 2);
  assert_int_equal(rig_lines_with(rest, "/strip/list sffffssss enabled "), 1);
  assert_non_null(strstr(rest, "/strip/list/end i 9\n"));
  assert_int_equal(rs_commands_tick(fake.room, fake.now_ns + 1), INT64_MAX);
}

// Instances

static void
test_name(void** state)
{
  (void)state;
  SAY("/strip/name", "");
  assert_replies("/strip/name s strip\n");
  SAY("/strip/name", "s", "vox");
  SAY("/vox/gain", "f", 1.0);
  assert_sent("vox: set gain 1\n");
  SAY("/strip/gain", "f", 1.0);
  assert_error(404, "no instance");
  SAY("/vox/name", "s", "strip-2");
  assert_error(409, "strip-2");
  SAY("/vox/name", "s", "ringside");
  assert_error(409, "ringside");
  SAY("/vox/name", "s", "a b");
  assert_error(400, "characters");
  SAY("/vox/name", "i", 1);
  assert_error(400, "string");

  // Bursts are allowed, floods are not, and time heals
  unsigned int n = 0u;
  char         name[16];
  char         address[32] = "/vox/name";
  for (; n < 100u; ++n) {
    snprintf(name, sizeof(name), "n%u", n);
    SAY(address, "s", name);
    if (*fake_replies()) {
      break;
    }
    snprintf(address, sizeof(address), "/%s/name", name);
  }
  assert_in_range(n, 5u, 20u);
  SAY(address, "s", "late");
  assert_error(429, "too often");
  fake.now_ns += 1000000000;
  SAY(address, "s", "late");
  assert_replies("");
}

static void
test_timing_and_cancel(void** state)
{
  (void)state;
  SAY("/strip/timing", "");
  assert_replies("/strip/timing s asap\n");
  SAY("/strip/timing", "s", "steady");
  SAY("/strip/timing", "");
  assert_replies("/strip/timing s steady\n");
  SAY("/strip/timing", "s", "fast");
  assert_error(400, "asap or steady");

  // Its arrival (5 us ago), the largest cycle (2 ms), and the margin (1 ms)
  SAY("/strip/gain", "f", 1.0);
  assert_sent("strip @2995000: set gain 1\n");
  SAY("/strip/cancel", "");
  assert_sent("strip @2995000: cancel\n");
  SAY("/strip/timing", "s", "asap");
  SAY("/strip/cancel", "");
  assert_sent("strip: cancel\n");
}

static void
test_export(void** state)
{
  (void)state;
  fake.instances[0].is_freewheeling = true;
  SAY("/strip/gain", "f", 1.0);
  assert_error(503, "exporting");
  SAY("/strip/mute/toggle", "");
  assert_error(503, "exporting");
  SAY("/strip/preset/load", "i", 1);
  assert_error(503, "exporting");
  SAY("/strip/gain", "");
  assert_replies("/strip/gain f 1\n");
  SAY("/*/gain", "f", 2.0);
  assert_sent("strip-2: set gain 2\n");
  assert_non_null(strstr(fake_replies(), " 503 "));
}

static void
test_send_fails(void** state)
{
  (void)state;
  fake.instances[0].send_status = RS_FULL;
  SAY("/strip/gain", "f", 1.0);
  assert_error(413, "no room");
  fake.instances[0].send_status = RS_GONE;
  SAY("/strip/gain", "f", 1.0);
  assert_error(503, "gone");
}

// The bridge itself

static void
test_ringside(void** state)
{
  (void)state;
  SAY("/ringside/instances", "");
  assert_replies("/ringside/instances sssT strip urn:test:fake host\n"
                 "/ringside/instances sssF strip-2 urn:test:fake host\n"
                 "/ringside/instances/end i 2\n");
  SAY("/ringside/version", "");
  assert_replies("/ringside/version s " RS_VERSION_TEXT "\n");
  SAY("/ringside/ping", "ihs", 1, (int64_t)2, "three");
  assert_replies("raw 44 /ringside/pong ,ihs\n");
  SAY("/ringside/status", "");
  assert_replies("/ringside/status/end i 0\n");
  SAY("/ringside/reply_port", "i", 9000);
  assert_sent("reply_port 9000\n");
  SAY("/ringside/reply_port", "i", 70000);
  assert_error(400, "port");
  SAY("/ringside/reply_port", "i", 6720);
  assert_error(400, "port 6720 is the bridge's own");
  SAY("/ringside/sync", "s", "x");
  assert_error(400, "whole number");

  SAY("/error", "sis", "/a", 400, "b");
  SAY("/ringside/pong", "i", 1);
  SAY("/ringside/synced", "i", 1);
  SAY("/ringside/pong", "");
  assert_replies("");
  assert_sent("");
}

// Patterns

static void
test_patterns(void** state)
{
  (void)state;
  SAY("/*/mute", "i", 1);
  assert_sent("strip: set mute 1\nstrip-2: set mute 1\n");
  SAY("/strip/{gain,steps}", "f", 2.0);
  assert_sent("strip: set gain 2 set steps 2\n");
  SAY("//freq/reset", "");
  assert_sent("strip: set freq 1000\nstrip-2: set freq 1000\n");
  SAY("/strip/*_", "f", 1.0);
  assert_sent("strip: set name 1 set preset 1\n");
  assert_replies("");
  SAY("/*/gain", "");
  assert_replies("/strip/gain f 2\n/strip-2/gain f 1\n");
  SAY("/*/nam[e]", "");
  assert_replies("/strip/name s strip\n/strip-2/name s strip-2\n");

  // What does not fit is skipped: outputs, and everything without labels
  SAY("/strip/*", "s", "Stereo");
  assert_sent("strip: set mode 0\n");
  assert_replies("");

  SAY("/*/nothing", "f", 1.0);
  assert_error(404, "matches no address");
  SAY("/ring*/version", "");
  assert_error(404, "matches no address");
  SAY("//version", "");
  assert_error(404, "matches no address");
  SAY("/*/gain", "s", "x");
  assert_error(400, "that match (2)");
  SAY("/{a/gain", "f", 1.0);
  assert_error(400, "malformed");
}

/// To ask for everything resets, cancels and toggles nothing
static void
test_wildcards_do_not_act(void** state)
{
  (void)state;
  SAY("/strip/*", "");
  SAY("/strip/*/*", "");
  SAY("//*", "i", 0);
  assert_null(strstr(fake_sent(), "cancel"));
  fake_replies();
  SAY("/strip/[m]ute/toggle", "");
  assert_sent("strip: toggle mute 0\n");
  SAY("/*/cancel", "");
  assert_sent("strip: cancel\nstrip-2: cancel\n");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(test_set),
    TEST(test_set_refused),
    TEST(test_normalized),
    TEST(test_ramp),
    TEST(test_add_toggle_reset),
    TEST(test_queries),
    TEST(test_name),
    TEST(test_timing_and_cancel),
    TEST(test_export),
    TEST(test_send_fails),
    TEST(test_ringside),
    TEST(test_patterns),
    TEST(test_wildcards_do_not_act),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
