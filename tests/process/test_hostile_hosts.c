// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The attach protocol of a real bridge, with hosts that mean it harm

#include "tests/lib/peer.h"
#include "tests/process/bridge_rig.h"
#include "tests/unit/check.h"

#include "shm/attach.h"
#include "shm/runtime.h"
#include "shm/status.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// One that does not read cannot be answered, and has to come again: others are
/// not kept waiting, and it does not wait for an answer that was lost
static void
deaf(void** state)
{
  (void)state;
  const int host  = peer_hello("deaf");
  const int other = peer_hello("other");
  RsPing    ping  = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}};

  // More answers than any socket has room for
  bool is_open = true;
  for (uint32_t i = 0u; i < 100000u && is_open; ++i) {
    is_open = send(host, &ping, sizeof(ping), MSG_NOSIGNAL) > 0;
  }
  assert_false(is_open);
  assert_true(bridge_ended(host));

  assert_true(peer_send(other, &ping, sizeof(ping), NULL, 0u));
  assert_true(peer_receive(other, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);
  close(host);
  close(other);
}

/// Messages before, after and instead of what should come
static void
hostile_messages(void** state)
{
  (void)state;
  RsPing   ping   = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}};
  RsHello  hello  = {.head        = {RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
                     .version_min = 1u,
                     .version_max = 1u};
  RsAttach attach = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH}};

  // Somebody else's, and versions from the second to the first
  const RsHello other   = {.head        = {~RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
                           .version_min = 1u,
                           .version_max = 1u};
  const RsHello crossed = {.head        = {RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
                           .version_min = RS_PROTOCOL_MAX + 1u,
                           .version_max = RS_PROTOCOL_MAX};
  const struct {
    const void* message;
    size_t      size;
    bool        is_after_hello;
  } cases[] = {
    {&ping, sizeof(ping), false},
    {&attach, sizeof(attach), false},
    {&hello, sizeof(hello) - 1u, false},
    {&hello, 7u, false},
    {"nonsense......", 14u, false},
    {&hello, sizeof(hello), true},
    {&attach, sizeof(attach), true},
    {&ping, sizeof(ping) - 1u, true},
    {&attach, 100u, true},
    {"x", 1u, true},
    {&other, sizeof(other), false},
    {&crossed, sizeof(crossed), false},
  };

  memset(hello.process, 'x', sizeof(hello.process));
  for (size_t i = 0u; i < N_ELEMENTS(cases); ++i) {
    const int host =
      cases[i].is_after_hello ? peer_hello("host") : peer_connect();
    assert_true(host >= 0);
    assert_true(peer_send(host, cases[i].message, cases[i].size, NULL, 0u));
    assert_true(bridge_ended(host));
    close(host);
  }

  // Too short for a kind, be it after one that is skipped
  const int short_one = peer_hello("host");
  ping.head.kind      = 1000u;
  assert_true(peer_send(short_one, &ping, sizeof(ping), NULL, 0u));
  assert_true(peer_send(short_one, &ping, 4u, NULL, 0u));
  assert_true(bridge_ended(short_one));
  close(short_one);

  // A name without an end is cut, not read on; kinds of the future are skipped
  const int host = peer_connect();
  assert_true(peer_send(host, &hello, sizeof(hello), NULL, 0u));
  ping.head.kind = 1000u;
  assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
  ping.head.kind = RS_ATTACH_PING;
  assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
  assert_true(peer_receive(host, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);
  close(host);
}

/// ATTACH with these descriptors must be refused for that reason
static void
check_refused(const int       host,
              const int       fds[3],
              const uint32_t  n_fds,
              const RsRefusal reason)
{
  RsRefused refused;
  RsAttach  attach = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH},
                      .instance = 9u};

  assert_true(peer_send(host, &attach, sizeof(attach), fds, n_fds));
  assert_true(peer_receive(host, RS_ATTACH_REFUSED, &refused, sizeof(refused)) >
              0u);
  assert_int_equal(refused.reason, reason);
  assert_int_equal(refused.instance, 9);
}

static void
hostile_descriptors(void** state)
{
  (void)state;
  PeerInstance peer;
  const int    host  = peer_hello("hostile");
  const int    null  = open("/dev/null", O_RDWR);
  const int    empty = memfd_create("empty", MFD_ALLOW_SEALING);
  int          stream[2];

  assert_true(peer_make(&peer));
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, stream), 0);

  const int socket    = peer.bridge_socket;
  const int commands  = peer.segments.commands_fd;
  const int telemetry = peer.segments.telemetry_fd;
  check_refused(
    host, (int[]){null, commands, telemetry}, 3u, RS_REFUSED_BAD_MESSAGE);
  check_refused(
    host, (int[]){stream[0], commands, telemetry}, 3u, RS_REFUSED_BAD_MESSAGE);
  check_refused(
    host, (int[]){socket, telemetry, commands}, 3u, RS_REFUSED_BAD_SEGMENT);
  check_refused(
    host, (int[]){socket, empty, telemetry}, 3u, RS_REFUSED_BAD_SEGMENT);
  check_refused(
    host, (int[]){socket, commands, empty}, 3u, RS_REFUSED_BAD_SEGMENT);

  // Neither descriptors nor anything else is left in the bridge
  char path[64];
  int  n_before = 0;
  snprintf(path, sizeof(path), "/proc/%d/fd", (int)bridge_pid);
  for (int round = 0; round < 3; ++round) {
    // Once it answers, it is through with what came before
    RsPing ping = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}};
    assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
    assert_true(peer_receive(host, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);

    int fds = 0;
    for (int i = 0; i < 200; ++i) {
      snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)bridge_pid, i);
      fds += !access(path, F_OK);
    }
    assert_true(!round || fds == n_before);
    n_before = fds;
    check_refused(
      host, (int[]){socket, commands, empty}, 3u, RS_REFUSED_BAD_SEGMENT);
  }

  // More descriptors than there should be, or fewer: the connection ends, and
  // so it does when they come along with something else
  char      name[RS_NAME_MAX + 8u] = "";
  RsAttach  attach = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH},
                      .instance = 1u};
  RsPing    ping   = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}};
  const int many[] = {null, null, null, null, null, null};
  assert_true(peer_send(host, &ping, sizeof(ping), many, 6u));
  assert_true(peer_receive(host, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);
  assert_true(peer_send(host, &attach, sizeof(attach), many, 2u));
  assert_true(bridge_ended(host));
  close(host);

  // And a good one is still welcome
  const int good_host = peer_hello("good");
  assert_true(peer_attach(good_host, &peer, 1u, 0u, name));
  close(good_host);
  close(null);
  close(empty);
  close(stream[0]);
  close(stream[1]);
  peer_close(&peer);
}

/// A number that is none, and texts without an end, are refused by themselves
static void
hostile_texts(void** state)
{
  (void)state;
  PeerInstance peer;
  RsRefused    refused;
  const int    host = peer_hello("hostile");
  assert_true(peer_make(&peer));
  const int fds[] = {
    peer.bridge_socket, peer.segments.commands_fd, peer.segments.telemetry_fd};

  RsAttach attaches[3];
  memset(attaches, 0, sizeof(attaches));
  for (size_t i = 0u; i < N_ELEMENTS(attaches); ++i) {
    attaches[i].head     = (RsAttachHead){RS_ATTACH_MAGIC, RS_ATTACH_ATTACH};
    attaches[i].instance = (uint32_t)i;
  }
  memset(attaches[1].name, 'x', RS_NAME_MAX + 1u);
  memset(attaches[2].label, 'x', RS_LABEL_MAX + 1u);
  for (size_t i = 0u; i < N_ELEMENTS(attaches); ++i) {
    assert_true(peer_send(host, &attaches[i], sizeof(attaches[i]), fds, 3u));
    assert_true(
      peer_receive(host, RS_ATTACH_REFUSED, &refused, sizeof(refused)) > 0u);
    assert_int_equal(refused.reason, RS_REFUSED_BAD_MESSAGE);
    assert_int_equal(refused.instance, i);
  }
  assert_int_equal(bridge_instances(), 0);

  close(host);
  peer_close(&peer);
}

static int
set_up_with_log(void** state)
{
  bridge_log = memfd_create("log", 0u);
  return bridge_log >= 0 ? bridge_set_up(state) : -1;
}

/// What a host calls itself has an end in the log, too
static void
hostile_name(void** state)
{
  (void)state;
  RsHello hello = {.head        = {RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
                   .version_min = 1u,
                   .version_max = 1u};
  char    begin[sizeof(hello.process) + 1u];
  memset(hello.process, 'x', sizeof(hello.process));
  memset(begin, 'x', sizeof(begin));
  strcpy(begin + sizeof(hello.process) - 1u, ":");

  const int host = peer_connect();
  assert_true(peer_send(host, &hello, sizeof(hello), NULL, 0u));
  assert_true(peer_send(host, &hello, sizeof(hello), NULL, 0u));
  assert_true(bridge_ended(host));
  close(host);

  char              said[4096] = "";
  static const char refused[]  = "refused the connection of ";
  assert_true(pread(bridge_log, said, sizeof(said) - 1u, 0) > 0);
  const char* const name = strstr(said, refused);
  assert_non_null(name);
  assert_int_equal(strncmp(name + strlen(refused), begin, strlen(begin)), 0);
  close(bridge_log);
  bridge_log = -1;
}

/// Indices that cannot be end the attachment, not the bridge
static void
hostile_memory(void** state)
{
  (void)state;
  static const char query[] = "/peer/gain\0\0,f\0\0\0\0\0";
  PeerInstance      peer;
  char              name[RS_NAME_MAX + 8u] = "";
  const int         host                   = peer_hello("hostile");

  assert_true(peer_make(&peer));
  assert_true(peer_attach(host, &peer, 1u, 0u, name));
  atomic_store(&peer.segments.telemetry.fixed->read.head, 12345u);

  char               path[512];
  struct sockaddr_un address;
  socklen_t          length = 0u;
  const int          dir    = rs_runtime_open(false, path, sizeof(path));
  const int          fd     = socket(AF_UNIX, SOCK_DGRAM, 0);
  assert_int_equal(
    rs_runtime_address(dir, path, RS_OSC_SOCKET, &address, &length),
    RS_SUCCESS);
  assert_int_equal(
    sendto(fd, query, 20u, 0, (const struct sockaddr*)&address, length), 20);
  assert_true(bridge_ended(peer.socket));
  assert_int_equal(bridge_instances(), 0);
  close(fd);
  close(dir);
  close(host);
  peer_close(&peer);
}

/// So many hosts, and one more is told why; once one has gone there is room
static void
at_most(void** state)
{
  (void)state;
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_max < 1024u) {
    skip(); // Descriptors are what is short first, then
  }

  int hosts[256];
  for (size_t i = 0u; i < N_ELEMENTS(hosts); ++i) {
    hosts[i] = peer_hello("one of many");
    assert_true(hosts[i] >= 0);
  }

  RsRefused refused;
  const int more = peer_connect();
  assert_true(more >= 0);
  assert_true(peer_receive(more, RS_ATTACH_REFUSED, &refused, sizeof(refused)) >
              0u);
  assert_int_equal(refused.reason, RS_REFUSED_FULL);
  assert_true(bridge_ended(more));
  close(more);

  close(hosts[100]);
  const int64_t end_ns = peer_now_ns() + PEER_PATIENCE_MS * (int64_t)1000000;
  while ((hosts[100] = peer_hello("late")) < 0) {
    assert_true(peer_now_ns() < end_ns);
    usleep(5000);
  }
  for (size_t i = 0u; i < N_ELEMENTS(hosts); ++i) {
    close(hosts[i]);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(deaf, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      hostile_messages, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      hostile_descriptors, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      hostile_texts, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      hostile_name, set_up_with_log, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      hostile_memory, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(at_most, bridge_set_up, bridge_tear_down),
  };

  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
