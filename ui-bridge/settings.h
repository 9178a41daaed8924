// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The configuration at work: read, watched for changes, and put to use

#ifndef RINGSIDE_BRIDGE_SETTINGS_H
#define RINGSIDE_BRIDGE_SETTINGS_H

#include "ui-bridge/instances/instance.h"

#include <stdint.h>

/// Read it, and say what is wrong with it
void
rs_settings_load(RsBridge* bridge);

/// Read it again whenever its file changes
void
rs_settings_watch(RsBridge* bridge);

/// Ask again for a file that could not be had.  @return when this is due again
int64_t
rs_settings_tick(RsBridge* bridge);

void
rs_settings_unwatch(RsBridge* bridge);

/// Real-time priority below that of audio, if we may
void
rs_settings_take_priority(RsBridge* bridge);

#endif // RINGSIDE_BRIDGE_SETTINGS_H
