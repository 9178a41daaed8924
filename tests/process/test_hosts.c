// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The attach protocol of a real bridge, with good hosts and hostile ones

#include "tests/lib/peer.h"
#include "tests/unit/check.h"

#include "shm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char  folder[64];
static pid_t bridge;

/// Start a bridge in a folder of its own, and wait until it is ready
static int
set_up(void** state)
{
  (void)state;
  strcpy(folder, "/tmp/rs-hosts-XXXXXX");
  if (!mkdtemp(folder)) {
    return -1;
  }
  setenv("RINGSIDE_RUNTIME_DIR", folder, 1);
  setenv("RINGSIDE_PORT", "0", 1);
  setenv("HOME", "/nonexistent", 1);

  char              program[512];
  const char* const build = getenv("RINGSIDE_BUILD");
  snprintf(program,
           sizeof(program),
           "%s/ui-bridge/ringside-bridge",
           build ? build : ".");

  int ready[2];
  if (pipe(ready)) {
    return -1;
  }

  bridge = fork();
  if (!bridge) {
    char flag[32];
    snprintf(flag, sizeof(flag), "--ready-fd=%d", ready[1]);
    execl(program, program, flag, "--log-level=error", (char*)NULL);
    _exit(127);
  }

  char byte;
  close(ready[1]);
  const ssize_t n = read(ready[0], &byte, 1u);
  close(ready[0]);
  return n == 1 ? 0 : -1;
}

/// True at the end of the connection, false if that does not come
static bool
is_ended(const int host)
{
  for (;;) {
    struct pollfd poll_fd = {.fd = host, .events = POLLIN};
    char          bytes[512];
    if (poll(&poll_fd, 1u, PEER_PATIENCE_MS) <= 0) {
      return false;
    }
    if (recv(host, bytes, sizeof(bytes), 0) <= 0) {
      return true;
    }
  }
}

/// Ask over osc.sock how many instances there are
static int
count_instances(void)
{
  static const char  query[] = "/ringside/instances\0,\0\0";
  char               path[512];
  struct sockaddr_un address;
  struct sockaddr_un own    = {.sun_family = AF_UNIX};
  socklen_t          length = 0u;
  const int          dir    = rs_runtime_open(false, path, sizeof(path));
  const int          fd     = socket(AF_UNIX, SOCK_DGRAM, 0);

  // A name of the kernel's choice, for the answer
  assert_int_equal(bind(fd, (struct sockaddr*)&own, sizeof(sa_family_t)), 0);
  assert_int_equal(
    rs_runtime_address(dir, path, RS_OSC_SOCKET, &address, &length),
    RS_SUCCESS);
  assert_int_equal(
    sendto(
      fd, query, sizeof(query), 0, (const struct sockaddr*)&address, length),
    sizeof(query));

  int  n = -1;
  char answer[512];
  for (;;) {
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1u, PEER_PATIENCE_MS), 1);
    const ssize_t size = recv(fd, answer, sizeof(answer), 0);
    assert_true(size > 20);
    if (!strcmp(answer, "/ringside/instances/end")) {
      n = (unsigned char)answer[size - 1];
      break;
    }
  }

  close(fd);
  close(dir);
  return n;
}

static void
wait_for_instances(const int n)
{
  const int64_t end_ns = peer_now_ns() + PEER_PATIENCE_MS * (int64_t)1000000;
  while (count_instances() != n) {
    assert_true(peer_now_ns() < end_ns);
    usleep(5000);
  }
}

/// The bridge must have stood everything, and leaves nothing behind
static int
tear_down(void** state)
{
  (void)state;
  int status = 0;

  // Before that it would leave its port to a successor
  wait_for_instances(0);
  kill(bridge, SIGTERM);
  if (waitpid(bridge, &status, 0) != bridge || !WIFEXITED(status) ||
      WEXITSTATUS(status)) {
    fprintf(stderr, "the bridge ended with status %#x\n", (unsigned)status);
    return -1;
  }

  if (rmdir(folder)) {
    fprintf(stderr, "%s is not empty\n", folder);
    return -1;
  }

  return 0;
}

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
  assert_int_equal(count_instances(), 2);

  RsPing ping = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}, .number = 77u};
  assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
  memset(&ping, 0, sizeof(ping));
  assert_true(peer_receive(host, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);
  assert_int_equal(ping.number, 77);
  assert_true(ping.osc_port > 0u);

  // Closing the socketpair ends one attachment, closing the connection all
  close(first.socket);
  first.socket = -1;
  wait_for_instances(1);
  close(host);
  wait_for_instances(0);
  assert_true(is_ended(second.socket));
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
  assert_true(is_ended(old.socket));
  assert_int_equal(count_instances(), 1);
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
  kill(bridge, SIGSTOP);
  assert_int_equal(waitpid(bridge, &status, WUNTRACED), bridge);
  assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
  close(renewed.socket);
  renewed.socket = -1;
  assert_true(peer_send(host, &attach, sizeof(attach), fds, 3u));
  kill(bridge, SIGCONT);
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
  assert_int_equal(count_instances(), 1);

  const int64_t killed_ns = peer_now_ns();
  kill(host, SIGKILL);
  while (count_instances()) {
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
  assert_true(is_ended(host));

  assert_true(peer_send(other, &ping, sizeof(ping), NULL, 0u));
  assert_true(peer_receive(other, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);
  close(host);
  close(other);
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
  assert_true(is_ended(host));
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
  assert_int_equal(waitpid(bridge, &status, 0), bridge);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 4);
  close(host);
  assert_int_equal(rmdir(folder), 0);
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
    assert_true(is_ended(host));
    close(host);
  }

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
  snprintf(path, sizeof(path), "/proc/%d/fd", (int)bridge);
  for (int round = 0; round < 3; ++round) {
    // Once it answers, it is through with what came before
    RsPing ping = {.head = {RS_ATTACH_MAGIC, RS_ATTACH_PING}};
    assert_true(peer_send(host, &ping, sizeof(ping), NULL, 0u));
    assert_true(peer_receive(host, RS_ATTACH_PONG, &ping, sizeof(ping)) > 0u);

    int fds = 0;
    for (int i = 0; i < 200; ++i) {
      snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)bridge, i);
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
  assert_true(is_ended(host));
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
  assert_true(is_ended(peer.socket));
  assert_int_equal(count_instances(), 0);
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
  assert_true(is_ended(more));
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
    cmocka_unit_test_setup_teardown(good, set_up, tear_down),
    cmocka_unit_test_setup_teardown(comes_back, set_up, tear_down),
    cmocka_unit_test_setup_teardown(comes_back_late, set_up, tear_down),
    cmocka_unit_test_setup_teardown(dies, set_up, tear_down),
    cmocka_unit_test_setup_teardown(deaf, set_up, tear_down),
    cmocka_unit_test_setup_teardown(versions, set_up, tear_down),
    cmocka_unit_test_setup(steps_down, set_up),
    cmocka_unit_test_setup_teardown(hostile_messages, set_up, tear_down),
    cmocka_unit_test_setup_teardown(hostile_descriptors, set_up, tear_down),
    cmocka_unit_test_setup_teardown(hostile_memory, set_up, tear_down),
    cmocka_unit_test_setup_teardown(at_most, set_up, tear_down),
  };

  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
