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
   memory is acknowledged, and the next run() finds it there.

   At the end the host has as many descriptors, as much memory and as few
   zombies as at the beginning, the other instance gave the same samples as one
   that never had a bridge, and all processes and files are gone.
*/

#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"
#include "tests/unit/random.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
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

#define BLOCK 64u
#define HASHED 4096u           // Frames of one hash
#define HASHES_MAX (1u << 20u) // A day
#define STEP 0x1p-6f
#define WINDOW 6u    // Bundles that are not acknowledged
#define SYNC_EACH 2u // Bundles
#define FILLING 240u // Commands of a bundle beside those that are looked at
#define NUMBERS 16384u
#define GROWTH_KIB 512
#define SETTLE_NS 20000000000

/// What the host's process and the one that drives it share
typedef struct {
  _Atomic(uint32_t) is_ending;
  _Atomic(uint32_t) has_failed;
  _Atomic(uint32_t) rests; ///< The host does not call run()
  _Atomic(uint32_t) n_hashes;
  _Atomic(uint32_t) n_cycles;
  uint64_t          hashes[HASHES_MAX];
} Shared;

typedef struct {
  Rig      rig;
  Shared*  shared;
  Random   random;
  pid_t    host;
  uint32_t room;
  uint32_t number; ///< Of the bundle to be sent next
  float    added;  ///< What the first of the two parameters holds
  uint64_t n_sent;
  uint64_t n_applied;
  uint64_t n_acknowledged;
  uint32_t
    n_cut; ///< Rounds in which something was applied and not acknowledged
  uint32_t n_starting; ///< Bridges killed before they were ready
  int64_t  worst_ns;   ///< From a kill to an answer of the next
} Room;

static bool
fail(const Room* const room, const char* const what)
{
  fprintf(stderr, "# room %u: %s\n", room->room, what);
  return false;
}

// The host

/// What nobody commands is moved by its host, at frames
static void
move_ports(Mini* const mini, const uint64_t position)
{
  const uint64_t second = position / 48000u;

  *mini_port(mini, "delay_mix")      = 0.3f;
  *mini_port(mini, "reverb_mix")     = 0.2f;
  *mini_port(mini, "comp_threshold") = -30.0f;
  *mini_port(mini, "comp_ratio")     = 4.0f;
  *mini_port(mini, "output_gain")    = -(float)(second % 7u);
  *mini_port(mini, "low_mid_gain")   = (float)(second % 3u);
}

static uint64_t
hash_more(uint64_t hash, const Mini* const mini)
{
  for (uint32_t c = 0; c < 2u; ++c) {
    for (uint32_t i = 0; i < BLOCK; ++i) {
      uint32_t bits = 0;
      memcpy(&bits, &mini->out[c][i], sizeof(bits));
      hash = (hash ^ bits) * UINT64_C(0x100000001b3);
    }
  }

  return hash;
}

/// Play until told to end, or so many hashes.  @return the exit code
static int
play(Shared* const shared, const bool is_alone, const uint32_t n_hashes)
{
  // One that never has a bridge runs as fast as it goes
  Mini       commanded;
  Mini       other;
  const bool has_both = !is_alone;
  if ((has_both && !mini_open(&commanded)) || !mini_open(&other)) {
    return 1;
  }

  int64_t  start_ns = mini_now_ns();
  uint64_t hash     = 0;
  for (uint64_t position = 0;; position += BLOCK) {
    if (position && !(position % HASHED)) {
      const uint32_t n = (uint32_t)(position / HASHED);
      if (n <= HASHES_MAX) {
        shared->hashes[n - 1u] = hash;
        atomic_store(&shared->n_hashes, n);
      }

      if (is_alone ? n == n_hashes : atomic_load(&shared->is_ending)) {
        break;
      }
    }

    while (has_both && atomic_load(&shared->rests) &&
           !atomic_load(&shared->is_ending)) {
      const int64_t before_ns = mini_now_ns();
      usleep(500);
      start_ns += mini_now_ns() - before_ns;
    }

    mini_fill(&other, position, BLOCK);
    move_ports(&other, position);
    mini_run(&other, BLOCK);
    hash = hash_more(hash, &other);
    if (has_both) {
      mini_fill(&commanded, position, BLOCK);
      mini_run(&commanded, BLOCK);
      if (!mini_is_finite(&commanded, BLOCK)) {
        atomic_store(&shared->has_failed, 1u);
      }

      atomic_fetch_add(&shared->n_cycles, 1u);
      mini_pace(start_ns, position + BLOCK);
    }
  }

  mini_close(&other);
  if (has_both) {
    mini_close(&commanded);
  }

  return 0;
}

// Load

static float
pair_value(const uint32_t number)
{
  return (float)((int)((number * 7u) % 145u) - 72) * 0.25f;
}

static size_t
put_element(char* const to, const size_t at, const size_t size)
{
  const uint32_t word = htonl((uint32_t)size);
  memcpy(to + at, &word, sizeof(word));
  return at + sizeof(word) + size;
}

static void
send_bundle(const Room* const room, const uint32_t number, const float step)
{
  static const char* const adds[]  = {"/strip/input_gain/add",
                                      "/strip/output_gain/add"};
  static const char* const pairs[] = {"/strip/low_gain",
                                      "/strip/high_gain",
                                      "/strip/low_mid_gain",
                                      "/strip/high_mid_gain"};

  static char packet[32768] = "#bundle";
  size_t      at            = 16u;
  packet[15]                = 1; // At once
  for (size_t i = 0; i < 2u; ++i) {
    at = put_element(
      packet, at, rig_message(packet + at + 4u, adds[i], "f", (double)step));
  }

  for (size_t i = 0; i < 4u; ++i) {
    // So much that the bridge is often killed while it writes
    for (uint32_t k = 0; k < FILLING / 4u; ++k) {
      at = put_element(
        packet,
        at,
        rig_message(
          packet + at + 4u, "/strip/low_freq", "f", 100.0 + (double)k));
    }

    at = put_element(
      packet,
      at,
      rig_message(packet + at + 4u, pairs[i], "f", (double)pair_value(number)));
  }

  at = put_element(
    packet,
    at,
    rig_message(
      packet + at + 4u, "/strip/lpf_freq", "f", 1000.0 + (number % NUMBERS)));
  rig_send(&room->rig, packet, at);
}

/// One answer.  @return false if it is one that must not be
static bool
take_answer(Room* const     room,
            const int       timeout_ms,
            uint32_t* const acknowledged)
{
  char packet[512];
  if (!rig_receive(&room->rig, packet, sizeof(packet), timeout_ms)) {
    return true;
  }

  const char* const synced = rig_arguments(packet, "/ringside/synced", "i");
  if (synced && (uint32_t)rig_int_at(synced) > *acknowledged) {
    *acknowledged = (uint32_t)rig_int_at(synced);
  }

  if (!strcmp(packet, "/error")) {
    const char* const text = rig_arguments(packet, "/error", "sis");
    fprintf(stderr, "# /error %s\n", text ? text : "");
    return fail(room, "a command was refused");
  }

  return true;
}

/// Send until `end_ns`.  @return false if something was refused
static bool
load(Room* const     room,
     const int64_t   end_ns,
     const float     step,
     uint32_t* const sent,
     uint32_t* const acknowledged)
{
  const uint32_t first = room->number;

  // No more than keeps what is added within the range of its parameter
  while (mini_now_ns() < end_ns && *sent < 1500u) {
    if (*sent - *acknowledged >= WINDOW) {
      if (!take_answer(room, 1, acknowledged)) {
        return false;
      }
      continue;
    }

    send_bundle(room, first + *sent, step);
    ++*sent;
    if (!(*sent % SYNC_EACH)) {
      char packet[64];
      rig_send(&room->rig,
               packet,
               rig_message(packet, "/ringside/sync", "i", (int)*sent));
      if (!take_answer(room, 0, acknowledged)) {
        return false;
      }
    }
  }

  return true;
}

// Killing

/// Kill the bridge that is there.  @return true once it is dead
static bool
kill_bridge(Room* const room)
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
reap(Room* const room)
{
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid ||
        info.si_pid == room->host) {
      return info.si_pid != room->host || fail(room, "the host has ended");
    }

    (void)waitpid(info.si_pid, NULL, 0);
  }
}

/// Ask until the value is known
static bool
ask(Room* const room, const char* const symbol, float* const value)
{
  char address[64];
  snprintf(address, sizeof(address), "/strip/%s", symbol);
  for (int i = 0; i < 3000; ++i) {
    if (rig_value(&room->rig, address, value, 1000)) {
      return true;
    }

    usleep(2000); // Not attached yet
  }

  return fail(room, "the new bridge does not know the instance");
}

static bool
ask_all(Room* const room, float values[7])
{
  static const char* const symbols[] = {"input_gain",
                                        "output_gain",
                                        "low_gain",
                                        "high_gain",
                                        "low_mid_gain",
                                        "high_mid_gain",
                                        "lpf_freq"};
  for (uint32_t i = 0; i < 7u; ++i) {
    if (!ask(room, symbols[i], &values[i])) {
      return false;
    }
  }

  return true;
}

/// A bridge is there, and knows both instances, and all is applied
static bool
settle(Room* const room)
{
  float value = 0.0f;
  if (!rig_meet(&room->rig, RIG_PATIENCE_MS)) {
    return fail(room, "there is no new bridge");
  }

  if (!ask(room, "mute", &value)) {
    return false;
  }

  for (int i = 0; i < 3000; ++i) {
    if (rig_value(&room->rig, "/strip-2/mute", &value, 1000)) {
      return rig_sync(&room->rig, 1 << 30, RIG_PATIENCE_MS) ||
             fail(room, "no answer to /ringside/sync");
    }

    usleep(2000);
  }

  return fail(room, "the other instance did not come back");
}

/// How many bundles these values say were applied, -1 if they cannot be
static int64_t
applied_by(const Room* const room, const float step, const float values[7])
{
  const float    steps = (values[0] - room->added) / step;
  const uint32_t count = steps >= 0.0f ? (uint32_t)lrintf(steps) : 0u;
  const uint32_t last  = room->number + count - 1u;

  bool is_right = steps >= 0.0f && !(fabsf(steps - (float)count) > 0.0f) &&
                  !(fabsf(values[1] - (values[0] - 24.0f)) > 0.0f);

  // Before the first there is none to compare with
  for (uint32_t i = 2u; room->number + count > 0u && i < 6u; ++i) {
    is_right = is_right && !(fabsf(values[i] - pair_value(last)) > 0.0f);
  }

  if (room->number + count > 0u) {
    const float number = 1000.0f + (float)(last % NUMBERS);
    is_right           = is_right && !(fabsf(values[6] - number) > 0.0f);
  }

  return is_right ? (int64_t)count : -1;
}

/// All that is in shared memory has been applied by run()
static void
await_cycles(const Room* const room)
{
  atomic_store(&room->shared->rests, 0u);
  const uint32_t first = atomic_load(&room->shared->n_cycles);
  while (atomic_load(&room->shared->n_cycles) - first < 4u &&
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
check(Room* const    room,
      const float    step,
      const uint32_t sent,
      const uint32_t acknowledged)
{
  float         values[7] = {0};
  int64_t       applied   = -1;
  const int64_t end_ns    = mini_now_ns() + SETTLE_NS;
  while (applied < (int64_t)acknowledged && mini_now_ns() < end_ns) {
    if (!ask_all(room, values)) {
      return false;
    }

    applied = applied_by(room, step, values);
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
    return fail(room, what);
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
run_round(Room* const room)
{
  const float   step         = room->added < 0.0f ? STEP : -STEP;
  uint32_t      sent         = 0;
  uint32_t      acknowledged = 0;
  const int64_t load_ns = (int64_t)random_below(&room->random, 12000) * 1000;

  atomic_store(&room->shared->rests, random_below(&room->random, 4u) ? 0u : 1u);
  if (!load(room, mini_now_ns() + load_ns, step, &sent, &acknowledged)) {
    return false;
  }

  // What was acknowledged before the kill counts, also if it is still under way
  const int64_t killed_ns = mini_now_ns();
  const pid_t   old       = rig_bridge(&room->rig);
  if (!kill_bridge(room)) {
    return fail(room, "there is no bridge to be killed");
  }

  for (uint32_t i = 0; i < 64u; ++i) {
    if (!take_answer(room, 0, &acknowledged)) {
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

  if (!atomic_load(&room->shared->rests)) {
    await_cycles(room);
  }

  const int64_t took_ns = mini_now_ns() - killed_ns;
  room->worst_ns        = took_ns > room->worst_ns ? took_ns : room->worst_ns;
  return check(room, step, sent, acknowledged) && reap(room);
}

/// As many samples as the host gave, without a bridge
static bool
check_sound(Room* const room)
{
  const uint32_t n     = atomic_load(&room->shared->n_hashes);
  Shared* const  alone = (Shared*)mmap(NULL,
                                      sizeof(Shared),
                                      PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS,
                                      -1,
                                      0);
  if (alone == MAP_FAILED) {
    return fail(room, "no memory");
  }

  const pid_t pid = fork();
  if (!pid) {
    setenv("RINGSIDE_RUNTIME_DIR", "/nonexistent/ringside", 1);
    _exit(play(alone, true, n));
  }

  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status)) {
    return fail(room, "the host without a bridge ended badly");
  }

  for (uint32_t i = 0; i < n; ++i) {
    if (alone->hashes[i] != room->shared->hashes[i]) {
      fprintf(stderr, "# from second %g on\n", i * HASHED / 48000.0);
      return fail(room, "an instance that nobody commanded sounds different");
    }
  }

  munmap(alone, sizeof(Shared));
  return n > 0u || fail(room, "there is no sound");
}

/// The host ends in order, and then the last bridge, by itself
static bool
check_end(Room* const room)
{
  int status = 0;
  atomic_store(&room->shared->is_ending, 1u);
  waitpid(room->host, &status, 0);
  room->host = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status)) {
    return fail(room, "the host ended badly");
  }

  if (atomic_load(&room->shared->has_failed)) {
    return fail(room, "what came out was no sound");
  }

  // Whatever the host or a bridge left behind is a child of ours by now
  for (int64_t i = 0; i < RIG_PATIENCE_MS; ++i) {
    if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) {
      return true;
    }
    usleep(1000);
  }

  return fail(room, "processes were left behind");
}

static bool
run_room(Room* const room, const uint32_t n_kills)
{
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  room->shared = (Shared*)mmap(NULL,
                               sizeof(Shared),
                               PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS,
                               -1,
                               0);
  if (room->shared == MAP_FAILED || !rig_open(&room->rig)) {
    return fail(room, "it cannot be made");
  }

  room->host = fork();
  if (!room->host) {
    _exit(play(room->shared, false, 0u));
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
         "acknowledged; back after %.0f ms at most; host %+d descriptors, %+ld "
         "KiB, %d zombies; %.1f s of sound\n",
         room->room,
         n_kills + room->n_starting,
         room->n_starting,
         room->n_cut,
         (unsigned long long)room->n_sent,
         (unsigned long long)room->n_applied,
         (unsigned long long)room->n_acknowledged,
         (double)room->worst_ns * 1e-6,
         leaked,
         growth_kib,
         zombies,
         atomic_load(&room->shared->n_hashes) * (HASHED / 48000.0));
  fflush(stdout);

  // Sanitizers keep what was freed for a while
  const char* const sanitized = getenv("RINGSIDE_SANITIZED");
  if (leaked || zombies || (!sanitized && growth_kib > GROWTH_KIB)) {
    return fail(room, "the host has more than it had");
  }

  return check_end(room) && check_sound(room) && rig_close(&room->rig);
}

/// Leave nothing behind all the same
static void
give_up(Room* const room)
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
      static Room room;
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
