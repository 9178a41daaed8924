// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Who has the runtime folder, and which port

#include "ui-bridge/folder.h"

#include "shm/attach.h"
#include "shm/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/// A number in a small file of ours, 0 if there is none
static unsigned long
read_number(const int fd)
{
  char          text[16] = "";
  const ssize_t n        = pread(fd, text, sizeof(text) - 1u, 0);
  if (n <= 0 || text[0] < '0' || text[0] > '9') {
    return 0u;
  }

  return strtoul(text, NULL, 10);
}

/// Whether the file that we locked is still the one that others find.
/// @return #RS_SUCCESS, #RS_AGAIN if it is not, or #RS_SYSTEM with errno
static RsStatus
see_lock(const int folder, const int lock)
{
  struct stat ours;
  struct stat found;

  if (fstat(lock, &ours)) {
    return RS_SYSTEM;
  }

  if (fstatat(folder, RS_BRIDGE_LOCK, &found, AT_SYMLINK_NOFOLLOW)) {
    return errno == ENOENT ? RS_AGAIN : RS_SYSTEM;
  }

  return ours.st_ino == found.st_ino && ours.st_dev == found.st_dev ? RS_SUCCESS
                                                                    : RS_AGAIN;
}

static const char* const sockets[RS_FOLDER_SOCKETS] = {RS_OSC_SOCKET,
                                                       RS_ATTACH_SOCKET};

void
rs_folder_remember(RsFolder* const folder)
{
  for (uint32_t i = 0u; i < RS_FOLDER_SOCKETS; ++i) {
    struct stat found;
    if (!fstatat(folder->fd, sockets[i], &found, AT_SYMLINK_NOFOLLOW)) {
      folder->sockets[i] = (RsFileId){true, found.st_dev, found.st_ino};
    } else if (errno == ENOENT) {
      // It is in another folder that had this path when it was bound
      folder->sockets[i] = (RsFileId){true, 0, 0};
    }
  }
}

/// Whether the file of that name is this one, as far as can be seen
static bool
is_there(const int folder, const char* const file, const RsFileId* const id)
{
  struct stat found;
  if (fstatat(folder, file, &found, AT_SYMLINK_NOFOLLOW)) {
    return errno != ENOENT;
  }

  return found.st_ino == id->inode && found.st_dev == id->device;
}

bool
rs_folder_is_whole(const RsFolder* const folder, const char** const lost)
{
  if (!rs_runtime_is_at(folder->fd, folder->path)) {
    *lost = "";
    return false;
  }

  if (see_lock(folder->fd, folder->lock) == RS_AGAIN) {
    *lost = RS_BRIDGE_LOCK;
    return false;
  }

  for (uint32_t i = 0u; i < RS_FOLDER_SOCKETS; ++i) {
    if (folder->sockets[i].is_known &&
        !is_there(folder->fd, sockets[i], &folder->sockets[i])) {
      *lost = sockets[i];
      return false;
    }
  }

  return true;
}

RsStatus
rs_folder_take(RsFolder* const folder, pid_t* const holder)
{
  folder->lock = -1;
  folder->fd   = rs_runtime_open(true, folder->path, sizeof(folder->path));
  if (folder->fd < 0) {
    return RS_SYSTEM;
  }

  for (;;) {
    const int lock = openat(folder->fd,
                            RS_BRIDGE_LOCK,
                            O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                            0600);
    if (lock < 0) {
      return RS_SYSTEM;
    }

    if (flock(lock, LOCK_EX | LOCK_NB)) {
      const int error = errno;
      *holder         = (pid_t)read_number(lock);
      close(lock);
      errno = error;
      return error == EWOULDBLOCK ? RS_FULL : RS_SYSTEM;
    }

    // A bridge that leaves removes the file while it holds the lock
    const RsStatus seen = see_lock(folder->fd, lock);
    if (!seen) {
      folder->lock = lock;
      break;
    }

    const int error = errno;
    close(lock);
    if (seen != RS_AGAIN) {
      errno = error;
      return seen;
    }
  }

  if (!ftruncate(folder->lock, 0)) {
    dprintf(folder->lock, "%d\n", (int)getpid());
  }

  return RS_SUCCESS;
}

uint16_t
rs_folder_read_port(const RsFolder* const folder)
{
  const int fd =
    openat(folder->fd, RS_PORT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    return 0u;
  }

  const unsigned long port = read_number(fd);
  close(fd);
  return port <= UINT16_MAX ? (uint16_t)port : 0u;
}

bool
rs_folder_write_port(const RsFolder* const folder, const uint16_t port)
{
  // By way of another name, so that nobody ever reads half a number
  static const char temporary[] = RS_PORT_FILE ".new";

  const int fd = openat(folder->fd,
                        temporary,
                        O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                        0600);
  if (fd >= 0) {
    const bool is_written = dprintf(fd, "%u\n", port) > 0;
    const int  error      = errno;
    close(fd);
    errno = error;
    if (is_written &&
        !renameat(folder->fd, temporary, folder->fd, RS_PORT_FILE)) {
      return true;
    }
  }

  // The number that is there is not ours, and would mislead
  const int error = errno;
  rs_folder_remove(folder, temporary);
  rs_folder_remove(folder, RS_PORT_FILE);
  errno = error;
  return false;
}

bool
rs_folder_has_port(const RsFolder* const folder)
{
  struct stat found;
  return !fstatat(folder->fd, RS_PORT_FILE, &found, AT_SYMLINK_NOFOLLOW) ||
         errno != ENOENT;
}

void
rs_folder_part(RsFolder* const folder,
               const bool      keeps_port,
               const uint16_t  port)
{
  if (folder->lock < 0 || see_lock(folder->fd, folder->lock) != RS_AGAIN) {
    return;
  }

  folder->is_others = true;
  if (keeps_port) {
    // A successor that has a port of its own has said so
    const int fd = openat(folder->fd,
                          RS_PORT_FILE,
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                          0600);
    if (fd >= 0) {
      dprintf(fd, "%u\n", port);
      close(fd);
    }
  }
}

void
rs_folder_remove(const RsFolder* const folder, const char* const file)
{
  if (!folder->is_others) {
    (void)unlinkat(folder->fd, file, 0);
  }
}

void
rs_folder_leave(RsFolder* const folder)
{
  if (folder->lock >= 0) {
    rs_folder_remove(folder, RS_BRIDGE_LOCK);
    close(folder->lock);
    folder->lock = -1;
  }

  if (folder->fd >= 0) {
    close(folder->fd);
    folder->fd = -1;
  }
}
