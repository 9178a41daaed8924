// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The piece that the demo plays: drums, bass, chords and a plucked figure,
   made from nothing but arithmetic, the same each time.
*/

#ifndef RINGSIDE_DEMO_PIECE_H
#define RINGSIDE_DEMO_PIECE_H

#include <stdint.h>

#define RS_PIECE_BPM 104.0
#define RS_PIECE_BARS 12u
#define RS_PIECE_BEATS (RS_PIECE_BARS * 4u)

/// Seconds after the last bar, for whatever rings on
#define RS_PIECE_TAIL 2.5

typedef struct {
  float*   channels[2]; ///< One block of memory, at channels[0]
  uint32_t frames;
} RsPiece;

/// Seconds from the start to a beat, counted from 0
double
rs_piece_seconds(double beat);

/// @return 0, or -1 without memory
int
rs_piece_make(RsPiece* piece, double rate_hz);

/// Write two channels as a WAV file of 24 bits.  @return 0, or -1
int
rs_piece_write(const char*  path,
               const float* left,
               const float* right,
               uint32_t     frames,
               double       rate_hz);

void
rs_piece_free(RsPiece* piece);

#endif // RINGSIDE_DEMO_PIECE_H
