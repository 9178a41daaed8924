// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The ring with all its memory orders taken away: a mutant that
   ThreadSanitizer must find (tsan_ring.c), or the test of the real one means
   nothing.
*/

#include <stdatomic.h>

#define memory_order_acquire memory_order_relaxed
#define memory_order_release memory_order_relaxed

#include "shm/ring.c" // NOLINT(bugprone-suspicious-include)
