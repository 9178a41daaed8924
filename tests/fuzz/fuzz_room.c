// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Any bytes into the room of commands: the checker, the readers, look-up,
   patterns and rows, on a bridge that only writes down.
*/

#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_bridge.h"

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static RsPresetValue  values[]  = {{"gain", 3.0f}};
  static const RsPreset presets[] = {{"Air", "urn:air", true, 1u, values}};

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
  require(!fake.n_bad);
  fake_close();
  return 0;
}
