// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What an instance tells the bridge: who it is, its parameter table, values in
   effect, what it has read, and how its time runs.

   The plugin side writes, the bridge maps it read-only (F_SEAL_FUTURE_WRITE).
   Identity and table are written before the segment is sealed and sent, and
   never after.  Everything else is atomic words.  A reader that needs several
   of them from one cycle reads `cycle` before and after (odd: inside run()).
*/

#ifndef RINGSIDE_SHM_TELEMETRY_H
#define RINGSIDE_SHM_TELEMETRY_H

#include "shm/parameter.h"
#include "shm/ring.h"
#include "shm/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RS_TELEMETRY_MAGIC 0x52535431u ///< "RST1"
#define RS_LAYOUT_VERSION 2u

/**
   Buckets of the arrival-to-run() distribution: 4 to each power of two of
   nanoseconds, from 2^8 (256 ns) to 2^32 (4.3 s); see rs_histogram_bucket().
*/
#define RS_HISTOGRAM_BUCKETS 100u

/// Written once, before the segment is sent
typedef struct {
  uint32_t magic;
  uint32_t layout;
  uint32_t n_parameters;
  uint32_t n_points;
  double   rate_hz;
  uint32_t clock_is_syscall; ///< 1 where clock_gettime() enters the kernel
  uint32_t pid;              ///< Of the host, as it sees itself (for display)
  char     plugin_uri[256];
  char     base_name[40]; ///< "strip": what names are made from
  char     process[64];   ///< Name of the host process
} RsIdentity;

/// Totals since the instance was made; each only rises
typedef struct {
  _Atomic(uint64_t) applied;   ///< Commands that took effect
  _Atomic(uint64_t) late;      ///< Tagged commands that came too late
  _Atomic(uint64_t) dropped;   ///< Accepted but not applied (heap full, export)
  _Atomic(uint64_t) overtaken; ///< Untagged values that a newer one replaced
  _Atomic(uint64_t) faults;    ///< Broken invariants seen in shared memory
} RsTotals;

/// One view of the instance, from run() or from the link thread's look-ahead
typedef struct {
  _Atomic(uint32_t) waiting;       ///< Commands in the heap
  _Atomic(uint32_t) preset_serial; ///< Last preset, 0 once anything moved
} RsView;

typedef struct {
  RsIdentity identity;

  /// How far run() has read.  Stored (release) when the commands have effect
  RsRingHead read;

  /// The same for the overflow table: its lock word when last taken
  alignas(64) _Atomic(uint32_t) overflow_seen;

  /// Rises by one at the start and at the end of run(); odd: inside
  alignas(64) _Atomic(uint32_t) cycle;
  _Atomic(uint32_t) frames;           ///< Of the cycle that began last
  _Atomic(int64_t)  start_ns;         ///< Its entry, CLOCK_MONOTONIC
  _Atomic(uint64_t) position;         ///< Its first frame, since instantiate()
  _Atomic(int64_t)  largest_cycle_ns; ///< Of the last 10 s
  _Atomic(uint32_t) freewheel;        ///< 1 while the host exports
  _Atomic(uint32_t) active;           ///< Between activate() and deactivate()
  RsView            live;
  RsTotals          totals;

  /// Look-ahead of the link thread while run() rests (design section 3).
  /// Valid while `ahead_cycle == cycle` (even); `ahead_lock` odd: in writing
  alignas(64) _Atomic(uint32_t) ahead_lock;
  _Atomic(uint32_t) ahead_cycle;
  _Atomic(uint32_t) ahead_head;     ///< Commands before this are in the values
  _Atomic(uint32_t) ahead_overflow; ///< As overflow_seen
  RsView            ahead;

  /// Time from a packet's arrival to the run() that took it
  alignas(64) _Atomic(uint32_t) histogram[RS_HISTOGRAM_BUCKETS];
} RsTelemetry;

/// The whole segment: the fixed part and the arrays behind it
typedef struct {
  RsTelemetry*       fixed;
  RsParameter*       parameters;
  RsScalePoint*      points;
  _Atomic(uint32_t)* values;       ///< In effect, float bits, from run()
  _Atomic(uint32_t)* ahead_values; ///< The same from the look-ahead
  _Atomic(uint32_t)* refusals;     ///< How often the host refused; only rises
  uint32_t           n_parameters;
  uint32_t           n_points;
} RsTelemetryMap;

/// Size in bytes for a table of this size
size_t
rs_telemetry_size(uint32_t n_parameters, uint32_t n_points);

/// Lay the arrays out behind `base`, which has rs_telemetry_size() bytes
void
rs_telemetry_map(void*           base,
                 uint32_t        n_parameters,
                 uint32_t        n_points,
                 RsTelemetryMap* map);

/// Bucket of a time in nanoseconds
RS_REALTIME uint32_t
rs_histogram_bucket(int64_t nanoseconds);

/// The upper end of a bucket in nanoseconds
int64_t
rs_histogram_limit(uint32_t bucket);

/// A float as the bits that travel in atomic words, and back
RS_REALTIME uint32_t
rs_bits_from_float(float value);

RS_REALTIME float
rs_float_from_bits(uint32_t bits);

#endif // RINGSIDE_SHM_TELEMETRY_H
