// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A made-up host that is told of what OSC does, and answers as it is made to:
   at once or late, exactly or rounded, or with a lane of its own.
*/

#ifndef RINGSIDE_TESTS_UNIT_TOLD_HOST_H
#define RINGSIDE_TESTS_UNIT_TOLD_HOST_H

#include "tests/unit/check.h"
#include "tests/unit/engine_rig.h"

#include <stdbool.h>
#include <stdint.h>

#define CYCLE 480u // 10 ms
#define LOG_MAX 4096u

typedef enum { START, VALUE, END } What;

typedef struct {
  What     what;
  uint32_t port;
  float    value;
  int64_t  now_ns;
  uint32_t cycle;
} Told;

/// A made-up host around the rig
typedef struct {
  Rig*     rig;
  RsTeller teller;
  int64_t  delay_ns;  ///< From request to answer; 0: in the next cycle
  bool     is_deaf;   ///< Does not answer
  bool     plays;     ///< Sets the port to `lane` itself in each cycle
  bool     says_no;   ///< By the function's result
  float    lane;      ///< Of RIG_GAIN
  float    rounds_to; ///< 0: answers exactly
  uint32_t room;      ///< Messages a cycle
  uint32_t left;
  uint32_t cycle;
  uint32_t n_told;
  Told     told[LOG_MAX];
  uint32_t n_answered; ///< Of `told`
} Host;

/// One cycle, and then what the host does about what it was told
void
host_run_frames(Host* host, uint32_t frames);

void
host_run(Host* host);

/// Cycles of 10 ms
void
host_run_ms(Host* host, uint32_t ms);

/// One cycle of which each sample is at this gain
void
host_run_and_expect(Host* host, float gain);

void
osc_sets(Host* host, float gain);

void
osc_ramps(Host* host, float gain, double seconds);

/// Messages of a kind, of all parameters
uint32_t
host_count(const Host* host, What what);

/// Told of any parameter, NAN: none
float
host_last_value(const Host* host);

/// Of the gain, as the bridge sees them
uint32_t
host_refusals(const Host* host);

/// A host like Ardour that rolls, until told otherwise
int
host_set_up(void** state);

int
host_tear_down(void** state);

/// Make it one like Carla or mod-host, that may take its time
void
host_answer_after(Host* host, int64_t ms);

#endif // RINGSIDE_TESTS_UNIT_TOLD_HOST_H
