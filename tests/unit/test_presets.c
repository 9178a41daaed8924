// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Presets through the real keeper and lilv: list, save, replace, delete

#include "tests/unit/preset_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Entries of a folder whose name begins so
static unsigned
count_entries(const char* const folder, const char* const begin)
{
  DIR* const directory = opendir(folder);
  unsigned   count     = 0u;
  if (directory) {
    const struct dirent* entry = NULL;
    while ((entry = readdir(directory))) {
      count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
               !strncmp(entry->d_name, begin, strlen(begin));
    }
    closedir(directory);
  }

  return count;
}

static void
test_list(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);
  room_add_preset(room.user, "mine.lv2", "Mine", 1.5, 2.5);
  room_add_preset(room.system, "other.lv2", "Alpha", -1.0, 9.0);

  const RsPresetList list = room_list(&room);
  assert_int_equal(list.count, 3);
  assert_string_equal(list.presets[0].label, "Alpha");
  assert_string_equal(list.presets[1].label, "Mine");
  assert_string_equal(list.presets[2].label, "Warm");
  assert_true(list.presets[0].is_factory);
  assert_false(list.presets[1].is_factory);
  assert_true(list.presets[2].is_factory);
  assert_string_equal(list.presets[2].uri, "urn:test:plugin:warm");
  assert_true(room_value(&list.presets[1], "gain") == 1.5f);
  assert_true(room_value(&list.presets[1], "tone") == 2.5f);
  assert_true(room_value(&list.presets[2], "tone") == 3.0f);

  room_close(&room);
}

static void
test_save_and_delete(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);
  room_list(&room);

  Outcome outcome = room_save(&room, "Vocal \"air\" \xC3\xA9", -3.25f, 7.0f);
  assert_string_equal(outcome.sentence, "");
  assert_int_equal(outcome.code, 0);

  // Known at once, without reading the files anew
  const RsPreset* preset = room_find(rs_presets_list(room.presets, TEST_PLUGIN),
                                     "Vocal \"air\" \xC3\xA9");
  assert_non_null(preset);
  assert_false(preset->is_factory);
  assert_true(room_value(preset, "gain") == -3.25f);
  assert_int_equal(count_entries(room.user, ".ringside"), 0);
  assert_int_equal(count_entries(room.user, "Test_Plugin-Vocal"), 1);

  // Another bridge finds it too, and the same URI
  char uri[512];
  snprintf(uri, sizeof(uri), "%s", preset->uri);
  RsPresets* const first = room.presets;
  room.socket            = rs_keeper_start();
  room.presets           = rs_presets_new(NULL, room.socket);
  preset = room_find(room_list(&room), "Vocal \"air\" \xC3\xA9");
  assert_non_null(preset);
  assert_string_equal(preset->uri, uri);
  assert_true(room_value(preset, "tone") == 7.0f);
  rs_presets_free(first);

  // Replaced, not doubled
  assert_int_equal(room_save(&room, "Vocal \"air\" \xC3\xA9", 2.0f, 1.0f).code,
                   0);
  assert_int_equal(rs_presets_list(room.presets, TEST_PLUGIN).count, 2);
  preset = room_find(rs_presets_list(room.presets, TEST_PLUGIN),
                     "Vocal \"air\" \xC3\xA9");
  assert_string_equal(preset->uri, uri);
  assert_true(room_value(preset, "gain") == 2.0f);
  assert_int_equal(count_entries(room.user, ""), 1);

  assert_int_equal(room_delete(&room, "Vocal \"air\" \xC3\xA9").code, 0);
  assert_int_equal(rs_presets_list(room.presets, TEST_PLUGIN).count, 1);
  assert_int_equal(count_entries(room.user, ""), 0);
  assert_int_equal(room_delete(&room, "Vocal \"air\" \xC3\xA9").code, 404);

  room_close(&room);
}

static void
test_factory_is_refused(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);

  assert_int_equal(room_save(&room, "Warm", 0.0f, 0.0f).code, 409);
  assert_int_equal(room_delete(&room, "Warm").code, 409);
  assert_int_equal(room_delete(&room, "None such").code, 404);
  assert_int_equal(count_entries(room.user, ""), 0);

  room_close(&room);
}

static void
test_bad_labels(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);

  char long_label[66];
  memset(long_label, 'x', 65u);
  long_label[65] = '\0';

  assert_int_equal(room_save(&room, "", 0.0f, 0.0f).code, 400);
  assert_int_equal(room_save(&room, long_label, 0.0f, 0.0f).code, 400);
  assert_int_equal(room_save(&room, "a\nb", 0.0f, 0.0f).code, 400);
  assert_int_equal(room_save(&room, "\xFF", 0.0f, 0.0f).code, 400);
  assert_int_equal(room_save(&room, "\xED\xA0\x80", 0.0f, 0.0f).code, 400);
  long_label[64] = '\0';
  assert_int_equal(room_save(&room, long_label, 0.0f, 0.0f).code, 0);
  assert_int_equal(room_save(&room, "../../../etc", 0.0f, 0.0f).code, 0);
  assert_int_equal(room_save(&room, "ends in \"", 0.0f, 0.0f).code, 0);
  assert_int_equal(room_save(&room, "back\\slash \"\"\" <x>", 0.0f, 0.0f).code,
                   0);
  assert_int_equal(count_entries(room.user, ""), 4);

  room_close(&room);
}

static void
test_changes_are_noticed(void** state)
{
  (void)state;
  Room room;
  room_open(&room, NULL);
  assert_int_equal(room_list(&room).count, 1);

  // The folder of user presets does not even exist yet
  room_add_preset(room.user, "mine.lv2", "Mine", 1.5, 2.5);
  ROOM_UNTIL(&room,
             room_find(rs_presets_list(room.presets, TEST_PLUGIN), "Mine"));

  // A file within a bundle
  room_add_preset(room.user, "mine.lv2", "Mine", 4.0, 2.5);
  ROOM_UNTIL(
    &room,
    room_value(room_find(rs_presets_list(room.presets, TEST_PLUGIN), "Mine"),
               "gain") == 4.0f);

  room_add_preset(room.system, "new.lv2", "New", 4.0, 2.5);
  ROOM_UNTIL(&room,
             room_find(rs_presets_list(room.presets, TEST_PLUGIN), "New"));

  room_close(&room);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_list),
    cmocka_unit_test(test_save_and_delete),
    cmocka_unit_test(test_factory_is_refused),
    cmocka_unit_test(test_bad_labels),
    cmocka_unit_test(test_changes_are_noticed),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
