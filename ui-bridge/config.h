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

/// Most networks whose machines are welcome
#define RS_CONFIG_ALLOW 16u

/// Bytes of a passphrase
#define RS_PASSPHRASE_MIN 8u
#define RS_PASSPHRASE_MAX 127u

/// Most complaints that are kept, those of the first lines; all are counted
#define RS_CONFIG_ERRORS 16u

/// Addresses whose bits under `mask` are those of `network`; both as numbers
typedef struct {
  uint32_t network;
  uint32_t mask;
} RsNetwork;

typedef struct {
  uint16_t       port;   ///< 0: any
  struct in_addr listen; ///< Others than loopback only with one of the next
  int            listen_line; ///< Of the file, 0: it does not come from there
  RsNetwork      allow[RS_CONFIG_ALLOW]; ///< Beyond this machine
  uint32_t       n_allow;
  char           passphrase[RS_PASSPHRASE_MAX + 1u]; ///< "": none
  bool           is_steady; ///< Default of `/NAME/timing`
  RsLogLevel     log_level;
  int            priority;  ///< SCHED_FIFO, 0: none
  char           file[512]; ///< What was read, "" if there was none
  uint32_t       n_errors;
  char           errors[RS_CONFIG_ERRORS][768]; ///< Sentences, by line
  int            error_lines[RS_CONFIG_ERRORS];
} RsConfig;

/// What stands on the command line; NULL: nothing
typedef struct {
  const char* file;
  const char* port;
  const char* listen;
  const char* log_level;
} RsConfigFlags;

/// The file as it was found
typedef struct {
  int  fd;        ///< -1: there is none, or it cannot be read
  int  error;     ///< Why, as errno has it; 0: there is none, and need be none
  char path[512]; ///< "" if there is none
} RsConfigFile;

void
rs_config_defaults(RsConfig* config);

/// Look for the file and open it.  @param named the one to use, or NULL
void
rs_config_find(RsConfigFile* file, const char* named);

/**
   Read everything anew.  Never fails: complaints are in `errors`.

   @param flags may be NULL
   @param file as rs_config_find() gave it; it is closed
*/
void
rs_config_load(RsConfig*            config,
               const RsConfigFlags* flags,
               const RsConfigFile*  file);

/**
   Set one key, as "port" in section "osc".  Networks of "allow" come to those
   that are there.

   @param allowed receives what would have been right when false is returned
*/
bool
rs_config_set(RsConfig*    config,
              const char*  section,
              const char*  key,
              const char*  value,
              const char** allowed);

/// True for addresses of this machine alone, 127.0.0.0/8
bool
rs_config_is_loopback(struct in_addr address);

/// The folders where the file is looked for, first the one that counts most.
/// @return how many were written, each terminated
uint32_t
rs_config_folders(char (*folders)[512], uint32_t capacity);

#endif // RINGSIDE_BRIDGE_CONFIG_H
