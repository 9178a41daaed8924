// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The clock filter: a line under the lateness of run()'s entries

#include "plugin/clock.h"

#include <math.h>
#include <string.h>

/// Over this a cycle is late enough to ask whether the grid has moved
#define LATE_NS 1e6

/// So many of these in a row, and it has
#define LATE_CYCLES 4u

/// A group spans at least this many seconds, and one entry more for each so
/// many groups that there are: fine at first, then over a longer time
#define GROUP_SECONDS 0.05
#define GROUP_COARSER 8u

/// The slope is estimated over so many seconds, or fewer if it must be wrong
#define SLOPE_SECONDS 1.0
#define SLOPE_SECONDS_MIN 0.2

/// Clocks are never further apart than this (2,000 ppm)
#define SLOPE_MAX 2e-3

/// A window whose least late entry is this much above the line, and more than
/// it is itself wide, for so long that it is no chance, or so far that it
/// cannot be one, shows that the slope is wrong or the grid has moved
#define MOVED_SECONDS 0.1
#define MOVED_FAR_NS 1e5
#define MOVED_MIN_NS 1e3
#define MOVED_MAX_NS 3e5
#define MOVED_WIDTHS 1.5

void
rs_clock_init(RsClock* const clock, const double rate_hz)
{
  memset(clock, 0, sizeof(*clock));
  clock->rate_hz   = rate_hz;
  clock->period_ns = 1e9 / rate_hz;
}

/// Forget all entries; the line stays where it is
static void
forget(RsClock* const clock)
{
  clock->n_entries   = 0;
  clock->next_entry  = 0;
  clock->sum_ns      = 0.0;
  clock->n_groups    = 0;
  clock->next_group  = 0;
  clock->group_count = 0;
  clock->n_late      = 0;
}

/// A new mapping, with the next cycle's first frame at `now_ns`
static void
anchor(RsClock* const clock, const int64_t now_ns)
{
  forget(clock);
  clock->anchor_ns    = now_ns;
  clock->anchor_frame = clock->position;
  clock->near_frame   = 0.0;
  clock->held_ns      = 0.0;
  clock->line_ns      = 0.0;
  clock->is_settled   = false;
  clock->is_running   = true;
  clock->is_resting   = false;
}

static double
level(const RsClock* const clock, const RsClockPoint point)
{
  return point.late_ns - clock->slope_ns * point.frame;
}

/// The least late of the last entries, after one left or the slope changed
static void
find_lowest(RsClock* const clock)
{
  clock->lowest_ns = clock->levels[0];
  clock->sum_ns    = 0.0;
  for (uint32_t i = 0; i < clock->n_entries; ++i) {
    clock->sum_ns += clock->levels[i];
    if (clock->levels[i] < clock->lowest_ns) {
      clock->lowest_ns = clock->levels[i];
    }
  }
}

/**
   The slope of the line that lies below all groups and highest in their
   middle: the edge of their lower convex hull that spans the middle.
*/
static bool
find_slope(RsClock* const clock, const double seconds)
{
  RsClockPoint   hull[RS_CLOCK_GROUPS];
  uint32_t       n = 0;
  const uint32_t first =
    (clock->next_group + RS_CLOCK_GROUPS - clock->n_groups) % RS_CLOCK_GROUPS;

  for (uint32_t i = 0; i < clock->n_groups; ++i) {
    const RsClockPoint p = clock->groups[(first + i) % RS_CLOCK_GROUPS];
    while (n >= 2) {
      const RsClockPoint a = hull[n - 2];
      const RsClockPoint b = hull[n - 1];
      if ((b.late_ns - a.late_ns) * (p.frame - a.frame) <
          (p.late_ns - a.late_ns) * (b.frame - a.frame)) {
        break;
      }
      --n;
    }
    hull[n++] = p;
  }

  if (n < 2 || hull[n - 1].frame - hull[0].frame < seconds * clock->rate_hz) {
    return false;
  }

  const double middle = (hull[0].frame + hull[n - 1].frame) / 2.0;
  uint32_t     edge   = 1;
  while (edge < n - 1 && hull[edge].frame < middle) {
    ++edge;
  }

  const double limit = SLOPE_MAX * clock->period_ns;
  const double slope = (hull[edge].late_ns - hull[edge - 1].late_ns) /
                       (hull[edge].frame - hull[edge - 1].frame);
  clock->slope_ns = fmin(fmax(slope, -limit), limit);

  for (uint32_t i = 0; i < clock->n_entries; ++i) {
    clock->levels[i] = level(clock, clock->entries[i]);
  }
  find_lowest(clock);
  clock->line_ns = clock->lowest_ns;
  for (uint32_t i = 0; i < clock->n_groups; ++i) {
    clock->line_ns = fmin(clock->line_ns, level(clock, clock->groups[i]));
  }
  return true;
}

/// Put an entry into its group.  @return true if that is full now
static bool
put_in_group(RsClock* const clock, const RsClockPoint point)
{
  if (!clock->group_count) {
    clock->group       = point;
    clock->group_begin = point.frame;
  } else if (level(clock, point) < level(clock, clock->group)) {
    clock->group = point;
  }

  if (++clock->group_count < 1u + clock->n_groups / GROUP_COARSER ||
      point.frame - clock->group_begin < GROUP_SECONDS * clock->rate_hz) {
    return false;
  }

  clock->groups[clock->next_group] = clock->group;
  clock->next_group                = (clock->next_group + 1) % RS_CLOCK_GROUPS;
  clock->n_groups += clock->n_groups < RS_CLOCK_GROUPS;
  clock->group_count = 0;
  return true;
}

/// Put an entry among the last ones
static void
put_in_window(RsClock* const clock, const RsClockPoint point)
{
  const uint32_t i    = clock->next_entry;
  const bool     full = clock->n_entries == RS_CLOCK_ENTRIES;
  const double   old  = clock->levels[i];
  const double   now  = level(clock, point);

  clock->entries[i] = point;
  clock->levels[i]  = now;
  clock->next_entry = (i + 1) % RS_CLOCK_ENTRIES;
  clock->n_entries += !full;
  if (full && old <= clock->lowest_ns) {
    find_lowest(clock);
  } else {
    clock->sum_ns += full ? now - old : now;
    clock->lowest_ns =
      clock->n_entries == 1 ? now : fmin(clock->lowest_ns, now);
  }
}

/// True if all of the last entries are above the line by more than luck
static bool
has_moved(const RsClock* const clock)
{
  const double spread = clock->sum_ns / RS_CLOCK_ENTRIES - clock->lowest_ns;

  return clock->n_entries == RS_CLOCK_ENTRIES &&
         clock->lowest_ns - clock->line_ns >
           MOVED_MIN_NS + fmin(spread * MOVED_WIDTHS, MOVED_MAX_NS);
}

/// Find another slope, or else let the line begin anew at the last entries
static void
move(RsClock* const clock)
{
  if (!find_slope(clock, SLOPE_SECONDS_MIN) || has_moved(clock)) {
    clock->n_groups    = 0;
    clock->next_group  = 0;
    clock->group_count = 0;
    clock->line_ns     = clock->lowest_ns;
  }
}

static void
feed(RsClock* const clock, const int64_t now_ns)
{
  const double       frame = (double)(clock->position - clock->anchor_frame);
  const RsClockPoint point = {
    frame, (double)(now_ns - clock->anchor_ns) - frame * clock->period_ns};
  const double late = level(clock, point) - clock->line_ns;

  if (late > LATE_NS) {
    clock->late_ns = clock->n_late ? fmin(clock->late_ns, late) : late;
    if (++clock->n_late < LATE_CYCLES) {
      return;
    }
    // The grid has moved; the first frame of the least late was on it
    anchor(clock, now_ns - (int64_t)(late - clock->late_ns));
    return;
  }

  if (late < -LATE_NS) {
    anchor(clock, now_ns); // No cycle begins early, so that is where it is
    return;
  }

  clock->n_late  = 0;
  clock->line_ns = fmin(clock->line_ns, level(clock, point));
  put_in_window(clock, point);
  if (put_in_group(clock, point)) {
    if (find_slope(clock, SLOPE_SECONDS) && !clock->is_settled) {
      clock->is_settled = true;
      clock->held_ns    = (double)INFINITY; // Start from the best
    }
  }

  if (!has_moved(clock)) {
    clock->near_frame = frame;
  } else if (frame - clock->near_frame >= MOVED_SECONDS * clock->rate_hz ||
             clock->lowest_ns - clock->line_ns > MOVED_FAR_NS) {
    move(clock);
  }
}

/// Let the mapping follow the line once it is half a frame off
static void
hold(RsClock* const clock, const uint32_t frames)
{
  // In the middle of the cycle, since long ones drift by several microseconds
  const double frame =
    (double)(clock->position - clock->anchor_frame) + frames / 2.0;
  const double best = clock->line_ns + clock->slope_ns * frame;

  if (fabs(best - clock->held_ns) > clock->period_ns / 2.0) {
    // Where the line goes in a quarter of a second, so that it holds longer
    const double ahead = clock->slope_ns * clock->rate_hz / 4.0;
    const double limit = clock->period_ns * 0.4;
    clock->held_ns     = best + fmin(fmax(ahead, -limit), limit);
  }
}

bool
rs_clock_is_rested(const RsClock* const clock, const int64_t now_ns)
{
  return !clock->is_running || clock->is_resting ||
         now_ns - rs_clock_time(clock, (int64_t)clock->position) >
           RS_CLOCK_REST_NS;
}

void
rs_clock_rest(RsClock* const clock)
{
  clock->is_resting = true;
}

uint64_t
rs_clock_cycle(RsClock* const clock,
               const int64_t  now_ns,
               const uint32_t frames)
{
  const uint64_t position = clock->position;

  clock->is_part  = false;
  clock->is_early = false;
  if (rs_clock_is_rested(clock, now_ns)) {
    anchor(clock, now_ns);
  } else if (frames) {
    const double elapsed_ns = (double)(now_ns - clock->last_entry_ns);
    const double length_ns  = clock->last_frames * clock->period_ns;
    const bool   is_short   = clock->last_frames < clock->largest / 2;

    // What comes after a piece of a cycle may be another piece, if it is early
    clock->is_part = elapsed_ns < (is_short ? length_ns : length_ns / 2.0);
    if (clock->is_part) {
      const double early_ns =
        (double)(rs_clock_time(clock, (int64_t)position) - now_ns);
      clock->is_early = early_ns > length_ns / 4.0;
    } else {
      feed(clock, now_ns);
      hold(clock, frames);
    }
  }

  if (frames) {
    clock->last_entry_ns = now_ns;
    clock->last_frames   = frames;
    clock->largest -= clock->largest / 64;
    if (frames > clock->largest) {
      clock->largest = frames;
    }
    clock->position += frames;
  }

  return position;
}

int64_t
rs_clock_frame(const RsClock* const clock, const int64_t time_ns)
{
  int64_t since_ns = 0;
  if (__builtin_sub_overflow(time_ns, clock->anchor_ns, &since_ns)) {
    since_ns = time_ns < clock->anchor_ns ? INT64_MIN / 2 : INT64_MAX / 2;
  }

  const double frames =
    ((double)since_ns - clock->held_ns) * clock->rate_hz * 1e-9;
  return (int64_t)clock->anchor_frame + (int64_t)floor(frames + 0.5);
}

int64_t
rs_clock_time(const RsClock* const clock, const int64_t frame)
{
  const double frames = (double)(frame - (int64_t)clock->anchor_frame);
  return clock->anchor_ns +
         (int64_t)floor(frames * clock->period_ns + clock->held_ns + 0.5);
}
