// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Time to frames: which frame of the sample counter belongs to a time.

   Plain functions over numbers; the caller reads the clock, so tests drive it
   with a made-up one.  Scheduling only ever makes cycles late, so the filter
   looks for the least late entries, not for their mean.
*/

#ifndef RINGSIDE_PLUGIN_CLOCK_H
#define RINGSIDE_PLUGIN_CLOCK_H

#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Entries the minimum runs over
#define RS_CLOCK_ENTRIES 32u

/// Private fields, here so that it can be copied (look-ahead) and be static
typedef struct {
  double   rate_hz;
  uint64_t position;      ///< First frame of the next cycle, since the start
  int64_t  last_entry_ns; ///< Entry of the last cycle, 0: none yet
  uint32_t last_frames;
  // The implementation adds what it needs, plain numbers only
} RsClock;

void
rs_clock_init(RsClock* clock, double rate_hz);

/**
   A cycle of `frames` begins; the time is `now_ns`.

   An entry earlier than half the previous run's length continues that cycle
   and is not fed to the filter.  Advances the sample counter.

   @return the first frame of this cycle
*/
RS_REALTIME uint64_t
rs_clock_cycle(RsClock* clock, int64_t now_ns, uint32_t frames);

/**
   The frame that belongs to a time, maybe before or after the current cycle.

   Two times N frames apart that are both looked up while the mapping holds
   give frames exactly N apart; the mapping holds as long as it is within half
   a frame of the filter's best.
*/
RS_REALTIME int64_t
rs_clock_frame(const RsClock* clock, int64_t time_ns);

/// The time that belongs to a frame: the inverse, for the look-ahead
RS_REALTIME int64_t
rs_clock_time(const RsClock* clock, int64_t frame);

#endif // RINGSIDE_PLUGIN_CLOCK_H
