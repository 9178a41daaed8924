// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Finding the bridge, starting it where there is none, ending it where it
   hangs, and starting its successor.

       IDLE ──an instance appeared──▶ SEEK ──somebody listens──▶ GREET
        ▲                            ▲ │ nobody, and the              │ WELCOME
        │ no bridge can be           │ │ start lock is ours           ▼
        │ started: back off          │ ▼                              UP
        └────────────────────────── START                             │
                                     ▲                                │
             it ended: SEEK ◀── LEAVE ◀── closed, or asked to wait ◀──┤
             it ended: SEEK ◀── END ◀──── silent for 1.5 s ◀──────────┘

   Nothing here waits; all functions are for the link thread.
*/

#ifndef RINGSIDE_PLUGIN_SEARCH_H
#define RINGSIDE_PLUGIN_SEARCH_H

#include "plugin/log.h"
#include "plugin/peer.h"
#include "plugin/spawn.h"

#include <stdbool.h>
#include <stdint.h>

#define RS_PING_NS 1000000000 ///< Between pings
#define RS_HUNG_NS 1500000000 ///< Since the last answer: then it hangs

typedef enum {
  RS_SEARCH_IDLE,
  RS_SEARCH_SEEK,
  RS_SEARCH_START,
  RS_SEARCH_GREET,
  RS_SEARCH_UP,
  RS_SEARCH_LEAVE,
  RS_SEARCH_END,
} RsSearchState;

typedef struct {
  RsSearchState state;
  const char*   program;     ///< Of the bridge
  char**        environment; ///< For it
  const RsLog*  log;         ///< Of some instance that lives
  RsPeer        peer;
  RsSpawn       spawn;
  int           folder;      ///< Of the runtime folder, or -1
  int           lock;        ///< The start lock is ours while this is not -1
  int64_t       next_ns;     ///< When to do something by ourselves
  int64_t       deadline_ns; ///< When the state has lasted too long
  int64_t       back_off_ns;
  int64_t       sought_ns;  ///< Since when no bridge serves us; 0: one does
  uint32_t      osc_port;   ///< 0 while there is none
  bool          has_logged; ///< Since the bridge was last there
  bool          peer_died;  ///< For the caller to see, and to clear
  char          path[4096]; ///< Of the runtime folder
} RsSearch;

/// In the host's thread: the environment is read here, and never later, since
/// the host may change it
void
rs_search_init(RsSearch* search, const char* program, char** environment);

/**
   Do what is due.

   @param is_wanted some instance has appeared
   @return when to be called again
*/
int64_t
rs_search_tick(RsSearch* search, bool is_wanted, int64_t now_ns);

/**
   Take the next message of the bridge.

   @return #RS_SUCCESS for ATTACHED, and REFUSED of an instance, which are the
   caller's; #RS_AGAIN if there is none
*/
RS_NODISCARD RsStatus
rs_search_receive(RsSearch* search, RsPeerMessage* message, int64_t now_ns);

/// We were held up (a stopped process, a sleeping machine): silence in that
/// time says nothing about the bridge
void
rs_search_excuse(RsSearch* search, int64_t now_ns);

/// The connection is of no use any more
void
rs_search_lost(RsSearch* search, int64_t now_ns);

void
rs_search_close(RsSearch* search);

#endif // RINGSIDE_PLUGIN_SEARCH_H
