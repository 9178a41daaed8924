// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preset bundles of any content, read as the keeper's child reads them, with
   lilv in this process.  What is offered passes the check of packets.

   Input: a byte of flags, the preset's file up to a zero, the manifest; where
   that is empty, one that is right.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/presets/world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN "urn:ringside:strip"

static char root[] = "/tmp/ringside-fuzz-XXXXXX";
static char bundle[sizeof(root) + 16u];
static char manifest[sizeof(bundle) + 16u];
static char preset[sizeof(bundle) + 16u];

static const char right[] =
  "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
  "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
  "<a.ttl> a pset:Preset ; lv2:appliesTo <" PLUGIN "> ;\n"
  "  rdfs:label \"A\" ; rdfs:seeAlso <a.ttl> .\n";

static const char prefixes[] =
  "@prefix atom: <http://lv2plug.in/ns/ext/atom#> .\n"
  "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
  "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
  "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
  "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n";

static void
remove_folder(void)
{
  unlink(manifest);
  unlink(preset);
  rmdir(bundle);
  rmdir(root);
}

static void
make_folder(void)
{
  if (!bundle[0]) {
    require(mkdtemp(root));
    snprintf(bundle, sizeof(bundle), "%s/a.preset.lv2", root);
    snprintf(manifest, sizeof(manifest), "%s/manifest.ttl", bundle);
    snprintf(preset, sizeof(preset), "%s/a.ttl", bundle);
    require(!mkdir(bundle, 0700));
    require(!setenv("LV2_PATH", root, 1));
    require(!setenv("HOME", root, 1));
    atexit(remove_folder);
  }
}

static void
write_file(const char* const path, const char* const before, const Input text)
{
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(fd >= 0);
  require(write(fd, before, strlen(before)) == (ssize_t)strlen(before));
  require(write(fd, text.at, text.left) == (ssize_t)text.left);
  close(fd);
}

static void
check(RsFound* const found)
{
  RsPresetPacket* const packet = found->packet;

  packet->head =
    (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_PRESET, 1u, found->n_values};

  const size_t    size = rs_packet_size(RS_PACKET_PRESET, found->n_values);
  RsPacket* const copy = (RsPacket*)exact_copy(packet, size);
  require(rs_packet_check(copy, size) == RS_SUCCESS);
  free(copy);
}

static bool
on_found(void* const context, RsFound* const found)
{
  ++*(uint32_t*)context;
  check(found);
  return true;
}

/// The child exits instead
static void
free_world(RsWorld* const world)
{
  lilv_node_free(world->words.applies_to);
  lilv_node_free(world->words.preset);
  lilv_node_free(world->words.type);
  lilv_node_free(world->words.see_also);
  lilv_world_free(world->lilv);
  for (uint32_t i = 0u; i < world->urids.count; ++i) {
    free(world->urids.uris[i]);
  }
  for (uint32_t i = 0u; i < world->n_files; ++i) {
    free(world->files[i]);
  }
  free(world);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static RsJobPacket packet = {.plugin_uri = PLUGIN};
  static char        at[RS_BUNDLE_PATH_MAX];

  make_folder();
  Input         input = {data, size};
  const uint8_t flags = input_u8(&input);
  const Input   text  = input_until(&input, '\0');
  write_file(preset, flags & 1u ? prefixes : "", text);
  write_file(manifest, input.left ? "" : right, input);

  const int         null  = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const RsKeeperJob job   = {.packet = &packet, .log = null, .at = at};
  RsWorld* const    world = rs_world_open(&job);
  require(world && !at[0]);
  uint32_t count = 0u;
  rs_world_each(world, PLUGIN, on_found, &count);
  require(!at[0] && count <= RS_PRESETS_MAX);

  // What was just saved is read again like this
  RsFound found = {0};
  require(rs_found_init(&found));
  if (rs_world_read_bundle(world, bundle, PLUGIN, &found)) {
    check(&found);
  }
  free(found.packet);
  free_world(world);
  close(null);
  return 0;
}
