// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The real plugin in a host that calls it badly: ports that lead nowhere, no
   frames, blocks of any size, states of any kind while run() runs.

   Blocks are pieces of memory of exactly their size, so that sanitizers see
   whatever is read or written beside them.
*/

#include "tests/unit/check.h"
#include "tests/unit/random.h"

#include "plugin/description.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE_HZ 48000.0
#define BLOCK_MAX 8192u
#define PORTS_MAX 128u
#define URIS_MAX 64u
#define NOTIFY_SIZE 4096u
#define N_FRAMES 65536u
#define ROUNDS 400u

static char*    uris[URIS_MAX];
static uint32_t n_uris;

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* const uri)
{
  (void)handle;
  for (uint32_t i = 0; i < n_uris; ++i) {
    if (!strcmp(uris[i], uri)) {
      return i + 1u;
    }
  }

  assert_true(n_uris < URIS_MAX);
  uris[n_uris] = strdup(uri);
  return ++n_uris;
}

static int
log_nothing(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
{
  (void)handle;
  (void)type;
  (void)format;
  return 0;
}

static int
log_nothing_va(LV2_Log_Handle handle,
               LV2_URID       type,
               const char*    format,
               va_list        args)
{
  (void)handle;
  (void)type;
  (void)format;
  (void)args;
  return 0;
}

static LV2_URID_Map map  = {NULL, map_uri};
static LV2_Log_Log  logs = {NULL, log_nothing, log_nothing_va};

typedef struct {
  const LV2_Descriptor* plugin;
  LV2_Handle            handle;
  float                 values[PORTS_MAX]; ///< Of control ports, by index
  LV2_Atom_Sequence     control;

  // A multiple of the alignment of atoms
  union {
    LV2_Atom_Sequence sequence;
    char              bytes[NOTIFY_SIZE];
  } notify;
} Host;

static const RsDescription* const is = &rs_strip_description;

static uint32_t
parameter_of(const char* const symbol)
{
  uint32_t i = 0;
  while (strcmp(is->parameters[i].symbol, symbol) != 0) {
    ++i;
    assert_true(i < is->n_parameters);
  }

  return i;
}

static uint32_t
port_of(const char* const symbol)
{
  return is->parameters[parameter_of(symbol)].port;
}

/// An instance without any port connected
static void
open_host(Host* const host)
{
  static const LV2_Feature        features[] = {{LV2_URID__map, &map},
                                                {LV2_LOG__log, &logs}};
  static const LV2_Feature* const list[] = {&features[0], &features[1], NULL};

  void* const library = dlopen(PLUGIN_MODULE, RTLD_NOW | RTLD_LOCAL);
  assert_non_null(library);

  LV2_Descriptor_Function find = NULL;
  *(void**)&find               = dlsym(library, "lv2_descriptor");
  assert_non_null(find);

  memset(host, 0, sizeof(*host));
  host->plugin = find(0);
  host->handle =
    host->plugin->instantiate(host->plugin, RATE_HZ, BUNDLE_FOLDER, list);
  assert_non_null(host->handle);
  assert_true(is->n_ports <= PORTS_MAX);
}

static void
close_host(const Host* const host)
{
  host->plugin->deactivate(host->handle);
  host->plugin->cleanup(host->handle);
}

/// All but the audio ports, and but `left_out`
static void
connect_all(Host* const host, const uint32_t left_out)
{
  for (uint32_t i = 0; i < is->n_parameters; ++i) {
    const uint32_t port  = is->parameters[i].port;
    float* const   value = &host->values[port];
    *value               = is->parameters[i].initial;
    host->plugin->connect_port(
      host->handle, port, port == left_out ? NULL : value);
  }

  host->values[is->freewheel_port] = 0.0f;
  host->plugin->connect_port(
    host->handle,
    is->freewheel_port,
    is->freewheel_port == left_out ? NULL : &host->values[is->freewheel_port]);
  host->plugin->connect_port(host->handle,
                             is->control_port,
                             is->control_port == left_out ? NULL
                                                          : &host->control);
  host->plugin->connect_port(host->handle,
                             is->notify_port,
                             is->notify_port == left_out ? NULL
                                                         : &host->notify);
}

/// Run one block of exactly that much memory
static void
run_block(Host* const        host,
          const float* const from,
          float* const       to,
          const uint32_t     frames)
{
  float* const in[]  = {(float*)calloc(frames + !frames, sizeof(float)),
                        (float*)calloc(frames + !frames, sizeof(float))};
  float* const out[] = {(float*)calloc(frames + !frames, sizeof(float)),
                        (float*)calloc(frames + !frames, sizeof(float))};

  for (uint32_t c = 0; c < 2u; ++c) {
    assert_non_null(in[c]);
    assert_non_null(out[c]);
    if (frames) {
      memcpy(in[c], from, frames * sizeof(float));
    }

    host->plugin->connect_port(host->handle, is->audio_in[c], in[c]);
    host->plugin->connect_port(host->handle, is->audio_out[c], out[c]);
  }

  host->control.atom.type         = map_uri(NULL, LV2_ATOM__Sequence);
  host->control.atom.size         = sizeof(LV2_Atom_Sequence_Body);
  host->notify.sequence.atom.type = map_uri(NULL, LV2_ATOM__Chunk);
  host->notify.sequence.atom.size = NOTIFY_SIZE - sizeof(LV2_Atom);
  host->plugin->run(host->handle, frames);

  for (uint32_t i = 0; i < frames; ++i) {
    assert_true(isfinite(out[0][i]) && isfinite(out[1][i]));
    if (to) {
      to[i] = out[0][i];
    }
  }

  for (uint32_t c = 0; c < 2u; ++c) {
    free(in[c]);
    free(out[c]);
  }
}

static float*
make_tone(void)
{
  float* const tone = (float*)calloc(N_FRAMES, sizeof(float));
  assert_non_null(tone);
  for (uint32_t i = 0; i < N_FRAMES; ++i) {
    tone[i] = 0.25f * (float)sin(6.283185307 * 440.0 * i / RATE_HZ);
  }

  return tone;
}

static void
test_nothing_connected(void** state)
{
  (void)state;

  float* const tone  = make_tone();
  float* const sound = (float*)calloc(BLOCK_MAX, sizeof(float));
  Host         host;
  open_host(&host);
  host.plugin->activate(host.handle);

  // Only sound, and at the defaults it goes through
  static const uint32_t sizes[] = {0, 1, 64, BLOCK_MAX, 0, 333};
  for (size_t i = 0; i < N_ELEMENTS(sizes); ++i) {
    run_block(&host, tone, sound, sizes[i]);
    for (uint32_t k = 0; k < sizes[i]; ++k) {
      assert_float_equal(sound[k], tone[k], 1e-5);
    }
  }

  close_host(&host);
  free(sound);
  free(tone);
}

static void
test_one_not_connected(void** state)
{
  (void)state;

  float* const tone  = make_tone();
  float* const sound = (float*)calloc(BLOCK_MAX, sizeof(float));

  for (uint32_t port = 0; port < is->n_ports; ++port) {
    if (port == is->audio_in[0] || port == is->audio_in[1] ||
        port == is->audio_out[0] || port == is->audio_out[1]) {
      continue;
    }

    Host host;
    open_host(&host);
    connect_all(&host, port);
    host.plugin->activate(host.handle);
    for (uint32_t i = 0; i < 4u; ++i) {
      run_block(&host, tone, sound, 64u);
      assert_float_equal(sound[63], tone[63], 1e-5);
    }

    // Taken away and given back while it runs
    host.plugin->connect_port(host.handle, port_of("output_gain"), NULL);
    host.plugin->connect_port(host.handle, is->notify_port, NULL);
    run_block(&host, tone, sound, 64u);
    connect_all(&host, UINT32_MAX);
    host.values[port_of("output_gain")] = -60.0f;
    for (uint32_t i = 0; i < 8u; ++i) {
      run_block(&host, tone, sound, 1024u);
    }
    assert_true(fabsf(sound[1000]) < 0.001f);
    assert_int_equal(host.notify.sequence.atom.type,
                     map_uri(NULL, LV2_ATOM__Sequence));
    close_host(&host);
  }

  free(sound);
  free(tone);
}

/// Set ports at these frames, whatever the blocks
static void
move_ports(Host* const host, const uint32_t frame)
{
  host->values[port_of("output_gain")] = frame < N_FRAMES / 2u ? 0.0f : -12.0f;
  host->values[port_of("low_gain")]    = frame < N_FRAMES / 4u ? 0.0f : 6.0f;
  host->values[port_of("delay_mix")]   = frame < N_FRAMES / 4u ? 0.0f : 0.3f;
}

/// What comes out if blocks have sizes up to `most`; 0 frames now and then
static float*
run_in_blocks(const float* const tone, const uint32_t most, const uint64_t seed)
{
  const uint32_t quarter = N_FRAMES / 4u;
  Random         random  = {seed + 1u};
  float* const   sound   = (float*)calloc(N_FRAMES, sizeof(float));
  Host           host;
  assert_non_null(sound);
  open_host(&host);
  connect_all(&host, UINT32_MAX);
  host.plugin->activate(host.handle);

  for (uint32_t at = 0; at < N_FRAMES;) {
    const uint32_t left   = quarter - (at % quarter);
    const uint32_t size   = seed ? 1u + random_below(&random, most) : most;
    const uint32_t frames = size < left ? size : left;

    move_ports(&host, at);
    if (seed && !random_below(&random, 4u)) {
      run_block(&host, tone + at, NULL, 0u);
    }

    run_block(&host, tone + at, sound + at, frames);
    at += frames;
  }

  close_host(&host);
  return sound;
}

/// The sound does not depend on them
static void
test_blocks_of_all_sizes(void** state)
{
  (void)state;

  float* const tone     = make_tone();
  float* const expected = run_in_blocks(tone, 256u, 0u);
  double       energy   = 0.0;

  static const uint32_t mosts[] = {7u, 200u, BLOCK_MAX, BLOCK_MAX, BLOCK_MAX};
  for (uint32_t i = 0; i < N_ELEMENTS(mosts); ++i) {
    float* const sound = run_in_blocks(tone, mosts[i], 1000u + i);
    for (uint32_t k = 0; k < N_FRAMES; ++k) {
      assert_float_equal(sound[k], expected[k], 2e-5);
      energy += fabs((double)sound[k] - (double)tone[k]);
    }
    free(sound);
  }

  assert_true(energy > 1000.0); // The ports did move
  free(expected);
  free(tone);
}

// States

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
  const bool         is_values = strstr(uris[key - 1u], "values") != NULL;

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

  if (strstr(uris[key - 1u], "values")) {
    const char* const gain  = strstr((const char*)value, "\noutput_gain ");
    const char* const width = strstr((const char*)value, "\nwidth ");
    found->gain             = gain ? strtof(gain + 13, NULL) : NAN;
    found->width            = width ? strtof(width + 7, NULL) : NAN;
    ++found->n;
  }

  return LV2_STATE_SUCCESS;
}

typedef struct {
  Host          host;
  _Atomic(bool) is_ending;
  _Atomic(bool) has_bad_sound;
} Running;

static void*
run_on(void* const context)
{
  Running* const it = (Running*)context;
  static float   in[2][BLOCK_MAX];
  static float   out[2][BLOCK_MAX];
  const uint32_t n      = BLOCK_MAX;
  Random         random = {1u};

  for (uint32_t c = 0; c < 2u; ++c) {
    it->host.plugin->connect_port(it->host.handle, is->audio_in[c], in[c]);
    it->host.plugin->connect_port(it->host.handle, is->audio_out[c], out[c]);
  }

  while (!atomic_load(&it->is_ending)) {
    for (uint32_t i = 0; i < n; ++i) {
      in[0][i] = in[1][i] = (i & 64u) ? 0.25f : -0.25f;
    }

    // Any size at every call: none, short ones and the longest
    const uint32_t most                = random_below(&random, 4u) ? 256u : n;
    const uint32_t frames              = random_below(&random, most + 1u);
    it->host.notify.sequence.atom.size = NOTIFY_SIZE - sizeof(LV2_Atom);
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

  const uint32_t string = map_uri(NULL, LV2_ATOM__String);
  const uint32_t number = map_uri(NULL, LV2_ATOM__Float);

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
  open_host(&it.host);
  connect_all(&it.host, UINT32_MAX);
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
  float* const tone   = make_tone();
  float* const sound  = (float*)calloc(BLOCK_MAX, sizeof(float));
  char         text[] = "ringside 1\noutput_gain -20 0 osc\n";
  Saved        last   = {text, sizeof(text), string, NULL, 0u, 0u};
  assert_int_equal(states->restore(it.host.handle, retrieve, &last, 0, NULL),
                   LV2_STATE_SUCCESS);
  for (uint32_t i = 0; i < 16u; ++i) {
    run_block(&it.host, tone, sound, 4800u);
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
    run_block(&it.host, tone, sound, 4800u);
  }
  for (uint32_t i = 0; i < 4800u; ++i) {
    assert_float_equal(sound[i], tone[i], 1e-4);
  }

  free(sound);
  free(tone);
  close_host(&it.host);
}

int
main(void)
{
  // What is started here never shows itself: it does not keep the pace of time
  setenv("RINGSIDE_RUNTIME_DIR", "/nonexistent/ringside", 1);

  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_nothing_connected),
    cmocka_unit_test(test_one_not_connected),
    cmocka_unit_test(test_blocks_of_all_sizes),
    cmocka_unit_test(test_hostile_states_while_it_runs),
  };

  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  for (uint32_t i = 0; i < n_uris; ++i) {
    free(uris[i]);
  }

  return failed;
}
