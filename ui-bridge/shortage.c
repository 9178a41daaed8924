// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the bridge does without descriptors or memory

#include "ui-bridge/shortage.h"

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static unsigned long long
limit_of(const int resource)
{
  struct rlimit limit;

  return getrlimit((__rlimit_resource_t)resource, &limit) ? 0u : limit.rlim_cur;
}

/// Any descriptor will do, and the sandbox lets us copy one
static void
keep_spare(RsBridge* const bridge)
{
  RsShortage* const shortage = &bridge->shortage;

  if (shortage->spare < 0) {
    shortage->spare = fcntl(bridge->loop.epoll, F_DUPFD_CLOEXEC, 3);
  }
}

void
rs_shortage_begin(RsBridge* const bridge)
{
  struct rlimit files;

  bridge->shortage.spare = -1;
  keep_spare(bridge);

  // The sandbox raises the soft one as far as it goes
  if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_max < RS_FILES_MIN) {
    rs_log(RS_LOG_WARNING,
           "this process may have only %llu descriptors (ulimit -n), and "
           "should be let have %u: instances and connections beyond that will "
           "be refused",
           (unsigned long long)files.rlim_max,
           RS_FILES_MIN);
  }
}

void
rs_shortage_end(RsBridge* const bridge)
{
  if (bridge->shortage.spare >= 0) {
    close(bridge->shortage.spare);
    bridge->shortage.spare = -1;
  }
}

bool
rs_shortage_is(const int error)
{
  return error == EMFILE || error == ENFILE || error == ENOMEM ||
         error == ENOBUFS;
}

void
rs_shortage_say(RsBridge* const bridge, const int error, const char* const what)
{
  const bool     is_files = error == EMFILE || error == ENFILE;
  int64_t* const said_ns =
    is_files ? &bridge->shortage.files_ns : &bridge->shortage.memory_ns;

  rs_bridge_count(
    bridge, is_files ? RS_COUNT_SHORT_OF_FILES : RS_COUNT_SHORT_OF_MEMORY);
  if (*said_ns && bridge->now_ns - *said_ns < RS_SHORTAGE_SAY_NS) {
    return;
  }
  *said_ns = bridge->now_ns;

  if (error == EMFILE) {
    rs_log(RS_LOG_WARNING,
           "%s was refused: all %llu descriptors that this process may have "
           "are in use (ulimit -n should be %u or more)",
           what,
           limit_of(RLIMIT_NOFILE),
           RS_FILES_MIN);
  } else if (error == ENFILE) {
    rs_log(RS_LOG_WARNING,
           "%s was refused: the system has no descriptors left "
           "(sysctl fs.file-max)",
           what);
  } else {
    rs_log(RS_LOG_WARNING,
           "%s was refused: there is no memory left for it (this process may "
           "have %llu MiB)",
           what,
           limit_of(RLIMIT_AS) >> 20u);
  }
}

RsAccept
rs_shortage_accept(RsBridge* const        bridge,
                   const int              listener,
                   struct sockaddr* const peer,
                   socklen_t* const       length,
                   int* const             fd)
{
  const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

  *fd = accept4(listener, peer, length, flags);
  if (*fd >= 0) {
    return RS_ACCEPT_TAKEN;
  }

  const int error = errno;
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR ||
      error == ECONNABORTED) {
    return RS_ACCEPT_NONE;
  }

  rs_shortage_say(bridge, error, "a connection");
  if ((error == EMFILE || error == ENFILE) && bridge->shortage.spare >= 0) {
    close(bridge->shortage.spare);
    bridge->shortage.spare = -1;
    if ((*fd = accept4(listener, peer, length, flags)) >= 0) {
      return RS_ACCEPT_REFUSE;
    }
    keep_spare(bridge);
  }

  return RS_ACCEPT_REST;
}

void
rs_shortage_refused(RsBridge* const bridge, const int fd)
{
  close(fd);
  keep_spare(bridge);
}
