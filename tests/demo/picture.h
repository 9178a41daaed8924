// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The demo's picture: waveforms, cues, and what the parameters did

#ifndef RINGSIDE_DEMO_PICTURE_H
#define RINGSIDE_DEMO_PICTURE_H

#include "tests/demo/cues.h"

#include <stdint.h>

/// A parameter over time, as the bridge answered
typedef struct {
  const char* label;
  uint32_t    count;
  double*     seconds;
  float*      positions; ///< 0..1 on the port's scale
} RsTrack;

typedef struct {
  const float*   before[2]; ///< What went into the plugin
  const float*   after[2];  ///< What came out
  uint32_t       frames;
  double         rate_hz;
  const RsCues*  cues;
  const RsTrack* tracks;
  uint32_t       n_tracks;
} RsPicture;

/// @return 0, or -1 if the file could not be written
int
rs_picture_write(const RsPicture* picture, const char* path);

#endif // RINGSIDE_DEMO_PICTURE_H
