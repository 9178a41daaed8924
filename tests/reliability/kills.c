// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   kills: kill -9 on the bridge at random moments, under load.

       kills [--kills N] [--rooms N] [--seed N]

   In each room a host plays two instances at the pace of time.  One gets
   bundles as fast as the bridge acknowledges them; nobody commands the other.
   A bundle adds the same step to two parameters, gives four others one value,
   and writes its own number down in a seventh.  After each kill, the new
   bridge is asked for all of them.  Of what was sent in a round

   - all that was acknowledged by /ringside/synced has been applied,
   - exactly as many bundles as the last one's number says: none twice, and
     none left out,
   - each of them whole.

   In every fourth round the host does not call run(): then what is in shared
   memory is acknowledged, some of it in each such round, and the next run()
   finds it there.

   At the end the host has as many descriptors, as much memory and as few
   zombies as at the beginning, the other instance gave the same samples as one
   that never had a bridge, and all processes and files are gone.
*/

#include "tests/reliability/kills.h"
#include "tests/reliability/mini.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP 0x1p-6f
#define GROWTH_KIB 512
#define SETTLE_NS 20000000000
#define REST_EACH 4u // Rounds

/// Kill the bridge that is there.  @return true once it is dead
static bool
kill_bridge(KillsRoom* const room)
{
  const pid_t pid = rig_bridge(&room->rig);
  if (pid <= 0) {
    return false;
  }

  // Ours is the reaper of all, so this is still that process, or its zombie
  const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  if (pidfd < 0) {
    return false;
  }

  const bool is_killed =
    !syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
  struct pollfd ended   = {.fd = pidfd, .events = POLLIN};
  const bool    is_dead = is_killed && poll(&ended, 1u, RIG_PATIENCE_MS) == 1;
  close(pidfd);
  return is_dead;
}

/// Take the dead.  @return false if the host is one of them
static bool
reap(KillsRoom* const room)
{
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid ||
        info.si_pid == room->host) {
      return info.si_pid != room->host ||
             kills_fail(room, "the host has ended");
    }

    (void)waitpid(info.si_pid, NULL, 0);
  }
}

/// A bridge is there, and knows both instances, and all is applied
static bool
settle(KillsRoom* const room)
{
  float value = 0.0f;
  if (!rig_meet(&room->rig, RIG_PATIENCE_MS)) {
    return kills_fail(room, "there is no new bridge");
  }

  if (!kills_ask(room, "mute", &value)) {
    return false;
  }

  for (int i = 0; i < 3000; ++i) {
    if (rig_value(&room->rig, "/strip-2/mute", &value, 1000)) {
      return rig_sync(&room->rig, 1 << 30, RIG_PATIENCE_MS) ||
             kills_fail(room, "no answer to /ringside/sync");
    }

    usleep(2000);
  }

  return kills_fail(room, "the other instance did not come back");
}

/// All that is in shared memory has been applied by run()
static void
await_cycles(const KillsRoom* const room)
{
  atomic_store(&room->shared->rests, 0u);
  const uint32_t first = atomic_load(&room->shared->n_cycles);
  while (atomic_load(&room->shared->n_cycles) - first < 4u &&
         !waitpid(room->host, NULL, WNOHANG)) {
    usleep(500);
  }
}

/// The host has left run()
static void
await_rest(const KillsRoom* const room)
{
  while (!atomic_load(&room->shared->is_resting) &&
         !waitpid(room->host, NULL, WNOHANG)) {
    usleep(500);
  }
}

/**
   What was lost, torn or applied twice stays so.  But these are seven queries,
   and while the audio thread waits for a core in the midst of a run(), some of
   the values are already new.
*/
static bool
check(KillsRoom* const room,
      const float      step,
      const uint32_t   sent,
      const uint32_t   acknowledged)
{
  float         values[KILLS_VALUES] = {0};
  int64_t       applied              = -1;
  const int64_t end_ns               = mini_now_ns() + SETTLE_NS;
  while (applied < (int64_t)acknowledged && mini_now_ns() < end_ns) {
    if (!kills_ask_all(room, values)) {
      return false;
    }

    applied = kills_applied_by(room, step, values);
  }

  if (applied < (int64_t)acknowledged || applied > (int64_t)sent) {
    char what[256];
    snprintf(what,
             sizeof(what),
             "of %u bundles sent from %u on, %u acknowledged, these took "
             "effect: added %g and %g steps, values %g %g %g %g, number %g",
             sent,
             room->number,
             acknowledged,
             (double)((values[0] - room->added) / step),
             (double)((values[1] - (room->added - 24.0f)) / step),
             (double)values[2],
             (double)values[3],
             (double)values[4],
             (double)values[5],
             (double)values[6]);
    return kills_fail(room, what);
  }

  if (atomic_load(&room->shared->rests)) {
    // And run() comes to no less than what was seen of it
    await_cycles(room);
    return check(room, step, sent, (uint32_t)applied);
  }

  room->n_sent += sent;
  room->n_applied += (uint64_t)applied;
  room->n_acknowledged += acknowledged;
  room->n_cut += applied > (int64_t)acknowledged;
  room->number += (uint32_t)applied;
  room->added = values[0];
  return true;
}

/// Load, kill, see what arrived
static bool
run_round(KillsRoom* const room)
{
  const float   step         = room->added < 0.0f ? STEP : -STEP;
  uint32_t      sent         = 0;
  uint32_t      acknowledged = 0;
  const int64_t load_ns = (int64_t)random_below(&room->random, 12000) * 1000;

  const bool rests = ++room->n_rounds % REST_EACH == 0u;
  atomic_store(&room->shared->rests, rests);
  if (rests) {
    await_rest(room);
  }

  const uint32_t cycles = atomic_load(&room->shared->n_cycles);
  if (!kills_load(
        room, mini_now_ns() + load_ns, rests, step, &sent, &acknowledged)) {
    return false;
  }

  // What was acknowledged before the kill counts, also if it is still under way
  const int64_t killed_ns = mini_now_ns();
  const pid_t   old       = rig_bridge(&room->rig);
  if (!kill_bridge(room)) {
    return kills_fail(room, "there is no bridge to be killed");
  }

  for (uint32_t i = 0; i < 64u; ++i) {
    if (!kills_take_answer(room, 0, &acknowledged)) {
      return false;
    }
  }

  // Now and then the next one has hardly begun; then the host waits a second
  if (!random_below(&room->random, 40u)) {
    for (int i = 0; i < 10000 && rig_bridge(&room->rig) == old; ++i) {
      usleep(100);
    }

    usleep(random_below(&room->random, 20000u));
    room->n_starting += kill_bridge(room);
  }

  if (!settle(room)) {
    return false;
  }

  if (!rests) {
    await_cycles(room);
  } else if (atomic_load(&room->shared->n_cycles) == cycles) {
    ++room->n_rested;
    room->n_rested_acknowledged += acknowledged;
  }

  const int64_t took_ns = mini_now_ns() - killed_ns;
  room->worst_ns        = took_ns > room->worst_ns ? took_ns : room->worst_ns;
  return check(room, step, sent, acknowledged) && reap(room);
}

/// As many samples as the host gave, without a bridge
static bool
check_sound(KillsRoom* const room)
{
  const uint32_t     n     = atomic_load(&room->shared->n_hashes);
  KillsShared* const alone = (KillsShared*)mmap(NULL,
                                                sizeof(KillsShared),
                                                PROT_READ | PROT_WRITE,
                                                MAP_SHARED | MAP_ANONYMOUS,
                                                -1,
                                                0);
  if (alone == MAP_FAILED) {
    return kills_fail(room, "no memory");
  }

  const pid_t pid = fork();
  if (!pid) {
    setenv("RINGSIDE_RUNTIME_DIR", "/nonexistent/ringside", 1);
    _exit(kills_play(alone, true, n));
  }

  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status)) {
    return kills_fail(room, "the host without a bridge ended badly");
  }

  for (uint32_t i = 0; i < n; ++i) {
    if (alone->hashes[i] != room->shared->hashes[i]) {
      fprintf(stderr, "# from second %g on\n", i * KILLS_HASHED / 48000.0);
      return kills_fail(room,
                        "an instance that nobody commanded sounds different");
    }
  }

  munmap(alone, sizeof(KillsShared));
  return n > 0u || kills_fail(room, "there is no sound");
}

/// The host ends in order, and then the last bridge, by itself
static bool
check_end(KillsRoom* const room)
{
  int status = 0;
  atomic_store(&room->shared->is_ending, 1u);
  waitpid(room->host, &status, 0);
  room->host = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status)) {
    return kills_fail(room, "the host ended badly");
  }

  if (atomic_load(&room->shared->has_failed)) {
    return kills_fail(room, "what came out was no sound");
  }

  // Whatever the host or a bridge left behind is a child of ours by now
  for (int64_t i = 0; i < RIG_PATIENCE_MS; ++i) {
    if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) {
      return true;
    }
    usleep(1000);
  }

  return kills_fail(room, "processes were left behind");
}

static bool
run_room(KillsRoom* const room, const uint32_t n_kills)
{
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  room->shared = (KillsShared*)mmap(NULL,
                                    sizeof(KillsShared),
                                    PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS,
                                    -1,
                                    0);
  if (room->shared == MAP_FAILED || !rig_open(&room->rig)) {
    return kills_fail(room, "it cannot be made");
  }

  room->host = fork();
  if (!room->host) {
    _exit(kills_play(room->shared, false, 0u));
  }

  // So that both parameters that are added to have as far to go
  char packet[64];
  if (!settle(room)) {
    return false;
  }

  rig_send(
    &room->rig, packet, rig_message(packet, "/strip/output_gain", "f", -24.0));
  if (!settle(room)) {
    return false;
  }

  // The link closes the files that it sent within a second, or in its own time
  int before      = 0;
  int descriptors = -1;
  while (before != descriptors) {
    before = rig_descriptors(room->host);
    usleep(1500000);
    descriptors = rig_descriptors(room->host);
  }

  long memory_kib = 0;
  for (uint32_t i = 0; i < n_kills; ++i) {
    if (!run_round(room)) {
      fprintf(stderr, "# room %u: at kill %u\n", room->room, i + 1u);
      return false;
    }

    if (i == n_kills / 4u) {
      memory_kib = rig_memory_kib(room->host);
    }
  }

  atomic_store(&room->shared->rests, 0u);
  for (int i = 0;
       i < RIG_PATIENCE_MS && rig_descriptors(room->host) != descriptors;
       ++i) {
    usleep(1000);
  }

  const long growth_kib = rig_memory_kib(room->host) - memory_kib;
  const int  leaked     = rig_descriptors(room->host) - descriptors;
  const int  zombies    = rig_zombies(room->host);
  printf("# room %u: %u kills, %u of them while it started, in %u rounds with "
         "some not acknowledged; bundles %llu sent, %llu applied, %llu "
         "acknowledged; %u rounds rested, %llu acknowledged in them; back "
         "after %.0f ms at most; host %+d descriptors, %+ld "
         "KiB, %d zombies; %.1f s of sound\n",
         room->room,
         n_kills + room->n_starting,
         room->n_starting,
         room->n_cut,
         (unsigned long long)room->n_sent,
         (unsigned long long)room->n_applied,
         (unsigned long long)room->n_acknowledged,
         room->n_rested,
         (unsigned long long)room->n_rested_acknowledged,
         (double)room->worst_ns * 1e-6,
         leaked,
         growth_kib,
         zombies,
         atomic_load(&room->shared->n_hashes) * (KILLS_HASHED / 48000.0));
  fflush(stdout);

  if (room->n_rested != n_kills / REST_EACH ||
      room->n_rested_acknowledged < room->n_rested) {
    return kills_fail(room, "the host did not rest where it was told to");
  }

  // Sanitizers keep what was freed for a while
  const char* const sanitized = getenv("RINGSIDE_SANITIZED");
  if (leaked || zombies || (!sanitized && growth_kib > GROWTH_KIB)) {
    return kills_fail(room, "the host has more than it had");
  }

  return check_end(room) && check_sound(room) && rig_close(&room->rig);
}

/// Leave nothing behind all the same
static void
give_up(KillsRoom* const room)
{
  if (room->host > 0) {
    kill(room->host, SIGKILL);
    (void)kill_bridge(room);
    (void)rig_close(&room->rig);
  }
}

int
main(int argc, char** argv)
{
  static const struct option options[] = {
    {"kills", required_argument, NULL, 'k'},
    {"rooms", required_argument, NULL, 'r'},
    {"seed", required_argument, NULL, 's'},
    {NULL, 0, NULL, 0},
  };

  uint32_t n_kills = 1000u;
  uint32_t n_rooms = 4u;
  uint64_t seed    = (uint64_t)mini_now_ns();
  for (int c = 0; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (c == 'k') {
      n_kills = (uint32_t)strtoul(optarg, NULL, 10);
    } else if (c == 'r') {
      n_rooms = (uint32_t)strtoul(optarg, NULL, 10);
    } else if (c == 's') {
      seed = strtoull(optarg, NULL, 10);
    } else {
      fprintf(stderr, "usage: kills [--kills N] [--rooms N] [--seed N]\n");
      return 2;
    }
  }

  printf("# seed %llu\n", (unsigned long long)seed);
  fflush(stdout);
  for (uint32_t i = 0; i < n_rooms; ++i) {
    if (!fork()) {
      static KillsRoom room;
      room.room          = i + 1u;
      room.random        = (Random){(seed + i) | 1u};
      const bool is_good = run_room(&room, (n_kills + n_rooms - 1u) / n_rooms);
      if (!is_good) {
        give_up(&room);
      }
      return is_good ? 0 : 1;
    }
  }

  int n_bad = 0;
  for (uint32_t i = 0; i < n_rooms; ++i) {
    int status = 0;
    wait(&status);
    n_bad += !WIFEXITED(status) || WEXITSTATUS(status);
  }

  printf("%sok 1 - none of %u kills is heard or loses a command\n1..1\n",
         n_bad ? "not " : "",
         n_kills);
  return n_bad ? 1 : 0;
}
