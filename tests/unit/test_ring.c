// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The ring: order, wholeness of batches, wrap at 2^32, broken invariants

#include "shm/ring.h"
#include "tests/unit/check.h"

#include <string.h>

/// Both shared parts and both ends
typedef struct {
  RsRing       ring;
  RsRingHead   head;
  RsRingWriter writer;
  RsRingReader reader;
} Ends;

static Ends ends;

static void
begin_at(const uint32_t index)
{
  memset(&ends, 0, sizeof(ends));
  atomic_store(&ends.ring.tail, index);
  atomic_store(&ends.head.head, index);
  rs_ring_writer_init(&ends.writer, &ends.ring, &ends.head);
  rs_ring_reader_init(&ends.reader, &ends.ring, &ends.head);
}

static RsCommand
command(const uint64_t sequence)
{
  return (RsCommand){.sequence  = sequence,
                     .time_ns   = (int64_t)(sequence * 3u),
                     .kind      = RS_COMMAND_SET,
                     .parameter = (uint32_t)(sequence % 30u),
                     .value     = (float)(sequence % 1000u)};
}

static void
write_batch(const uint64_t first, const uint32_t count)
{
  for (uint32_t i = 0; i < count; ++i) {
    const RsCommand c = command(first + i);
    assert_int_equal(rs_ring_write(&ends.writer, &c), RS_SUCCESS);
  }
}

static uint32_t
readable(void)
{
  uint32_t count = UINT32_MAX;
  assert_int_equal(rs_ring_readable(&ends.reader, &count), RS_SUCCESS);
  return count;
}

static void
read_batch(const uint64_t first, const uint32_t count)
{
  for (uint32_t i = 0; i < count; ++i) {
    const RsCommand expected = command(first + i);
    RsCommand       c        = {0};
    rs_ring_copy(&ends.reader, i, &c);
    assert_memory_equal(&c, &expected, sizeof(c));
  }

  rs_ring_release(&ends.reader, count);
}

static uint32_t
space(void)
{
  uint32_t count = UINT32_MAX;
  assert_int_equal(rs_ring_space(&ends.writer, &count), RS_SUCCESS);
  return count;
}

static void
test_zeros_are_empty(void** state)
{
  (void)state;
  begin_at(0);
  assert_int_equal(readable(), 0);
  assert_int_equal(space(), RS_RING_SLOTS);
}

static void
test_batch_is_whole(void** state)
{
  (void)state;
  begin_at(0);
  write_batch(1, 7);
  assert_int_equal(readable(), 0);
  rs_ring_publish(&ends.writer);
  assert_int_equal(readable(), 7);
  read_batch(1, 7);
  assert_int_equal(readable(), 0);
}

static void
test_abandoned_was_never_there(void** state)
{
  (void)state;
  begin_at(0);
  write_batch(1, 2);
  rs_ring_publish(&ends.writer);
  write_batch(100, 5);
  rs_ring_abandon(&ends.writer);
  rs_ring_publish(&ends.writer);
  assert_int_equal(readable(), 2);
  write_batch(3, 2);
  rs_ring_publish(&ends.writer);
  read_batch(1, 4);
}

static void
test_full(void** state)
{
  (void)state;
  begin_at(0);
  write_batch(1, RS_RING_SLOTS);
  assert_int_equal(space(), 0);

  const RsCommand c = command(0);
  assert_int_equal(rs_ring_write(&ends.writer, &c), RS_FULL);
  rs_ring_publish(&ends.writer);
  assert_int_equal(rs_ring_write(&ends.writer, &c), RS_FULL);
  assert_int_equal(readable(), RS_RING_SLOTS);

  // One slot given back is one that can be written, and no more
  read_batch(1, 1);
  assert_int_equal(space(), 1);
  write_batch(RS_RING_SLOTS + 1u, 1);
  assert_int_equal(rs_ring_write(&ends.writer, &c), RS_FULL);
  rs_ring_publish(&ends.writer);
  read_batch(2, RS_RING_SLOTS);
  assert_int_equal(readable(), 0);
}

static void
test_indices_wrap(void** state)
{
  (void)state;
  static const uint32_t starts[] = {
    UINT32_MAX, UINT32_MAX - 1u, UINT32_MAX - RS_RING_SLOTS, 0x7fffffffu};

  for (size_t i = 0; i < N_ELEMENTS(starts); ++i) {
    begin_at(starts[i]);
    uint64_t sequence = 1;
    for (uint32_t round = 0; round < 20u; ++round) {
      const uint32_t count = round % 2u ? RS_RING_SLOTS : 1u + (round * 37u);
      write_batch(sequence, count);
      rs_ring_publish(&ends.writer);
      assert_int_equal(readable(), count);
      read_batch(sequence, count);
      sequence += count;
    }
  }
}

static void
test_ends_continue(void** state)
{
  (void)state;
  begin_at(UINT32_MAX);
  write_batch(1, 9);
  rs_ring_publish(&ends.writer);
  read_batch(1, 4);

  rs_ring_writer_init(&ends.writer, &ends.ring, &ends.head);
  rs_ring_reader_init(&ends.reader, &ends.ring, &ends.head);
  assert_int_equal(readable(), 5);
  assert_int_equal(space(), RS_RING_SLOTS - 5u);
  write_batch(10, 1);
  rs_ring_publish(&ends.writer);
  read_batch(5, 6);
}

static void
test_reader_sees_bad_tail(void** state)
{
  (void)state;
  static const uint32_t offsets[] = {
    RS_RING_SLOTS + 1u, 0x80000000u, UINT32_MAX};

  for (size_t i = 0; i < N_ELEMENTS(offsets); ++i) {
    begin_at(1000);
    atomic_store(&ends.ring.tail, 1000u + offsets[i]);
    uint32_t count = 77;
    assert_int_equal(rs_ring_readable(&ends.reader, &count), RS_CORRUPT);
    assert_int_equal(count, 77);
  }
}

static void
test_writer_sees_bad_head(void** state)
{
  (void)state;
  // Ahead of what was published, and behind what could be unread
  static const uint32_t heads[] = {
    1011u, 1010u - RS_RING_SLOTS - 1u, 0x80000000u};

  for (size_t i = 0; i < N_ELEMENTS(heads); ++i) {
    begin_at(1000);
    write_batch(1, 10);
    rs_ring_publish(&ends.writer);
    atomic_store(&ends.head.head, heads[i]);
    uint32_t count = 77;
    assert_int_equal(rs_ring_space(&ends.writer, &count), RS_CORRUPT);
    assert_int_equal(count, 77);
  }
}

/// What was written and not published cannot have been read
static void
test_writer_sees_head_in_a_batch(void** state)
{
  (void)state;
  begin_at(1000);
  write_batch(1, 10);
  rs_ring_publish(&ends.writer);
  write_batch(11, 5);
  atomic_store(&ends.head.head, 1012u);
  uint32_t count = 77;
  assert_int_equal(rs_ring_space(&ends.writer, &count), RS_CORRUPT);
  assert_int_equal(count, 77);
}

/// A head that moves back makes no room, also with a batch half written
static void
test_writer_sees_head_move_back(void** state)
{
  (void)state;
  begin_at(1000);
  write_batch(1, 10);
  rs_ring_publish(&ends.writer);
  rs_ring_release(&ends.reader, 10);
  assert_int_equal(space(), RS_RING_SLOTS);
  write_batch(11, RS_RING_SLOTS);

  atomic_store(&ends.head.head, 1000u);
  uint32_t count = 77;
  assert_int_equal(rs_ring_space(&ends.writer, &count), RS_CORRUPT);
  assert_int_equal(count, 77);

  const RsCommand c = command(0);
  assert_int_equal(rs_ring_write(&ends.writer, &c), RS_CORRUPT);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_zeros_are_empty),
    cmocka_unit_test(test_batch_is_whole),
    cmocka_unit_test(test_abandoned_was_never_there),
    cmocka_unit_test(test_full),
    cmocka_unit_test(test_indices_wrap),
    cmocka_unit_test(test_ends_continue),
    cmocka_unit_test(test_reader_sees_bad_tail),
    cmocka_unit_test(test_writer_sees_bad_head),
    cmocka_unit_test(test_writer_sees_head_in_a_batch),
    cmocka_unit_test(test_writer_sees_head_move_back),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
