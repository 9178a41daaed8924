// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The link of all instances in this process to the user's bridge.

   One thread for each process, from the first rs_link_add() to the last
   rs_link_remove(), at normal priority with all signals blocked.  It finds or
   starts the bridge once an instance has appeared, attaches all that have,
   watches the bridge, and renews everything when that goes.

   Caution: nothing of it runs after the last rs_link_remove() has returned,
   since the library may be unloaded then.
*/

#ifndef RINGSIDE_PLUGIN_LINK_H
#define RINGSIDE_PLUGIN_LINK_H

#include "plugin/control.h"
#include "plugin/log.h"
#include "plugin/presence.h"
#include "shm/attach.h"
#include "shm/segment.h"

#include <stddef.h>

typedef struct RsLinkedImpl RsLinked;

/// An instance to be linked; all that is pointed to outlives the link
typedef struct {
  RsSegmentsPlan segments; ///< What fresh pairs are made from
  RsControl*     control;
  RsPresence*    presence;
  const char*    bundle; ///< Folder of the bundle (copied by the first)
  RsLog          log;
} RsLinkPlan;

// Host's instantiation threads

/**
   Add an instance that has just been made.

   @param first the pair that its engine began with, now the link's
   @return NULL, with errno, without memory or threads: then it works alone,
   and `first` stays the caller's
*/
RsLinked*
rs_link_add(const RsLinkPlan* plan, RsIntake* first);

/// Take it off the bridge, at once.  Ends the thread if it was the last
void
rs_link_remove(RsLinked* linked);

/// Free it and its pairs, once removed and its engine freed; NULL is fine
void
rs_link_free(RsLinked* linked);

/// A name from a saved state; counts until the instance has first appeared
void
rs_link_restore_name(RsLinked* linked, const char* name);

/// Its name now, "" if it has none yet
void
rs_link_name(RsLinked* linked, char name[RS_NAME_MAX + 1u]);

#endif // RINGSIDE_PLUGIN_LINK_H
