// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   An engine between a made-up host, a made-up bridge and a processor that
   writes down what it is told; its outputs are its parameters, sample by
   sample.
*/

#ifndef RINGSIDE_TESTS_UNIT_ENGINE_RIG_H
#define RINGSIDE_TESTS_UNIT_ENGINE_RIG_H

#include "plugin/control.h"
#include "shm/ring.h"
#include "shm/segment.h"

#include <stdbool.h>
#include <stdint.h>

#define RIG_RATE 48000.0
#define RIG_FRAMES_MAX 8192u
#define RIG_CALLS_MAX 131072u

/// When the first cycle ought to begin: no round number
#define RIG_START_NS 1234567890123

/// The table
enum {
  RIG_GAIN, ///< Linear, -24..24
  RIG_FREQ, ///< Logarithmic, 20..20,000
  RIG_MUTE, ///< Toggle
  RIG_STEP, ///< Integer, 0..10
  RIG_MODE, ///< Enum: 0, 1, 5
  RIG_MIX,  ///< Linear, 0..1
  RIG_TONE, ///< Linear, -1..1
  RIG_PEAK, ///< Output
  RIG_N
};

extern const RsParameter  rig_parameters[RIG_N];
extern const RsScalePoint rig_points[3];

/// What the processor was told
typedef struct {
  enum { RIG_SET, RIG_RUN, RIG_RESET } kind;
  int64_t  frame;     ///< Frames run before
  uint32_t parameter; ///< Of a set
  float    value;     ///< Of a set
  uint32_t frames;    ///< Of a run
} RigCall;

/// One attachment, with the bridge's end
typedef struct {
  RsIntake     intake;
  RsRingWriter writer;
  uint64_t     sequence; ///< Of the last command
} RigLink;

typedef struct {
  RsControl*      control;
  RigLink         first;
  RigLink*        link; ///< Where commands go
  int64_t         frame;
  int64_t         now_ns;
  float           ports[RIG_N];
  const float*    port_pointers[RIG_N];
  float           peak;
  float           values[RIG_N]; ///< As the processor has them
  float*          out[RIG_N];    ///< One channel for each parameter
  uint32_t        n_calls;
  bool            freewheel;
  const RsTeller* teller; ///< NULL: the host is not told
  RigCall         calls[RIG_CALLS_MAX];
} Rig;

/// Ports at their initial values, no run() yet
Rig*
rig_new(void);

void
rig_free(Rig* rig);

/// One test, with an engine of its own as its state
#define RIG_TEST(name) \
  cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int
rig_set_up(void** state);

int
rig_tear_down(void** state);

void
rig_open_link(RigLink* link);

void
rig_close_link(RigLink* link);

/// A cycle at `now_ns`, which then moves on by its length
void
rig_run(Rig* rig, uint32_t frames);

/// The time of a frame, if it runs from RIG_START_NS on without a rest
int64_t
rig_time(int64_t frame);

/// The command that most tests send: set the gain at once
RsCommand
rig_gain(float value);

/// Write a command (its sequence is filled in), not yet visible
void
rig_write(Rig* rig, RsCommand command);

/// Write a command and make it visible
void
rig_send(Rig* rig, RsCommand command);

/// Telemetry of the present link
const RsTelemetry*
rig_telemetry(const Rig* rig);

/// Value in effect as telemetry says
float
rig_value(const Rig* rig, uint32_t parameter);

/// Value as the look-ahead published it
float
rig_ahead_value(const Rig* rig, uint32_t parameter);

/// Calls of a kind since the log was last emptied
uint32_t
rig_count(const Rig* rig, int kind);

#endif // RINGSIDE_TESTS_UNIT_ENGINE_RIG_H
