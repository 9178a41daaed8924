// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Children that do not outlive their parent

#include "tests/lib/child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

pid_t
child_fork(void)
{
  const pid_t parent = getpid();
  (void)fflush(NULL); // Or both would write what waits
  const pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
      _exit(0); // It ended before we asked
    }
  }
  return pid;
}
