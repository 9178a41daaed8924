// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A configuration file in a home of its own, and what is read of it.  The
   environment of this program is changed; one thread.
*/

#ifndef RINGSIDE_TESTS_UNIT_CONFIG_RIG_H
#define RINGSIDE_TESTS_UNIT_CONFIG_RIG_H

#include "ui-bridge/config.h"

#include <stddef.h>

typedef struct {
  char     home[64];
  char     path[128]; ///< Of the file
  RsConfig config;    ///< As it was read last
} ConfigRig;

/// Make the home, without the file.  @return 0 if that could be done
int
config_rig_open(ConfigRig* rig);

/// @return 0 if nothing but the file was in the home
int
config_rig_close(ConfigRig* rig);

/// Read all settings, with the flags of a command line or NULL
void
config_rig_read(ConfigRig* rig, const RsConfigFlags* flags);

/// The same, once this is what the file says
void
config_rig_load(ConfigRig*           rig,
                const char*          text,
                size_t               size,
                const RsConfigFlags* flags);

#endif // RINGSIDE_TESTS_UNIT_CONFIG_RIG_H
