// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Time to frames: which frame of the sample counter belongs to a time.

   Plain functions over numbers; the caller reads the clock, so tests drive it
   with a made-up one.  Scheduling only ever makes cycles late, so the filter
   looks for the least late entries, not for their mean.

   Of each entry that is fed, only its lateness counts: its time less that of
   its frame at the nominal rate.  The two clocks differ by some ppm, so what
   is least late lies on a line, which is laid under the entries:

       late │        ·      ·            slope: of the lower hull, over a
            │  ·   ·     ·     ·  ·      second or more
            │ ·  ·    ·    ·       ··    offset: the lowest entry since the
            │───·─────────·──────·───    grid of cycles last moved
            └────────────────────────▶ frames
*/

#ifndef RINGSIDE_PLUGIN_CLOCK_H
#define RINGSIDE_PLUGIN_CLOCK_H

#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Entries the running minimum runs over
#define RS_CLOCK_ENTRIES 32u

/// Groups of entries, of which only the least late is kept, for the slope
#define RS_CLOCK_GROUPS 64u

/// A cycle later than this is no late one: nobody called run() meanwhile
#define RS_CLOCK_REST_NS 100000000

/// One entry: where it was and how late
typedef struct {
  double frame;   ///< Since the anchor
  double late_ns; ///< Against the anchor, at the nominal rate
} RsClockPoint;

/// Private fields, here so that it can be copied (look-ahead) and be static
typedef struct {
  double   rate_hz;
  uint64_t position;      ///< First frame of the next cycle, since the start
  int64_t  last_entry_ns; ///< Entry of the last cycle with frames
  uint32_t last_frames;   ///< Of that
  uint32_t largest;       ///< Decaying maximum of frames
  bool     is_running;    ///< There is a mapping
  bool     is_resting;    ///< The next cycle starts it anew
  bool     is_part;       ///< The last entry continued the cycle before it
  bool     is_early;      ///< And before its own time: not to make up a delay

  double   period_ns;    ///< Of one frame, nominal
  int64_t  anchor_ns;    ///< Origin of all lateness
  uint64_t anchor_frame; ///< Its frame
  double   held_ns;      ///< Lateness that the mapping holds at present

  bool   is_settled; ///< The slope was estimated since the mapping is new
  double slope_ns;   ///< Lateness gained per frame
  double line_ns;    ///< The least lateness, slope removed

  RsClockPoint entries[RS_CLOCK_ENTRIES]; ///< The last ones, a ring
  double       levels[RS_CLOCK_ENTRIES];  ///< Their lateness, slope removed
  uint32_t     n_entries;                 ///< Saturates
  uint32_t     next_entry;
  double       lowest_ns; ///< The least of levels
  double       sum_ns;    ///< Of levels

  RsClockPoint groups[RS_CLOCK_GROUPS]; ///< The least late of each, a ring
  uint32_t     n_groups;                ///< Saturates
  uint32_t     next_group;
  RsClockPoint group;       ///< The one being filled
  double       group_begin; ///< Its first frame
  uint32_t     group_count; ///< Its entries

  double near_frame; ///< The last entries were near the line until then

  uint32_t n_late;  ///< Cycles over a millisecond late, in a row
  double   late_ns; ///< The least late of these, slope removed
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

/// True if a cycle that began now would come after a rest, not just late
RS_REALTIME bool
rs_clock_is_rested(const RsClock* clock, int64_t now_ns);

/// The next cycle begins a new mapping: run() rested, or the host exported
RS_REALTIME void
rs_clock_rest(RsClock* clock);

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
