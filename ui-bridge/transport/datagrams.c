// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// recvmmsg() and the kernel's time stamps

#include "ui-bridge/transport/datagrams.h"

#include "ui-bridge/transport/arrival.h"
#include "ui-bridge/transport/transport.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/// Asked of the kernel, which gives what it may
#define RECEIVE_BUFFER (8 * 1024 * 1024)

/// What the kernel says along with a datagram
#define CONTROL_SIZE                                                        \
  (CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct ucred)) + \
   CMSG_SPACE(sizeof(uint32_t)))

// One set for all sockets, since there is one thread.  It is laid out once and
// only what was used is made ready again: waking up costs enough without it.
// Pages of the buffers are used only as packets fill them
static char                    buffers[RS_DATAGRAMS_BATCH][RS_PACKET_MAX];
static struct mmsghdr          messages[RS_DATAGRAMS_BATCH];
static struct iovec            vectors[RS_DATAGRAMS_BATCH];
static struct sockaddr_storage names[RS_DATAGRAMS_BATCH];
static alignas(struct cmsghdr) char control[RS_DATAGRAMS_BATCH][CONTROL_SIZE];

static uint32_t n_used = RS_DATAGRAMS_BATCH; ///< By the last call

// One datagram alone, with all that belongs to it side by side: mostly it is
// small and comes after a sleep, when each page touched costs a page walk
typedef struct {
  alignas(4096) struct msghdr message;
  struct iovec            vector;
  struct sockaddr_storage name;
  alignas(struct cmsghdr) char control[CONTROL_SIZE];
  char buffer[RS_PACKET_MAX];
} Single;

static Single single;

int
rs_datagrams_prepare(const int socket)
{
  const int size   = RECEIVE_BUFFER;
  const int on     = 1;
  int       had    = 0;
  socklen_t length = sizeof(had);

  rs_arrival_prepare(socket);
  (void)setsockopt(socket, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size))) {
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  }

  return getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &had, &length) ? 0 : had;
}

/// Descriptors that somebody sent along over a Unix socket: where there is room
/// for what the kernel did not say, there is room for these
static void
close_all(struct cmsghdr* const c)
{
  const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0u; i < count; ++i) {
    int fd = -1;
    memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    close(fd);
  }
}

/// Whose datagram it is, and how many were lost, if the kernel said so
static void
read_control(struct msghdr* const message, RsDatagram* const datagram)
{
  datagram->uid  = (uid_t)-1;
  datagram->lost = 0u; // Nothing is said where there was none
  for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c;
       c                 = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) {
      struct ucred peer;
      memcpy(&peer, CMSG_DATA(c), sizeof(peer));
      datagram->uid = peer.uid;
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      memcpy(&datagram->lost, CMSG_DATA(c), sizeof(datagram->lost));
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
      close_all(c);
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

RS_WARM_TEXT bool
rs_datagrams_take_one(const int socket, RsDatagram* const datagram)
{
  single.vector  = (struct iovec){single.buffer, sizeof(single.buffer)};
  single.message = (struct msghdr){.msg_name       = &single.name,
                                   .msg_namelen    = sizeof(single.name),
                                   .msg_iov        = &single.vector,
                                   .msg_iovlen     = 1u,
                                   .msg_control    = single.control,
                                   .msg_controllen = sizeof(single.control)};

  const ssize_t n = recvmsg(socket, &single.message, MSG_DONTWAIT);
  if (n < 0) {
    return false;
  }

  const RsArrivalClocks clocks = rs_arrival_clocks();

  *datagram =
    (RsDatagram){.packet      = single.buffer,
                 .size        = (size_t)n,
                 .arrival_ns  = rs_arrival_ns(&single.message, &clocks),
                 .from        = &single.name,
                 .from_length = single.message.msg_namelen};
  read_control(&single.message, datagram);
  return true;
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

  const RsArrivalClocks clocks = rs_arrival_clocks();
  for (int i = 0; i < n; ++i) {
    struct msghdr* const message = &messages[i].msg_hdr;

    datagrams[i] = (RsDatagram){.packet      = buffers[i],
                                .size        = messages[i].msg_len,
                                .arrival_ns  = rs_arrival_ns(message, &clocks),
                                .from        = &names[i],
                                .from_length = message->msg_namelen};
    read_control(message, &datagrams[i]);
  }

  return (uint32_t)n;
}

void
rs_datagrams_foresee(RsWarm* const warm)
{
  rs_warm_note(warm, &single, offsetof(Single, buffer) + 64u);
}
