// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A bridge that says anything, on the host connection and on the socketpair of
   an instance.  Names and labels end, what we tell the next bridge is whole,
   and what a session saves is legal.

   Input: packets, each after a byte that says where it goes, one that gives its
   length, and one that gives its kind.
*/

#include "plugin/member.h"
#include "plugin/pair.h"
#include "shm/attach.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/table.h"

#include <sys/socket.h>
#include <unistd.h>

#define PACKETS_MAX 40u

typedef struct {
  RsPeer     peer;
  RsPresence presence;
  RsLinked   member;
  int        host_end;   ///< The bridge's end of the host connection
  int        member_end; ///< The bridge's end of the instance's socketpair
  int64_t    now_ns;
} World;

static void
open_world(World* const world)
{
  static const RsSegmentsPlan plan = {.plugin_uri   = "urn:test:fuzz",
                                      .base_name    = "fuzz",
                                      .process      = "test",
                                      .parameters   = table_parameters,
                                      .points       = table_points,
                                      .n_parameters = TABLE_N,
                                      .n_points     = TABLE_POINTS,
                                      .rate_hz      = 48000.0};

  memset(world, 0, sizeof(*world));
  int ends[2];
  require(!socketpair(
    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
  world->peer       = RS_PEER_NONE;
  world->peer.fd    = ends[0];
  world->host_end   = ends[1];
  world->member_end = -1;
  world->now_ns     = 5000000000;

  RsIntake* const  first   = rs_pair_new(&plan);
  RsControl* const control = rs_control_new(table_parameters,
                                            TABLE_N,
                                            table_points,
                                            TABLE_POINTS,
                                            &table_processor,
                                            48000.0,
                                            first);
  world->member            = (RsLinked){.number     = 1u,
                                        .made_ns    = 1000,
                                        .state      = RS_MEMBER_WANTED,
                                        .socket     = -1,
                                        .look_ns    = INT64_MAX,
                                        .poll_index = -1,
                                        .sent       = first};
  world->member.pairs[0]   = first;
  world->member.plan       = (RsLinkPlan){
          .segments = plan, .control = control, .presence = &world->presence};
}

static void
close_world(World* const world)
{
  RsControl* const control = world->member.plan.control;
  rs_member_detach(&world->member, false);
  for (uint32_t i = 0u; i < RS_MEMBER_PAIRS; ++i) {
    rs_pair_free(world->member.pairs[i]);
  }
  rs_control_free(control);
  rs_peer_close(&world->peer);
  close(world->host_end);
  if (world->member_end >= 0) {
    close(world->member_end);
  }
}

/// What the bridge gets must be as shm/attach.h says
static void
take_attach(World* const world)
{
  union {
    struct cmsghdr head;
    char           bytes[CMSG_SPACE(4u * sizeof(int))];
  } control;

  RsAttach      attach;
  struct iovec  part = {&attach, sizeof(attach)};
  struct msghdr head = {.msg_iov        = &part,
                        .msg_iovlen     = 1u,
                        .msg_control    = control.bytes,
                        .msg_controllen = sizeof(control.bytes)};
  const ssize_t n    = recvmsg(world->host_end, &head, MSG_CMSG_CLOEXEC);
  require(n == sizeof(attach) && !(head.msg_flags & (MSG_TRUNC | MSG_CTRUNC)));
  require(attach.head.magic == RS_ATTACH_MAGIC);
  require(strnlen(attach.name, sizeof(attach.name)) <= RS_NAME_MAX);
  require(strnlen(attach.label, sizeof(attach.label)) <= RS_LABEL_MAX);

  int                         fds[3];
  const struct cmsghdr* const rights = CMSG_FIRSTHDR(&head);
  require(rights && rights->cmsg_len == CMSG_LEN(sizeof(fds)));
  memcpy(fds, CMSG_DATA(rights), sizeof(fds));
  close(fds[1]);
  close(fds[2]);
  if (world->member_end >= 0) {
    close(world->member_end);
  }
  world->member_end = fds[0];
}

static void
attach(World* const world)
{
  RsLinked* const member = &world->member;
  rs_member_detach(member, world->now_ns & 1);
  if (rs_member_attach(member, &world->peer, world->now_ns) == RS_SUCCESS) {
    take_attach(world);
  }
}

static void
check(const RsLinked* const member)
{
  require(strnlen(member->name, sizeof(member->name)) <= RS_NAME_MAX);
  require(strnlen(member->preset_label, sizeof(member->preset_label)) <=
          RS_LABEL_MAX);
}

static void
receive_host(World* const world)
{
  RsPeerMessage* const message = (RsPeerMessage*)malloc(sizeof(*message));
  memset(message, 0x5a, sizeof(*message));
  const RsStatus st = rs_peer_receive(&world->peer, message, world->now_ns);
  require(st == RS_SUCCESS || st == RS_CORRUPT || st == RS_GONE ||
          st == RS_AGAIN);
  if (!st && message->head.kind == RS_ATTACH_ATTACHED) {
    require(strlen(message->attached.name) <= RS_NAME_MAX);
    rs_member_attached(&world->member, message->attached.name, world->now_ns);
  } else if (!st && message->head.kind == RS_ATTACH_WELCOME) {
    require(strlen(message->welcome.release) <
            sizeof(message->welcome.release));
  }
  free(message);
}

static void
step(World* const world, Input* const input)
{
  uint8_t         bytes[1300];
  const uint8_t   where  = input_u8(input);
  const size_t    size   = (size_t)input_u8(input) * (where & 8u ? 5u : 1u);
  RsAttachHead    head   = {RS_ATTACH_MAGIC, input_u8(input)};
  RsLinked* const member = &world->member;

  memset(bytes, 0, sizeof(bytes));
  input_copy(input, bytes + sizeof(head), size < 200u ? size : 200u);
  if (where & 16u) {
    memset(bytes + sizeof(head), 'x', size);
  }
  if (where & 32u) {
    head.magic = input_u32(input);
  }
  memcpy(bytes, &head, sizeof(head));
  world->now_ns += (int64_t)where << 20u;
  switch (where & 7u) {
    case 0:
    case 1:
    case 2:
      (void)!send(world->host_end, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      receive_host(world);
      break;
    case 3:
      attach(world);
      break;
    case 4:
      (void)!rs_peer_ping(&world->peer, world->now_ns);
      (void)rs_member_tick(member, world->now_ns);
      (void)!rs_member_tidy(member);
      (void)!recv(world->host_end, bytes, sizeof(bytes), MSG_DONTWAIT);
      break;
    default:
      if (world->member_end < 0) {
        attach(world);
      }
      (void)!send(world->member_end, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (member->socket >= 0 &&
          rs_member_dispatch(member, world->now_ns) == RS_GONE) {
        rs_member_detach(member, false);
      }
      break;
  }
  check(member);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static World world;
  Input        input = {data, size};

  const unsigned n_open = open_descriptors();

  open_world(&world);
  for (uint32_t i = 0u; i < PACKETS_MAX && input.left; ++i) {
    step(&world, &input);
  }
  close_world(&world);

  require(open_descriptors() == n_open);
  return 0;
}
