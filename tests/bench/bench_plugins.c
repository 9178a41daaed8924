// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the strip costs beside comparable chains of other plugins.

   One LV2 host runs all of them on the same noise, 64 frames at a time, in
   turns, so that all see the same machine; medians of the blocks.  Every band
   does something, the compressors work, delays and reverbs are heard.  What is
   mono runs twice.  Chains that are not installed are left out, and said.

       bench_plugins FOLDER    where ringside.lv2 lies
*/

#include "tests/bench/figure.h"

#include <glob.h>
#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_HZ 48000.0
#define BLOCK 64u
#define STAGES_MAX 4u
#define PORTS_MAX 256u
#define ATOMS_SIZE 65536u

/// A plugin of a chain and the controls that are not at their defaults
typedef struct {
  const char* uri; ///< NULL: no more
  const char* controls;
} Stage;

typedef struct {
  const char* name;
  Stage       stages[STAGES_MAX + 1u];
} Chain;

#define OURS "urn:ringside:strip"
#define OUR_EQ \
  "low_gain=4 low_mid_gain=-5 high_mid_gain=6 high_gain=-4 hpf_freq=80 "
#define OUR_COMP "comp_threshold=-24 comp_ratio=4 comp_makeup=3 "
#define OUR_SPACE "delay_mix=0.3 reverb_mix=0.3 "
#define FIL4 "http://gareus.org/oss/lv2/fil4#stereo"
#define FIL4_EQ \
  "HighPass=1 HPfreq=80 LSgain=4 gain1=-5 gain2=6 gain3=3 gain4=-3 HSgain=-4"
#define DARC "http://gareus.org/oss/lv2/darc#stereo"
#define LSP "http://lsp-plug.in/plugins/lv2/"
#define LSP_EQ                                                   \
  "ft_0=2 f_0=80 ft_1=1 f_1=200 g_1=1.6 ft_2=1 f_2=600 g_2=0.6 " \
  "ft_3=1 f_3=2000 g_3=2 ft_4=1 f_4=5000 g_4=0.6"
#define A_EQ "gl=4 g1=-5 g2=6 g3=3 g4=-3 gh=-4"
#define A_COMP "thr=-24 rat=4 mak=3"
#define CALF "http://calf.sourceforge.net/plugins/"
#define CALF_EQ                                                               \
  "hp_active=1 hp_freq=80 ls_active=1 ls_level=1.6 hs_active=1 hs_level=0.6 " \
  "p1_active=1 p1_level=0.6 p2_active=1 p2_level=2 p3_active=1 p3_level=1.4"

// clang-format off
static const Chain chains[] = {
  // Ours first; each following one is compared with the last of ours before it
  {"Ringside, EQ and compressor",    {{OURS, OUR_EQ OUR_COMP}}},
  {"x42 fil4 + darc",                {{FIL4, FIL4_EQ}, {DARC, "threshold=-24 Ratio=0.75"}}},
  {"LSP para EQ x16 + compressor",   {{LSP "para_equalizer_x16_stereo", LSP_EQ},
                                      {LSP "compressor_stereo", "al=0.063 cr=4"}}},
  {"Calf EQ 5 + compressor",         {{CALF "Equalizer5Band", CALF_EQ},
                                      {CALF "Compressor", "threshold=0.063 ratio=4"}}},
  {"Ardour a-eq + a-comp",           {{"urn:ardour:a-eq", A_EQ}, {"urn:ardour:a-comp#stereo", A_COMP}}},
  {"Ringside, everything on",        {{OURS, OUR_EQ OUR_COMP OUR_SPACE}}},
  {"Calf EQ 5 + comp + delay + reverb", {{CALF "Equalizer5Band", CALF_EQ},
                                      {CALF "Compressor", "threshold=0.063 ratio=4"},
                                      {CALF "VintageDelay", ""}, {CALF "Reverb", ""}}},
  {"Ardour a-eq + a-comp + a-delay + a-reverb",
                                     {{"urn:ardour:a-eq", A_EQ}, {"urn:ardour:a-comp#stereo", A_COMP},
                                      {"urn:ardour:a-delay", ""}, {"urn:ardour:a-reverb", ""}}},
  {"Ringside, at its defaults",      {{OURS, ""}}},
};
// clang-format on

typedef struct {
  LV2_Atom_Sequence sequence;
  uint8_t           rest[ATOMS_SIZE];
} Atoms;

// What goes in is empty, what comes out has room
static Atoms silent;
static Atoms spoken;

#define N_CHAINS (sizeof(chains) / sizeof(*chains))

typedef struct {
  LilvInstance* instances[2]; ///< The second of what is mono
  float         controls[2][PORTS_MAX];
} Running;

typedef struct {
  Running  stages[STAGES_MAX];
  uint32_t n_stages;
  float    buffers[STAGES_MAX + 1u][2][BLOCK];
} Rack;

static char*    symbols[4096];
static uint32_t n_symbols;

static LV2_URID
map(LV2_URID_Map_Handle handle, const char* const uri)
{
  (void)handle;
  for (uint32_t i = 0u; i < n_symbols; ++i) {
    if (!strcmp(symbols[i], uri)) {
      return i + 1u;
    }
  }
  if (n_symbols == sizeof(symbols) / sizeof(*symbols)) {
    abort();
  }
  symbols[n_symbols++] = strdup(uri);
  return n_symbols;
}

static const char*
unmap(LV2_URID_Unmap_Handle handle, const LV2_URID urid)
{
  (void)handle;
  return urid && urid <= n_symbols ? symbols[urid - 1u] : NULL;
}

static int64_t
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// The value of "symbol=value" in a list, or `otherwise`
static float
find_control(const char* list, const char* const symbol, const float otherwise)
{
  const size_t length = strlen(symbol);
  for (; list && *list; list = strchr(list, ' ')) {
    list += *list == ' ';
    if (!strncmp(list, symbol, length) && list[length] == '=') {
      return strtof(list + length + 1u, NULL);
    }
  }
  return otherwise;
}

/// Instantiate and connect one stage.  @return false if that cannot be
static bool
open_stage(LilvWorld* const          world,
           const Stage* const        stage,
           Rack* const               rack,
           const uint32_t            at,
           const LV2_Feature* const* features)
{
  static float unused[2][BLOCK];

  LilvNode* const         uri = lilv_new_uri(world, stage->uri);
  const LilvPlugin* const plugin =
    lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
  lilv_node_free(uri);
  const uint32_t n = plugin ? lilv_plugin_get_num_ports(plugin) : 0u;
  if (!n || n > PORTS_MAX) {
    return false;
  }

  LilvNode* const audio   = lilv_new_uri(world, LILV_URI_AUDIO_PORT);
  LilvNode* const control = lilv_new_uri(world, LILV_URI_CONTROL_PORT);
  LilvNode* const input   = lilv_new_uri(world, LILV_URI_INPUT_PORT);
  Running* const  running = &rack->stages[at];
  const bool      is_mono =
    lilv_plugin_get_num_ports_of_class(plugin, audio, input, NULL) < 2u;
  silent.sequence.atom =
    (LV2_Atom){sizeof(LV2_Atom_Sequence_Body), map(NULL, LV2_ATOM__Sequence)};

  static float defaults[PORTS_MAX];
  lilv_plugin_get_port_ranges_float(plugin, NULL, NULL, defaults);
  for (uint32_t copy = 0u; copy < (is_mono ? 2u : 1u); ++copy) {
    LilvInstance* const instance =
      lilv_plugin_instantiate(plugin, RATE_HZ, features);
    if (!instance) {
      return false;
    }
    running->instances[copy] = instance;

    uint32_t channels[2] = {copy, copy}; // In, out
    for (uint32_t p = 0u; p < n; ++p) {
      const LilvPort* const port    = lilv_plugin_get_port_by_index(plugin, p);
      const bool            is_in   = lilv_port_is_a(plugin, port, input);
      uint32_t* const       channel = &channels[is_in ? 0 : 1];
      if (lilv_port_is_a(plugin, port, audio)) {
        float* const buffer =
          *channel < 2u ? rack->buffers[at + !is_in][*channel] : unused[is_in];
        ++*channel;
        lilv_instance_connect_port(instance, p, buffer);
      } else if (lilv_port_is_a(plugin, port, control)) {
        const char* const symbol =
          lilv_node_as_string(lilv_port_get_symbol(plugin, port));
        const float value = defaults[p] == defaults[p] ? defaults[p] : 0.0f;
        running->controls[copy][p] =
          find_control(stage->controls, symbol, value);
        lilv_instance_connect_port(instance, p, &running->controls[copy][p]);
      } else {
        lilv_instance_connect_port(instance, p, is_in ? &silent : &spoken);
      }
    }
    lilv_instance_activate(instance);
  }

  lilv_node_free(audio);
  lilv_node_free(control);
  lilv_node_free(input);
  return true;
}

static void
run_rack(Rack* const rack)
{
  for (uint32_t i = 0u; i < rack->n_stages; ++i) {
    for (uint32_t copy = 0u; copy < 2u; ++copy) {
      if (rack->stages[i].instances[copy]) {
        spoken.sequence.atom.size = ATOMS_SIZE;
        lilv_instance_run(rack->stages[i].instances[copy], BLOCK);
      }
    }
  }
}

static void
close_rack(Rack* const rack)
{
  for (uint32_t i = 0u; i < STAGES_MAX; ++i) {
    for (uint32_t copy = 0u; copy < 2u; ++copy) {
      if (rack->stages[i].instances[copy]) {
        lilv_instance_deactivate(rack->stages[i].instances[copy]);
        lilv_instance_free(rack->stages[i].instances[copy]);
      }
    }
  }
  free(rack);
}

static Rack*
open_rack(LilvWorld* const          world,
          const Chain* const        chain,
          const LV2_Feature* const* features)
{
  Rack* const rack = (Rack*)calloc(1u, sizeof(Rack));
  for (; rack && chain->stages[rack->n_stages].uri; ++rack->n_stages) {
    const uint32_t at = rack->n_stages;
    if (!open_stage(world, &chain->stages[at], rack, at, features)) {
      printf("%s: %s is not here\n", chain->name, chain->stages[at].uri);
      close_rack(rack);
      return NULL;
    }
  }
  return rack;
}

/// Look for ours, then where Debian has the others
static void
set_path(const char* const ours)
{
  char   path[4096];
  glob_t found;
  int    n = snprintf(path, sizeof(path), "%s:/usr/lib/lv2", ours);
  if (!glob("/usr/lib/ardour*/LV2", 0, NULL, &found)) {
    for (size_t i = 0u; i < found.gl_pathc && n < (int)sizeof(path) - 256;
         ++i) {
      n +=
        snprintf(path + n, sizeof(path) - (size_t)n, ":%s", found.gl_pathv[i]);
    }
    globfree(&found);
  }
  setenv("LV2_PATH", path, 1);
}

int
main(const int argc, char** const argv)
{
  if (argc != 2) {
    fprintf(stderr, "usage: bench_plugins FOLDER\n");
    return 2;
  }
  set_path(argv[1]);

  const uint32_t n_blocks = rs_figure_is_quick() ? 3000u : 12000u;

  LV2_URID_Map   map_data   = {NULL, map};
  LV2_URID_Unmap unmap_data = {NULL, unmap};
  const int32_t  length     = BLOCK;
  const float    rate       = (float)RATE_HZ;
  const LV2_URID integer    = map(NULL, LV2_ATOM__Int);

  LV2_Options_Option options[] = {
    {LV2_OPTIONS_INSTANCE,
     0u,
     map(NULL, LV2_BUF_SIZE__minBlockLength),
     sizeof(length),
     integer,
     &length},
    {LV2_OPTIONS_INSTANCE,
     0u,
     map(NULL, LV2_BUF_SIZE__maxBlockLength),
     sizeof(length),
     integer,
     &length},
    {LV2_OPTIONS_INSTANCE,
     0u,
     map(NULL, LV2_BUF_SIZE__nominalBlockLength),
     sizeof(length),
     integer,
     &length},
    {LV2_OPTIONS_INSTANCE,
     0u,
     map(NULL, "http://lv2plug.in/ns/ext/parameters#sampleRate"),
     sizeof(rate),
     map(NULL, LV2_ATOM__Float),
     &rate},
    {LV2_OPTIONS_INSTANCE, 0u, 0u, 0u, 0u, NULL},
  };
  const LV2_Feature        list[]     = {{LV2_URID__map, &map_data},
                                         {LV2_URID__unmap, &unmap_data},
                                         {LV2_OPTIONS__options, options},
                                         {LV2_BUF_SIZE__boundedBlockLength, NULL},
                                         {LV2_BUF_SIZE__fixedBlockLength, NULL}};
  const LV2_Feature* const features[] = {
    &list[0], &list[1], &list[2], &list[3], &list[4], NULL};

  LilvWorld* const world = lilv_world_new();
  lilv_world_load_all(world);

  Rack*    racks[N_CHAINS] = {NULL};
  int64_t* times[N_CHAINS] = {NULL};
  for (size_t i = 0u; i < N_CHAINS; ++i) {
    racks[i] = open_rack(world, &chains[i], features);
    times[i] = (int64_t*)calloc(n_blocks, sizeof(int64_t));
    if (!times[i]) {
      abort();
    }
  }
  if (!racks[0]) {
    fprintf(stderr, "bench_plugins: there is no strip in that folder\n");
    return 1;
  }

  // The first second fills delays and settles what glides
  const uint32_t warm = (uint32_t)(RATE_HZ / BLOCK);
  uint32_t       seed = 1u;
  for (uint32_t block = 0u; block < warm + n_blocks; ++block) {
    float noise[2][BLOCK];
    for (uint32_t i = 0u; i < 2u * BLOCK; ++i) {
      seed              = seed * 1664525u + 1013904223u;
      (&noise[0][0])[i] = 0.3f * ((float)(seed >> 8u) / 8388608.0f - 1.0f);
    }
    for (size_t i = 0u; i < N_CHAINS; ++i) {
      if (racks[i]) {
        memcpy(racks[i]->buffers[0], noise, sizeof(noise));
        const int64_t start = now_ns();
        run_rack(racks[i]);
        if (block >= warm) {
          times[i][block - warm] = now_ns() - start;
        }
      }
    }
  }

  double ours = 0.0;
  printf(
    "%u blocks of %u frames at %.0f Hz; medians\n", n_blocks, BLOCK, RATE_HZ);
  for (size_t i = 0u; i < N_CHAINS; ++i) {
    if (racks[i]) {
      rs_figure_sort(times[i], n_blocks);
      const double ns = (double)rs_figure_percentile(times[i], n_blocks, 50.0);
      const bool   is_ours = !strncmp(chains[i].name, "Ringside", 8u);
      ours                 = is_ours ? ns : ours;
      printf("%-44s%8.0f ns a block, %5.2f %% of a core",
             chains[i].name,
             ns,
             100.0 * ns * RATE_HZ / BLOCK * 1e-9);
      rs_figure(
        "plugins", chains[i].name, 100.0 * ns * RATE_HZ / BLOCK * 1e-9, "%");
      if (!is_ours) {
        char what[128];
        snprintf(what, sizeof(what), "strip over %s", chains[i].name);
        printf("; the strip takes %.2f times that", ours / ns);
        rs_figure("plugins", what, ours / ns, "");
      }
      printf("\n");
      close_rack(racks[i]);
    }
    free(times[i]);
  }
  lilv_world_free(world);
  return 0;
}
