// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Memory that the next message will probably touch, fetched ahead of it.
   One thread.

   After a sleep nothing is in the cache, and each page costs a walk.  Whoever
   follows the pointers of a message waits for them one after another; fetched
   together, while the kernel copies the packet, they cost next to nothing.
   Faders move for longer than a message, so the next one is like the last.

   The list is made before the sleep, while all of it is known to be there.  An
   address that has become wrong meanwhile costs a little, and harms nothing.
*/

#ifndef RINGSIDE_BRIDGE_WARM_H
#define RINGSIDE_BRIDGE_WARM_H

#include <stddef.h>
#include <stdint.h>

#define RS_WARM_MAX 64u
#define RS_WARM_LINE 64u

/// All zeros is an empty list
typedef struct {
  uint32_t    n;
  const char* lines[RS_WARM_MAX];
} RsWarm;

/// Note some bytes, if there is room; `at` may be NULL
static inline void
rs_warm_note(RsWarm* const warm, const void* const at, const size_t size)
{
  if (!at) {
    return;
  }

  const char* line = (const char*)at - ((uintptr_t)at % RS_WARM_LINE);
  const char* end  = (const char*)at + size;
  for (; line < end && warm->n < RS_WARM_MAX; line += RS_WARM_LINE) {
    warm->lines[warm->n++] = line;
  }
}

/// A function on the way of a plain message.  These lie side by side, and are
/// fetched like the rest
#define RS_WARM_TEXT __attribute__((section("rs_warm_text")))

/// A function that is called from there, but seldom: not among them
#define RS_ASIDE __attribute__((noinline))

// Where they begin and end, from the linker

extern const char __start_rs_warm_text[];
extern const char __stop_rs_warm_text[];

/// Begin to fetch all that was noted, and the functions; waits for none
static inline void
rs_warm_fetch(const RsWarm* const warm)
{
  for (uint32_t i = 0u; i < warm->n; ++i) {
    __builtin_prefetch(warm->lines[i]);
  }

  for (const char* at = __start_rs_warm_text; at < __stop_rs_warm_text;
       at += RS_WARM_LINE) {
    __builtin_prefetch(at);
  }
}

#endif // RINGSIDE_BRIDGE_WARM_H
