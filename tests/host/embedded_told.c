// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What plugins tell the embedded host, and what it makes of that

#include "tests/host/embedded_inside.h"

#include <lv2/atom/util.h>
#include <lv2/state/state.h>
#include <lv2/time/time.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KX_REQUEST \
  "http://kx.studio/ns/lv2ext/control-input-port-change-request"
#define BANKPATCH "http://ardour.org/lv2/bankpatch#notify"
#define AUTOMATE "http://ardour.org/lv2/automate#"

#define TOLD_MAX 65536u
#define TWICE_MS 100.0 // From an answer to the same one again

/// The feature's data, as its specification has it
struct RsHostKxImpl {
  void* handle;
  int (*request_change)(void* handle, uint32_t index, float value);
};

static int64_t
clock_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((int64_t)now.tv_sec * 1000000000) + now.tv_nsec;
}

static void
note(RsHost* const               host,
     const RsHostInstance* const it,
     const RsHostWhat            what,
     const uint32_t              port,
     const float                 value)
{
  if (host->n_told < TOLD_MAX) {
    host->told[host->n_told] = (RsHostSaid){
      host->position, it->run_ns, clock_ns(), it->number, port, value, what};
  }
  ++host->n_told;
}

/// Set a port later
static void
set_after(RsHost* const         host,
          RsHostInstance* const it,
          const uint32_t        port,
          const float           value,
          const double          ms)
{
  if (it->n_pending < RS_HOST_PENDING) {
    it->pending[it->n_pending++] = (RsHostPending){
      host->position + (uint64_t)(ms * 1e-3 * host->options.rate_hz),
      port,
      value};
  }
}

/// Do what the plugin asks for, or not.  @return true if it is granted
static bool
answer(RsHost* const         host,
       RsHostInstance* const it,
       const uint32_t        port,
       const float           asked)
{
  const RsHostAnswer* const how   = &host->answer;
  float                     value = asked;
  if (how->refuses || !isnan(it->lanes[port])) {
    return false;
  }

  if (how->step > 0.0f) {
    value = roundf(value / how->step) * how->step;
  }
  if (value > how->most) {
    value = how->most;
  }

  if (how->is_deaf) {
    return true;
  }
  if (how->late_ms > 0.0) {
    set_after(host, it, port, value, how->late_ms);
  } else {
    it->values[port] = value;
  }
  if (how->is_twice) {
    set_after(host, it, port, value, how->late_ms + TWICE_MS);
  }
  return true;
}

/// Whether this is a port that may be set
static bool
is_settable(const RsHost* const host, const uint32_t port)
{
  return port < host->n_ports && host->ports[port].is_input &&
         host->ports[port].kind == RS_HOST_PORT_CONTROL;
}

/// Called by the plugin, in run()
static int
request_change(void* const handle, const uint32_t index, const float value)
{
  RsHostInstance* const it   = (RsHostInstance*)handle;
  RsHost* const         host = it->host;
  if (!is_settable(host, index)) {
    return 2; // ERR_INVALID_INDEX
  }

  note(host, it, RS_HOST_SAID_REQUEST, index, value);
  return answer(host, it, index, value) ? 0 : 1; // SUCCESS, ERR_UNKNOWN
}

/// Read one message on an output port
static void
read_message(RsHost* const                host,
             RsHostInstance* const        it,
             const LV2_Atom_Object* const object)
{
  const RsHostUrids* const urids = &host->urids;
  const LV2_URID           type  = object->body.otype;
  const LV2_Atom*          port  = NULL;
  const LV2_Atom*          value = NULL;

  if (type == urids->state_changed) {
    note(host, it, RS_HOST_SAID_CHANGED, 0u, 0.0f);
    return;
  }

  lv2_atom_object_get(
    object, urids->auto_parameter, &port, urids->auto_value, &value, 0);
  const uint32_t index = port && port->type == urids->atom_int
                           ? (uint32_t)((const LV2_Atom_Int*)port)->body
                           : UINT32_MAX;
  if (!is_settable(host, index)) {
    return;
  }

  if (type == urids->auto_start) {
    note(host, it, RS_HOST_SAID_START, index, 0.0f);
  } else if (type == urids->auto_end) {
    note(host, it, RS_HOST_SAID_END, index, 0.0f);
  } else if (type == urids->auto_finalize && value &&
             value->type == urids->atom_float) {
    const float asked = ((const LV2_Atom_Float*)value)->body;
    note(host, it, RS_HOST_SAID_VALUE, index, asked);
    if (host->options.told == RS_HOST_TOLD_BY_ATOMS) {
      (void)answer(host, it, index, asked);
    }
  }
}

void
rs_host_told_before(RsHost* const host, RsHostInstance* const it)
{
  it->run_ns = clock_ns();

  uint32_t kept = 0u;
  for (uint32_t i = 0; i < it->n_pending; ++i) {
    if (it->pending[i].position <= host->position) {
      it->values[it->pending[i].port] = it->pending[i].value;
    } else {
      it->pending[kept++] = it->pending[i];
    }
  }
  it->n_pending = kept;

  for (uint32_t i = 0; i < host->n_ports; ++i) {
    if (!isnan(it->lanes[i])) {
      it->values[i] = it->lanes[i];
    }
  }
}

void
rs_host_told_position(RsHost* const            host,
                      RsHostInstance* const    it,
                      LV2_Atom_Sequence* const sequence)
{
  if (it->is_rolling == host->is_rolling) {
    return;
  }

  LV2_Atom_Forge* const forge = &host->forge;
  LV2_Atom_Forge_Frame  frame;
  LV2_Atom_Forge_Frame  object;
  it->is_rolling = host->is_rolling;
  lv2_atom_forge_set_buffer(forge, (uint8_t*)sequence, RS_HOST_ATOM_SIZE);
  lv2_atom_forge_sequence_head(forge, &frame, 0u);
  lv2_atom_forge_frame_time(forge, 0);
  lv2_atom_forge_object(forge, &object, 0u, host->urids.time_position);
  lv2_atom_forge_key(forge, host->urids.time_speed);
  lv2_atom_forge_float(forge, host->is_rolling ? 1.0f : 0.0f);
  lv2_atom_forge_pop(forge, &object);
  lv2_atom_forge_pop(forge, &frame);
}

void
rs_host_told_after(RsHost* const                  host,
                   RsHostInstance* const          it,
                   const LV2_Atom_Sequence* const sequence)
{
  if (sequence->atom.type != host->urids.atom_sequence) {
    return;
  }

  LV2_ATOM_SEQUENCE_FOREACH (sequence, event) {
    if (event->body.type == host->urids.atom_object) {
      read_message(host, it, (const LV2_Atom_Object*)&event->body);
    }
  }
}

const LV2_Feature* const*
rs_host_told_features(RsHost* const host, RsHostInstance* const it)
{
  uint32_t n = 0;
  while (host->features.list[n]) {
    it->features[n] = host->features.list[n];
    ++n;
  }

  it->host = host;
  if (host->options.told == RS_HOST_TOLD_BY_REQUEST) {
    it->kx          = (RsHostKx*)calloc(1, sizeof(RsHostKx));
    it->own_feature = (LV2_Feature){KX_REQUEST, it->kx};
    if (!it->kx) {
      return NULL;
    }

    *it->kx           = (RsHostKx){it, request_change};
    it->features[n++] = &it->own_feature;
  } else if (host->options.told == RS_HOST_TOLD_BY_ATOMS) {
    it->own_feature   = (LV2_Feature){BANKPATCH, NULL};
    it->features[n++] = &it->own_feature;
  }

  it->features[n] = NULL;
  return it->features;
}

bool
rs_host_told_init(RsHost* const host)
{
  LV2_URID_Map* const map = &host->features.map;

  // clang-format off
  host->urids = (RsHostUrids){
    .atom_float     = map->map(map->handle, LV2_ATOM__Float),
    .atom_int       = map->map(map->handle, LV2_ATOM__Int),
    .atom_object    = map->map(map->handle, LV2_ATOM__Object),
    .atom_sequence  = map->map(map->handle, LV2_ATOM__Sequence),
    .auto_end       = map->map(map->handle, AUTOMATE "end"),
    .auto_finalize  = map->map(map->handle, AUTOMATE "finalize"),
    .auto_parameter = map->map(map->handle, AUTOMATE "parameter"),
    .auto_start     = map->map(map->handle, AUTOMATE "start"),
    .auto_value     = map->map(map->handle, AUTOMATE "value"),
    .state_changed  = map->map(map->handle, LV2_STATE_PREFIX "StateChanged"),
    .time_position  = map->map(map->handle, LV2_TIME__Position),
    .time_speed     = map->map(map->handle, LV2_TIME__speed),
  };
  // clang-format on

  lv2_atom_forge_init(&host->forge, map);
  host->answer.most = INFINITY;
  host->told        = (RsHostSaid*)malloc(TOLD_MAX * sizeof(RsHostSaid));
  if (host->told) {
    // All pages at once: what grows later is not this list
    memset(host->told, 0xff, TOLD_MAX * sizeof(RsHostSaid));
  }

  return host->told;
}

bool
rs_host_answer(RsHost* const host, const char* const text)
{
  RsHostAnswer answer = {.most = INFINITY};
  char         copy[256];
  char*        rest = NULL;

  (void)snprintf(copy, sizeof(copy), "%s", text);
  for (char* word = strtok_r(copy, ",", &rest); word;
       word       = strtok_r(NULL, ",", &rest)) {
    if (!strncmp(word, "late=", 5u)) {
      answer.late_ms = strtod(word + 5, NULL);
    } else if (!strncmp(word, "clamp=", 6u)) {
      answer.most = strtof(word + 6, NULL);
    } else if (!strncmp(word, "round=", 6u)) {
      answer.step = strtof(word + 6, NULL);
    } else if (!strcmp(word, "twice")) {
      answer.is_twice = true;
    } else if (!strcmp(word, "refuse")) {
      answer.refuses = true;
    } else if (!strcmp(word, "deaf")) {
      answer.is_deaf = true;
    } else if (strcmp(word, "at-once") != 0) {
      return false;
    }
  }

  pthread_mutex_lock(&host->lock);
  host->answer = answer;
  pthread_mutex_unlock(&host->lock);
  return true;
}

bool
rs_host_set_lane(RsHost* const     host,
                 const uint32_t    instance,
                 const char* const symbol,
                 const float       value)
{
  const uint32_t port = rs_host_find_port(host, symbol);
  if (!is_settable(host, port)) {
    return false;
  }

  pthread_mutex_lock(&host->lock);
  RsHostInstance* const it = rs_host_find(host, instance);
  if (it) {
    it->lanes[port] = value;
  }
  pthread_mutex_unlock(&host->lock);
  return it;
}

void
rs_host_set_rolling(RsHost* const host, const bool is_rolling)
{
  pthread_mutex_lock(&host->lock);
  host->is_rolling = is_rolling;
  pthread_mutex_unlock(&host->lock);
}

bool
rs_host_write_told(RsHost* const host, const char* const path)
{
  static const char* const names[] = {
    "request", "start", "value", "end", "changed"};

  FILE* const file = fopen(path, "w");
  if (!file) {
    return false;
  }

  pthread_mutex_lock(&host->lock);
  const bool is_whole = host->n_told <= TOLD_MAX;
  for (uint32_t i = 0; i < host->n_told && i < TOLD_MAX; ++i) {
    const RsHostSaid* const said = &host->told[i];
    (void)fprintf(
      file,
      "%llu %lld %lld %u %s %s %.9g\n",
      (unsigned long long)said->position,
      (long long)said->run_ns,
      (long long)said->note_ns,
      said->instance,
      names[said->what],
      said->what == RS_HOST_SAID_CHANGED ? "-" : host->ports[said->port].symbol,
      (double)said->value);
  }
  pthread_mutex_unlock(&host->lock);

  return !fclose(file) && is_whole;
}
