// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Where several seldom things meet in the engine: exports, restores, overflow,
/// renewals, jumps of time, and memory that is not there

#include "plugin/control_impl.h"
#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <math.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000000)

static uint32_t n_allocated;
static uint32_t failing; ///< Which one fails, from 1; 0: none

void*
__real_aligned_alloc(size_t alignment, size_t size);

void*
__wrap_aligned_alloc(size_t alignment, size_t size);

void*
__wrap_aligned_alloc(const size_t alignment, const size_t size)
{
  return ++n_allocated == failing ? NULL
                                  : __real_aligned_alloc(alignment, size);
}

static void
put_overflow(Rig* const     rig,
             const uint32_t parameter,
             const float    value,
             const uint64_t sequence)
{
  RsOverflow* const overflow = rig->link->intake.segments.overflow;
  rs_overflow_begin(overflow);
  rs_overflow_put(overflow, parameter, value, sequence);
  rs_overflow_end(overflow);
}

static RsCommand
set(const uint32_t parameter, const float value)
{
  return (RsCommand){
    .kind = RS_COMMAND_SET, .parameter = parameter, .value = value};
}

static void
memory_that_is_not_there(void** state)
{
  (void)state;
  const RsProcessor none = {0};
  RigLink           link;
  rig_open_link(&link);

  n_allocated        = 0u;
  Rig* const     rig = rig_new();
  const uint32_t all = n_allocated;
  rig_free(rig);
  assert_true(all > 5u);

  for (failing = 1u; failing <= all; ++failing) {
    n_allocated = 0u;
    assert_null(rs_control_new(
      rig_parameters, RIG_N, rig_points, 3, &none, RIG_RATE, &link.intake));
  }
  failing = 0u;
  rs_control_free(NULL);
  rig_close_link(&link);
}

static void
export_drops_all_kinds(void** state)
{
  (void)state;
  Rig* const rig = rig_new();
  rig_run(rig, 64);
  rig->freewheel = true;

  // Tagged, older than another, without a parameter, and by the table
  RsCommand tagged = set(RIG_GAIN, 3.0f);
  tagged.time_ns   = rig->now_ns + SECOND;
  rig_write(rig, set(RIG_MIX, 0.5f));
  rig_write(rig, tagged);
  rig_write(rig, (RsCommand){.kind = RS_COMMAND_CANCEL, .parameter = 5000u});
  rig->link->sequence = 0u;
  rig_send(rig, set(RIG_MIX, 0.25f));
  put_overflow(rig, RIG_TONE, 0.5f, 9u);
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_MIX), 1.0f, 0.0f);
  assert_float_equal(rig_value(rig, RIG_TONE), 0.0f, 0.0f);
  assert_int_equal(rig_telemetry(rig)->totals.dropped, 5);

  // What was dropped does not come back from the table afterwards
  rig->freewheel = false;
  put_overflow(rig, RIG_TONE, 0.5f, 9u);
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_TONE), 0.0f, 0.0f);
  rig_free(rig);
}

static void
restored_between_table_and_ring(void** state)
{
  (void)state;
  Rig* const rig          = rig_new();
  RsSaved    saved[RIG_N] = {0};
  rig_run(rig, 64);
  saved[RIG_GAIN] = (RsSaved){.value = 6.0f, .owner = RS_OWNER_OSC, .known = 1};

  // Older than the state: it wins.  A value in the table may be the newest
  rig->link->sequence = 4u;
  rig_send(rig, set(RIG_GAIN, 1.0f));
  put_overflow(rig, RIG_GAIN, 2.0f, 7u);
  rs_control_restore_at(rig->control, saved, rig->now_ns);
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_GAIN), 6.0f, 0.0f);

  // Newer than the state, in the ring and in the table: they win
  put_overflow(rig, RIG_GAIN, 3.0f, 8u);
  rs_control_restore_at(rig->control, saved, rig->now_ns);
  rig->link->sequence = 8u;
  rig_write(rig, (RsCommand){.kind = RS_COMMAND_CANCEL, .parameter = 5000u});
  rig_send(rig, set(RIG_MIX, 0.5f));
  put_overflow(rig, RIG_TONE, 0.75f, 11u);
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_GAIN), 6.0f, 0.0f);
  assert_float_equal(rig_value(rig, RIG_MIX), 0.5f, 0.0f);
  assert_float_equal(rig_value(rig, RIG_TONE), 0.75f, 0.0f);
  rig_free(rig);
}

static void
restored_in_a_rest_with_a_full_heap(void** state)
{
  (void)state;
  Rig* const rig          = rig_new();
  RsSaved    saved[RIG_N] = {0};
  rig_run(rig, 64);

  // No bridge sends so many; one that is hostile may
  RsCommand later = set(RIG_TONE, 0.5f);
  later.time_ns   = rig->now_ns + 59 * SECOND;
  for (uint32_t n = 0u; n < RS_HEAP_MAX;) {
    for (uint32_t i = 0u; i < 1024u && n < RS_HEAP_MAX; ++i, ++n) {
      rig_write(rig, later);
    }
    rs_ring_publish(&rig->link->writer);
    rig_run(rig, 64);
  }
  assert_int_equal(rig_telemetry(rig)->live.waiting, RS_HEAP_MAX);

  saved[RIG_GAIN] = (RsSaved){.value = 6.0f, .owner = RS_OWNER_OSC, .known = 1};
  rig->now_ns += SECOND;
  rs_control_restore_at(rig->control, saved, rig->now_ns - 1000);
  rig_run(rig, 64);
  assert_float_equal(rig_value(rig, RIG_GAIN), 6.0f, 0.0f);
  rig_free(rig);
}

static void
renewed_by_a_ring_that_lies(void** state)
{
  (void)state;
  Rig* const rig = rig_new();
  RigLink    fresh;
  rig_run(rig, 64);

  rig_open_link(&fresh);
  atomic_store(&fresh.intake.segments.commands->ring.tail, 5000u);
  assert_null(rs_control_offer(rig->control, &fresh.intake));
  rig_run(rig, 64);
  assert_ptr_equal(rs_control_retired(rig->control), &rig->first.intake);
  rig_run(rig, 64);
  assert_true(rs_control_is_faulty(rig->control));
  assert_int_equal(rig_telemetry(rig)->totals.faults, 1);
  rig_close_link(&fresh);
  rig->control->intake = NULL;
  rig_free(rig);
}

static void
time_that_jumps(void** state)
{
  (void)state;
  Rig* const rig = rig_new();
  for (uint32_t i = 0u; i < 8u; ++i) {
    rig_run(rig, 4096);
  }
  const int64_t largest = rig_telemetry(rig)->largest_cycle_ns;
  assert_true(llabs(largest - rig_time(4096) + RIG_START_NS) < 1000000);

  // What lies 11 seconds back is forgotten, and so is a time that was undone
  rig->now_ns += 100 * SECOND;
  rig_run(rig, 64);
  assert_true(rig_telemetry(rig)->largest_cycle_ns < 2000000);
  rig_run(rig, 4096);
  rig->now_ns -= 50 * SECOND;
  rig_run(rig, 64);
  // An entry that comes too early continues its cycle
  assert_true(rig_telemetry(rig)->largest_cycle_ns < 90000000);
  rig_free(rig);
}

static void
outputs_that_nobody_wants(void** state)
{
  (void)state;
  Rig* const    rig            = rig_new();
  float*        outputs[RIG_N] = {NULL};
  const RsCycle cycle          = {.out     = rig->out,
                                  .n_out   = RIG_N,
                                  .outputs = outputs,
                                  .frames  = 64u,
                                  .now_ns  = rig->now_ns};
  rs_control_run(rig->control, &cycle);
  assert_float_equal(rig_value(rig, RIG_PEAK), -6.0f, 0.0f);
  rig_free(rig);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(memory_that_is_not_there),
    cmocka_unit_test(export_drops_all_kinds),
    cmocka_unit_test(restored_between_table_and_ring),
    cmocka_unit_test(restored_in_a_rest_with_a_full_heap),
    cmocka_unit_test(renewed_by_a_ring_that_lies),
    cmocka_unit_test(time_that_jumps),
    cmocka_unit_test(outputs_that_nobody_wants),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
