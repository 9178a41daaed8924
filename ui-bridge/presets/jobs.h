// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the keeper's children do, each in a process of its own that exits
   afterwards: nothing is freed for the sake of it.
*/

#ifndef RINGSIDE_BRIDGE_JOBS_H
#define RINGSIDE_BRIDGE_JOBS_H

#include "ui-bridge/presets/keeper.h"

void
rs_job_list(const RsKeeperJob* job);

/**
   Save as an LV2 preset bundle.

   The bundle is written in a folder of its own, where no host looks, read
   again to see that it is whole, brought to disk and then renamed, so that at
   any moment there is the old preset or the new one.
*/
void
rs_job_save(const RsKeeperJob* job);

/// Remove a user preset, bundle and all
void
rs_job_remove(const RsKeeperJob* job);

#endif // RINGSIDE_BRIDGE_JOBS_H
