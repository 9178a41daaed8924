// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The LV2 glue, as far as the host's instantiation threads call it

#include "plugin/instance.h"
#include "plugin/pair.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/core/lv2_util.h>
#include <lv2/log/log.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/// Clocks that user space reads by itself, through the vDSO
static const char* const fast_clocks[] = {
  "tsc\n",
  "kvm-clock\n",
  "hyperv_clocksource_tsc_page\n",
  "arch_sys_counter\n",
};

/// 1 if clock_gettime() enters the kernel, as far as that is known
static uint32_t
find_slow_clock(void)
{
  FILE* const file = fopen(
    "/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
  if (!file) {
    return 0u;
  }

  char     name[64] = "";
  uint32_t is_slow  = fgets(name, sizeof(name), file) ? 1u : 0u;
  fclose(file);

  for (size_t i = 0; i < sizeof(fast_clocks) / sizeof(*fast_clocks); ++i) {
    if (!strcmp(name, fast_clocks[i])) {
      is_slow = 0u;
    }
  }

  return is_slow;
}

static void
put_port(RsPlugin* const  plugin,
         const uint32_t   port,
         const RsPortKind kind,
         const uint32_t   index)
{
  if (port < plugin->description->n_ports) {
    plugin->ports[port] = (RsPort){kind, index};
  }
}

static void
lay_out_ports(RsPlugin* const plugin)
{
  const RsDescription* const is = plugin->description;

  for (uint32_t i = 0; i < is->n_in; ++i) {
    put_port(plugin, is->audio_in[i], RS_PORT_AUDIO_IN, i);
  }

  for (uint32_t i = 0; i < is->n_out; ++i) {
    put_port(plugin, is->audio_out[i], RS_PORT_AUDIO_OUT, i);
  }

  for (uint32_t i = 0; i < is->n_parameters; ++i) {
    const RsParameter* const parameter = &is->parameters[i];
    put_port(plugin,
             parameter->port,
             (parameter->flags & RS_PARAMETER_OUTPUT) ? RS_PORT_OUTPUT
                                                      : RS_PORT_PARAMETER,
             i);
  }

  put_port(plugin, is->control_port, RS_PORT_CONTROL, 0u);
  put_port(plugin, is->notify_port, RS_PORT_NOTIFY, 0u);
  put_port(plugin, is->freewheel_port, RS_PORT_FREEWHEEL, 0u);
}

static void
cleanup(const LV2_Handle handle)
{
  RsPlugin* const plugin = (RsPlugin*)handle;

  if (plugin->linked) {
    rs_link_remove(plugin->linked);
  }

  if (plugin->control) {
    rs_control_free(plugin->control);
  }

  rs_link_free(plugin->linked);
  rs_pair_free(plugin->first);
  if (plugin->processor.self) {
    plugin->description->close(&plugin->processor);
  }

  free(plugin->ports);
  free(plugin->inputs);
  free(plugin->outputs);
  free(plugin);
}

/// Everything that needs memory.  @return false without that
static bool
open_parts(RsPlugin* const             plugin,
           const RsSegmentsPlan* const segments,
           int* const                  files_error)
{
  const RsDescription* const is = plugin->description;
  const uint32_t             n  = is->n_parameters + 1u;

  plugin->ports   = (RsPort*)calloc(is->n_ports + 1u, sizeof(RsPort));
  plugin->inputs  = (const float**)calloc(n, sizeof(float*));
  plugin->outputs = (float**)calloc(n, sizeof(float*));
  plugin->first   = rs_pair_new(segments);
  *files_error    = errno;
  if (!plugin->ports || !plugin->inputs || !plugin->outputs || !plugin->first ||
      is->open(&plugin->processor, plugin->rate_hz)) {
    return false;
  }

  lay_out_ports(plugin);
  rs_run_wrap(plugin);
  plugin->control = rs_control_new(is->parameters,
                                   is->n_parameters,
                                   is->points,
                                   is->n_points,
                                   &plugin->outside,
                                   plugin->rate_hz,
                                   plugin->first);
  return plugin->control;
}

/// Not linked, it is a plain plugin that works
static void
link_up(RsPlugin* const             plugin,
        const RsSegmentsPlan* const segments,
        const char* const           bundle,
        const int                   files_error)
{
  if (plugin->first->segments.commands_fd < 0) {
    rs_log_line(&plugin->log,
                "no OSC: sealed memory files cannot be made: %s; the plugin "
                "works on without it",
                strerror(files_error));
    return;
  }

  const RsLinkPlan plan = {
    *segments, plugin->control, &plugin->presence, bundle, plugin->log};

  plugin->linked = rs_link_add(&plan, plugin->first);
  if (plugin->linked) {
    plugin->first = NULL;
  } else {
    rs_log_line(&plugin->log,
                "no OSC: its thread cannot be started: %s; the plugin works on "
                "without it",
                strerror(errno));
  }
}

static LV2_Handle
instantiate(const LV2_Descriptor* const     descriptor,
            const double                    rate_hz,
            const char* const               bundle,
            const LV2_Feature* const* const features)
{
  (void)descriptor;

  LV2_URID_Map*      map = NULL;
  const LV2_Log_Log* log = NULL;

  // clang-format off
  const char* const missing = lv2_features_query(features,
    LV2_URID__map, &map, true,
    LV2_LOG__log,  &log, false,
    NULL);
  // clang-format on

  if (missing) {
    rs_log_line(NULL, "the host lacks the feature %s", missing);
    return NULL;
  }

  RsPlugin* const plugin = (RsPlugin*)calloc(1, sizeof(RsPlugin));
  if (!plugin) {
    return NULL;
  }

  const RsDescription* const is = &rs_strip_description;

  plugin->description = is;
  plugin->rate_hz     = rate_hz;
  plugin->maker       = rs_thread();
  plugin->log.log     = log;
  plugin->log.warning = map->map(map->handle, LV2_LOG__Warning);
  rs_state_map(&plugin->state, map);
  rs_notify_init(&plugin->notify, map, features);

  const RsSegmentsPlan segments = {
    .plugin_uri       = is->uri,
    .base_name        = is->base_name,
    .process          = program_invocation_short_name,
    .parameters       = is->parameters,
    .points           = is->points,
    .n_parameters     = is->n_parameters,
    .n_points         = is->n_points,
    .rate_hz          = rate_hz,
    .clock_is_syscall = find_slow_clock(),
  };

  int files_error = 0;
  if (!open_parts(plugin, &segments, &files_error)) {
    cleanup(plugin);
    return NULL;
  }

  link_up(plugin, &segments, bundle, files_error);
  return plugin;
}

static RsStateOf
state_of(RsPlugin* const plugin)
{
  const RsDescription* const is = plugin->description;

  return (RsStateOf){&plugin->state,
                     is->parameters,
                     is->points,
                     is->n_parameters,
                     plugin->control,
                     plugin->linked,
                     &plugin->log};
}

static LV2_State_Status
save(const LV2_Handle                handle,
     const LV2_State_Store_Function  store,
     const LV2_State_Handle          state,
     const uint32_t                  flags,
     const LV2_Feature* const* const features)
{
  (void)flags;
  (void)features;

  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);

  const RsStateOf of = state_of((RsPlugin*)handle);
  return rs_state_save(
    &of, store, state, ((int64_t)now.tv_sec * 1000000000) + now.tv_nsec);
}

static LV2_State_Status
restore(const LV2_Handle                  handle,
        const LV2_State_Retrieve_Function retrieve,
        const LV2_State_Handle            state,
        const uint32_t                    flags,
        const LV2_Feature* const* const   features)
{
  (void)flags;
  (void)features;

  const RsStateOf of = state_of((RsPlugin*)handle);
  return rs_state_restore(&of, retrieve, state);
}

static const void*
extension_data(const char* const uri)
{
  static const LV2_State_Interface state = {save, restore};

  return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

LV2_SYMBOL_EXPORT const LV2_Descriptor*
lv2_descriptor(const uint32_t index)
{
  static LV2_Descriptor descriptor = {
    NULL,
    instantiate,
    rs_run_connect_port,
    rs_run_activate,
    rs_run_run,
    rs_run_deactivate,
    cleanup,
    extension_data,
  };

  // Always the same store, so that it does not matter who comes first
  descriptor.URI = rs_strip_description.uri;
  return index ? NULL : &descriptor;
}
