// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Opens the configuration file for the bridge, in a process of its own

#include "ui-bridge/opener.h"

#include "ui-bridge/confine.h"
#include "ui-bridge/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/// Send what was found, and its descriptor if there is one
static bool
answer(const int socket, RsConfigFile* const file)
{
  struct iovec iov = {file, sizeof(*file)};
  union {
    struct cmsghdr align;
    char           bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};

  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1u};
  if (file->fd >= 0) {
    message.msg_control        = control.bytes;
    message.msg_controllen     = sizeof(control.bytes);
    struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level           = SOL_SOCKET;
    head->cmsg_type            = SCM_RIGHTS;
    head->cmsg_len             = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &file->fd, sizeof(int));
  }

  return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*file);
}

/// It opens files to read them, and passes them on; status tells of the bridge
/// whether the kernel has what this takes
static void
confine(void)
{
  static const int calls[] = {SCMP_SYS(recvfrom), SCMP_SYS(sendmsg)};

  if (RS_HAS_SANITIZER) {
    return;
  }

  RsFileRules rules;
  rs_files_begin(&rules,
                 RS_FILES_WRITE | RS_FILES_NEVER | LANDLOCK_ACCESS_FS_READ_DIR,
                 false);
  (void)rs_files_enforce(&rules);

  const scmp_filter_ctx filter = rs_calls_begin();
  if (filter) {
    const bool is_whole =
      rs_calls_allow(filter, calls, sizeof(calls) / sizeof(*calls)) &&
      rs_calls_allow_reading(filter);
    (void)rs_calls_enforce(filter, is_whole);
  }
}

__attribute__((noreturn)) static void
become_opener(const int socket, const char* const named)
{
  prctl(PR_SET_NAME, "ringside-opener");
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

  // It ends with the bridge, not by a signal to the whole group
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  if (socket != 3) {
    dup2(socket, 3);
  }
  close_range(4u, ~0u, 0);
  confine();

  char    byte = 0;
  ssize_t n    = 0;
  while ((n = recv(3, &byte, 1u, 0)) == 1 || (n < 0 && errno == EINTR)) {
    RsConfigFile file;
    rs_config_find(&file, named);
    if (!answer(3, &file)) {
      break;
    }
    if (file.fd >= 0) {
      close(file.fd);
    }
  }

  _exit(0);
}

int
rs_opener_start(const char* const named)
{
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
    return -1;
  }

  const pid_t pid = fork();
  if (!pid) {
    become_opener(ends[1], named);
  }

  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return -1;
  }

  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return ends[0];
}

void
rs_opener_ask(const int opener)
{
  // If it has as many requests as it can hold, it will look after this one
  (void)send(opener, "", 1u, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool
rs_opener_take(const int opener, RsConfigFile* const file)
{
  struct iovec iov = {file, sizeof(*file)};
  union {
    struct cmsghdr align;
    char           bytes[CMSG_SPACE(sizeof(int))];
  } control = {0};

  struct msghdr message = {.msg_iov        = &iov,
                           .msg_iovlen     = 1u,
                           .msg_control    = control.bytes,
                           .msg_controllen = sizeof(control.bytes)};
  if (recvmsg(opener, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) !=
      (ssize_t)sizeof(*file)) {
    return false;
  }

  const struct cmsghdr* const head = CMSG_FIRSTHDR(&message);
  file->fd                         = -1;
  if (message.msg_flags & MSG_CTRUNC) {
    file->error = EMFILE; // It was there, and there was no room for it
  }
  if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
      head->cmsg_len == CMSG_LEN(sizeof(int))) {
    memcpy(&file->fd, CMSG_DATA(head), sizeof(int));
  }

  file->path[sizeof(file->path) - 1u] = '\0';
  return true;
}
