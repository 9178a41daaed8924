// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Presets as the bridge knows them: read by the keeper's children when an
   instance appears and when files change, kept here, recalled from here.
*/

#ifndef RINGSIDE_BRIDGE_PRESETS_H
#define RINGSIDE_BRIDGE_PRESETS_H

#include "shm/attach.h"
#include "shm/status.h"
#include "ui-bridge/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct RsBridgeImpl  RsBridge;
typedef struct RsPresetsImpl RsPresets;

typedef struct {
  char  symbol[64];
  float value;
} RsPresetValue;

typedef struct {
  char           label[RS_LABEL_MAX + 4u]; ///< Longer labels are not offered
  char           uri[512];
  bool           is_factory;
  uint32_t       n_values;
  RsPresetValue* values;
} RsPreset;

/// The presets of one plugin, sorted by label (bytes of UTF-8)
typedef struct {
  const RsPreset* presets;
  uint32_t        count;
  bool            is_loaded; ///< False: not read yet, or presets unavailable
} RsPresetList;

/// @param keeper_socket the bridge's end of the socketpair to the keeper
RsPresets*
rs_presets_new(RsBridge* bridge, int keeper_socket);

void
rs_presets_free(RsPresets* presets);

/// What is known now; valid until the next call of rs_presets_dispatch()
RsPresetList
rs_presets_list(RsPresets* presets, const char* plugin_uri);

/// An instance of this plugin appeared: read its presets if not yet known
void
rs_presets_want(RsPresets* presets, const char* plugin_uri);

/// The outcome of a job; called from rs_presets_dispatch() or _tick(), or at
/// once if that much is known at once
typedef void (*RsPresetDone)(void*       context,
                             int         code, ///< 0, or as of HTTP: 503 …
                             const char* sentence);

/**
   Call `done` once the list is read (at once if it is), or could not be within
   200 ms (code 503).
*/
void
rs_presets_when_ready(RsPresets*   presets,
                      const char*  plugin_uri,
                      RsPresetDone done,
                      void*        context);

/// Save as a user preset; `values` are copied
void
rs_presets_save(RsPresets*           presets,
                const char*          plugin_uri,
                const char*          label,
                const RsPresetValue* values,
                uint32_t             n_values,
                RsPresetDone         done,
                void*                context);

void
rs_presets_delete(RsPresets*   presets,
                  const char*  plugin_uri,
                  const char*  label,
                  RsPresetDone done,
                  void*        context);

/// The keeper's socket is readable, or closed
void
rs_presets_dispatch(RsPresets* presets);

/// Time passes: jobs that take too long fail.  @return when to call again
int64_t
rs_presets_tick(RsPresets* presets, int64_t now_ns);

/**
   The keeper: fork it before any socket is opened.  Forks one child for each
   job, which runs lilv and exits.

   @return the bridge's end of the socketpair, or -1: presets are unavailable
*/
int
rs_keeper_start(void);

/// What the keeper and its children have given up; nothing until it has begun
void
rs_keeper_sandbox(RsSandbox* sandbox);

#endif // RINGSIDE_BRIDGE_PRESETS_H
