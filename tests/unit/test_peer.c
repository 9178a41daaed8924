// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What a bridge says before it leaves is heard, whether or not it has listened

#include "plugin/peer.h"
#include "tests/unit/check.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  RsPeer peer;
  int    bridge;
} Room;

static void
room_open(Room* const room)
{
  int ends[2] = {-1, -1};
  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends),
                   0);
  room->peer    = RS_PEER_NONE;
  room->peer.fd = ends[0];
  room->bridge  = ends[1];
}

static void
refuse_and_leave(Room* const room)
{
  const RsRefused full = {
    {RS_ATTACH_MAGIC, RS_ATTACH_REFUSED}, RS_REFUSED_FULL, 0u};

  assert_int_equal(send(room->bridge, &full, sizeof(full), MSG_NOSIGNAL),
                   sizeof(full));
  close(room->bridge);
}

static void
assert_refused(Room* const room)
{
  RsPeerMessage message;
  memset(&message, 0, sizeof(message));
  assert_int_equal(rs_peer_receive(&room->peer, &message, 1), RS_SUCCESS);
  assert_int_equal(message.head.kind, RS_ATTACH_REFUSED);
  assert_int_equal(message.refused.reason, RS_REFUSED_FULL);
  assert_int_equal(rs_peer_receive(&room->peer, &message, 1), RS_GONE);
  rs_peer_close(&room->peer);
}

static void
test_it_left_before_we_spoke(void** state)
{
  (void)state;
  Room room;
  room_open(&room);
  refuse_and_leave(&room);
  assert_int_equal(rs_peer_hello(&room.peer, "test"), RS_GONE);
  assert_refused(&room);
}

static void
test_it_left_without_listening(void** state)
{
  (void)state;
  Room room;
  room_open(&room);
  assert_int_equal(rs_peer_hello(&room.peer, "test"), RS_SUCCESS);
  refuse_and_leave(&room);
  assert_refused(&room);
}

static void
test_it_only_left(void** state)
{
  (void)state;
  Room          room;
  RsPeerMessage message;
  room_open(&room);
  assert_int_equal(rs_peer_receive(&room.peer, &message, 1), RS_AGAIN);
  assert_int_equal(rs_peer_hello(&room.peer, "test"), RS_SUCCESS);
  close(room.bridge);
  assert_int_equal(rs_peer_receive(&room.peer, &message, 1), RS_GONE);
  rs_peer_close(&room.peer);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_it_left_before_we_spoke),
    cmocka_unit_test(test_it_left_without_listening),
    cmocka_unit_test(test_it_only_left),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
