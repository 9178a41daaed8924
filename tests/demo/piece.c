// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The notes of the piece, and mixing its voices

#include "tests/demo/piece.h"

#include "tests/demo/voices.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>

#define N_CHORDS 4u
#define CHORD_NOTES 4u

/// MIDI notes; a bar each, again and again
// clang-format off
static const int chords[N_CHORDS][CHORD_NOTES] = {
  {57, 60, 64, 71}, // A minor 9
  {53, 60, 64, 69}, // F major 7
  {55, 60, 64, 67}, // C over G
  {55, 59, 62, 69}, // G 9
};
static const int roots[N_CHORDS] = {33, 29, 36, 31};

// What plays in which bar: (p)ad, p(l)ucks, (b)ass, (k)ick, (s)nare, (h)ats
static const char* const bars[RS_PIECE_BARS] = {
  "pl",     "pl",     "plh",    "plhk",
  "plbkhs", "plbkhs", "plbkhs", "plbkhs",
  "pl",     "pls",
  "plbkhs", "plbkhs",
};

// 16 steps a bar: notes of the pluck, hits of the drums (0: none, 9: loud)
static const int  pluck_steps[17] = {0, 2, 1, 3, 2, 0, 3, 1, 2, 3, 0, 2, 3, 1, 2, 3};
static const char bass_steps[]    = "9009009000900690";
static const char kick_steps[]    = "9000900090009000";
static const char snare_steps[]   = "0000900000009003";
static const char hat_steps[]     = "4283428342834288";
// clang-format on

static bool
plays(const uint32_t bar, const char part)
{
  for (const char* p = bars[bar]; *p; ++p) {
    if (*p == part) {
      return true;
    }
  }

  return false;
}

double
rs_piece_seconds(const double beat)
{
  return beat * 60.0 / RS_PIECE_BPM;
}

static float
loudness(const char step)
{
  return (float)(step - '0') / 9.0f;
}

/// One step of a bar, a sixteenth
static void
play_step(const RsMix* const tones,
          const RsMix* const hits,
          const uint32_t     bar,
          const uint32_t     step)
{
  const double at    = rs_piece_seconds((bar * 4.0) + (step / 4.0));
  const double width = rs_piece_seconds(0.25);
  const int*   chord = chords[bar % N_CHORDS];

  if (plays(bar, 'l')) {
    const int   note = chord[pluck_steps[step] % (int)CHORD_NOTES] + 12;
    const float pan  = step % 2u ? 0.5f : -0.5f;
    rs_play_pluck(tones, at, note, step % 4u ? 0.10f : 0.15f, pan);
  }

  if (plays(bar, 'b') && bass_steps[step] > '0') {
    const int note = roots[bar % N_CHORDS] + (step == 14u ? 12 : 0);
    rs_play_bass(
      tones, at, width * 2.6, note, 0.42f * loudness(bass_steps[step]));
  }

  if (plays(bar, 'k') && kick_steps[step] > '0') {
    rs_play_kick(hits, at, 0.8f);
  }

  if (plays(bar, 's') && snare_steps[step] > '0') {
    rs_play_snare(hits, at, 0.45f * loudness(snare_steps[step]));
  }

  if (plays(bar, 'h')) {
    const bool is_open = step % 4u == 2u;
    rs_play_hat(hits, at, 0.16f * loudness(hat_steps[step]), is_open);
  }
}

/// Pads and bass step back at each kick, and everything stays below full scale
static void
master(RsPiece* const piece, const RsMix* const drums, const double rate_hz)
{
  const double beat_frames = rs_piece_seconds(1.0) * rate_hz;

  for (uint32_t i = 0; i < piece->frames; ++i) {
    const uint32_t bar   = (uint32_t)((double)i / (4.0 * beat_frames));
    const double   phase = fmod((double)i / beat_frames, 1.0);
    const bool     pumps = bar < RS_PIECE_BARS && plays(bar, 'k');
    const float duck = pumps ? (float)(1.0 - (0.55 * exp(-5.0 * phase))) : 1.0f;

    for (uint32_t c = 0; c < 2u; ++c) {
      float* const sample = &piece->channels[c][i];
      *sample = 0.8f * tanhf(1.5f * ((*sample * duck) + drums->channels[c][i]));
    }
  }
}

int
rs_piece_make(RsPiece* const piece, const double rate_hz)
{
  const double seconds = rs_piece_seconds(RS_PIECE_BEATS) + RS_PIECE_TAIL;
  const size_t frames  = (size_t)(seconds * rate_hz);

  float* const memory = (float*)calloc(frames * 2u, sizeof(float));
  float* const drums  = (float*)calloc(frames * 2u, sizeof(float));
  if (!memory || !drums) {
    free(memory);
    free(drums);
    return -1;
  }

  const RsMix tones = {{memory, memory + frames}, (uint32_t)frames, rate_hz};
  const RsMix hits  = {{drums, drums + frames}, (uint32_t)frames, rate_hz};

  *piece = (RsPiece){{memory, memory + frames}, (uint32_t)frames};

  for (uint32_t bar = 0; bar < RS_PIECE_BARS; ++bar) {
    if (plays(bar, 'p')) {
      const double at = rs_piece_seconds(bar * 4.0);
      for (uint32_t i = 0; i < CHORD_NOTES; ++i) {
        const int note = chords[bar % N_CHORDS][i];
        rs_play_pad(&tones, at, rs_piece_seconds(4.0), note, 0.055f);
      }
    }

    for (uint32_t step = 0; step < 16u; ++step) {
      play_step(&tones, &hits, bar, step);
    }
  }

  master(piece, &hits, rate_hz);
  free(drums);
  return 0;
}

int
rs_piece_write(const char* const  path,
               const float* const left,
               const float* const right,
               const uint32_t     frames,
               const double       rate_hz)
{
  SF_INFO info = {.samplerate = (int)rate_hz,
                  .channels   = 2,
                  .format     = SF_FORMAT_WAV | SF_FORMAT_PCM_24};

  SNDFILE* const file = sf_open(path, SFM_WRITE, &info);
  if (!file) {
    return -1;
  }

  sf_count_t written = 0;
  (void)sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
  for (uint32_t i = 0; i < frames; ++i) {
    const float pair[2] = {left[i], right[i]};
    written += sf_writef_float(file, pair, 1);
  }

  return sf_close(file) || written != (sf_count_t)frames ? -1 : 0;
}

void
rs_piece_free(RsPiece* const piece)
{
  free(piece->channels[0]);
  *piece = (RsPiece){{NULL, NULL}, 0};
}
