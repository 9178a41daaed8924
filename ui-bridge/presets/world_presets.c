// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets as lilv reads them, and what of them can be offered

#include "ui-bridge/presets/world_inside.h"

#include "ui-bridge/presets/label.h"

#include <lv2/atom/atom.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/**
   Whether two hexadecimal digits follow each "%".

   serd (to 0.30.16) skips what follows any other, be it the end of the URI, and
   reads on behind it.
*/
static bool
is_escaped_well(const char* uri)
{
  while ((uri = strchr(uri, '%'))) {
    if (strspn(uri + 1, "0123456789ABCDEFabcdef") < 2u) {
      return false;
    }
    uri += 3;
  }

  return true;
}

/// The path of a file URI in `path`.  @return false if it is none
static bool
file_path(const LilvNode* const node, char path[PATH_MAX])
{
  const char* const uri =
    lilv_node_is_uri(node) ? lilv_node_as_uri(node) : NULL;
  char* const parsed =
    uri && is_escaped_well(uri) ? lilv_file_uri_parse(uri, NULL) : NULL;
  const bool is_file =
    parsed && snprintf(path, PATH_MAX, "%s", parsed) < PATH_MAX;

  lilv_free(parsed);
  return is_file;
}

static bool
was_read(const RsWorld* const world, const char* const path)
{
  const char* const slash = strrchr(path, '/');
  if (slash && !strcmp(slash, "/manifest.ttl")) {
    return true;
  }

  for (uint32_t i = 0u; i < world->n_files; ++i) {
    if (!strcmp(world->files[i], path)) {
      return true;
    }
  }

  return false;
}

/**
   Read the files of a preset.

   @param file receives the path of the last one, or ""
   @return false if any of them is missing, no plain file, or damaged
*/
static bool
load_files(RsWorld* const        world,
           LilvWorld* const      lilv,
           const RsWords* const  words,
           const LilvNode* const preset,
           char                  file[PATH_MAX])
{
  LilvNodes* const files =
    lilv_world_find_nodes(lilv, preset, words->see_also, NULL);
  int  n_new   = 0;
  bool is_sane = true;

  file[0] = '\0';
  LILV_FOREACH(nodes, i, files)
  {
    is_sane = is_sane && file_path(lilv_nodes_get(files, i), file) &&
              rs_world_is_sane_file(file);
    n_new += is_sane && !(lilv == world->lilv && was_read(world, file));
  }

  if (is_sane) {
    char bundle[PATH_MAX];
    snprintf(bundle, sizeof(bundle), "%s", file);
    char* const slash = strrchr(bundle, '/');
    if (slash) {
      *slash = '\0';
    }
    if (rs_world_is_left_out(world->job, bundle)) {
      is_sane = false;
    } else {
      rs_world_mark(world->job, bundle);
      is_sane = lilv_world_load_resource(lilv, preset) == n_new;
      rs_world_mark(world->job, "");
      if (!is_sane) {
        dprintf(world->job->log,
                "ringside: %s is damaged: its presets are left out\n",
                file);
      }
    }
  }

  // A file that was read is not read again for the next preset in it
  if (is_sane && n_new && lilv == world->lilv) {
    LILV_FOREACH(nodes, i, files)
    {
      char path[PATH_MAX];
      if (file_path(lilv_nodes_get(files, i), path) && !was_read(world, path) &&
          world->n_files < RS_PRESETS_MAX) {
        world->files[world->n_files] = strdup(path);
        world->n_files += world->files[world->n_files] ? 1u : 0u;
      }
    }
  }

  lilv_nodes_free(files);
  return is_sane;
}

typedef struct {
  RsUrids* urids;
  RsFound* found;
  bool     is_bad;
} Values;

/// Take the value of one port, of any type that LV2 presets use
static void
take_value(const char* const symbol,
           void* const       context,
           const void* const value,
           const uint32_t    size,
           const uint32_t    type)
{
  Values* const        values = (Values*)context;
  RsFound* const       found  = values->found;
  LV2_URID_Map* const  map    = &values->urids->map;
  RsPresetValue* const all    = found->packet->values;

  double number = 0.0;
  if (type == map->map(map->handle, LV2_ATOM__Float) && size == sizeof(float)) {
    float f = 0.0f;
    memcpy(&f, value, sizeof(f));
    number = (double)f;
  } else if (type == map->map(map->handle, LV2_ATOM__Double) &&
             size == sizeof(double)) {
    memcpy(&number, value, sizeof(number));
  } else if ((type == map->map(map->handle, LV2_ATOM__Int) ||
              type == map->map(map->handle, LV2_ATOM__Bool)) &&
             size == sizeof(int32_t)) {
    int32_t i = 0;
    memcpy(&i, value, sizeof(i));
    number = i;
  } else if (type == map->map(map->handle, LV2_ATOM__Long) &&
             size == sizeof(int64_t)) {
    int64_t i = 0;
    memcpy(&i, value, sizeof(i));
    number = (double)i;
  } else {
    return;
  }

  const float result = (float)number;
  if (!isfinite(result) || found->n_values == RS_PRESET_VALUES_MAX) {
    values->is_bad = true;
  } else if (rs_label_is_symbol(symbol) &&
             (!found->n_values ||
              strcmp(all[found->n_values - 1u].symbol, symbol))) {
    RsPresetValue* const slot = &all[found->n_values++];
    memset(slot, 0, sizeof(*slot));
    snprintf(slot->symbol, sizeof(slot->symbol), "%s", symbol);
    slot->value = result;
  }
}

/// Fill in what a preset holds.  @return false if it cannot be offered
static bool
read_preset(RsWorld* const        world,
            LilvWorld* const      lilv,
            const LilvNode* const preset,
            const char* const     plugin_uri,
            RsFound* const        found)
{
  RsPresetPacket* const packet = found->packet;
  LilvState* const      state =
    lilv_state_new_from_world(lilv, &world->urids.map, preset);
  if (!state) {
    return false;
  }

  Values                values = {&world->urids, found, false};
  const char* const     label  = lilv_state_get_label(state);
  const char* const     uri    = lilv_node_as_uri(preset);
  const LilvNode* const plugin = lilv_state_get_plugin_uri(state);

  memset(packet, 0, sizeof(*packet));
  found->n_values = 0u;
  lilv_state_emit_port_values(state, take_value, &values);
  values.is_bad |= !rs_world_take_state(&world->urids, state, found);

  const bool is_good =
    !values.is_bad && found->n_values && label && rs_label_is_legal(label) &&
    strlen(uri) < sizeof(packet->uri) && rs_label_is_text(uri, strlen(uri)) &&
    plugin && lilv_node_is_uri(plugin) &&
    !strcmp(lilv_node_as_uri(plugin), plugin_uri);
  if (is_good) {
    snprintf(packet->label, sizeof(packet->label), "%s", label);
    snprintf(packet->uri, sizeof(packet->uri), "%s", uri);
  }

  lilv_state_free(state);
  return is_good;
}

/// Count what a bundle, read alone, declares; `only` receives one preset
static uint32_t
count_presets(LilvWorld* const     lilv,
              const RsWords* const words,
              LilvNode** const     only)
{
  LilvNodes* const nodes =
    lilv_world_find_nodes(lilv, NULL, words->type, words->preset);
  const uint32_t count = nodes ? lilv_nodes_size(nodes) : 0u;

  const LilvNode* const first  = count ? lilv_nodes_get_first(nodes) : NULL;
  const bool            is_uri = first && lilv_node_is_uri(first);

  *only = is_uri ? lilv_node_duplicate(first) : NULL;
  lilv_nodes_free(nodes);
  return is_uri ? count : 0u;
}

bool
rs_world_read_bundle(RsWorld* const    world,
                     const char* const bundle,
                     const char* const plugin_uri,
                     RsFound* const    found)
{
  LilvWorld* const lilv = lilv_world_new();
  if (!lilv) {
    return false;
  }

  const RsWords words = rs_world_new_words(lilv);
  LilvNode*     only  = NULL;
  char          file[PATH_MAX];
  rs_world_load_bundle(world->job, lilv, bundle);

  const bool is_good = count_presets(lilv, &words, &only) == 1u &&
                       !lilv_plugins_size(lilv_world_get_all_plugins(lilv)) &&
                       load_files(world, lilv, &words, only, file) &&
                       read_preset(world, lilv, only, plugin_uri, found);

  lilv_node_free(only);
  lilv_world_free(lilv);
  return is_good;
}

/// Whether a preset with that file is the user's: see the head of world.h
static bool
is_users(RsWorld* const        world,
         const LilvNode* const preset,
         const char* const     file,
         char                  bundle[PATH_MAX])
{
  const size_t length = strlen(world->user);

  if (!world->has_user || strncmp(file, world->user, length) ||
      file[length] != '/') {
    return false;
  }

  // Exactly one folder below, and that one no link to elsewhere
  const char* const name  = file + length + 1u;
  const char* const slash = strchr(name, '/');
  struct stat       status;
  if (!slash || strchr(slash + 1, '/')) {
    return false;
  }

  // Nor the folder itself, nor the one that it lies in
  const size_t name_length = (size_t)(slash - name);
  if (name_length <= 2u && !strncmp(name, "..", name_length)) {
    return false;
  }
  snprintf(bundle, PATH_MAX, "%.*s", (int)(slash - file), file);
  if (lstat(bundle, &status) || !S_ISDIR(status.st_mode)) {
    return false;
  }

  LilvWorld* const lilv = lilv_world_new();
  if (!lilv) {
    return false;
  }

  const RsWords words = rs_world_new_words(lilv);
  LilvNode*     only  = NULL;
  rs_world_load_bundle(world->job, lilv, bundle);
  const bool is_alone =
    count_presets(lilv, &words, &only) == 1u &&
    !strcmp(lilv_node_as_uri(only), lilv_node_as_uri(preset)) &&
    !lilv_plugins_size(lilv_world_get_all_plugins(lilv));

  lilv_node_free(only);
  lilv_world_free(lilv);
  return is_alone;
}

void
rs_world_each(RsWorld* const        world,
              const char* const     plugin_uri,
              const RsFoundFunction function,
              void* const           context)
{
  RsFound         found = {0};
  LilvNode* const uri   = lilv_new_uri(world->lilv, plugin_uri);
  if (!uri || !rs_found_init(&found)) {
    return;
  }

  LilvNodes* const presets =
    lilv_world_find_nodes(world->lilv, NULL, world->words.applies_to, uri);

  uint32_t n_presets = 0u;
  LILV_FOREACH(nodes, i, presets)
  {
    const LilvNode* const preset = lilv_nodes_get(presets, i);
    if (!lilv_node_is_uri(preset) ||
        !lilv_world_ask(
          world->lilv, preset, world->words.type, world->words.preset) ||
        !load_files(world, world->lilv, &world->words, preset, found.file) ||
        !read_preset(world, world->lilv, preset, plugin_uri, &found)) {
      continue;
    }

    found.packet->is_factory =
      is_users(world, preset, found.file, found.bundle) ? 0u : 1u;
    if (++n_presets > RS_PRESETS_MAX || !function(context, &found)) {
      break;
    }
  }

  lilv_nodes_free(presets);
  lilv_node_free(uri);
  free(found.packet);
}

bool
rs_found_init(RsFound* const found)
{
  found->packet = (RsPresetPacket*)malloc(
    rs_packet_size(RS_PACKET_PRESET, RS_PRESET_VALUES_MAX));

  return found->packet;
}

typedef struct {
  const char* label;
  RsTaken*    taken;
} LabelSearch;

static bool
note_label(void* const context, RsFound* const found)
{
  const LabelSearch* const search = (const LabelSearch*)context;
  RsTaken* const           taken  = search->taken;

  if (!strcmp(found->packet->label, search->label)) {
    if (found->packet->is_factory) {
      taken->has_factory = true;
    } else if (!taken->bundle[0] ||
               strcmp(found->packet->uri, taken->uri) < 0) {
      memcpy(taken->bundle, found->bundle, sizeof(taken->bundle));
      memcpy(taken->file, found->file, sizeof(taken->file));
      memcpy(taken->uri, found->packet->uri, sizeof(taken->uri));
    }
  }

  return true;
}

void
rs_world_find_label(RsWorld* const world, RsTaken* const taken)
{
  const RsJobPacket* const packet = world->job->packet;
  LabelSearch              search = {packet->label, taken};

  memset(taken, 0, sizeof(*taken));
  rs_world_each(world, packet->plugin_uri, note_label, &search);
}
