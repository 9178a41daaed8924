// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The bridge's log: sentences on standard error, or to the system's log when
   a plugin started us and nobody sees our standard error.  Never blocks: what
   the system's log does not take at once is lost.
*/

#ifndef RINGSIDE_BRIDGE_LOG_H
#define RINGSIDE_BRIDGE_LOG_H

#include <stdbool.h>

/// In order of how much is said
typedef enum {
  RS_LOG_ERROR   = 0, ///< Something does not work
  RS_LOG_WARNING = 1, ///< Something works otherwise than was asked for
  RS_LOG_INFO    = 2, ///< What a user may want to know
  RS_LOG_DEBUG   = 3,
} RsLogLevel;

/// Say nothing beyond this level (at first RS_LOG_INFO)
void
rs_log_set_level(RsLogLevel level);

/// Send lines to the system's log, which is opened now, or to standard error
void
rs_log_to_system(bool system);

/// "error", "warning", "info" or "debug"; @return false if it is none of them
bool
rs_log_level_from_name(const char* name, RsLogLevel* level);

void
rs_log(RsLogLevel level, const char* format, ...)
  __attribute__((format(printf, 2, 3)));

#endif // RINGSIDE_BRIDGE_LOG_H
