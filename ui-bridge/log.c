// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Log lines, without ever waiting for whoever reads them

#include "ui-bridge/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

static const char* const level_names[] = {
  [RS_LOG_ERROR]   = "error",
  [RS_LOG_WARNING] = "warning",
  [RS_LOG_INFO]    = "info",
  [RS_LOG_DEBUG]   = "debug",
};

static RsLogLevel most      = RS_LOG_INFO;
static bool       to_system = false;
static int        log_fd    = -1;

void
rs_log_set_level(const RsLogLevel level)
{
  most = level;
}

bool
rs_log_level_from_name(const char* const name, RsLogLevel* const level)
{
  for (size_t i = 0u; i < sizeof(level_names) / sizeof(*level_names); ++i) {
    if (!strcmp(name, level_names[i])) {
      *level = (RsLogLevel)i;
      return true;
    }
  }

  return false;
}

static void
open_system(void)
{
  if (log_fd < 0) {
    const struct sockaddr_un address = {.sun_family = AF_UNIX,
                                        .sun_path   = "/dev/log"};

    log_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (log_fd >= 0 &&
        connect(log_fd, (const struct sockaddr*)&address, sizeof(address))) {
      close(log_fd);
      log_fd = -1;
    }
  }
}

void
rs_log_to_system(const bool system)
{
  to_system = system;
  if (system) {
    open_system(); // Later, in the sandbox, it cannot be
  }
}

/// One datagram in the form that syslog(3) uses, which itself could block
static void
send_to_system(const RsLogLevel level, const char* const line)
{
  static const int priorities[] = {
    [RS_LOG_ERROR]   = LOG_ERR,
    [RS_LOG_WARNING] = LOG_WARNING,
    [RS_LOG_INFO]    = LOG_INFO,
    [RS_LOG_DEBUG]   = LOG_DEBUG,
  };

  open_system();
  if (log_fd >= 0) {
    char      text[1200];
    const int n = snprintf(text,
                           sizeof(text),
                           "<%d>ringside-bridge[%d]: %s",
                           LOG_USER | priorities[level],
                           (int)getpid(),
                           line);
    if (n > 0) {
      const size_t size = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text);
      (void)!send(log_fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  }
}

void
rs_log(const RsLogLevel level, const char* const format, ...)
{
  if (level > most) {
    return;
  }

  char    line[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof(line), format, args);
  va_end(args);

  // Names and values in a line come from outside: no control characters
  for (char* c = line; *c; ++c) {
    if ((unsigned char)*c < 0x20u || *c == 0x7f) {
      *c = '?';
    }
  }

  if (to_system) {
    send_to_system(level, line);
  } else {
    fprintf(stderr, "ringside-bridge: %s: %s\n", level_names[level], line);
  }
}
