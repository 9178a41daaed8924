// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the threads of the engine share.

       host threads ──restore──▶ three slots, one atomic word ──▶ run()
       link thread ──offered──▶ run() ──retired──▶ link thread
       run() ──cycle, engine──▶ look-ahead and save, on a copy

   `cycle` is a sequence lock whose writer never waits: odd inside run().  A
   reader copies the engine, looks at `cycle` again, and throws the copy away
   if it moved.
*/

#ifndef RINGSIDE_PLUGIN_CONTROL_IMPL_H
#define RINGSIDE_PLUGIN_CONTROL_IMPL_H

#include "plugin/control.h"
#include "plugin/engine.h"
#include "plugin/intake.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/// Seconds that the largest cycle is kept for, one more than it says
#define RS_LARGEST_SECONDS 11

/// No cycle is larger: a host that runs faster than time has none
#define RS_LARGEST_NS 500000000

/// How often, and how far apart, hosts' threads try to copy what is changing
/// before they go without it
#ifndef RS_CONTROL_TRIES // The model (tests/model) tries once
#  define RS_CONTROL_TRIES 200
#endif
#define RS_CONTROL_PAUSE_NS 50000

/// Set in RsControlImpl.middle if run() has not seen that slot yet
#define RS_RESTORE_FRESH 4u

/// The largest cycle of each of the last seconds; of run() alone
typedef struct {
  int64_t second;                      ///< Of the newest entry
  int64_t cycle_ns;                    ///< The cycle that grows, maybe in parts
  int64_t largest[RS_LARGEST_SECONDS]; ///< By second
  int64_t now;                         ///< Largest of all
} RsLargest;

struct RsControlImpl {
  // Never changes
  RsProcessor processor;
  uint32_t    n_parameters;
  uint32_t    n_outputs;
  uint32_t*   outputs; ///< Indices of output parameters

  // Of run()
  RsEngine*        engine; ///< Also read by the look-ahead, see above
  RsIntake*        intake;
  RsOverflowValue* values;
  uint32_t         front; ///< The restore slot that is run()'s
  bool             was_freewheeling;
  RsLargest        largest;

  // Between threads
  alignas(64) _Atomic(uint32_t) cycle;
  _Atomic(RsIntake*) current; ///< run() stores
  _Atomic(RsIntake*) offered; ///< The link stores, either takes
  _Atomic(RsIntake*) retired; ///< run() stores, the link takes
  _Atomic(uint32_t)  middle;  ///< Restore slot between, with RS_RESTORE_FRESH
  _Atomic(bool)      restart; ///< Activated since the last run()
  _Atomic(uint32_t)  active;
  _Atomic(bool)      is_faulty;

  // Of all threads but the audio thread, under the lock.  While it is held no
  // attachment goes back to the link, so none is unmapped
  alignas(64) pthread_mutex_t lock;
  RsRestore*       restores[3]; ///< The back one is for the next restore
  uint32_t         back;
  uint32_t         serial;       ///< Of the last restore
  RsRestore*       last_restore; ///< A copy of it
  RsEngine*        ahead;        ///< The copy for the look-ahead
  RsOverflowValue* ahead_values;
};

/// rs_control_restore() with the time, for made-up clocks
void
rs_control_restore_at(RsControl*     control,
                      const RsSaved* saved,
                      int64_t        time_ns);

/// Make telemetry of an attachment say what the engine has now
RS_REALTIME void
rs_control_tell_all(RsControl* control, RsIntake* intake);

#endif // RINGSIDE_PLUGIN_CONTROL_IMPL_H
