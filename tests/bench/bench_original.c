// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The test that the idea was first measured with, in Python: two processes; a
   command goes into the ring, the bell over the socketpair wakes its reader,
   an acknowledgement comes back.  The time is half a round trip.

   In turns with it, trip by trip, a bare ping-pong: the same two processes,
   the same socketpair, a byte there and a byte back.  Idle, and under the load
   of the original: two workers that filter sound without end, and 100 OSC
   messages a second through a real bridge to another instance.

       bench_original BRIDGE [TRIPS]
*/

#include "shm/segment.h"
#include "tests/bench/figure.h"
#include "tests/bench/lab.h"
#include "tests/lib/child.h"
#include "tests/lib/peer.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TRIPS_MAX 100000u
#define WARM_UP 200u
#define WORKERS 2u
#define OSC_INTERVAL_NS 10000000 ///< 100 a second
#define CURVE_POINTS 200u

/// Bytes on the socketpair besides the bell's own, which is 1
enum { PING = 2, PONG = 3, DONE = 4 };

/// What others do meanwhile, in shared memory
typedef struct {
  _Atomic(uint64_t) blocks[WORKERS];
  _Atomic(uint32_t) is_ready;
  _Atomic(uint32_t) n_sent;
  _Atomic(uint32_t) n_read;
} Load;

typedef struct {
  const char* name;
  bool        is_loaded;
  bool        is_realtime;
  int         socket_type;
  int         core;     ///< Both processes there; -1: where they are put
  bool        is_awake; ///< No core halts meanwhile, as if there were others
} Phase;

typedef struct {
  RsSegments   segments;
  RsRingWriter writer;
  int          socket; ///< The writer's end
  pid_t        reader;
  uint64_t     sequence;
} Pair;

static int64_t ring_ns[TRIPS_MAX];
static int64_t bare_ns[TRIPS_MAX];

static void
fail(const char* const what)
{
  fprintf(stderr, "bench_original: ");
  perror(what);
  exit(2);
}

// The two processes

/// What a plugin's side would do that sleeps when there is nothing
static void
read_commands(const RsSegments* const segments, const int socket)
{
  RsBell* const bell     = &segments->commands->bell;
  RsRingReader  reader   = {0};
  uint64_t      expected = 1u;
  uint32_t      count    = 0u;
  rs_ring_reader_init(
    &reader, &segments->commands->ring, &segments->telemetry.fixed->read);

  rs_bell_arm(bell);
  for (;;) {
    uint8_t byte = 0u;
    if (!rs_ring_readable(&reader, &count) && !count &&
        recv(socket, &byte, sizeof(byte), 0) != 1) {
      return;
    }
    if (byte == PING) {
      byte = PONG;
      if (send(socket, &byte, sizeof(byte), MSG_NOSIGNAL) != 1) {
        return;
      }
      continue; // Still armed: nobody rang
    }

    rs_bell_disarm(bell);
    if (rs_ring_readable(&reader, &count)) {
      return;
    }
    for (uint32_t i = 0u; i < count; ++i) {
      RsCommand command;
      rs_ring_copy(&reader, i, &command);
      if (command.sequence != expected++) {
        return; // The writer sees the socket close
      }
    }
    rs_ring_release(&reader, count);
    byte = DONE;
    if (count && send(socket, &byte, sizeof(byte), MSG_NOSIGNAL) != 1) {
      return;
    }
    rs_bell_arm(bell);
  }
}

static void
open_pair(Pair* const pair, const int socket_type)
{
  static const RsParameter parameter = {
    .symbol = "gain", .name = "Gain", .minimum = -60.0f, .maximum = 12.0f};
  static const RsSegmentsPlan plan     = {.plugin_uri   = "urn:ringside:bench",
                                          .base_name    = "bench",
                                          .process      = "bench",
                                          .parameters   = &parameter,
                                          .n_parameters = 1u,
                                          .rate_hz      = 48000.0};
  static const struct timeval patience = {.tv_sec = 10};

  int sockets[2];
  *pair          = (Pair){0};
  pair->segments = (RsSegments){.commands_fd = -1, .telemetry_fd = -1};
  if (rs_segments_create(&pair->segments, &plan) ||
      socketpair(AF_UNIX, socket_type | SOCK_CLOEXEC, 0, sockets)) {
    fail("segments and socketpair");
  }

  pair->reader = child_fork();
  if (!pair->reader) {
    close(sockets[0]);
    read_commands(&pair->segments, sockets[1]);
    _exit(1);
  }

  close(sockets[1]);
  pair->socket = sockets[0];
  // Nothing here takes seconds: a lost wake-up ends the run
  setsockopt(
    pair->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  rs_ring_writer_init(&pair->writer,
                      &pair->segments.commands->ring,
                      &pair->segments.telemetry.fixed->read);
}

static void
close_pair(Pair* const pair)
{
  lab_kill(pair->reader);
  close(pair->socket);
  rs_segments_close(&pair->segments);
}

static void
wait_for(const Pair* const pair, const uint8_t expected)
{
  uint8_t byte = 0u;
  if (recv(pair->socket, &byte, sizeof(byte), 0) != 1 || byte != expected) {
    fail("no acknowledgement within 10 s, or a wrong one");
  }
}

/// @return half the round trip, nanoseconds
static int64_t
trip_by_ring(Pair* const pair)
{
  const RsCommand command = {.sequence = ++pair->sequence,
                             .kind     = RS_COMMAND_SET,
                             .value    = (float)(pair->sequence % 72u) - 60.0f};

  const int64_t start = lab_now_ns();
  if (rs_ring_write(&pair->writer, &command)) {
    fail("rs_ring_write");
  }
  rs_ring_publish(&pair->writer);
  (void)rs_bell_ring(&pair->segments.commands->bell, pair->socket);
  wait_for(pair, DONE);
  return (lab_now_ns() - start) / 2;
}

static int64_t
trip_bare(const Pair* const pair)
{
  const uint8_t byte  = PING;
  const int64_t start = lab_now_ns();
  if (send(pair->socket, &byte, sizeof(byte), MSG_NOSIGNAL) != 1) {
    fail("send");
  }
  wait_for(pair, PONG);
  return (lab_now_ns() - start) / 2;
}

// Load

/// Another instance at the bridge, and the console that plays it
static void
play_osc(const uint16_t port, Load* const load)
{
  static const char packet[] = "/peer/gain\0\0,f\0\0\xc0\xc0\0\0"; // -6.0

  PeerInstance peer;
  char         name[RS_NAME_MAX + 8u] = "";
  const int    host                   = peer_hello("bench");
  const int    out                    = socket(AF_INET, SOCK_DGRAM, 0);

  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port   = htons(port),
                                 .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  if (host < 0 || !peer_make(&peer) ||
      !peer_attach(host, &peer, 1u, 0u, name) ||
      connect(out, (const struct sockaddr*)&to, sizeof(to))) {
    fail("the instance that is played");
  }

  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (uint32_t n = 1u;; ++n) {
    if (send(out, packet, sizeof(packet) - 1u, 0) == sizeof(packet) - 1u) {
      atomic_fetch_add(&load->n_sent, 1u);
    }
    next.tv_nsec += OSC_INTERVAL_NS;
    next.tv_sec += next.tv_nsec / 1000000000;
    next.tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    peer_run(&peer, peer_now_ns());
    atomic_store(&load->n_read, peer.n_read);
    atomic_store(&load->is_ready, 1u);
  }
}

static bool
is_playing(Load* const load)
{
  // Under two busy workers it may take its time
  for (unsigned i = 0u; i < 10000u && !atomic_load(&load->is_ready); ++i) {
    const struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
  return atomic_load(&load->is_ready);
}

// Phases

static void
print_row(const char* const name, const LabSpread* const s)
{
  printf("%-34s%8.1f%8.1f%8.1f%8.1f%9.1f%8.1f%8.1f%8.1f\n",
         name,
         s->p50,
         s->p95,
         s->p99,
         s->min,
         s->max,
         s->mean,
         s->sd,
         s->jitter);
}

static void
draw(const char* const series, const int64_t* const sorted, const size_t n)
{
  for (uint32_t i = 0u; i <= CURVE_POINTS; ++i) {
    const double percent = 100.0 * i / CURVE_POINTS;
    rs_figure_point("original",
                    "round-trip",
                    series,
                    (double)rs_figure_percentile(sorted, n, percent) / 1e3,
                    percent);
  }
}

static void
report(const Phase* const     phase,
       const LabSpread* const ring,
       const LabSpread* const bare)
{
  const struct {
    const char* what;
    double      value;
    const char* unit;
  } figures[] = {
    {"p50", ring->p50, "us"},
    {"p95", ring->p95, "us"},
    {"p99", ring->p99, "us"},
    {"max", ring->max, "us"},
    {"jitter", ring->jitter, "us"},
    {"sd", ring->sd, "us"},
    {"p50 over bare", ring->p50 / bare->p50, "times"},
    {"p95 over bare", ring->p95 / bare->p95, "times"},
    {"p50 of bare", bare->p50, "us"},
    {"p95 of bare", bare->p95, "us"},
    {"p99 of bare", bare->p99, "us"},
    {"jitter of bare", bare->jitter, "us"},
  };
  for (size_t i = 0u; i < sizeof(figures) / sizeof(*figures); ++i) {
    char what[96];
    snprintf(what, sizeof(what), "%s, %s", phase->name, figures[i].what);
    rs_figure("original", what, figures[i].value, figures[i].unit);
  }
}

static bool
can_keep_awake(void)
{
  const int fd = lab_keep_awake();
  close(fd);
  return fd >= 0;
}

static void
run_phase(const Phase* const phase,
          const size_t       trips,
          const char* const  bridge_program)
{
  char        folder[]         = "/tmp/rs-bench-XXXXXX";
  pid_t       workers[WORKERS] = {0};
  pid_t       player           = 0;
  pid_t       bridge           = 0;
  Load* const load             = (Load*)lab_share(sizeof(Load));
  Pair        pair;

  if (phase->is_loaded) {
    const uint16_t port = lab_start_bridge(bridge_program, folder, &bridge);
    if (!port) {
      fail("no bridge");
    }
    if (!phase->is_realtime) {
      (void)lab_set_priority(bridge, 0);
    }
    player = child_fork();
    if (!player) {
      play_osc(port, load);
    }
    if (!is_playing(load)) {
      fail("no OSC comes through");
    }
    for (uint32_t i = 0u; i < WORKERS; ++i) {
      workers[i] = lab_start_worker(&load->blocks[i]);
    }
  }

  open_pair(&pair, phase->socket_type);
  const int awake = phase->is_awake ? lab_keep_awake() : -1;
  lab_pin(0, phase->core);
  lab_pin(pair.reader, phase->core);
  if (phase->is_realtime) {
    (void)lab_set_priority(pair.reader, LAB_AUDIO_PRIORITY);
    (void)lab_set_priority(0, LAB_AUDIO_PRIORITY - 1);
  }
  for (size_t i = 0u; i < trips + WARM_UP; ++i) {
    const size_t at = i < WARM_UP ? 0u : i - WARM_UP;
    ring_ns[at]     = trip_by_ring(&pair);
    bare_ns[at]     = trip_bare(&pair);
  }
  (void)lab_set_priority(0, 0);
  lab_pin(0, -1);
  close(awake);
  close_pair(&pair);

  const uint32_t n_read = atomic_load(&load->n_read);
  for (uint32_t i = 0u; i < WORKERS; ++i) {
    lab_kill(workers[i]);
    if (workers[i] > 0 && !atomic_load(&load->blocks[i])) {
      fail("a worker never worked");
    }
  }
  lab_kill(player);
  lab_stop_bridge(bridge, folder);
  if (phase->is_loaded && !n_read) {
    fail("no OSC came through");
  }

  const LabSpread ring = lab_spread(ring_ns, trips);
  const LabSpread bare = lab_spread(bare_ns, trips);
  char            name[96];
  snprintf(name, sizeof(name), "%s, ring and bell", phase->name);
  print_row(name, &ring);
  draw(name, ring_ns, trips);
  snprintf(name, sizeof(name), "%s, bare", phase->name);
  print_row(name, &bare);
  draw(name, bare_ns, trips);
  report(phase, &ring, &bare);
}

int
main(const int argc, char** const argv)
{
  static const Phase phases[] = {
    {"idle", false, false, SOCK_DGRAM, -1, false},
    {"idle seqpacket", false, false, SOCK_SEQPACKET, -1, false},
    {"idle awake", false, false, SOCK_DGRAM, -1, true},
    {"idle one core", false, false, SOCK_DGRAM, 0, false},
    {"idle rt", false, true, SOCK_DGRAM, -1, false},
    {"loaded", true, false, SOCK_DGRAM, -1, false},
    {"loaded rt", true, true, SOCK_DGRAM, -1, false},
  };

  const bool   is_quick = rs_figure_is_quick();
  const size_t trips    = argc > 2   ? (size_t)strtoul(argv[2], NULL, 10)
                          : is_quick ? 3000u
                                     : 10000u;
  if (argc < 2 || !trips || trips > TRIPS_MAX) {
    fprintf(stderr, "usage: bench_original BRIDGE [TRIPS <= %u]\n", TRIPS_MAX);
    return 2;
  }

  const bool is_granted = lab_set_priority(0, LAB_AUDIO_PRIORITY);
  (void)lab_set_priority(0, 0);
  rs_figure_text("original",
                 "real-time priorities",
                 is_granted ? "had: SCHED_FIFO 10 for the reader, 9 for the "
                              "writer, the bridge its own"
                            : "not permitted here, so these rows are missing");
  rs_figure_plot("original",
                 "round-trip",
                 "half a round trip (us)",
                 "percent that took no longer",
                 "logscale x");

  printf("half a round trip in us, %zu trips each, ring and bare in turns\n"
         "%-34s%8s%8s%8s%8s%9s%8s%8s%8s\n",
         trips,
         "",
         "p50",
         "p95",
         "p99",
         "min",
         "max",
         "mean",
         "sd",
         "jitter");
  for (size_t i = 0u; i < sizeof(phases) / sizeof(*phases); ++i) {
    // For a check, what is idle will do: the loaded tail is the scheduler's
    if ((phases[i].is_realtime && !is_granted) ||
        (phases[i].is_awake && !can_keep_awake()) ||
        (is_quick && phases[i].is_loaded && !phases[i].is_realtime)) {
      continue;
    }
    run_phase(&phases[i], trips, argv[1]);
  }

  printf("the original in Python, idle          67.0    90.0   151.0\n"
         "the original in Python, loaded        84.0   155.0   190.0"
         "                                35.0\n"
         "first targets for C, loaded           50.0   200.0   500.0\n"
         "targets now, idle                 1.1 x bare  12.0\n"
         "targets now, loaded rt                25.0    40.0    70.0"
         "                                10.0\n"
         "targets now, loaded                   10.0\n");
  return 0;
}
