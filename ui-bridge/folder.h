// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge's hold on the runtime folder: its lock, and the port file.

   Whoever looks for a bridge looks at the path.  A folder that was moved away,
   or a lock or socket in it that was removed, is therefore lost for us, though
   what we hold open of it goes on.  Without the lock, others may have the
   folder already: nothing is removed from it then, nor replaced.
*/

#ifndef RINGSIDE_BRIDGE_FOLDER_H
#define RINGSIDE_BRIDGE_FOLDER_H

#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// Sockets of ours that others look for in it
#define RS_FOLDER_SOCKETS 2u

/// A file, whatever its name.  As long as we hold it open, no other gets this
typedef struct {
  bool  is_known;
  dev_t device;
  ino_t inode; ///< 0: it was not there
} RsFileId;

typedef struct {
  int      fd;        ///< O_PATH
  int      lock;      ///< Of bridge.lock, held for life
  bool     is_others; ///< bridge.lock is not ours any more
  RsFileId sockets[RS_FOLDER_SOCKETS];
  char     path[512];
} RsFolder;

/**
   Open or make the folder and take the lock.

   @param holder receives the pid of the bridge that has it, or 0
   @return #RS_SUCCESS, #RS_FULL if another bridge has the lock, #RS_SYSTEM
   with errno
*/
RS_NODISCARD RsStatus
rs_folder_take(RsFolder* folder, pid_t* holder);

/// Remember our sockets, as soon as all of them are there
void
rs_folder_remember(RsFolder* folder);

/**
   Look whether others still find us: folder, lock and sockets.

   @param lost receives which of its files is not there, or not ours; "" if it
   is the folder.  What cannot be looked at is not lost.
   @return true if all is as it was
*/
bool
rs_folder_is_whole(const RsFolder* folder, const char** lost);

/// The port of whoever had the folder before us, 0 if that is not known
uint16_t
rs_folder_read_port(const RsFolder* folder);

/// @return false with errno; then there is no port file
bool
rs_folder_write_port(const RsFolder* folder, uint16_t port);

/// Whether there is a port file, as far as can be seen
bool
rs_folder_has_port(const RsFolder* folder);

/// Before anything is removed: see whose the folder is.  If it is not ours, the
/// port is left to a successor in it that has not got one yet, if `keeps_port`
void
rs_folder_part(RsFolder* folder, bool keeps_port, uint16_t port);

/// Only while the folder is ours
void
rs_folder_remove(const RsFolder* folder, const char* file);

/// Remove the lock file and let go
void
rs_folder_leave(RsFolder* folder);

#endif // RINGSIDE_BRIDGE_FOLDER_H
