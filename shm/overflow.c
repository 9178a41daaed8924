// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The overflow table: newest untagged values, under a sequence lock

#include "shm/overflow.h"

#include "shm/telemetry.h"

#include <assert.h>

static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "sequences cross processes");
static_assert(sizeof(RsOverflowEntry) == 16u, "layout");
static_assert(sizeof(RsOverflow) == 128u || sizeof(RsOverflow) == 64u,
              "layout");

size_t
rs_overflow_size(const uint32_t n_parameters)
{
  const size_t size =
    sizeof(RsOverflow) + (n_parameters * sizeof(RsOverflowEntry));

  return (size + 63u) & ~(size_t)63u;
}

void
rs_overflow_begin(RsOverflow* const overflow)
{
  // Only we store the lock.  The fence keeps the entries after it: a reader
  // that sees one of them also sees the odd lock when it looks again
  const uint32_t lock =
    atomic_load_explicit(&overflow->lock, memory_order_relaxed);

  atomic_store_explicit(&overflow->lock, lock | 1u, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
}

void
rs_overflow_put(RsOverflow* const overflow,
                const uint32_t    parameter,
                const float       value,
                const uint64_t    sequence)
{
  RsOverflowEntry* const entry = &overflow->entries[parameter];

  atomic_store_explicit(
    &entry->bits, rs_bits_from_float(value), memory_order_relaxed);
  atomic_store_explicit(&entry->sequence, sequence, memory_order_relaxed);
}

void
rs_overflow_end(RsOverflow* const overflow)
{
  const uint32_t lock =
    atomic_load_explicit(&overflow->lock, memory_order_relaxed);

  // Pairs with the first acquire in rs_overflow_read(): whoever sees the even
  // lock sees all entries put before it.  0 is never a lock of a filled table
  uint32_t next = (lock | 1u) + 1u;
  if (!next) {
    next = 2u;
  }

  atomic_store_explicit(&overflow->lock, next, memory_order_release);
}

RS_REALTIME RsStatus
rs_overflow_read(const RsOverflow* const overflow,
                 const uint32_t          n_parameters,
                 uint32_t* const         seen,
                 RsOverflowValue* const  values)
{
  // Pairs with the release in rs_overflow_end()
  const uint32_t before =
    atomic_load_explicit(&overflow->lock, memory_order_acquire);

  if (before == *seen) {
    return RS_NOT_FOUND;
  }

  if (before & 1u) {
    return RS_AGAIN;
  }

  for (uint32_t i = 0; i < n_parameters; ++i) {
    const RsOverflowEntry* const entry = &overflow->entries[i];

    values[i].sequence =
      atomic_load_explicit(&entry->sequence, memory_order_relaxed);
    values[i].value = rs_float_from_bits(
      atomic_load_explicit(&entry->bits, memory_order_relaxed));
  }

  // Pairs with the fence in rs_overflow_begin(): if any entry was newer, so is
  // the lock
  atomic_thread_fence(memory_order_acquire);
  if (atomic_load_explicit(&overflow->lock, memory_order_relaxed) != before) {
    return RS_AGAIN;
  }

  *seen = before;
  return RS_SUCCESS;
}
