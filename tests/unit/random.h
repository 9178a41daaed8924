// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Numbers that look random and are the same in each run (xorshift64)

#ifndef RINGSIDE_TESTS_UNIT_RANDOM_H
#define RINGSIDE_TESTS_UNIT_RANDOM_H

#include <stdint.h>

/// Any seed but 0
typedef struct {
  uint64_t state;
} Random;

static inline uint64_t
random_next(Random* const random)
{
  uint64_t x = random->state;
  x ^= x << 13u;
  x ^= x >> 7u;
  x ^= x << 17u;
  random->state = x;
  return x * UINT64_C(0x2545f4914f6cdd1d);
}

/// 0..1, without 1
static inline double
random_unit(Random* const random)
{
  return (double)(random_next(random) >> 11u) * 0x1p-53;
}

/// 0..limit, without limit
static inline uint32_t
random_below(Random* const random, const uint32_t limit)
{
  return (uint32_t)((random_next(random) >> 32u) * limit >> 32u);
}

#endif // RINGSIDE_TESTS_UNIT_RANDOM_H
