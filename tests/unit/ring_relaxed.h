// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Put before everything (`-include`), it takes the memory orders away from the
   ring and what stands around it: a mutant that ThreadSanitizer must find
   (tsan_ring.c), or the test of the real one means nothing.
*/

#include <stdatomic.h>

#define memory_order_acquire memory_order_relaxed
#define memory_order_release memory_order_relaxed
