// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The configuration as `config.c` and `config_file.c` see each other

#ifndef RINGSIDE_BRIDGE_CONFIG_IMPL_H
#define RINGSIDE_BRIDGE_CONFIG_IMPL_H

#include "ui-bridge/config.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/// Keys that there are
#define RS_CONFIG_KEYS 7u

/// Stands for what is not in the file, so that it is said after that
#define RS_CONFIG_NO_LINE INT_MAX

/**
   Keep a sentence, in the order of lines.

   @param line of the file, which is then said first; 0: the file as a whole
*/
void
rs_config_complain(RsConfig* config, int line, const char* format, ...)
  __attribute__((format(printf, 3, 4)));

/// A bad value as it is shown; what ought to be a secret stays one
const char*
rs_config_shown(const char* key, const char* value);

/// @param section NULL: any.  @return #RS_CONFIG_KEYS if there is no such key
uint32_t
rs_config_key(const char* section, const char* key);

/// Where a key stands
const char*
rs_config_section(uint32_t key);

bool
rs_config_is_section(const char* section);

/// The file alone; it is closed
void
rs_config_read_file(RsConfig* config, const RsConfigFile* file);

#endif // RINGSIDE_BRIDGE_CONFIG_IMPL_H
