// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Any bytes into the room of commands: the checker, the readers, liblo beside
   them, look-up, patterns and rows, on a bridge that only writes down.
*/

#include "tests/unit/fake_bridge.h"
#include "ui-bridge/meaning/osc.h"

#include <lo/lo.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static void
require(const bool condition)
{
  if (!condition) {
    abort();
  }
}

/// Where both accept, all numbers and strings are equal
static void
compare(const uint8_t* const data, const size_t size)
{
  RsOscMessage ours;
  if (rs_osc_message(data, size, &ours)) {
    return;
  }

  void* const block = malloc(size);
  memcpy(block, data, size);
  int              result = 0;
  const lo_message theirs = lo_message_deserialise(block, size, &result);
  if (theirs) {
    lo_arg** const argv  = lo_message_get_argv(theirs);
    const char*    types = lo_message_get_types(theirs);
    RsOscReader    reader;
    RsOscArgument  argument;
    rs_osc_reader_init(&reader, &ours);
    require((uint32_t)lo_message_get_argc(theirs) == ours.n_types);
    for (int i = 0; rs_osc_next(&reader, &argument); ++i) {
      require(argument.type == types[i]);
      if (argument.type == 'i') {
        require(argument.number == argv[i]->i);
      } else if (argument.type == 'h') {
        require(argument.number == argv[i]->h);
      } else if (argument.type == 'f') {
        require((float)argument.real == argv[i]->f || isnan(argv[i]->f));
      } else if (argument.type == 'd') {
        require(argument.real == argv[i]->d || isnan(argv[i]->d));
      } else if (argument.type == 's' || argument.type == 'S') {
        require(!strcmp(argument.text, &argv[i]->s));
      }
    }
    lo_message_free(theirs);
  }
  free(block);
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static RsPresetValue  values[]  = {{"gain", 3.0f}};
  static const RsPreset presets[] = {{"Air", "urn:air", true, 1u, values}};

  compare(data, size);

  fake_open();
  fake.presets                 = (RsPresetList){presets, 1u, size % 2u == 0u};
  fake.instances[0].is_reached = size % 3u == 0u;
  fake_packet(data, size);
  if (fake.waiting) {
    fake.waiting(fake.waiting_context, 503, "no");
  }
  fake.now_ns += 60000000;
  rs_commands_tick(fake.room, fake.now_ns);

  // Nothing reaches an instance that it could not hold
  for (uint32_t i = 0u; i < fake.n_instances; ++i) {
    const RsInstance* const  instance   = &fake.instances[i];
    const RsParameter* const parameters = rs_instance_parameters(instance);
    for (uint32_t p = 0u; p < FAKE_PARAMETERS; ++p) {
      require(parameters[p].minimum <= instance->values[p] &&
              instance->values[p] <= parameters[p].maximum);
    }
  }
  require(!strstr(fake.sent, " BAD"));
  fake_close();
  return 0;
}
