// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Where untagged values go when the ring is full: the newest of each parameter.

   Written by the bridge under a sequence lock, so that the reader sees all
   values of one bundle or none.  The sequence number of a value decides
   against commands in the ring: the higher one is newer.  The reader never
   waits: a table that is being written is looked at in the next cycle.
*/

#ifndef RINGSIDE_SHM_OVERFLOW_H
#define RINGSIDE_SHM_OVERFLOW_H

#include "shm/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  _Atomic(uint64_t) sequence; ///< Of the command; 0: never written
  _Atomic(uint32_t) bits;     ///< The value, a float
  uint32_t          reserved;
} RsOverflowEntry;

typedef struct {
  alignas(64) _Atomic(uint32_t) lock; ///< Odd while the bridge writes
  alignas(64) RsOverflowEntry entries[];
} RsOverflow;

/// Size in bytes for so many parameters
size_t
rs_overflow_size(uint32_t n_parameters);

// Writer

void
rs_overflow_begin(RsOverflow* overflow);

void
rs_overflow_put(RsOverflow* overflow,
                uint32_t    parameter,
                float       value,
                uint64_t    sequence);

void
rs_overflow_end(RsOverflow* overflow);

// Reader

/// One value copied out, not yet checked
typedef struct {
  uint64_t sequence;
  float    value;
} RsOverflowValue;

/**
   Copy the whole table if it changed since `*seen`.

   @param seen the lock word of the last successful call, at first 0
   @return #RS_SUCCESS if `values` was filled and `*seen` moved on,
   #RS_NOT_FOUND if nothing is new, #RS_AGAIN if it is just being written
   (then look again in the next cycle).
*/
RS_REALTIME RS_NODISCARD RsStatus
rs_overflow_read(const RsOverflow* overflow,
                 uint32_t          n_parameters,
                 uint32_t*         seen,
                 RsOverflowValue*  values);

#endif // RINGSIDE_SHM_OVERFLOW_H
