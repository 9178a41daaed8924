// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What rs-host plays into its instances; the same at each position, always

#ifndef RINGSIDE_TESTS_HOST_INPUT_H
#define RINGSIDE_TESTS_HOST_INPUT_H

#include "tests/host/embedded.h"

typedef enum {
  RS_INPUT_SILENCE,
  RS_INPUT_SINE,
  RS_INPUT_NOISE,
  RS_INPUT_FILE,
} RsInputKind;

typedef struct {
  RsInputKind kind;
  double      rate_hz;
  double      hz;     ///< Of a sine, at half of full scale
  uint64_t    seed;   ///< Of noise, between -0.5 and 0.5
  float*      frames; ///< Of a file, interleaved stereo
  uint64_t    n_frames;
} RsInput;

/**
   @param text `silence`, `sine:HZ`, `noise:SEED` or the name of a WAV file
   @return false if it is none of these, or cannot be read
*/
bool
rs_input_open(RsInput* input, const char* text, double rate_hz);

void
rs_input_close(RsInput* input);

/// An #RsHostInput; silence after the end of a file
void
rs_input_fill(void*        context,
              uint64_t     position,
              float* const channels[RS_HOST_CHANNELS],
              uint32_t     frames);

#endif // RINGSIDE_TESTS_HOST_INPUT_H
