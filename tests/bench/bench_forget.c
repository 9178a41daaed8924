// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What a command costs its sender, and how often it wakes its reader: when it
   waits for an acknowledgement of each, as the first test did; when it forgets
   it, and the reader sleeps until the bell rings; and when the reader is a
   run() that comes by every 256 frames, which never sleeps on the bell.

       bench_forget
*/

#include "shm/segment.h"
#include "tests/bench/figure.h"
#include "tests/bench/lab.h"
#include "tests/lib/child.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 1000000u
#define PERIOD_NS 5333333 ///< 256 frames at 48 kHz
#define PATIENCE_S 10

typedef enum { ACKNOWLEDGED, SLEEPING, RUNNING } Kind;

static const char* const kinds[] = {"acknowledged",
                                    "forgotten, reader sleeps",
                                    "forgotten, run() comes by"};

/// What the reader tells, in shared memory
typedef struct {
  _Atomic(uint32_t) n_read;
  _Atomic(uint32_t) n_wakeups;
  _Atomic(uint32_t) n_calls;
  int64_t           waits_ns[COMMANDS_MAX];
} Told;

typedef struct {
  RsSegments segments;
  int        sockets[2]; ///< The sender's, the reader's
  Told*      told;
} Lane;

static int64_t costs_ns[COMMANDS_MAX];

static void
fail(const char* const what)
{
  perror(what);
  exit(2);
}

static void
sleep_until(const int64_t ns)
{
  const struct timespec t = {ns / 1000000000, ns % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/// @return how many there were
static uint32_t
take(RsRingReader* const reader, Told* const told)
{
  uint32_t count = 0u;
  if (rs_ring_readable(reader, &count)) {
    _exit(1);
  }
  const int64_t now = lab_now_ns();
  uint32_t      n   = atomic_load(&told->n_read);
  for (uint32_t i = 0u; i < count; ++i, ++n) {
    RsCommand command;
    rs_ring_copy(reader, i, &command);
    if (command.sequence != n + 1u) {
      _exit(1);
    }
    told->waits_ns[n % COMMANDS_MAX] = now - command.arrival_ns;
  }
  rs_ring_release(reader, count);
  atomic_store(&told->n_read, n);
  return count;
}

static void
read_lane(const Lane* const lane, const Kind kind)
{
  RsBell* const bell   = &lane->segments.commands->bell;
  RsRingReader  reader = {0};
  rs_ring_reader_init(&reader,
                      &lane->segments.commands->ring,
                      &lane->segments.telemetry.fixed->read);

  if (kind == RUNNING) {
    for (int64_t due = lab_now_ns();; due += PERIOD_NS) {
      sleep_until(due); // The sound card's wake-up, not ours
      (void)take(&reader, lane->told);
    }
  }
  for (;;) {
    uint8_t  byte  = 0u;
    uint32_t count = 0u;
    rs_bell_arm(bell);
    if (!rs_ring_readable(&reader, &count) && !count) {
      if (recv(lane->sockets[1], &byte, 1u, 0) != 1) {
        _exit(1);
      }
      atomic_fetch_add(&lane->told->n_calls, 1u);
      atomic_fetch_add(&lane->told->n_wakeups, 1u);
    }
    rs_bell_disarm(bell);
    if (take(&reader, lane->told) && kind == ACKNOWLEDGED) {
      (void)!send(lane->sockets[1], &byte, 1u, MSG_NOSIGNAL);
      atomic_fetch_add(&lane->told->n_calls, 1u);
    }
  }
}

static void
open_lane(Lane* const lane)
{
  static const RsParameter parameter = {
    .symbol = "gain", .name = "Gain", .minimum = -60.0f, .maximum = 12.0f};
  static const RsSegmentsPlan plan     = {.plugin_uri   = "urn:ringside:bench",
                                          .base_name    = "bench",
                                          .process      = "bench",
                                          .parameters   = &parameter,
                                          .n_parameters = 1u,
                                          .rate_hz      = 48000.0};
  static const struct timeval patience = {.tv_sec = PATIENCE_S};

  lane->segments = (RsSegments){.commands_fd = -1, .telemetry_fd = -1};
  lane->told     = (Told*)lab_share(sizeof(Told));
  if (rs_segments_create(&lane->segments, &plan) ||
      socketpair(AF_UNIX, SOCK_SEQPACKET, 0, lane->sockets)) {
    fail("segments and socketpair");
  }
  setsockopt(
    lane->sockets[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

typedef struct {
  uint32_t n;
  uint32_t n_rings;
  double   seconds;
} Sent;

/// @param rate_hz 0: as fast as it goes
static Sent
send_commands(const Lane* const lane,
              const Kind        kind,
              const double      rate_hz,
              const double      seconds)
{
  RsRingWriter writer;
  rs_ring_writer_init(&writer,
                      &lane->segments.commands->ring,
                      &lane->segments.telemetry.fixed->read);

  Sent          sent  = {0u, 0u, 0.0};
  const int64_t begin = lab_now_ns();
  int64_t       now   = begin;
  while (now - begin < (int64_t)(seconds * 1e9) && sent.n < COMMANDS_MAX) {
    const RsCommand command = {
      .sequence = sent.n + 1u, .arrival_ns = now, .kind = RS_COMMAND_SET};
    RsStatus st = rs_ring_write(&writer, &command);
    if (st == RS_FULL) {
      sched_yield();
      now = lab_now_ns();
      continue;
    }
    if (st) {
      fail("rs_ring_write");
    }
    rs_ring_publish(&writer);
    sent.n_rings +=
      rs_bell_ring(&lane->segments.commands->bell, lane->sockets[0]);
    if (kind == ACKNOWLEDGED) {
      uint8_t byte = 0u;
      if (recv(lane->sockets[0], &byte, 1u, 0) != 1) {
        fail("no acknowledgement");
      }
    }
    const int64_t end  = lab_now_ns();
    costs_ns[sent.n++] = end - now;
    now                = end;
    if (rate_hz > 0.0) {
      const int64_t due = begin + (int64_t)(sent.n / rate_hz * 1e9);
      if (due > now) {
        sleep_until(due);
        now = lab_now_ns();
      }
    }
  }
  sent.seconds = (double)(lab_now_ns() - begin) / 1e9;
  return sent;
}

static void
measure(const Kind kind, const double rate_hz, const double seconds)
{
  Lane lane;
  open_lane(&lane);
  const pid_t reader = child_fork();
  if (!reader) {
    read_lane(&lane, kind);
  }

  const Sent sent = send_commands(&lane, kind, rate_hz, seconds);
  // The last ones arrive
  const int64_t end = lab_now_ns() + PATIENCE_S * (int64_t)1000000000;
  while (atomic_load(&lane.told->n_read) < sent.n) {
    if (lab_now_ns() > end) {
      fail("commands are lost");
    }
    sleep_until(lab_now_ns() + 1000000);
  }
  lab_kill(reader);

  const double n       = sent.n;
  const double wakeups = atomic_load(&lane.told->n_wakeups) / n;
  const double calls =
    (sent.n_rings + atomic_load(&lane.told->n_calls)) / n +
    (kind == ACKNOWLEDGED ? 1.0 : 0.0); // The sender's own recv()
  const LabSpread cost = lab_spread(costs_ns, sent.n);
  const LabSpread wait = lab_spread(lane.told->waits_ns, sent.n);

  char rate[32];
  snprintf(rate, sizeof(rate), rate_hz > 0.0 ? "%.0f/s" : "flat out", rate_hz);
  printf("%-26s%10s%9u%10.2f%10.2f%9.3f%9.3f%11.1f%11.1f\n",
         kinds[kind],
         rate,
         sent.n,
         cost.p50,
         cost.p99,
         wakeups,
         calls,
         wait.p50,
         wait.p99);

  char what[96];
  snprintf(what, sizeof(what), "%s, %s, cost p50", kinds[kind], rate);
  rs_figure("forget", what, cost.p50, "us");
  snprintf(what, sizeof(what), "%s, %s, calls", kinds[kind], rate);
  rs_figure("forget", what, calls, "a command");
  snprintf(what, sizeof(what), "%s, %s, wake-ups", kinds[kind], rate);
  rs_figure("forget", what, wakeups, "a command");
  snprintf(what, sizeof(what), "%s, %s, wait p50", kinds[kind], rate);
  rs_figure("forget", what, wait.p50, "us");
  rs_figure_point("forget", "calls", kinds[kind], n / sent.seconds, calls);

  munmap(lane.told, sizeof(*lane.told));
  close(lane.sockets[0]);
  close(lane.sockets[1]);
  rs_segments_close(&lane.segments);
}

int
main(void)
{
  static const double rates[] = {1.0, 10.0, 100.0, 1000.0, 10000.0, 0.0};

  rs_figure_plot("forget",
                 "calls",
                 "commands a second",
                 "system calls of both sides, a command",
                 "logscale x");
  prctl(PR_SET_TIMERSLACK, 1UL);
  printf("times in us; calls are those of both sides\n"
         "%-26s%10s%9s%10s%10s%9s%9s%11s%11s\n",
         "",
         "rate",
         "commands",
         "cost p50",
         "p99",
         "wake-ups",
         "calls",
         "taken p50",
         "p99");
  for (Kind kind = ACKNOWLEDGED; kind <= RUNNING; ++kind) {
    for (size_t i = 0u; i < sizeof(rates) / sizeof(*rates); ++i) {
      const double usual = rs_figure_is_quick() ? 0.3 : 1.0;
      measure(kind, rates[i], rates[i] > 0.0 && rates[i] < 2.0 ? 3.0 : usual);
    }
  }
  return 0;
}
