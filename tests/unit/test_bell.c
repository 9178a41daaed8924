// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The doorbell: rings only sleepers, coalesces, never blocks

#include "shm/bell.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static RsBell bell;
static int    sockets[2];

static int
set_up(void** state)
{
  (void)state;
  atomic_store(&bell.asleep, 0u);
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets);
}

static int
tear_down(void** state)
{
  (void)state;
  close(sockets[0]);
  close(sockets[1]);
  return 0;
}

/// Bells that have arrived, each of a single byte
static unsigned
heard(void)
{
  unsigned count = 0;
  char     packet[16];
  ssize_t  size = 0;
  while ((size = recv(sockets[1], packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
    assert_int_equal(size, 1);
    ++count;
  }

  return count;
}

static void
test_awake_is_not_rung(void** state)
{
  (void)state;
  assert_false(rs_bell_ring(&bell, sockets[0]));
  assert_int_equal(heard(), 0);
}

static void
test_rings_coalesce(void** state)
{
  (void)state;
  rs_bell_arm(&bell);
  assert_true(rs_bell_ring(&bell, sockets[0]));
  assert_false(rs_bell_ring(&bell, sockets[0]));
  assert_false(rs_bell_ring(&bell, sockets[0]));
  assert_int_equal(heard(), 1);

  rs_bell_arm(&bell);
  assert_true(rs_bell_ring(&bell, sockets[0]));
  assert_int_equal(heard(), 1);
}

static void
test_many_are_looked_at_first(void** state)
{
  (void)state;
  rs_bell_fence();
  assert_false(rs_bell_is_armed(&bell));

  rs_bell_arm(&bell);
  rs_bell_fence();
  assert_true(rs_bell_is_armed(&bell));
  assert_true(rs_bell_ring(&bell, sockets[0]));
  assert_false(rs_bell_is_armed(&bell));
  assert_int_equal(heard(), 1);
}

static void
test_disarmed_is_not_rung(void** state)
{
  (void)state;
  rs_bell_arm(&bell);
  rs_bell_disarm(&bell);
  assert_false(rs_bell_ring(&bell, sockets[0]));
  assert_int_equal(heard(), 0);
}

static void
test_full_socket_counts_as_rung(void** state)
{
  (void)state;
  const char byte = 0;
  while (send(sockets[0], &byte, 1, MSG_DONTWAIT) == 1) {
  }

  assert_int_equal(errno, EAGAIN);
  rs_bell_arm(&bell);
  assert_true(rs_bell_ring(&bell, sockets[0]));
  assert_true(heard() > 0);
}

/// Without MSG_NOSIGNAL this would end the program
static void
test_nobody_listens(void** state)
{
  (void)state;
  close(sockets[1]);
  rs_bell_arm(&bell);
  assert_true(rs_bell_ring(&bell, sockets[0]));
  sockets[1] = dup(sockets[0]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_awake_is_not_rung, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_many_are_looked_at_first, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_rings_coalesce, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_disarmed_is_not_rung, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_full_socket_counts_as_rung, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_nobody_listens, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
