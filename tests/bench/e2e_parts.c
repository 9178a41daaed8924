// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The way of a packet in parts: a JACK client that takes commands from a real
   bridge as run() does, and knows when each was sent.

       bench_e2e_parts PORT EVENTS GAP_MS

   The bridge (RINGSIDE_RUNTIME_DIR) must run with RINGSIDE_TRACE.  Prints a
   line for each event, times in ns of CLOCK_MONOTONIC:

       p SENT ARRIVAL WOKEN WRITTEN ENTRY FRAME
       c FRAME NS       a cycle's first frame, and when it was entered

   ARRIVAL is the kernel's stamp, WOKEN when the bridge was awake, WRITTEN when
   the command was in the ring, ENTRY when the cycle began that took it, and
   FRAME its first frame.
*/

#include "tests/bench/lab.h"
#include "tests/lib/peer.h"

#include <jack/jack.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 20000u
#define CYCLES_MAX 400000u
#define SENDER_PRIORITY 3 ///< As in e2e_probe.c
#define LATE_NS 1000000

typedef struct {
  int64_t   sent_ns;
  int64_t   entry_ns;
  uint32_t  frame;
  bool      is_there;
  RsCommand command;
} Event;

typedef struct {
  uint32_t frame;
  int64_t  ns;
} Cycle;

static jack_client_t* client;
static PeerInstance   peer;
static Event          events[EVENTS_MAX];
static uint32_t       n_taken;
static Cycle          cycles[CYCLES_MAX];
static uint32_t       n_cycles;

static int
process(const jack_nframes_t frames, void* const data)
{
  (void)frames;
  (void)data;
  RsTelemetry* const t     = peer.segments.telemetry.fixed;
  const int64_t      now   = lab_now_ns();
  const uint32_t     frame = jack_last_frame_time(client);
  uint32_t           count = 0u;

  atomic_fetch_add(&t->cycle, 1u);
  atomic_store(&t->start_ns, now);
  if (n_cycles < CYCLES_MAX) {
    cycles[n_cycles++] = (Cycle){frame, now};
  }

  if (rs_ring_readable(&peer.reader, &count)) {
    count = 0u;
  }
  for (uint32_t i = 0u; i < count && n_taken < EVENTS_MAX; ++i) {
    Event* const event = &events[n_taken++]; // They come as they were sent
    rs_ring_copy(&peer.reader, i, &event->command);
    event->entry_ns = now;
    event->frame    = frame;
    event->is_there = true;
  }
  if (count) {
    rs_ring_release(&peer.reader, count);
  }
  atomic_fetch_add(&t->cycle, 1u);
  return 0;
}

static void
wait_until(const int64_t ns)
{
  const struct timespec t = {ns / 1000000000, ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

int
main(const int argc, char** const argv)
{
  static const char packet[] = "/peer/gain\0\0,f\0\0\xc0\xc0\0\0"; // -6.0
  char              name[RS_NAME_MAX + 8u] = "";

  if (argc != 4) {
    (void)fprintf(stderr, "usage: bench_e2e_parts PORT EVENTS GAP_MS\n");
    return 2;
  }

  const uint32_t           n      = (uint32_t)strtoul(argv[2], NULL, 10);
  const double             gap_ns = strtod(argv[3], NULL) * 1e6;
  const struct sockaddr_in to     = {.sin_family = AF_INET,
                                     .sin_port =
                                       htons((uint16_t)strtoul(argv[1], NULL, 10)),
                                     .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int                udp  = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int                host = peer_hello("bench");
  client = jack_client_open("parts", JackNoStartServer, NULL);
  if (n >= EVENTS_MAX ||
      connect(udp, (const struct sockaddr*)&to, sizeof(to)) || host < 0 ||
      !peer_make(&peer) || !peer_attach(host, &peer, 1u, 0u, name) || !client ||
      jack_set_process_callback(client, process, NULL) ||
      jack_activate(client)) {
    (void)fprintf(stderr, "bench_e2e_parts: no bridge, or no JACK server\n");
    return 1;
  }

  wait_until(lab_now_ns() + 500000000);
  (void)lab_set_priority(0, SENDER_PRIORITY);
  const int64_t begin_ns = lab_now_ns();
  uint32_t      sent     = 0u;
  for (uint32_t i = 1u; sent < n; ++i) {
    const int64_t due_ns = begin_ns + (int64_t)(gap_ns * i);
    wait_until(due_ns);
    if (lab_now_ns() > due_ns + LATE_NS) {
      continue; // So that phases stay even
    }
    events[sent++].sent_ns = lab_now_ns();
    (void)!send(udp, packet, sizeof(packet) - 1u, 0);
  }
  wait_until(lab_now_ns() + 300000000);
  jack_deactivate(client);

  for (uint32_t i = 0u; i < n_cycles; ++i) {
    printf("c %u %" PRId64 "\n", cycles[i].frame, cycles[i].ns);
  }
  for (uint32_t i = 0u; i < n; ++i) {
    const Event* const     event = &events[i];
    const RsCommand* const c     = &event->command;
    if (event->is_there) {
      printf("p %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
             " %u\n",
             event->sent_ns,
             c->arrival_ns,
             c->arrival_ns + c->woken_ns,
             c->arrival_ns + c->written_ns,
             event->entry_ns,
             event->frame);
    }
  }
  jack_client_close(client);
  return n_taken == n ? 0 : 1;
}
