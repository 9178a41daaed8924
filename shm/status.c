// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Texts of status codes

#include "shm/status.h"

#include <stddef.h>

const char*
rs_strerror(const RsStatus status)
{
  static const char* const texts[] = {
    [RS_SUCCESS]   = "success",
    [RS_FULL]      = "there is no room",
    [RS_CORRUPT]   = "shared memory was damaged by the other side",
    [RS_AGAIN]     = "not available at this moment",
    [RS_BAD_ARG]   = "invalid argument",
    [RS_NOT_FOUND] = "not found",
    [RS_TOO_LARGE] = "over a limit",
    [RS_VERSION]   = "no common protocol version",
    [RS_GONE]      = "the other side has gone",
    [RS_SYSTEM]    = "a system call failed",
  };

  return (size_t)status < sizeof(texts) / sizeof(*texts) ? texts[status]
                                                         : "unknown status";
}
