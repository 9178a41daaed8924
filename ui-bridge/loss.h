// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Noticing that the runtime folder is lost.

   It may be emptied, moved or removed while we run (systemd-tmpfiles, the end
   of a login, `rm -r`).  Hosts that are attached would go on, but the next one
   would find no socket and start a second bridge, on another port, with names
   that are taken.  So a bridge that nobody can find any more leaves, as it does
   for a signal, and its hosts find or start its successor together with those
   that come.

   The kernel tells at once (inotify).  What it does not tell of, such as a
   folder further up that was moved, and all of it where no watch can be had, is
   seen when a host asks whether we are there, which each does once a second: so
   nothing here wakes up a bridge that rests.
*/

#ifndef RINGSIDE_BRIDGE_LOSS_H
#define RINGSIDE_BRIDGE_LOSS_H

#include "ui-bridge/instances/instance.h"

#include <stdbool.h>

/// Before the sockets are made, so that nothing is missed
void
rs_loss_watch(RsBridge* bridge);

/// Once they are.  @return false if the folder was lost meanwhile
bool
rs_loss_begin(RsBridge* bridge);

/// A host has asked: look, if we have not just done so
void
rs_loss_asked(RsBridge* bridge);

void
rs_loss_unwatch(RsBridge* bridge);

#endif // RINGSIDE_BRIDGE_LOSS_H
