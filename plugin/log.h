// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// One line to the host's log, or to standard error; never from run()

#ifndef RINGSIDE_PLUGIN_LOG_H
#define RINGSIDE_PLUGIN_LOG_H

#include <lv2/log/log.h>
#include <lv2/urid/urid.h>

/// Where an instance writes; all zeros is standard error
typedef struct {
  const LV2_Log_Log* log;
  LV2_URID           warning; ///< log:Warning
} RsLog;

/// Write a line, to which "Ringside: " and the newline are added
void
rs_log_line(const RsLog* log, const char* format, ...)
  __attribute__((format(printf, 2, 3)));

#endif // RINGSIDE_PLUGIN_LOG_H
