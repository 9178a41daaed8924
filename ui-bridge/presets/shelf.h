// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets of one plugin in memory: a bounded array that owns their values

#ifndef RINGSIDE_BRIDGE_SHELF_H
#define RINGSIDE_BRIDGE_SHELF_H

#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/presets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// All zeros is an empty one
typedef struct {
  RsPreset* presets;
  uint32_t  count; ///< At most RS_PRESETS_MAX
  size_t    bytes; ///< At most RS_PRESETS_BYTES_MAX
} RsShelf;

void
rs_shelf_clear(RsShelf* shelf);

/// Put one at the end, whose values are then the shelf's.  @return false if it
/// is full, or without memory
bool
rs_shelf_append(RsShelf* shelf, RsPreset preset);

/// Put a copy of a checked packet at the end
bool
rs_shelf_append_packet(RsShelf* shelf, const RsPresetPacket* packet);

/// By label, of the same label the user's own first, then by URI
void
rs_shelf_sort(RsShelf* shelf);

/// Take one out: by URI if there is one, else the user's own of that label
void
rs_shelf_take_out(RsShelf* shelf, const char* uri, const char* label);

#endif // RINGSIDE_BRIDGE_SHELF_H
