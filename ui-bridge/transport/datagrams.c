// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// recvmmsg() and the kernel's time stamps

#include "ui-bridge/transport/datagrams.h"

#include "ui-bridge/transport/transport.h"

#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND_NS 1000000000

/// Asked of the kernel, which gives what it may
#define RECEIVE_BUFFER (8 * 1024 * 1024)

/// What the kernel says along with a datagram
#define CONTROL_SIZE \
  (CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct ucred)))

// One set for all sockets, since there is one thread.  It is laid out once and
// only what was used is made ready again: waking up costs enough without it.
// Pages of the buffers are used only as packets fill them
static char                    buffers[RS_DATAGRAMS_BATCH][RS_PACKET_MAX];
static struct mmsghdr          messages[RS_DATAGRAMS_BATCH];
static struct iovec            vectors[RS_DATAGRAMS_BATCH];
static struct sockaddr_storage names[RS_DATAGRAMS_BATCH];
static alignas(struct cmsghdr) char control[RS_DATAGRAMS_BATCH][CONTROL_SIZE];

static uint32_t n_used = RS_DATAGRAMS_BATCH; ///< By the last call

static int64_t
clock_ns(const clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

void
rs_datagrams_prepare(const int socket)
{
  const int on   = 1;
  const int size = RECEIVE_BUFFER;

  (void)setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size))) {
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  }
}

/// What the kernel said along with a datagram
static void
read_control(struct msghdr* const message,
             RsDatagram* const    datagram,
             const int64_t        now_ns,
             const int64_t        realtime_ns)
{
  for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c;
       c                 = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      struct timespec stamp;
      memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));

      // An age, since a stamp of the wall clock means nothing if it steps
      const int64_t age =
        realtime_ns - ((int64_t)stamp.tv_sec * SECOND_NS + stamp.tv_nsec);
      if (age > 0 && age < 10 * (int64_t)SECOND_NS) {
        datagram->arrival_ns = now_ns - age;
      }
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
      struct ucred peer;
      memcpy(&peer, CMSG_DATA(c), sizeof(peer));
      datagram->uid = peer.uid;
    }
  }
}

/// Make ready what the last call used
static void
lay_out(void)
{
  for (uint32_t i = 0u; i < n_used; ++i) {
    vectors[i]  = (struct iovec){buffers[i], RS_PACKET_MAX};
    messages[i] = (struct mmsghdr){
      .msg_hdr = {.msg_name       = &names[i],
                  .msg_namelen    = sizeof(names[i]),
                  .msg_iov        = &vectors[i],
                  .msg_iovlen     = 1u,
                  .msg_control    = control[i],
                  .msg_controllen = sizeof(control[i])},
    };
  }
}

uint32_t
rs_datagrams_take(const int socket, RsDatagram* const datagrams)
{
  lay_out();
  const int n =
    recvmmsg(socket, messages, RS_DATAGRAMS_BATCH, MSG_DONTWAIT, NULL);

  // The kernel may have begun with one more than it gave
  n_used = n < 0 ? 1u : (uint32_t)n + 1u;
  if (n_used > RS_DATAGRAMS_BATCH) {
    n_used = RS_DATAGRAMS_BATCH;
  }
  if (n <= 0) {
    return 0u;
  }

  const int64_t now_ns      = clock_ns(CLOCK_MONOTONIC);
  const int64_t realtime_ns = clock_ns(CLOCK_REALTIME);
  for (int i = 0; i < n; ++i) {
    datagrams[i] = (RsDatagram){.packet      = buffers[i],
                                .size        = messages[i].msg_len,
                                .arrival_ns  = now_ns,
                                .from        = &names[i],
                                .from_length = messages[i].msg_hdr.msg_namelen,
                                .uid         = (uid_t)-1};
    read_control(&messages[i].msg_hdr, &datagrams[i], now_ns, realtime_ns);
  }

  return (uint32_t)n;
}
