// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What world.c and world_presets.c share

#ifndef RINGSIDE_BRIDGE_WORLD_INSIDE_H
#define RINGSIDE_BRIDGE_WORLD_INSIDE_H

#include "ui-bridge/presets/world.h"

/// Tell the keeper where we are, for the case that we do not come back
void
rs_world_mark(const RsKeeperJob* job, const char* bundle);

/// Whether an earlier try did not come back from there
bool
rs_world_is_left_out(const RsKeeperJob* job, const char* bundle);

/// A plain file of a size that a person could have meant
bool
rs_world_is_sane_file(const char* path);

/// Read the manifest of a bundle, if it has one.  `path` has no end slash
void
rs_world_load_bundle(const RsKeeperJob* job, LilvWorld* lilv, const char* path);

RsWords
rs_world_new_words(LilvWorld* lilv);

/// Let the values of our plugin's own state win over those of the ports.
/// @return false if they are too many
bool
rs_world_take_state(RsUrids* urids, const LilvState* state, RsFound* found);

#endif // RINGSIDE_BRIDGE_WORLD_INSIDE_H
