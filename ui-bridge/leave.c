// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Leaving the process that started us

#include "ui-bridge/leave.h"

#include "ui-bridge/bridge_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/// End the bridge, whatever state it is in, and fail
_Noreturn static void
give_up(const pid_t bridge)
{
  kill(bridge, SIGKILL);
  while (waitpid(bridge, NULL, 0) < 0 && errno == EINTR) {
  }
  _exit(RS_EXIT_FAILURE);
}

/// How a bridge ended that never said anything
static int
wait_end(const pid_t bridge)
{
  int   status = 0;
  pid_t ended  = 0;
  do {
    ended = waitpid(bridge, &status, 0);
  } while (ended < 0 && errno == EINTR);

  return ended == bridge && WIFEXITED(status) && WEXITSTATUS(status)
           ? WEXITSTATUS(status)
           : RS_EXIT_FAILURE;
}

/// Pass on what the bridge says, which is all that it says.  @return false if
/// there is nothing yet
static bool
pass_on(const pid_t bridge, const int begun, const int ready_fd)
{
  char          port[16];
  const ssize_t n = read(begun, port, sizeof(port));
  if (n < 0) {
    return false;
  }

  // A host that does not wait any more does not mind
  if (n > 0 && ready_fd >= 0) {
    (void)!write(ready_fd, port, (size_t)n);
  }

  _exit(n > 0 ? RS_EXIT_OK : wait_end(bridge));
}

static void
look_at(const pid_t bridge, const int signals)
{
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
    if (info.ssi_signo == SIGTERM) {
      give_up(bridge);
    }
  }

  // One that ends closes its pipe, and is noticed by that
  int status = 0;
  if (waitpid(bridge, &status, WNOHANG | WUNTRACED) == bridge &&
      WIFSTOPPED(status)) {
    give_up(bridge);
  }
}

_Noreturn static void
answer_for(const pid_t bridge,
           const int   signals,
           const int   begun,
           const int   ready_fd)
{
  // Of the host's end only that it is closed is of interest: nobody waits then
  struct pollfd fds[] = {
    {begun, POLLIN, 0}, {signals, POLLIN, 0}, {ready_fd, 0, 0}};

  for (;;) {
    if (poll(fds, 3u, -1) < 0 && errno != EINTR) {
      _exit(RS_EXIT_FAILURE);
    }

    if (fds[0].revents) {
      (void)pass_on(bridge, begun, ready_fd);
    }
    if (fds[1].revents) {
      look_at(bridge, signals);
    }
    if (fds[2].revents) {
      _exit(RS_EXIT_OK);
    }
  }
}

void
rs_leave_parent(int* const ready_fd)
{
  sigset_t watched;
  sigset_t before;
  sigemptyset(&watched);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGCHLD);
  signal(SIGCHLD, SIG_DFL); // Or none would come
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, &watched, &before);

  int        begun[2]   = {-1, -1};
  const int  signals    = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  const bool can_answer = signals >= 0 && !pipe2(begun, O_CLOEXEC);

  const pid_t child = fork();
  if (child > 0) {
    if (can_answer) {
      close(begun[1]);
      answer_for(child, signals, begun[0], *ready_fd);
    }
    _exit(RS_EXIT_OK);
  }

  sigprocmask(SIG_SETMASK, &before, NULL);
  if (signals >= 0) {
    close(signals);
  }
  if (begun[0] >= 0) {
    close(begun[0]);
  }

  if (!child && can_answer) {
    if (*ready_fd >= 0) {
      close(*ready_fd);
    }
    *ready_fd = begun[1];
  } else if (begun[1] >= 0) {
    close(begun[1]);
  }
}
