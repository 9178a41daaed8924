// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   From send() to the moment when a spinning reader sees the command in the
   ring, against the same packet into a bare recv() thread.

   The ring way is whole: a real bridge process with its checker and decoder,
   real segments, attached through attach.sock.  The bare way is a thread that
   blocks in recv() and stores a number, as little as a receiver can do.  Both
   receivers run on one core, at the priority that the bridge got; this program
   sends and spins on another.  Packets alternate, with random gaps.

       bench_wakeup BRIDGE [ROUNDS]

   Ends with status 1 if the ratio of the medians is over LIMIT, given in the
   environment (not at all by default: figures of a busy machine say little).
*/

#include "tests/bench/figure.h"
#include "tests/lib/peer.h"
#include "tests/unit/random.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 100000

static _Atomic(uint32_t) bare_seen;
static int               bare_socket;

static void
pin(const pid_t pid, const unsigned core)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(pid, sizeof(set), &set)) {
    perror("sched_setaffinity");
  }
}

/// Priority as the bridge has it, so that only the way differs
static void
take_priority(const pid_t bridge)
{
  struct sched_param param;
  const int          policy = sched_getscheduler(bridge) & ~SCHED_RESET_ON_FORK;
  if (!sched_getparam(bridge, &param)) {
    (void)sched_setscheduler(0, policy, &param);
  }
}

static void*
receive_bare(void* const context)
{
  pin(0, 0);
  take_priority(*(const pid_t*)context);
  for (;;) {
    char bytes[256];
    if (recv(bare_socket, bytes, sizeof(bytes), 0) <= 0) {
      return NULL;
    }
    atomic_fetch_add_explicit(&bare_seen, 1u, memory_order_release);
  }
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

/// The time that so many of a hundred are not over, in microseconds; sorted
static double
percentile_us(const int64_t* const times, const size_t n, const size_t percent)
{
  const size_t at = n * percent / 100u;
  return (double)times[at < n ? at : n - 1u] / 1e3;
}

static void
report(const char* const name, int64_t* const times, const size_t n)
{
  qsort(times, n, sizeof(*times), compare);
  printf("%-8s p50 %7.2f us   p90 %7.2f   p99 %7.2f   max %8.2f\n",
         name,
         percentile_us(times, n, 50u),
         percentile_us(times, n, 90u),
         percentile_us(times, n, 99u),
         percentile_us(times, n, 100u));
}

/// Start a bridge in a folder of its own.  @return its port, 0 if it failed
static uint16_t
start_bridge(const char* const program, char* const folder, pid_t* const pid)
{
  int ready[2];
  if (!mkdtemp(folder) || pipe(ready)) {
    return 0u;
  }
  setenv("RINGSIDE_RUNTIME_DIR", folder, 1);
  setenv("RINGSIDE_PORT", "0", 1);
  setenv("HOME", "/nonexistent", 1);

  *pid = fork();
  if (!*pid) {
    char flag[32];
    snprintf(flag, sizeof(flag), "--ready-fd=%d", ready[1]);
    execl(program, program, flag, "--log-level=error", (char*)NULL);
    _exit(127);
  }

  char    text[16] = "";
  ssize_t n        = 0;
  close(ready[1]);
  n = read(ready[0], text, sizeof(text) - 1u);
  close(ready[0]);
  return n > 0 ? (uint16_t)strtol(text, NULL, 10) : 0u;
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

int
main(const int argc, char** const argv)
{
  static const char packet[] = "/peer/gain\0\0,f\0\0\xc0\xc0\0\0"; // -6.0
  static int64_t    ring_ns[ROUNDS_MAX];
  static int64_t    bare_ns[ROUNDS_MAX];

  const size_t   rounds     = argc > 2 ? (size_t)strtol(argv[2], NULL, 10)
                              : rs_figure_is_quick() ? 2000u
                                                     : 5000u;
  char           folder[64] = "/tmp/rs-bench-XXXXXX";
  pid_t          bridge     = 0;
  const uint16_t port       = argc > 1 && rounds && rounds <= ROUNDS_MAX
                                ? start_bridge(argv[1], folder, &bridge)
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
    kill(bridge, SIGTERM);
    return 2;
  }

  struct sockaddr_in to     = {.sin_family = AF_INET,
                               .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  socklen_t          length = sizeof(to);
  bare_socket               = socket(AF_INET, SOCK_DGRAM, 0);
  const int to_bare         = socket(AF_INET, SOCK_DGRAM, 0);
  const int to_ring         = socket(AF_INET, SOCK_DGRAM, 0);
  (void)!bind(bare_socket, (struct sockaddr*)&to, sizeof(to));
  (void)!getsockname(bare_socket, (struct sockaddr*)&to, &length);
  (void)!connect(to_bare, (struct sockaddr*)&to, sizeof(to));
  to.sin_port = htons(port);
  (void)!connect(to_ring, (struct sockaddr*)&to, sizeof(to));

  pthread_t thread;
  pin(0, 1);
  pin(bridge, 0);
  pthread_create(&thread, NULL, receive_bare, &bridge);

  uint32_t seen = 0u;
  for (size_t i = 0u; i < rounds + 100u; ++i) {
    const size_t at = i < 100u ? 0u : i - 100u; // The first ones warm up

    pause_some();
    int64_t start = peer_now_ns();
    (void)!send(to_bare, packet, sizeof(packet) - 1u, 0);
    while (atomic_load_explicit(&bare_seen, memory_order_acquire) != i + 1u) {
    }
    bare_ns[at] = peer_now_ns() - start;

    pause_some();
    uint32_t count = 0u;
    start          = peer_now_ns();
    (void)!send(to_ring, packet, sizeof(packet) - 1u, 0);
    while (rs_ring_readable(&peer.reader, &count) == RS_SUCCESS && !count) {
    }
    ring_ns[at] = peer_now_ns() - start;
    seen += count;
    peer_run(&peer, peer_now_ns());
  }

  struct sched_param param = {0};
  sched_getparam(bridge, &param);
  printf("%zu packets each, interleaved; receivers on core 0 at priority %d, "
         "sender and reader on core 1\n",
         rounds,
         param.sched_priority);
  report("recv()", bare_ns, rounds);
  report("ring", ring_ns, rounds);
  const double ratio =
    percentile_us(ring_ns, rounds, 50u) / percentile_us(bare_ns, rounds, 50u);
  printf("ratio of the medians %.2f (at most 1.30 wanted)\n", ratio);
  rs_figure("wakeup", "ratio p50", ratio, "times");
  rs_figure("wakeup",
            "ratio p99",
            percentile_us(ring_ns, rounds, 99u) /
              percentile_us(bare_ns, rounds, 99u),
            "times");
  rs_figure("wakeup", "p50", percentile_us(ring_ns, rounds, 50u), "us");
  rs_figure(
    "wakeup", "p50 of recv()", percentile_us(bare_ns, rounds, 50u), "us");

  shutdown(bare_socket, SHUT_RDWR);
  kill(bridge, SIGTERM);
  waitpid(bridge, NULL, 0);
  rmdir(folder);

  const char* const limit = getenv("LIMIT");
  return seen != rounds + 100u || (limit && ratio > strtod(limit, NULL));
}
