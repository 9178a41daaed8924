// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The rule by which an instance appears to OSC.

   Hosts make instances that nobody should see: plugin analysis, offline tools,
   scans.  What tells the others is that they are called at the pace of time.

   On a busy machine an offline tool that is held up after a burst may for once
   seem to keep that pace, so bursts with gaps must keep it three times in a
   row.

   Plain functions over numbers; the caller reads the clock.
*/

#ifndef RINGSIDE_PLUGIN_APPEAR_H
#define RINGSIDE_PLUGIN_APPEAR_H

#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>

#define RS_APPEAR_CALLS 3u                ///< At least so many run() calls
#define RS_APPEAR_NS 20000000             ///< over at least this time
#define RS_APPEAR_OWN_THREAD_NS 200000000 ///< or this, in the maker's thread
#define RS_APPEAR_UNCALLED_NS 500000000   ///< or no call at all for so long
#define RS_APPEAR_SLOWEST 0.8             ///< Frames over elapsed time
#define RS_APPEAR_FASTEST 1.25
#define RS_APPEAR_UNEVEN 3u ///< So many times over, if calls come in bursts

/// The calls that are being judged; all zeros to begin with
typedef struct {
  int64_t  first_ns; ///< Entry of the first of them
  int64_t  last_ns;  ///< Entry of the last of them
  uint64_t frames;   ///< That all of them ran
  uint32_t last_frames;
  uint32_t calls;
  uint32_t times;     ///< The pace was right before, in a row
  bool     is_uneven; ///< A gap was far longer than what was run before it
} RsAppear;

/**
   run() was called at `now_ns` for `frames` frames.

   @param own_thread it is the thread that instantiated
   @param freewheel the host exports: never appears meanwhile
   @return true if the pace is that of time
*/
RS_REALTIME bool
rs_appear_cycle(RsAppear* appear,
                double    rate_hz,
                int64_t   now_ns,
                uint32_t  frames,
                bool      own_thread,
                bool      freewheel);

/// True if it has been there long enough to appear without a single call
bool
rs_appear_uncalled(int64_t made_ns, int64_t now_ns, bool was_called);

#endif // RINGSIDE_PLUGIN_APPEAR_H
