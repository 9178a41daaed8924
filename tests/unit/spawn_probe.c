// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Stands where a bridge would, and writes down what it was given: to the file
   that RINGSIDE_PROBE names.  Then it says that it is ready, and ends once
   the other end of that pipe is closed.
*/

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
tell_descriptors(FILE* const to)
{
  DIR* const folder = opendir("/proc/self/fd");
  if (!folder) {
    return;
  }

  for (struct dirent* e = NULL; (e = readdir(folder));) {
    const int fd = atoi(e->d_name);
    if (e->d_name[0] != '.' && fd != dirfd(folder) && fd != fileno(to)) {
      struct stat st;
      fprintf(to,
              "fd %d %s\n",
              fd,
              fstat(fd, &st)         ? "bad"
              : S_ISFIFO(st.st_mode) ? "pipe"
              : S_ISCHR(st.st_mode)  ? "device"
                                     : "other");
    }
  }

  closedir(folder);
}

int
main(int argc, char** argv)
{
  const char* const path = getenv("RINGSIDE_PROBE");
  FILE* const       to   = path ? fopen(path, "we") : NULL;
  if (!to) {
    return 1;
  }

  for (int i = 1; i < argc; ++i) {
    fprintf(to, "argument %s\n", argv[i]);
  }

  for (char** e = environ; *e; ++e) {
    fprintf(to, "environment %s\n", *e);
  }

  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  for (int s = 1; s < 32; ++s) {
    struct sigaction action;
    if (sigismember(&mask, s) == 1) {
      fprintf(to, "blocked %d\n", s);
    }

    if (!sigaction(s, NULL, &action) && action.sa_handler == SIG_IGN) {
      fprintf(to, "ignored %d\n", s);
    }
  }

  tell_descriptors(to);
  fprintf(to, "session %s\n", getsid(0) == getpid() ? "own" : "host");
  fprintf(to, "scheduler %d\n", sched_getscheduler(0));
  if (fclose(to)) {
    return 1;
  }

  if (getenv("RINGSIDE_PROBE_FAILS")) {
    return 3;
  }

  if (write(3, "1", 1) != 1) {
    return 1;
  }

  // The host closes its end
  struct pollfd end = {.fd = 3, .events = 0};
  return poll(&end, 1, 60000) == 1 ? 0 : 1;
}
