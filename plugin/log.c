// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The host's log

#include "plugin/log.h"

#include <stdarg.h>
#include <stdio.h>

void
rs_log_line(const RsLog* const log, const char* const format, ...)
{
  char text[512];

  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);

  if (log && log->log) {
    log->log->printf(log->log->handle, log->warning, "Ringside: %s\n", text);
  } else {
    fprintf(stderr, "Ringside: %s\n", text);
  }
}
