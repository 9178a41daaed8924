// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Saved states: there and back, and whatever else may be in a session file

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include "plugin/state.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRING = 1, VALUES = 2, NAME = 3, FLOAT = 4 };

static const RsStateUrids urids = {STRING, VALUES, NAME};

// Text

static RsStatus
read_text(const char* const text, RsSaved* const saved, uint32_t* const unknown)
{
  const char* problem = NULL;
  return rs_state_read(text,
                       strlen(text) + 1u,
                       rig_parameters,
                       RIG_N,
                       rig_points,
                       saved,
                       unknown,
                       &problem);
}

static void
test_every_float_comes_back(void** state)
{
  (void)state;

  static const float values[] = {0.0f,
                                 -0.0f,
                                 1.0f / 3.0f,
                                 0.1f,
                                 1e-20f,
                                 FLT_MIN,
                                 -1.0f,
                                 FLT_EPSILON,
                                 0.99999994f,
                                 -0.333333f,
                                 1e-40f,
                                 16.7772165f};

  for (size_t i = 0; i < N_ELEMENTS(values); ++i) {
    RsSaved saved[RIG_N] = {{0}};
    RsSaved read[RIG_N]  = {{0}};

    saved[RIG_GAIN] = (RsSaved){values[i], -values[i], RS_OWNER_OSC, 1u};
    saved[RIG_TONE] = (RsSaved){0.25f, values[i], RS_OWNER_HOST, 1u};

    char* const text = rs_state_write(rig_parameters, RIG_N, saved);
    assert_non_null(text);
    uint32_t unknown = 9;
    assert_int_equal(read_text(text, read, &unknown), RS_SUCCESS);
    assert_int_equal(unknown, 0);
    assert_memory_equal(&read[RIG_GAIN], &saved[RIG_GAIN], sizeof(RsSaved));
    assert_memory_equal(&read[RIG_TONE], &saved[RIG_TONE], sizeof(RsSaved));
    assert_int_equal(read[RIG_FREQ].known, 0);
    free(text);
  }
}

static void
test_values_are_made_legal(void** state)
{
  (void)state;

  RsSaved  saved[RIG_N] = {{0}};
  uint32_t unknown      = 0;
  assert_int_equal(read_text("ringside 1\n"
                             "gain 1e30 1e30 osc\n"
                             "freq -5 0 host\n"
                             "mute 0.7 7 osc\n"
                             "mode 3.1 0 osc\n",
                             saved,
                             &unknown),
                   RS_SUCCESS);
  assert_true(saved[RIG_GAIN].value == 24.0f);
  assert_true(saved[RIG_GAIN].port == 1e30f); // What the host had, it has
  assert_true(saved[RIG_FREQ].value == 20.0f);
  assert_true(saved[RIG_MUTE].value == 1.0f);
  assert_true(saved[RIG_MODE].value == 5.0f);
}

static void
test_unknown_symbols_are_left_out(void** state)
{
  (void)state;

  // An output is no parameter to be restored, either
  RsSaved  saved[RIG_N] = {{0}};
  uint32_t unknown      = 0;
  assert_int_equal(
    read_text("ringside 1\nnew_one 1 1 osc\ngain 3 0 osc\npeak 1 1 host\n",
              saved,
              &unknown),
    RS_SUCCESS);
  assert_int_equal(unknown, 2);
  assert_true(saved[RIG_GAIN].value == 3.0f);
  assert_int_equal(saved[RIG_PEAK].known, 0);
}

static void
test_bad_texts_change_nothing(void** state)
{
  (void)state;

  static const struct {
    const char* text;
    RsStatus    status;
  } cases[] = {
    {"", RS_CORRUPT},
    {"ringside", RS_CORRUPT},
    {"ringside 1", RS_CORRUPT},
    {"ringside 2\ngain 3 0 osc\n", RS_VERSION},
    {"ringside 10\ngain 3 0 osc\n", RS_VERSION},
    {"ringside \ngain 3 0 osc\n", RS_VERSION},
    {"something else\ngain 3 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain 3 0 osc", RS_CORRUPT},
    {"ringside 1\ngain 3 0\n", RS_CORRUPT},
    {"ringside 1\ngain 3 0 osc more\n", RS_CORRUPT},
    {"ringside 1\ngain 3 0 nobody\n", RS_CORRUPT},
    {"ringside 1\ngain nan 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain inf 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain 3 -inf osc\n", RS_CORRUPT},
    {"ringside 1\ngain 1e999 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain 3,5 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain 0x3 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain  3 0 osc\n", RS_CORRUPT},
    {"ringside 1\n\ngain 3 0 osc\n", RS_CORRUPT},
    {"ringside 1\ngain 3 0 osc\nmix \n", RS_CORRUPT},
    {"ringside 1\r\ngain 3 0 osc\r\n", RS_VERSION},
    {"ringside 1\ngain 3 0 osc\nmix 0.5", RS_CORRUPT},
  };

  for (size_t i = 0; i < N_ELEMENTS(cases); ++i) {
    RsSaved saved[RIG_N];
    RsSaved before[RIG_N];
    memset(saved, 0x5a, sizeof(saved));
    memcpy(before, saved, sizeof(saved));

    uint32_t unknown = 0;
    assert_int_equal(read_text(cases[i].text, saved, &unknown),
                     cases[i].status);
    assert_memory_equal(saved, before, sizeof(saved));
  }
}

static void
test_sizes(void** state)
{
  (void)state;

  RsSaved     saved[RIG_N] = {{0}};
  uint32_t    unknown      = 0;
  const char* problem      = NULL;

  // Not terminated: memory with an end where a sanitizer sees it
  const size_t size = strlen("ringside 1\ngain 3 0 osc\n");
  char* const  text = (char*)malloc(size);
  memcpy(text, "ringside 1\ngain 3 0 osc\n", size);
  assert_int_equal(
    rs_state_read(
      text, size, rig_parameters, RIG_N, rig_points, saved, &unknown, &problem),
    RS_CORRUPT);
  free(text);

  assert_int_equal(
    rs_state_read(
      "", 0, rig_parameters, RIG_N, rig_points, saved, &unknown, &problem),
    RS_CORRUPT);

  // A line that is too long, and a text that is
  const size_t large = (1u << 20u) + 2u;
  char* const  lines = (char*)malloc(large);
  memset(lines, 'x', large);
  memcpy(lines, "ringside 1\n", 11u);
  lines[400] = '\n';
  lines[401] = '\0';
  assert_int_equal(read_text(lines, saved, &unknown), RS_CORRUPT);
  lines[401]        = 'x';
  lines[large - 1u] = '\0';
  assert_int_equal(read_text(lines, saved, &unknown), RS_TOO_LARGE);
  free(lines);
}

/// Every prefix, and every byte of it turned, of what is right
static void
test_damage(void** state)
{
  (void)state;

  RsSaved saved[RIG_N] = {{0}};
  for (uint32_t i = 0; i < RIG_N; ++i) {
    saved[i] = (RsSaved){rig_parameters[i].initial, 0.0f, i & 1u, 1u};
  }

  char* const  text = rs_state_write(rig_parameters, RIG_N, saved);
  const size_t size = strlen(text);
  for (size_t end = 0; end < size; ++end) {
    RsSaved     read[RIG_N] = {{0}};
    uint32_t    unknown     = 0;
    const char* problem     = NULL;
    char* const part        = strndup(text, end);
    (void)!rs_state_read(part,
                         end + 1u,
                         rig_parameters,
                         RIG_N,
                         rig_points,
                         read,
                         &unknown,
                         &problem);
    for (unsigned bit = 0; bit < 8u && end; ++bit) {
      part[end - 1u] = (char)(part[end - 1u] ^ (1 << bit));
      (void)!rs_state_read(part,
                           end + 1u,
                           rig_parameters,
                           RIG_N,
                           rig_points,
                           read,
                           &unknown,
                           &problem);
      part[end - 1u] = text[end - 1u];
    }

    for (uint32_t i = 0; i < RIG_N; ++i) {
      assert_true(isfinite(read[i].value) && isfinite(read[i].port));
    }
    free(part);
  }

  free(text);
}

// LV2

/// A session file with two places
typedef struct {
  struct {
    const void* value;
    size_t      size;
    uint32_t    type;
  } entries[4];
  char     kept[2][4096];
  unsigned n_lines;
  char     line[1024];
} File;

static LV2_State_Status
store(LV2_State_Handle  handle,
      const uint32_t    key,
      const void* const value,
      const size_t      size,
      const uint32_t    type,
      const uint32_t    flags)
{
  File* const file = (File*)handle;
  assert_true(key == VALUES || key == NAME);
  assert_true(size <= sizeof(file->kept[0]));
  assert_true(flags & LV2_STATE_IS_POD);
  memcpy(file->kept[key - VALUES], value, size);

  file->entries[key].value = file->kept[key - VALUES];
  file->entries[key].size  = size;
  file->entries[key].type  = type;
  return LV2_STATE_SUCCESS;
}

static const void*
retrieve(LV2_State_Handle handle,
         const uint32_t   key,
         size_t* const    size,
         uint32_t* const  type,
         uint32_t* const  flags)
{
  const File* const file = (const File*)handle;

  *size  = file->entries[key].size;
  *type  = file->entries[key].type;
  *flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
  return file->entries[key].value;
}

static int
take_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
  __attribute__((format(printf, 3, 4)));

static int
take_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
{
  File* const file = (File*)handle;
  (void)type;

  va_list args;
  va_start(args, format);
  const int n = vsnprintf(file->line, sizeof(file->line), format, args);
  va_end(args);

  ++file->n_lines;
  return n;
}

typedef struct {
  Rig*        rig;
  File        file;
  LV2_Log_Log lv2_log;
  RsLog       log;
  RsStateOf   of;
} Room;

static void
enter(Room* const room)
{
  memset(room, 0, sizeof(*room));
  room->rig     = rig_new();
  room->lv2_log = (LV2_Log_Log){&room->file, take_line, NULL};
  room->log     = (RsLog){&room->lv2_log, 0u};
  room->of      = (RsStateOf){&urids,
                              rig_parameters,
                              rig_points,
                              RIG_N,
                              room->rig->control,
                              NULL,
                              &room->log};
}

static void
put(File* const       file,
    const uint32_t    key,
    const char* const text,
    const uint32_t    type)
{
  file->entries[key].value = text;
  file->entries[key].size  = strlen(text) + 1u;
  file->entries[key].type  = type;
}

static void
test_save_and_restore(void** state)
{
  (void)state;

  Room room;
  enter(&room);
  rig_run(room.rig, 64);
  rig_send(
    room.rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = -7.5f});
  room.rig->ports[RIG_MIX] = 0.75f;
  rig_run(room.rig, 64);
  assert_int_equal(rs_state_save(&room.of, store, &room.file, room.rig->now_ns),
                   LV2_STATE_SUCCESS);
  rig_free(room.rig);

  // A new instance, whose ports hold defaults until the second cycle
  const File file = room.file;
  enter(&room);
  room.file = file;
  for (unsigned k = VALUES; k <= NAME; ++k) {
    if (file.entries[k].value) {
      room.file.entries[k].value = room.file.kept[k - VALUES];
    }
  }
  assert_int_equal(rs_state_restore(&room.of, retrieve, &room.file),
                   LV2_STATE_SUCCESS);
  rig_run(room.rig, 64);
  assert_true(rig_value(room.rig, RIG_GAIN) == -7.5f);
  room.rig->ports[RIG_MIX] = 0.75f;
  rig_run(room.rig, 64);
  assert_true(rig_value(room.rig, RIG_GAIN) == -7.5f);
  assert_true(rig_value(room.rig, RIG_MIX) == 0.75f);
  assert_int_equal(room.file.n_lines, 0);
  rig_free(room.rig);
}

static void
test_nothing_saved_follows_the_ports(void** state)
{
  (void)state;

  Room room;
  enter(&room);
  rig_run(room.rig, 64);
  rig_send(
    room.rig,
    (RsCommand){.kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = 12.0f});
  rig_run(room.rig, 64);
  assert_int_equal(rs_state_restore(&room.of, retrieve, &room.file),
                   LV2_STATE_SUCCESS);
  rig_run(room.rig, 64);
  assert_true(rig_value(room.rig, RIG_GAIN) == room.rig->ports[RIG_GAIN]);
  assert_int_equal(room.file.n_lines, 0);
  rig_free(room.rig);
}

/// A line in the log, values as they were
static void
test_bad_states_keep_the_values(void** state)
{
  (void)state;

  static const struct {
    const char* text;
    uint32_t    type;
  } cases[] = {
    {"ringside 1\ngain 3 0 osc\n", FLOAT},
    {"ringside 1\ngain 3 0 osc\n", 0u},
    {"ringside 7\ngain 3 0 osc\n", STRING},
    {"ringside 1\ngain 3 0 osc\nmix zero 0 osc\n", STRING},
    {"\x01\x02\x03", STRING},
  };

  for (size_t i = 0; i < N_ELEMENTS(cases); ++i) {
    Room room;
    enter(&room);
    rig_run(room.rig, 64);
    rig_send(room.rig,
             (RsCommand){
               .kind = RS_COMMAND_SET, .parameter = RIG_GAIN, .value = 12.0f});
    rig_run(room.rig, 64);

    put(&room.file, VALUES, cases[i].text, cases[i].type);
    assert_int_not_equal(rs_state_restore(&room.of, retrieve, &room.file),
                         LV2_STATE_SUCCESS);
    rig_run(room.rig, 64);
    assert_true(rig_value(room.rig, RIG_GAIN) == 12.0f);
    assert_int_equal(room.file.n_lines, 1);
    assert_non_null(strstr(room.file.line, "values stay as they are"));
    rig_free(room.rig);
  }
}

static void
test_bad_names_are_left_out(void** state)
{
  (void)state;

  static const char* const names[] = {
    "",
    "two words",
    "sl/ash",
    "ringside",
    "caf\xc3\xa9",
    "*",
    "a_name_of_more_than_thirty_two_characters"};

  for (size_t i = 0; i < N_ELEMENTS(names); ++i) {
    Room room;
    enter(&room);
    put(&room.file, VALUES, "ringside 1\ngain 3 0 osc\n", STRING);
    put(&room.file, NAME, names[i], STRING);
    assert_int_equal(rs_state_restore(&room.of, retrieve, &room.file),
                     LV2_STATE_SUCCESS);
    rig_run(room.rig, 64);
    assert_true(rig_value(room.rig, RIG_GAIN) == 3.0f);
    assert_int_equal(room.file.n_lines, 1);
    rig_free(room.rig);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_float_comes_back),
    cmocka_unit_test(test_values_are_made_legal),
    cmocka_unit_test(test_unknown_symbols_are_left_out),
    cmocka_unit_test(test_bad_texts_change_nothing),
    cmocka_unit_test(test_sizes),
    cmocka_unit_test(test_damage),
    cmocka_unit_test(test_save_and_restore),
    cmocka_unit_test(test_nothing_saved_follows_the_ports),
    cmocka_unit_test(test_bad_states_keep_the_values),
    cmocka_unit_test(test_bad_names_are_left_out),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
