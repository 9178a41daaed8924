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

#include <stdbool.h>
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

/// Accept the peer as instance 1 of process 77, with the name that it wishes
/// and preset 7, "Before", in effect
RsInstance*
instance_rig_greet(InstanceRig* rig, const char* wanted, bool is_renewed);

/// Open, and greet a peer without a wish.  @return 0 if that could be done
int
instance_rig_meet(InstanceRig* rig);

#endif // RINGSIDE_TESTS_UNIT_INSTANCE_RIG_H
