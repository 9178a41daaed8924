// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A made-up machine for tests of presets

#include "tests/unit/preset_room.h"

#include "ui-bridge/bridge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char prefixes[] =
  "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
  "@prefix doap: <http://usefulinc.com/ns/doap#> .\n"
  "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n";

int64_t
room_now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// The one thing that presets want from their bridge
int64_t
rs_bridge_now_ns(const RsBridge* const bridge)
{
  (void)bridge;
  return room_now_ns();
}

static int
remove_entry(const char* const        path,
             const struct stat* const status,
             const int                type,
             struct FTW* const        where)
{
  (void)status;
  (void)type;
  (void)where;
  return remove(path);
}

void
room_write(const char* const folder,
           const char* const path,
           const void* const text,
           const size_t      size)
{
  char full[PATH_MAX];
  snprintf(full, sizeof(full), "%s/%s", folder, path);
  for (char* c = full + 1; *c; ++c) {
    if (*c == '/') {
      *c = '\0';
      mkdir(full, 0777);
      *c = '/';
    }
  }

  FILE* const file = fopen(full, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1u, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void
write_text(const char* const folder, const char* const path, const char* text)
{
  char* whole = NULL;
  assert_true(asprintf(&whole, "%s%s", prefixes, text) > 0);
  room_write(folder, path, whole, strlen(whole));
  free(whole);
}

void
room_add_preset(const char* const folder,
                const char* const bundle,
                const char* const label,
                const double      gain,
                const double      tone)
{
  char path[256];
  char text[1024];

  snprintf(path, sizeof(path), "%s/manifest.ttl", bundle);
  write_text(folder,
             path,
             "<p.ttl> a pset:Preset ; lv2:appliesTo <" TEST_PLUGIN "> ;\n"
             "  rdfs:seeAlso <p.ttl> .\n");

  snprintf(path, sizeof(path), "%s/p.ttl", bundle);
  snprintf(text,
           sizeof(text),
           "<p.ttl> a pset:Preset ; lv2:appliesTo <" TEST_PLUGIN "> ;\n"
           "  rdfs:label \"%s\" ;\n"
           "  lv2:port [ lv2:symbol \"gain\" ; pset:value %.6f ] ,\n"
           "    [ lv2:symbol \"tone\" ; pset:value %.6f ] .\n",
           label,
           gain,
           tone);
  write_text(folder, path, text);
}

/// A plugin with two inputs and a factory preset in its own bundle
static void
add_plugin(const char* const folder)
{
  write_text(folder,
             "plugin.lv2/manifest.ttl",
             "<" TEST_PLUGIN "> a lv2:Plugin ; lv2:binary <plugin.so> ;\n"
             "  rdfs:seeAlso <plugin.ttl> .\n"
             "<urn:test:plugin:warm> a pset:Preset ;\n"
             "  lv2:appliesTo <" TEST_PLUGIN "> ; rdfs:label \"Warm\" ;\n"
             "  rdfs:seeAlso <presets.ttl> .\n");
  write_text(folder,
             "plugin.lv2/presets.ttl",
             "<urn:test:plugin:warm> lv2:port\n"
             "  [ lv2:symbol \"gain\" ; pset:value -6.0 ] ,\n"
             "  [ lv2:symbol \"tone\" ; pset:value 3 ] .\n");
  write_text(folder,
             "plugin.lv2/plugin.ttl",
             "<" TEST_PLUGIN
             "> a lv2:Plugin ; doap:name \"Test Plugin\" ; lv2:port\n"
             "  [ a lv2:InputPort , lv2:ControlPort ; lv2:index 0 ;\n"
             "    lv2:symbol \"gain\" ; lv2:name \"Gain\" ; lv2:default 0.0 ;\n"
             "    lv2:minimum -60.0 ; lv2:maximum 12.0 ] ,\n"
             "  [ a lv2:InputPort , lv2:ControlPort ; lv2:index 1 ;\n"
             "    lv2:symbol \"tone\" ; lv2:name \"Tone\" ; lv2:default 0.0 ;\n"
             "    lv2:minimum 0.0 ; lv2:maximum 10.0 ] ,\n"
             "  [ a lv2:OutputPort , lv2:ControlPort ; lv2:index 2 ;\n"
             "    lv2:symbol \"peak\" ; lv2:name \"Peak\" ; lv2:default 0.0 ;\n"
             "    lv2:minimum 0.0 ; lv2:maximum 1.0 ] .\n");
}

/// The process that was forked last
static int
newest_child(void)
{
  int         child = 0;
  FILE* const file  = fopen("/proc/thread-self/children", "r");
  assert_non_null(file);
  while (fscanf(file, "%d", &child) == 1) {
  }
  fclose(file);
  assert_true(child > 0);
  return child;
}

void
room_open(Room* const room, const RsKeeperJobs* const table)
{
  memset(room, 0, sizeof(*room));
  room->raw = -1;
  snprintf(room->home, sizeof(room->home), "/tmp/ringside-room-XXXXXX");
  assert_non_null(mkdtemp(room->home));
  snprintf(room->system, sizeof(room->system), "%s/system", room->home);
  snprintf(room->user, sizeof(room->user), "%s/.lv2", room->home);
  add_plugin(room->system);

  char path[256];
  snprintf(path, sizeof(path), "~/.lv2:%s", room->system);
  setenv("HOME", room->home, 1);
  setenv("LV2_PATH", path, 1);

  room->socket = table ? rs_keeper_start_with(table) : rs_keeper_start();
  assert_true(room->socket >= 0);

  room->keeper  = newest_child();
  room->presets = rs_presets_new(NULL, room->socket);
  assert_non_null(room->presets);
}

void
room_close(Room* const room)
{
  rs_presets_free(room->presets); // Closes the socket, so the keeper ends
  waitpid(room->keeper, NULL, 0);
  if (room->raw >= 0) {
    close(room->raw);
  }
  nftw(room->home, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void
room_turn(Room* const room)
{
  struct pollfd fd = {room->socket, POLLIN, 0};

  poll(&fd, 1u, 10);
  rs_presets_dispatch(room->presets);
  rs_presets_tick(room->presets, room_now_ns());
}

void
room_done(void* const context, const int code, const char* const sentence)
{
  Outcome* const outcome = (Outcome*)context;

  assert_false(outcome->is_done);
  outcome->is_done = true;
  outcome->code    = code;
  snprintf(outcome->sentence, sizeof(outcome->sentence), "%s", sentence);
}

RsPresetList
room_list(Room* const room)
{
  rs_presets_want(room->presets, TEST_PLUGIN);
  ROOM_UNTIL(room, rs_presets_list(room->presets, TEST_PLUGIN).is_loaded);

  return rs_presets_list(room->presets, TEST_PLUGIN);
}

const RsPreset*
room_find(const RsPresetList list, const char* const label)
{
  for (uint32_t i = 0u; i < list.count; ++i) {
    if (!strcmp(list.presets[i].label, label)) {
      return &list.presets[i];
    }
  }

  return NULL;
}

float
room_value(const RsPreset* const preset, const char* const symbol)
{
  for (uint32_t i = 0u; i < preset->n_values; ++i) {
    if (!strcmp(preset->values[i].symbol, symbol)) {
      return preset->values[i].value;
    }
  }

  return NAN;
}

Outcome
room_save(Room* const       room,
          const char* const label,
          const float       gain,
          const float       tone)
{
  const RsPresetValue values[] = {{"gain", gain}, {"tone", tone}};
  Outcome             outcome  = {false, 0, ""};

  rs_presets_save(
    room->presets, TEST_PLUGIN, label, values, 2u, room_done, &outcome);
  ROOM_UNTIL(room, outcome.is_done);
  return outcome;
}

Outcome
room_delete(Room* const room, const char* const label)
{
  Outcome outcome = {false, 0, ""};

  rs_presets_delete(room->presets, TEST_PLUGIN, label, room_done, &outcome);
  ROOM_UNTIL(room, outcome.is_done);
  return outcome;
}

void
room_read(Room* const room, Reading* const reading)
{
  memset(reading, 0, sizeof(*reading));
  if (room->raw < 0) {
    room->raw = rs_keeper_start();
  }

  RsPacket* const packet = (RsPacket*)calloc(1u, sizeof(RsPacket));
  assert_non_null(packet);
  packet->head = (RsPacketHead){RS_PACKET_MAGIC, RS_PACKET_LIST, 1u, 0u};
  snprintf(packet->job.plugin_uri, sizeof(packet->job.plugin_uri), TEST_PLUGIN);
  assert_true(send(room->raw, packet, sizeof(RsJobPacket), 0) > 0);

  do {
    struct pollfd fd = {room->raw, POLLIN, 0};
    assert_int_equal(poll(&fd, 1u, 60000), 1);
    const ssize_t size = recv(room->raw, packet, sizeof(*packet), 0);
    assert_true(size > 0);
    assert_int_equal(rs_packet_check(packet, (size_t)size), RS_SUCCESS);

    const RsPresetPacket* const preset = &packet->preset;
    if (preset->head.kind == RS_PACKET_PRESET &&
        reading->count++ < READING_MAX) {
      const unsigned i    = reading->count - 1u;
      const RsPreset view = {.n_values = preset->head.n_values,
                             .values   = packet->preset.values};
      memcpy(reading->presets[i].label, preset->label, sizeof(preset->label));
      memcpy(reading->presets[i].uri, preset->uri, sizeof(preset->uri));
      reading->presets[i].is_factory = preset->is_factory;
      reading->presets[i].n_values   = preset->head.n_values;
      reading->presets[i].gain       = room_value(&view, "gain");
      reading->presets[i].tone       = room_value(&view, "tone");
    }
  } while (packet->head.kind != RS_PACKET_DONE);

  reading->code = packet->done.code;
  free(packet);
}

int
reading_find(const Reading* const reading, const char* const label)
{
  for (unsigned i = 0u; i < reading->count && i < READING_MAX; ++i) {
    if (!strcmp(reading->presets[i].label, label)) {
      return (int)i;
    }
  }

  return -1;
}
