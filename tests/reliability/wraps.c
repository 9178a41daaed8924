// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What counts modulo 2^32 wraps: the ring's indices, the locks of the tables,
   the number of run().  Nothing is lost, torn or answered wrongly on the way,
   from a client's packet to the value in effect and back.

   The plugin is the real one but for where it begins (late_indices.c), and so
   is the bridge.
*/

#include "shm/segment.h"
#include "tests/reliability/late_indices.h"
#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"
#include "tests/unit/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 256u

/// Commands of one test, more than there are until the wrap
#define COMMANDS 200u

/// Commands that a host at rest lets gather: more than a ring holds
#define GATHERED (RS_RING_SLOTS + 500u)

/// Much shorter than what the bridge takes for a host that rests
#define HELD_UP_NS 100000000

typedef struct {
  Rig                         rig;
  Mini                        mini;
  pthread_t                   thread;
  _Atomic(bool)               is_ending;
  _Atomic(bool)               has_to_rest;
  _Atomic(bool)               rests;
  _Atomic(const RsTelemetry*) watched; ///< NULL: do not count
  _Atomic(uint32_t)           most; ///< Commands that one run() took meanwhile
  _Atomic(int64_t)            last_ns; ///< When run() was called
  _Atomic(int64_t) longest_ns; ///< Between two calls, until somebody asks
} World;

static World world;

static void*
play(void* const context)
{
  (void)context;
  int64_t  start_ns = mini_now_ns();
  uint64_t position = 0u;
  while (!atomic_load(&world.is_ending)) {
    if (atomic_load(&world.has_to_rest)) {
      atomic_store(&world.rests, true);
      usleep(500);
      start_ns = mini_now_ns();
      position = 0u;
      continue;
    }
    atomic_store(&world.rests, false);
    const int64_t now_ns  = mini_now_ns();
    const int64_t rest_ns = now_ns - atomic_load(&world.last_ns);
    if (rest_ns > atomic_load(&world.longest_ns)) {
      atomic_store(&world.longest_ns, rest_ns);
    }
    atomic_store(&world.last_ns, now_ns);
    mini_fill(&world.mini, position, BLOCK);
    const RsTelemetry* const t      = atomic_load(&world.watched);
    const uint32_t           before = t ? atomic_load(&t->read.head) : 0u;
    mini_run(&world.mini, BLOCK);
    const uint32_t taken = t ? atomic_load(&t->read.head) - before : 0u;
    if (taken > atomic_load(&world.most)) {
      atomic_store(&world.most, taken);
    }
    position += BLOCK;
    mini_pace(start_ns, position);
  }
  return NULL;
}

static void
rest(const bool rests)
{
  atomic_store(&world.has_to_rest, rests);
  for (int i = 0; i < RIG_PATIENCE_MS && atomic_load(&world.rests) != rests;
       ++i) {
    usleep(1000);
  }
  assert_int_equal(atomic_load(&world.rests), rests);
}

/// The segments that are mapped here.  @return false unless there is one pair
static bool
find_segments(const RsCommands** const  commands,
              const RsTelemetry** const telemetry)
{
  char        line[512];
  uint32_t    n[2] = {0u, 0u};
  FILE* const maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof(line), maps)) {
    void* const at = (void*)strtoull(line, NULL, 16); // NOLINT
    if (strstr(line, "memfd:ringside-commands")) {
      *commands = (const RsCommands*)at;
      ++n[0];
    } else if (strstr(line, "memfd:ringside-telemetry")) {
      *telemetry = (const RsTelemetry*)at;
      ++n[1];
    }
  }
  if (maps) {
    fclose(maps);
  }
  return n[0] == 1u && n[1] == 1u;
}

/// A word that may be unmapped at any time.  @return false if it is
static bool
peek(const void* const from, uint32_t* const word)
{
  const struct iovec to = {word, sizeof(*word)};
  struct iovec       at = {NULL, sizeof(*word)};
  memcpy(&at.iov_base, &from, sizeof(from)); // It is only read
  return process_vm_readv(getpid(), &to, 1u, &at, 1u, 0u) == sizeof(*word);
}

/// Those that run() has taken, once there are no others, and they are fresh
static const RsCommands*
fresh_commands(const RsTelemetry** const telemetry)
{
  const RsCommands* commands = NULL;
  for (int i = 0; i < RIG_PATIENCE_MS; ++i) {
    uint32_t tail  = 0u;
    uint32_t cycle = 0u;
    if (find_segments(&commands, telemetry) &&
        peek(&commands->ring.tail, &tail) &&
        peek(&(*telemetry)->cycle, &cycle) && tail == LATE_INDEX && cycle) {
      return commands;
    }
    usleep(1000);
  }
  fail();
  return NULL;
}

static void
set(const char* const address, const double value)
{
  char packet[128];
  rig_send(&world.rig, packet, rig_message(packet, address, "f", value));
}

/// Ask until it is so: within 50 ms it may be answered as it was before
static void
await_value(const char* const address, const float expected)
{
  float value = -99.0f;
  for (int i = 0; i < RIG_PATIENCE_MS && value != expected; ++i) {
    if (!rig_value(&world.rig, address, &value, 1000)) {
      usleep(1000); // It is not known yet
    }
  }
  assert_float_equal(value, expected, 0.0f);
}

static void
sync_all(void)
{
  static int32_t number;
  for (int i = 0; i < 100; ++i) {
    if (rig_sync(&world.rig, ++number, RIG_PATIENCE_MS)) {
      return;
    }
  }
  fail();
}

/// Kill the bridge.  Once this returns, another one answers
static void
replace_bridge(void)
{
  const pid_t bridge = rig_bridge(&world.rig);
  assert_int_equal(kill(bridge, SIGKILL), 0);
  for (int i = 0; i < RIG_PATIENCE_MS && rig_bridge(&world.rig) == bridge;
       ++i) {
    usleep(1000);
  }
  assert_true(rig_meet(&world.rig, RIG_PATIENCE_MS));
}

static int
open_world(void** const state)
{
  (void)state;
  memset(&world, 0, sizeof(world));
  if (!rig_open(&world.rig) || !mini_open(&world.mini) ||
      pthread_create(&world.thread, NULL, play, NULL) ||
      !rig_meet(&world.rig, RIG_PATIENCE_MS)) {
    return -1;
  }
  await_value("/strip/low_gain", 0.0f);
  return 0;
}

static int
close_world(void** const state)
{
  (void)state;
  atomic_store(&world.is_ending, true);
  pthread_join(world.thread, NULL);
  mini_close(&world.mini);
  for (int i = 0; i < RIG_PATIENCE_MS && rig_bridge(&world.rig) > 0; ++i) {
    usleep(1000);
  }
  return rig_close(&world.rig) ? 0 : -1;
}

/// One command after another, over the wrap of the ring
static void
test_ring(void** const state)
{
  (void)state;
  const RsTelemetry* telemetry = NULL;
  const RsCommands*  commands  = fresh_commands(&telemetry);
  assert_int_equal(atomic_load(&commands->ring.tail), LATE_INDEX);
  assert_int_equal(atomic_load(&telemetry->read.head), LATE_INDEX);
  const uint64_t applied = atomic_load(&telemetry->totals.applied);

  for (uint32_t i = 1u; i <= COMMANDS; ++i) {
    const float value = (float)(i % 18u) + 0.25f;
    set("/strip/low_gain", (double)value);
    await_value("/strip/low_gain", value);
  }
  sync_all();
  assert_int_equal(atomic_load(&commands->ring.tail),
                   (uint32_t)(LATE_INDEX + COMMANDS));
  assert_int_equal(atomic_load(&telemetry->read.head),
                   (uint32_t)(LATE_INDEX + COMMANDS));
  assert_true(atomic_load(&telemetry->totals.applied) - applied == COMMANDS);
  assert_true(atomic_load(&telemetry->totals.faults) == 0u);
}

/// Bundles for one frame that lie across the wrap, each whole
static void
test_bundles(void** const state)
{
  (void)state;
  static const char* const addresses[] = {
    "/strip/low_gain", "/strip/high_gain", "/strip/pan"};
  for (uint32_t i = 1u; i <= 100u; ++i) {
    char   packet[512] = "#bundle\0\0\0\0\0\0\0\0\1";
    size_t size        = 16u;
    for (uint32_t k = 0u; k < 3u; ++k) {
      const size_t n = rig_message(packet + size + 4u,
                                   addresses[k],
                                   "f",
                                   (double)(i % 8u) / 8.0 + (double)k / 32.0);
      packet[size] = packet[size + 1u] = packet[size + 2u] = '\0';
      packet[size + 3u]                                    = (char)n;
      size += 4u + n;
    }
    rig_send(&world.rig, packet, size);
    for (uint32_t k = 0u; k < 3u; ++k) {
      await_value(addresses[k], (float)(i % 8u) / 8.0f + (float)k / 32.0f);
    }
  }
}

/// What is looked ahead while run() rests, and what finds no room in the ring
static void
test_overflow_and_rest(void** const state)
{
  (void)state;
  const RsTelemetry*      telemetry = NULL;
  const RsCommands* const commands  = fresh_commands(&telemetry);
  const RsOverflow* const overflow =
    (const RsOverflow*)(const void*)(commands + 1);
  assert_int_equal(atomic_load(&overflow->lock), LATE_LOCK);
  assert_int_equal(atomic_load(&telemetry->ahead_lock) & ~0xfffu,
                   LATE_LOCK & ~0xfffu);

  atomic_store(&world.watched, telemetry);
  for (uint32_t round = 0u; round < 3u; ++round) {
    rest(true);
    for (uint32_t i = 1u; i <= GATHERED; ++i) {
      set("/strip/low_gain", (double)(i % 18u));
      if (i % 100u == 0u) {
        await_value("/strip/low_gain", (float)(i % 18u));
      }
    }
    set("/strip/high_gain", (double)round + 0.5);
    await_value("/strip/high_gain", (float)round + 0.5f);
    rest(false);
    sync_all();
    await_value("/strip/low_gain", (float)(GATHERED % 18u));
    await_value("/strip/high_gain", (float)round + 0.5f);
  }

  // A full ring, and what else there was in the table
  atomic_store(&world.watched, NULL);
  assert_int_equal(atomic_load(&world.most), RS_RING_SLOTS);

  // They did wrap
  assert_true(atomic_load(&overflow->lock) < GATHERED * 4u);
  assert_true(atomic_load(&telemetry->ahead_lock) < 0x10000000u);
  assert_true(atomic_load(&telemetry->totals.faults) == 0u);
}

/// The number of run() wraps, and a bridge that comes then begins with it
static void
test_cycles(void** const state)
{
  (void)state;
  const RsTelemetry* telemetry = NULL;
  (void)fresh_commands(&telemetry);
  for (int i = 0;
       i < RIG_PATIENCE_MS && atomic_load(&telemetry->cycle) >= LATE_CYCLE;
       ++i) {
    usleep(1000);
  }
  assert_true(atomic_load(&telemetry->cycle) < LATE_CYCLE);
  set("/strip/low_gain", 3.5);
  await_value("/strip/low_gain", 3.5f);

  replace_bridge();
  await_value("/strip/low_gain", 3.5f);
  for (uint32_t i = 1u; i <= COMMANDS; ++i) {
    set("/strip/low_gain", (double)(i % 18u));
    await_value("/strip/low_gain", (float)(i % 18u));
  }
}

/// Whether a sync is answered, rather than said not to be reached
static bool
is_synced(const int32_t number)
{
  char packet[512];
  while (rig_receive(&world.rig, packet, sizeof(packet), RIG_PATIENCE_MS)) {
    const char* const synced = rig_arguments(packet, "/ringside/synced", "i");
    if (synced && rig_int_at(synced) == number) {
      return true;
    }
    if (!strcmp(packet, "/error")) {
      return false;
    }
  }
  return false;
}

/// The machine did not let the host play: then it is not waited for
static bool
was_held_up(void)
{
  const int64_t longest_ns = atomic_exchange(&world.longest_ns, 0);
  return longest_ns > HELD_UP_NS ||
         mini_now_ns() - atomic_load(&world.last_ns) > HELD_UP_NS;
}

/**
   Who asks just before the wrap is answered although the head is behind it;
   who asks just behind it, not before the head is there, too.
*/
static void
test_syncs(void** const state)
{
  (void)state;
  char     packet[128];
  uint32_t n_early = 0u;
  uint32_t n_never = 0u;
  uint32_t n_fair  = 0u;
  for (int32_t round = 0; round < 9; ++round) {
    const RsTelemetry* telemetry = NULL;
    (void)fresh_commands(&telemetry);

    // Half of the way; then the rest at once, with a sync before the last
    for (uint32_t i = LATE_INDEX; i != UINT32_MAX - 15u; ++i) {
      set("/strip/low_gain", (double)(i % 18u));
      sync_all();
    }
    for (uint32_t i = 0u; i < 15u; ++i) {
      set("/strip/low_gain", (double)i);
    }
    const bool is_odd = round % 2;
    if (is_odd) {
      sync_all();
      set("/strip/high_gain", 1.5);
    }
    (void)was_held_up();
    rig_send(&world.rig,
             packet,
             rig_message(packet, "/ringside/sync", "i", 10000 + round));
    for (uint32_t i = 0u; i < 100u && !is_odd; ++i) {
      set("/strip/high_gain", (double)(i % 18u));
    }
    const bool is_reached = is_synced(10000 + round);
    const bool is_early   = is_odd && atomic_load(&telemetry->read.head) != 0u;
    if (!was_held_up()) {
      n_never += !is_reached;
      n_early += is_early;
      ++n_fair;
    }

    sync_all();
    replace_bridge();
    await_value("/strip/high_gain", is_odd ? 1.5f : 9.0f);
  }
  printf(
    "# of %u syncs %u too early, %u not reached\n", n_fair, n_early, n_never);
  assert_int_equal(n_early, 0);
  assert_int_equal(n_never, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_ring, open_world, close_world),
    cmocka_unit_test_setup_teardown(test_bundles, open_world, close_world),
    cmocka_unit_test_setup_teardown(
      test_overflow_and_rest, open_world, close_world),
    cmocka_unit_test_setup_teardown(test_syncs, open_world, close_world),
    cmocka_unit_test_setup_teardown(test_cycles, open_world, close_world),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
