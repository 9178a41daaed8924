// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The host connection

#include "plugin/peer.h"

#include "shm/runtime.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define FDS_MAX 3u

RsStatus
rs_peer_connect(RsPeer* const peer, const int folder, const char* const path)
{
  struct sockaddr_un address;
  socklen_t          length = 0;
  if (rs_runtime_address(folder, path, RS_ATTACH_SOCKET, &address, &length)) {
    return RS_SYSTEM;
  }

  const int fd =
    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return RS_SYSTEM;
  }

  RsStatus st = RS_SUCCESS;
  if (connect(fd, (const struct sockaddr*)&address, length)) {
    st = (errno == ENOENT || errno == ECONNREFUSED) ? RS_NOT_FOUND
         : errno == EAGAIN                          ? RS_AGAIN
                                                    : RS_SYSTEM;
  }

  struct ucred who  = {0};
  socklen_t    size = sizeof(who);
  if (!st && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size)) {
    st = RS_SYSTEM;
  }

  if (!st && who.uid != geteuid()) {
    st = RS_BAD_ARG;
  }

  if (st) {
    const int error = errno;
    close(fd);
    errno = error;
    return st;
  }

  // The process that listens; 0 where its pid is not known in our namespace.
  // A pid that was given to somebody else since is not a danger: whoever had
  // it has ended then, and this connection with it
  const int pidfd = who.pid > 0 ? (int)syscall(SYS_pidfd_open, who.pid, 0) : -1;

  *peer       = RS_PEER_NONE;
  peer->fd    = fd;
  peer->pidfd = pidfd;
  return RS_SUCCESS;
}

RsStatus
rs_peer_send(const RsPeer* const peer,
             const void* const   message,
             const size_t        size,
             const int* const    fds,
             const unsigned      n_fds)
{
  union {
    struct cmsghdr head;
    char           bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
  } control;

  // sendmsg() does not write to what it sends
  union {
    const void* constant;
    void*       plain;
  } base = {message};

  struct iovec  part = {.iov_base = base.plain, .iov_len = size};
  struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1u};

  if (n_fds && n_fds <= FDS_MAX) {
    memset(&control, 0, sizeof(control));
    head.msg_control    = control.bytes;
    head.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));

    struct cmsghdr* const rights = CMSG_FIRSTHDR(&head);
    rights->cmsg_level           = SOL_SOCKET;
    rights->cmsg_type            = SCM_RIGHTS;
    rights->cmsg_len             = CMSG_LEN(n_fds * sizeof(int));
    memcpy(CMSG_DATA(rights), fds, n_fds * sizeof(int));
  }

  for (;;) {
    if (sendmsg(peer->fd, &head, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) {
      return RS_SUCCESS;
    }

    if (errno != EINTR) {
      // ETOOMANYREFS: more descriptors under way than the user may have open
      return (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
               ? RS_AGAIN
               : RS_GONE;
    }
  }
}

RsStatus
rs_peer_hello(const RsPeer* const peer, const char* const process)
{
  RsHello hello;
  memset(&hello, 0, sizeof(hello));
  hello.head        = (RsAttachHead){RS_ATTACH_MAGIC, RS_ATTACH_HELLO};
  hello.version_min = RS_PROTOCOL_MIN;
  hello.version_max = RS_PROTOCOL_MAX;
  snprintf(hello.process, sizeof(hello.process), "%s", process);

  return rs_peer_send(peer, &hello, sizeof(hello), NULL, 0);
}

RsStatus
rs_peer_ping(RsPeer* const peer, const int64_t now_ns)
{
  const RsPing ping = {{RS_ATTACH_MAGIC, RS_ATTACH_PING}, peer->number + 1u, 0};

  // A full socket is as good as a ping that is not answered
  const RsStatus st = rs_peer_send(peer, &ping, sizeof(ping), NULL, 0);
  if (st == RS_GONE) {
    return st;
  }

  ++peer->number;
  peer->pinged_ns = now_ns;
  peer->is_owing  = true;
  return RS_SUCCESS;
}

/// The shortest that a message of this kind may be; 0: not for us
static size_t
least_size(const uint32_t kind)
{
  return kind == RS_ATTACH_WELCOME    ? sizeof(RsWelcome)
         : kind == RS_ATTACH_REFUSED  ? sizeof(RsRefused)
         : kind == RS_ATTACH_ATTACHED ? sizeof(RsAttached)
         : kind == RS_ATTACH_PONG     ? sizeof(RsPing)
                                      : 0u;
}

RsStatus
rs_peer_receive(RsPeer* const        peer,
                RsPeerMessage* const message,
                const int64_t        now_ns)
{
  // Descriptors that nobody asked for are not taken: there is no room for them
  const int flags = MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
  ssize_t   n     = recv(peer->fd, message, sizeof(*message), flags);
  if (n < 0 && errno == ECONNRESET) {
    // It left without reading all that we said, and this is told once, before
    // what it said itself
    n = recv(peer->fd, message, sizeof(*message), flags);
  }

  if (n < 0) {
    return (errno == EAGAIN || errno == EINTR) ? RS_AGAIN : RS_GONE;
  }

  if (!n) {
    return RS_GONE;
  }

  if ((size_t)n < sizeof(RsAttachHead) ||
      message->head.magic != RS_ATTACH_MAGIC ||
      (size_t)n < least_size(message->head.kind)) {
    return RS_CORRUPT;
  }

  peer->answered_ns = now_ns;
  if (message->head.kind == RS_ATTACH_WELCOME) {
    message->welcome.release[sizeof(message->welcome.release) - 1u] = '\0';
  } else if (message->head.kind == RS_ATTACH_ATTACHED) {
    message->attached.name[RS_NAME_MAX] = '\0';
  } else if (message->head.kind == RS_ATTACH_PONG &&
             message->pong.number == peer->number) {
    peer->is_owing = false;
  }

  return RS_SUCCESS;
}

bool
rs_peer_is_dead(const RsPeer* const peer)
{
  struct pollfd ended = {.fd = peer->pidfd, .events = POLLIN};

  return peer->pidfd >= 0 && poll(&ended, 1u, 0) == 1;
}

void
rs_peer_kill(const RsPeer* const peer)
{
  if (peer->pidfd >= 0) {
    (void)syscall(SYS_pidfd_send_signal, peer->pidfd, SIGKILL, NULL, 0);
  }
}

void
rs_peer_close(RsPeer* const peer)
{
  if (peer->fd >= 0) {
    close(peer->fd);
  }

  if (peer->pidfd >= 0) {
    close(peer->pidfd);
  }

  *peer = RS_PEER_NONE;
}
