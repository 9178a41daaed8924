// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Whatever a session file holds as our state, through the LV2 interface.

   Input: flags, the length of the name, the name, the text.
*/

#include "plugin/control_impl.h"
#include "plugin/state.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/table.h"

#include <math.h>

enum {
  HAS_VALUES = 1u << 0u,
  HAS_NAME   = 1u << 1u,
  BAD_VALUES = 1u << 2u, ///< Of another type than string
  BAD_NAME   = 1u << 3u,
  ENDED      = 1u << 4u, ///< The text has its zero
  HEADED     = 1u << 5u, ///< The text begins as it should
  RUN        = 1u << 6u, ///< Into an engine, which takes its time
};

enum { STRING = 7, VALUES, NAME, OTHER };

typedef struct {
  const char* values;
  size_t      values_size;
  const char* name;
  size_t      name_size;
  uint8_t     flags;
} Store;

static const RsStateUrids urids = {STRING, VALUES, NAME};

static const void*
retrieve(LV2_State_Handle handle,
         const uint32_t   key,
         size_t* const    size,
         uint32_t* const  type,
         uint32_t* const  flags)
{
  const Store* const store = (const Store*)handle;
  *flags                   = 0u;
  if (key == VALUES && (store->flags & HAS_VALUES)) {
    *size = store->values_size;
    *type = store->flags & BAD_VALUES ? OTHER : STRING;
    return store->values;
  }
  if (key == NAME && (store->flags & HAS_NAME)) {
    *size = store->name_size;
    *type = store->flags & BAD_NAME ? OTHER : STRING;
    return store->name;
  }
  return NULL;
}

/// What was taken is legal, and is written and read again as it is
static void
check_saved(const RsSaved* const saved)
{
  RsSaved     again[TABLE_N];
  uint32_t    n_unknown = 1u;
  const char* problem   = "";
  for (uint32_t i = 0u; i < TABLE_N; ++i) {
    if (saved[i].known) {
      require(table_is_legal(i, saved[i].value));
      require(isfinite(saved[i].port) && saved[i].owner <= RS_OWNER_OSC);
    }
  }

  memset(again, 0, sizeof(again));
  char* const text = rs_state_write(table_parameters, TABLE_N, saved);
  require(rs_state_read(text,
                        strlen(text) + 1u,
                        table_parameters,
                        TABLE_N,
                        table_points,
                        again,
                        &n_unknown,
                        &problem) == RS_SUCCESS);
  require(!n_unknown);
  for (uint32_t i = 0u; i < TABLE_N; ++i) {
    require(again[i].known == saved[i].known);
    require(!again[i].known || (again[i].value == saved[i].value &&
                                again[i].port == saved[i].port &&
                                again[i].owner == saved[i].owner));
  }
  free(text);
}

static int
on_printf(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
{
  (void)handle;
  (void)type;
  return (int)strlen(format);
}

/// Through the plugin's own entry, into an engine, and into a cycle
static void
restore(Store* const store, const RsSaved* const saved, const bool is_read)
{

  RsIntake                 intake  = table_intake();
  RsControl* const         control = rs_control_new(table_parameters,
                                            TABLE_N,
                                            table_points,
                                            TABLE_POINTS,
                                            &table_processor,
                                            48000.0,
                                            &intake);
  static const LV2_Log_Log nowhere = {NULL, on_printf, NULL};
  const RsLog              log     = {&nowhere, 0u};
  const RsStateOf          of      = {
                  &urids, table_parameters, table_points, TABLE_N, control, NULL, &log};

  const LV2_State_Status status = rs_state_restore(&of, retrieve, store);
  const bool             is_text =
    (store->flags & HAS_VALUES) && !(store->flags & BAD_VALUES);
  require(!is_text || (status == LV2_STATE_SUCCESS) == is_read);

  const RsCycle cycle = {.frames = 64u, .now_ns = 1000000000};
  rs_control_run(control, &cycle);
  if (is_text && is_read) {
    RsSaved now[TABLE_N];
    rs_control_save(control, 1000000001, now);
    for (uint32_t i = 0u; i < TABLE_N; ++i) {
      require(!saved[i].known || now[i].value == saved[i].value);
    }
  }

  rs_control_free(control);
  table_free_intake(&intake);
}

static bool
are_equal(const void* const a, const void* const b, const size_t size)
{
  return !memcmp(a, b, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static const char head[] = "ringside 1\n";

  Input          input  = {data, size};
  const uint8_t  flags  = input_u8(&input);
  const size_t   wanted = input_u8(&input) & 63u;
  const size_t   length = wanted < input.left ? wanted : input.left;
  const uint8_t* name   = input.at;
  input.at += length;
  input.left -= length;

  const size_t before = flags & HEADED ? sizeof(head) - 1u : 0u;
  const size_t total  = before + input.left + ((flags & ENDED) != 0u);
  char* const  text   = (char*)calloc(total ? total : 1u, 1u);
  memcpy(text, head, before);
  if (input.left) {
    memcpy(text + before, input.at, input.left);
  }

  RsSaved     saved[TABLE_N];
  RsSaved     untouched[TABLE_N];
  uint32_t    n_unknown = 0u;
  const char* problem   = "";
  memset(saved, 0x5a, sizeof(saved));
  memcpy(untouched, saved, sizeof(saved));
  const RsStatus status = rs_state_read(text,
                                        total,
                                        table_parameters,
                                        TABLE_N,
                                        table_points,
                                        saved,
                                        &n_unknown,
                                        &problem);
  if (status) {
    require(problem[0]);
    require(are_equal(saved, untouched, sizeof(saved)));
  } else {
    check_saved(saved);
  }

  if (flags & RUN) {
    char* const named = (char*)exact_copy(name, length);
    Store       store = {text, total, named, length, flags};
    restore(&store, saved, status == RS_SUCCESS);
    free(named);
  }
  free(text);
  return 0;
}
