// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// The factory presets of the built bundle, read as hosts read them, and heard

#include "tests/unit/check.h"

#include "plugin/processor.h"
#include "tests/unit/strip_rig.h"

#include "strip_table.h"

#include <lilv/lilv.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LV2_ATOM__Float "http://lv2plug.in/ns/ext/atom#Float"
#define LV2_PRESETS__Preset "http://lv2plug.in/ns/ext/presets#Preset"

/// One preset as it was read
typedef struct {
  char  label[64];
  float values[RS_STRIP_N_PARAMETERS];
  bool  is_set[RS_STRIP_N_PARAMETERS];
} Preset;

static Preset   presets[64];
static unsigned n_presets;

// A URI map of the simplest kind: the index of a copy

static char*    uris[256];
static unsigned n_uris;

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* const uri)
{
  (void)handle;
  for (unsigned i = 0u; i < n_uris; ++i) {
    if (!strcmp(uris[i], uri)) {
      return i + 1u;
    }
  }
  assert_true(n_uris < N_ELEMENTS(uris));
  uris[n_uris] = strdup(uri);
  return ++n_uris;
}

static LV2_URID_Map map = {NULL, map_uri};

static void
read_value(const char* const symbol,
           void* const       data,
           const void* const value,
           const uint32_t    size,
           const uint32_t    type)
{
  Preset* const preset = (Preset*)data;
  assert_int_equal(size, sizeof(float));
  assert_int_equal(type, map_uri(NULL, LV2_ATOM__Float));
  for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
    if (!strcmp(symbol, rs_strip_parameters[i].symbol)) {
      assert_false(preset->is_set[i]); // Not twice
      preset->is_set[i] = true;
      memcpy(&preset->values[i], value, sizeof(float));
      return;
    }
  }
  print_message("# %s: no parameter \"%s\"\n", preset->label, symbol);
  assert_true(false);
}

/// Load only our bundle, from the build folder
static int
read_presets(void** state)
{
  (void)state;
  char path[4096];
  snprintf(path, sizeof(path), "%s/ringside.lv2/", getenv("RINGSIDE_BUILD"));

  LilvWorld* const world  = lilv_world_new();
  LilvNode* const  bundle = lilv_new_file_uri(world, NULL, path);
  lilv_world_load_bundle(world, bundle);

  LilvNode* const         uri  = lilv_new_uri(world, RS_STRIP_URI);
  LilvNode* const         kind = lilv_new_uri(world, LV2_PRESETS__Preset);
  LilvNode* const         name = lilv_new_uri(world, LILV_NS_RDFS "label");
  const LilvPlugin* const plugin =
    lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
  assert_non_null(plugin);

  LilvNodes* const nodes = lilv_plugin_get_related(plugin, kind);
  LILV_FOREACH(nodes, n, nodes)
  {
    const LilvNode* const node = lilv_nodes_get(nodes, n);
    assert_true(lilv_world_load_resource(world, node) > 0);
    LilvNode* const label = lilv_world_get(world, node, name, NULL);
    assert_non_null(label);

    Preset* const preset = &presets[n_presets++];
    snprintf(
      preset->label, sizeof(preset->label), "%s", lilv_node_as_string(label));
    LilvState* const saved = lilv_state_new_from_world(world, &map, node);
    assert_non_null(saved);
    lilv_state_emit_port_values(saved, read_value, preset);
    lilv_state_free(saved);
    lilv_node_free(label);
  }

  lilv_nodes_free(nodes);
  lilv_node_free(name);
  lilv_node_free(kind);
  lilv_node_free(uri);
  lilv_node_free(bundle);
  lilv_world_free(world);
  return 0;
}

static void
test_there_are_enough(void** state)
{
  (void)state;
  assert_true(n_presets >= 12u);
  for (unsigned i = 0u; i < n_presets; ++i) {
    assert_true(strlen(presets[i].label) > 0u);
    for (unsigned j = 0u; j < i; ++j) {
      assert_string_not_equal(presets[i].label, presets[j].label);
    }
  }
}

/// Every parameter but the bypass, so that nothing of before shines through
static void
test_all_values_are_there_and_legal(void** state)
{
  (void)state;
  for (unsigned n = 0u; n < n_presets; ++n) {
    const Preset* const preset = &presets[n];
    for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
      const RsParameter* const p     = &rs_strip_parameters[i];
      const bool               ought = rig_is_input(i) && i != RS_STRIP_ENABLED;
      const float              legal =
        rs_parameter_legal(p, rs_strip_points, (double)preset->values[i]);
      if (preset->is_set[i] != ought || (ought && preset->values[i] != legal)) {
        print_message("# %s: %s %s, %g\n",
                      preset->label,
                      p->symbol,
                      preset->is_set[i] ? "is set" : "is missing",
                      (double)preset->values[i]);
        assert_true(false);
      }
    }
  }
}

static void
test_they_differ(void** state)
{
  (void)state;
  for (unsigned i = 0u; i < n_presets; ++i) {
    for (unsigned j = 0u; j < i; ++j) {
      assert_memory_not_equal(
        presets[i].values, presets[j].values, sizeof(presets[i].values));
    }
  }
}

/// Bursts like speech or drums come out about as loud as they went in
static void
test_they_keep_the_level(void** state)
{
  (void)state;
  Sound in  = sound_new(480000u);
  Sound out = sound_new(480000u);

  // Noise with less highs than lows, gated, peaks around -6 dB
  sound_noise(&in, 1.0f, 41u);
  double sum_in = 0.0;
  for (unsigned c = 0u; c < 2u; ++c) {
    float low = 0.0f;
    for (uint32_t i = 0u; i < in.n_frames; ++i) {
      const uint32_t at       = i % 24000u;
      const float    envelope = expf(-(float)at / 6000.0f);
      low += 0.1f * (in.channel[c][i] - low);
      in.channel[c][i] = envelope * (1.4f * low + 0.1f * in.channel[c][i]);
      sum_in += (double)in.channel[c][i] * (double)in.channel[c][i];
    }
  }

  unsigned n_wrong = 0u;
  for (unsigned n = 0u; n < n_presets; ++n) {
    RsProcessor p = rig_open(48000.0);
    for (uint32_t i = 0u; i < RS_STRIP_N_PARAMETERS; ++i) {
      if (presets[n].is_set[i]) {
        p.set(p.self, i, presets[n].values[i]);
      }
    }
    rig_run(&p, &in, &out, 0u, in.n_frames);
    double sum  = 0.0;
    float  peak = 0.0f;
    for (unsigned c = 0u; c < 2u; ++c) {
      for (uint32_t i = 0u; i < out.n_frames; ++i) {
        sum += (double)out.channel[c][i] * (double)out.channel[c][i];
        peak = fmaxf(peak, fabsf(out.channel[c][i]));
      }
    }
    const double change = 10.0 * log10(sum / sum_in);
    print_message("# %-20s %+5.1f dB, peak %5.2f\n",
                  presets[n].label,
                  change,
                  (double)peak);
    n_wrong += fabs(change) > 9.0 || peak > 2.0f;
    rig_close(&p);
  }
  assert_int_equal(n_wrong, 0u);
  sound_free(&in);
  sound_free(&out);
}

static int
forget_uris(void** state)
{
  (void)state;
  for (unsigned i = 0u; i < n_uris; ++i) {
    free(uris[i]);
  }
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_there_are_enough),
    cmocka_unit_test(test_all_values_are_there_and_legal),
    cmocka_unit_test(test_they_differ),
    cmocka_unit_test(test_they_keep_the_level),
  };

  return cmocka_run_group_tests(tests, read_presets, forget_uris);
}
