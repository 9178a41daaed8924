// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// run() while other threads restore, save, look ahead and renew

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 3000u

static _Atomic(bool)     stop;
static _Atomic(int64_t)  now_ns;
static _Atomic(uint32_t) n_bad;

static void
pause_ns(const long ns)
{
  const struct timespec pause = {0, ns};
  nanosleep(&pause, NULL);
}

/// Parameters of one state all say the same number, as fractions of the range
static void
make_saved(RsSaved saved[RIG_N], const uint32_t number)
{
  for (uint32_t i = 0; i < RIG_N; ++i) {
    const float value = i == RIG_GAIN || i == RIG_TONE
                          ? (float)(number % 1000) / 1000.0f
                          : rig_parameters[i].initial;
    saved[i] =
      (RsSaved){value, rig_parameters[i].initial, RS_OWNER_OSC, i != RIG_PEAK};
  }
}

/// A host's thread: states are restored and saved while run() runs
static void*
restore_and_save(void* const context)
{
  RsControl* const control = (RsControl*)context;
  for (uint32_t i = 0; i < ROUNDS; ++i) {
    RsSaved saved[RIG_N];
    make_saved(saved, i);
    rs_control_restore(control, saved);
    rs_control_save(control, atomic_load(&now_ns), saved);

    // What was just restored is what is saved, whether run() took it or not
    const float expected = (float)(i % 1000) / 1000.0f;
    n_bad += saved[RIG_GAIN].value != expected;
    n_bad += saved[RIG_TONE].value != expected;
    n_bad += saved[RIG_GAIN].owner != RS_OWNER_OSC;
    pause_ns(20000);
  }
  atomic_store(&stop, true);
  return NULL;
}

/// The link's thread: looks ahead, offers, takes back
static void*
link_thread(void* const context)
{
  RsControl* const control = (RsControl*)context;
  uint32_t         n_freed = 0;
  while (!atomic_load(&stop)) {
    RigLink* const fresh = (RigLink*)malloc(sizeof(RigLink));
    rig_open_link(fresh);
    RsIntake* const before  = rs_control_offer(control, &fresh->intake);
    RsIntake* const retired = rs_control_retired(control);
    (void)!rs_control_look_ahead(control, atomic_load(&now_ns));
    if (before) {
      rig_close_link((RigLink*)before);
      free(before);
    }
    if (retired && n_freed++) { // The first is the rig's
      rig_close_link((RigLink*)retired);
      free(retired);
    }
    pause_ns(100000);
  }
  return NULL;
}

static void
test_all_at_once(void** state)
{
  (void)state;
  Rig* const rig = rig_new();
  pthread_t  host;
  pthread_t  link;

  atomic_store(&stop, false);
  atomic_store(&now_ns, rig->now_ns);
  assert_int_equal(pthread_create(&host, NULL, restore_and_save, rig->control),
                   0);
  assert_int_equal(pthread_create(&link, NULL, link_thread, rig->control), 0);

  uint64_t n_runs = 0;
  while (!atomic_load(&stop)) {
    rig->n_calls = 0;
    rig_run(rig, 64);
    atomic_store(&now_ns, rig->now_ns);

    // A state is taken whole
    assert_true(rig->out[RIG_GAIN][0] == rig->out[RIG_TONE][0]);
    assert_true(rig->out[RIG_GAIN][63] == rig->out[RIG_TONE][63]);
    ++n_runs;
    pause_ns(1000);
  }
  pthread_join(host, NULL);
  pthread_join(link, NULL);
  rig_run(rig, 64);
  assert_true(rig->out[RIG_GAIN][0] == (float)((ROUNDS - 1) % 1000) / 1000.0f);
  assert_int_equal(atomic_load(&n_bad), 0);
  assert_true(n_runs > 100);

  RsIntake* const last[3] = {rs_control_offer(rig->control, NULL),
                             rs_control_retired(rig->control),
                             rs_control_current(rig->control)};
  rs_control_free(rig->control);
  rig->control = NULL;
  for (uint32_t i = 0; i < 3; ++i) {
    if (last[i] && last[i] != &rig->first.intake) {
      rig_close_link((RigLink*)last[i]);
      free(last[i]);
    }
  }
  rig_free(rig);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_all_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
