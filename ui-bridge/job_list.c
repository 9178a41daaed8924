// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A child of the keeper: all presets of one plugin

#include "ui-bridge/jobs.h"

#include "ui-bridge/world.h"

typedef struct {
  const RsJob* job;
  size_t       bytes;
} List;

static bool
send_one(void* const context, RsFound* const found)
{
  List* const list = (List*)context;

  list->bytes += rs_packet_size(RS_PACKET_PRESET, found->n_values);

  return list->bytes <= RS_PRESETS_BYTES_MAX &&
         !rs_job_send(list->job, found->packet, found->n_values);
}

void
rs_job_list(const RsJob* const job)
{
  RsWorld* const world = rs_world_open(job);
  List           list  = {job, 0u};
  if (!world) {
    rs_job_done(job, 503, "presets are unavailable: out of memory");
    return;
  }

  rs_world_each(world, job->packet->plugin_uri, send_one, &list);
  rs_job_done(job, 0, "%s", "");
}
