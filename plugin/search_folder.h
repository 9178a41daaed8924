// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The runtime folder, as the search for a bridge uses it: the lock of those who
   may start one, and who keeps the folder without serving it.

   All functions are for the link thread.
*/

#ifndef RINGSIDE_PLUGIN_SEARCH_FOLDER_H
#define RINGSIDE_PLUGIN_SEARCH_FOLDER_H

#include "plugin/search.h"
#include "shm/status.h"

#include <stdbool.h>

/// A lock that is ours stays
void
rs_search_close_folder(RsSearch* search);

/// Take the start lock, in the open folder.
/// @return #RS_SUCCESS, #RS_AGAIN if another process has it, or #RS_SYSTEM
RS_NODISCARD RsStatus
rs_search_lock(RsSearch* search);

void
rs_search_unlock(RsSearch* search);

/// The process that has the runtime folder, in decimal, if it is stopped: one
/// that somebody started by hand, since we end those that hosts start
bool
rs_search_find_stopped(const RsSearch* search, char pid[16]);

#endif // RINGSIDE_PLUGIN_SEARCH_FOLDER_H
