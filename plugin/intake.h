// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   From shared memory into the engine: copies commands out of ring and overflow
   table, checks the copies, and hands over what is right.

   Used by run(), and by the look-ahead on its copy of the engine.
*/

#ifndef RINGSIDE_PLUGIN_INTAKE_H
#define RINGSIDE_PLUGIN_INTAKE_H

#include "plugin/engine.h"
#include "shm/overflow.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/// A tag further ahead than this was made by no bridge (it allows 60 s)
#define RS_INTAKE_AHEAD_NS 120000000000

/// A state to be restored, and what came before it
typedef struct {
  uint32_t      serial;      ///< Rises with each
  int64_t       time_ns;     ///< When it was restored
  const RsRing* ring[2];     ///< In these rings, commands before this tail
  uint32_t      tail[2];     ///< came before, and all that are older; and
  uint64_t      sequence[2]; ///< so did values of the table up to this one
  RsSaved       saved[];
} RsRestore;

/// What is to be drained
typedef struct {
  const RsOverflow*  overflow;
  RsOverflowValue*   values;    ///< Room for a copy of it
  _Atomic(uint32_t)* histogram; ///< NULL: does not count
  const RsRestore*   restore;   ///< NULL: none; taken in its place in the order
  bool               is_restored; ///< It was, in the attachment before
  bool               drop;        ///< The host exports: count, do not apply
} RsDrain;

/**
   Take all that can be read.  The reader's head stays where it is.

   @return how many slots were read (at most RS_RING_SLOTS)
*/
RS_REALTIME uint32_t
rs_intake_drain(RsEngine* engine, const RsDrain* drain);

#endif // RINGSIDE_PLUGIN_INTAKE_H
