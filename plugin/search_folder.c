// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The runtime folder, as the search for a bridge uses it

#include "plugin/search_folder.h"

#include "shm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void
rs_search_close_folder(RsSearch* const search)
{
  if (search->folder >= 0) {
    close(search->folder);
    search->folder = -1;
  }
}

RsStatus
rs_search_lock(RsSearch* const search)
{
  if (search->lock >= 0) {
    return RS_SUCCESS;
  }

  const int fd = openat(search->folder,
                        RS_START_LOCK,
                        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                        0600);
  if (fd < 0) {
    return RS_SYSTEM;
  }

  if (flock(fd, LOCK_EX | LOCK_NB)) {
    const int error = errno;
    close(fd);
    return (error == EWOULDBLOCK || error == EINTR) ? RS_AGAIN : RS_SYSTEM;
  }

  // Others lock the one that they find, which is another if somebody has
  // removed this one
  struct stat ours;
  struct stat found;
  if (fstat(fd, &ours) ||
      fstatat(search->folder, RS_START_LOCK, &found, AT_SYMLINK_NOFOLLOW) ||
      ours.st_ino != found.st_ino || ours.st_dev != found.st_dev) {
    close(fd);
    return RS_AGAIN;
  }

  search->lock = fd;
  return RS_SUCCESS;
}

void
rs_search_unlock(RsSearch* const search)
{
  if (search->lock >= 0) {
    close(search->lock); // The lock is its open file's
    search->lock = -1;
  }
}

/// Read a small file.  @return false if there is none
static bool
read_text(const int         folder,
          const char* const path,
          char* const       text,
          const size_t      size)
{
  const int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    return false;
  }

  const ssize_t n = read(fd, text, size - 1u);
  close(fd);
  text[n > 0 ? n : 0] = '\0';
  return n > 0;
}

bool
rs_search_find_stopped(const RsSearch* const search, char pid[16])
{
  char path[64];
  char stat[512];
  if (search->folder < 0 ||
      !read_text(search->folder, RS_BRIDGE_LOCK, pid, 16u)) {
    return false;
  }

  pid[strspn(pid, "0123456789")] = '\0';
  snprintf(path, sizeof(path), "/proc/%s/stat", pid);

  // The state follows the name, which may hold anything
  const char* const end = pid[0] && read_text(-1, path, stat, sizeof(stat))
                            ? strrchr(stat, ')')
                            : NULL;
  return end && !strncmp(end, ") T", 3u);
}
