// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The smallest host of the real plugin

#include "tests/reliability/mini.h"

#include "plugin/description.h"

#include <lv2/log/log.h>
#include <lv2/urid/urid.h>

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define URIS_MAX 64u

static const RsDescription* const is = &rs_strip_description;

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

  if (n_uris == URIS_MAX) {
    return 0;
  }

  uris[n_uris] = strdup(uri);
  return ++n_uris;
}

__attribute__((format(printf, 3, 0))) static int
log_va(LV2_Log_Handle handle, LV2_URID type, const char* format, va_list args)
{
  (void)handle;
  (void)type;
  return vfprintf(stderr, format, args);
}

__attribute__((format(printf, 3, 4))) static int
log_line(LV2_Log_Handle handle, LV2_URID type, const char* format, ...)
{
  va_list args;
  va_start(args, format);
  const int n = log_va(handle, type, format, args);
  va_end(args);
  return n;
}

void (*mini_on_request)(void);

static int
request_change(void* const handle, const uint32_t index, const float value)
{
  (void)handle;
  (void)index;
  (void)value;
  mini_on_request();
  return 1; // Not done: the port stays as it is
}

int64_t
mini_now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((int64_t)now.tv_sec * 1000000000) + now.tv_nsec;
}

static void
connect_ports(Mini* const mini)
{
  for (uint32_t i = 0; i < is->n_parameters; ++i) {
    const uint32_t port = is->parameters[i].port;
    mini->values[port]  = is->parameters[i].initial;
    mini->plugin->connect_port(mini->handle, port, &mini->values[port]);
  }

  mini->plugin->connect_port(
    mini->handle, is->freewheel_port, &mini->values[is->freewheel_port]);
  mini->plugin->connect_port(mini->handle, is->control_port, &mini->control);
  mini->plugin->connect_port(mini->handle, is->notify_port, &mini->notify);
  for (uint32_t c = 0; c < 2u; ++c) {
    mini->plugin->connect_port(mini->handle, is->audio_in[c], mini->in[c]);
    mini->plugin->connect_port(mini->handle, is->audio_out[c], mini->out[c]);
  }
}

bool
mini_open(Mini* const mini)
{
  static LV2_URID_Map      map        = {NULL, map_uri};
  static LV2_Log_Log       logs       = {NULL, log_line, log_va};
  static const LV2_Feature features[] = {{LV2_URID__map, &map},
                                         {LV2_LOG__log, &logs}};
  static struct {
    void* handle;
    int (*request_change)(void* handle, uint32_t index, float value);
  } kx = {NULL, request_change};

  const LV2_Feature request = {
    "http://kx.studio/ns/lv2ext/control-input-port-change-request", &kx};
  const LV2_Feature* const list[] = {
    &features[0], &features[1], mini_on_request ? &request : NULL, NULL};

  memset(mini, 0, sizeof(*mini));
  for (uint32_t c = 0; c < 2u; ++c) {
    mini->in[c]  = (float*)calloc(MINI_BLOCK_MAX, sizeof(float));
    mini->out[c] = (float*)calloc(MINI_BLOCK_MAX, sizeof(float));
  }

  void* const             library = dlopen(PLUGIN_MODULE, RTLD_NOW);
  LV2_Descriptor_Function find    = NULL;
  if (library) {
    *(void**)&find = dlsym(library, "lv2_descriptor");
  }

  if (!find || is->n_ports > MINI_PORTS_MAX) {
    return false;
  }

  mini->plugin = find(0);
  mini->handle =
    mini->plugin->instantiate(mini->plugin, MINI_RATE_HZ, BUNDLE_FOLDER, list);
  if (!mini->handle) {
    return false;
  }

  connect_ports(mini);
  mini->plugin->activate(mini->handle);
  return true;
}

void
mini_close(Mini* const mini)
{
  if (mini->handle) {
    mini->plugin->deactivate(mini->handle);
    mini->plugin->cleanup(mini->handle);
    mini->handle = NULL;
  }

  for (uint32_t c = 0; c < 2u; ++c) {
    free(mini->in[c]);
    free(mini->out[c]);
  }
}

float*
mini_port(Mini* const mini, const char* const symbol)
{
  for (uint32_t i = 0; i < is->n_parameters; ++i) {
    if (!strcmp(is->parameters[i].symbol, symbol)) {
      return &mini->values[is->parameters[i].port];
    }
  }

  fprintf(stderr, "there is no port %s\n", symbol);
  abort();
}

void
mini_fill(Mini* const mini, const uint64_t position, const uint32_t frames)
{
  for (uint32_t i = 0; i < frames; ++i) {
    uint64_t x = (position + i + 1u) * UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 29u;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    mini->in[0][i] = (float)((int32_t)(x >> 32u)) * 0x1p-33f;
    mini->in[1][i] = (float)((int32_t)x) * 0x1p-33f;
  }
}

void
mini_run(Mini* const mini, const uint32_t frames)
{
  mini->control.atom.type         = map_uri(NULL, LV2_ATOM__Sequence);
  mini->control.atom.size         = sizeof(LV2_Atom_Sequence_Body);
  mini->notify.sequence.atom.type = map_uri(NULL, LV2_ATOM__Chunk);
  mini->notify.sequence.atom.size = MINI_NOTIFY_SIZE - sizeof(LV2_Atom);
  mini->plugin->run(mini->handle, frames);
}

bool
mini_is_finite(const Mini* const mini, const uint32_t frames)
{
  for (uint32_t i = 0; i < frames; ++i) {
    if (!isfinite(mini->out[0][i]) || !isfinite(mini->out[1][i])) {
      return false;
    }
  }

  return true;
}

void
mini_pace(const int64_t start_ns, const uint64_t position)
{
  const int64_t due_ns =
    start_ns + (int64_t)((double)position / MINI_RATE_HZ * 1e9);

  const struct timespec until = {due_ns / 1000000000, due_ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
         EINTR) {
  }
}
