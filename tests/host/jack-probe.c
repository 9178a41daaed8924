// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A JACK client that plays a sine into a client and measures what comes out.

   usage: jack-probe CLIENT

   Prints `ready` once it is connected.  Then, for each line `measure SECONDS`
   on standard input, it prints `peak LEFT RIGHT` in dB (-200: silence) of the
   sound from then on.  Ends at the end of standard input, or with JACK.
*/

#include <jack/jack.h>

#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SINE_HZ 1000.0
#define SINE_PEAK 0.25f
#define PATIENCE_MS 15000

typedef struct {
  jack_client_t* client;
  jack_port_t*   in[2];
  jack_port_t*   out[2];
  double         phase;

  // The audio thread measures while `left` is over 0; peaks are read after it
  // has been stored as 0 (release), and written before (acquire)
  _Atomic(uint32_t) left;
  float             peaks[2];
  _Atomic(bool)     is_over; ///< JACK has gone
} Probe;

static int
process(const jack_nframes_t frames, void* const data)
{
  Probe* const probe = (Probe*)data;
  float*       out[2];
  const float* in[2];
  for (int c = 0; c < 2; ++c) {
    out[c] = (float*)jack_port_get_buffer(probe->out[c], frames);
    in[c]  = (const float*)jack_port_get_buffer(probe->in[c], frames);
  }

  const double step = SINE_HZ / jack_get_sample_rate(probe->client);
  for (jack_nframes_t i = 0; i < frames; ++i) {
    probe->phase = fmod(probe->phase + step, 1.0);
    out[0][i]    = out[1][i] =
      SINE_PEAK * (float)sin(6.283185307179586 * probe->phase);
  }

  const uint32_t left =
    atomic_load_explicit(&probe->left, memory_order_acquire);
  if (left) {
    const uint32_t n = left < frames ? left : frames;
    for (uint32_t i = 0; i < n; ++i) {
      for (int c = 0; c < 2; ++c) {
        probe->peaks[c] = fmaxf(probe->peaks[c], fabsf(in[c][i]));
      }
    }

    atomic_store_explicit(&probe->left, left - n, memory_order_release);
  }

  return 0;
}

static void
jack_has_gone(void* const data)
{
  atomic_store(&((Probe*)data)->is_over, true);
}

static void
wait_ms(const int ms)
{
  const struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
  (void)nanosleep(&time, NULL);
}

/// The first two audio ports of the client, once it has them
static const char**
find_ports(Probe* const        probe,
           const char* const   client,
           const unsigned long flags)
{
  char pattern[128];
  (void)snprintf(pattern, sizeof(pattern), "^%s:", client);

  for (int ms = 0; ms < PATIENCE_MS; ms += 20) {
    const char** const ports =
      jack_get_ports(probe->client, pattern, JACK_DEFAULT_AUDIO_TYPE, flags);
    if (ports && ports[0] && ports[1]) {
      return ports;
    }

    jack_free(ports);
    wait_ms(20);
  }

  return NULL;
}

static bool
connect_to(Probe* const probe, const char* const client)
{
  const char** const sinks   = find_ports(probe, client, JackPortIsInput);
  const char** const sources = find_ports(probe, client, JackPortIsOutput);
  bool               is_fine = sinks && sources;
  for (int c = 0; c < 2 && is_fine; ++c) {
    is_fine =
      !jack_connect(probe->client, jack_port_name(probe->out[c]), sinks[c]) &&
      !jack_connect(probe->client, sources[c], jack_port_name(probe->in[c]));
  }

  jack_free(sinks);
  jack_free(sources);
  return is_fine;
}

static double
decibels(const float peak)
{
  return peak > 0.0f ? 20.0 * log10((double)peak) : -200.0;
}

static bool
measure(Probe* const probe, const double seconds)
{
  const double rate = jack_get_sample_rate(probe->client);

  probe->peaks[0] = probe->peaks[1] = 0.0f;
  atomic_store_explicit(
    &probe->left, (uint32_t)(rate * seconds) + 1u, memory_order_release);
  while (atomic_load_explicit(&probe->left, memory_order_acquire)) {
    if (atomic_load(&probe->is_over)) {
      return false;
    }
    wait_ms(5);
  }

  printf(
    "peak %.3f %.3f\n", decibels(probe->peaks[0]), decibels(probe->peaks[1]));
  return true;
}

int
main(const int argc, char** const argv)
{
  static const char* const names[2][2] = {{"in_l", "in_r"}, {"out_l", "out_r"}};

  Probe probe = {0};
  if (argc != 2) {
    (void)fprintf(stderr, "usage: jack-probe CLIENT\n");
    return 2;
  }

  probe.client = jack_client_open("probe", JackNoStartServer, NULL);
  if (!probe.client) {
    (void)fprintf(stderr, "jack-probe: no JACK server\n");
    return 1;
  }

  for (int c = 0; c < 2; ++c) {
    probe.in[c] = jack_port_register(
      probe.client, names[0][c], JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    probe.out[c] = jack_port_register(
      probe.client, names[1][c], JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  }

  jack_set_process_callback(probe.client, process, &probe);
  jack_on_shutdown(probe.client, jack_has_gone, &probe);
  if (jack_activate(probe.client) || !connect_to(&probe, argv[1])) {
    (void)fprintf(stderr, "jack-probe: cannot connect to '%s'\n", argv[1]);
    return 1;
  }

  (void)setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");

  char line[64];
  bool is_fine = true;
  while (is_fine && fgets(line, sizeof(line), stdin)) {
    is_fine =
      !strncmp(line, "measure ", 8) && measure(&probe, strtod(line + 8, NULL));
  }

  jack_client_close(probe.client);
  return is_fine ? 0 : 1;
}
