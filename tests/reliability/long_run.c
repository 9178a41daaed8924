// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A bridge that comes while one run() takes very long knows the values that
   are in effect all the same, and not the defaults.

   Nothing can be looked ahead then, and nobody takes the new segments.  Here
   the host's own callback keeps run() waiting; on a busy machine it is the
   kernel, when it takes the core away.
*/

#include "tests/reliability/mini.h"
#include "tests/reliability/rig.h"
#include "tests/unit/check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_bool is_ending;
static atomic_bool has_to_wait;
static atomic_bool is_waiting;

static void
wait_in_run(void)
{
  while (atomic_load(&has_to_wait)) {
    atomic_store(&is_waiting, true);
    usleep(500);
  }

  atomic_store(&is_waiting, false);
}

static void*
play(void* const context)
{
  Mini* const mini     = (Mini*)context;
  int64_t     start_ns = mini_now_ns();
  for (uint64_t position = 0; !atomic_load(&is_ending); position += 64u) {
    const bool is_late =
      mini_now_ns() - start_ns > (int64_t)((double)position / 48e3 * 1e9 + 1e8);

    start_ns = is_late
                 ? mini_now_ns() - (int64_t)((double)position / 48e3 * 1e9)
                 : start_ns;
    mini_fill(mini, position, 64u);
    mini_run(mini, 64u);
    mini_pace(start_ns, position + 64u);
  }

  return NULL;
}

/// The value that a bridge tells, once it knows the instance
static float
value_of(Rig* const rig, const char* const address)
{
  float value    = 0.0f;
  bool  is_known = false;
  for (int i = 0; i < 3000 && !is_known; ++i) {
    is_known = rig_value(rig, address, &value, 1000);
    usleep(is_known ? 0u : 2000u);
  }

  assert_true(is_known);
  return value;
}

static void
test_values_while_run_is_long(void** state)
{
  (void)state;

  char      packet[64];
  Rig       rig;
  Mini      mini;
  pthread_t thread;
  mini_on_request = wait_in_run;
  assert_true(rig_open(&rig));
  assert_true(mini_open(&mini));
  assert_int_equal(pthread_create(&thread, NULL, play, &mini), 0);

  assert_true(rig_meet(&rig, RIG_PATIENCE_MS));
  assert_true(value_of(&rig, "/strip/low_gain") < 0.1f);
  rig_send(&rig, packet, rig_message(packet, "/strip/low_gain", "f", 5.0));
  assert_true(rig_sync(&rig, 1, RIG_PATIENCE_MS));
  assert_float_equal(value_of(&rig, "/strip/low_gain"), 5.0f, 0.0f);

  // The host is told of it from inside run()
  atomic_store(&has_to_wait, true);
  rig_send(&rig, packet, rig_message(packet, "/strip/high_gain", "f", 7.0));
  for (int i = 0; i < RIG_PATIENCE_MS && !atomic_load(&is_waiting); ++i) {
    usleep(1000);
  }
  assert_true(atomic_load(&is_waiting));

  const pid_t bridge = rig_bridge(&rig);
  kill(bridge, SIGKILL);
  for (int i = 0; i < RIG_PATIENCE_MS && rig_bridge(&rig) == bridge; ++i) {
    usleep(1000);
  }

  assert_true(rig_meet(&rig, RIG_PATIENCE_MS));
  assert_float_equal(value_of(&rig, "/strip/low_gain"), 5.0f, 0.0f);
  assert_true(atomic_load(&is_waiting));

  // And then what came meanwhile
  atomic_store(&has_to_wait, false);
  assert_true(rig_sync(&rig, 2, RIG_PATIENCE_MS));
  for (int i = 0; i < 3000 && value_of(&rig, "/strip/high_gain") < 7.0f; ++i) {
    usleep(1000);
  }
  assert_float_equal(value_of(&rig, "/strip/high_gain"), 7.0f, 0.0f);

  atomic_store(&is_ending, true);
  pthread_join(thread, NULL);
  mini_close(&mini);
  for (int i = 0; i < RIG_PATIENCE_MS && rig_bridge(&rig) > 0; ++i) {
    usleep(1000);
  }
  assert_true(rig_close(&rig));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_values_while_run_is_long),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
