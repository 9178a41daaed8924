// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What else goes on while something is measured; ends with its standard input.

       bench_e2e_load dsp                    computes, at normal priority
       bench_e2e_load flood PORT RATE A...   packets in hexadecimal, so many a
                                             second, in turn, in bursts of 1 ms
       bench_e2e_load stall MS EVERY_MS      above all others, on all cores
*/

#include "tests/bench/e2e_clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKETS_MAX 64
#define PACKET_MAX 256
#define CORES_MAX 64
#define PRIORITY_MAX 98

typedef struct {
  int64_t length_ns;
  int64_t every_ns;
  int     core;
} Stall;

static void*
watch_input(void* const data)
{
  (void)data;
  while (getchar() != EOF) {
  }
  _exit(0);
}

static void
wait_until(const int64_t ns)
{
  const struct timespec t = {ns / 1000000000, ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

/// A comb filter over a little more than the first cache
static void
compute(void)
{
  static float   line[16384];
  volatile float sink = 0.0f;
  for (uint32_t i = 0u;; ++i) {
    float* const at = &line[i % 16384u];
    *at             = *at * 0.7f + (float)(i & 1023u) * 1e-3f;
    if (!(i & 16383u)) {
      sink = *at;
    }
  }
  (void)sink;
}

static size_t
read_packet(const char* const text, unsigned char* const out)
{
  size_t n = 0u;
  while (n < PACKET_MAX && text[2u * n] && text[2u * n + 1u]) {
    const char digits[3] = {text[2u * n], text[2u * n + 1u], '\0'};
    out[n++]             = (unsigned char)strtoul(digits, NULL, 16);
  }
  return n;
}

static void
flood(const uint16_t port, const double rate, char** const texts, const int n)
{
  static unsigned char packets[PACKETS_MAX][PACKET_MAX];
  size_t               sizes[PACKETS_MAX];
  for (int i = 0; i < n; ++i) {
    sizes[i] = read_packet(texts[i], packets[i]);
  }

  const struct sockaddr_in to  = {.sin_family = AF_INET,
                                  .sin_port   = htons(port),
                                  .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  const int                udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp < 0 || connect(udp, (const struct sockaddr*)&to, sizeof(to))) {
    return;
  }

  const int64_t begin = clock_ns(CLOCK_MONOTONIC);
  uint64_t      sent  = 0u;
  for (int64_t now = begin;; now += 1000000) {
    wait_until(now);
    for (; (double)sent < (double)(now - begin) * 1e-9 * rate; ++sent) {
      const size_t i = sent % (size_t)n;
      (void)!send(udp, packets[i], sizes[i], 0);
    }
  }
}

static void*
stall(void* const data)
{
  const Stall* const       what  = (const Stall*)data;
  const struct sched_param param = {.sched_priority = PRIORITY_MAX};
  cpu_set_t                set;
  CPU_ZERO(&set);
  CPU_SET((unsigned)what->core, &set);
  (void)sched_setaffinity(0, sizeof(set), &set);
  (void)sched_setscheduler(0, SCHED_FIFO, &param);

  // All cores at the same moments
  for (;;) {
    const int64_t now  = clock_ns(CLOCK_MONOTONIC);
    const int64_t next = (now / what->every_ns + 1) * what->every_ns;
    wait_until(next);
    while (clock_ns(CLOCK_MONOTONIC) < next + what->length_ns) {
    }
  }
  return NULL;
}

static void
stall_all(const double ms, const double every_ms)
{
  static Stall stalls[CORES_MAX];
  const long   found   = sysconf(_SC_NPROCESSORS_ONLN);
  const int    n_cores = found < CORES_MAX ? (int)found : CORES_MAX;
  for (int i = 0; i < n_cores; ++i) {
    pthread_t thread;
    stalls[i] = (Stall){(int64_t)(ms * 1e6), (int64_t)(every_ms * 1e6), i};
    (void)pthread_create(&thread, NULL, stall, &stalls[i]);
  }
  for (;;) {
    (void)pause();
  }
}

int
main(const int argc, char** const argv)
{
  pthread_t thread;
  (void)pthread_create(&thread, NULL, watch_input, NULL);

  if (argc == 2 && !strcmp(argv[1], "dsp")) {
    compute();
  } else if (argc >= 5 && argc - 4 <= PACKETS_MAX &&
             !strcmp(argv[1], "flood")) {
    flood((uint16_t)strtoul(argv[2], NULL, 10),
          strtod(argv[3], NULL),
          argv + 4,
          argc - 4);
  } else if (argc == 4 && !strcmp(argv[1], "stall")) {
    stall_all(strtod(argv[2], NULL), strtod(argv[3], NULL));
  }
  (void)fprintf(stderr,
                "usage: bench_e2e_load dsp | flood PORT RATE A... | stall MS "
                "EVERY_MS\n");
  return 2;
}
