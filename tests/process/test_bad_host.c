// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The real plugin in a host that calls it badly: ports that lead nowhere, no
/// frames, blocks of any size

#include "tests/process/bare_host.h"
#include "tests/unit/check.h"
#include "tests/unit/random.h"

#include <lv2/atom/atom.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static void
test_nothing_connected(void** state)
{
  (void)state;

  float* const tone  = bare_tone();
  float* const sound = (float*)calloc(BARE_BLOCK_MAX, sizeof(float));
  BareHost     host;
  bare_open(&host);
  host.plugin->activate(host.handle);

  // Only sound, and at the defaults it goes through
  static const uint32_t sizes[] = {0, 1, 64, BARE_BLOCK_MAX, 0, 333};
  for (size_t i = 0; i < N_ELEMENTS(sizes); ++i) {
    bare_run(&host, tone, sound, sizes[i]);
    for (uint32_t k = 0; k < sizes[i]; ++k) {
      assert_float_equal(sound[k], tone[k], 1e-5);
    }
  }

  bare_close(&host);
  free(sound);
  free(tone);
}

static void
test_one_not_connected(void** state)
{
  (void)state;

  float* const tone  = bare_tone();
  float* const sound = (float*)calloc(BARE_BLOCK_MAX, sizeof(float));

  for (uint32_t port = 0; port < bare_strip->n_ports; ++port) {
    if (port == bare_strip->audio_in[0] || port == bare_strip->audio_in[1] ||
        port == bare_strip->audio_out[0] || port == bare_strip->audio_out[1]) {
      continue;
    }

    BareHost host;
    bare_open(&host);
    bare_connect(&host, port);
    host.plugin->activate(host.handle);
    for (uint32_t i = 0; i < 4u; ++i) {
      bare_run(&host, tone, sound, 64u);
      assert_float_equal(sound[63], tone[63], 1e-5);
    }

    // Taken away and given back while it runs
    host.plugin->connect_port(host.handle, bare_port("output_gain"), NULL);
    host.plugin->connect_port(host.handle, bare_strip->notify_port, NULL);
    bare_run(&host, tone, sound, 64u);
    bare_connect(&host, UINT32_MAX);
    host.values[bare_port("output_gain")] = -60.0f;
    for (uint32_t i = 0; i < 8u; ++i) {
      bare_run(&host, tone, sound, 1024u);
    }
    assert_true(fabsf(sound[1000]) < 0.001f);
    assert_int_equal(host.notify.sequence.atom.type,
                     bare_map(NULL, LV2_ATOM__Sequence));
    bare_close(&host);
  }

  free(sound);
  free(tone);
}

/// Set ports at these frames, whatever the blocks
static void
move_ports(BareHost* const host, const uint32_t frame)
{
  host->values[bare_port("output_gain")] =
    frame < BARE_N_FRAMES / 2u ? 0.0f : -12.0f;
  host->values[bare_port("low_gain")] =
    frame < BARE_N_FRAMES / 4u ? 0.0f : 6.0f;
  host->values[bare_port("delay_mix")] =
    frame < BARE_N_FRAMES / 4u ? 0.0f : 0.3f;
}

/// What comes out if blocks have sizes up to `most`; 0 frames now and then
static float*
run_in_blocks(const float* const tone, const uint32_t most, const uint64_t seed)
{
  const uint32_t quarter = BARE_N_FRAMES / 4u;
  Random         random  = {seed + 1u};
  float* const   sound   = (float*)calloc(BARE_N_FRAMES, sizeof(float));
  BareHost       host;
  assert_non_null(sound);
  bare_open(&host);
  bare_connect(&host, UINT32_MAX);
  host.plugin->activate(host.handle);

  for (uint32_t at = 0; at < BARE_N_FRAMES;) {
    const uint32_t left   = quarter - (at % quarter);
    const uint32_t size   = seed ? 1u + random_below(&random, most) : most;
    const uint32_t frames = size < left ? size : left;

    move_ports(&host, at);
    if (seed && !random_below(&random, 4u)) {
      bare_run(&host, tone + at, NULL, 0u);
    }

    bare_run(&host, tone + at, sound + at, frames);
    at += frames;
  }

  bare_close(&host);
  return sound;
}

/// The sound does not depend on them
static void
test_blocks_of_all_sizes(void** state)
{
  (void)state;

  float* const tone     = bare_tone();
  float* const expected = run_in_blocks(tone, 256u, 0u);
  double       energy   = 0.0;

  static const uint32_t mosts[] = {
    7u, 200u, BARE_BLOCK_MAX, BARE_BLOCK_MAX, BARE_BLOCK_MAX};
  for (uint32_t i = 0; i < N_ELEMENTS(mosts); ++i) {
    float* const sound = run_in_blocks(tone, mosts[i], 1000u + i);
    for (uint32_t k = 0; k < BARE_N_FRAMES; ++k) {
      assert_float_equal(sound[k], expected[k], 2e-5);
      energy += fabs((double)sound[k] - (double)tone[k]);
    }
    free(sound);
  }

  assert_true(energy > 1000.0); // The ports did move
  free(expected);
  free(tone);
}

int
main(void)
{
  bare_begin();

  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nothing_connected),
    cmocka_unit_test(test_one_not_connected),
    cmocka_unit_test(test_blocks_of_all_sizes),
  };

  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  bare_end();
  return failed;
}
