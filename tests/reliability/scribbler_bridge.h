// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A bridge that does all the harm that it can, in a process of its own

#ifndef RINGSIDE_TESTS_RELIABILITY_SCRIBBLER_BRIDGE_H
#define RINGSIDE_TESTS_RELIABILITY_SCRIBBLER_BRIDGE_H

#include "tests/reliability/rig.h"

#include "shm/segment.h"

#include <stdatomic.h>
#include <stdint.h>

#define SCRIBBLER_INSTANCES 8u

/// What is written
typedef enum {
  SCRIBBLER_NOTHING,
  SCRIBBLER_CANCEL,   ///< One that ends what waits and slides
  SCRIBBLER_FULL,     ///< A ring of good commands
  SCRIBBLER_BYTES,    ///< The same, and then any bytes over all of it
  SCRIBBLER_COMMANDS, ///< A ring of commands that are nearly right
  SCRIBBLER_WRONG,    ///< One thing that is wrong, see below
} ScribblerWay;

/// Each thing that can be wrong, by itself; the last two in other places
#define SCRIBBLER_WRONGS 16u
#define SCRIBBLER_WRONG_TABLE 14u
#define SCRIBBLER_WRONG_TAIL 15u

/**
   One run() that finds what the bridge wrote, while it writes nothing else:

       host                              bridge
         WRITE ──────────────────────────▶ writes to the newest pair
         ◀──────────────── WRITTEN, or VOID if it has none
         run()
         RAN ────────────────────────────▶ looks whether run() used that pair
         ◀──────────────────────────────── LIVE or VOID
*/
typedef enum {
  TRIAL_NONE,
  TRIAL_WRITE,
  TRIAL_WRITTEN,
  TRIAL_RAN,
  TRIAL_LIVE,
  TRIAL_VOID,
} ScribblerTrial;

/// In memory of both
typedef struct {
  _Atomic(uint32_t) how;       ///< What is written all the time, anywhere
  _Atomic(uint32_t) n_allowed; ///< Attempts that should have failed
  _Atomic(uint32_t) n_written;
  _Atomic(uint32_t) n_attached[SCRIBBLER_INSTANCES + 1u]; ///< By number

  /// A ScribblerTrial.  Stores of it give what follows to the other side
  _Atomic(uint32_t) trial;
  uint32_t          way;
  uint32_t          wrong;    ///< Which, for SCRIBBLER_WRONG
  uint32_t          instance; ///< Its number, from 1
  uint32_t          taken;    ///< Slots that run() read
  uint32_t          faults;   ///< That it counted
} Scribbler;

const char*
scribbler_wrong_name(uint32_t which);

/// Write that after `tail`.  That of the tail needs a ring that is full
void
scribbler_write_wrong(RsCommands* commands,
                      uint32_t*   tail,
                      uint64_t    sequence,
                      uint32_t    which);

/// Be one until killed
_Noreturn void
scribbler_be(const Rig* rig, Scribbler* shared);

#endif // RINGSIDE_TESTS_RELIABILITY_SCRIBBLER_BRIDGE_H
