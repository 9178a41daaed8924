// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// When many packets come, how long to let them gather

#include "ui-bridge/transport/pace.h"

/// Long enough that a bank of faders that jumps at once is not "many"
#define RATE_OVER_NS 20e6

/// Below this the kernel is asked for each packet, which is what is quickest
#define MANY_HZ 3000.0

/// For a run() that comes early; on top of the time that it takes to wake up
/// and to handle what has gathered, at its worst and a quarter more, where of
/// the worst a half is forgotten in 22 rests
#define MARGIN_NS 60000
#define LATE_MORE 1.25
#define LATE_FIRST_NS 150e3
#define LATE_KEPT (31.0 / 32.0)

/// What is over the first is forgotten in so long too, or one bad moment would
/// forbid all rests for good
#define LATE_FORGOTTEN_NS 5e8

/// The longest rest: an answer is not to wait for it noticeably
#define LONGEST_NS 6000000

/// Fewer packets than this are not worth the rest
#define FEWEST 4.0

/// More than this at once are not worth waiting for
#define MOST 128.0

/// What the kernel counts for a small datagram in a receive buffer
#define DATAGRAM_BYTES 832

/// The most that a sender on this machine was seen to send
#define FLOOD_HZ 500e3

void
rs_pace_init(RsPace* const pace, const int buffer_bytes)
{
  // Half the buffer, should the flood begin just when a rest does
  const double datagrams = (double)buffer_bytes / DATAGRAM_BYTES / 2.0;
  const double ns        = datagrams / FLOOD_HZ * 1e9;

  pace->last_ns    = 0;
  pace->longest_ns = ns < LONGEST_NS ? (int64_t)ns : LONGEST_NS;
  pace->rate_hz    = 0.0;
  pace->late_ns    = LATE_FIRST_NS;
}

void
rs_pace_count(RsPace* const pace, const uint32_t packets, const int64_t now_ns)
{
  const double since_ns =
    now_ns > pace->last_ns ? (double)(now_ns - pace->last_ns) : 1.0;

  // A mean that forgets, fed with packets and the time that they took
  pace->rate_hz = (pace->rate_hz * RATE_OVER_NS + (double)packets * 1e9) /
                  (RATE_OVER_NS + since_ns);
  pace->last_ns = now_ns;
  if (pace->late_ns > LATE_FIRST_NS) {
    const double late_ns = pace->late_ns * (1.0 - since_ns / LATE_FORGOTTEN_NS);

    pace->late_ns = late_ns > LATE_FIRST_NS ? late_ns : LATE_FIRST_NS;
  }
}

void
rs_pace_rested(RsPace* const pace, const int64_t end_ns, const int64_t done_ns)
{
  const double late_ns = (double)(done_ns - end_ns);
  const double kept_ns = pace->late_ns * LATE_KEPT;

  pace->late_ns = late_ns > kept_ns ? late_ns : kept_ns;
}

bool
rs_pace_is_busy(const RsPace* const pace)
{
  return pace->rate_hz >= MANY_HZ;
}

int64_t
rs_pace_rest_ns(const RsPace* const pace,
                const int64_t       now_ns,
                const int64_t       next_run_ns)
{
  if (!rs_pace_is_busy(pace)) {
    return 0;
  }

  const double  most_ns   = MOST / pace->rate_hz * 1e9;
  const int64_t margin_ns = MARGIN_NS + (int64_t)(pace->late_ns * LATE_MORE);
  const int64_t left_ns   = next_run_ns - margin_ns - now_ns;
  int64_t       rest_ns =
    most_ns < (double)pace->longest_ns ? (int64_t)most_ns : pace->longest_ns;
  rest_ns = left_ns < rest_ns ? left_ns : rest_ns;

  return (double)rest_ns * 1e-9 * pace->rate_hz < FEWEST ? 0 : rest_ns;
}
