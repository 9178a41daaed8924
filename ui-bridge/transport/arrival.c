// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The kernel's time stamps

#include "ui-bridge/transport/arrival.h"
#include "ui-bridge/warm.h"

#include <stdalign.h>
#include <string.h>
#include <time.h>

#define SECOND_NS 1000000000

/// Older stamps are not believed
#define AGE_MAX_NS (10 * (int64_t)SECOND_NS)

static int64_t
clock_ns(const clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

RsArrivalClocks
rs_arrival_clocks(void)
{
  return (RsArrivalClocks){clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME)};
}

void
rs_arrival_prepare(const int socket)
{
  const int on = 1;
  (void)setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

RS_WARM_TEXT int64_t
rs_arrival_ns(struct msghdr* const message, const RsArrivalClocks* const clocks)
{
  for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c;
       c                 = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec stamp;
      memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));

      // An age, since a stamp of the wall clock means nothing if it steps
      const int64_t age = clocks->realtime_ns -
                          ((int64_t)stamp.tv_sec * SECOND_NS + stamp.tv_nsec);
      if (age > 0 && age < AGE_MAX_NS) {
        return clocks->now_ns - age;
      }
    }
  }

  return clocks->now_ns;
}

ssize_t
rs_arrival_receive(const int      socket,
                   void* const    bytes,
                   const size_t   size,
                   int64_t* const arrival_ns)
{
  // The kernel has more than one kind of stamp, and gives what it can
  alignas(struct cmsghdr) char control[256];

  struct iovec  vector  = {bytes, size};
  struct msghdr message = {.msg_iov        = &vector,
                           .msg_iovlen     = 1u,
                           .msg_control    = control,
                           .msg_controllen = sizeof(control)};
  const ssize_t n       = recvmsg(socket, &message, MSG_DONTWAIT);
  if (n > 0) {
    const RsArrivalClocks clocks = rs_arrival_clocks();
    *arrival_ns                  = rs_arrival_ns(&message, &clocks);
  }
  return n;
}
