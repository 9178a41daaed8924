// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Who has which value at which frame: the state of the engine, and what
   commands, ramps, host ports and restored states do to it.

   All of it is plain memory without pointers of its own into itself, so the
   look-ahead works on a copy (engine_copy in ahead.c) by the same functions,
   with no stage.

   A rest is when nobody calls run() for a while.  Time goes on by the wall
   clock meanwhile, the sample counter does not: what happened during a rest
   happened at frames before the first one of the next cycle.
*/

#ifndef RINGSIDE_PLUGIN_ENGINE_H
#define RINGSIDE_PLUGIN_ENGINE_H

#include "plugin/clock.h"
#include "plugin/control.h"
#include "plugin/heap.h"
#include "plugin/ramp.h"
#include "plugin/stage.h"

#include <stdbool.h>
#include <stdint.h>

/// A kind of waiting command beyond RsCommandKind: the state in `restoring`
#define RS_ENGINE_RESTORE 1000u

/// Flags of RsSlot
enum {
  RS_SLOT_OUTPUT  = 1u << 0u, ///< Belongs to the processor
  RS_SLOT_SEEN    = 1u << 1u, ///< The host's port has been seen
  RS_SLOT_EXPECTS = 1u << 2u, ///< `expected` is the host's echo of a restore
  RS_SLOT_TOGGLE  = 1u << 3u, ///< Takes RS_COMMAND_TOGGLE
  RS_SLOT_SLIDES  = 1u << 4u, ///< Not a toggle, integer or enum: ramps move it

  // See tell.h
  RS_SLOT_LISTED  = 1u << 5u, ///< Is in the list of what the host is told
  RS_SLOT_PENDING = 1u << 6u, ///< `wanted` is to be told
  RS_SLOT_GESTURE = 1u << 7u, ///< The host was told that a gesture began
  RS_SLOT_HELD    = 1u << 8u, ///< Was refused: first asked, then applied
  RS_SLOT_GRANTED = 1u << 9u, ///< Held, but the host has done a request since
};

/// Requests under way, for each parameter: those of 300 ms, and some
#define RS_ASKED_MAX 10u

/// One parameter
typedef struct {
  float    value;    ///< In effect
  float    expected; ///< Port value saved with the state just restored
  float    wanted;   ///< Where OSC has it, or wants it while it is held
  uint32_t owner;    ///< RsOwner
  uint32_t flags;    ///< RS_SLOT_*
  uint32_t place;    ///< In the list of ramps, while there is one
  uint32_t listed;   ///< Place in the list of what the host is told
  uint32_t refusals; ///< How often the host refused
  uint64_t newest;   ///< Sequence of its newest untagged command
  RsRamp   ramp;

  int64_t  edge_ns;     ///< When the host moved its port last
  int64_t  restored_ns; ///< When `expected` was set
  int64_t  moved_ns;    ///< When OSC moved it last
  int64_t  told_ns;     ///< When the host was told last
  int64_t  refused_ns;  ///< When the host refused last
  uint32_t n_asked;     ///< Requests under way, the oldest first
  float    asked[RS_ASKED_MAX];
  int64_t  asked_ns[RS_ASKED_MAX];
  uint32_t n_done; ///< Answers so far; the last RS_ASKED_MAX are kept
  float    done[RS_ASKED_MAX];
  int64_t  done_ns[RS_ASKED_MAX];
} RsSlot;

/// Private totals of run(), copied to RsTotals at the end of each
typedef struct {
  uint64_t applied;
  uint64_t late;
  uint64_t dropped;
  uint64_t overtaken;
  uint64_t faults;
} RsCounts;

typedef struct {
  // Never changes
  const RsParameter*  parameters;
  const RsScalePoint* points;
  uint32_t            n_parameters;

  // For the time of one cycle or look-ahead
  RsStage*       stage;     ///< NULL: nothing is rendered
  const RsSaved* restoring; ///< For RS_ENGINE_RESTORE
  int64_t        now_ns;
  int64_t        first;     ///< Frame 0 of the cycle, in the sample counter
  int64_t        at;        ///< The frame where things happen now
  int64_t        key_ns;    ///< In a rest: earliest time of what comes next
  bool           is_rested; ///< This cycle comes after a rest

  // From one to the next
  RsClock      clock;
  RsCounts     counts;
  RsRingReader reader;        ///< Of the current intake
  uint64_t     sequence;      ///< Of the last command read there
  uint32_t     overflow_seen; ///< Of the current intake
  bool         has_broken;    ///< The current intake held a broken command
  bool         is_faulty;     ///< The current intake is read no more
  uint32_t     restored;      ///< Serial of the last state taken
  uint32_t     preset_serial; ///< 0 once anything moved
  uint32_t     n_ramps;
  uint32_t     n_told;
  bool         at_once;      ///< Of the teller, see there
  bool         has_answered; ///< The host did what it was asked, once
  int64_t      next_step;    ///< No ramp steps before this frame
  uint16_t     ramps[RS_PARAMETERS_MAX]; ///< Parameters that slide
  uint16_t     told[RS_PARAMETERS_MAX];  ///< Parameters the host is told of
  uint32_t     seen[RS_PARAMETERS_MAX];  ///< Bits of the host's ports
  RsHeap       heap;                     ///< What waits
  RsSlot       slots[];
} RsEngine;

/// Size in bytes for so many parameters
static inline size_t
rs_engine_size(const uint32_t n_parameters)
{
  return sizeof(RsEngine) + n_parameters * sizeof(RsSlot);
}

/// Not for the audio thread: parameters at their initial values
void
rs_engine_init(RsEngine*           engine,
               const RsParameter*  parameters,
               uint32_t            n_parameters,
               const RsScalePoint* points,
               double              rate_hz);

/// Read from another attachment from now on
RS_REALTIME void
rs_engine_attach(RsEngine* engine, RsIntake* intake);

/// A cycle begins; `restart`: whatever came before, it comes after a rest
RS_REALTIME void
rs_engine_begin(RsEngine* engine,
                int64_t   now_ns,
                uint32_t  frames,
                bool      restart);

/// The host's port of a parameter has other bits than `seen`
RS_REALTIME void
rs_engine_host(RsEngine* engine, uint32_t parameter, uint32_t bits);

/**
   A parameter gets a value now (`at`).

   `serial` is that of the preset on whose behalf it moves, 0 for all else: a
   preset is no longer the last word once anything else moved.
*/
RS_REALTIME void
rs_engine_put(RsEngine* engine,
              uint32_t  parameter,
              float     value,
              uint32_t  serial);

/// The same for whoever ends all that was under way
RS_REALTIME void
rs_engine_take(RsEngine* engine,
               uint32_t  parameter,
               float     value,
               RsOwner   owner);

/// Do what a command says, now (`at`)
RS_REALTIME void
rs_engine_apply(RsEngine* engine, const RsWaiting* command);

/// Take over a restored state, now
RS_REALTIME void
rs_engine_restore(RsEngine* engine, const RsSaved* saved);

/// Stop all ramps where they are
RS_REALTIME void
rs_engine_stop_ramps(RsEngine* engine);

/**
   Apply what the heap holds up to frame `until`, with all ramp steps on the
   way in a cycle; in a rest, what is due by now, then ramps where they are.
*/
RS_REALTIME void
rs_engine_catch_up(RsEngine* engine);

/// The frame of the next event, INT64_MAX if there is none
RS_REALTIME int64_t
rs_engine_next(const RsEngine* engine);

/// Go to that frame and let happen what happens there.  @return the next one
RS_REALTIME int64_t
rs_engine_step(RsEngine* engine, int64_t frame);

#endif // RINGSIDE_PLUGIN_ENGINE_H
