// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preloaded into a host: what it sends waits until the other side has hung up,
   each time, until once that takes ten seconds.  So a bridge that refuses a
   host always does it before the host has spoken, however quick that is, and
   however often it tries.
*/

#include <dlfcn.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

ssize_t
sendmsg(const int socket, const struct msghdr* const message, const int flags)
{
  typedef ssize_t (*Sendmsg)(int, const struct msghdr*, int);
  static bool is_served;

  Sendmsg real = NULL;
  if (!is_served) {
    // No events: those that cannot be left out are what is meant
    struct pollfd ended = {.fd = socket};
    is_served           = !poll(&ended, 1u, 10000);
  }

  *(void**)&real = dlsym(RTLD_NEXT, "sendmsg");
  return real(socket, message, flags);
}
