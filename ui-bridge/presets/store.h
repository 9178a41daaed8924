// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The folder of user presets, changed by one process at a time.

       ~/.lv2/NAME-HASH.lv2/…          presets
       ~/.lv2/.ringside-XXXXXX/…       unfinished or leaving, never looked at

   Hosts look for manifests one folder below `~/.lv2`, not two, so nothing in
   the unfinished folder is a preset to them.
*/

#ifndef RINGSIDE_BRIDGE_STORE_H
#define RINGSIDE_BRIDGE_STORE_H

#include <limits.h>
#include <stdbool.h>

typedef struct {
  int  folder;            ///< Open and locked
  char path[PATH_MAX];    ///< Of the folder
  char scratch[PATH_MAX]; ///< The unfinished folder in it
} RsStore;

/**
   Lock the folder, remove what a killed process left, make a scratch folder.

   @return false with errno
*/
bool
rs_store_open(RsStore* store, const char* folder);

/// Remove the scratch folder, let others in.  errno stays
void
rs_store_close(RsStore* store);

/// The name of the bundle of a preset: legible, and unique by a hash
void
rs_store_bundle_name(const char* plugin_name,
                     const char* plugin_uri,
                     const char* label,
                     char        name[NAME_MAX + 1]);

/// Bring a file or folder to disk.  @return false with errno
bool
rs_store_sync(const char* path);

#endif // RINGSIDE_BRIDGE_STORE_H
