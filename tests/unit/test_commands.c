// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Each row of the table of commands, and what bundles and waiting do to it

#include "tests/unit/check.h"
#include "tests/unit/fake_bridge.h"

#include <endian.h>
#include <lo/lo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
open_fake(void** state)
{
  (void)state;
  fake_open();
  return 0;
}

static int
close_fake(void** state)
{
  (void)state;
  fake_close();
  return 0;
}

/// All that one message leads to
#define SAY(...) fake_say(__VA_ARGS__, LO_MARKER_A, LO_MARKER_B)
#define assert_sent(expected) assert_string_equal(fake_sent(), expected)
#define assert_replies(expected) assert_string_equal(fake_replies(), expected)

/// One error of this code, and nothing sent
static void
assert_error(const int code, const char* const part)
{
  char              start[32];
  const char* const replies = fake_replies();
  const char* const at      = strchr(replies + 6, ' ');
  snprintf(start, sizeof(start), " %d ", code);
  if (strncmp(replies, "error ", 6u) || !at ||
      strncmp(at, start, strlen(start)) || !strstr(replies, part) ||
      strchr(replies, '\n')[1]) {
    fail_msg("not one error %d with \"%s\" but: %s", code, part, replies);
  }
  assert_sent("");
}

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

/// Lines with this text in them
static unsigned int
n_lines(const char* const text, const char* const wanted)
{
  unsigned int n = 0u;
  for (const char* at = text; *at; at = strchr(at, '\n') + 1) {
    const char* const found = strstr(at, wanted);
    n += found && found < strchr(at, '\n') + 1;
  }
  return n;
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
  assert_int_equal(n_lines(list, "/strip/list "), 8);
  fake.now_ns += 1000000;
  rs_commands_tick(fake.room, fake.now_ns);
  const char* const rest = fake_replies();
  assert_int_equal(n_lines(rest, ""), 2);
  assert_int_equal(n_lines(rest, "/strip/list sffffssss enabled "), 1);
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

/// How many lines there are that begin so
static unsigned int
count_lines(const char* lines, const char* const begin)
{
  unsigned int n = 0u;
  for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n') {
    n += !strncmp(lines, begin, strlen(begin));
  }
  return n;
}

/// A packet that is no OSC, from one of many ports.  @return complaints
static unsigned int
complain_to(const uint16_t port)
{
  char begin[32];
  snprintf(begin, sizeof(begin), "@%u error ", port);
  fake.port = port;
  fake_packet("nonsense", 8u);
  fake.port = FAKE_PORT;
  return count_lines(fake_replies(), begin);
}

/// Complaints are few for each source, and few for all, however many there are
static void
test_complaints(void** state)
{
  (void)state;
  assert_int_equal(complain_to(5000u), 1);
  assert_int_equal(complain_to(5000u), 0);
  assert_int_equal(complain_to(5001u), 1);
  fake.now_ns += 99999999;
  assert_int_equal(complain_to(5000u), 0);
  fake.now_ns += 1;
  assert_int_equal(complain_to(5000u), 1);

  // All at one time, after a long one: 100 of them, and then one each 10 ms
  fake.now_ns += 10000000000;
  unsigned int n = 0u;
  for (uint16_t port = 6000u; port < 7000u; ++port) {
    n += complain_to(port);
  }
  assert_int_equal(n, 100);
  fake.now_ns += 9999999;
  assert_int_equal(complain_to(8000u), 0);
  fake.now_ns += 1;
  assert_int_equal(complain_to(8001u), 1);
  assert_int_equal(complain_to(8002u), 0);
  assert_int_equal(fake.counts[RS_COUNT_REJECTED_PACKET], 5 + 1000 + 3);
}

/// So many syncs wait at once, and one more is refused in words
static void
test_syncs_are_few(void** state)
{
  (void)state;
  fake.instances[0].is_synced = false;
  for (int i = 0; i < 256; ++i) {
    SAY("/ringside/sync", "i", i);
    rs_commands_tick(fake.room, fake.now_ns);
  }
  assert_replies("");
  SAY("/ringside/sync", "i", 256);
  assert_error(429, "at most 256 syncs");

  fake.instances[0].is_synced = true;
  for (int i = 0; i < 256; ++i) {
    rs_commands_tick(fake.room, fake.now_ns); // Some at a time
  }
  assert_int_equal(count_lines(fake_replies(), "/ringside/synced i "), 256);
  SAY("/ringside/sync", "i", 257);
  assert_replies("/ringside/synced i 257\n");
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
  SAY("/ringside/sync", "s", "x");
  assert_error(400, "whole number");

  SAY("/error", "sis", "/a", 400, "b");
  SAY("/ringside/pong", "i", 1);
  SAY("/ringside/synced", "i", 1);
  SAY("/ringside/pong", "");
  assert_replies("");
  assert_sent("");
}

static void
test_sync(void** state)
{
  (void)state;
  SAY("/ringside/sync", "i", 1);
  assert_replies("/ringside/synced i 1\n");

  fake.instances[1].is_synced = false;
  SAY("/ringside/sync", "i", 2);
  fake.instances[0].is_synced = false;
  SAY("/ringside/sync", "i", 3);
  assert_replies("");
  assert_int_equal(rs_commands_tick(fake.room, fake.now_ns),
                   fake.now_ns + 1000000);

  fake.instances[1].is_synced = true;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("/ringside/synced i 2\n");
  rs_commands_instance_gone(fake.room, &fake.instances[0]);
  assert_true(rs_commands_tick(fake.room, fake.now_ns) == INT64_MAX);
  assert_replies("/ringside/synced i 3\n");

  // One that is never reached is said to be so
  fake.instances[1].is_synced = false;
  SAY("/ringside/sync", "i", 4);
  fake.now_ns += 3000000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_error(503, "sync 4");
}

static void
test_queries_wait_in_order(void** state)
{
  (void)state;
  fake.instances[0].is_reached = false;
  SAY("/strip/gain", "");
  SAY("/strip/name", "");
  SAY("/strip-2/gain", "");
  assert_replies("/strip-2/gain f 1\n");
  fake.now_ns += 49000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("");
  fake.instances[0].is_reached = true;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("/strip/gain f 1\n/strip/name s strip\n");

  fake.instances[0].is_reached = false;
  SAY("/strip/gain", "");
  fake.now_ns += 50000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("/strip/gain f 1\n");

  SAY("/strip/gain", "");
  rs_commands_instance_gone(fake.room, &fake.instances[0]);
  assert_error(503, "gone");
}

static void
test_many_queries(void** state)
{
  (void)state;
  fake.instances[0].is_reached = false;
  for (unsigned int i = 0u; i < 10000u; ++i) {
    SAY("/strip/gain", "");
  }

  // 8,192 can wait, and for the others there is an error each
  assert_int_equal(n_lines(fake_replies(), " 503 too many queries wait"), 1808);
  fake.now_ns += 50000000;

  // Few are answered at a time, so that others are heard meanwhile
  unsigned int n = 0u;
  while (n < 8192u) {
    fake.now_ns += 1000000;
    rs_commands_tick(fake.room, fake.now_ns);
    const unsigned int more = n_lines(fake_replies(), "/strip/gain f 1");
    assert_in_range(more, 1u, 64u);
    n += more;
  }
  assert_int_equal(n, 8192);
  assert_int_equal(rs_commands_tick(fake.room, fake.now_ns + 1), INT64_MAX);
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

static void
test_patterns_are_bounded(void** state)
{
  (void)state;
  static char packet[60000];
  const char  pattern[] = "//*{,g,ga,gai}*?*?*?*/*\0\0\0";
  uint32_t    size      = 16u;
  memcpy(packet, "#bundle\0\0\0\0\0\0\0\0\1", 16u);
  for (unsigned int i = 0u; i < 1000u; ++i) {
    const uint32_t length = htobe32(24u);
    memcpy(packet + size, &length, 4u);
    memcpy(packet + size + 4u, pattern, 24u);
    size += 28u;
  }
  fake_packet(packet, size);
  assert_non_null(strstr(fake_replies(), " 413 "));
}

// Bundles

static lo_bundle
bundle_at(const int64_t ns_ahead)
{
  const int64_t    unix_ns = fake.now_ns + fake.realtime_offset_ns + ns_ahead;
  const lo_timetag tag     = {
        (uint32_t)(unix_ns / 1000000000 + 2208988800),
        (uint32_t)(((uint64_t)(unix_ns % 1000000000) << 32u) / 1000000000u)};
  return lo_bundle_new(tag);
}

static void
put_message(const lo_bundle bundle, const char* address, const char* types, ...)
{
  lo_message message = lo_message_new();
  va_list    args;
  va_start(args, types);
  lo_message_add_varargs(message, types, args);
  va_end(args);
  lo_bundle_add_message(bundle, address, message);
}

#define put(...) put_message(__VA_ARGS__, LO_MARKER_A, LO_MARKER_B)

static void
give(const lo_bundle bundle)
{
  size_t      size   = lo_bundle_length(bundle);
  void* const packet = malloc(size);
  lo_bundle_serialise(bundle, packet, &size);
  fake_packet(packet, size);
  free(packet);
  lo_bundle_free_recursive(bundle);
}

static void
test_bundle_is_a_batch(void** state)
{
  (void)state;
  const lo_bundle bundle = lo_bundle_new((lo_timetag){0u, 1u});
  put(bundle, "/strip/gain", "f", 3.0);
  put(bundle, "/strip-2/gain", "f", 4.0);
  put(bundle, "/strip/gain", "");
  put(bundle, "/strip/nothing", "f", 1.0);
  put(bundle, "/strip/mute", "i", 1);
  give(bundle);
  assert_sent("strip: set gain 3 set mute 1\nstrip-2: set gain 4\n");

  // The error at once, the query when its bundle has been sent
  const char* const replies = fake_replies();
  assert_true(strstr(replies, "error /strip/nothing 404") == replies);
  assert_non_null(strstr(replies, "\n/strip/gain f 3\n"));
}

static void
test_bundle_times(void** state)
{
  (void)state;
  lo_bundle bundle = bundle_at(500000000);
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_sent("strip @500000000: set gain 3\n");

  bundle = bundle_at(-500000000); // Late: the plugin counts it
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_sent("strip @-500000000: set gain 3\n");

  bundle = bundle_at(-2000000000000); // Before this machine's clock began
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_sent("strip @-999999999999: set gain 3\n");

  bundle = bundle_at(60000000000);
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_sent("strip @60000000000: set gain 3\n");
  assert_replies("");

  bundle = bundle_at(61000000000);
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_error(413, "61.000 s ahead");

  // Steady leaves tags alone, but not those that say "at once"
  fake.instances[0].is_steady = true;
  bundle                      = bundle_at(500000000);
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_sent("strip @500000000: set gain 3\n");
  bundle = lo_bundle_new((lo_timetag){0u, 0u});
  put(bundle, "/strip/gain", "f", 3.0);
  give(bundle);
  assert_sent("strip @2995000: set gain 3\n");
}

static void
test_times_around_2036(void** state)
{
  (void)state;

  // 2036-02-07 06:28:16 UTC: seconds since 1900 come round
  const int64_t turn_ns   = (4294967296 - 2208988800) * 1000000000;
  fake.realtime_offset_ns = turn_ns - fake.now_ns - 1000000000;
  for (int64_t ahead = -3; ahead <= 3; ++ahead) {
    const lo_bundle bundle = bundle_at(ahead * 1000000000);
    char            expected[64];
    put(bundle, "/strip/gain", "f", 3.0);
    give(bundle);
    if (ahead == 1) {
      // The very turn is 0.0, which says "at once"
      assert_sent("strip: set gain 3\n");
      continue;
    }
    snprintf(expected,
             sizeof(expected),
             "strip%s%.0lld: set gain 3\n",
             " @",
             (long long)ahead * 1000000000);
    if (ahead) {
      assert_sent(expected);
    } else {
      assert_sent("strip @0: set gain 3\n");
    }
  }
}

static void
test_nested_bundles(void** state)
{
  (void)state;
  lo_bundle outer = lo_bundle_new((lo_timetag){0u, 1u});
  lo_bundle same  = lo_bundle_new((lo_timetag){0u, 1u});
  lo_bundle later = bundle_at(1000000000);
  lo_bundle far   = bundle_at(100000000000);
  put(outer, "/strip/gain", "f", 1.0);
  put(same, "/strip/gain", "f", 2.0);
  put(later, "/strip/mute", "i", 1);
  put(far, "/strip/mute", "i", 0);
  lo_bundle_add_bundle(same, later);
  lo_bundle_add_bundle(outer, same);
  lo_bundle_add_bundle(outer, far);
  put(outer, "/strip/gain", "f", 3.0);
  give(outer);
  const char* const sent = fake_sent();
  assert_true(strstr(sent, "strip: set gain 1 set gain 2 set gain 3\n") ==
              sent);
  assert_non_null(strstr(sent, "\nstrip @1000000000: set mute 1\n"));
  assert_error(413, "100.000 s ahead");
}

/// A packet costs little, whatever is in it; what is too much is said
static void
test_packets_that_ask_too_much(void** state)
{
  (void)state;
  static const struct {
    const char* address;
    const char* type;
  } messages[] = {{"/*/*", "f"},
                  {"/*/*", ""},
                  {"//*", ""},
                  {"/strip/list", ""},
                  {"/*/list", ""},
                  {"/*/preset/load", "f"},
                  {"/{strip,strip-2}/{gain,freq,mute,mode,*a*a*a*}", "f"},
                  {"/*a*a*a*a*a*b/*a*a*a*b", "f"},
                  {"/strip/nothing", ""},
                  {"/strip/gain/nothing", ""},
                  {"/strip/preset/list", ""},
                  {"/strip/mode", "s"},
                  {"/ringside/ping", ""},
                  {"/ringside/instances", ""},
                  {"/ringside/status", ""},
                  {"/strip/preset/delete", "s"}};
  for (size_t i = 0u; i < N_ELEMENTS(messages); ++i) {
    lo_bundle bundle = lo_bundle_new((lo_timetag){0u, 1u});
    for (unsigned int n = 0u; n < 1000u; ++n) {
      const lo_message message = lo_message_new();
      if (messages[i].type[0] == 'f') {
        lo_message_add_float(message, 1.0f);
      } else if (messages[i].type[0] == 's') {
        lo_message_add_string(message, "x");
      }
      lo_bundle_add_message(bundle, messages[i].address, message);
    }
    give(bundle);
    assert_in_range(n_lines(fake_replies(), ""), 1u, 160u);

    // It is the packet that is refused, not its sender
    for (unsigned int n = 0u; n < 300u; ++n) {
      fake.now_ns += 1000000;
      (void)rs_commands_tick(fake.room, fake.now_ns);
      assert_in_range(n_lines(fake_replies(), ""), 0u, 160u);
    }
    SAY("/ringside/version", "");
    assert_replies("/ringside/version s " RS_VERSION_TEXT "\n");
  }
}

static void
test_bundle_refused_whole(void** state)
{
  (void)state;
  fake.instances[0].send_status = RS_FULL;
  lo_bundle bundle              = bundle_at(500000000);
  put(bundle, "/strip/gain", "f", 3.0);
  put(bundle, "/strip/mute", "i", 1);
  put(bundle, "/strip-2/mute", "i", 1);
  give(bundle);
  assert_sent("strip-2 @500000000: set mute 1\n");
  assert_non_null(strstr(fake_replies(), " 413 strip has no room"));

  // 1,024 messages that are 1,025 commands are too many for one instance
  fake.instances[0].send_status = RS_SUCCESS;
  bundle                        = lo_bundle_new((lo_timetag){0u, 1u});
  for (unsigned int i = 0u; i < 1024u; ++i) {
    put(bundle, i ? "/strip/gain" : "/strip/{gain,freq}", "f", 3.0);
  }
  give(bundle);
  assert_error(413, "more than 1024 values");
  bundle = lo_bundle_new((lo_timetag){0u, 1u});
  put(bundle, "/strip/gain", "f", 1.0);
  give(bundle);
  assert_sent("strip: set gain 1\n");
}

static void
test_malformed(void** state)
{
  (void)state;
  fake_packet("/strip/gain", 11u);
  assert_error(400, "not an OSC message");
  for (unsigned int i = 0u; i < 1000u; ++i) {
    fake_packet("/strip/gain", 11u);
  }
  assert_replies("");
  assert_int_equal(fake.counts[RS_COUNT_REJECTED_PACKET], 1001);
  fake.now_ns += 100000000;
  fake_packet("/strip/gain", 11u);
  assert_error(400, "nothing of it was applied");

  // A bundle that is bad at its end does nothing at its beginning
  char packet[48] = "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\24/strip/gain\0,i\0\0"
                    "\0\0\0\1\0\0\0\4abcd";
  fake.now_ns += 100000000;
  fake_packet(packet, 48u);
  assert_error(400, "nothing of it was applied");
}

// Presets

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
  put(bundle, "/strip/gain", "f", 1.0);
  put(bundle, "/strip/preset/load", "s", "Air");
  put(bundle, "/strip/gain", "f", 2.0);
  give(bundle);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fake, close_fake)

  const struct CMUnitTest tests[] = {
    TEST(test_set),
    TEST(test_set_refused),
    TEST(test_normalized),
    TEST(test_ramp),
    TEST(test_add_toggle_reset),
    TEST(test_queries),
    TEST(test_name),
    TEST(test_complaints),
    TEST(test_syncs_are_few),
    TEST(test_timing_and_cancel),
    TEST(test_export),
    TEST(test_send_fails),
    TEST(test_ringside),
    TEST(test_sync),
    TEST(test_queries_wait_in_order),
    TEST(test_many_queries),
    TEST(test_packets_that_ask_too_much),
    TEST(test_patterns),
    TEST(test_wildcards_do_not_act),
    TEST(test_patterns_are_bounded),
    TEST(test_bundle_is_a_batch),
    TEST(test_bundle_times),
    TEST(test_times_around_2036),
    TEST(test_nested_bundles),
    TEST(test_bundle_refused_whole),
    TEST(test_malformed),
    TEST(test_preset_load),
    TEST(test_preset_next),
    TEST(test_preset_list),
    TEST(test_commands_wait_behind_presets),
    TEST(test_presets_unavailable),
    TEST(test_recall_behind_a_save),
    TEST(test_preset_save),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
