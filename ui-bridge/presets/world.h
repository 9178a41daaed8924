// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What lilv knows of the installed bundles, as the keeper's children see it.

   Only manifests are read at first: that takes a tenth of the time of
   lilv_world_load_all().  All content is foreign: sizes, texts and numbers are
   checked before anything is said about them.

   A preset is the user's, to be replaced or deleted, if it is alone in its
   bundle and the bundle lies in the folder where presets are saved.  Anything
   else is a factory preset: in particular those in a plugin's own bundle,
   which may well lie in that folder too.
*/

#ifndef RINGSIDE_BRIDGE_WORLD_H
#define RINGSIDE_BRIDGE_WORLD_H

#include "ui-bridge/presets/folders.h"
#include "ui-bridge/presets/keeper.h"

#include <lilv/lilv.h>
#include <lv2/urid/urid.h>

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define RS_URIDS_MAX 4096u

/// The words we look for
typedef struct {
  LilvNode* applies_to;
  LilvNode* preset;
  LilvNode* type;
  LilvNode* see_also;
} RsWords;

/// URIs that lilv wants as numbers; they mean nothing outside this process
typedef struct {
  uint32_t       count;
  char*          uris[RS_URIDS_MAX];
  LV2_URID_Map   map;
  LV2_URID_Unmap unmap;
} RsUrids;

typedef struct {
  const RsKeeperJob* job;
  LilvWorld*         lilv;
  RsWords            words;
  RsUrids            urids;
  RsFolders          folders;
  bool               has_user;
  char               user[PATH_MAX]; ///< Where presets are saved, if `has_user`

  // Files of presets that were read, so that one file of many is not a failure
  uint32_t n_files;
  char*    files[RS_PRESETS_MAX];
} RsWorld;

/// One preset that applies to the plugin and is whole
typedef struct {
  RsPresetPacket* packet; ///< Label, URI, origin, values; room for the most
  uint32_t        n_values;
  char            bundle[PATH_MAX]; ///< Of a user preset, no slash at the end
  char            file[PATH_MAX];   ///< Of a user preset: its own TTL
} RsFound;

/// Called for each.  @return false to stop
typedef bool (*RsFoundFunction)(void* context, RsFound* found);

/// Read all manifests.  @return NULL without memory
RsWorld*
rs_world_open(const RsKeeperJob* job);

/// All presets of the plugin that can be offered, in no order
void
rs_world_each(RsWorld*        world,
              const char*     plugin_uri,
              RsFoundFunction function,
              void*           context);

/// Which presets have the label of the job already
typedef struct {
  bool has_factory;      ///< One that is not ours to touch
  char bundle[PATH_MAX]; ///< Of the user's own, or ""; of several the one that
                         ///< comes first by its URI
  char file[PATH_MAX];   ///< Its TTL
  char uri[512];
} RsTaken;

void
rs_world_find_label(RsWorld* world, RsTaken* taken);

/// The plugin, its own TTL read, or NULL if it is in none of the folders
const LilvPlugin*
rs_world_plugin(RsWorld* world, const char* plugin_uri);

/// The one preset of a bundle, whatever its place, or false
bool
rs_world_read_bundle(RsWorld*    world,
                     const char* bundle,
                     const char* plugin_uri,
                     RsFound*    found);

/// Room for the largest preset.  @return false without memory
bool
rs_found_init(RsFound* found);

#endif // RINGSIDE_BRIDGE_WORLD_H
