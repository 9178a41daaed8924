// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The instruments of the demo's piece: each adds one note to a mix

#ifndef RINGSIDE_DEMO_VOICES_H
#define RINGSIDE_DEMO_VOICES_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  float*   channels[2];
  uint32_t frames;
  double   rate_hz;
} RsMix;

// Times in seconds, notes as in MIDI, gain 1 is full scale, pan -1..1

/// Slow chords: detuned saws behind a filter that opens and closes
void
rs_play_pad(const RsMix* mix, double at, double length, int note, float gain);

/// A plucked string, nearly a bell
void
rs_play_pluck(const RsMix* mix, double at, int note, float gain, float pan);

void
rs_play_bass(const RsMix* mix, double at, double length, int note, float gain);

void
rs_play_kick(const RsMix* mix, double at, float gain);

void
rs_play_snare(const RsMix* mix, double at, float gain);

void
rs_play_hat(const RsMix* mix, double at, float gain, bool is_open);

#endif // RINGSIDE_DEMO_VOICES_H
