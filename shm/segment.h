// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Two sealed memory files for each attachment, one per direction.

       plugin                                      bridge
         │  create, fill identity and table, seal     │
         │── both descriptors by SCM_RIGHTS ─────────▶│ check, map
         │  command segment:   plugin rw, bridge rw   │
         │  telemetry segment: plugin rw, bridge ro   │

   Life of a pair: made → sent → taken by run() → retired → unmapped.  A pair
   that was sent to a bridge that died before run() took it is sent again.

   Both files cannot shrink, grow or be sealed further; the telemetry one also
   refuses every later writable mapping.  The size is a function of the counts,
   which the receiver checks before it maps anything else.
*/

#ifndef RINGSIDE_SHM_SEGMENT_H
#define RINGSIDE_SHM_SEGMENT_H

#include "shm/bell.h"
#include "shm/overflow.h"
#include "shm/ring.h"
#include "shm/status.h"
#include "shm/telemetry.h"

#include <stdint.h>

#define RS_COMMANDS_MAGIC 0x52534331u ///< "RSC1"

/// The command segment; the overflow table stands behind it
typedef struct {
  uint32_t magic;
  uint32_t layout;
  uint32_t n_parameters;
  uint32_t reserved;
  RsBell   bell;
  RsRing   ring;
  // RsOverflow overflow, see rs_segment_overflow()
} RsCommands;

/// Both segments as one process sees them; all zeros is none
typedef struct {
  RsCommands*    commands;
  size_t         commands_size;
  RsOverflow*    overflow;
  RsTelemetryMap telemetry;
  size_t         telemetry_size;
  int            commands_fd;  ///< -1 once closed
  int            telemetry_fd; ///< -1 once closed
} RsSegments;

/// What an instance is; strings as in RsIdentity
typedef struct {
  const char*         plugin_uri;
  const char*         base_name;
  const char*         process;
  const RsParameter*  parameters;
  const RsScalePoint* points;
  uint32_t            n_parameters;
  uint32_t            n_points;
  double              rate_hz;
  uint32_t            clock_is_syscall;
} RsSegmentsPlan;

/// Plugin: create, fill, map, populate, seal.  Descriptors stay open
RS_NODISCARD RsStatus
rs_segments_create(RsSegments* segments, const RsSegmentsPlan* plan);

/**
   Bridge: check and map what came from a plugin.

   Checks seals, sizes, magic, layout, counts, and the whole table (on a private
   copy, which the caller gets: the shared one is never read again).  On success
   the descriptors are closed; on failure they are left to the caller.

   @param parameters, points receive malloc()ed private copies
   @return #RS_CORRUPT, #RS_VERSION or #RS_SYSTEM; outputs untouched then.
*/
RS_NODISCARD RsStatus
rs_segments_accept(RsSegments*    segments,
                   int            commands_fd,
                   int            telemetry_fd,
                   RsIdentity*    identity,
                   RsParameter**  parameters,
                   RsScalePoint** points);

/// Unmap and close whatever is open; fine on half-made and empty ones
void
rs_segments_close(RsSegments* segments);

#endif // RINGSIDE_SHM_SEGMENT_H
