// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Finding the runtime folder, and addressing sockets in it

#include "shm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// An environment variable that says something, or NULL
static const char*
setting(const char* const name)
{
  const char* const value = getenv(name);
  return value && value[0] ? value : NULL;
}

RsStatus
rs_runtime_path(char* const path, const size_t size)
{
  const char* const own = setting("RINGSIDE_RUNTIME_DIR");
  const char* const xdg = setting("XDG_RUNTIME_DIR");

  const int length =
    own   ? snprintf(path, size, "%s", own)
    : xdg ? snprintf(path, size, "%s/ringside", xdg)
          : snprintf(path, size, "/tmp/ringside-%u", (unsigned)getuid());

  return length > 0 && (size_t)length < size ? RS_SUCCESS : RS_TOO_LARGE;
}

int
rs_runtime_open_at(const char* const path, const bool create)
{
  if (create && mkdir(path, 0700) && errno != EEXIST) {
    return -1;
  }

  // O_NOFOLLOW: somebody else's link in /tmp leads nowhere.  What is checked
  // is what was opened, so nothing can be swapped in between
  const int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    return -1;
  }

  struct stat st;
  if (fstat(fd, &st)) {
    close(fd);
    return -1;
  }

  if (st.st_uid != getuid() || (st.st_mode & 0077u)) {
    close(fd);
    errno = EPERM;
    return -1;
  }

  return fd;
}

int
rs_runtime_open(const bool create, char* const path, const size_t path_size)
{
  if (rs_runtime_path(path, path_size)) {
    errno = ENAMETOOLONG;
    return -1;
  }

  return rs_runtime_open_at(path, create);
}

bool
rs_runtime_is_at(const int folder, const char* const path)
{
  struct stat ours;
  struct stat found;

  if (fstat(folder, &ours)) {
    return true;
  }

  if (fstatat(AT_FDCWD, path, &found, AT_SYMLINK_NOFOLLOW)) {
    return errno != ENOENT && errno != ENOTDIR && errno != ELOOP;
  }

  return ours.st_ino == found.st_ino && ours.st_dev == found.st_dev;
}

RsStatus
rs_runtime_address(const int                 folder,
                   const char* const         path,
                   const char* const         file,
                   struct sockaddr_un* const address,
                   socklen_t* const          length)
{
  struct sockaddr_un made = {.sun_family = AF_UNIX};

  const size_t size = sizeof(made.sun_path);
  int          n    = snprintf(made.sun_path, size, "%s/%s", path, file);
  if (n < 0 || (size_t)n >= size) {
    n = snprintf(made.sun_path, size, "/proc/self/fd/%d/%s", folder, file);
    if (n < 0 || (size_t)n >= size) {
      return RS_TOO_LARGE;
    }
  }

  *address = made;
  *length =
    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n + 1u);
  return RS_SUCCESS;
}
