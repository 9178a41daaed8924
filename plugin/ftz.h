// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Flush-to-zero around sound: decaying filters end in denormal numbers, which
   cost a processor many times a normal one.  Nobody hears them.
*/

#ifndef RINGSIDE_PLUGIN_FTZ_H
#define RINGSIDE_PLUGIN_FTZ_H

#include "shm/status.h"

#include <stdint.h>

#if defined(__SSE__)
#  include <xmmintrin.h>
#endif

/// The calling thread's floating-point mode
typedef uint64_t RsFloatMode;

/// Treat denormals as zero from now on; give the result to rs_ftz_restore()
RS_REALTIME static inline RsFloatMode
rs_ftz_enter(void)
{
#if defined(__SSE__)
  const uint32_t flush = 0x8040u; // FTZ for results, DAZ for operands
  const uint32_t mode  = _mm_getcsr();
  if ((mode & flush) != flush) {
    _mm_setcsr(mode | flush);
  }
  return mode;
#elif defined(__aarch64__)
  const uint64_t flush = (uint64_t)1u << 24u;
  uint64_t       mode  = 0u;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  if (!(mode & flush)) {
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | flush));
  }
  return mode;
#else
  return 0u;
#endif
}

RS_REALTIME static inline void
rs_ftz_restore(const RsFloatMode mode)
{
#if defined(__SSE__)
  const uint32_t flush = 0x8040u;
  if (((uint32_t)mode & flush) != flush) {
    // Not the whole old word: flags raised since then stay raised
    _mm_setcsr((_mm_getcsr() & ~flush) | ((uint32_t)mode & flush));
  }
#elif defined(__aarch64__)
  const uint64_t flush = (uint64_t)1u << 24u;
  if (!(mode & flush)) {
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
  }
#else
  (void)mode;
#endif
}

#endif // RINGSIDE_PLUGIN_FTZ_H
