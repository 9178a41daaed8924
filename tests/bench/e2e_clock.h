// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Clocks in nanoseconds, for the benchmarks under JACK

#ifndef RINGSIDE_TESTS_BENCH_E2E_CLOCK_H
#define RINGSIDE_TESTS_BENCH_E2E_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t
clock_ns(const clockid_t id)
{
  struct timespec t;
  (void)clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#endif // RINGSIDE_TESTS_BENCH_E2E_CLOCK_H
