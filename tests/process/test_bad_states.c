// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The real plugin in a host that restores states of any kind while run() runs

#include "tests/process/bare_host.h"
#include "tests/unit/check.h"
#include "tests/unit/random.h"

#include <lv2/atom/atom.h>
#include <lv2/state/state.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 400u

typedef struct {
  const void* values;
  size_t      size;
  uint32_t    type;
  const char* name;
  size_t      name_size;
  uint32_t    name_type;
} Saved;

static const void*
retrieve(LV2_State_Handle handle,
         uint32_t         key,
         size_t*          size,
         uint32_t*        type,
         uint32_t*        flags)
{
  const Saved* const saved     = (const Saved*)handle;
  const bool         is_values = strstr(bare_uri(key), "values") != NULL;

  *flags = LV2_STATE_IS_POD;
  *size  = is_values ? saved->size : saved->name_size;
  *type  = is_values ? saved->type : saved->name_type;
  return is_values ? saved->values : saved->name;
}

typedef struct {
  float    gain;
  float    width;
  uint32_t n;
} Found;

static LV2_State_Status
store(LV2_State_Handle handle,
      uint32_t         key,
      const void*      value,
      size_t           size,
      uint32_t         type,
      uint32_t         flags)
{
  Found* const found = (Found*)handle;
  (void)size;
  (void)type;
  (void)flags;

  if (strstr(bare_uri(key), "values")) {
    const char* const gain  = strstr((const char*)value, "\noutput_gain ");
    const char* const width = strstr((const char*)value, "\nwidth ");
    found->gain             = gain ? strtof(gain + 13, NULL) : NAN;
    found->width            = width ? strtof(width + 7, NULL) : NAN;
    ++found->n;
  }

  return LV2_STATE_SUCCESS;
}

typedef struct {
  BareHost      host;
  _Atomic(bool) is_ending;
  _Atomic(bool) has_bad_sound;
} Running;

static void*
run_on(void* const context)
{
  Running* const it = (Running*)context;
  static float   in[2][BARE_BLOCK_MAX];
  static float   out[2][BARE_BLOCK_MAX];
  const uint32_t n      = BARE_BLOCK_MAX;
  Random         random = {1u};

  for (uint32_t c = 0; c < 2u; ++c) {
    it->host.plugin->connect_port(
      it->host.handle, bare_strip->audio_in[c], in[c]);
    it->host.plugin->connect_port(
      it->host.handle, bare_strip->audio_out[c], out[c]);
  }

  while (!atomic_load(&it->is_ending)) {
    for (uint32_t i = 0; i < n; ++i) {
      in[0][i] = in[1][i] = (i & 64u) ? 0.25f : -0.25f;
    }

    // Any size at every call: none, short ones and the longest
    const uint32_t most                = random_below(&random, 4u) ? 256u : n;
    const uint32_t frames              = random_below(&random, most + 1u);
    it->host.notify.sequence.atom.size = BARE_NOTIFY_SIZE - sizeof(LV2_Atom);
    it->host.plugin->run(it->host.handle, frames);
    for (uint32_t i = 0; i < frames; ++i) {
      if (!isfinite(out[0][i]) || !isfinite(out[1][i])) {
        atomic_store(&it->has_bad_sound, true);
      }
    }
  }

  return NULL;
}

static void
test_hostile_states_while_it_runs(void** state)
{
  (void)state;

  static const char huge[] = "ringside 1\noutput_gain 1e30 0 osc\n";
  static const char nans[] = "ringside 1\noutput_gain nan 0 osc\n";
  static const char port[] = "ringside 1\noutput_gain -3 1e99 osc\n";
  static const char more[] = "ringside 1\noutput_gain -3 0 osc\n\xff\xfe 1\n";
  static const char half[] = "ringside 1\noutput_gain -3 0 osc\nwidth 2";

  const uint32_t string = bare_map(NULL, LV2_ATOM__String);
  const uint32_t number = bare_map(NULL, LV2_ATOM__Float);

  // None of these may change a thing
  Saved hostile[] = {
    {nans, sizeof(nans), string, NULL, 0, 0},
    {port, sizeof(port), string, NULL, 0, 0},
    {more, sizeof(more), string, "x/y", 4u, string},
    {half, sizeof(half), string, NULL, 0, 0},
    {huge, sizeof(huge) - 3u, string, NULL, 0, 0}, // Without an end
    {huge, sizeof(huge), number, NULL, 0, 0},
    {huge, 0u, string, NULL, 0, 0},
    {huge, 0u, 0u, "", 0u, 0u},
  };

  // Names of all kinds are left out, the values are taken
  static const char long_name[64] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  const Saved       names[]       = {
                {NULL, 0, string, "a name that is none", 20u, string},
                {NULL, 0, string, "vocals", 7u, number},
                {NULL, 0, string, "vocals", 0u, string},
                {NULL, 0, string, "vocals", 3u, string}, // Without an end
                {NULL, 0, string, long_name, sizeof(long_name), string},
                {NULL, 0, string, NULL, 0u, 0u},
  };

  static Running it;
  memset(&it, 0, sizeof(it));
  bare_open(&it.host);
  bare_connect(&it.host, UINT32_MAX);
  it.host.plugin->activate(it.host.handle);

  const LV2_State_Interface* const states =
    (const LV2_State_Interface*)it.host.plugin->extension_data(
      LV2_STATE__interface);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, run_on, &it), 0);

  for (uint32_t i = 0; i < ROUNDS; ++i) {
    // One that is right, with a key too many and most missing
    char text[128];
    snprintf(text,
             sizeof(text),
             "ringside 1\noutput_gain %u.5 0 osc\nwidth 0.%u 1 host\nwhat 1 1 "
             "osc\n",
             i % 10u,
             1u + (i % 9u));

    Saved right  = names[i % N_ELEMENTS(names)];
    right.values = text;
    right.size   = strlen(text) + 1u;
    assert_int_equal(states->restore(it.host.handle, retrieve, &right, 0, NULL),
                     LV2_STATE_SUCCESS);

    Saved* const wrong = &hostile[i % N_ELEMENTS(hostile)];
    assert_int_not_equal(
      states->restore(it.host.handle, retrieve, wrong, 0, NULL),
      LV2_STATE_SUCCESS);

    Found found = {NAN, NAN, 0u};
    assert_int_equal(states->save(it.host.handle, store, &found, 0, NULL),
                     LV2_STATE_SUCCESS);
    assert_int_equal(found.n, 1);
    assert_float_equal(found.gain, (float)(i % 10u) + 0.5f, 1e-6);
    assert_float_equal(found.width, 0.1f * (float)(1u + (i % 9u)), 1e-6);
  }

  atomic_store(&it.is_ending, true);
  pthread_join(thread, NULL);
  assert_false(atomic_load(&it.has_bad_sound));

  // What run() has is what was restored last, for all of that: by its sound
  float* const tone   = bare_tone();
  float* const sound  = (float*)calloc(BARE_BLOCK_MAX, sizeof(float));
  char         text[] = "ringside 1\noutput_gain -20 0 osc\n";
  Saved        last   = {text, sizeof(text), string, NULL, 0u, 0u};
  assert_int_equal(states->restore(it.host.handle, retrieve, &last, 0, NULL),
                   LV2_STATE_SUCCESS);
  for (uint32_t i = 0; i < 16u; ++i) {
    bare_run(&it.host, tone, sound, 4800u);
  }
  float peak = 0.0f;
  for (uint32_t i = 0; i < 4800u; ++i) {
    peak = fmaxf(peak, fabsf(sound[i]));
  }
  assert_float_equal(peak, 0.025, 1e-4);

  // Without values in it, all follow their ports again
  Saved none = {NULL, 0u, 0u, NULL, 0u, 0u};
  assert_int_equal(states->restore(it.host.handle, retrieve, &none, 0, NULL),
                   LV2_STATE_SUCCESS);
  for (uint32_t i = 0; i < 16u; ++i) {
    bare_run(&it.host, tone, sound, 4800u);
  }
  for (uint32_t i = 0; i < 4800u; ++i) {
    assert_float_equal(sound[i], tone[i], 1e-4);
  }

  free(sound);
  free(tone);
  bare_close(&it.host);
}

int
main(void)
{
  bare_begin();

  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_hostile_states_while_it_runs),
  };

  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  bare_end();
  return failed;
}
