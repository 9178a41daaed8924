// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Numbers that are the same in every run, so that a failure comes again

#ifndef RINGSIDE_TESTS_UNIT_CHANCE_H
#define RINGSIDE_TESTS_UNIT_CHANCE_H

#include <stdint.h>

typedef struct {
  uint64_t state; ///< Any seed
} Chance;

/// 0 to bound - 1 (SplitMix64, public domain arithmetic)
static inline uint32_t
pick(Chance* const chance, const uint32_t bound)
{
  uint64_t x = (chance->state += 0x9e3779b97f4a7c15u);
  x          = (x ^ (x >> 30u)) * 0xbf58476d1ce4e5b9u;
  x          = (x ^ (x >> 27u)) * 0x94d049bb133111ebu;
  return (uint32_t)((x ^ (x >> 31u)) >> 16u) % bound;
}

#endif // RINGSIDE_TESTS_UNIT_CHANCE_H
