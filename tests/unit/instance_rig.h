// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   An instance of the bridge, around segments whose other end is in this
   program.  One thread.
*/

#ifndef RINGSIDE_TESTS_UNIT_INSTANCE_RIG_H
#define RINGSIDE_TESTS_UNIT_INSTANCE_RIG_H

#include "tests/lib/peer.h"
#include "ui-bridge/instances/instance_inside.h"

#include <stdint.h>

typedef struct {
  RsInstances  list;
  PeerInstance peer;     ///< The plugin's side
  RsInstance*  instance; ///< The bridge's, of the list
} InstanceRig;

/// An empty list, and a peer that is not yet known; the time is `now_ns`.
/// @return 0 if that could be made
int
instance_rig_open(InstanceRig* rig, int64_t now_ns);

void
instance_rig_close(InstanceRig* rig);

/// Accept the peer's segments as hosts_attach.c does, the rest of the plan as
/// it stands.  @return NULL if there is no room, and all of it was freed then
RsInstance*
instance_rig_accept(InstanceRig* rig, RsInstancePlan plan);

#endif // RINGSIDE_TESTS_UNIT_INSTANCE_RIG_H
