// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   From send() to the sample that changes, seen from JACK.

   Two channels of whatever is measured (the target) are heard, and two packets
   are known that each set one of them: a stamp just before each send(), and the
   first frame that differs.  Knows no OSC but the frame of a bundle.  e2e.py
   finds out what belongs together, and counts.

       bench_e2e_probe TARGET PORT MODE EVENTS GAP_MS A B

   MODE is `plain` or `ahead=MS`: each in a bundle with a tag so far ahead, or
   `pair=FRAMES,MS`: A and B in two bundles so many frames apart.  A and B are
   packets in hexadecimal without the big-endian float at their end.

   There are two clients.  `ear` comes after the target: it hears it, and feeds
   it with a constant if it has inputs (a loop, which JACK gives a cycle more,
   so the target waits for nobody).  `clock` is connected to nothing and, as
   the target, called at the start of the cycle: it notes when.

   Prints, when all is over:

       rate HZ         block FRAMES        xruns COUNT
       c FRAME NS      a cycle's first frame, and when `clock` was called
       e CHANNEL SENT_NS TAG_NS TOOK_NS    an event, no tag: 0, and send()
       o CHANNEL FRAME                     a change was heard
*/

#include "tests/bench/e2e_clock.h"

#include <jack/jack.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONSTANT 0.1f ///< What the target hears
#define PATIENCE_MS 15000
#define CYCLES_MAX 400000u
#define CHANGES_MAX 40000u
#define EVENTS_MAX 20000u
#define PACKET_MAX 256u

/// Below the bridge, so that it may be woken on our core, and above load, so
/// that we send when we mean to: at any phase of the cycle
#define SENDER_PRIORITY 3
#define LATE_NS 1000000

/// The strip's glides are two exponentials (plugin/strip_open.c)
#define SLOW_S 0.0024
#define FAST_S 0.0008

/// What is left of a constant or such a glide, in float, is less than this; of
/// its first frame more
#define RESIDUE_MIN 5e-7

/// After a change, the same one goes on for so long
#define SAME_FRAMES 128u

#define NTP_1970 2208988800ull ///< Seconds from 1900

typedef struct {
  uint32_t frame; ///< Of JACK, which counts what was left out too
  int64_t  ns;
} Cycle;

typedef struct {
  uint32_t channel;
  uint32_t frame;
} Change;

typedef struct {
  uint32_t channel;
  int64_t  sent_ns;
  int64_t  tag_ns;  ///< CLOCK_MONOTONIC
  int64_t  took_ns; ///< Long if somebody took the core from us
} Event;

typedef struct {
  unsigned char prefix[PACKET_MAX];
  size_t        size;
  bool          is_on;
} Message;

// Written by one thread each, and read when these have ended
static Cycle    cycles[CYCLES_MAX];
static uint32_t n_cycles;
static Change   changes[CHANGES_MAX];
static uint32_t n_changes;
static Event    events[EVENTS_MAX];
static uint32_t n_events;

static _Atomic(uint32_t) n_xruns;
static jack_client_t*    ear;
static jack_client_t*    timer;
static jack_port_t*      hears[2];
static jack_port_t*      feeds[2];
static int               udp;
static Message           messages[2];

/// Gives zero for constants and glides: (1 - z)(1 - az)(1 - bz), z: a frame ago
static double filter[3];

static void
make_filter(const double rate)
{
  const double a = exp(-1.0 / (SLOW_S * rate));
  const double b = exp(-1.0 / (FAST_S * rate));

  filter[0] = -1.0 - a - b;
  filter[1] = a + b + a * b;
  filter[2] = -a * b;
}

static int
note_cycle(const jack_nframes_t frames, void* const data)
{
  (void)frames;
  (void)data;
  const int64_t now = clock_ns(CLOCK_MONOTONIC);
  if (n_cycles < CYCLES_MAX) {
    cycles[n_cycles++] = (Cycle){jack_last_frame_time(timer), now};
  }
  return 0;
}

/// A change is where neither a constant nor a glide goes on
static int
listen_and_feed(const jack_nframes_t frames, void* const data)
{
  static double   last[2][3];
  static uint32_t quiet[2] = {SAME_FRAMES, SAME_FRAMES};

  (void)data;
  const uint32_t first = jack_last_frame_time(ear);
  for (uint32_t c = 0u; c < 2u; ++c) {
    const float* const in =
      (const float*)jack_port_get_buffer(hears[c], frames);
    float* const out = (float*)jack_port_get_buffer(feeds[c], frames);
    for (uint32_t i = 0u; i < frames; ++i) {
      double* const x   = last[c];
      const double  now = (double)in[i];
      const double  residue =
        now + filter[0] * x[0] + filter[1] * x[1] + filter[2] * x[2];
      if (quiet[c] >= SAME_FRAMES && fabs(residue) > RESIDUE_MIN) {
        if (n_changes < CHANGES_MAX) {
          changes[n_changes++] = (Change){c, first + i};
        }
        quiet[c] = 0u;
      } else {
        ++quiet[c];
      }
      x[2]   = x[1];
      x[1]   = x[0];
      x[0]   = now;
      out[i] = CONSTANT;
    }
  }
  return 0;
}

static int
count_xrun(void* const data)
{
  (void)data;
  atomic_fetch_add(&n_xruns, 1u);
  return 0;
}

static void
put_big_endian(unsigned char* const out, const uint64_t value, const int bytes)
{
  for (int i = 0; i < bytes; ++i) {
    out[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
  }
}

/// What a channel's packet looks like now, at 0 without a tag.  @return size
static size_t
compose(unsigned char* const out, Message* const message, const int64_t wall_ns)
{
  unsigned char* at   = out;
  const size_t   size = message->size + 4u;
  if (wall_ns) {
    memcpy(at, "#bundle", 8u);
    put_big_endian(at + 8, (uint64_t)wall_ns / 1000000000u + NTP_1970, 4);
    put_big_endian(
      at + 12, (((uint64_t)wall_ns % 1000000000u) << 32) / 1000000000u, 4);
    put_big_endian(at + 16, size, 4);
    at += 20;
  }

  message->is_on = !message->is_on;
  memcpy(at, message->prefix, message->size);
  put_big_endian(at + message->size, message->is_on ? 0x3f800000u : 0u, 4);
  return (size_t)(at - out) + size;
}

static void
send_event(const uint32_t channel, const int64_t tag_ns, const int64_t offset)
{
  unsigned char packet[PACKET_MAX + 32u];
  const size_t  size =
    compose(packet, &messages[channel], tag_ns ? tag_ns + offset : 0);

  Event* const event = &events[n_events++];
  *event             = (Event){channel, clock_ns(CLOCK_MONOTONIC), tag_ns, 0};
  if (send(udp, packet, size, 0) != (ssize_t)size) {
    --n_events; // It was never sent, so nothing will be heard
  }
  event->took_ns = clock_ns(CLOCK_MONOTONIC) - event->sent_ns;
}

/// Both channels off, whatever was before: then each event changes something
static void
begin_off(void)
{
  for (int c = 0; c < 2; ++c) {
    unsigned char packet[PACKET_MAX + 32u];
    messages[c].is_on = true;
    const size_t size = compose(packet, &messages[c], 0);
    (void)!send(udp, packet, size, 0);
  }
}

static void
wait_until(const int64_t ns)
{
  const struct timespec t = {ns / 1000000000, ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

static void
wait_ns(const int64_t ns)
{
  wait_until(clock_ns(CLOCK_MONOTONIC) + ns);
}

/// Ports of the target, or NULL if there are not two
static const char**
find_ports(const char* const target, const unsigned long flags)
{
  char pattern[128];
  (void)snprintf(pattern, sizeof(pattern), "^%s:", target);
  const char** const ports =
    jack_get_ports(ear, pattern, JACK_DEFAULT_AUDIO_TYPE, flags);
  if (ports && ports[0] && ports[1]) {
    return ports;
  }
  jack_free(ports);
  return NULL;
}

static bool
connect_to(const char* const target)
{
  const char** sources = NULL;
  for (int ms = 0; ms < PATIENCE_MS && !sources; ms += 20) {
    wait_ns(20000000);
    sources = find_ports(target, JackPortIsOutput);
  }
  if (!sources) {
    return false;
  }

  // In this order, so that what feeds it is the back edge of the loop
  const char** const sinks   = find_ports(target, JackPortIsInput);
  bool               is_fine = true;
  for (int c = 0; c < 2; ++c) {
    is_fine &= !jack_connect(ear, sources[c], jack_port_name(hears[c]));
  }
  for (int c = 0; c < 2 && sinks; ++c) {
    is_fine &= !jack_connect(ear, jack_port_name(feeds[c]), sinks[c]);
  }
  jack_free(sources);
  jack_free(sinks);
  return is_fine;
}

static bool
open_clients(void)
{
  static const char* const names[2][2] = {{"in_a", "in_b"}, {"out_a", "out_b"}};

  timer = jack_client_open("clock", JackNoStartServer, NULL);
  ear   = jack_client_open("ear", JackNoStartServer, NULL);
  if (!timer || !ear) {
    return false;
  }

  for (int c = 0; c < 2; ++c) {
    hears[c] = jack_port_register(
      ear, names[0][c], JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    feeds[c] = jack_port_register(
      ear, names[1][c], JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  }
  make_filter(jack_get_sample_rate(ear));
  jack_set_process_callback(timer, note_cycle, NULL);
  jack_set_process_callback(ear, listen_and_feed, NULL);
  jack_set_xrun_callback(ear, count_xrun, NULL);
  return !jack_activate(timer) && !jack_activate(ear);
}

static bool
read_message(const char* const text, Message* const message)
{
  for (size_t i = 0u; text[2u * i] && text[2u * i + 1u]; ++i) {
    const char digits[3] = {text[2u * i], text[2u * i + 1u], '\0'};
    if (i >= PACKET_MAX) {
      return false;
    }
    message->prefix[i] = (unsigned char)strtoul(digits, NULL, 16);
    message->size      = i + 1u;
  }
  return message->size > 0u;
}

static void
print_all(const double rate, const unsigned block)
{
  printf("rate %.0f\nblock %u\nxruns %u\n", rate, block, atomic_load(&n_xruns));
  for (uint32_t i = 0u; i < n_cycles; ++i) {
    printf("c %u %" PRId64 "\n", cycles[i].frame, cycles[i].ns);
  }
  for (uint32_t i = 0u; i < n_events; ++i) {
    printf("e %u %" PRId64 " %" PRId64 " %" PRId64 "\n",
           events[i].channel,
           events[i].sent_ns,
           events[i].tag_ns,
           events[i].took_ns);
  }
  for (uint32_t i = 0u; i < n_changes; ++i) {
    printf("o %u %u\n", changes[i].channel, changes[i].frame);
  }
}

int
main(const int argc, char** const argv)
{
  if (argc != 8 || !read_message(argv[6], &messages[0]) ||
      !read_message(argv[7], &messages[1])) {
    (void)fprintf(stderr,
                  "usage: bench_e2e_probe TARGET PORT MODE EVENTS GAP_MS "
                  "A B\n");
    return 2;
  }

  const char* const  mode     = argv[3];
  const uint32_t     n        = (uint32_t)strtoul(argv[4], NULL, 10);
  const double       gap_ns   = strtod(argv[5], NULL) * 1e6;
  char*              rest     = NULL;
  const bool         is_pair  = !strncmp(mode, "pair=", 5);
  const double       apart    = is_pair ? strtod(mode + 5, &rest) : 0.0;
  const double       ahead_ms = is_pair ? strtod(rest + 1, NULL)
                                : !strncmp(mode, "ahead=", 6) ? strtod(mode + 6, NULL)
                                                              : 0.0;
  struct sockaddr_in to       = {.sin_family = AF_INET,
                                 .sin_port =
                                   htons((uint16_t)strtoul(argv[2], NULL, 10)),
                                 .sin_addr = {htonl(INADDR_LOOPBACK)}};

  udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (n + 1u >= EVENTS_MAX || udp < 0 ||
      connect(udp, (struct sockaddr*)&to, sizeof(to)) || !open_clients() ||
      !connect_to(argv[1])) {
    (void)fprintf(stderr, "bench_e2e_probe: cannot reach %s\n", argv[1]);
    return 1;
  }

  const double   rate  = jack_get_sample_rate(ear);
  const unsigned block = jack_get_buffer_size(ear);
  begin_off();
  wait_ns(600000000); // What was connected has been heard, clocks are settled
  const struct sched_param param = {.sched_priority = SENDER_PRIORITY};
  (void)sched_setscheduler(0, SCHED_FIFO, &param);

  const int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
  for (uint32_t i = 1u; n_events < n; ++i) {
    const int64_t due_ns = begin_ns + (int64_t)(gap_ns * i);
    wait_until(due_ns);
    if (clock_ns(CLOCK_MONOTONIC) > due_ns + LATE_NS) {
      continue; // Two would come too close to each other
    }
    const int64_t offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
    const int64_t tag_ns =
      ahead_ms > 0.0 ? clock_ns(CLOCK_MONOTONIC) + (int64_t)(ahead_ms * 1e6)
                     : 0;
    if (is_pair) {
      send_event(0u, tag_ns, offset);
      send_event(1u, tag_ns + (int64_t)llround(apart * 1e9 / rate), offset);
    } else {
      send_event(n_events & 1u, tag_ns, offset);
    }
  }
  wait_ns(300000000 + (int64_t)(ahead_ms * 1e6));

  jack_deactivate(ear);
  jack_deactivate(timer);
  print_all(rate, block);
  jack_client_close(ear);
  jack_client_close(timer);
  return 0;
}
