// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the parts of `kills` share: a room, its host, its load

#ifndef RINGSIDE_TESTS_RELIABILITY_KILLS_H
#define RINGSIDE_TESTS_RELIABILITY_KILLS_H

#include "tests/reliability/rig.h"
#include "tests/unit/random.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KILLS_HASHED 4096u           ///< Frames of one hash
#define KILLS_HASHES_MAX (1u << 20u) ///< A day
#define KILLS_VALUES 7u

/// What the host's process and the one that drives it share
typedef struct {
  _Atomic(uint32_t) is_ending;
  _Atomic(uint32_t) has_failed;
  _Atomic(uint32_t) rests;      ///< The host does not call run()
  _Atomic(uint32_t) is_resting; ///< It has left run(), as told by that
  _Atomic(uint32_t) n_hashes;
  _Atomic(uint32_t) n_cycles;
  uint64_t          hashes[KILLS_HASHES_MAX];
} KillsShared;

typedef struct {
  Rig          rig;
  KillsShared* shared;
  Random       random;
  pid_t        host;
  uint32_t     room;
  uint32_t     number; ///< Of the bundle to be sent next
  float        added;  ///< What the first of the two parameters holds
  uint64_t     n_sent;
  uint64_t     n_applied;
  uint64_t     n_acknowledged;
  uint32_t
    n_cut; ///< Rounds in which something was applied and not acknowledged
  uint32_t n_rounds;
  uint32_t n_rested; ///< Rounds without a run()
  uint64_t n_rested_acknowledged;
  uint32_t n_starting; ///< Bridges killed before they were ready
  int64_t  worst_ns;   ///< From a kill to an answer of the next
} KillsRoom;

/// Say what is wrong.  @return false
bool
kills_fail(const KillsRoom* room, const char* what);

// The host

/**
   Play until told to end, or, alone, so many hashes.

   @param is_alone without a bridge: then as fast as it goes, without the other
   instance.  @return the exit code
*/
int
kills_play(KillsShared* shared, bool is_alone, uint32_t n_hashes);

// What is sent, and what came of it

/// One answer.  @return false if it is one that must not be
bool
kills_take_answer(KillsRoom* room, int timeout_ms, uint32_t* acknowledged);

/// Send until `end_ns` and until so many are acknowledged.  @return false if
/// something was refused, or nothing was acknowledged for a long time
bool
kills_load(KillsRoom* room,
           int64_t    end_ns,
           uint32_t   least,
           float      step,
           uint32_t*  sent,
           uint32_t*  acknowledged);

/// Ask until the value is known
bool
kills_ask(KillsRoom* room, const char* symbol, float* value);

/// All that tell how many bundles were applied
bool
kills_ask_all(KillsRoom* room, float values[KILLS_VALUES]);

/// How many bundles these values say were applied, -1 if they cannot be
int64_t
kills_applied_by(const KillsRoom* room,
                 float            step,
                 const float      values[KILLS_VALUES]);

#endif // RINGSIDE_TESTS_RELIABILITY_KILLS_H
