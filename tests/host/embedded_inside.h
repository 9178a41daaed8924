// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The embedded host as its own files see it

#ifndef RINGSIDE_TESTS_HOST_EMBEDDED_INSIDE_H
#define RINGSIDE_TESTS_HOST_EMBEDDED_INSIDE_H

#include "tests/host/embedded.h"

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/log/log.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>

#include <pthread.h>
#include <stdatomic.h>

#define RS_HOST_ATOM_SIZE 65536u
#define RS_HOST_URIDS 512u
#define RS_HOST_PENDING 256u // Answers that are not given yet

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

/// An answer that is given later
typedef struct {
  uint64_t position;
  uint32_t port;
  float    value;
} RsHostPending;

typedef struct RsHostKxImpl RsHostKx; // See embedded_told.c

typedef struct RsHostInstanceImpl {
  struct RsHostInstanceImpl* next;
  uint32_t                   number;
  LilvInstance*              instance;
  bool                       is_active;
  float*                     values; ///< One for each port
  LV2_Atom_Sequence**        atoms;  ///< Of port i at i + 1; 0 owns them all
  float*                     out[RS_HOST_CHANNELS];

  // See embedded_told.c
  RsHost*            host;
  RsHostKx*          kx;
  LV2_Feature        own_feature;
  const LV2_Feature* features[8];
  float*             lanes; ///< One for each port; NAN: none plays
  RsHostPending      pending[RS_HOST_PENDING];
  uint32_t           n_pending;
  bool               is_rolling; ///< As it was told
  int64_t            run_ns;     ///< When run() was called last
} RsHostInstance;

/// What a plugin told
typedef enum {
  RS_HOST_SAID_REQUEST, ///< By control-input-port-change-request
  RS_HOST_SAID_START,
  RS_HOST_SAID_VALUE,
  RS_HOST_SAID_END,
  RS_HOST_SAID_CHANGED ///< state:StateChanged
} RsHostWhat;

typedef struct {
  uint64_t   position;
  int64_t    run_ns;  ///< No later than run() looked at the clock
  int64_t    note_ns; ///< And no earlier
  uint32_t   instance;
  uint32_t   port;
  float      value;
  RsHostWhat what;
} RsHostSaid;

/// What becomes of a request
typedef struct {
  bool   refuses;
  bool   is_deaf;  ///< Granted, it says, but nothing happens
  bool   is_twice; ///< The same once more, 100 ms later
  double late_ms;
  float  step; ///< 0: exact
  float  most; ///< Above this it is clamped
} RsHostAnswer;

typedef struct {
  LV2_URID atom_float;
  LV2_URID atom_int;
  LV2_URID atom_object;
  LV2_URID atom_sequence;
  LV2_URID auto_end;
  LV2_URID auto_finalize;
  LV2_URID auto_parameter;
  LV2_URID auto_start;
  LV2_URID auto_value;
  LV2_URID state_changed;
  LV2_URID time_position;
  LV2_URID time_speed;
} RsHostUrids;

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

  RsHostUrids    urids;
  LV2_Atom_Forge forge; ///< Of the audio thread
  RsHostAnswer   answer;
  bool           is_rolling;
  RsHostSaid*    told;
  uint32_t       n_told; ///< Maybe more than there is room for

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

// embedded_told.c

bool
rs_host_told_init(RsHost* host);

/// Those of all instances, and its own.  @return NULL without memory
const LV2_Feature* const*
rs_host_told_features(RsHost* host, RsHostInstance* instance);

/// Before run(): late answers, lanes
void
rs_host_told_before(RsHost* host, RsHostInstance* instance);

/// Before run(): whether the transport rolls, if that is news
void
rs_host_told_position(RsHost*            host,
                      RsHostInstance*    instance,
                      LV2_Atom_Sequence* sequence);

/// After run(): what it wrote
void
rs_host_told_after(RsHost*                  host,
                   RsHostInstance*          instance,
                   const LV2_Atom_Sequence* sequence);

#endif // RINGSIDE_TESTS_HOST_EMBEDDED_INSIDE_H
