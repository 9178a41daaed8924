// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Whether packets that gather in the bridge come too late for a run().

   A real bridge, and an instance whose run() is called as by a sound card, at
   real-time priority if that is permitted.  Packets come evenly, and for each
   the arrival that the kernel stamped is compared with the run() that found
   it.  One has missed its run() if it had arrived 0.1 ms before the one before.

       bench_gather BRIDGE [SECONDS]
*/

#include "tests/bench/figure.h"
#include "tests/bench/lab.h"
#include "tests/lib/child.h"
#include "tests/lib/peer.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RATE_HZ 48000.0
#define TIMES_MAX 2000000u
#define EARLY_NS 100000
#define PRIORITY LAB_AUDIO_PRIORITY

typedef struct {
  uint32_t frames;
  uint32_t packets_hz;
} Case;

static int64_t waits_ns[TIMES_MAX];

static void
sleep_until(const int64_t ns)
{
  const struct timespec t = {ns / 1000000000, ns % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/// Packets at an even pace, until it is killed
static void
send_evenly(const uint16_t port, const uint32_t packets_hz)
{
  static const char packet[] = "/peer/gain\0\0,f\0\0\xc0\xc0\0\0"; // -6.0

  const struct sockaddr_in to  = {.sin_family = AF_INET,
                                  .sin_port   = htons(port),
                                  .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  const int                out = socket(AF_INET, SOCK_DGRAM, 0);
  (void)!connect(out, (const struct sockaddr*)&to, sizeof(to));
  prctl(PR_SET_TIMERSLACK, 1UL);

  const int64_t start = lab_now_ns();
  for (uint64_t i = 1u;; ++i) {
    (void)!send(out, packet, sizeof(packet) - 1u, 0);
    sleep_until(start + (int64_t)((double)i / packets_hz * 1e9));
  }
}

typedef struct {
  uint32_t n;
  uint32_t n_missed;
} Found;

/// One run(): look at what is there, then take it
static void
run(PeerInstance* const peer,
    const uint32_t      frames,
    const int64_t       before_ns,
    Found* const        found)
{
  RsTelemetry* const t     = peer->segments.telemetry.fixed;
  const int64_t      now   = lab_now_ns();
  uint32_t           count = 0u;

  // An odd number, as inside run(): what stands between belongs together
  atomic_fetch_add(&t->cycle, 1u);
  atomic_store(&t->start_ns, now);
  atomic_fetch_add(&t->position, atomic_load(&t->frames));
  atomic_store(&t->frames, frames);
  atomic_fetch_add(&t->cycle, 1u);
  if (!rs_ring_readable(&peer->reader, &count)) {
    for (uint32_t i = 0u; i < count && found->n < TIMES_MAX; ++i) {
      RsCommand command;
      rs_ring_copy(&peer->reader, i, &command);
      waits_ns[found->n++] = now - command.arrival_ns;
      found->n_missed += command.arrival_ns + EARLY_NS < before_ns;
    }
  }
  peer_run(peer, now);
}

static void
measure(PeerInstance* const peer,
        const uint16_t      port,
        const Case* const   c,
        const double        seconds)
{
  const int64_t period = (int64_t)(c->frames / RATE_HZ * 1e9);
  const int64_t begin  = lab_now_ns();
  int64_t       due    = begin;
  int64_t       before = begin;
  Found         found  = {0u, 0u};
  const pid_t   sender = child_fork();
  if (!sender) {
    (void)lab_set_priority(0, 0);
    send_evenly(port, c->packets_hz);
  }

  while (due - begin < (int64_t)(seconds * 1e9)) {
    due += period;
    sleep_until(due);
    const int64_t now = lab_now_ns();
    run(peer, c->frames, before, &found);
    before = now;
  }
  lab_kill(sender);
  for (uint32_t i = 0u; i < 20u; ++i) { // What is left is not measured
    due += period;
    sleep_until(due);
    peer_run(peer, lab_now_ns());
  }

  const double    missed = 100.0 * found.n_missed / (found.n ? found.n : 1u);
  const LabSpread s      = lab_spread(waits_ns, found.n);
  printf("%4u frames %6u/s %8u commands   waited p50 %5.2f p99 %5.2f max %6.2f "
         "periods   missed a run() %6.3f %%\n",
         c->frames,
         c->packets_hz,
         found.n,
         s.p50 * 1e3 / (double)period,
         s.p99 * 1e3 / (double)period,
         s.max * 1e3 / (double)period,
         missed);

  char what[64];
  snprintf(what, sizeof(what), "%u frames, %u/s", c->frames, c->packets_hz);
  char name[96];
  snprintf(name, sizeof(name), "%s, missed", what);
  rs_figure("gather", name, missed, "%");
  snprintf(name, sizeof(name), "%s, p50", what);
  rs_figure("gather", name, s.p50 * 1e3 / (double)period, "periods");
  snprintf(name, sizeof(name), "%s, p99", what);
  rs_figure("gather", name, s.p99 * 1e3 / (double)period, "periods");
}

int
main(const int argc, char** const argv)
{
  static const Case cases[] = {
    {256u, 1000u},
    {256u, 10000u},
    {64u, 1000u},
    {64u, 10000u},
    {1024u, 10000u},
  };

  char           folder[] = "/tmp/rs-bench-XXXXXX";
  pid_t          bridge   = 0;
  const uint16_t port =
    argc > 1 ? lab_start_bridge(argv[1], folder, &bridge) : 0u;
  PeerInstance peer;
  char         name[RS_NAME_MAX + 8u] = "";
  const int    host                   = port ? peer_hello("bench") : -1;
  if (host < 0 || !peer_make(&peer) ||
      !peer_attach(host, &peer, 1u, 0u, name)) {
    fprintf(stderr, "bench_gather: cannot attach to a bridge\n");
    lab_stop_bridge(bridge, folder);
    return 2;
  }

  const double seconds    = argc > 2               ? strtod(argv[2], NULL)
                            : rs_figure_is_quick() ? 1.0
                                                   : 4.0;
  const bool   is_granted = lab_set_priority(0, PRIORITY);
  printf("bridge at priority %d, run() at %d\n",
         lab_priority(bridge),
         is_granted ? PRIORITY : 0);
  for (size_t i = 0u; i < sizeof(cases) / sizeof(*cases); ++i) {
    measure(&peer, port, &cases[i], seconds);
  }

  close(host);
  peer_close(&peer);
  lab_stop_bridge(bridge, folder);
  return 0;
}
