// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The embedded host: its world, its audio thread, its recording

#include "tests/host/embedded_inside.h"

#include <sndfile.h>

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS 1000000000LL

static int64_t
clock_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return ((int64_t)now.tv_sec * SECOND_NS) + now.tv_nsec;
}

/// Find the plugin in the world.  @return false if it is not there
static bool
find_plugin(RsHost* const host)
{
  host->world = lilv_world_new();
  if (!host->world) {
    return false;
  }

  lilv_world_load_all(host->world);
  LilvNode* const uri = lilv_new_uri(host->world, host->options.plugin_uri);
  host->plugin =
    uri ? lilv_plugins_get_by_uri(lilv_world_get_all_plugins(host->world), uri)
        : NULL;
  lilv_node_free(uri);
  return host->plugin;
}

static bool
is_a(const RsHost* const   host,
     const LilvPort* const port,
     const char* const     uri)
{
  LilvNode* const node = lilv_new_uri(host->world, uri);
  const bool      yes  = lilv_port_is_a(host->plugin, port, node);
  lilv_node_free(node);
  return yes;
}

static bool
describe_ports(RsHost* const host)
{
  uint32_t n[2] = {0u, 0u};

  host->n_ports        = lilv_plugin_get_num_ports(host->plugin);
  host->ports          = (RsHostPort*)calloc(host->n_ports, sizeof(RsHostPort));
  float* const initial = (float*)calloc(host->n_ports, sizeof(float));
  if (!host->ports || !initial) {
    free(initial);
    return false;
  }

  lilv_plugin_get_port_ranges_float(host->plugin, NULL, NULL, initial);
  for (uint32_t i = 0; i < host->n_ports; ++i) {
    RsHostPort* const port = &host->ports[i];

    port->port = lilv_plugin_get_port_by_index(host->plugin, i);
    port->symbol =
      lilv_node_as_string(lilv_port_get_symbol(host->plugin, port->port));
    port->is_input = is_a(host, port->port, LILV_URI_INPUT_PORT);
    port->initial  = isfinite(initial[i]) ? initial[i] : 0.0f;
    port->kind =
      is_a(host, port->port, LILV_URI_CONTROL_PORT) ? RS_HOST_PORT_CONTROL
      : is_a(host, port->port, LILV_URI_ATOM_PORT)  ? RS_HOST_PORT_ATOM
      : is_a(host, port->port, LILV_URI_AUDIO_PORT) ? RS_HOST_PORT_AUDIO
                                                    : RS_HOST_PORT_NONE;
    if (port->kind == RS_HOST_PORT_AUDIO) {
      port->channel = n[port->is_input]++;
      if (port->channel >= RS_HOST_CHANNELS) {
        port->kind = RS_HOST_PORT_NONE;
      }
    }
  }
  free(initial);

  LilvNode* const input = lilv_new_uri(host->world, LILV_URI_INPUT_PORT);
  LilvNode* const wheel = lilv_new_uri(host->world, LV2_CORE__freeWheeling);
  const LilvPort* const port =
    lilv_plugin_get_port_by_designation(host->plugin, input, wheel);
  host->freewheel_port =
    port ? lilv_port_get_index(host->plugin, port) : UINT32_MAX;
  lilv_node_free(wheel);
  lilv_node_free(input);
  return true;
}

RsHost*
rs_host_new(const RsHostOptions* const options)
{
  RsHost* const host = (RsHost*)calloc(1, sizeof(RsHost));
  if (!host) {
    return NULL;
  }

  host->options = *options;
  pthread_mutex_init(&host->lock, NULL);
  rs_host_features_init(&host->features, options);
  host->in[0] = (float*)calloc(options->block, sizeof(float));
  host->in[1] = (float*)calloc(options->block, sizeof(float));
  if (!host->in[0] || !host->in[1] || !find_plugin(host) ||
      !describe_ports(host) || !rs_host_told_init(host)) {
    rs_host_free(host);
    return NULL;
  }

  return host;
}

void
rs_host_free(RsHost* const host)
{
  if (!host) {
    return;
  }

  rs_host_stop(host);
  while (host->instances) {
    rs_host_remove(host, host->instances->number);
  }

  while (host->events) {
    RsHostEvent* const event = host->events;
    host->events             = event->next;
    free(event);
  }

  lilv_world_free(host->world);
  rs_host_features_free(&host->features);
  pthread_mutex_destroy(&host->lock);
  free(host->ports);
  free(host->in[0]);
  free(host->in[1]);
  free(host->recording);
  free(host->told);
  free(host);
}

/// Set the ports whose time has come.  @return frames until the next
static uint64_t
take_events(RsHost* const host, const uint64_t position)
{
  while (host->events && host->events->position <= position) {
    RsHostEvent* const event    = host->events;
    RsHostInstance*    instance = rs_host_find(host, event->instance);
    if (instance) {
      instance->values[event->port] = event->value;
    }

    host->events = event->next;
    free(event);
  }

  return host->events ? host->events->position - position : UINT64_MAX;
}

static void
keep(RsHost* const host, const RsHostInstance* const it, const uint32_t frames)
{
  const size_t needed = (host->n_recorded + frames) * RS_HOST_CHANNELS;
  if (needed > host->recording_room) {
    const size_t room = 2u * needed + 480000u;
    float* const more = (float*)realloc(host->recording, room * sizeof(float));
    if (!more) {
      return;
    }

    host->recording      = more;
    host->recording_room = room;
  }

  float* to = host->recording + (host->n_recorded * RS_HOST_CHANNELS);
  for (uint32_t i = 0; i < frames; ++i) {
    *to++ = it->out[0][i];
    *to++ = it->out[1][i];
  }

  host->n_recorded += frames;
}

/// One call of run() for each instance.  @return frames done, at most `most`
static uint32_t
run_part(RsHost* const host, const uint32_t most)
{
  pthread_mutex_lock(&host->lock);

  const uint64_t position =
    atomic_load_explicit(&host->position, memory_order_relaxed);
  const uint64_t next   = take_events(host, position);
  const uint32_t frames = next < most ? (uint32_t)next : most;

  if (host->options.input) {
    host->options.input(
      host->options.input_context, position, host->in, frames);
  }

  for (RsHostInstance* it = host->instances; it; it = it->next) {
    rs_host_instance_run(host, it, frames);
    if (it->number == host->recorded) {
      keep(host, it, frames);
    }
  }

  // Nothing hangs on it but when somebody looks
  atomic_store_explicit(
    &host->position, position + frames, memory_order_relaxed);
  pthread_mutex_unlock(&host->lock);
  return frames;
}

void
rs_host_run(RsHost* const host, uint64_t frames)
{
  while (frames) {
    const uint32_t block = host->options.block;
    frames -= run_part(host, frames < block ? (uint32_t)frames : block);
  }
}

static void
sleep_until(const int64_t time_ns)
{
  const struct timespec until = {time_ns / SECOND_NS, time_ns % SECOND_NS};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
         EINTR) {
  }
}

/// As hosts do, where it is allowed: or a busy machine would spoil the pace
static void
ask_for_priority(void)
{
  const struct sched_param param = {.sched_priority = 60};
  (void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

static void*
run_thread(void* const context)
{
  RsHost* const host     = (RsHost*)context;
  int64_t       start_ns = clock_ns();
  double        due_ns   = 0.0;

  if (host->options.is_paced) {
    ask_for_priority();
  }

  while (!atomic_load_explicit(&host->is_ending, memory_order_relaxed)) {
    const uint64_t position = rs_host_position(host);
    uint32_t       left     = host->options.block;
    if (host->end_at) {
      if (position >= host->end_at) {
        break;
      }

      if (host->end_at - position < left) {
        left = (uint32_t)(host->end_at - position);
      }
    }

    due_ns += (double)left / host->options.rate_hz * (double)SECOND_NS;
    while (left) {
      left -= run_part(host, left);
    }

    if (host->options.is_paced) {
      const int64_t late_ns = clock_ns() - start_ns - (int64_t)due_ns;
      if (late_ns > RS_HOST_GIVE_UP_NS) {
        start_ns += late_ns;
      }

      sleep_until(start_ns + (int64_t)due_ns);
    }
  }

  return NULL;
}

bool
rs_host_start(RsHost* const host)
{
  if (!host->has_thread) {
    atomic_store(&host->is_ending, false);
    host->has_thread = !pthread_create(&host->thread, NULL, run_thread, host);
  }

  return host->has_thread;
}

void
rs_host_stop(RsHost* const host)
{
  if (host->has_thread) {
    atomic_store(&host->is_ending, true);
    pthread_join(host->thread, NULL);
    host->has_thread = false;
  }
}

uint64_t
rs_host_position(const RsHost* const host)
{
  return atomic_load_explicit(&host->position, memory_order_relaxed);
}

void
rs_host_locate(RsHost* const host, const uint64_t position)
{
  atomic_store_explicit(&host->position, position, memory_order_relaxed);
}

void
rs_host_end_at(RsHost* const host, const uint64_t position)
{
  pthread_mutex_lock(&host->lock);
  host->end_at = position;
  pthread_mutex_unlock(&host->lock);
}

void
rs_host_set_freewheel(RsHost* const host, const bool is_freewheeling)
{
  if (host->freewheel_port == UINT32_MAX) {
    return;
  }

  pthread_mutex_lock(&host->lock);
  for (RsHostInstance* it = host->instances; it; it = it->next) {
    it->values[host->freewheel_port] = is_freewheeling ? 1.0f : 0.0f;
  }
  pthread_mutex_unlock(&host->lock);
}

bool
rs_host_set_port_at(RsHost* const     host,
                    const uint64_t    position,
                    const uint32_t    instance,
                    const char* const symbol,
                    const float       value)
{
  const uint32_t port = rs_host_find_port(host, symbol);
  if (port == UINT32_MAX || host->ports[port].kind != RS_HOST_PORT_CONTROL ||
      !host->ports[port].is_input) {
    return false;
  }

  RsHostEvent* const event = (RsHostEvent*)calloc(1, sizeof(RsHostEvent));
  if (!event) {
    return false;
  }

  pthread_mutex_lock(&host->lock);
  RsHostEvent** place = &host->events;
  while (*place && (*place)->position <= position) {
    place = &(*place)->next;
  }

  *event = (RsHostEvent){*place, position, instance, port, value};
  *place = event;
  pthread_mutex_unlock(&host->lock);
  return true;
}

void
rs_host_record(RsHost* const host, const uint32_t instance)
{
  pthread_mutex_lock(&host->lock);
  host->recorded = instance;
  pthread_mutex_unlock(&host->lock);
}

const float*
rs_host_recording(const RsHost* const host, size_t* const frames)
{
  *frames = host->n_recorded;
  return host->recording;
}

bool
rs_host_write(const RsHost* const host, const char* const path)
{
  const size_t n = strlen(path);
  if (n > 4u && !strcmp(path + n - 4u, ".f32")) {
    FILE* const file = fopen(path, "wb");
    if (!file) {
      return false;
    }

    const size_t written = fwrite(host->recording,
                                  RS_HOST_CHANNELS * sizeof(float),
                                  host->n_recorded,
                                  file);
    return !fclose(file) && written == host->n_recorded;
  }

  SF_INFO info = {.samplerate = (int)host->options.rate_hz,
                  .channels   = (int)RS_HOST_CHANNELS,
                  .format     = SF_FORMAT_WAV | SF_FORMAT_FLOAT};

  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  if (!file) {
    return false;
  }

  const sf_count_t frames = (sf_count_t)host->n_recorded;
  const sf_count_t written =
    frames ? sf_writef_float(file, host->recording, frames) : 0;
  return !sf_close(file) && written == frames;
}
