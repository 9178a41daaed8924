// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What lilv knows of the installed bundles

#include "ui-bridge/presets/world_inside.h"

#include <lv2/core/lv2.h>
#include <lv2/presets/presets.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// A longer TTL file is no preset
#define FILE_BYTES_MAX (4 << 20)

#define RDF_TYPE "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#define RDFS_SEE_ALSO "http://www.w3.org/2000/01/rdf-schema#seeAlso"

// URIDs

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* const uri)
{
  RsUrids* const urids = (RsUrids*)handle;

  for (uint32_t i = 0u; i < urids->count; ++i) {
    if (!strcmp(urids->uris[i], uri)) {
      return i + 1u;
    }
  }

  if (urids->count == RS_URIDS_MAX ||
      !(urids->uris[urids->count] = strdup(uri))) {
    return 0u;
  }

  return ++urids->count;
}

static const char*
unmap_urid(LV2_URID_Unmap_Handle handle, const LV2_URID urid)
{
  const RsUrids* const urids = (const RsUrids*)handle;

  return urid && urid <= urids->count ? urids->uris[urid - 1u] : NULL;
}

// Reading manifests

void
rs_world_mark(const RsKeeperJob* const job, const char* const bundle)
{
  const size_t length = strlen(bundle);

  if (length < RS_BUNDLE_PATH_MAX) {
    memcpy(job->at, bundle, length + 1u);
  }
}

bool
rs_world_is_left_out(const RsKeeperJob* const job, const char* const bundle)
{
  for (uint32_t i = 0u; i < job->n_skip; ++i) {
    if (!strncmp(job->skip[i], bundle, RS_BUNDLE_PATH_MAX)) {
      return true;
    }
  }

  return false;
}

bool
rs_world_is_sane_file(const char* const path)
{
  struct stat status;

  return !stat(path, &status) && S_ISREG(status.st_mode) &&
         status.st_size <= FILE_BYTES_MAX;
}

void
rs_world_load_bundle(const RsKeeperJob* const job,
                     LilvWorld* const         lilv,
                     const char*              path)
{
  char manifest[PATH_MAX + 32];
  snprintf(manifest, sizeof(manifest), "%s/manifest.ttl", path);
  if (strlen(path) >= RS_BUNDLE_PATH_MAX || rs_world_is_left_out(job, path) ||
      !rs_world_is_sane_file(manifest)) {
    return;
  }

  char folder[PATH_MAX + 2];
  snprintf(folder, sizeof(folder), "%s/", path);
  LilvNode* const node = lilv_new_file_uri(lilv, NULL, folder);
  if (node) {
    rs_world_mark(job, path);
    lilv_world_load_bundle(lilv, node);
    rs_world_mark(job, "");
    lilv_node_free(node);
  }
}

static int
is_bundle_name(const struct dirent* const entry)
{
  return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
         strncmp(
           entry->d_name, RS_UNFINISHED_PREFIX, strlen(RS_UNFINISHED_PREFIX));
}

static void
load_folder(const RsKeeperJob* const job,
            LilvWorld* const         lilv,
            const char*              folder)
{
  struct dirent** entries = NULL;
  const int       count = scandir(folder, &entries, is_bundle_name, alphasort);

  for (int i = 0; i < count; ++i) {
    char path[PATH_MAX + NAME_MAX + 2];
    snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
    if (strlen(path) < PATH_MAX) {
      rs_world_load_bundle(job, lilv, path);
    }
    free(entries[i]);
  }

  free(entries);
}

/// The bundle that the bridge itself runs from, which LV2_PATH may not have
static void
load_own_bundle(const RsKeeperJob* const job, LilvWorld* const lilv)
{
  char          path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1u);

  if (length > 0 && length < (ssize_t)sizeof(path)) {
    path[length]      = '\0';
    char* const slash = strrchr(path, '/');
    if (slash && slash != path) {
      *slash = '\0';
      rs_world_load_bundle(job, lilv, path);
    }
  }
}

RsWords
rs_world_new_words(LilvWorld* const lilv)
{
  const RsWords words = {lilv_new_uri(lilv, LV2_CORE__appliesTo),
                         lilv_new_uri(lilv, LV2_PRESETS__Preset),
                         lilv_new_uri(lilv, RDF_TYPE),
                         lilv_new_uri(lilv, RDFS_SEE_ALSO)};
  return words;
}

RsWorld*
rs_world_open(const RsKeeperJob* const job)
{
  RsWorld* const world = (RsWorld*)calloc(1u, sizeof(RsWorld));
  if (!world || !(world->lilv = lilv_world_new())) {
    free(world);
    return NULL;
  }

  world->job         = job;
  world->words       = rs_world_new_words(world->lilv);
  world->urids.map   = (LV2_URID_Map){&world->urids, map_uri};
  world->urids.unmap = (LV2_URID_Unmap){&world->urids, unmap_urid};
  rs_folders_get(&world->folders);
  world->has_user = rs_folders_user(&world->folders, world->user);

  for (uint32_t i = 0u; i < world->folders.count; ++i) {
    load_folder(job, world->lilv, world->folders.paths[i]);
  }

  if (!rs_world_plugin(world, job->packet->plugin_uri)) {
    load_own_bundle(job, world->lilv);
  }

  return world;
}

const LilvPlugin*
rs_world_plugin(RsWorld* const world, const char* const plugin_uri)
{
  LilvNode* const          uri     = lilv_new_uri(world->lilv, plugin_uri);
  const LilvPlugins* const plugins = lilv_world_get_all_plugins(world->lilv);
  const LilvPlugin* const  plugin =
    uri ? lilv_plugins_get_by_uri(plugins, uri) : NULL;

  lilv_node_free(uri);
  return plugin;
}
