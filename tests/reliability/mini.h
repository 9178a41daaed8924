// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The smallest host of the real plugin: the module as it was built, called by
   the test's own audio thread, so that each run() can be looked at by itself.
*/

#ifndef RINGSIDE_TESTS_RELIABILITY_MINI_H
#define RINGSIDE_TESTS_RELIABILITY_MINI_H

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>

#include <stdbool.h>
#include <stdint.h>

#define MINI_RATE_HZ 48000.0
#define MINI_BLOCK_MAX 256u
#define MINI_PORTS_MAX 128u
#define MINI_NOTIFY_SIZE 4096u

typedef struct {
  const LV2_Descriptor* plugin;
  LV2_Handle            handle;
  float                 values[MINI_PORTS_MAX]; ///< Of control ports, by index
  float*                in[2];                  ///< MINI_BLOCK_MAX frames
  float*                out[2];
  LV2_Atom_Sequence     control;

  // A multiple of the alignment of atoms
  union {
    LV2_Atom_Sequence sequence;
    char              bytes[MINI_NOTIFY_SIZE];
  } notify;
} Mini;

/// If set before mini_open(), the host can be asked to change its ports, and
/// calls this inside run() when it is
extern void (*mini_on_request)(void);

/// Instantiate, connect and activate one.  @return false if it cannot be made
bool
mini_open(Mini* mini);

void
mini_close(Mini* mini);

/// The value that a control port holds on the host's side
float*
mini_port(Mini* mini, const char* symbol);

/// Noise by the number of its frame, the same in each run
void
mini_fill(Mini* mini, uint64_t position, uint32_t frames);

void
mini_run(Mini* mini, uint32_t frames);

/// True if all that came out is a finite number
bool
mini_is_finite(const Mini* mini, uint32_t frames);

/// Sleep until that frame is due, counted from `start_ns`; 0 if it is late
void
mini_pace(int64_t start_ns, uint64_t position);

int64_t
mini_now_ns(void);

#endif // RINGSIDE_TESTS_RELIABILITY_MINI_H
