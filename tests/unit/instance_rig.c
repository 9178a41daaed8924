// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// An instance of the bridge, around segments of this program

#include "tests/unit/instance_rig.h"

#include "tests/unit/check.h"

#include "shm/segment.h"
#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
instance_rig_open(InstanceRig* const rig, const int64_t now_ns)
{
  memset(rig, 0, sizeof(*rig));
  rig->list.now_ns = now_ns;
  return peer_make(&rig->peer) ? 0 : -1;
}

void
instance_rig_close(InstanceRig* const rig)
{
  rs_instance_list_free(&rig->list);
  peer_close(&rig->peer);
}

RsInstance*
instance_rig_accept(InstanceRig* const rig, RsInstancePlan plan)
{
  assert_int_equal(rs_segments_accept(&plan.segments,
                                      dup(rig->peer.segments.commands_fd),
                                      dup(rig->peer.segments.telemetry_fd),
                                      &plan.identity,
                                      &plan.parameters,
                                      &plan.points),
                   RS_SUCCESS);

  RsInstance* const made = rs_instance_new(&rig->list, &plan);
  if (!made) {
    rs_segments_close(&plan.segments);
    free(plan.parameters);
    free(plan.points);
  }

  return made;
}

RsInstance*
instance_rig_greet(InstanceRig* const rig,
                   const char* const  wanted,
                   const bool         is_renewed)
{
  return instance_rig_accept(
    rig,
    (RsInstancePlan){.socket        = dup(rig->peer.bridge_socket),
                     .wanted        = wanted,
                     .number        = 1u,
                     .pid           = 77u,
                     .is_renewed    = is_renewed,
                     .preset_serial = 7u,
                     .preset_label  = "Before"});
}

int
instance_rig_meet(InstanceRig* const rig)
{
  if (instance_rig_open(rig, 1000000000)) {
    return -1;
  }

  rig->instance = instance_rig_greet(rig, "", false);
  return rig->instance ? 0 : -1;
}
