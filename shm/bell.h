// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The doorbell: a byte on the socketpair for a reader that said it sleeps.

   Rings coalesce: any number of them before the reader wakes are one.  Both
   sides exchange the same `asleep` word, then look again, so no wake-up is
   lost.  run() never sleeps and never rings.
*/

#ifndef RINGSIDE_SHM_BELL_H
#define RINGSIDE_SHM_BELL_H

#include "shm/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/// In the command segment, which both sides map writable
typedef struct {
  alignas(64) _Atomic(uint32_t) asleep;
} RsBell;

/**
   Wake the reader if it said that it sleeps.  Call after rs_ring_publish().

   @return true if a byte was sent.  A full socket counts as rung: the reader
   has enough to wake up from.
*/
bool
rs_bell_ring(RsBell* bell, int socket);

/**
   For many bells at once: rs_bell_fence() after everything was published, and
   then rs_bell_ring() where rs_bell_is_armed().  One wait for memory in all,
   where each ring by itself is one.
*/
void
rs_bell_fence(void);

/// The reader sleeps, or is about to
bool
rs_bell_is_armed(const RsBell* bell);

/**
   Say that we are going to sleep.  The caller must look at the ring once more
   after this, and only sleep if there is nothing.
*/
void
rs_bell_arm(RsBell* bell);

/// Say that we are awake: no more rings are needed
void
rs_bell_disarm(RsBell* bell);

#endif // RINGSIDE_SHM_BELL_H
