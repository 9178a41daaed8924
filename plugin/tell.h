// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the host is told of the moves of OSC, and what it makes of them: the
   part of the engine that does so (see docs/who-wins.md).

       OSC moves ──▶ PENDING ──told──▶ asked[] ──port shows it──▶ done
                                          │
                                          └─port shows something else─▶ HELD

   A host that answers at once (Ardour) shows its answer in the next cycle, so
   at most one request is under way then.  Others may take 300 ms, and are only
   believed to refuse once they have done what they were asked.

   While a parameter is HELD, commands and ramps move `wanted` only; the value
   in effect follows when the port shows it.  That ends when the host has done
   a request again, and a second has passed since the last refusal: by time
   alone, a command now and then against a lane that stands would be heard for
   a cycle each time.  A host that rests cannot answer, so then time is enough.

   Only parameters on the list `told` cost anything.  Time is that of cycles.
*/

#ifndef RINGSIDE_PLUGIN_TELL_H
#define RINGSIDE_PLUGIN_TELL_H

#include "plugin/control.h"
#include "plugin/engine.h"

#include <stdbool.h>
#include <stdint.h>

/// Least time between two values of one parameter: with the start and the end
/// of a gesture, 30 messages a second
#define RS_TELL_APART_NS 36000000

/// A gesture ends this long after its last move
#define RS_TELL_GESTURE_NS 250000000

/// Hosts that do not answer at once do so within this time
#define RS_TELL_ANSWER_NS 300000000

/// How long a refused parameter is held at least, from the last refusal on
#define RS_TELL_HELD_NS 1000000000

/// A port that was still for so long before it moves is moved by hand
#define RS_TELL_HAND_NS 500000000

/// A host's part of a restored state comes within this time
#define RS_TELL_RESTORED_NS 500000000

/// An echo is this near to what was asked for, as a part of the range
#define RS_TELL_NEAR 1e-5

/// OSC moved a parameter to a value, or would like to
RS_REALTIME void
rs_tell_moved(RsEngine* engine, uint32_t parameter, float value);

/// Nothing is under way any more: the host, or a state, has had its say
RS_REALTIME void
rs_tell_settle(RsEngine* engine, uint32_t parameter, float value);

/// `expected` was set
RS_REALTIME void
rs_tell_restored(RsEngine* engine, uint32_t parameter);

/// True if a port's value is as good as another that it ought to have
RS_REALTIME bool
rs_tell_is_near(const RsEngine* engine, uint32_t parameter, float a, float b);

/// True if a port that changed shows a request; it and older ones are done
RS_REALTIME bool
rs_tell_is_answer(RsEngine* engine, uint32_t parameter, float value);

/// True if a port that changed shows an old answer again while OSC moves on:
/// the host is told of that yet, so this is not its last word
RS_REALTIME bool
rs_tell_is_repeated(const RsEngine* engine, uint32_t parameter, float value);

/// The host wants another value than it was asked for: the port's
RS_REALTIME void
rs_tell_refused(RsEngine* engine, uint32_t parameter);

/// Nobody called run() for so long, and so nobody could answer: that does not
/// count.  Before ports are looked at
RS_REALTIME void
rs_tell_rested(RsEngine* engine, int64_t rest_ns);

/// After ports were looked at: find out what was refused, and what is over
RS_REALTIME void
rs_tell_check(RsEngine* engine, bool freewheel);

/// At the end of a cycle: tell what is due.  `teller` may be NULL
RS_REALTIME void
rs_tell(RsEngine* engine, const RsTeller* teller);

#endif // RINGSIDE_PLUGIN_TELL_H
