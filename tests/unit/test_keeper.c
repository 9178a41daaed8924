// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the keeper makes of children that crash, hang and lie, and what little
/// they have

#include "tests/unit/check.h"
#include "tests/unit/keeper_rig.h"
#include "ui-bridge/sanitizer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void
check(const int         keeper,
      const char* const uri,
      const int         code,
      const char* const word)
{
  static uint32_t id = 100u;

  unsigned n_presets = 0u;
  char     sentence[256];
  id += 10u;
  assert_int_equal(keeper_rig_run(keeper, id, uri, &n_presets, sentence), code);
  if (!strstr(sentence, word)) {
    fail_msg("\"%s\" does not say \"%s\"", sentence, word);
  }

  // Whatever happened, the keeper is still there and answers
  assert_int_equal(
    keeper_rig_run(keeper, id + 1u, "urn:good", &n_presets, sentence), 0);
  assert_int_equal(n_presets, 1);
}

static void
test_children_fail_alone(void** state)
{
  (void)state;
  const int keeper = keeper_rig_start();
  assert_true(keeper >= 0);

  check(keeper, "urn:good", 0, "");
  check(keeper, "urn:long-reason", 409, "?");
  check(keeper, "urn:crash", 503, "crashed");
  check(keeper, "urn:late-crash", 503, "crashed");
  check(keeper, "urn:silent", 503, "ended early");
  check(keeper, "urn:garbage", 503, "bad answer");
  check(keeper, "urn:nan", 503, "bad answer");
  check(keeper, "urn:forged", 503, "bad answer");
  check(keeper, "urn:hang", 503, "too long");
  check(keeper, "urn:flood", 503, "");

  close(keeper);
  wait(NULL);
}

/// What was open in the bridge is neither the keeper's nor a child's, and each
/// child has limits
static void
test_they_have_little(void** state)
{
  (void)state;
  int pipe_ends[2];
  assert_int_equal(pipe(pipe_ends), 0);
  const int high = fcntl(pipe_ends[1], F_DUPFD, 200);
  assert_true(high >= 200);

  const int keeper = keeper_rig_start();
  close(pipe_ends[1]);
  close(high);
  struct pollfd ended = {pipe_ends[0], POLLIN, 0};
  assert_int_equal(poll(&ended, 1u, KEEPER_RIG_PATIENCE_MS), 1);
  assert_int_equal(ended.revents, POLLHUP);
  close(pipe_ends[0]);

  unsigned n = 0u;
  char     sentence[256];
  assert_int_equal(keeper_rig_run(keeper, 1u, "urn:limits", &n, sentence), 409);
  if (!RS_HAS_SANITIZER) { // They need more addresses
    assert_string_equal(sentence, "5 8388608 0 64 1073741824 0,1,2,3,4,");
  }

  close(keeper);
  wait(NULL);
}

static void
test_bad_bundle_is_left_out(void** state)
{
  (void)state;
  const int keeper = keeper_rig_start();
  unsigned  n      = 0u;
  char      sentence[256];

  assert_int_equal(keeper_rig_run(keeper, 1u, "urn:bad-bundle", &n, sentence),
                   0);
  assert_int_equal(n, 1);

  close(keeper);
  wait(NULL);
}

static void
test_jobs_do_not_wait_for_each_other(void** state)
{
  (void)state;
  const int keeper = keeper_rig_start();
  unsigned  n      = 0u;
  char      sentence[256];
  RsPacket* packet = (RsPacket*)malloc(sizeof(RsPacket));

  for (uint32_t id = 1u; id < RS_JOBS_MAX; ++id) {
    keeper_rig_ask(keeper, id, "urn:hang");
  }
  assert_int_equal(keeper_rig_run(keeper, 50u, "urn:good", &n, sentence), 0);

  // One too many is told so at once
  keeper_rig_ask(keeper, 60u, "urn:hang");
  assert_int_equal(keeper_rig_run(keeper, 61u, "urn:hang", &n, sentence), 503);
  assert_non_null(strstr(sentence, "too many"));

  for (uint32_t i = 0u; i < RS_JOBS_MAX; ++i) {
    const size_t size = keeper_rig_receive(keeper, packet);
    assert_int_equal(rs_packet_check(packet, size), RS_SUCCESS);
    assert_int_equal(packet->head.kind, RS_PACKET_DONE);
    assert_int_equal(packet->done.code, 503);
  }

  free(packet);
  close(keeper);
  wait(NULL);
}

static void
test_bad_jobs_are_dropped(void** state)
{
  (void)state;
  const int keeper = keeper_rig_start();
  RsPacket* packet = (RsPacket*)calloc(1u, sizeof(RsPacket));
  unsigned  n      = 0u;
  char      sentence[256];

  // Too short, no magic, a count that does not fit, a label that never ends
  assert_true(send(keeper, "x", 1u, 0) == 1);
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_SAVE, 1u, 7u};
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_SAVE, 1u, ~0u};
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_SAVE, 1u, 0u};
  memset(
    packet->job.plugin_uri, 'x', sizeof(RsJobPacket) - sizeof(RsPacketHead));
  assert_true(send(keeper, packet, sizeof(RsJobPacket), 0) > 0);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_DONE, 1u, 0u};
  assert_true(send(keeper, packet, sizeof(RsDonePacket), 0) > 0);

  assert_int_equal(keeper_rig_run(keeper, 2u, "urn:good", &n, sentence), 0);

  free(packet);
  close(keeper);
  wait(NULL);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_children_fail_alone, keeper_rig_end_all),
    cmocka_unit_test_teardown(test_they_have_little, keeper_rig_end_all),
    cmocka_unit_test_teardown(test_bad_bundle_is_left_out, keeper_rig_end_all),
    cmocka_unit_test_teardown(test_jobs_do_not_wait_for_each_other,
                              keeper_rig_end_all),
    cmocka_unit_test_teardown(test_bad_jobs_are_dropped, keeper_rig_end_all),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
