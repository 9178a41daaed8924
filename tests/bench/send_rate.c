// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Send a parameter over UDP, evenly.

       send_rate PORT RATE SECONDS ADDRESS...

   The addresses take turns.  A rate of 0 is as fast as it goes.  SIGTERM ends
   it earlier.  Prints how many were sent and how many seconds that took.
*/

#include <arpa/inet.h>
#include <lo/lo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define VALUES 16u
#define ADDRESSES_MAX 64

typedef struct {
  uint8_t bytes[128];
  size_t  size;
} Packet;

static Packet packets[ADDRESSES_MAX][VALUES];

static volatile sig_atomic_t is_ending;

static void
on_end(const int number)
{
  (void)number;
  is_ending = true;
}

static int64_t
now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
prepare(Packet* const packet, const char* const address, const float value)
{
  const lo_message message = lo_message_new();
  lo_message_add_float(message, value);
  packet->size = lo_message_length(message, address);
  if (packet->size > sizeof(packet->bytes)) {
    exit(2);
  }
  lo_message_serialise(message, address, packet->bytes, &packet->size);
  lo_message_free(message);
}

int
main(const int argc, char** const argv)
{
  const int n_addresses = argc - 4;
  if (n_addresses < 1 || n_addresses > ADDRESSES_MAX) {
    fprintf(stderr, "usage: send_rate PORT RATE SECONDS ADDRESS...\n");
    return 2;
  }

  const double rate    = strtod(argv[2], NULL);
  const double seconds = strtod(argv[3], NULL);
  for (int a = 0; a < n_addresses; ++a) {
    for (uint32_t v = 0u; v < VALUES; ++v) {
      prepare(&packets[a][v], argv[4 + a], (float)v * -0.1f);
    }
  }

  const struct sockaddr_in to  = {.sin_family = AF_INET,
                                  .sin_port =
                                    htons((uint16_t)strtoul(argv[1], NULL, 10)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
  const int                out = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(out, (const struct sockaddr*)&to, sizeof(to))) {
    perror("connect");
    return 2;
  }

  signal(SIGTERM, on_end);
  prctl(PR_SET_TIMERSLACK, 1UL); // Nanoseconds
  uint64_t      n     = 0u;
  const int64_t start = now_ns();
  const int64_t end   = start + (int64_t)(seconds * 1e9);
  int64_t       now   = start;
  while (now < end && !is_ending) {
    const Packet* const packet =
      &packets[n % (uint64_t)n_addresses][n % VALUES];
    if (send(out, packet->bytes, packet->size, 0) == (ssize_t)packet->size) {
      ++n;
    }
    now = now_ns();
    if (rate > 0.0) {
      // When the next is due; what came late does not move those after it
      const int64_t due = start + (int64_t)((double)n / rate * 1e9);
      if (due > now) {
        const struct timespec until = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        now = due;
      }
    }
  }

  printf(
    "%llu %.6f\n", (unsigned long long)n, (double)(now_ns() - start) / 1e9);
  return 0;
}
