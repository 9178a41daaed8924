// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The rule by which an instance appears

#include "plugin/appear.h"

/// A gap longer than this many times what was run before it is uneven
#define UNEVEN_RATIO 2.0

/// As long as this, whatever was run: the least time to speak of
#define UNEVEN_LEAST_NS 5000000

/// Judge anew, from this call on
static RS_REALTIME void
begin(RsAppear* const appear, const int64_t now_ns, const uint32_t frames)
{
  appear->first_ns    = now_ns;
  appear->last_ns     = now_ns;
  appear->frames      = frames;
  appear->last_frames = frames;
  appear->calls       = 1u;
  appear->is_uneven   = false;
}

RS_REALTIME bool
rs_appear_cycle(RsAppear* const appear,
                const double    rate_hz,
                const int64_t   now_ns,
                const uint32_t  frames,
                const bool      own_thread,
                const bool      freewheel)
{
  if (freewheel || !appear->calls || now_ns < appear->last_ns) {
    begin(appear, now_ns, frames);
    appear->times = 0u;
    appear->calls = freewheel ? 0u : 1u;
    return false;
  }

  // What was run before this entry took the time up to this entry
  const int64_t elapsed_ns = now_ns - appear->first_ns;
  const double  run_ns     = (double)appear->frames / rate_hz * 1e9;
  const double  last_ns    = (double)appear->last_frames / rate_hz * 1e9;
  const double  gap_ns     = (double)(now_ns - appear->last_ns);

  if (gap_ns > UNEVEN_LEAST_NS && gap_ns > UNEVEN_RATIO * last_ns) {
    appear->is_uneven = true;
  }

  appear->frames += frames;
  appear->last_frames = frames;
  appear->last_ns     = now_ns;
  if (appear->calls < RS_APPEAR_CALLS) {
    ++appear->calls;
  }

  const int64_t needed_ns = own_thread ? RS_APPEAR_OWN_THREAD_NS : RS_APPEAR_NS;
  if (appear->calls < RS_APPEAR_CALLS || elapsed_ns < needed_ns) {
    return false;
  }

  const double pace = run_ns / (double)elapsed_ns;
  if (pace < RS_APPEAR_SLOWEST || pace > RS_APPEAR_FASTEST) {
    appear->times = 0u;
  } else if (!appear->is_uneven || ++appear->times >= RS_APPEAR_UNEVEN) {
    return true;
  }

  begin(appear, now_ns, frames);
  return false;
}

bool
rs_appear_uncalled(const int64_t made_ns,
                   const int64_t now_ns,
                   const bool    was_called)
{
  return !was_called && now_ns - made_ns >= RS_APPEAR_UNCALLED_NS;
}
