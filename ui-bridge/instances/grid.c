// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// When run() is due next

#include "ui-bridge/instances/grid.h"

/// Long enough for a punctual call to be among them; in half a second the
/// clocks of sound card and machine part by 50 us at most
#define WINDOW_NS 250000000

int64_t
rs_grid_next_ns(RsGrid* const grid,
                const int64_t start_ns,
                const int64_t position_ns,
                const int64_t after_ns)
{
  const int64_t zero_ns = start_ns - position_ns;
  const int64_t age_ns  = start_ns - grid->begin_ns;

  if (!grid->begin_ns || age_ns < 0 || age_ns >= 2 * WINDOW_NS) {
    *grid = (RsGrid){start_ns, zero_ns, zero_ns};
  } else if (age_ns >= WINDOW_NS) {
    *grid = (RsGrid){start_ns, zero_ns, grid->now_ns};
  } else if (zero_ns < grid->now_ns) {
    grid->now_ns = zero_ns;
  }

  const int64_t earliest =
    grid->now_ns < grid->before_ns ? grid->now_ns : grid->before_ns;
  return earliest + position_ns + after_ns;
}
