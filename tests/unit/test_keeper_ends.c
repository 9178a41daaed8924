// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The end of a bridge, of a keeper and of a child: who goes, who stays

#include "tests/unit/check.h"
#include "tests/unit/keeper_rig.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/// Wait until a process is gone, or nothing but a zombie
static void
await_end(const int pid)
{
  for (int i = 0; i < KEEPER_RIG_PATIENCE_MS / 10; ++i) {
    char path[64];
    char state = 'Z';
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE* const file = fopen(path, "r");
    if (file) {
      if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
        state = 'Z';
      }
      fclose(file);
    }
    if (state == 'Z' || state == 'X') {
      return;
    }
    poll(NULL, 0u, 10);
  }
  fail_msg("process %d is still there", pid);
}

/// Start a keeper with one child that hangs, once it has begun its work
static int
start_hanging(int* const keeper, int* const child)
{
  const int socket = keeper_rig_start();
  assert_true(socket >= 0);
  assert_true(keeper_rig_children(getpid(), keeper, 1) == 1);

  RsPacket* const packet = (RsPacket*)malloc(sizeof(RsPacket));
  keeper_rig_ask(socket, 1u, "urn:late-hang");
  keeper_rig_receive(socket, packet);
  assert_int_equal(packet->head.kind, RS_PACKET_PRESET);
  assert_int_equal(keeper_rig_children(*keeper, child, 1), 1);

  free(packet);
  return socket;
}

static void
test_child_is_killed(void** state)
{
  (void)state;
  int       keeper = 0;
  int       child  = 0;
  const int socket = start_hanging(&keeper, &child);
  RsPacket* packet = (RsPacket*)malloc(sizeof(RsPacket));

  kill(child, SIGKILL);
  keeper_rig_receive(socket, packet);
  assert_int_equal(packet->head.kind, RS_PACKET_DONE);
  assert_int_equal(packet->done.code, 503);
  assert_non_null(strstr(packet->done.sentence, "crashed"));

  free(packet);
  close(socket);
  wait(NULL);
}

static void
test_all_end_with_the_bridge(void** state)
{
  (void)state;
  int       keeper = 0;
  int       child  = 0;
  const int socket = start_hanging(&keeper, &child);

  close(socket);
  assert_int_equal(waitpid(keeper, NULL, 0), keeper);
  await_end(child);
}

static void
test_children_end_with_the_keeper(void** state)
{
  (void)state;
  int       keeper = 0;
  int       child  = 0;
  const int socket = start_hanging(&keeper, &child);
  RsPacket* packet = (RsPacket*)malloc(sizeof(RsPacket));

  kill(keeper, SIGKILL);
  assert_int_equal(waitpid(keeper, NULL, 0), keeper);
  await_end(child);
  assert_int_equal(keeper_rig_receive(socket, packet),
                   0); // And the bridge sees the end

  free(packet);
  close(socket);
}

static void
test_signals_to_the_group(void** state)
{
  (void)state;
  int       keeper = 0;
  unsigned  n      = 0u;
  char      sentence[256];
  const int socket = keeper_rig_start();
  assert_true(keeper_rig_children(getpid(), &keeper, 1) == 1);

  // An answer shows that it has come so far as to ignore them
  assert_int_equal(keeper_rig_run(socket, 1u, "urn:good", &n, sentence), 0);
  kill(keeper, SIGINT);
  kill(keeper, SIGTERM);
  assert_int_equal(keeper_rig_run(socket, 2u, "urn:good", &n, sentence), 0);

  close(socket);
  wait(NULL);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_teardown(test_child_is_killed, keeper_rig_end_all),
    cmocka_unit_test_teardown(test_all_end_with_the_bridge, keeper_rig_end_all),
    cmocka_unit_test_teardown(test_children_end_with_the_keeper,
                              keeper_rig_end_all),
    cmocka_unit_test_teardown(test_signals_to_the_group, keeper_rig_end_all),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
