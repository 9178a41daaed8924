// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What a bridge says is heard, even if it leaves, and only if it is right

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

static RsStatus
say(Room* const          room,
    const void* const    message,
    const size_t         size,
    RsPeerMessage* const heard)
{
  assert_int_equal(send(room->bridge, message, size, MSG_NOSIGNAL),
                   (ssize_t)size);
  memset(heard, 0x55, sizeof(*heard)); // What an earlier one left
  return rs_peer_receive(&room->peer, heard, 1);
}

static void
test_only_what_is_right_is_heard(void** state)
{
  (void)state;
  static const struct {
    uint32_t kind;
    size_t   size;
  } kinds[] = {{RS_ATTACH_WELCOME, sizeof(RsWelcome)},
               {RS_ATTACH_REFUSED, sizeof(RsRefused)},
               {RS_ATTACH_ATTACHED, sizeof(RsAttached)},
               {RS_ATTACH_PONG, sizeof(RsPing)}};

  Room          room;
  RsPeerMessage heard;
  room_open(&room);
  for (size_t i = 0u; i < N_ELEMENTS(kinds); ++i) {
    RsPeerMessage said;
    memset(&said, 0, sizeof(said));
    said.head = (RsAttachHead){RS_ATTACH_MAGIC, kinds[i].kind};
    assert_int_equal(say(&room, &said, kinds[i].size, &heard), RS_SUCCESS);
    assert_int_equal(say(&room, &said, kinds[i].size + 1u, &heard), RS_SUCCESS);
    assert_int_equal(say(&room, &said, kinds[i].size - 1u, &heard), RS_CORRUPT);
    assert_int_equal(say(&room, &said, sizeof(RsAttachHead), &heard),
                     RS_CORRUPT);
    assert_int_equal(say(&room, &said, sizeof(RsAttachHead) - 1u, &heard),
                     RS_CORRUPT);
    said.head.magic ^= 1u;
    assert_int_equal(say(&room, &said, kinds[i].size, &heard), RS_CORRUPT);
  }
  close(room.bridge);
  rs_peer_close(&room.peer);
}

static void
test_texts_have_an_end(void** state)
{
  (void)state;
  Room          room;
  RsPeerMessage said;
  RsPeerMessage heard;
  room_open(&room);

  memset(&said, 'x', sizeof(said));
  said.head = (RsAttachHead){RS_ATTACH_MAGIC, RS_ATTACH_WELCOME};
  assert_int_equal(say(&room, &said, sizeof(RsWelcome), &heard), RS_SUCCESS);
  assert_int_equal(
    strnlen(heard.welcome.release, sizeof(heard.welcome.release)),
    sizeof(heard.welcome.release) - 1u);

  said.head.kind = RS_ATTACH_ATTACHED;
  assert_int_equal(say(&room, &said, sizeof(RsAttached), &heard), RS_SUCCESS);
  assert_int_equal(strnlen(heard.attached.name, sizeof(heard.attached.name)),
                   RS_NAME_MAX);

  close(room.bridge);
  rs_peer_close(&room.peer);
}

static void
test_only_the_last_ping_is_answered(void** state)
{
  (void)state;
  Room          room;
  RsPeerMessage heard;
  room_open(&room);

  for (int64_t now_ns = 1; now_ns <= 2; ++now_ns) {
    assert_int_equal(rs_peer_ping(&room.peer, now_ns), RS_SUCCESS);
  }
  RsPing pong = {{RS_ATTACH_MAGIC, RS_ATTACH_PONG}, room.peer.number - 1u, 0u};
  assert_int_equal(say(&room, &pong, sizeof(pong), &heard), RS_SUCCESS);
  assert_true(room.peer.is_owing);
  ++pong.number;
  assert_int_equal(say(&room, &pong, sizeof(pong), &heard), RS_SUCCESS);
  assert_false(room.peer.is_owing);

  close(room.bridge);
  rs_peer_close(&room.peer);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_it_left_before_we_spoke),
    cmocka_unit_test(test_it_left_without_listening),
    cmocka_unit_test(test_it_only_left),
    cmocka_unit_test(test_only_what_is_right_is_heard),
    cmocka_unit_test(test_texts_have_an_end),
    cmocka_unit_test(test_only_the_last_ping_is_answered),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
