// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The overflow table: whole writes only, newest values, lock wrap

#include "shm/overflow.h"
#include "tests/unit/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
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

#define MANY 1024u

static atomic_bool is_over;

static void*
write_often(void* const context)
{
  RsOverflow* const table = (RsOverflow*)context;
  for (uint64_t n = 1u; !atomic_load(&is_over); ++n) {
    rs_overflow_begin(table);
    for (uint32_t i = 0u; i < MANY; ++i) {
      rs_overflow_put(table, i, (float)(n % 1000u), n);
    }
    rs_overflow_end(table);

    // Now and then long enough that a reader gets through
    for (uint64_t i = 0u; i < n * 977u % 65536u; ++i) {
      (void)atomic_load(&is_over);
    }
  }
  return NULL;
}

/// However the two meet, what is read is one writing, or nothing
static void
test_read_while_it_is_written(void** state)
{
  (void)state;
  static RsOverflowValue copied[MANY];

  const size_t      size  = rs_overflow_size(MANY);
  RsOverflow* const table = (RsOverflow*)aligned_alloc(64, size);
  uint32_t          n[3]  = {0u, 0u, 0u};
  pthread_t         writer;
  assert_non_null(table);
  memset(table, 0, size);
  atomic_store(&is_over, false);
  assert_int_equal(pthread_create(&writer, NULL, write_often, table), 0);

  bool is_whole = true;
  while (n[0] < 100u || n[1] < 100u || n[2] < 20u) {
    // New each time: nearly all of the reader's time is spent in copying
    uint32_t       last = 0u;
    const bool     busy = atomic_load(&table->lock) & 1u;
    const RsStatus st   = rs_overflow_read(table, MANY, &last, copied);
    n[0] += st == RS_SUCCESS;
    n[1] += st == RS_AGAIN;
    n[2] += st == RS_AGAIN && !busy; // Written while it was copied, mostly
    for (uint32_t i = 1u; st == RS_SUCCESS && i < MANY; ++i) {
      is_whole = is_whole && copied[i].sequence == copied[0].sequence &&
                 copied[i].value == copied[0].value;
    }
  }

  atomic_store(&is_over, true);
  pthread_join(writer, NULL);
  free(table);
  assert_true(is_whole);
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
    cmocka_unit_test(test_read_while_it_is_written),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
