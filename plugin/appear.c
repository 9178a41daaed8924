// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The rule by which an instance appears

#include "plugin/appear.h"

/// Judge anew, from this call on
static RS_REALTIME void
begin(RsAppear* const appear, const int64_t now_ns, const uint32_t frames)
{
  appear->first_ns = now_ns;
  appear->frames   = frames;
  appear->calls    = 1u;
}

RS_REALTIME bool
rs_appear_cycle(RsAppear* const appear,
                const double    rate_hz,
                const int64_t   now_ns,
                const uint32_t  frames,
                const bool      own_thread,
                const bool      freewheel)
{
  if (freewheel || !appear->calls || now_ns < appear->first_ns) {
    begin(appear, now_ns, frames);
    appear->calls = freewheel ? 0u : 1u;
    return false;
  }

  // What was run before this entry took the time up to this entry
  const int64_t elapsed_ns = now_ns - appear->first_ns;
  const double  run_ns     = (double)appear->frames / rate_hz * 1e9;

  appear->frames += frames;
  if (appear->calls < RS_APPEAR_CALLS) {
    ++appear->calls;
  }

  const int64_t needed_ns = own_thread ? RS_APPEAR_OWN_THREAD_NS : RS_APPEAR_NS;
  if (appear->calls < RS_APPEAR_CALLS || elapsed_ns < needed_ns) {
    return false;
  }

  const double pace = run_ns / (double)elapsed_ns;
  if (pace >= RS_APPEAR_SLOWEST && pace <= RS_APPEAR_FASTEST) {
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
