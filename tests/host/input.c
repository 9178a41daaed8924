// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What rs-host plays

#include "tests/host/input.h"

#include <sndfile.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
read_file(RsInput* const input, const char* const path)
{
  SF_INFO        info = {0};
  SNDFILE* const file = sf_open(path, SFM_READ, &info);
  if (!file) {
    return false;
  }

  bool is_read = false;
  if (info.frames > 0 && (info.channels == 1 || info.channels == 2)) {
    const size_t n   = (size_t)info.frames;
    float* const raw = (float*)calloc(n * (size_t)info.channels, sizeof(float));
    input->frames    = (float*)calloc(2u * n, sizeof(float));
    if (raw && input->frames &&
        sf_readf_float(file, raw, info.frames) == info.frames) {
      for (size_t i = 0; i < n; ++i) {
        const size_t from = i * (size_t)info.channels;

        input->frames[2u * i]      = raw[from];
        input->frames[2u * i + 1u] = raw[from + (size_t)info.channels - 1u];
      }

      input->n_frames = n;
      is_read         = true;
    }

    free(raw);
  }

  sf_close(file);
  return is_read;
}

bool
rs_input_open(RsInput* const    input,
              const char* const text,
              const double      rate_hz)
{
  *input = (RsInput){.kind = RS_INPUT_SILENCE, .rate_hz = rate_hz};

  if (!strcmp(text, "silence")) {
    return true;
  }

  if (!strncmp(text, "sine:", 5u)) {
    input->kind = RS_INPUT_SINE;
    input->hz   = strtod(text + 5, NULL);
    return input->hz > 0.0;
  }

  if (!strncmp(text, "noise:", 6u)) {
    input->kind = RS_INPUT_NOISE;
    input->seed = strtoull(text + 6, NULL, 10);
    return true;
  }

  input->kind = RS_INPUT_FILE;
  return read_file(input, text);
}

void
rs_input_close(RsInput* const input)
{
  free(input->frames);
  input->frames = NULL;
}

/// A number between -0.5 and 0.5 that depends on seed and place alone
static float
noise_at(const uint64_t seed, const uint64_t place)
{
  // The finalizer of SplitMix64
  uint64_t z = seed + (place * 0x9e3779b97f4a7c15u);
  z          = (z ^ (z >> 30u)) * 0xbf58476d1ce4e5b9u;
  z          = (z ^ (z >> 27u)) * 0x94d049bb133111ebu;
  z ^= z >> 31u;
  return (float)(z >> 40u) / 16777216.0f - 0.5f;
}

void
rs_input_fill(void* const    context,
              const uint64_t position,
              float* const   channels[RS_HOST_CHANNELS],
              const uint32_t frames)
{
  const RsInput* const input = (const RsInput*)context;

  for (uint32_t i = 0; i < frames; ++i) {
    const uint64_t at = position + i;
    float          l  = 0.0f;
    float          r  = 0.0f;

    if (input->kind == RS_INPUT_SINE) {
      const double turns = input->hz * (double)at / input->rate_hz;
      l = r = (float)(0.5 * sin(2.0 * 3.14159265358979323846 *
                                (turns - floor(turns))));
    } else if (input->kind == RS_INPUT_NOISE) {
      l = noise_at(input->seed, 2u * at);
      r = noise_at(input->seed, 2u * at + 1u);
    } else if (input->kind == RS_INPUT_FILE && at < input->n_frames) {
      l = input->frames[2u * at];
      r = input->frames[2u * at + 1u];
    }

    channels[0][i] = l;
    channels[1][i] = r;
  }
}
