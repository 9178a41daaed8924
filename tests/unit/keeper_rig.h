// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A keeper without a bridge, whose children crash, hang and lie: each does what
   the plugin of its job is called.  One thread.
*/

#ifndef RINGSIDE_TESTS_UNIT_KEEPER_RIG_H
#define RINGSIDE_TESTS_UNIT_KEEPER_RIG_H

#include "ui-bridge/presets/keeper.h"

#include <stddef.h>
#include <stdint.h>

/// How long anything is waited for
#define KEEPER_RIG_PATIENCE_MS 60000

/// @return the socket to the keeper
int
keeper_rig_start(void);

/// Send a job to the keeper, with a plugin's URI for what its child is to do
void
keeper_rig_ask(int keeper, uint32_t id, const char* uri);

/// The next packet that is no notice of changed files.  @return its size
size_t
keeper_rig_receive(int keeper, RsPacket* packet);

/// Run a job to its end.  @return its code, `n_presets` counts what came
int
keeper_rig_run(int         keeper,
               uint32_t    id,
               const char* uri,
               unsigned*   n_presets,
               char        sentence[256]);

/// Process ids of the children of a process.  @return how many, at most `max`
int
keeper_rig_children(int pid, int* ids, int max);

/// A teardown: what a test that failed left behind is not in the way of the
/// next
int
keeper_rig_end_all(void** state);

#endif // RINGSIDE_TESTS_UNIT_KEEPER_RIG_H
