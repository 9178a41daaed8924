// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The parameter engine: who has which value at which frame.

   Drains the ring, keeps waiting commands in a bounded heap, runs ramps, sees
   the host move its ports, splits the block where something changes, and
   writes telemetry.  Knows neither OSC nor the strip.

   Thread rules: run() is the only consumer of commands, ever.  Functions are
   grouped by who may call them.
*/

#ifndef RINGSIDE_PLUGIN_CONTROL_H
#define RINGSIDE_PLUGIN_CONTROL_H

#include "plugin/processor.h"
#include "shm/overflow.h"
#include "shm/parameter.h"
#include "shm/ring.h"
#include "shm/segment.h"
#include "shm/telemetry.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct RsControlImpl RsControl;

/**
   One attachment as the engine uses it: where commands come from and where
   telemetry goes.  Made by the link, given to run() by one atomic pointer, and
   given back when run() has gone on to the next.
*/
typedef struct {
  RsSegments   segments;
  RsRingReader reader;        ///< Of run() once taken
  uint32_t     overflow_seen; ///< Of run() once taken
} RsIntake;

/// What was saved, and is restored: one entry for each input parameter
typedef struct {
  float    value; ///< In effect
  float    port;  ///< The host's port at that moment
  uint32_t owner; ///< RsOwner
  uint32_t known; ///< 0: the state does not speak of this parameter
} RsSaved;

/// Who set the value in effect
typedef enum { RS_OWNER_HOST = 0, RS_OWNER_OSC = 1 } RsOwner;

// Instantiation (never at the same time as run())

/**
   @param first the attachment to begin with (its segments may not have been
   sent to any bridge yet): there always is one, so values always have a place.
   @return NULL without memory
*/
RsControl*
rs_control_new(const RsParameter*  parameters,
               uint32_t            n_parameters,
               const RsScalePoint* points,
               uint32_t            n_points,
               const RsProcessor*  processor,
               double              rate_hz,
               RsIntake*           first);

void
rs_control_free(RsControl* control);

// Host's instantiation threads, also while run() runs

/**
   Take over a saved state: lock-free, order-independent, reads no port.  A
   parameter that is not known follows its port.  The last call wins.
*/
void
rs_control_restore(RsControl* control, const RsSaved* saved);

/**
   Values as a session should save them: looked ahead if run() rests, and a
   state that was restored but not yet taken by run() included.

   @param now_ns CLOCK_MONOTONIC
   @param saved one for each parameter of the table (outputs: not known)
*/
void
rs_control_save(RsControl* control, int64_t now_ns, RsSaved* saved);

// activate() and deactivate(), which Ardour calls from the audio thread

RS_REALTIME void
rs_control_activate(RsControl* control);

RS_REALTIME void
rs_control_deactivate(RsControl* control);

// Link thread

/**
   Offer a fresh attachment; run() takes it once the old one is drained.

   @return one that was offered before and not taken yet (now the caller's
   again), or NULL
*/
RsIntake*
rs_control_offer(RsControl* control, RsIntake* fresh);

/// An attachment that run() has left for good, now the caller's, or NULL
RsIntake*
rs_control_retired(RsControl* control);

/// The attachment where telemetry is found now (do not free it).  Any thread
RS_REALTIME RsIntake*
rs_control_current(RsControl* control);

/**
   True if run() met broken invariants in the current attachment: an index that
   cannot be (then it is read no more), or many commands that no bridge sends.
*/
bool
rs_control_is_faulty(RsControl* control);

/**
   Apply, on a copy, all that waits in ring, overflow, heap and a pending
   restore up to `now_ns`, and publish the values where queries look while
   run() rests.  Consumes nothing.

   @return #RS_AGAIN if run() came in between and the copy was thrown away
*/
RsStatus
rs_control_look_ahead(RsControl* control, int64_t now_ns);

/// True if the last look-ahead left something that moves by itself: a ramp, or
/// a command that waits for its time
bool
rs_control_ahead_moves(RsControl* control);

// Audio thread

/// What became of what was told to the host
typedef enum {
  RS_TOLD,
  RS_TOLD_LATER,  ///< No room: try in the next cycle
  RS_TOLD_REFUSED ///< The host said no at once
} RsTold;

/// How this host is told what OSC does; all of it is called by run()
typedef struct {
  void* self;
  bool  can_answer;      ///< The host has a way to do what it is told
  bool  answers_at_once; ///< Ports show the answer in the very next cycle
  bool  is_rolling;      ///< Gestures begin only while it rolls

  /// The host's port ought to have this value.  `begins`: a gesture does
  RS_REALTIME RsTold (*value)(void*    self,
                              uint32_t port,
                              float    value,
                              bool     begins);

  /// A gesture ends
  RS_REALTIME RsTold (*end)(void* self, uint32_t port);
} RsTeller;

/// What run() gets from the host
typedef struct {
  const float* const* in;   ///< One for each audio input
  float* const*       out;  ///< One for each audio output
  uint32_t            n_in; ///< At most RS_AUDIO_MAX
  uint32_t            n_out;
  const float* const* ports;     ///< One for each parameter; NULL: unconnected
  float* const*       outputs;   ///< One for each parameter; NULL: no output
  uint32_t            frames;    ///< May be 0
  int64_t             now_ns;    ///< CLOCK_MONOTONIC at entry
  bool                freewheel; ///< The host exports
  const RsTeller*     teller;    ///< NULL: the host is not told anything
} RsCycle;

RS_REALTIME void
rs_control_run(RsControl* control, const RsCycle* cycle);

#endif // RINGSIDE_PLUGIN_CONTROL_H
