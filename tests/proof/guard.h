// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Watches a thread while it is inside run(): system calls (Syscall User
   Dispatch of the kernel), allocations and locks (functions of the same name,
   put before those of libc), page faults and waits (the kernel's account of
   the thread).
*/

#ifndef RINGSIDE_TESTS_PROOF_GUARD_H
#define RINGSIDE_TESTS_PROOF_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/// What was seen inside run(), all threads together
typedef struct {
  uint64_t cycles; ///< Calls of run() that were watched
  uint64_t syscalls;
  uint64_t allocations;
  uint64_t locks;
  uint64_t faults;  ///< Pages
  uint64_t waits;   ///< Voluntary context switches
  int      syscall; ///< Number of the first one
  void*    address; ///< From where
  void*    caller;  ///< Of the first allocation or lock
} GuardCounts;

/// Watch the calling thread from now on.  @return false with errno if the
/// kernel cannot
bool
guard_thread(void);

/// Faults and waits count, or not: there is a first time for each page
void
guard_count_faults(bool count);

void
guard_enter(void);

void
guard_leave(void);

const GuardCounts*
guard_counts(void);

/// One line for each number.  @return true if nothing was seen
bool
guard_print(FILE* file);

#endif // RINGSIDE_TESTS_PROOF_GUARD_H
