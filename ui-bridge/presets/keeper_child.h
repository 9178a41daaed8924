// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A child of the keeper, from fork() to its end

#ifndef RINGSIDE_BRIDGE_KEEPER_CHILD_H
#define RINGSIDE_BRIDGE_KEEPER_CHILD_H

#include "ui-bridge/presets/keeper.h"

#include <sys/types.h>

/**
   Be the child: give up what is not needed, do the job, end.

   @param job its socket is moved, its log is made
   @param keeper our parent; without it, there is nothing to do
   @param sandbox what the keeper has given up
*/
_Noreturn void
rs_keeper_child(const RsKeeperJobs* table,
                RsKeeperJob         job,
                pid_t               keeper,
                const RsSandbox*    sandbox);

#endif // RINGSIDE_BRIDGE_KEEPER_CHILD_H
