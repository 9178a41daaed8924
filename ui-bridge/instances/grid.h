// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   When run() is due next, from when it was called.

   A host calls it late as often as not, and never before its time: so of the
   calls of the last half second the earliest, seen from its own frame, tells
   where the others ought to have been.  Numbers in, numbers out; one thread.
*/

#ifndef RINGSIDE_BRIDGE_GRID_H
#define RINGSIDE_BRIDGE_GRID_H

#include <stdint.h>

/// All zeros is one that has seen nothing
typedef struct {
  int64_t begin_ns;  ///< Of the present window, 0: none
  int64_t now_ns;    ///< Time of frame 0, as the earliest call in it says
  int64_t before_ns; ///< The same of the window before
} RsGrid;

/**
   run() began at `start_ns` with a frame that is `position_ns` after frame 0.

   @return when a call for the frame `after_ns` after that one is due
*/
int64_t
rs_grid_next_ns(RsGrid* grid,
                int64_t start_ns,
                int64_t position_ns,
                int64_t after_ns);

#endif // RINGSIDE_BRIDGE_GRID_H
