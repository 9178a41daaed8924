// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Starting a bridge from inside somebody else's process.

   The child gets nothing of the host's: own session, default signals and
   scheduler, null device on 0-2, all other descriptors closed but a pipe on
   which it says that it listens, and a private environment.  It outlives the
   host where others use it, so it is never ended with the host
   (PR_SET_PDEATHSIG would follow the thread that spawned).

   Only for the link thread; rs_spawn_environment() for instantiate().
*/

#ifndef RINGSIDE_PLUGIN_SPAWN_H
#define RINGSIDE_PLUGIN_SPAWN_H

#include "shm/status.h"

#include <stdbool.h>
#include <sys/types.h>

#define RS_BRIDGE_PROGRAM "ringside-bridge"

/// A child under way; begin with RS_SPAWN_NONE
typedef struct {
  pid_t pid;      ///< 0: none
  int   code;     ///< With which it exited; -1: not known, or by a signal
  int   pidfd;    ///< Readable once it ended; -1 where the kernel has none
  int   ready_fd; ///< Readable once it listens, or ended
} RsSpawn;

#define RS_SPAWN_NONE \
  (RsSpawn)           \
  {                   \
    0, -1, -1, -1     \
  }

/// What the ready-pipe says
typedef enum {
  RS_SPAWN_WAITING, ///< Nothing yet
  RS_SPAWN_READY,   ///< It listens
  RS_SPAWN_FAILED,  ///< It went without saying so
} RsSpawnState;

/**
   Copy what a bridge needs out of this process's environment: HOME, PATH,
   LANG, LV2_PATH, LC_*, XDG_*, RINGSIDE_*.

   @return a NULL-terminated array in one piece of memory, to be freed by
   free(), or NULL without memory
*/
char**
rs_spawn_environment(void);

/**
   Start `program` with `--ready-fd=3 --auto`.

   @return #RS_SUCCESS, or #RS_SYSTEM with errno
*/
RS_NODISCARD RsStatus
rs_spawn_start(RsSpawn* spawn, const char* program, char* const* environment);

/// Look at the ready-pipe, without waiting
RsSpawnState
rs_spawn_state(const RsSpawn* spawn);

/**
   Reap it if it ended, by its pid alone.  The host may have reaped it before
   us, or ignore SIGCHLD: that is an end, too.

   @return true if there is no child left
*/
bool
rs_spawn_reap(RsSpawn* spawn);

/// End a child that did not say that it listens, and wait for that end
void
rs_spawn_abort(RsSpawn* spawn);

/// Wait a little for a child that is about to end: a bridge leaves its parent
/// by a fork (`--auto`), and nobody reaps that one once the library has gone
void
rs_spawn_await(RsSpawn* spawn);

/// Close the ready-pipe
void
rs_spawn_close_ready(RsSpawn* spawn);

/// Close all; a child that still runs is left alone
void
rs_spawn_close(RsSpawn* spawn);

#endif // RINGSIDE_PLUGIN_SPAWN_H
