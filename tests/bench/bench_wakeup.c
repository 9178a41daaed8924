// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   From send() to the moment when a spinning reader sees the command in the
   ring, against the same packet into a bare recv() thread, and into liblo's
   server thread.

   The ring way is whole: a real bridge process with its checker and decoder,
   real segments, attached through attach.sock.  The bare way is a thread that
   blocks in recv() and stores a number, as little as a receiver can do.  The
   third is a server of liblo with one method, which stores a number too.  All
   receivers run on one core, at the priority that the bridge got; this program
   sends and spins on another.  Packets take turns, with random gaps.

       bench_wakeup BRIDGE [ROUNDS]

   The bridge runs with RINGSIDE_TRACE, so that its part is known in parts.

   Ends with status 1 if the ratio of the medians is over LIMIT, given in the
   environment (not at all by default: figures of a busy machine say little).
*/

#include "tests/bench/figure.h"
#include "tests/bench/lab.h"
#include "tests/lib/peer.h"
#include "tests/unit/random.h"

#include <arpa/inet.h>
#include <lo/lo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 100000
#define WARM_UP 100u
#define RECEIVERS_CORE 0
#define OUR_CORE 1

typedef enum { WAY_RECV, WAY_LIBLO, WAY_RING, N_WAYS } Way;

typedef enum { PART_KERNEL, PART_WAKE, PART_DECODE, PART_SEEN, N_PARTS } Part;

static const char* const way_names[N_WAYS]   = {"recv()", "liblo", "ring"};
static const char* const part_names[N_PARTS] = {
  "send() to arrival in the kernel",
  "arrival to the bridge awake",
  "checked, decoded, written",
  "seen by the reader"};

static int64_t times[N_WAYS][ROUNDS_MAX];
static int64_t parts[N_PARTS][ROUNDS_MAX];

static _Atomic(uint32_t) seen[2]; ///< Packets of the first two ways
static int               bare_socket;
static pid_t             bridge;

/// Core and priority as the bridge has them, so that only the way differs
static void
be_as_the_bridge(void)
{
  lab_pin(0, RECEIVERS_CORE);
  (void)lab_set_priority(0, lab_priority(bridge));
}

static void*
receive_bare(void* const data)
{
  (void)data;
  be_as_the_bridge();
  for (;;) {
    char bytes[256];
    if (recv(bare_socket, bytes, sizeof(bytes), 0) <= 0) {
      return NULL;
    }
    atomic_fetch_add_explicit(&seen[WAY_RECV], 1u, memory_order_release);
  }
}

static int
begin_liblo(const lo_server_thread thread, void* const data)
{
  (void)thread;
  (void)data;
  be_as_the_bridge();
  return 0;
}

static int
handle(const char* const path,
       const char* const types,
       lo_arg** const    argv,
       const int         argc,
       lo_message        message,
       void* const       data)
{
  (void)path;
  (void)types;
  (void)argv;
  (void)argc;
  (void)message;
  (void)data;
  atomic_fetch_add_explicit(&seen[WAY_LIBLO], 1u, memory_order_release);
  return 0;
}

static void
pause_some(void)
{
  static Random random = {1u};

  // 0.2 to 1.2 ms: the receivers are asleep again
  const struct timespec gap = {0,
                               200000 + (long)random_below(&random, 1000000u)};
  nanosleep(&gap, NULL);
}

static int
connect_to(const uint16_t port)
{
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port   = htons(port),
                                 .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  const int                fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return !connect(fd, (const struct sockaddr*)&to, sizeof(to)) ? fd : -1;
}

static uint16_t
listen_bare(void)
{
  struct sockaddr_in at     = {.sin_family = AF_INET,
                               .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  socklen_t          length = sizeof(at);
  pthread_t          thread;

  bare_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (bind(bare_socket, (struct sockaddr*)&at, sizeof(at)) ||
      getsockname(bare_socket, (struct sockaddr*)&at, &length) ||
      pthread_create(&thread, NULL, receive_bare, NULL)) {
    return 0u;
  }
  return ntohs(at.sin_port);
}

static uint16_t
listen_liblo(void)
{
  const lo_server_thread thread = lo_server_thread_new(NULL, NULL);
  if (!thread) {
    return 0u;
  }
  lo_server_thread_add_method(thread, "/peer/gain", "f", handle, NULL);
  lo_server_thread_set_callbacks(thread, begin_liblo, NULL, NULL);
  lo_server_thread_start(thread);
  return (uint16_t)lo_server_thread_get_port(thread);
}

/// One packet one way.  @return how long until it was seen
static int64_t
go(const Way way, const int to, const size_t i, PeerInstance* const peer)
{
  static const char packet[] = "/peer/gain\0\0,f\0\0\xc0\xc0\0\0"; // -6.0

  pause_some();
  const int64_t start = lab_now_ns();
  (void)!send(to, packet, sizeof(packet) - 1u, 0);
  if (way != WAY_RING) {
    const uint32_t wanted = (uint32_t)(i + 1u);
    while (atomic_load_explicit(&seen[way], memory_order_acquire) != wanted) {
    }
    return lab_now_ns() - start;
  }

  uint32_t count = 0u;
  while (rs_ring_readable(&peer->reader, &count) == RS_SUCCESS && !count) {
  }
  const int64_t now = lab_now_ns();

  RsCommand    command;
  const size_t at = i < WARM_UP ? 0u : i - WARM_UP;
  rs_ring_copy(&peer->reader, 0u, &command);
  const int64_t arrival  = command.arrival_ns;
  parts[PART_KERNEL][at] = arrival - start;
  parts[PART_WAKE][at]   = command.woken_ns;
  parts[PART_DECODE][at] =
    (int64_t)command.written_ns - (int64_t)command.woken_ns;
  parts[PART_SEEN][at] = now - arrival - (int64_t)command.written_ns;
  peer_run(peer, peer_now_ns());
  return now - start;
}

static void
tell(const size_t rounds)
{
  LabSpread ways[N_WAYS];
  for (int w = 0; w < N_WAYS; ++w) {
    const LabSpread s = ways[w] = lab_spread(times[w], rounds);
    char            what[64];
    printf("%-8s p50 %7.2f us   p95 %7.2f   p99 %7.2f   max %8.2f\n",
           way_names[w],
           s.p50,
           s.p95,
           s.p99,
           s.max);
    (void)snprintf(what, sizeof(what), "p50 of %s", way_names[w]);
    rs_figure("wakeup", what, s.p50, "us");
    (void)snprintf(what, sizeof(what), "p99 of %s", way_names[w]);
    rs_figure("wakeup", what, s.p99, "us");
  }

  for (int p = 0; p < N_PARTS; ++p) {
    const LabSpread s = lab_spread(parts[p], rounds);
    printf("  %-32s p50 %7.2f us   p99 %7.2f\n", part_names[p], s.p50, s.p99);
    rs_figure("wakeup", part_names[p], s.p50, "us");
  }

  const LabSpread* const bare = &ways[WAY_RECV];
  const LabSpread* const ring = &ways[WAY_RING];
  printf("ring against recv(): p50 %.2f, p99 %.2f; against liblo: p50 %.2f\n",
         ring->p50 / bare->p50,
         ring->p99 / bare->p99,
         ring->p50 / ways[WAY_LIBLO].p50);
  rs_figure("wakeup", "ratio p50", ring->p50 / bare->p50, "times");
  rs_figure("wakeup", "ratio p99", ring->p99 / bare->p99, "times");
  rs_figure("wakeup",
            "ratio of recv() to liblo p50",
            bare->p50 / ways[WAY_LIBLO].p50,
            "times");
  rs_figure(
    "wakeup", "ratio to liblo p50", ring->p50 / ways[WAY_LIBLO].p50, "times");
}

int
main(const int argc, char** const argv)
{
  const size_t   rounds = argc > 2 ? (size_t)strtol(argv[2], NULL, 10) : 2000u;
  char           folder[64] = "/tmp/rs-bench-XXXXXX";
  const uint16_t port       = argc > 1 && rounds && rounds <= ROUNDS_MAX &&
                            !setenv("RINGSIDE_TRACE", "1", 1)
                                ? lab_start_bridge(argv[1], folder, &bridge)
                                : 0u;
  if (!port) {
    fprintf(stderr, "bench_wakeup: no bridge, or over %d rounds\n", ROUNDS_MAX);
    return 2;
  }

  PeerInstance peer;
  char         name[RS_NAME_MAX + 8u] = "";
  const int    host                   = peer_hello("bench");
  if (host < 0 || !peer_make(&peer) ||
      !peer_attach(host, &peer, 1u, 0u, name)) {
    fprintf(stderr, "bench_wakeup: cannot attach\n");
    lab_stop_bridge(bridge, folder);
    return 2;
  }

  lab_pin(0, OUR_CORE);
  lab_pin(bridge, RECEIVERS_CORE);
  const int to[N_WAYS] = {
    connect_to(listen_bare()), connect_to(listen_liblo()), connect_to(port)};
  for (size_t i = 0u; i < rounds + WARM_UP; ++i) {
    for (int w = 0; w < N_WAYS; ++w) {
      times[w][i < WARM_UP ? 0u : i - WARM_UP] = go((Way)w, to[w], i, &peer);
    }
  }

  printf("%zu packets each, in turns; receivers on core %d at priority %d, "
         "sender and reader on core %d\n",
         rounds,
         RECEIVERS_CORE,
         lab_priority(bridge),
         OUR_CORE);
  tell(rounds);
  lab_stop_bridge(bridge, folder);

  const char* const limit = getenv("LIMIT");
  return limit && (double)rs_figure_percentile(times[WAY_RING], rounds, 50.0) >
                    strtod(limit, NULL) * (double)rs_figure_percentile(
                                            times[WAY_RECV], rounds, 50.0);
}
