// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Commands in which one thing is wrong, each of which run() must notice

#include "tests/reliability/scribbler_bridge.h"

#include "shm/overflow.h"
#include "shm/segment.h"

#include "strip_table.h"

#include <math.h>

typedef struct {
  const char* name;
  RsCommand   command;
} Wrong;

// One that slides, and nothing else
#define GAIN RS_STRIP_INPUT_GAIN

// clang-format off
static const Wrong wrongs[SCRIBBLER_WRONGS] = {
  {"a set to no number", {.kind = RS_COMMAND_SET, .parameter = GAIN, .value = NAN}},
  {"a set to infinity", {.kind = RS_COMMAND_SET, .parameter = GAIN, .value = INFINITY}},
  {"a set to no number, by its tag", {.kind = RS_COMMAND_SET, .parameter = GAIN, .time_ns = 1, .value = NAN}},
  {"no number added", {.kind = RS_COMMAND_ADD, .parameter = GAIN, .value = NAN}},
  {"a ramp to minus infinity", {.kind = RS_COMMAND_RAMP, .parameter = GAIN, .seconds = 1.0, .value = -INFINITY}},
  {"a ramp that lasts no number", {.kind = RS_COMMAND_RAMP, .parameter = GAIN, .seconds = (double)NAN}},
  {"a ramp that lasts too long", {.kind = RS_COMMAND_RAMP, .parameter = GAIN, .seconds = 3601.0}},
  {"a curve that there is not", {.kind = RS_COMMAND_RAMP, .parameter = GAIN, .seconds = 1.0, .curve = 3u}},
  {"a kind that there is not", {.kind = 7u}},
  {"a parameter that there is not", {.kind = RS_COMMAND_SET, .parameter = RS_STRIP_N_PARAMETERS}},
  {"a set of an output", {.kind = RS_COMMAND_SET, .parameter = RS_STRIP_OSC_LATE}},
  {"the other value of what is no toggle", {.kind = RS_COMMAND_TOGGLE, .parameter = GAIN}},
  {"a time before all time", {.kind = RS_COMMAND_SET, .parameter = GAIN, .time_ns = -1}},
  {"a time that never comes", {.kind = RS_COMMAND_SET, .parameter = GAIN, .time_ns = INT64_MAX}},
  {"no number in the overflow table", {.kind = 0u}},
  {"a tail that is one too far", {.kind = 0u}},
};
// clang-format on

const char*
scribbler_wrong_name(const uint32_t which)
{
  return wrongs[which].name;
}

void
scribbler_write_wrong(RsCommands* const commands,
                      uint32_t* const   tail,
                      const uint64_t    sequence,
                      const uint32_t    which)
{
  if (which == SCRIBBLER_WRONG_TABLE) {
    RsOverflow* const overflow =
      (RsOverflow*)(void*)((char*)commands + sizeof(RsCommands));
    rs_overflow_begin(overflow);
    rs_overflow_put(overflow, GAIN, NAN, sequence);
    rs_overflow_end(overflow);
    return;
  }

  if (which != SCRIBBLER_WRONG_TAIL) {
    RsCommand* const slot = &commands->ring.slots[*tail % RS_RING_SLOTS];
    *slot                 = wrongs[which].command;
    slot->sequence        = sequence;
  }

  atomic_store(&commands->ring.tail, ++*tail);
}
