// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A made-up machine for tests of presets: a HOME of its own, LV2 folders with
   a plugin and factory presets, a keeper, and the bridge's side of it.
*/

#ifndef RINGSIDE_TESTS_PRESET_ROOM_H
#define RINGSIDE_TESTS_PRESET_ROOM_H

#include "ui-bridge/presets/keeper.h"
#include "ui-bridge/presets/presets.h"

#include <limits.h>
#include <stdbool.h>

#define TEST_PLUGIN "urn:test:plugin"

typedef struct {
  char       home[64];   ///< A new folder, $HOME
  char       system[96]; ///< A second folder of LV2_PATH, with the plugin
  char       user[96];   ///< $HOME/.lv2
  int        keeper;     ///< Process id
  int        socket;     ///< Of the bridge, owned by `presets`
  int        raw;        ///< To another keeper, for room_read(); -1: none yet
  RsPresets* presets;
} Room;

/// @param table what children run, NULL: the real jobs
void
room_open(Room* room, const RsKeeperJobs* table);

void
room_close(Room* room);

/// Write a file below `folder`, making the folders in between
void
room_write(const char* folder, const char* path, const void* text, size_t size);

/// A bundle with one preset of two values, in a folder
void
room_add_preset(const char* folder,
                const char* bundle,
                const char* label,
                double      gain,
                double      tone);

/// Dispatch until the condition holds.  Fails the test after 30 s
#define ROOM_UNTIL(room, condition)                   \
  do {                                                \
    const int64_t end_ = room_now_ns() + 30000000000; \
    while (!(condition)) {                            \
      assert_true(room_now_ns() < end_);              \
      room_turn(room);                                \
    }                                                 \
  } while (0)

int64_t
room_now_ns(void);

/// Wait for the keeper a little, and dispatch
void
room_turn(Room* room);

/// How a job ended; `is_done` is set by room_done()
typedef struct {
  bool is_done;
  int  code;
  char sentence[256];
} Outcome;

void
room_done(void* outcome, int code, const char* sentence);

/// The list, read if need be; waits for it
RsPresetList
room_list(Room* room);

/// Find by label.  @return NULL if it is not there
const RsPreset*
room_find(RsPresetList list, const char* label);

/// A value of a preset, NAN if it has none
float
room_value(const RsPreset* preset, const char* symbol);

/// Save two values, wait for the end
Outcome
room_save(Room* room, const char* label, float gain, float tone);

Outcome
room_delete(Room* room, const char* label);

// Without the bridge's side: what a list job finds on disk just now

#define READING_MAX 16u

typedef struct {
  int      code;
  unsigned count; ///< Of which the first READING_MAX are kept
  struct {
    char     label[72];
    char     uri[512];
    bool     is_factory;
    unsigned n_values;
    float    gain; ///< NAN if there is none
    float    tone;
  } presets[READING_MAX];
} Reading;

/// Run a list job, wait for its end
void
room_read(Room* room, Reading* reading);

/// @return index of a preset of that label, or -1
int
reading_find(const Reading* reading, const char* label);

#endif // RINGSIDE_TESTS_PRESET_ROOM_H
