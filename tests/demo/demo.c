// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The demo: the real plugin and the real bridge, in a small host that plays a
   piece in real time, while cues go out as time-tagged OSC bundles.

   usage: ringside-demo CUES FOLDER [CURVES]

   Prints what happens as it happens, and leaves ringside-demo.wav and
   ringside-demo.png in the folder.  CURVES gets what the picture shows of the
   parameters as lines: seconds, symbol, position from 0 to 1.
*/

#include "tests/demo/cues.h"
#include "tests/demo/osc.h"
#include "tests/demo/picture.h"
#include "tests/demo/piece.h"
#include "tests/host/embedded.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define RATE_HZ 48000.0
#define BLOCK 256u
#define N_TRACKS 7u
#define LEAD_SECONDS 0.3    // How long before its time a cue goes out
#define QUERY_SECONDS 0.03  // How often the curves are asked for
#define LEAD_IN 0.5         // Silence before the piece
#define HELD_UP_NS 90000000 // So late, the clock of the plugin starts anew

// clang-format off
static const char* const tracked[N_TRACKS][2] = {
  {"hpf_freq",    "high-pass"},
  {"lpf_freq",    "low-pass"},
  {"reverb_mix",  "reverb mix"},
  {"delay_mix",   "delay mix"},
  {"width",       "width"},
  {"pan",         "pan"},
  {"output_gain", "output gain"},
};
// clang-format on

typedef struct {
  RsHost*  host;
  RsPiece  piece;
  RsCues   cues;
  RsOsc    osc;
  RsTrack  tracks[N_TRACKS];
  uint32_t capacity; ///< Points that a track has room for

  _Atomic(uint64_t) first; ///< Frame of the host at which the piece begins

  /// Earliest that frame 0 of the host can have been, CLOCK_REALTIME in
  /// nanoseconds: cycles only ever come late.  Anew when the host gave up to
  /// make up for that.  Written by the audio thread
  _Atomic(int64_t) zero_ns;

  /// By how much the latest cycle of all was late.  Of the audio thread until
  /// the host is stopped
  int64_t latest_ns;
} Demo;

static int64_t
realtime_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return ((int64_t)now.tv_sec * 1000000000) + now.tv_nsec;
}

static void
sleep_ms(const long ms)
{
  const struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
  (void)nanosleep(&time, NULL);
}

/// Audio thread: the piece, from its first frame on
static void
play(void* const    context,
     const uint64_t position,
     float* const   channels[RS_HOST_CHANNELS],
     const uint32_t frames)
{
  Demo* const   demo  = (Demo*)context;
  const int64_t since = (int64_t)((double)position * 1e9 / RATE_HZ);
  const int64_t zero  = realtime_ns() - since;
  const int64_t known =
    atomic_load_explicit(&demo->zero_ns, memory_order_relaxed);
  if (known < INT64_MAX && zero - known > demo->latest_ns) {
    demo->latest_ns = zero - known;
  }
  if (zero < known || zero - known > RS_HOST_GIVE_UP_NS) {
    atomic_store_explicit(&demo->zero_ns, zero, memory_order_relaxed);
  }

  const uint64_t first =
    atomic_load_explicit(&demo->first, memory_order_relaxed);
  for (uint32_t c = 0; c < RS_HOST_CHANNELS; ++c) {
    for (uint32_t i = 0; i < frames; ++i) {
      const uint64_t at = position + i;
      channels[c][i]    = at >= first && at - first < demo->piece.frames
                            ? demo->piece.channels[c][at - first]
                            : 0.0f;
    }
  }
}

/// Wall-clock time of a second of the piece
static int64_t
wall_ns(const Demo* const demo, const double seconds)
{
  const double frame = (double)atomic_load(&demo->first) + (seconds * RATE_HZ);
  return atomic_load(&demo->zero_ns) + (int64_t)(frame * 1e9 / RATE_HZ);
}

static double
piece_seconds(const Demo* const demo)
{
  return (double)(realtime_ns() - wall_ns(demo, 0.0)) / 1e9;
}

/// Start the host, and wait until a bridge answers.  @return the port, or 0
static uint16_t
start(Demo* const demo)
{
  const int64_t begun = realtime_ns();

  if (!rs_host_add(demo->host) || !rs_host_start(demo->host)) {
    return 0;
  }

  for (int ms = 0; ms < 10000; ms += 2) {
    float port = 0.0f;
    if (rs_host_get_port(demo->host, 1, "osc_port", &port) && port > 0.0f) {
      printf("The plugin runs; it has started its bridge, which answers on "
             "port %u after %.0f ms\n",
             (unsigned)port,
             (double)(realtime_ns() - begun) / 1e6);
      return (uint16_t)port;
    }

    sleep_ms(2);
  }

  return 0;
}

static void
on_answer(void* const       context,
          const char* const address,
          const lo_message  message)
{
  Demo* const demo = (Demo*)context;
  char        symbol[32];
  lo_arg**    args  = lo_message_get_argv(message);
  const char* types = lo_message_get_types(message);

  if (!strcmp(address, "/error") && !strcmp(types, "sis")) {
    printf("          ! %s: %d %s\n", &args[0]->s, args[1]->i, &args[2]->s);
  } else if (!strcmp(types, "f") &&
             sscanf(address, "/strip/%31[^/]/normalized", symbol) == 1) {
    for (uint32_t i = 0; i < N_TRACKS; ++i) {
      RsTrack* const track = &demo->tracks[i];
      if (!strcmp(tracked[i][0], symbol) && track->count < demo->capacity) {
        track->seconds[track->count]     = piece_seconds(demo);
        track->positions[track->count++] = args[0]->f;
      }
    }
  }
}

static void
ask_for_tracks(Demo* const demo)
{
  for (uint32_t i = 0; i < N_TRACKS; ++i) {
    char address[64];
    (void)snprintf(
      address, sizeof(address), "/strip/%s/normalized", tracked[i][0]);
    rs_osc_ask(&demo->osc, address);
  }
}

static void
announce(const RsCue* const cue)
{
  if (!cue->title[0]) {
    return; // belongs to the cue before
  }

  printf("%6.2f s  bar %2.0f.%.0f  %s\n",
         rs_piece_seconds(cue->beat),
         floor(cue->beat / 4.0) + 1.0,
         floor(fmod(cue->beat, 4.0)) + 1.0,
         cue->title);
  for (uint32_t i = 0; i < cue->n_messages; ++i) {
    printf("                     %s\n", cue->texts[i]);
  }

  (void)fflush(stdout);
}

/// Play it all: send cues ahead, say them when they sound, gather the curves
static void
perform(Demo* const demo)
{
  const double length = demo->piece.frames / RATE_HZ;
  uint32_t     sent   = 0;
  uint32_t     said   = 0;
  double       asked  = -1.0;

  double now = piece_seconds(demo);

  while (now < length) {
    const RsCue* const cues = demo->cues.cues;
    while (sent < demo->cues.count &&
           rs_piece_seconds(cues[sent].beat) < now + LEAD_SECONDS) {
      rs_osc_send_cue(&demo->osc,
                      &cues[sent],
                      wall_ns(demo, rs_piece_seconds(cues[sent].beat)));
      ++sent;
    }

    while (said < sent && rs_piece_seconds(cues[said].beat) <= now) {
      announce(&cues[said++]);
    }

    if (now - asked >= QUERY_SECONDS) {
      asked = now;
      ask_for_tracks(demo);
    }

    rs_osc_receive(&demo->osc, 5, on_answer, demo);
    now = piece_seconds(demo);
  }
}

static void
on_status(void* const       context,
          const char* const address,
          const lo_message  message)
{
  (void)context;
  static const char* const shown[] = {
    "messages", "commands", "late", "dropped", "faults", "p50", "p99"};

  lo_arg** args = lo_message_get_argv(message);
  if (!strcmp(address, "/ringside/status") &&
      !strcmp(lo_message_get_types(message), "sd")) {
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); ++i) {
      if (strstr(&args[0]->s, shown[i])) {
        printf("  %-34s %g\n", &args[0]->s, args[1]->d);
        break;
      }
    }
  }
}

/// The recording, without the silence before the piece, as it goes to the files
static int
finish(Demo* const demo, const uint64_t recorded_from, const char* const folder)
{
  size_t             frames = 0;
  const float* const sound  = rs_host_recording(demo->host, &frames);
  const uint64_t     skip   = atomic_load(&demo->first) - recorded_from;
  const uint32_t     length = demo->piece.frames;
  float* const       split  = (float*)malloc(2u * sizeof(float) * length);
  char               path[4096];
  if (!split || frames < skip + length) {
    free(split);
    (void)fprintf(stderr, "demo: the recording is too short\n");
    return -1;
  }

  float peak = 0.0f;
  for (uint32_t i = 0; i < length; ++i) {
    for (uint32_t c = 0; c < 2u; ++c) {
      const float sample      = sound[((skip + i) * 2u) + c];
      split[(c * length) + i] = sample;
      peak                    = fmaxf(peak, fabsf(sample));
    }
  }

  (void)snprintf(path, sizeof(path), "%s/ringside-demo.wav", folder);
  int status = rs_piece_write(path, split, split + length, length, RATE_HZ);
  printf("\n%s: %.1f s, peak %.1f dB\n",
         path,
         length / RATE_HZ,
         20.0 * log10(fmax(1e-10, (double)peak)));

  const RsPicture picture = {{demo->piece.channels[0], demo->piece.channels[1]},
                             {split, split + length},
                             length,
                             RATE_HZ,
                             &demo->cues,
                             demo->tracks,
                             N_TRACKS};

  (void)snprintf(path, sizeof(path), "%s/ringside-demo.png", folder);
  status |= rs_picture_write(&picture, path);
  printf("%s\n", path);
  free(split);
  return status;
}

static int
make_tracks(Demo* const demo)
{
  demo->capacity = 8192u;
  for (uint32_t i = 0; i < N_TRACKS; ++i) {
    RsTrack* const track = &demo->tracks[i];
    track->label         = tracked[i][1];
    track->seconds       = (double*)calloc(demo->capacity, sizeof(double));
    track->positions     = (float*)calloc(demo->capacity, sizeof(float));
    if (!track->seconds || !track->positions) {
      return -1;
    }
  }

  return 0;
}

/// @param path NULL: nowhere
static int
write_curves(const Demo* const demo, const char* const path)
{
  FILE* const file = path ? fopen(path, "w") : NULL;
  if (!file) {
    return path ? -1 : 0;
  }

  for (uint32_t i = 0; i < N_TRACKS; ++i) {
    const RsTrack* const track = &demo->tracks[i];
    for (uint32_t k = 0; k < track->count; ++k) {
      (void)fprintf(file,
                    "%.4f %s %.6f\n",
                    track->seconds[k],
                    tracked[i][0],
                    (double)track->positions[k]);
    }
  }

  return fclose(file) ? -1 : 0;
}

static int
run(Demo* const demo, const char* const folder)
{
  const uint16_t port = start(demo);
  if (!port || rs_osc_open(&demo->osc, port)) {
    (void)fprintf(stderr, "demo: no bridge answers\n");
    return -1;
  }

  // While it rests, to know the first frame of the recording
  rs_host_stop(demo->host);
  const uint64_t from = rs_host_position(demo->host);
  atomic_store(&demo->first, from + (uint64_t)(LEAD_IN * RATE_HZ));
  atomic_store(&demo->zero_ns, INT64_MAX);
  rs_host_record(demo->host, 1);
  if (!rs_host_start(demo->host)) {
    return -1;
  }

  // Until the audio thread has shown when frame 0 was
  while (rs_host_position(demo->host) < from + (8u * BLOCK)) {
    sleep_ms(2);
  }

  printf("\nPlaying %.0f s at %.0f bpm:\n\n",
         demo->piece.frames / RATE_HZ,
         RS_PIECE_BPM);
  perform(demo);

  // A machine that holds the host up makes it end later
  const uint64_t end = atomic_load(&demo->first) + demo->piece.frames;
  while (rs_host_position(demo->host) < end) {
    sleep_ms(10);
  }

  printf("\nWhat the bridge counted:\n");
  rs_osc_ask(&demo->osc, "/ringside/status");
  for (int i = 0; i < 20; ++i) {
    rs_osc_receive(&demo->osc, 10, on_status, demo);
  }

  rs_host_stop(demo->host);
  if (demo->latest_ns > HELD_UP_NS) {
    printf(
      "\nThis machine held the sound up for %.0f ms: what should be at one "
      "time may not be\n",
      (double)demo->latest_ns / 1e6);
  }

  return finish(demo, from, folder);
}

int
main(const int argc, char** const argv)
{
  static Demo demo;
  if (argc != 3 && argc != 4) {
    (void)fprintf(stderr, "usage: ringside-demo CUES FOLDER [CURVES]\n");
    return 2;
  }

  if (rs_cues_read(&demo.cues, argv[1]) || make_tracks(&demo) ||
      rs_piece_make(&demo.piece, RATE_HZ)) {
    return 1;
  }

  (void)mkdir(argv[2], 0777);
  atomic_store(&demo.first, UINT64_MAX);
  atomic_store(&demo.zero_ns, INT64_MAX);

  const RsHostOptions options = {.plugin_uri    = "urn:ringside:strip",
                                 .rate_hz       = RATE_HZ,
                                 .block         = BLOCK,
                                 .is_paced      = true,
                                 .input         = play,
                                 .input_context = &demo};

  demo.host  = rs_host_new(&options);
  int status = demo.host ? run(&demo, argv[2]) : -1;
  if (!status) {
    status = write_curves(&demo, argv[3]);
  }

  rs_host_free(demo.host);
  rs_osc_close(&demo.osc);
  rs_cues_free(&demo.cues);
  rs_piece_free(&demo.piece);
  for (uint32_t i = 0; i < N_TRACKS; ++i) {
    free(demo.tracks[i].seconds);
    free(demo.tracks[i].positions);
  }

  return status ? 1 : 0;
}
