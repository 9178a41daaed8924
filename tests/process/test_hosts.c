// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The attach protocol of a real bridge: hosts come, come back, and die

#include "tests/lib/peer.h"
#include "tests/process/bridge_rig.h"
#include "tests/unit/check.h"

#include "shm/attach.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void
good(void** state)
{
  (void)state;
  PeerInstance  first;
  PeerInstance  second;
  char          name[RS_NAME_MAX + 8u] = "";
  RsNameMessage named;
  const int     host = peer_hello("good");

  assert_true(host >= 0);
  assert_true(peer_make(&first));
  assert_true(peer_make(&second));
  assert_true(peer_attach(host, &first, 1u, 0u, name));
  assert_string_equal(name, "peer");
  assert_true(
    peer_receive(first.socket, RS_ATTACH_NAME, &named, sizeof(named)) > 0u);
  assert_string_equal(named.name, "peer");

  strcpy(name, "peer");
  assert_true(peer_attach(host, &second, 2u, 0u, name));
  assert_string_equal(name, "peer-2");
  assert_int_equal(bridge_instances(), 2);

  RsPing ping = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}, .number = 77u};
  assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
  memset(&ping, 0, sizeof(ping));
  assert_true(peer_receive(host, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);
  assert_int_equal(ping.number, 77);
  assert_true(ping.osc_port > 0u);

  // Closing the socketpair ends one attachment, closing the connection all
  close(first.socket);
  first.socket = -1;
  bridge_wait_instances(1);
  close(host);
  bridge_wait_instances(0);
  assert_true(bridge_ended(second.socket));
  peer_close(&first);
  peer_close(&second);
}

/// The same number again replaces; a host that comes back finds its names
static void
comes_back(void** state)
{
  (void)state;
  PeerInstance old;
  PeerInstance renewed;
  char         name[RS_NAME_MAX + 8u] = "vox";
  const int    host                   = peer_hello("host");

  assert_true(peer_make(&old) && peer_make(&renewed));
  assert_true(peer_attach(host, &old, 1u, 0u, name));
  assert_true(peer_attach(host, &renewed, 1u, RS_ATTACH_RENEWED, name));
  assert_string_equal(name, "vox");
  assert_true(bridge_ended(old.socket));
  assert_int_equal(bridge_instances(), 1);
  peer_close(&old);

  // Closed and attached anew at once, while the bridge may not have looked
  for (uint32_t i = 0u; i < 50u; ++i) {
    PeerInstance next;
    close(renewed.socket);
    renewed.socket = -1;
    assert_true(peer_make(&next));
    assert_true(peer_attach(host, &next, 2u + i, RS_ATTACH_RENEWED, name));
    assert_string_equal(name, "vox");
    peer_close(&renewed);
    renewed = next;
  }

  // The bridge is held up, and then hears of the end and the new beginning in
  // one go, behind a message that came before both
  PeerInstance next;
  RsPing       ping   = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}};
  int          status = 0;
  const int    fds[]  = {peer_make(&next) ? next.bridge_socket : -1,
                     next.segments.commands_fd,
                     next.segments.telemetry_fd};
  RsAttach   attach = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH},
                       .instance = 99u,
                       .flags    = RS_ATTACH_RENEWED,
                       .name     = "vox"};
  RsAttached attached;
  kill(bridge_pid, SIGSTOP);
  assert_int_equal(waitpid(bridge_pid, &status, WUNTRACED), bridge_pid);
  assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
  close(renewed.socket);
  renewed.socket = -1;
  assert_true(peer_send(host, &attach, sizeof(attach), fds, 3u));
  kill(bridge_pid, SIGCONT);
  assert_true(
    peer_receive(host, RS_ATTACH_ATTACHED, &attached, sizeof(attached)) > 0u);
  assert_string_equal(attached.name, "vox");
  peer_close(&next);

  close(host);
  peer_close(&renewed);
  const int again = peer_hello("host");
  assert_true(peer_make(&renewed));
  assert_true(peer_attach(again, &renewed, 1u, RS_ATTACH_RENEWED, name));
  assert_string_equal(name, "vox");
  peer_close(&renewed);
  close(again);
}

/// Right after the start of a bridge, an old name goes to who had it before
static void
comes_back_late(void** state)
{
  (void)state;
  PeerInstance  fresh;
  PeerInstance  renewed;
  RsNameMessage named;
  char          name[RS_NAME_MAX + 8u] = "";
  const int     first                  = peer_hello("new");
  const int     second                 = peer_hello("old");

  assert_true(peer_make(&fresh) && peer_make(&renewed));
  assert_true(peer_attach(first, &fresh, 1u, 0u, name));
  assert_string_equal(name, "peer");
  assert_true(peer_attach(second, &renewed, 1u, RS_ATTACH_RENEWED, name));
  assert_string_equal(name, "peer");
  for (uint32_t i = 0u; i < 2u; ++i) {
    assert_true(
      peer_receive(fresh.socket, RS_ATTACH_NAME, &named, sizeof(named)) > 0u);
  }
  assert_string_equal(named.name, "peer-2");
  close(first);
  close(second);
  peer_close(&fresh);
  peer_close(&renewed);
}

/// How long a host counts after its death, though a child holds its connection
static int64_t
outlived_ns(void)
{
  int pipe_fds[2];
  assert_int_equal(pipe(pipe_fds), 0);

  const pid_t host = fork();
  if (!host) {
    PeerInstance instance;
    char         name[RS_NAME_MAX + 8u] = "";
    const int    connection             = peer_hello("mortal");
    if (connection < 0 || !peer_make(&instance) ||
        !peer_attach(connection, &instance, 1u, 0u, name)) {
      _exit(1);
    }

    // The child inherits everything, and outlives the host
    const pid_t child = fork();
    if (!child) {
      pause();
      _exit(0);
    }
    (void)!write(pipe_fds[1], &child, sizeof(child));
    pause();
    _exit(0);
  }

  pid_t child = 0;
  assert_int_equal(read(pipe_fds[0], &child, sizeof(child)), sizeof(child));
  assert_int_equal(bridge_instances(), 1);

  const int64_t killed_ns = peer_now_ns();
  kill(host, SIGKILL);
  while (bridge_instances()) {
    usleep(500);
  }
  const int64_t took_ns = peer_now_ns() - killed_ns;
  kill(child, SIGKILL);
  waitpid(host, NULL, 0);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
  return took_ns;
}

/// It is gone within 100 ms; on a busy machine not each time
static void
dies(void** state)
{
  (void)state;
  int64_t least_ns = INT64_MAX;
  for (int i = 0; i < 50 && least_ns >= 100000000; ++i) {
    const int64_t took_ns = outlived_ns();
    least_ns              = took_ns < least_ns ? took_ns : least_ns;
  }
  assert_true(least_ns < 100000000);
}

static void
versions(void** state)
{
  (void)state;
  RsRefused refused;
  RsWelcome welcome;
  struct {
    RsHello hello;
    char    more[600]; ///< Fields of a later version
  } later = {{.head        = {RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
              .version_min = RS_PROTOCOL_MIN,
              .version_max = RS_PROTOCOL_MAX + 5u,
              .process     = "later"},
             {0}};

  // One that can also speak ours, in a longer packet than we know
  int host = peer_connect();
  assert_true(peer_send(host, &later, sizeof(later), NULL, 0u));
  assert_true(peer_receive(host, RS_ATTACH_WELCOME, &welcome, sizeof(welcome)) >
              0u);
  assert_int_equal(welcome.version, RS_PROTOCOL_MAX);
  close(host);

  // One that is older than anything
  later.hello.version_min = 0u;
  later.hello.version_max = 0u;
  host                    = peer_connect();
  assert_true(peer_send(host, &later, sizeof(RsHello), NULL, 0u));
  assert_true(peer_receive(host, RS_ATTACH_REFUSED, &refused, sizeof(refused)) >
              0u);
  assert_int_equal(refused.reason, RS_REFUSED_VERSION);
  assert_true(bridge_ended(host));
  close(host);
}

/// A newer plugin: the bridge says so, and leaves with its own code
static void
steps_down(void** state)
{
  (void)state;
  RsRefused refused;
  RsHello   hello  = {.head        = {RS_ATTACH_MAGIC, RS_ATTACH_HELLO},
                      .version_min = RS_PROTOCOL_MAX + 1u,
                      .version_max = RS_PROTOCOL_MAX + 1u};
  const int host   = peer_connect();
  int       status = 0;

  assert_true(peer_send(host, &hello, sizeof(hello), NULL, 0u));
  assert_true(peer_receive(host, RS_ATTACH_REFUSED, &refused, sizeof(refused)) >
              0u);
  assert_int_equal(refused.reason, RS_REFUSED_STEP_DOWN);
  assert_int_equal(waitpid(bridge_pid, &status, 0), bridge_pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 4);
  close(host);
  assert_int_equal(rmdir(bridge_folder), 0);
}

/// Descriptors for a bridge with all instances, and for a test of that
#define FILES_FOR_ALL 2048u

static int
set_up_with_room(void** state)
{
  struct rlimit files;
  if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_max >= FILES_FOR_ALL) {
    files.rlim_cur = FILES_FOR_ALL;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }

  bridge_log = memfd_create("log", 0u);
  return bridge_log >= 0 ? bridge_set_up(state) : -1;
}

/// So many instances, and one more is told that these are too many, not that
/// memory or descriptors are short
static void
at_most(void** state)
{
  (void)state;
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur < FILES_FOR_ALL) {
    skip();
  }

  PeerInstance peer;
  int          sockets[1024];
  const int    host = peer_hello("many");
  for (size_t i = 0u; i < N_ELEMENTS(sockets); ++i) {
    char name[RS_NAME_MAX + 8u] = "";
    assert_true(peer_make(&peer));
    assert_true(peer_attach(host, &peer, (uint32_t)i + 1u, 0u, name));
    sockets[i]  = peer.socket;
    peer.socket = -1;
    peer_close(&peer); // The bridge has its own
  }

  RsRefused      refused;
  const RsAttach attach = {.head     = {RS_ATTACH_MAGIC, RS_ATTACH_ATTACH},
                           .instance = 2000u};
  assert_true(peer_make(&peer));
  const int fds[] = {
    peer.bridge_socket, peer.segments.commands_fd, peer.segments.telemetry_fd};
  assert_true(peer_send(host, &attach, sizeof(attach), fds, 3u));
  assert_true(peer_receive(host, RS_ATTACH_REFUSED, &refused, sizeof(refused)) >
              0u);
  assert_int_equal(refused.reason, RS_REFUSED_FULL);
  assert_int_equal(refused.instance, 2000);

  char said[4096] = "";
  assert_true(pread(bridge_log, said, sizeof(said) - 1u, 0) > 0);
  assert_non_null(strstr(said, "refused an instance of many: as many"));
  assert_null(strstr(said, "memory"));
  close(bridge_log);
  bridge_log = -1;

  // Once one has gone there is room
  char name[RS_NAME_MAX + 8u] = "";
  close(sockets[500]);
  assert_true(peer_attach(host, &peer, 501u, 0u, name));
  assert_string_equal(name, "peer-501");
  peer_close(&peer);
  close(host);
  for (size_t i = 0u; i < N_ELEMENTS(sockets); ++i) {
    if (i != 500u) {
      close(sockets[i]);
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(good, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      comes_back, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(
      comes_back_late, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(dies, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup_teardown(versions, bridge_set_up, bridge_tear_down),
    cmocka_unit_test_setup(steps_down, bridge_set_up),
    cmocka_unit_test_setup_teardown(
      at_most, set_up_with_room, bridge_tear_down),
  };

  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
