// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Answers that are kept: in order, so many for one, so many for all

#include "tests/unit/check.h"
#include "ui-bridge/transport/backlog.h"

#include <stdlib.h>
#include <string.h>

#define N_READERS 48u
#define KIB 1024u

typedef struct {
  RsBacklog backlog;
  size_t    lost; ///< When it was given up; 0: never
} Reader;

static RsBacklogs all;
static Reader     readers[N_READERS];

static void
on_given_up(RsBacklog* const     backlog,
            const uint8_t* const bytes,
            const size_t         lost)
{
  Reader* const reader = (Reader*)backlog;
  assert_int_equal(reader->lost, 0);
  assert_null(backlog->bytes);
  assert_int_equal(backlog->size, 0);
  assert_int_equal(bytes[lost - 1u], (uint8_t)(reader - readers));
  reader->lost = lost;
}

static int
set_up(void** state)
{
  (void)state;
  memset(&all, 0, sizeof(all));
  memset(readers, 0, sizeof(readers));
  for (uint32_t i = 0u; i < N_READERS; ++i) {
    readers[i].backlog.given_up = on_given_up;
  }
  return 0;
}

/// Nothing is kept any more, and nothing counts
static int
tear_down(void** state)
{
  (void)state;
  for (uint32_t i = 0u; i < N_READERS; ++i) {
    rs_backlog_clear(&all, &readers[i].backlog);
    rs_backlog_clear(&all, &readers[i].backlog);
  }
  return all.total || all.count || all.first ? -1 : 0;
}

/// Keep bytes for a reader.  @return false if they were not
static bool
keep(const uint32_t i, const size_t size)
{
  uint8_t* const at = rs_backlog_extend(&all, &readers[i].backlog, size);
  if (at) {
    memset(at, (int)i, size);
    readers[i].backlog.size += size;
  }

  size_t   sum   = 0u;
  uint32_t count = 0u;
  for (const RsBacklog* b = all.first; b; b = b->next) {
    assert_true(b->size <= b->capacity);
    sum += b->capacity;
    ++count;
  }
  assert_int_equal(sum, all.total);
  assert_int_equal(count, all.count);
  assert_true(sum <= RS_BACKLOG_ALL);
  return at;
}

static void
order(void** state)
{
  (void)state;
  RsBacklog* const b = &readers[0].backlog;
  for (uint32_t i = 0u; i < 100000u; ++i) {
    uint8_t* const at = rs_backlog_extend(&all, b, sizeof(i));
    assert_non_null(at);
    memcpy(at, &i, sizeof(i));
    b->size += sizeof(i);
  }

  uint32_t next = 0u;
  for (uint32_t step = 1u; b->size; step = 2u * step + 1u) {
    const uint32_t n =
      step < b->size / sizeof(n) ? step : (uint32_t)(b->size / sizeof(n));
    for (uint32_t i = 0u; i < n; ++i) {
      uint32_t number = 0u;
      memcpy(&number, b->bytes + i * sizeof(number), sizeof(number));
      assert_int_equal(number, next++);
    }
    rs_backlog_taken(&all, b, n * sizeof(n));
  }
  assert_int_equal(next, 100000);
  assert_null(b->bytes);
  assert_int_equal(all.total, 0);
  assert_int_equal(all.count, 0);
}

static void
for_one(void** state)
{
  (void)state;
  assert_false(keep(0u, RS_BACKLOG_MAX + 1u));
  assert_false(keep(0u, SIZE_MAX));
  assert_int_equal(all.count, 0);
  assert_true(keep(0u, RS_BACKLOG_MAX - 10u));
  assert_false(keep(0u, 11u));
  assert_false(keep(0u, SIZE_MAX - 5u));
  assert_true(keep(0u, 10u));
  assert_false(keep(0u, 1u));
  assert_int_equal(all.total, RS_BACKLOG_MAX);

  // It stays, and what is taken makes room
  rs_backlog_taken(&all, &readers[0].backlog, 100u);
  assert_true(keep(0u, 100u));
  assert_false(keep(0u, 1u));
  assert_int_equal(all.n_given_up, 0);
}

/// The largest goes: another one here, the one that asks below
static void
for_all(void** state)
{
  (void)state;
  for (uint32_t i = 0u; i < 4u; ++i) {
    assert_true(keep(i, (1024u - 64u * i) * KIB));
  }
  assert_int_equal(all.total, (4096u - 384u) * KIB);
  assert_true(keep(4u, 384u * KIB));
  assert_int_equal(all.total, RS_BACKLOG_ALL);
  assert_int_equal(all.n_given_up, 0);

  // A small one comes: the first goes, and nobody else
  assert_true(keep(5u, 10u));
  assert_int_equal(readers[0].lost, 1024u * KIB);
  assert_int_equal(all.n_given_up, 1);
  assert_int_equal(all.count, 5);

  for (uint32_t i = 1u; i < 6u; ++i) {
    assert_int_equal(readers[i].lost, 0);
    assert_int_equal(readers[i].backlog.bytes[0], i);
  }
}

static void
for_all_and_itself(void** state)
{
  (void)state;
  for (uint32_t i = 1u; i < 6u; ++i) {
    assert_true(keep(i, 640u * KIB));
  }
  assert_true(keep(0u, 832u * KIB));
  assert_false(keep(0u, 128u * KIB));
  assert_int_equal(readers[0].lost, 832u * KIB);
  assert_int_equal(all.n_given_up, 1);
  assert_int_equal(all.total, 5u * 640u * KIB);
  assert_true(keep(0u, 832u * KIB));
}

/// As many as there can be, none of which ever reads
static void
nobody_reads(void** state)
{
  (void)state;
  for (uint32_t turn = 0u; turn < 4000u; ++turn) {
    for (uint32_t i = 0u; i < N_READERS; ++i) {
      readers[i].lost = 0u;
      (void)keep(i, 40u * (i + 1u));
    }
  }
  assert_true(all.n_given_up > 10u);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(order, set_up, tear_down),
    cmocka_unit_test_setup_teardown(for_one, set_up, tear_down),
    cmocka_unit_test_setup_teardown(for_all, set_up, tear_down),
    cmocka_unit_test_setup_teardown(for_all_and_itself, set_up, tear_down),
    cmocka_unit_test_setup_teardown(nobody_reads, set_up, tear_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
