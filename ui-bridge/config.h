// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Settings of the bridge: defaults, then the configuration file, then the
   environment, then flags.  A bad value is said, and its default is used.
*/

#ifndef RINGSIDE_BRIDGE_CONFIG_H
#define RINGSIDE_BRIDGE_CONFIG_H

#include "ui-bridge/log.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define RS_DEFAULT_PORT 6720u

/// Below all that plays sound: clients of JACK have 5 where its server has 10
#define RS_DEFAULT_PRIORITY 4

/// Most complaints that are kept for `/ringside/status`; all are counted
#define RS_CONFIG_ERRORS 8u

typedef struct {
  uint16_t       port;      ///< 0: any
  struct in_addr listen;    ///< Loopback
  bool           is_steady; ///< Default of `/NAME/timing`
  RsLogLevel     log_level;
  int            priority;  ///< SCHED_FIFO, 0: none
  char           file[512]; ///< What was read, "" if there was none
  uint32_t       n_errors;
  char           errors[RS_CONFIG_ERRORS][256]; ///< Sentences
} RsConfig;

/// What stands on the command line; NULL: nothing
typedef struct {
  const char* file;
  const char* port;
  const char* listen;
  const char* log_level;
} RsConfigFlags;

void
rs_config_defaults(RsConfig* config);

/**
   Read everything anew.  Never fails: complaints are in `errors`.

   @param flags may be NULL
*/
void
rs_config_load(RsConfig* config, const RsConfigFlags* flags);

/**
   Set one key ("port", "listen", "timing", "log", "priority").

   @param allowed receives what would have been right when false is returned
*/
bool
rs_config_set(RsConfig*    config,
              const char*  section,
              const char*  key,
              const char*  value,
              const char** allowed);

/// The folders where the file is looked for, first the one that counts most.
/// @return how many were written, each terminated
uint32_t
rs_config_folders(char (*folders)[512], uint32_t capacity);

#endif // RINGSIDE_BRIDGE_CONFIG_H
