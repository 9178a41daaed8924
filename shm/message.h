// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The commands that a bridge writes and run() reads.

   All times are CLOCK_MONOTONIC in nanoseconds: the bridge converts time tags
   and arrival stamps once, so steps of the wall clock touch nothing that
   waits.  Parameters are indices into the table that the instance sent when it
   attached (shm/parameter.h).  Nothing in a command is trusted by its reader:
   it is copied out of shared memory, and the copy is checked.
*/

#ifndef RINGSIDE_SHM_MESSAGE_H
#define RINGSIDE_SHM_MESSAGE_H

#include <assert.h>
#include <stdint.h>

/// What a command does; append-only, values are for ever
typedef enum {
  RS_COMMAND_SET    = 1, ///< parameter, value: set, ends a ramp
  RS_COMMAND_ADD    = 2, ///< parameter, value: relative, clamped
  RS_COMMAND_TOGGLE = 3, ///< parameter: the other value of a toggle
  RS_COMMAND_RAMP   = 4, ///< parameter, value, seconds, curve
  RS_COMMAND_CANCEL = 5, ///< drop all that waits, stop ramps where they are
  RS_COMMAND_PRESET = 6, ///< serial: what the batch before it set is a preset
} RsCommandKind;

/// How a ramp moves, on the normalized position; append-only
typedef enum {
  RS_CURVE_LINEAR = 0, ///< x
  RS_CURVE_EXP    = 1, ///< (e^4x - 1) / (e^4 - 1)
  RS_CURVE_SINE   = 2, ///< (1 - cos(pi x)) / 2
} RsCurve;

/// The longest a ramp may take, in seconds
#define RS_RAMP_MAX_SECONDS 3600.0

/// Most commands that wait in one instance for their tag (spec section 4)
#define RS_WAITING_MAX 1024u

/// One command, one slot of the ring, one cache line
typedef struct {
  uint64_t sequence;   ///< Rises by one with each command to this attachment
  int64_t  time_ns;    ///< When to apply; 0: at frame 0 of the next run()
  int64_t  arrival_ns; ///< When the packet arrived, for statistics
  double   seconds;    ///< Length of a ramp, 0..RS_RAMP_MAX_SECONDS
  uint32_t kind;       ///< RsCommandKind
  uint32_t parameter;  ///< Index into the table
  float    value;      ///< In the port's own unit, finite, within its range
  uint32_t curve;      ///< RsCurve
  uint32_t serial;     ///< Of RS_COMMAND_PRESET: not 0
  uint32_t woken_ns;   ///< After arrival the bridge awoke; see RINGSIDE_TRACE
  uint32_t written_ns; ///< After arrival it was in the ring; 0 if not traced
  uint32_t reserved;
} RsCommand;

static_assert(sizeof(RsCommand) == 64, "a command is a cache line");

#endif // RINGSIDE_SHM_MESSAGE_H
