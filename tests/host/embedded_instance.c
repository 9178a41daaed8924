// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Instances of the embedded host: ports and state

#include "tests/host/embedded_inside.h"

#include <lv2/state/state.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

RsHostInstance*
rs_host_find(RsHost* const host, const uint32_t instance)
{
  RsHostInstance* it = host->instances;
  while (it && it->number != instance) {
    it = it->next;
  }

  return it;
}

uint32_t
rs_host_find_port(const RsHost* const host, const char* const symbol)
{
  for (uint32_t i = 0; i < host->n_ports; ++i) {
    if (!strcmp(host->ports[i].symbol, symbol)) {
      return i;
    }
  }

  return UINT32_MAX;
}

void
rs_host_instance_free(RsHostInstance* const it)
{
  if (it->instance) {
    if (it->is_active) {
      lilv_instance_deactivate(it->instance);
    }

    lilv_instance_free(it->instance);
  }

  // See make_buffers()
  free(it->atoms ? it->atoms[0] : NULL);
  free(it->atoms);
  free(it->values);
  free(it->lanes);
  free(it->kx);
  free(it->out[0]);
  free(it->out[1]);
  free(it);
}

/// Buffers for all ports.  @return false without memory
static bool
make_buffers(const RsHost* const host, RsHostInstance* const it)
{
  // Place 0 owns the memory of all atom ports, port i has place i + 1
  const uint32_t n = host->n_ports;

  it->values = (float*)calloc(n, sizeof(float));
  it->lanes  = (float*)calloc(n, sizeof(float));
  it->atoms  = (LV2_Atom_Sequence**)calloc(n + 1u, sizeof(LV2_Atom_Sequence*));
  it->out[0] = (float*)calloc(host->options.block, sizeof(float));
  it->out[1] = (float*)calloc(host->options.block, sizeof(float));
  if (!it->values || !it->lanes || !it->atoms || !it->out[0] || !it->out[1]) {
    return false;
  }

  uint32_t n_atoms = 0;
  for (uint32_t i = 0; i < n; ++i) {
    it->values[i] = host->ports[i].initial;
    it->lanes[i]  = NAN;
    n_atoms += host->ports[i].kind == RS_HOST_PORT_ATOM;
  }

  char* const block = (char*)calloc(n_atoms + 1u, RS_HOST_ATOM_SIZE);
  it->atoms[0]      = (LV2_Atom_Sequence*)(void*)block;
  if (!block) {
    return false;
  }

  char* next = block;
  for (uint32_t i = 0; i < n; ++i) {
    if (host->ports[i].kind == RS_HOST_PORT_ATOM) {
      it->atoms[i + 1u] = (LV2_Atom_Sequence*)(void*)next;
      next += RS_HOST_ATOM_SIZE;
    }
  }

  return true;
}

static void
connect_ports(const RsHost* const host, RsHostInstance* const it)
{
  for (uint32_t i = 0; i < host->n_ports; ++i) {
    const RsHostPort* const port = &host->ports[i];
    void* const             buffer =
      port->kind == RS_HOST_PORT_CONTROL ? (void*)&it->values[i]
                  : port->kind == RS_HOST_PORT_ATOM  ? (void*)it->atoms[i + 1u]
                  : port->kind != RS_HOST_PORT_AUDIO ? NULL
                  : port->is_input ? (void*)host->in[port->channel]
                                   : (void*)it->out[port->channel];
    lilv_instance_connect_port(it->instance, i, buffer);
  }
}

uint32_t
rs_host_add(RsHost* const host)
{
  RsHostInstance* const it = (RsHostInstance*)calloc(1, sizeof(RsHostInstance));
  if (!it) {
    return 0u;
  }

  const LV2_Feature* const* const features = rs_host_told_features(host, it);
  if (!features || !make_buffers(host, it) ||
      !(it->instance = lilv_plugin_instantiate(
          host->plugin, host->options.rate_hz, features))) {
    rs_host_instance_free(it);
    return 0u;
  }

  connect_ports(host, it);
  lilv_instance_activate(it->instance);
  it->is_active = true;

  pthread_mutex_lock(&host->lock);
  RsHostInstance** end = &host->instances;
  while (*end) {
    end = &(*end)->next;
  }

  *end       = it;
  it->number = ++host->last_number;
  pthread_mutex_unlock(&host->lock);
  return it->number;
}

bool
rs_host_remove(RsHost* const host, const uint32_t instance)
{
  pthread_mutex_lock(&host->lock);
  RsHostInstance** place = &host->instances;
  while (*place && (*place)->number != instance) {
    place = &(*place)->next;
  }

  RsHostInstance* const it = *place;
  if (it) {
    *place = it->next;
  }
  pthread_mutex_unlock(&host->lock);

  if (it) {
    rs_host_instance_free(it);
  }

  return it;
}

bool
rs_host_set_active(RsHost* const  host,
                   const uint32_t instance,
                   const bool     is_active)
{
  pthread_mutex_lock(&host->lock);
  RsHostInstance* const it = rs_host_find(host, instance);
  if (it && it->is_active != is_active) {
    if (is_active) {
      lilv_instance_activate(it->instance);
    } else {
      lilv_instance_deactivate(it->instance);
    }

    it->is_active = is_active;
  }
  pthread_mutex_unlock(&host->lock);
  return it;
}

void
rs_host_instance_run(RsHost* const         host,
                     RsHostInstance* const it,
                     const uint32_t        frames)
{
  LV2_URID_Map* const map = &host->features.map;
  for (uint32_t i = 0; i < host->n_ports; ++i) {
    LV2_Atom_Sequence* const sequence = it->atoms[i + 1u];
    if (sequence && host->ports[i].is_input) {
      sequence->atom.type = map->map(map->handle, LV2_ATOM__Sequence);
      sequence->atom.size = sizeof(LV2_Atom_Sequence_Body);
      sequence->body.unit = 0u;
      sequence->body.pad  = 0u;
      rs_host_told_position(host, it, sequence);
    } else if (sequence) {
      sequence->atom.type = map->map(map->handle, LV2_ATOM__Chunk);
      sequence->atom.size = RS_HOST_ATOM_SIZE - sizeof(LV2_Atom);
    }
  }

  rs_host_told_before(host, it);
  if (it->is_active) {
    lilv_instance_run(it->instance, frames);
    for (uint32_t i = 0; i < host->n_ports; ++i) {
      if (it->atoms[i + 1u] && !host->ports[i].is_input) {
        rs_host_told_after(host, it, it->atoms[i + 1u]);
      }
    }
  } else {
    memset(it->out[0], 0, frames * sizeof(float));
    memset(it->out[1], 0, frames * sizeof(float));
  }
}

bool
rs_host_set_port(RsHost* const     host,
                 const uint32_t    instance,
                 const char* const symbol,
                 const float       value)
{
  const uint32_t port = rs_host_find_port(host, symbol);
  if (port == UINT32_MAX || host->ports[port].kind != RS_HOST_PORT_CONTROL ||
      !host->ports[port].is_input) {
    return false;
  }

  pthread_mutex_lock(&host->lock);
  RsHostInstance* const it = rs_host_find(host, instance);
  if (it) {
    it->values[port] = value;
  }
  pthread_mutex_unlock(&host->lock);
  return it;
}

bool
rs_host_get_port(RsHost* const     host,
                 const uint32_t    instance,
                 const char* const symbol,
                 float* const      value)
{
  const uint32_t port = rs_host_find_port(host, symbol);
  if (port == UINT32_MAX || host->ports[port].kind != RS_HOST_PORT_CONTROL) {
    return false;
  }

  pthread_mutex_lock(&host->lock);
  const RsHostInstance* const it = rs_host_find(host, instance);
  if (it) {
    *value = it->values[port];
  }
  pthread_mutex_unlock(&host->lock);
  return it;
}

/// One instance and its host, as state callbacks want them
typedef struct {
  RsHost*         host;
  RsHostInstance* it;
  bool            is_live; ///< Restoring while run() runs
} Place;

static const void*
get_value(const char* symbol, void* context, uint32_t* size, uint32_t* type)
{
  const Place* const  place = (const Place*)context;
  LV2_URID_Map* const map   = &place->host->features.map;
  const uint32_t      port  = rs_host_find_port(place->host, symbol);

  *size = sizeof(float);
  *type = map->map(map->handle, LV2_ATOM__Float);
  return port == UINT32_MAX ? NULL : &place->it->values[port];
}

static void
set_value(const char* symbol,
          void*       context,
          const void* value,
          uint32_t    size,
          uint32_t    type)
{
  const Place* const  place = (const Place*)context;
  LV2_URID_Map* const map   = &place->host->features.map;
  const uint32_t      port  = rs_host_find_port(place->host, symbol);

  if (port != UINT32_MAX && size == sizeof(float) &&
      type == map->map(map->handle, LV2_ATOM__Float)) {
    if (place->is_live) {
      pthread_mutex_lock(&place->host->lock);
    }

    memcpy(&place->it->values[port], value, sizeof(float));
    if (place->is_live) {
      pthread_mutex_unlock(&place->host->lock);
    }
  }
}

bool
rs_host_save(RsHost* const     host,
             const uint32_t    instance,
             const char* const path)
{
  RsHostInstance* const it = rs_host_find(host, instance);
  if (!it) {
    return false;
  }

  // save() may come while run() runs, so it does
  Place            place = {host, it, false};
  LilvState* const state =
    lilv_state_new_from_instance(host->plugin,
                                 it->instance,
                                 &host->features.map,
                                 NULL,
                                 NULL,
                                 NULL,
                                 NULL,
                                 get_value,
                                 &place,
                                 LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE,
                                 NULL);
  if (!state) {
    return false;
  }

  const char* const slash = strrchr(path, '/');
  char* const       folder =
    slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
  const int failed = lilv_state_save(host->world,
                                     &host->features.map,
                                     &host->features.unmap,
                                     state,
                                     NULL,
                                     folder,
                                     slash ? slash + 1 : path);
  free(folder);
  lilv_state_free(state);
  return !failed;
}

static bool
restore(RsHost* const    host,
        const uint32_t   instance,
        LilvState* const state,
        const bool       is_live)
{
  if (!state) {
    return false;
  }

  if (!is_live) {
    pthread_mutex_lock(&host->lock);
  }

  RsHostInstance* const it = rs_host_find(host, instance);
  if (it) {
    Place place = {host, it, is_live};
    lilv_state_restore(state, it->instance, set_value, &place, 0u, NULL);
  }

  if (!is_live) {
    pthread_mutex_unlock(&host->lock);
  }

  lilv_state_free(state);
  return it;
}

bool
rs_host_load(RsHost* const     host,
             const uint32_t    instance,
             const char* const path,
             const bool        is_live)
{
  LilvState* const state =
    lilv_state_new_from_file(host->world, &host->features.map, NULL, path);
  return restore(host, instance, state, is_live);
}

bool
rs_host_preset(RsHost* const     host,
               const uint32_t    instance,
               const char* const uri)
{
  LilvNode* const node = lilv_new_uri(host->world, uri);
  if (!node) {
    return false;
  }

  lilv_world_load_resource(host->world, node);
  LilvState* const state =
    lilv_state_new_from_world(host->world, &host->features.map, node);
  lilv_node_free(node);
  return restore(host, instance, state, false);
}
