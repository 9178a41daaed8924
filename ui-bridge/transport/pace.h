// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   When many packets come, how long to let them gather.

   A command takes effect at the start of a run(), so it need not be in its ring
   before.  While packets come seldom, each is handled at once; when they come
   by the thousand, the bridge sleeps until shortly before the next run() that
   it knows of, and takes what has gathered with a few system calls.

   Numbers in, numbers out; one thread.
*/

#ifndef RINGSIDE_BRIDGE_PACE_H
#define RINGSIDE_BRIDGE_PACE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int64_t last_ns;    ///< When packets were last taken; 0: never
  int64_t longest_ns; ///< The receive buffer holds that much, whatever comes
  double  rate_hz;    ///< Packets a second, over about 20 ms
  double  late_ns;    ///< From a rest's end to the last packet, at its worst
} RsPace;

/// @param buffer_bytes of the socket, as SO_RCVBUF says
void
rs_pace_init(RsPace* pace, int buffer_bytes);

/// So many packets were taken, maybe none
void
rs_pace_count(RsPace* pace, uint32_t packets, int64_t now_ns);

/// A rest was to end then, and now what had gathered has been handled
void
rs_pace_rested(RsPace* pace, int64_t end_ns, int64_t done_ns);

/// True if so many come that mostly several are there at once
bool
rs_pace_is_busy(const RsPace* pace);

/**
   How long to sleep before packets are taken again, 0 to take them as they
   come.

   @param next_run_ns when the next run() is expected that may want them
*/
int64_t
rs_pace_rest_ns(const RsPace* pace, int64_t now_ns, int64_t next_run_ns);

#endif // RINGSIDE_BRIDGE_PACE_H
