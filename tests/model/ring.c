// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Ring, bell and overflow table, each with a writer that may be killed before
   any step, and be followed by another one.
*/

#include "tests/model/scenarios.h"
#include "tests/model/world.h"

#include "shm/bell.h"
#include "shm/overflow.h"
#include "shm/ring.h"
#include "shm/telemetry.h"

#include <string.h>
#include <sys/types.h>

#define START (UINT32_MAX - 2u)        // The indices wrap on the way
#define TOTAL (6u + (3u * model_more)) // Whole rounds of batches

typedef struct {
  RsRing     ring;
  RsRingHead head;
  RsBell     bell;
} Shared;

static Shared* shared;

/// Batches of one and two commands in turn: 0 | 1 2 | 3 | 4 5
static bool
is_end_of_batch(const uint32_t count)
{
  return count % 3u != 2u;
}

static RsCommand
command_of(const uint32_t number)
{
  return (RsCommand){.sequence  = number,
                     .time_ns   = (int64_t)number + 1,
                     .seconds   = (double)number,
                     .parameter = number ^ 5u,
                     .serial    = number * 7u,
                     .reserved  = ~number};
}

static uint32_t
begin_writer(RsRingWriter* const writer)
{
  rs_ring_writer_init(writer, &shared->ring, &shared->head);

  // As a bridge goes on where another one stopped.  In a ring of two, that one
  // may have been writing over its last slot, which was read
  const uint32_t number = writer->tail - START;
  const uint32_t last   = (writer->tail - 1u) % RS_RING_SLOTS;
  model_check(!number || RS_RING_SLOTS < 3u ||
              shared->ring.slots[last].sequence == number - 1u);
  return number;
}

/// Write a batch of which the first command has this number
static bool
write_batch(RsRingWriter* const writer, const uint32_t number, const bool asks)
{
  const uint32_t size  = number % 3u == 1u ? 2u : 1u;
  uint32_t       space = 0;
  model_check(!rs_ring_space(writer, &space));

  // Ask first, or give up half way
  if (space < size && asks) {
    return false;
  }
  for (uint32_t i = 0; i < size; ++i) {
    const RsCommand command = command_of(number + i);
    const RsStatus  st      = rs_ring_write(writer, &command);
    model_check(!st || st == RS_FULL);
    if (st) {
      rs_ring_abandon(writer);
      return false;
    }
  }
  rs_ring_publish(writer);
  return true;
}

static void
write_ring(void* const data)
{
  (void)data;
  RsRingWriter writer;
  uint32_t     number  = begin_writer(&writer);
  bool         is_full = false;
  while (number < TOTAL) {
    model_state(number + 10u * is_full + 100u * writer.seen_head);
    is_full = !write_batch(&writer, number, is_full);
    if (!is_full) {
      number += number % 3u == 1u ? 2u : 1u;
    }
  }
}

/// Read and check all there is.  @return how many
static uint32_t
read_some(RsRingReader* const reader)
{
  const uint32_t first = reader->head - START;
  uint32_t       count = 0;
  model_check(!rs_ring_readable(reader, &count));
  model_check(is_end_of_batch(first + count));
  for (uint32_t i = 0; i < count; ++i) {
    const RsCommand expected = command_of(first + i);
    RsCommand       command;
    rs_ring_copy(reader, i, &command);
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-*): bits
    model_check(!memcmp(&command, &expected, sizeof(command)));
  }
  if (count) {
    rs_ring_release(reader, count);
  }
  return count;
}

static void
read_ring(void* const data)
{
  (void)data;
  RsRingReader reader;
  rs_ring_reader_init(&reader, &shared->ring, &shared->head);
  while (reader.head - START < TOTAL) {
    model_state(reader.head);
    (void)read_some(&reader);
  }
}

static void
set_up_world(void)
{
  shared = (Shared*)model_alloc(sizeof(Shared));
  atomic_init(&shared->ring.tail, START);
  atomic_init(&shared->head.head, START);
}

void
scenario_ring(void)
{
  set_up_world();
  int writer = model_thread("writer", write_ring, NULL, MODEL_KILLABLE, -1);
  for (uint32_t i = 0; i < 3u; ++i) {
    writer = model_thread("writer", write_ring, NULL, MODEL_KILLABLE, writer);
  }
  model_thread("reader", read_ring, NULL, 0, -1);
}

// Bell

/// What send() is in the sources, by tests/model/meson.build
ssize_t
model_send(int socket, const void* data, size_t size, int flags);

ssize_t
model_send(const int         socket,
           const void* const data,
           const size_t      size,
           const int         flags)
{
  (void)socket;
  (void)data;
  (void)flags;
  model_put(NOTE_BYTES, 1); // Any number of them is one
  return (ssize_t)size;
}

/// One bell by itself, or as one of many
static void
ring(const void* const is_of_many)
{
  if (is_of_many) {
    rs_bell_fence();
    if (!rs_bell_is_armed(&shared->bell)) {
      return;
    }
  }
  (void)rs_bell_ring(&shared->bell, 0);
}

static void
write_and_ring(void* const data)
{
  RsRingWriter writer;
  uint32_t     number  = begin_writer(&writer);
  bool         is_full = false;
  while (number < TOTAL) {
    model_state(number + 10u * is_full + 100u * writer.seen_head);
    is_full = !write_batch(&writer, number, is_full);
    if (!is_full) {
      number += number % 3u == 1u ? 2u : 1u;
      ring(data);
    }
  }
}

/// In the place of a bridge that was killed: its socket is closed
static void
close_socket(void* const data)
{
  (void)data;
  model_put(NOTE_CLOSED, 1);
}

static bool
is_woken(void)
{
  return model_get(NOTE_BYTES) || model_get(NOTE_CLOSED);
}

static void
sleep_and_read(void* const data)
{
  (void)data;
  RsRingReader reader;
  rs_ring_reader_init(&reader, &shared->ring, &shared->head);
  while (reader.head - START < TOTAL) {
    model_state(reader.head);
    if (read_some(&reader)) {
      continue;
    }

    rs_bell_arm(&shared->bell);
    if (!read_some(&reader)) {
      model_wait(is_woken);
      if (model_get(NOTE_CLOSED)) {
        return;
      }
      model_put(NOTE_BYTES, 0);
    }
    rs_bell_disarm(&shared->bell);
  }
}

static void
set_up_bell(void* const is_of_many)
{
  set_up_world();
  const int writer =
    model_thread("writer", write_and_ring, is_of_many, MODEL_KILLABLE, -1);
  model_thread("kernel", close_socket, NULL, 0, writer);
  model_thread("reader", sleep_and_read, NULL, 0, -1);
}

void
scenario_bell(void)
{
  set_up_bell(NULL);
}

void
scenario_bells(void)
{
  set_up_bell(&shared);
}

// Overflow table

#define LOCK_START (UINT32_MAX - 3u) // It wraps, and leaves out 0
#define LAST (2 + (int64_t)model_more)

static RsOverflow* table;

static void
put_all(const uint64_t number)
{
  rs_overflow_begin(table);
  for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
    rs_overflow_put(table, i, (float)number, number);
  }
  rs_overflow_end(table);
}

static void
write_table(void* const data)
{
  (void)data;
  // As a bridge gives up what another one was just writing
  if (atomic_load_explicit(&table->lock, memory_order_relaxed) & 1u) {
    put_all(0);
  }
  for (int64_t i = model_get(NOTE_PUT) + 1; i <= LAST; ++i) {
    model_put(NOTE_PUT, i);
    model_state((uint64_t)i);
    put_all((uint64_t)i);
  }
  put_all((uint64_t)LAST + 1u);
}

static void
read_table(void* const data)
{
  (void)data;
  uint32_t seen = LOCK_START;
  uint64_t last = 0;
  while (last <= (uint64_t)LAST) {
    RsOverflowValue values[N_PARAMETERS];
    model_state(seen * 10u + last);
    if (!rs_overflow_read(table, N_PARAMETERS, &seen, values)) {
      const uint64_t number = values[0].sequence;
      model_check(!number || number > last);
      for (uint32_t i = 0; i < N_PARAMETERS; ++i) {
        model_check(values[i].sequence == number);
        model_check(values[i].value == (float)number);
      }
      last = number > last ? number : last;
    }
  }
}

void
scenario_overflow(void)
{
  table = (RsOverflow*)model_alloc(rs_overflow_size(N_PARAMETERS));
  atomic_init(&table->lock, LOCK_START);
  int writer = model_thread("writer", write_table, NULL, MODEL_KILLABLE, -1);
  for (uint32_t i = 0; i < 3u; ++i) {
    writer = model_thread("writer", write_table, NULL, MODEL_KILLABLE, writer);
  }
  model_thread("reader", read_table, NULL, 0, -1);
}
