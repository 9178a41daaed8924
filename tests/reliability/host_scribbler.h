// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the parts of `host_scribbler` share: who does harm, and who is served

#ifndef RINGSIDE_TESTS_RELIABILITY_HOST_SCRIBBLER_H
#define RINGSIDE_TESTS_RELIABILITY_HOST_SCRIBBLER_H

#include "tests/lib/peer.h"
#include "tests/reliability/rig.h"
#include "tests/unit/random.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// What the evil did, in memory of all processes

typedef struct {
  _Atomic(uint32_t) n_attached;
  _Atomic(uint32_t) n_written;
  _Atomic(uint32_t) n_said;
  _Atomic(uint32_t) n_refused;
  _Atomic(uint32_t) n_allowed; ///< Attempts that should have failed
} EvilDeeds;

extern EvilDeeds* evil_deeds;

/// Send ATTACH, and see what comes.  @return false if the connection ended
bool
evil_attach(int         host,
            uint32_t    number,
            const char* name,
            uint32_t    flags,
            const int   fds[3]);

/// Be one who writes over all that it shares with the bridge, until killed
_Noreturn void
evil_write(void);

/// Be one who says anything, with any descriptors, until killed
_Noreturn void
evil_talk(const char* runtime);

// Those who are served meanwhile

#define GOODS 2u

typedef struct {
  Rig          rig;
  Rig          loud; ///< The same with another socket, which asks the evil
  PeerInstance goods[GOODS];
  char         names[GOODS][RS_NAME_MAX + 8u];
  int          host;
  pid_t        bridge;
  Random       random;
} World;

/// Start the bridge, and wait until it is ready
bool
world_start(World* world);

bool
world_attach(World* world);

/// Ask what makes the bridge look at the evil.  @return false if what they
/// answer is no number
bool
world_ask_evil(World* world);

/// A value for one of the good ones: it arrives, and is what is answered
bool
world_serve_one(World* world);

/// How many instances there are, by `/ringside/instances`
int
world_count_instances(const Rig* rig);

/// Wait until the bridge has none but the good ones, and so many descriptors
bool
world_await_descriptors(World* world, int expected);

#endif // RINGSIDE_TESTS_RELIABILITY_HOST_SCRIBBLER_H
