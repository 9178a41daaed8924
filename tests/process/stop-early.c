// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preloaded into a bridge: it stops before it listens, while it holds the lock
   of the runtime folder.  STOP_EARLY is "bridge", or "both" for the process
   that answers for it as well.
*/

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
listen(const int socket, const int backlog)
{
  typedef int (*Listen)(int, int);

  const char* const who  = getenv("STOP_EARLY");
  Listen            real = NULL;
  if (who && !strcmp(who, "both")) {
    kill(getppid(), SIGSTOP);
  }
  raise(SIGSTOP);

  *(void**)&real = dlsym(RTLD_NEXT, "listen");
  return real(socket, backlog);
}
