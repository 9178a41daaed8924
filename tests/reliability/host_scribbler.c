// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   host_scribbler: plugin sides that do all the harm that they can, all the
   time, to a bridge that serves others meanwhile.

       host_scribbler [--rounds N]

   One process writes without end over all that it shares with the bridge,
   before, while and after it is accepted: any bytes, words that are nearly
   right, holes.  When it is cut off it comes back, with fresh segments or with
   those that it has spoiled.  Another one says anything on the host
   connection, with descriptors that are wrong, that were sent before, or that
   belong to another kind; and tries to change sealed files.  Others send
   commands and queries to both of them, so that the bridge has to look.

   Meanwhile each value that a good instance is sent arrives there, and is
   answered.  Afterwards the bridge is as it was: the same process, as many
   descriptors, and it leaves in order.  All of it is counted, nothing is timed.
*/

#include "tests/reliability/host_scribbler.h"

#include "tests/lib/child.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 200u

/// What each must have done before the end, however slow the machine
#define ATTACHED_LEAST 20u
#define WRITTEN_LEAST 2000u
#define SAID_LEAST 500u

/// Resident, as the flood's limit
#define RESIDENT_KIB_MAX 16384

EvilDeeds* evil_deeds;

static bool
has_done_enough(void)
{
  return atomic_load(&evil_deeds->n_attached) >= ATTACHED_LEAST &&
         atomic_load(&evil_deeds->n_written) >= WRITTEN_LEAST &&
         atomic_load(&evil_deeds->n_said) >= SAID_LEAST;
}

static uint32_t n_bad; ///< Checks that went wrong

static void
check(const bool is_good, const uint32_t number, const char* const what)
{
  printf("%sok %u - %s\n", is_good ? "" : "not ", number, what);
  n_bad += !is_good;
}

int
main(const int argc, char** const argv)
{
  static const struct option options[] = {
    {"rounds", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
  static World world;

  uint32_t rounds = ROUNDS;
  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    rounds = c == 'r' ? (uint32_t)strtoul(optarg, NULL, 10) : 0u;
  }
  if (!rounds) {
    fprintf(stderr, "usage: host_scribbler [--rounds N]\n");
    return 2;
  }

  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  world.random = (Random){33u};
  evil_deeds   = (EvilDeeds*)mmap(NULL,
                                sizeof(EvilDeeds),
                                PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS,
                                -1,
                                0);
  if (evil_deeds == MAP_FAILED || !rig_open(&world.rig) ||
      !world_start(&world) || !world_attach(&world)) {
    fprintf(stderr, "host_scribbler: no bridge\n");
    return 1;
  }

  world.loud     = world.rig;
  world.loud.udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool is_served = world_serve_one(&world);

  const int   descriptors = rig_descriptors(world.bridge);
  const pid_t writer      = child_fork();
  if (!writer) {
    evil_write();
  }
  const pid_t talker = child_fork();
  if (!talker) {
    evil_talk(world.rig.runtime);
  }

  bool          is_number = true;
  uint32_t      n         = 0u;
  const int64_t end_ns    = peer_now_ns() + RIG_PATIENCE_MS * INT64_C(2000000);
  for (; is_served && is_number && (n < rounds || !has_done_enough()); ++n) {
    is_served =
      world_serve_one(&world) && peer_now_ns() < end_ns + n * 100000000;
    is_number = world_ask_evil(&world);
  }

  const bool has_done = has_done_enough();
  kill(writer, SIGKILL);
  kill(talker, SIGKILL);
  waitpid(writer, NULL, 0);
  waitpid(talker, NULL, 0);
  printf("# %u values served; %u attachments, %u refused, %u times written, "
         "%u messages\n",
         n,
         atomic_load(&evil_deeds->n_attached),
         atomic_load(&evil_deeds->n_refused),
         atomic_load(&evil_deeds->n_written),
         atomic_load(&evil_deeds->n_said));

  uint32_t k = 0u;
  check(is_served, ++k, "others get their values, and right answers");
  check(is_number, ++k, "what the evil answer is a number");
  check(has_done, ++k, "harm was tried");
  check(
    !atomic_load(&evil_deeds->n_allowed), ++k, "seals refuse what they must");
  check(world_await_descriptors(&world, descriptors),
        ++k,
        "afterwards the bridge has as many descriptors as before");
  check(is_served && world_serve_one(&world), ++k, "and still serves");

  const long kib = rig_memory_kib(world.bridge);
  printf("# %ld KiB resident\n", kib);
  check(getenv("RINGSIDE_SANITIZED") || (kib > 0 && kib <= RESIDENT_KIB_MAX),
        ++k,
        "it is no larger than it may be");

  // A sanitizer would say so by its exit status, leaks too
  int status = 0;
  close(world.host);
  for (uint32_t i = 0u; i < GOODS; ++i) {
    peer_close(&world.goods[i]);
  }
  for (int i = 0; i < RIG_PATIENCE_MS && world_count_instances(&world.rig);
       ++i) {
    usleep(1000); // Before that it would leave its port to a successor
  }
  kill(world.bridge, SIGTERM);
  waitpid(world.bridge, &status, 0);
  check(WIFEXITED(status) && !WEXITSTATUS(status), ++k, "it leaves in order");
  check(rig_close(&world.rig), ++k, "and leaves nothing behind");
  printf("1..%u\n", k);
  return n_bad ? 1 : 0;
}
