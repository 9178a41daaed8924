// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   An engine between its threads, for scenarios.

   Command number n (from 1) sets parameter n % 2 to n, so the values after so
   many commands are known.  Those of a second attachment go on from SECOND,
   of a third from THIRD.
*/

#ifndef RINGSIDE_TESTS_MODEL_WORLD_H
#define RINGSIDE_TESTS_MODEL_WORLD_H

#include "plugin/control.h"
#include "shm/ring.h"
#include "shm/segment.h"
#include "tests/model/explorer.h"

#define N_PARAMETERS 2u
#define SECOND 100u
#define THIRD 200u
#define FRAMES 48u
#define CYCLE_NS 1000000
#define START_NS 1000000000

/// Notes of scenarios
enum {
  NOTE_BYTES,     ///< In the socket
  NOTE_CLOSED,    ///< The socket
  NOTE_PUT,       ///< Number of what was put into the overflow table
  NOTE_PUBLISHED, ///< By the first bridge
  NOTE_RUN_ENDED,
  NOTE_RESTORED,
};

typedef struct {
  RsIntake     intake;
  RsRingWriter writer; ///< The bridge's end
} Attachment;

typedef struct {
  RsControl*  control;
  Attachment* first;
  Attachment* second;
  Attachment* third;
  RsProcessor processor;
  RsParameter parameters[N_PARAMETERS];
  float       out[FRAMES];
  float       highest;   ///< Of all that the processor was told
  bool        is_in_any; ///< Values may come in any order
  bool        is_ended;  ///< Audio thread
} World;

extern World* world;

/// How many times more than usual a thread does what it does, `data` of it
static inline void*
world_times(const unsigned n)
{
  return (void*)((uintptr_t)n + model_more); // NOLINT: no pointer, a number
}

/// An engine with one attachment
void
world_new(void);

Attachment*
world_attach(void);

/// A thread that calls run() `data` times
void
world_run(void* data);

/// A thread that calls run() once, for the second time
void
world_run_later(void* data);

/// Call run() once
void
world_run_once(uint32_t number);

/// Write a command; publish it
void
world_send(RsRingWriter* writer, uint32_t number, bool last);

/// Value of a parameter after so many commands
float
world_value(uint32_t parameter, uint32_t count);

// bridge.c

/// A bridge's end of these segments
void*
bridge_new(const RsSegments* segments, int64_t now_ns);

/// Fill the ring
void
bridge_fill(void* instance);

/// Send a bundle that sets both parameters to `value`, some of it twice
void
bridge_send_bundle(void* instance, uint32_t count, float value);

/// Threads, for a bridge_new()
void
bridge_read(void* instance);
void
bridge_send_and_read(void* instance);
void
bridge_sync(void* instance);
void
bridge_steady(void* instance);
void
bridge_pace(void* instance);

#endif // RINGSIDE_TESTS_MODEL_WORLD_H
