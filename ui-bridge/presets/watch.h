// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Notices that files of presets changed, without ever reading one.

   Watches the folders of LV2_PATH and the bundles in them with inotify.  Our
   own unfinished bundles are passed over.
*/

#ifndef RINGSIDE_BRIDGE_WATCH_H
#define RINGSIDE_BRIDGE_WATCH_H

#include <stdbool.h>

typedef struct RsFolderWatchImpl RsFolderWatch;

/// @return NULL if the kernel gives none: then nothing is ever noticed
RsFolderWatch*
rs_watch_new(void);

void
rs_watch_free(RsFolderWatch* watch);

/// Readable when something happened; -1 if `watch` is NULL
int
rs_watch_descriptor(const RsFolderWatch* watch);

/// Watch what is new.  Cheap enough for after each change
void
rs_watch_refresh(RsFolderWatch* watch);

/// Take all that was noticed.  @return true if presets may have changed
bool
rs_watch_drain(RsFolderWatch* watch);

#endif // RINGSIDE_BRIDGE_WATCH_H
