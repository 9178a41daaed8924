// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Where bundles are: the folders of LV2_PATH, as lilv sees them, and the one
   among them where presets are saved.
*/

#ifndef RINGSIDE_BRIDGE_FOLDERS_H
#define RINGSIDE_BRIDGE_FOLDERS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/// Most folders of LV2_PATH that are looked at
#define RS_FOLDERS_MAX 32u

/// What our unfinished bundles lie in: hosts look one level less deep
#define RS_UNFINISHED_PREFIX ".ringside-"

/// Absolute paths without a slash at the end, in the order of LV2_PATH
typedef struct {
  uint32_t count;
  char     paths[RS_FOLDERS_MAX][PATH_MAX];
} RsFolders;

/// Read LV2_PATH, or take lilv's default.  Folders may not exist
void
rs_folders_get(RsFolders* folders);

/**
   Where presets are saved: `~/.lv2` if LV2_PATH is unset or has it, and it is
   there or can be made, else the first folder of LV2_PATH that can be written.
   Nothing is made here.

   @return false if there is none
*/
bool
rs_folders_user(const RsFolders* folders, char path[PATH_MAX]);

/// The same to save into, so `~/.lv2` is made if need be
bool
rs_folders_make_user(const RsFolders* folders, char path[PATH_MAX]);

#endif // RINGSIDE_BRIDGE_FOLDERS_H
