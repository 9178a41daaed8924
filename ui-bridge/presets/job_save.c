// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A child of the keeper: saves a preset

#include "ui-bridge/presets/jobs.h"

#include "ui-bridge/presets/store.h"
#include "ui-bridge/presets/world.h"

#include <lv2/atom/atom.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/// lilv writes 8 digits after the point
#define VALUE_TOLERANCE 1e-6

#define PRESET_FILE "preset.ttl"

typedef struct {
  const RsJobPacket* packet;
  RsUrids*           urids;
  uint32_t           n_taken; ///< Values that the plugin's TTL has a port for
} Source;

/// What lilv asks for each port: the value that is to be saved
static const void*
get_value(const char* const symbol,
          void* const       context,
          uint32_t* const   size,
          uint32_t* const   type)
{
  Source* const       source = (Source*)context;
  LV2_URID_Map* const map    = &source->urids->map;

  for (uint32_t i = 0u; i < source->packet->head.n_values; ++i) {
    if (!strcmp(source->packet->values[i].symbol, symbol)) {
      *size = sizeof(float);
      *type = map->map(map->handle, LV2_ATOM__Float);
      ++source->n_taken;
      return &source->packet->values[i].value;
    }
  }

  *size = 0u;
  *type = 0u;
  return NULL;
}

static const void*
no_extension(const char* const uri)
{
  (void)uri;
  return NULL;
}

/// Write a bundle with lilv.  There is no instance, so lilv gets an empty one
static bool
write_bundle(RsWorld* const          world,
             const LilvPlugin* const plugin,
             const char* const       bundle,
             const char* const       file,
             uint32_t* const         n_written)
{
  static const LV2_Descriptor descriptor = {.extension_data = no_extension};

  LilvInstance instance = {.lv2_descriptor = &descriptor};
  Source       source   = {world->job->packet, &world->urids, 0u};

  lilv_plugin_get_num_ports(plugin); // Or lilv sees no ports
  LilvState* const state = lilv_state_new_from_instance(plugin,
                                                        &instance,
                                                        &world->urids.map,
                                                        NULL,
                                                        NULL,
                                                        NULL,
                                                        NULL,
                                                        get_value,
                                                        &source,
                                                        0u,
                                                        NULL);
  if (!state) {
    return false;
  }

  lilv_state_set_label(state, world->job->packet->label);
  const int status = lilv_state_save(world->lilv,
                                     &world->urids.map,
                                     &world->urids.unmap,
                                     state,
                                     NULL,
                                     bundle,
                                     file);
  lilv_state_free(state);
  *n_written = source.n_taken;
  return !status;
}

/// lilv reports neither a full disk nor what it cannot write: look what is
/// there
static bool
is_whole(const RsJobPacket* const packet,
         const RsFound* const     found,
         const uint32_t           n_written)
{
  if (strcmp(found->packet->label, packet->label) ||
      found->n_values != n_written) {
    return false;
  }

  for (uint32_t i = 0u; i < found->n_values; ++i) {
    const RsPresetValue* const got   = &found->packet->values[i];
    bool                       is_in = false;
    for (uint32_t j = 0u; j < packet->head.n_values && !is_in; ++j) {
      const RsPresetValue* const wanted = &packet->values[j];
      const double               tolerance =
        VALUE_TOLERANCE * fmax(1.0, fabs((double)wanted->value));
      is_in = !strcmp(got->symbol, wanted->symbol) &&
              fabs((double)got->value - (double)wanted->value) <= tolerance;
    }
    if (!is_in) {
      return false;
    }
  }

  return true;
}

/// Put the bundle in its place.  @return false with errno
static bool
put_in_place(const RsStore* const store,
             const char* const    fresh,
             const char* const    target)
{
  struct stat status;
  char        aside[PATH_MAX + 8];

  // What lies there is damaged, or it had been found as a preset
  snprintf(aside, sizeof(aside), "%s/aside", store->scratch);
  if (!lstat(target, &status) && rename(target, aside)) {
    return false;
  }

  return !rename(fresh, target) && rs_store_sync(store->path);
}

/// Replace just the TTL, in one step; the manifest stays as it is
static bool
replace_file(const char* const fresh, const char* const target)
{
  char folder[PATH_MAX];
  snprintf(folder, sizeof(folder), "%s", target);
  char* const slash = strrchr(folder, '/');
  if (slash) {
    *slash = '\0';
  }

  return !rename(fresh, target) && rs_store_sync(folder);
}

static void
save(RsWorld* const          world,
     const LilvPlugin* const plugin,
     const RsTaken* const    taken,
     RsStore* const          store)
{
  const RsKeeperJob* const job       = world->job;
  const RsJobPacket* const packet    = job->packet;
  RsFound                  found     = {0};
  uint32_t                 n_written = 0u;
  char                     fresh[PATH_MAX + 16];
  char                     file[PATH_MAX + 32];
  char                     manifest[PATH_MAX + 32];

  snprintf(fresh, sizeof(fresh), "%s/fresh.lv2", store->scratch);
  snprintf(file, sizeof(file), "%s/%s", fresh, PRESET_FILE);
  snprintf(manifest, sizeof(manifest), "%s/manifest.ttl", fresh);

  // mkdtemp() made the scratch folder private, the bundle is as umask says
  if (mkdir(fresh, 0777) || !rs_found_init(&found) ||
      !write_bundle(world, plugin, fresh, PRESET_FILE, &n_written) ||
      !rs_world_read_bundle(world, fresh, packet->plugin_uri, &found) ||
      !is_whole(packet, &found, n_written) || !rs_store_sync(file) ||
      !rs_store_sync(manifest) || !rs_store_sync(fresh)) {
    rs_keeper_done(
      job,
      503,
      "the preset could not be written to %.150s; is the disk full?",
      store->path);
    return;
  }

  bool is_done = false;
  if (taken->bundle[0]) {
    memcpy(found.packet->uri, taken->uri, sizeof(found.packet->uri));
    is_done = replace_file(file, taken->file);
  } else {
    LilvNode* const name = lilv_plugin_get_name(plugin);
    char            bundle[NAME_MAX + 1];
    char            target[PATH_MAX + NAME_MAX + 2];
    char            final[PATH_MAX + NAME_MAX + 32];
    rs_store_bundle_name(name ? lilv_node_as_string(name) : "plugin",
                         packet->plugin_uri,
                         packet->label,
                         bundle);
    snprintf(target, sizeof(target), "%s/%s", store->path, bundle);
    snprintf(final, sizeof(final), "%s/%s", target, PRESET_FILE);

    LilvNode* const uri = lilv_new_file_uri(world->lilv, NULL, final);
    if (strlen(lilv_node_as_uri(uri)) >= sizeof(found.packet->uri)) {
      rs_keeper_done(job, 503, "the path of the preset would be too long");
      return;
    }
    snprintf(found.packet->uri,
             sizeof(found.packet->uri),
             "%s",
             lilv_node_as_uri(uri));
    is_done = put_in_place(store, fresh, target);
  }

  if (!is_done) {
    rs_keeper_done(job,
                   503,
                   "the preset could not be put into %.150s: %s",
                   store->path,
                   strerror(errno));
    return;
  }

  found.packet->is_factory = 0u;
  rs_keeper_send(job, found.packet, found.n_values);
  rs_keeper_done(job, 0, "%s", "");
}

/// With the folder locked
static void
save_into(const RsKeeperJob* const job, RsStore* const store)
{
  RsWorld* const world = rs_world_open(job);
  RsTaken        taken;
  if (!world) {
    rs_keeper_done(job, 503, "presets are unavailable: out of memory");
    return;
  }

  const LilvPlugin* const plugin =
    rs_world_plugin(world, job->packet->plugin_uri);
  if (!plugin) {
    rs_keeper_done(
      job, 503, "the plugin is in no folder of LV2_PATH, so lilv cannot save");
    return;
  }

  rs_world_find_label(world, &taken);
  if (taken.has_factory) {
    rs_keeper_done(job,
                   409,
                   "a factory preset is called \"%s\"; choose another label",
                   job->packet->label);
  } else {
    save(world, plugin, &taken, store);
  }
}

void
rs_job_save(const RsKeeperJob* const job)
{
  static RsFolders folders;
  char             user[PATH_MAX];
  RsStore          store;

  rs_folders_get(&folders);
  if (!rs_folders_make_user(&folders, user)) {
    rs_keeper_done(job, 503, "no folder of LV2_PATH can be written to");
  } else if (!rs_store_open(&store, user)) {
    rs_keeper_done(job,
                   503,
                   "the preset could not be written to %.150s: %s",
                   user,
                   strerror(errno));
  } else {
    save_into(job, &store);
    rs_store_close(&store);
  }
}
