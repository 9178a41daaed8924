// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What waits for its answer, and how much of anything one may ask for

#include "tests/unit/check.h"
#include "tests/unit/commands_rig.h"

#include <endian.h>
#include <lo/lo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// What waits

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
test_a_query_when_the_bridge_was_held_up(void** state)
{
  (void)state;

  // It began its turn, waited for a core, and then took what had come meanwhile
  fake.instances[0].is_reached = false;
  fake.held_up_ns              = 60000000;
  SAY("/strip/gain", "");
  fake.now_ns += fake.held_up_ns;
  fake.held_up_ns = 0;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("");
  fake.now_ns += 49000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("");
  fake.now_ns += 1000000;
  rs_commands_tick(fake.room, fake.now_ns);
  assert_replies("/strip/gain f 1\n");
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
  assert_int_equal(rig_lines_with(fake_replies(), " 503 too many queries wait"),
                   1808);
  fake.now_ns += 50000000;

  // Few are answered at a time, so that others are heard meanwhile
  unsigned int n = 0u;
  while (n < 8192u) {
    fake.now_ns += 1000000;
    rs_commands_tick(fake.room, fake.now_ns);
    const unsigned int more = rig_lines_with(fake_replies(), "/strip/gain f 1");
    assert_in_range(more, 1u, 64u);
    n += more;
  }
  assert_int_equal(n, 8192);
  assert_int_equal(rs_commands_tick(fake.room, fake.now_ns + 1), INT64_MAX);
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
  assert_int_equal(rig_lines_from(fake_replies(), "/ringside/synced i "), 256);
  SAY("/ringside/sync", "i", 257);
  assert_replies("/ringside/synced i 257\n");
}

// What is too much

/// A packet that is no OSC, from one of many ports.  @return complaints
static unsigned int
complain_to(const uint16_t port)
{
  char begin[32];
  snprintf(begin, sizeof(begin), "@%u error ", port);
  fake.port = port;
  fake_packet("nonsense", 8u);
  fake.port = FAKE_PORT;
  return rig_lines_from(fake_replies(), begin);
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
    rig_give(bundle);
    assert_in_range(rig_lines_with(fake_replies(), ""), 1u, 160u);

    // It is the packet that is refused, not its sender
    for (unsigned int n = 0u; n < 300u; ++n) {
      fake.now_ns += 1000000;
      (void)rs_commands_tick(fake.room, fake.now_ns);
      assert_in_range(rig_lines_with(fake_replies(), ""), 0u, 160u);
    }
    SAY("/ringside/version", "");
    assert_replies("/ringside/version s " RS_VERSION_TEXT "\n");
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(test_sync),
    TEST(test_queries_wait_in_order),
    TEST(test_a_query_when_the_bridge_was_held_up),
    TEST(test_many_queries),
    TEST(test_syncs_are_few),
    TEST(test_complaints),
    TEST(test_patterns_are_bounded),
    TEST(test_packets_that_ask_too_much),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
