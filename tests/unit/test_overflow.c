// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The overflow table: whole writes only, newest values, lock wrap

#include "shm/overflow.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

#define N 5u

static RsOverflow*     overflow;
static RsOverflowValue values[N];
static uint32_t        seen;

static int
set_up(void** state)
{
  (void)state;
  const size_t size = rs_overflow_size(N);

  overflow = (RsOverflow*)aligned_alloc(64, size);
  if (!overflow) {
    return -1;
  }

  memset(overflow, 0, size);
  memset(values, 0, sizeof(values));
  seen = 0;
  return 0;
}

static int
tear_down(void** state)
{
  (void)state;
  free(overflow);
  return 0;
}

static RsStatus
look(void)
{
  return rs_overflow_read(overflow, N, &seen, values);
}

static void
test_size_holds_the_entries(void** state)
{
  (void)state;
  for (uint32_t n = 0; n <= 1024u; ++n) {
    const size_t size = rs_overflow_size(n);
    assert_true(size >=
                offsetof(RsOverflow, entries) + (n * sizeof(RsOverflowEntry)));
    assert_int_equal(size % 64u, 0);
  }
}

static void
test_zeros_have_nothing_new(void** state)
{
  (void)state;
  assert_int_equal(look(), RS_NOT_FOUND);
}

static void
test_values_arrive_once(void** state)
{
  (void)state;
  rs_overflow_begin(overflow);
  rs_overflow_put(overflow, 3, -1.5f, 42);
  rs_overflow_put(overflow, 0, 2.0f, 43);
  rs_overflow_end(overflow);

  assert_int_equal(look(), RS_SUCCESS);
  assert_int_equal(values[3].sequence, 42);
  assert_true(values[3].value == -1.5f);
  assert_int_equal(values[0].sequence, 43);
  assert_true(values[0].value == 2.0f);
  assert_int_equal(values[1].sequence, 0);
  assert_int_equal(look(), RS_NOT_FOUND);

  rs_overflow_begin(overflow);
  rs_overflow_put(overflow, 3, 7.0f, 44);
  rs_overflow_end(overflow);
  assert_int_equal(look(), RS_SUCCESS);
  assert_int_equal(values[3].sequence, 44);
  assert_int_equal(values[0].sequence, 43);
}

static void
test_half_written_is_not_seen(void** state)
{
  (void)state;
  rs_overflow_begin(overflow);
  rs_overflow_put(overflow, 1, 1.0f, 1);
  assert_int_equal(look(), RS_AGAIN);
  assert_int_equal(seen, 0);
  assert_int_equal(values[1].sequence, 0);
  rs_overflow_put(overflow, 2, 1.0f, 2);
  rs_overflow_end(overflow);
  assert_int_equal(look(), RS_SUCCESS);
  assert_int_equal(values[2].sequence, 2);
}

/// A writer that dies in the middle, and one that begins anew after it
static void
test_begun_twice(void** state)
{
  (void)state;
  rs_overflow_begin(overflow);
  rs_overflow_put(overflow, 1, 1.0f, 1);
  rs_overflow_begin(overflow);
  assert_int_equal(look(), RS_AGAIN);
  rs_overflow_put(overflow, 1, 2.0f, 2);
  rs_overflow_end(overflow);
  assert_int_equal(look(), RS_SUCCESS);
  assert_int_equal(values[1].sequence, 2);
}

static void
test_lock_wraps(void** state)
{
  (void)state;
  atomic_store(&overflow->lock, UINT32_MAX - 1u);
  seen = UINT32_MAX - 1u;

  for (uint64_t sequence = 1; sequence < 4u; ++sequence) {
    rs_overflow_begin(overflow);
    rs_overflow_put(overflow, 4, (float)sequence, sequence);
    rs_overflow_end(overflow);

    // 0 would look like a table never written
    assert_int_not_equal(atomic_load(&overflow->lock), 0);
    assert_int_equal(look(), RS_SUCCESS);
    assert_int_equal(values[4].sequence, sequence);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
      test_size_holds_the_entries, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_zeros_have_nothing_new, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_values_arrive_once, set_up, tear_down),
    cmocka_unit_test_setup_teardown(
      test_half_written_is_not_seen, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_begun_twice, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_lock_wraps, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
