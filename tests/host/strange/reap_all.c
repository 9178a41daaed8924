// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that reaps every child, whosever it is

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>

static void*
reap(void* const unused)
{
  const struct timespec pause = {0, 1000000}; // No child, nothing to wait for

  for (;;) {
    if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) {
      nanosleep(&pause, NULL);
    }
  }

  return unused;
}

__attribute__((constructor)) static void
begin(void)
{
  pthread_t thread;
  if (!pthread_create(&thread, NULL, reap, NULL)) {
    pthread_detach(thread);
  }
}
