// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge's hold on the runtime folder: its lock, and the port file.
*/

#ifndef RINGSIDE_BRIDGE_FOLDER_H
#define RINGSIDE_BRIDGE_FOLDER_H

#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
  int  fd;   ///< O_PATH
  int  lock; ///< Of bridge.lock, held for life
  char path[512];
} RsFolder;

/**
   Open or make the folder and take the lock.

   @param holder receives the pid of the bridge that has it, or 0
   @return #RS_SUCCESS, #RS_FULL if another bridge has the lock, #RS_SYSTEM
   with errno
*/
RS_NODISCARD RsStatus
rs_folder_take(RsFolder* folder, pid_t* holder);

/// The port of whoever had the folder before us, 0 if that is not known
uint16_t
rs_folder_read_port(const RsFolder* folder);

/// @return false with errno; then there is no port file
bool
rs_folder_write_port(const RsFolder* folder, uint16_t port);

void
rs_folder_remove(const RsFolder* folder, const char* file);

/// Remove the lock file and let go
void
rs_folder_leave(RsFolder* folder);

#endif // RINGSIDE_BRIDGE_FOLDER_H
