// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The runtime folder, where plugins, bridge and client of one user meet.

   `RINGSIDE_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/ringside`, else
   `/tmp/ringside-UID`; mode 0700, ours, not a link.
*/

#ifndef RINGSIDE_SHM_RUNTIME_H
#define RINGSIDE_SHM_RUNTIME_H

#include "shm/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/**
   Where the folder is, made or not; reads the environment.

   @return #RS_TOO_LARGE if `path` has no room for it
*/
RS_NODISCARD RsStatus
rs_runtime_path(char* path, size_t path_size);

/**
   Open the folder at `path`, after making it if `create`; reads no environment.

   @return as rs_runtime_open()
*/
int
rs_runtime_open_at(const char* path, bool create);

/**
   Open the folder, after making it if `create`.

   @param path receives its path, for messages
   @return a descriptor (O_PATH | O_CLOEXEC | O_DIRECTORY), or -1 with errno;
   EPERM if it belongs to somebody else or others may enter it.
*/
int
rs_runtime_open(bool create, char* path, size_t path_size);

/**
   Whether `path` still leads to the folder that was opened.

   @return false only if it surely leads elsewhere, or nowhere
*/
bool
rs_runtime_is_at(int folder, const char* path);

/**
   The address of a socket in the folder.  A path that is too long for a socket
   address goes by way of /proc/self/fd, so `folder` must stay open meanwhile.
*/
RS_NODISCARD RsStatus
rs_runtime_address(int                 folder,
                   const char*         path,
                   const char*         file,
                   struct sockaddr_un* address,
                   socklen_t*          length);

#endif // RINGSIDE_SHM_RUNTIME_H
