// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A state that is restored just while a bridge writes comes between bundles

#include "plugin/control_impl.h"
#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static Rig*     rig;
static uint32_t n_pauses;
static bool     ends_in_pause; ///< The bridge goes on while the host waits

/// What the host's thread may not touch, see held_up_at_a_slot()
static char*  fenced;
static size_t fenced_size;

int
__wrap_nanosleep(const struct timespec* time, struct timespec* left);

static void
begin_bundle(void)
{
  RsOverflow* const table = rig->link->intake.segments.overflow;
  rs_overflow_begin(table);
  rs_overflow_put(table, RIG_TONE, 0.5f, ++rig->link->sequence);
}

static void
end_bundle(void)
{
  RsOverflow* const table = rig->link->intake.segments.overflow;
  rs_overflow_put(table, RIG_GAIN, 5.0f, ++rig->link->sequence);
  rs_overflow_end(table);
}

int
__wrap_nanosleep(const struct timespec* const time, struct timespec* const left)
{
  (void)left;
  assert_true(time->tv_nsec > 0 && time->tv_nsec <= 1000000);
  assert_true(++n_pauses < 1000u); // It does not wait for ever
  if (ends_in_pause) {
    end_bundle();
    ends_in_pause = false;
  }
  return 0;
}

static RsCommand
set(const uint32_t parameter, const float value)
{
  return (RsCommand){
    .kind = RS_COMMAND_SET, .parameter = parameter, .value = value};
}

static void
restore(void)
{
  RsSaved saved[RIG_N] = {{0}};
  saved[RIG_GAIN] = (RsSaved){.value = 9.0f, .owner = RS_OWNER_OSC, .known = 1};
  saved[RIG_TONE] = (RsSaved){.value = 0.9f, .owner = RS_OWNER_OSC, .known = 1};
  rs_control_restore_at(rig->control, saved, rig->now_ns);
}

static void
run_and_expect(const float gain, const float tone)
{
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_GAIN), gain, 0.0f);
  assert_float_equal(rig_value(rig, RIG_TONE), tone, 0.0f);
}

static int
set_up(void** state)
{
  (void)state;
  rig           = rig_new();
  n_pauses      = 0u;
  ends_in_pause = false;
  rig_run(rig, 64);
  return 0;
}

static int
tear_down(void** state)
{
  (void)state;
  rig_free(rig);
  return 0;
}

static void
half_a_bundle_is_waited_for(void** state)
{
  (void)state;
  begin_bundle();
  ends_in_pause = true;
  restore();
  assert_int_equal(n_pauses, 1);
  run_and_expect(9.0f, 0.9f); // The bundle came before, all of it
}

static void
a_bridge_that_stopped_is_not_waited_for(void** state)
{
  (void)state;
  begin_bundle();
  restore();
  assert_int_equal(n_pauses, RS_CONTROL_TRIES - 1);
  run_and_expect(9.0f, 0.9f);
  end_bundle();
  run_and_expect(5.0f, 0.5f); // The bundle comes after, all of it
}

static void
older_values_do_not_come_back(void** state)
{
  (void)state;

  // run() finds the table locked, but reads a command that is newer than a
  // value which is still there
  begin_bundle();
  end_bundle();
  rig_send(rig, set(RIG_MIX, 0.25f));
  rs_overflow_begin(rig->link->intake.segments.overflow);
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_MIX), 0.25f, 0.0f);

  restore();
  rs_overflow_end(rig->link->intake.segments.overflow);
  run_and_expect(9.0f, 0.9f);
}

static void
what_was_not_read_came_before(void** state)
{
  (void)state;
  rig_write(rig, set(RIG_GAIN, 1.0f));
  rig_send(rig, set(RIG_TONE, 0.1f));
  rig_run(rig, 64);
  rig_write(rig, set(RIG_GAIN, 2.0f));
  rig_send(rig, set(RIG_TONE, 0.2f));
  restore();
  rig_write(rig, set(RIG_GAIN, 3.0f));
  rig_write(rig, set(RIG_MIX, 0.3f)); // Not visible yet
  run_and_expect(9.0f, 0.9f);
  rs_ring_publish(&rig->link->writer);
  run_and_expect(3.0f, 0.9f);
  assert_float_equal(rig_value(rig, RIG_MIX), 0.3f, 0.0f);
}

/// Go once round the ring, up to and over the slot before the tail that was
static void
go_round(void)
{
  for (uint32_t i = 0u; i < RS_RING_SLOTS - 1u; ++i) {
    rig_write(rig, (RsCommand){.kind = RS_COMMAND_CANCEL});
    if (i % 1000u == 999u) {
      rs_ring_publish(&rig->link->writer);
      rig_run(rig, 64);
    }
  }
  rs_ring_publish(&rig->link->writer);
  rig_run(rig, 64);
  rig_write(rig, set(RIG_GAIN, 5.0f));
  rig_send(rig, set(RIG_TONE, 0.5f));
}

static void
on_fence(const int signal)
{
  (void)signal;
  if (!fenced || mprotect(fenced, fenced_size, PROT_READ | PROT_WRITE)) {
    _exit(99); // Not ours
  }
  fenced = NULL;
  go_round();
}

static void
held_up_at_a_slot(void** state)
{
  (void)state;
  const struct sigaction on = {.sa_handler = on_fence};
  struct sigaction       before;
  RsRing* const          ring = &rig->link->intake.segments.commands->ring;
  const uintptr_t        page = (uintptr_t)sysconf(_SC_PAGESIZE);

  // So far that the tail, which may be read, is on another page
  for (uint32_t i = 0u; i < 2u * page / sizeof(RsCommand); ++i) {
    rig_send(rig, (RsCommand){.kind = RS_COMMAND_CANCEL});
  }
  rig_run(rig, 64);
  fenced      = (char*)ring + page - (uintptr_t)ring % page;
  fenced_size = ((uintptr_t)(ring + 1u) - (uintptr_t)fenced) / page * page;
  assert_true((uintptr_t)fenced <
              (uintptr_t)&ring->slots[rig->link->writer.tail - 1u]);

  assert_int_equal(sigaction(SIGSEGV, &on, &before), 0);
  assert_int_equal(mprotect(fenced, fenced_size, PROT_NONE), 0);
  restore();
  if (fenced) { // It did not look
    assert_int_equal(mprotect(fenced, fenced_size, PROT_READ | PROT_WRITE), 0);
    fenced = NULL;
    go_round();
  }
  assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);

  // A whole bundle comes after what run() reads before it takes the state, and
  // the state is of that time at the latest
  rig_run(rig, 64);
  const float gain = rig_value(rig, RIG_GAIN);
  const float tone = rig_value(rig, RIG_TONE);
  assert_true((gain == 5.0f && tone == 0.5f) || (gain == 9.0f && tone == 0.9f));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      half_a_bundle_is_waited_for, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      a_bridge_that_stopped_is_not_waited_for, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      older_values_do_not_come_back, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      what_was_not_read_came_before, set_up, tear_down),
    cmocka_unit_test_setup_teardown(held_up_at_a_slot, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
