// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   deaths: hosts that are killed while a third process holds their sockets.

       deaths [--deaths N]

   A host plays two instances.  It forks a child that inherits every descriptor
   and mapping, and lives on, so no socket ever closes; then the host is killed.
   Its instances leave the bridge within 100 ms all the same.  In the end all
   processes are gone, and the runtime folder is as it was.
*/

#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_NS 100000000
#define DEATHS_MAX 100000u

/// Play until killed; on a byte from `orders`, leave a child that holds all
static void
play(const int orders, const int reports)
{
  Mini a;
  Mini b;
  if (!mini_open(&a) || !mini_open(&b)) {
    _exit(1);
  }

  const int64_t start_ns = mini_now_ns();
  for (uint64_t position = 0;; position += 64u) {
    char order = 0;
    if (read(orders, &order, 1u) == 1) {
      pid_t child = fork();
      if (!child) {
        for (;;) {
          pause();
        }
      }

      (void)!write(reports, &child, sizeof(child));
    }

    mini_fill(&a, position, 64u);
    mini_run(&a, 64u);
    mini_run(&b, 64u);
    mini_pace(start_ns, position + 64u);
  }
}

/// How many instances the bridge knows, -1 without an answer
static int
count_instances(const Rig* const rig)
{
  char packet[512];
  rig_send(rig, packet, rig_message(packet, "/ringside/instances", ""));
  while (rig_receive(rig, packet, sizeof(packet), 1000)) {
    const char* const end =
      rig_arguments(packet, "/ringside/instances/end", "i");
    if (end) {
      return rig_int_at(end);
    }
  }

  return -1;
}

static bool
await_count(Rig* const rig, const int count)
{
  const int64_t end_ns = mini_now_ns() + (RIG_PATIENCE_MS * INT64_C(1000000));
  while (mini_now_ns() < end_ns) {
    if (count_instances(rig) == count) {
      return true;
    }

    usleep(200);
    if (count) {
      (void)rig_find_port(rig);
    }
  }

  return false;
}

/// @return nanoseconds until the instances were gone, or -1
static int64_t
die_once(Rig* const rig)
{
  int   orders[2];
  int   reports[2];
  pid_t child = 0;
  if (pipe2(orders, O_NONBLOCK) || pipe(reports)) {
    return -1;
  }

  const pid_t host = fork();
  if (!host) {
    play(orders[0], reports[1]);
  }

  int64_t took_ns = -1;
  if (await_count(rig, 2) && write(orders[1], "", 1u) == 1 &&
      read(reports[0], &child, sizeof(child)) == (ssize_t)sizeof(child)) {
    const int64_t killed_ns = mini_now_ns();
    kill(host, SIGKILL);
    took_ns = await_count(rig, 0) ? mini_now_ns() - killed_ns : -1;
  }

  kill(host, SIGKILL);
  waitpid(host, NULL, 0);
  if (child > 0) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }

  for (int i = 0; i < 2; ++i) {
    close(orders[i]);
    close(reports[i]);
  }

  return took_ns;
}

static int
compare(const void* const a, const void* const b)
{
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

int
main(int argc, char** argv)
{
  static const struct option options[] = {
    {"deaths", required_argument, NULL, 'd'}, {NULL, 0, NULL, 0}};
  static int64_t times[DEATHS_MAX];

  uint32_t n = 200u;
  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    n = c == 'd' ? (uint32_t)strtoul(optarg, NULL, 10) : 0u;
  }

  if (!n || n > DEATHS_MAX) {
    fprintf(stderr, "usage: deaths [--deaths N]\n");
    return 2;
  }

  Rig      rig;
  uint32_t n_late  = 0;
  bool     is_good = rig_open(&rig);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (uint32_t i = 0; is_good && i < n; ++i) {
    times[i] = die_once(&rig);
    is_good  = times[i] >= 0;
    n_late += times[i] > LIMIT_NS;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }

  if (is_good) {
    qsort(times, n, sizeof(*times), compare);
    printf("# %u hosts killed, whose sockets a child held: their instances "
           "were gone after %.1f ms (p50), %.1f (p99), %.1f (most)\n",
           n,
           (double)times[n / 2u] * 1e-6,
           (double)times[n * 99u / 100u] * 1e-6,
           (double)times[n - 1u] * 1e-6);
  }

  // A machine that is busy takes longer now and then; what waits for sockets to
  // close or for pings to be missed does so each time
  const bool is_fast = is_good && n_late <= n / 2u;
  printf("%sok 1 - instances of a killed host are gone within 100 ms\n",
         is_fast ? "" : "not ");

  // The bridge leaves by itself
  bool is_left = true;
  for (int i = 0; is_left && i < RIG_PATIENCE_MS; ++i) {
    is_left = !(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
    usleep(is_left ? 1000u : 0u);
  }

  const bool is_clean = rig_close(&rig) && !is_left;
  printf("%sok 2 - nothing is left behind\n1..2\n", is_clean ? "" : "not ");
  return is_fast && is_clean ? 0 : 1;
}
