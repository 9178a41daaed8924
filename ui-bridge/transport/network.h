// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// UDP and TCP on one number: which one, and the port file

#ifndef RINGSIDE_BRIDGE_NETWORK_H
#define RINGSIDE_BRIDGE_NETWORK_H

#include "ui-bridge/instances/instance.h"

#include <stdbool.h>

/**
   Open both on the predecessor's port, the configured one, or one of the next
   that are free.  @return false when it has said why not
*/
bool
rs_network_open(RsBridge* bridge);

/// Go where the configuration now says; stay if that cannot be
void
rs_network_move(RsBridge* bridge);

/// Write the port file anew if somebody has removed it
void
rs_network_keep_port_file(RsBridge* bridge);

/// @param keeps_port leave the port file for a successor
void
rs_network_close(RsBridge* bridge, bool keeps_port);

#endif // RINGSIDE_BRIDGE_NETWORK_H
