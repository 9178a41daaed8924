// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The heap of waiting commands, against a sorted list

#include "plugin/heap.h"
#include "tests/unit/check.h"
#include "tests/unit/random.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int
set_up(void** state)
{
  *state = calloc(1, sizeof(RsHeap));
  return *state ? 0 : -1;
}

static int
tear_down(void** state)
{
  free(*state);
  return 0;
}

static RsWaiting
waiting_at(const int64_t time_ns)
{
  return (RsWaiting){.time_ns = time_ns, .kind = RS_COMMAND_SET};
}

static void
assert_before(const RsWaiting* const a, const RsWaiting* const b)
{
  assert_true(a->time_ns < b->time_ns ||
              (a->time_ns == b->time_ns && a->order < b->order));
}

static void
test_is_sorted_and_stable(void** state)
{
  RsHeap* const heap   = (RsHeap*)*state;
  Random        random = {1};

  assert_null(rs_heap_top(heap));
  for (int round = 0; round < 50; ++round) {
    const uint32_t n = 1 + random_below(&random, 500);
    for (uint32_t i = 0; i < n; ++i) {
      const RsWaiting w = waiting_at((int64_t)random_below(&random, 20) - 10);
      assert_int_equal(rs_heap_push(heap, &w), RS_SUCCESS);
    }

    RsWaiting before = {.time_ns = INT64_MIN};
    while (heap->count > n / 3) {
      RsWaiting       popped;
      const RsWaiting top = *rs_heap_top(heap);
      rs_heap_pop(heap, &popped);
      assert_memory_equal(&top, &popped, sizeof(top));
      assert_before(&before, &popped);
      before = popped;
    }
  }
}

static void
test_is_bounded(void** state)
{
  RsHeap* const heap = (RsHeap*)*state;
  RsWaiting     w    = waiting_at(0);
  for (uint32_t i = 0; i < RS_HEAP_MAX; ++i) {
    w.time_ns = (int64_t)(RS_HEAP_MAX - i);
    assert_int_equal(rs_heap_push(heap, &w), RS_SUCCESS);
  }
  w.time_ns = -1;
  assert_int_equal(rs_heap_push(heap, &w), RS_FULL);
  assert_int_equal(heap->count, RS_HEAP_MAX);
  for (uint32_t i = 0; i < RS_HEAP_MAX; ++i) {
    rs_heap_pop(heap, &w);
    assert_int_equal(w.time_ns, i + 1);
  }
}

static void
test_cancel_keeps_the_rest_of_its_bundle(void** state)
{
  RsHeap* const heap   = (RsHeap*)*state;
  Random        random = {2};
  uint32_t      kept   = 0;
  for (uint32_t i = 0; i < 1000; ++i) {
    const RsWaiting w = waiting_at(random_below(&random, 10));
    kept += w.time_ns == 5 && heap->order > 300;
    assert_int_equal(rs_heap_push(heap, &w), RS_SUCCESS);
  }

  assert_int_equal(rs_heap_cancel(heap, 5, 300), 1000 - kept);
  assert_int_equal(heap->count, kept);
  RsWaiting before = {.time_ns = INT64_MIN};
  while (heap->count) {
    RsWaiting popped;
    rs_heap_pop(heap, &popped);
    assert_int_equal(popped.time_ns, 5);
    assert_true(popped.order > 300);
    assert_before(&before, &popped);
    before = popped;
  }
  assert_int_equal(rs_heap_cancel(heap, 0, 0), 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      test_is_sorted_and_stable, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_is_bounded, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_cancel_keeps_the_rest_of_its_bundle, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
