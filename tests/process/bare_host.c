// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that does with the real plugin what its test wants

#include "tests/process/bare_host.h"

#include "tests/unit/check.h"

#include "plugin/description.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/urid/urid.h>

#include <dlfcn.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define URIS_MAX 64u

const RsDescription* const bare_strip = &rs_strip_description;

static char*    uris[URIS_MAX];
static uint32_t n_uris;

void
bare_begin(void)
{
  // They do not keep the pace of time; and no folder, no bridge
  setenv("RINGSIDE_RUNTIME_DIR", "/nonexistent/ringside", 1);
}

void
bare_end(void)
{
  for (uint32_t i = 0; i < n_uris; ++i) {
    free(uris[i]);
  }

  n_uris = 0u;
}

LV2_URID
bare_map(LV2_URID_Map_Handle handle, const char* const uri)
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

const char*
bare_uri(const LV2_URID urid)
{
  assert_in_range(urid, 1u, n_uris);
  return uris[urid - 1u];
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

static LV2_URID_Map map  = {NULL, bare_map};
static LV2_Log_Log  logs = {NULL, log_nothing, log_nothing_va};

static uint32_t
parameter_of(const char* const symbol)
{
  uint32_t i = 0;
  while (strcmp(bare_strip->parameters[i].symbol, symbol) != 0) {
    ++i;
    assert_true(i < bare_strip->n_parameters);
  }

  return i;
}

uint32_t
bare_port(const char* const symbol)
{
  return bare_strip->parameters[parameter_of(symbol)].port;
}

void
bare_open(BareHost* const host)
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
    host->plugin->instantiate(host->plugin, BARE_RATE_HZ, BUNDLE_FOLDER, list);
  assert_non_null(host->handle);
  assert_true(bare_strip->n_ports <= BARE_PORTS_MAX);
}

void
bare_close(const BareHost* const host)
{
  host->plugin->deactivate(host->handle);
  host->plugin->cleanup(host->handle);
}

void
bare_connect(BareHost* const host, const uint32_t left_out)
{
  for (uint32_t i = 0; i < bare_strip->n_parameters; ++i) {
    const uint32_t port  = bare_strip->parameters[i].port;
    float* const   value = &host->values[port];
    *value               = bare_strip->parameters[i].initial;
    host->plugin->connect_port(
      host->handle, port, port == left_out ? NULL : value);
  }

  host->values[bare_strip->freewheel_port] = 0.0f;
  host->plugin->connect_port(host->handle,
                             bare_strip->freewheel_port,
                             bare_strip->freewheel_port == left_out
                               ? NULL
                               : &host->values[bare_strip->freewheel_port]);
  host->plugin->connect_port(
    host->handle,
    bare_strip->control_port,
    bare_strip->control_port == left_out ? NULL : &host->control);
  host->plugin->connect_port(
    host->handle,
    bare_strip->notify_port,
    bare_strip->notify_port == left_out ? NULL : &host->notify);
}

void
bare_run(BareHost* const    host,
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

    host->plugin->connect_port(host->handle, bare_strip->audio_in[c], in[c]);
    host->plugin->connect_port(host->handle, bare_strip->audio_out[c], out[c]);
  }

  host->control.atom.type         = bare_map(NULL, LV2_ATOM__Sequence);
  host->control.atom.size         = sizeof(LV2_Atom_Sequence_Body);
  host->notify.sequence.atom.type = bare_map(NULL, LV2_ATOM__Chunk);
  host->notify.sequence.atom.size = BARE_NOTIFY_SIZE - sizeof(LV2_Atom);
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

float*
bare_tone(void)
{
  float* const tone = (float*)calloc(BARE_N_FRAMES, sizeof(float));
  assert_non_null(tone);
  for (uint32_t i = 0; i < BARE_N_FRAMES; ++i) {
    tone[i] = 0.25f * (float)sin(6.283185307 * 440.0 * i / BARE_RATE_HZ);
  }

  return tone;
}
