// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A child of the keeper: removes a user preset

#include "ui-bridge/presets/jobs.h"

#include "ui-bridge/presets/store.h"
#include "ui-bridge/presets/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/// With the folder locked, or without a folder, so without a user preset
static void
remove_from(const RsKeeperJob* const job, RsStore* const store)
{
  RsWorld* const world = rs_world_open(job);
  RsTaken        taken;
  if (!world) {
    rs_keeper_done(job, 503, "presets are unavailable: out of memory");
    return;
  }

  rs_world_find_label(world, &taken);
  const bool is_there = store && taken.bundle[0];
  if (!is_there && taken.has_factory) {
    rs_keeper_done(job,
                   409,
                   "\"%s\" is a factory preset; only user presets are deleted",
                   job->packet->label);
    return;
  }

  if (!is_there) {
    rs_keeper_done(
      job,
      404,
      "there is no preset called \"%s\"; /NAME/preset/list names all",
      job->packet->label);
    return;
  }

  // Gone in one step for all who look; what takes time follows out of sight
  char away[PATH_MAX + 8];
  snprintf(away, sizeof(away), "%s/away", store->scratch);
  if (!rename(taken.bundle, away) && rs_store_sync(store->path)) {
    rs_keeper_done(job, 0, "%s", "");
  } else {
    rs_keeper_done(job,
                   503,
                   "the preset could not be removed from %.150s: %s",
                   store->path,
                   strerror(errno));
  }
}

void
rs_job_remove(const RsKeeperJob* const job)
{
  static RsFolders folders;
  char             user[PATH_MAX];
  RsStore          store;

  rs_folders_get(&folders);
  if (!rs_folders_user(&folders, user)) {
    rs_keeper_done(job, 503, "no folder of LV2_PATH can be written to");
  } else if (rs_store_open(&store, user)) {
    remove_from(job, &store);
    rs_store_close(&store);
  } else if (errno == ENOENT) {
    remove_from(job, NULL);
  } else {
    rs_keeper_done(job,
                   503,
                   "nothing can be removed from %.150s: %s",
                   user,
                   strerror(errno));
  }
}
