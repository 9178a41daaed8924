// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A child of the keeper: all presets of one plugin

#include "ui-bridge/presets/jobs.h"

#include "ui-bridge/presets/world.h"

#include <stdlib.h>
#include <string.h>

/// All that was found.  Nothing is sent before everything has been read, so
/// that the keeper can run this again if a file crashes the parser
typedef struct {
  size_t          bytes;
  uint32_t        count;
  RsPresetPacket* packets[RS_PRESETS_MAX];
  uint32_t        n_values[RS_PRESETS_MAX];
} List;

static bool
keep_one(void* const context, RsFound* const found)
{
  List* const  list = (List*)context;
  const size_t size = rs_packet_size(RS_PACKET_PRESET, found->n_values);
  RsPresetPacket* const copy = (RsPresetPacket*)malloc(size);
  if (!copy || list->count == RS_PRESETS_MAX ||
      list->bytes + size > RS_PRESETS_BYTES_MAX) {
    free(copy);
    return false;
  }

  memcpy(copy, found->packet, size);
  list->packets[list->count]    = copy;
  list->n_values[list->count++] = found->n_values;
  list->bytes += size;
  return true;
}

void
rs_job_list(const RsKeeperJob* const job)
{
  static List list;

  RsWorld* const world = rs_world_open(job);
  if (!world) {
    rs_keeper_done(job, 503, "presets are unavailable: out of memory");
    return;
  }

  rs_world_each(world, job->packet->plugin_uri, keep_one, &list);
  for (uint32_t i = 0u; i < list.count; ++i) {
    if (rs_keeper_send(job, list.packets[i], list.n_values[i])) {
      return;
    }
  }
  rs_keeper_done(job, 0, "%s", "");
}
