// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The embedded host as its own files see it

#ifndef RINGSIDE_TESTS_HOST_EMBEDDED_INSIDE_H
#define RINGSIDE_TESTS_HOST_EMBEDDED_INSIDE_H

#include "tests/host/embedded.h"

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>

#include <pthread.h>
#include <stdatomic.h>

#define RS_HOST_ATOM_SIZE 65536u
#define RS_HOST_URIDS 512u

typedef enum {
  RS_HOST_PORT_NONE,
  RS_HOST_PORT_AUDIO,
  RS_HOST_PORT_CONTROL,
  RS_HOST_PORT_ATOM,
} RsHostPortKind;

/// What is the same for all instances
typedef struct {
  const LilvPort* port;
  const char*     symbol; ///< Lilv's
  RsHostPortKind  kind;
  bool            is_input;
  uint32_t        channel; ///< Of an audio port
  float           initial;
} RsHostPort;

typedef struct RsHostInstanceImpl {
  struct RsHostInstanceImpl* next;
  uint32_t                   number;
  LilvInstance*              instance;
  bool                       is_active;
  float*                     values; ///< One for each port
  LV2_Atom_Sequence**        atoms;  ///< Of port i at i + 1; 0 owns them all
  float*                     out[RS_HOST_CHANNELS];
} RsHostInstance;

/// A port to be set at a frame
typedef struct RsHostEventImpl {
  struct RsHostEventImpl* next;
  uint64_t                position;
  uint32_t                instance;
  uint32_t                port;
  float                   value;
} RsHostEvent;

/// URIs and numbers, and the features made from them
typedef struct {
  pthread_mutex_t    lock;
  char*              uris[RS_HOST_URIDS];
  uint32_t           n_uris;
  LV2_URID_Map       map;
  LV2_URID_Unmap     unmap;
  LV2_Log_Log        log;
  RsHostLog          line;
  void*              line_context;
  int32_t            block_min;
  int32_t            block_max;
  int32_t            sequence_size;
  float              rate_hz;
  LV2_Options_Option options[6];
  LV2_Feature        features[5];
  const LV2_Feature* list[6];
} RsHostFeatures;

struct RsHostImpl {
  RsHostOptions     options;
  LilvWorld*        world;
  const LilvPlugin* plugin;
  RsHostFeatures    features;
  RsHostPort*       ports;
  uint32_t          n_ports;
  uint32_t          freewheel_port; ///< UINT32_MAX: none

  pthread_mutex_t   lock; ///< Held by the audio thread while it runs a block
  pthread_t         thread;
  bool              has_thread;
  _Atomic(bool)     is_ending;
  _Atomic(uint64_t) position;
  uint64_t          end_at;
  RsHostInstance*   instances;
  uint32_t          last_number;
  RsHostEvent*      events; ///< In order of position
  float*            in[RS_HOST_CHANNELS];

  uint32_t recorded;  ///< Instance, or 0
  float*   recording; ///< Interleaved
  size_t   n_recorded;
  size_t   recording_room;
};

// embedded_features.c

void
rs_host_features_init(RsHostFeatures* features, const RsHostOptions* options);

void
rs_host_features_free(RsHostFeatures* features);

// embedded_instance.c

RsHostInstance*
rs_host_find(RsHost* host, uint32_t instance);

/// @return UINT32_MAX if there is no such port
uint32_t
rs_host_find_port(const RsHost* host, const char* symbol);

void
rs_host_instance_run(RsHost* host, RsHostInstance* instance, uint32_t frames);

void
rs_host_instance_free(RsHostInstance* instance);

#endif // RINGSIDE_TESTS_HOST_EMBEDDED_INSIDE_H
