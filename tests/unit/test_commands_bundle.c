// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Bundles: applied as one, at their time, or not at all

#include "tests/unit/check.h"
#include "tests/unit/commands_rig.h"

#include <lo/lo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void
test_bundle_is_a_batch(void** state)
{
  (void)state;
  const lo_bundle bundle = lo_bundle_new((lo_timetag){0u, 1u});
  PUT(bundle, "/strip/gain", "f", 3.0);
  PUT(bundle, "/strip-2/gain", "f", 4.0);
  PUT(bundle, "/strip/gain", "");
  PUT(bundle, "/strip/nothing", "f", 1.0);
  PUT(bundle, "/strip/mute", "i", 1);
  rig_give(bundle);
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
  lo_bundle bundle = rig_bundle_at(500000000);
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
  assert_sent("strip @500000000: set gain 3\n");

  bundle = rig_bundle_at(-500000000); // Late: the plugin counts it
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
  assert_sent("strip @-500000000: set gain 3\n");

  bundle = rig_bundle_at(-2000000000000); // Before this machine's clock began
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
  assert_sent("strip @-999999999999: set gain 3\n");

  bundle = rig_bundle_at(60000000000);
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
  assert_sent("strip @60000000000: set gain 3\n");
  assert_replies("");

  bundle = rig_bundle_at(61000000000);
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
  assert_error(413, "61.000 s ahead");

  // Steady leaves tags alone, but not those that say "at once"
  fake.instances[0].is_steady = true;
  bundle                      = rig_bundle_at(500000000);
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
  assert_sent("strip @500000000: set gain 3\n");
  bundle = lo_bundle_new((lo_timetag){0u, 0u});
  PUT(bundle, "/strip/gain", "f", 3.0);
  rig_give(bundle);
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
    const lo_bundle bundle = rig_bundle_at(ahead * 1000000000);
    char            expected[64];
    PUT(bundle, "/strip/gain", "f", 3.0);
    rig_give(bundle);
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
  lo_bundle later = rig_bundle_at(1000000000);
  lo_bundle far   = rig_bundle_at(100000000000);
  PUT(outer, "/strip/gain", "f", 1.0);
  PUT(same, "/strip/gain", "f", 2.0);
  PUT(later, "/strip/mute", "i", 1);
  PUT(far, "/strip/mute", "i", 0);
  lo_bundle_add_bundle(same, later);
  lo_bundle_add_bundle(outer, same);
  lo_bundle_add_bundle(outer, far);
  PUT(outer, "/strip/gain", "f", 3.0);
  rig_give(outer);
  const char* const sent = fake_sent();
  assert_true(strstr(sent, "strip: set gain 1 set gain 2 set gain 3\n") ==
              sent);
  assert_non_null(strstr(sent, "\nstrip @1000000000: set mute 1\n"));
  assert_error(413, "100.000 s ahead");
}

static void
test_bundle_refused_whole(void** state)
{
  (void)state;
  fake.instances[0].send_status = RS_FULL;
  lo_bundle bundle              = rig_bundle_at(500000000);
  PUT(bundle, "/strip/gain", "f", 3.0);
  PUT(bundle, "/strip/mute", "i", 1);
  PUT(bundle, "/strip-2/mute", "i", 1);
  rig_give(bundle);
  assert_sent("strip-2 @500000000: set mute 1\n");
  assert_non_null(strstr(fake_replies(), " 413 strip has no room"));

  // 1,024 messages that are 1,025 commands are too many for one instance
  fake.instances[0].send_status = RS_SUCCESS;
  bundle                        = lo_bundle_new((lo_timetag){0u, 1u});
  for (unsigned int i = 0u; i < 1024u; ++i) {
    PUT(bundle, i ? "/strip/gain" : "/strip/{gain,freq}", "f", 3.0);
  }
  rig_give(bundle);
  assert_error(413, "more than 1024 values");
  bundle = lo_bundle_new((lo_timetag){0u, 1u});
  PUT(bundle, "/strip/gain", "f", 1.0);
  rig_give(bundle);
  assert_sent("strip: set gain 1\n");
}

static void
test_bundle_that_does_too_much(void** state)
{
  (void)state;
  lo_bundle bundle = lo_bundle_new((lo_timetag){0u, 1u});
  PUT(bundle, "/strip/gain", "f", 3.0);
  for (unsigned int i = 0u; i < 1000u; ++i) {
    PUT(bundle, "//*{,g,ga,gai}*?*?*?*/*", "");
  }
  PUT(bundle, "/strip-2/gain", "f", 4.0);
  rig_give(bundle);
  assert_sent("");
  assert_non_null(strstr(fake_replies(), " 413 "));

  // It is the packet that is refused, not its sender
  bundle = lo_bundle_new((lo_timetag){0u, 1u});
  PUT(bundle, "/strip/gain", "f", 1.0);
  rig_give(bundle);
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

int
main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(test_bundle_is_a_batch),
    TEST(test_bundle_times),
    TEST(test_times_around_2036),
    TEST(test_nested_bundles),
    TEST(test_bundle_refused_whole),
    TEST(test_bundle_that_does_too_much),
    TEST(test_malformed),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
