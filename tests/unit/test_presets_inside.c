// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Whatever labels and foreign bundles say, nothing is written, moved or
/// removed outside of the folder of user presets

#include "tests/unit/preset_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIXES                                          \
  "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"      \
  "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n" \
  "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"

/// What there is outside of the user's folder, in one number
static struct {
  const char* user;
  uint64_t    sum;
} seen;

static void
add_to_sum(const void* const bytes, const size_t size)
{
  for (size_t i = 0u; i < size; ++i) {
    seen.sum = (seen.sum ^ ((const uint8_t*)bytes)[i]) * 0x100000001B3u;
  }
}

static int
look_at(const char* const        path,
        const struct stat* const status,
        const int                type,
        struct FTW* const        where)
{
  (void)where;
  const size_t length = strlen(seen.user);
  if (!strncmp(path, seen.user, length) &&
      (!path[length] || path[length] == '/')) {
    return 0;
  }

  // The inode too: a file that was replaced by its like was written
  uint64_t entry = seen.sum;
  seen.sum       = 0xCBF29CE484222325u;
  add_to_sum(path, strlen(path));
  add_to_sum(&status->st_ino, sizeof(status->st_ino));
  add_to_sum(&status->st_mode, sizeof(status->st_mode));
  if (type == FTW_F && S_ISREG(status->st_mode)) {
    char        bytes[4096];
    FILE* const file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(bytes, 1u, sizeof(bytes), file));) {
      add_to_sum(bytes, n);
    }
    fclose(file);
  }
  seen.sum += entry; // In whatever order they come
  return 0;
}

static uint64_t
outside(const Room* const room)
{
  seen.user = room->user;
  seen.sum  = 0u;
  assert_int_equal(nftw(room->home, look_at, 16, FTW_PHYS), 0);
  return seen.sum;
}

/// Labels become names of folders, and are no paths
static void
test_labels(void** state)
{
  static const char* const labels[] = {"../../escape",
                                       "..",
                                       ".",
                                       "/tmp/x",
                                       "a/b",
                                       "..\\x",
                                       "%2e%2e%2fx",
                                       "$HOME",
                                       "~",
                                       "é/ü"};
  (void)state;
  Room room;
  room_open(&room, NULL);
  const uint64_t before = outside(&room);
  for (size_t i = 0u; i < sizeof(labels) / sizeof(*labels); ++i) {
    Reading reading;
    assert_int_equal(room_save(&room, labels[i], 1.0f, 2.0f).code, 0);
    room_read(&room, &reading);

    // file://HOME/.lv2/NAME/preset.ttl
    const int at = reading_find(&reading, labels[i]);
    assert_true(at >= 0);
    const char* const path   = reading.presets[at].uri + strlen("file://");
    const size_t      length = strlen(room.user);
    assert_int_equal(strncmp(path, room.user, length), 0);
    assert_int_equal(path[length], '/');
    const char* const slash = strchr(path + length + 1u, '/');
    assert_non_null(slash);
    assert_string_equal(slash, "/preset.ttl");

    assert_int_equal(room_save(&room, labels[i], 3.0f, 4.0f).code, 0);
    assert_int_equal(room_delete(&room, labels[i]).code, 0);
  }
  assert_true(outside(&room) == before);
  room_close(&room);
}

/// What an unfinished save left behind is removed, not what it points to
static void
test_leftovers(void** state)
{
  (void)state;
  Room room;
  char link_path[256];
  char target[256];
  room_open(&room, NULL);
  room_write(room.home, "precious/song.wav", "music", 5u);
  room_write(room.user, ".ringside-old/deep/file", "x", 1u);
  snprintf(link_path, sizeof(link_path), "%s/.ringside-old/link", room.user);
  snprintf(target, sizeof(target), "%s/precious", room.home);
  assert_int_equal(symlink(target, link_path), 0);
  snprintf(link_path, sizeof(link_path), "%s/.ringside-link", room.user);
  assert_int_equal(symlink(target, link_path), 0);

  const uint64_t before = outside(&room);
  assert_int_equal(room_save(&room, "Safe", 1.0f, 2.0f).code, 0);
  assert_true(outside(&room) == before);
  snprintf(link_path, sizeof(link_path), "%s/.ringside-old", room.user);
  assert_int_not_equal(access(link_path, F_OK), 0);
  room_close(&room);
}

/// A preset of one value at HOME/`path`, with a manifest beside it, which the
/// manifest of a user's bundle names as `name`
static void
add_claimed(const Room* const room,
            const char* const path,
            const char* const name,
            const char* const label)
{
  char folder[128];
  char text[1024];
  char file[160];
  snprintf(folder, sizeof(folder), "%s", path);
  char* const slash                  = strrchr(folder, '/');
  folder[slash ? slash - folder : 0] = '\0';

  // Beside it, so that it looks like a bundle
  snprintf(text,
           sizeof(text),
           PREFIXES "<%s> a pset:Preset ; lv2:appliesTo <" TEST_PLUGIN "> ;\n"
                    "  rdfs:label \"%s\" ; rdfs:seeAlso <%s> .\n",
           name,
           label,
           name);
  snprintf(file, sizeof(file), "%s/manifest.ttl", folder[0] ? folder : ".");
  room_write(room->home, file, text, strlen(text));
  snprintf(file, sizeof(file), "claims-%s.lv2/manifest.ttl", label);
  room_write(room->user, file, text, strlen(text));

  snprintf(text,
           sizeof(text),
           PREFIXES "<%s> rdfs:label \"%s\" ;\n"
                    "  lv2:port [ lv2:symbol \"gain\" ; pset:value 1.5 ] .\n",
           name,
           label);
  room_write(room->home, path, text, strlen(text));
}

/// Presets that a user's bundle claims, and that lie elsewhere
static void
test_claims(void** state)
{
  static const struct {
    const char* path; ///< Below HOME
    const char* name; ///< The same, as the bundle writes it
    const char* label;
  } claims[] = {
    {"elsewhere/x.lv2/p.ttl", "elsewhere/x.lv2/p.ttl", "Elsewhere"},
    {".abc/x.lv2/p.ttl", ".abc/x.lv2/p.ttl", "AsLong"},
    {".lv2x/p.ttl", ".lv2x/p.ttl", "Longer"},
    {"p.ttl", ".lv2/../p.ttl", "Above"},
    {"p2.ttl", ".lv2/claims-Above.lv2/../../p2.ttl", "Round"},
    {"p3.ttl", ".lv2/%2e%2e/p3.ttl", "Encoded"},
  };
  (void)state;
  for (size_t i = 0u; i < sizeof(claims) / sizeof(*claims); ++i) {
    Room    room;
    Reading reading;
    char    name[256];
    room_open(&room, NULL);
    mkdir(room.user, 0777);
    room_write(room.user, "claims-Above.lv2/none", "", 0u);
    snprintf(name, sizeof(name), "file://%s/%s", room.home, claims[i].name);
    add_claimed(&room, claims[i].path, name, claims[i].label);
    const uint64_t before = outside(&room);

    // Offered or not, it is not the user's to change
    room_read(&room, &reading);
    const int at = reading_find(&reading, claims[i].label);
    assert_true(at < 0 || reading.presets[at].is_factory);
    assert_int_not_equal(room_delete(&room, claims[i].label).code, 0);
    (void)room_save(&room, claims[i].label, 3.0f, 4.0f);
    (void)room_delete(&room, claims[i].label);
    assert_true(outside(&room) == before);
    room_close(&room);
  }
}

/// One that is deeper inside is left as it is
static void
test_deeper(void** state)
{
  (void)state;
  Room    room;
  Reading reading;
  char    name[256];
  room_open(&room, NULL);
  mkdir(room.user, 0777);
  snprintf(name, sizeof(name), "file://%s/.lv2/a.lv2/deep/p.ttl", room.home);
  add_claimed(&room, ".lv2/a.lv2/deep/p.ttl", name, "Deep");
  snprintf(name, sizeof(name), "%s/.lv2/claims-Deep.lv2", room.home);
  char to[256];
  snprintf(to, sizeof(to), "%s/.lv2/a.lv2/manifest.ttl", room.home);
  strcat(name, "/manifest.ttl");
  assert_int_equal(rename(name, to), 0);

  room_read(&room, &reading);
  const int at = reading_find(&reading, "Deep");
  assert_true(at >= 0);
  assert_true(reading.presets[at].is_factory);
  assert_int_equal(room_save(&room, "Deep", 3.0f, 4.0f).code, 409);
  assert_int_equal(room_delete(&room, "Deep").code, 409);
  room_close(&room);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_labels),
    cmocka_unit_test(test_leftovers),
    cmocka_unit_test(test_claims),
    cmocka_unit_test(test_deeper),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
