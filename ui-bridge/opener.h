// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A process that opens the configuration file for the bridge.

   The file may come to be in a folder that is made later, so the sandbox would
   have to let the bridge read all of the user's configuration.  Instead this
   process, forked before the sandbox, looks for that one file when it is asked
   and passes the descriptor.  It takes no other orders, and ends with the
   bridge.
*/

#ifndef RINGSIDE_BRIDGE_OPENER_H
#define RINGSIDE_BRIDGE_OPENER_H

#include "ui-bridge/config.h"

#include <stdbool.h>

/// Fork it.  @param named the file to open, or NULL to look for it
/// @return our end of a socketpair, which does not block, or -1
int
rs_opener_start(const char* named);

/// Have the file looked for; the socket becomes readable when that is done
void
rs_opener_ask(int opener);

/// Take an answer.  @return false if there is none
bool
rs_opener_take(int opener, RsConfigFile* file);

#endif // RINGSIDE_BRIDGE_OPENER_H
