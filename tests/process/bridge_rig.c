// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A real bridge in a folder of its own, for hosts that the test plays

#include "tests/process/bridge_rig.h"

#include "tests/lib/peer.h"
#include "tests/unit/check.h"

#include "shm/runtime.h"
#include "shm/status.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

char  bridge_folder[64];
pid_t bridge_pid;
int   bridge_log = -1;

int
bridge_set_up(void** state)
{
  (void)state;
  strcpy(bridge_folder, "/tmp/rs-hosts-XXXXXX");
  if (!mkdtemp(bridge_folder)) {
    return -1;
  }
  setenv("RINGSIDE_RUNTIME_DIR", bridge_folder, 1);
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

  bridge_pid = fork();
  if (!bridge_pid) {
    char flag[32];
    snprintf(flag, sizeof(flag), "--ready-fd=%d", ready[1]);
    const char* const level =
      bridge_log >= 0 ? "--log-level=warning" : "--log-level=error";
    if (bridge_log >= 0) {
      dup2(bridge_log, 2);
    }
    execl(program, program, flag, level, (char*)NULL);
    _exit(127);
  }

  char byte;
  close(ready[1]);
  const ssize_t n = read(ready[0], &byte, 1u);
  close(ready[0]);
  return n == 1 ? 0 : -1;
}

bool
bridge_ended(const int host)
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

int
bridge_instances(void)
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

void
bridge_wait_instances(const int n)
{
  const int64_t end_ns = peer_now_ns() + PEER_PATIENCE_MS * (int64_t)1000000;
  while (bridge_instances() != n) {
    assert_true(peer_now_ns() < end_ns);
    usleep(5000);
  }
}

int
bridge_tear_down(void** state)
{
  (void)state;
  int status = 0;

  // Before that it would leave its port to a successor
  bridge_wait_instances(0);
  kill(bridge_pid, SIGTERM);
  if (waitpid(bridge_pid, &status, 0) != bridge_pid || !WIFEXITED(status) ||
      WEXITSTATUS(status)) {
    fprintf(stderr, "the bridge ended with status %#x\n", (unsigned)status);
    return -1;
  }

  if (rmdir(bridge_folder)) {
    fprintf(stderr, "%s is not empty\n", bridge_folder);
    return -1;
  }

  return 0;
}
