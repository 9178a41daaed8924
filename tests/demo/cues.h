// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A list of cues, read from a text file:

       @16.5 What it is
         /strip/mute 1
         /strip/lpf_freq/ramp 20000 8b exp

   A cue is a beat, a title, and the messages that go out as one bundle with
   that beat's time tag.  `8b` is the length of eight beats in seconds, T and F
   are themselves, "several words" or a word a string.  # begins a comment.
*/

#ifndef RINGSIDE_DEMO_CUES_H
#define RINGSIDE_DEMO_CUES_H

#include <lo/lo_lowlevel.h>
#include <stdint.h>

#define RS_CUES_MAX 64u
#define RS_CUE_MESSAGES_MAX 32u

typedef struct {
  double     beat;
  char       title[64];
  uint32_t   n_messages;
  char       texts[RS_CUE_MESSAGES_MAX][64]; ///< As in the file
  char       addresses[RS_CUE_MESSAGES_MAX][64];
  lo_message messages[RS_CUE_MESSAGES_MAX];
} RsCue;

typedef struct {
  RsCue    cues[RS_CUES_MAX];
  uint32_t count;
} RsCues;

/// @return 0, or -1 after saying on standard error what is wrong where
int
rs_cues_read(RsCues* cues, const char* path);

void
rs_cues_free(RsCues* cues);

#endif // RINGSIDE_DEMO_CUES_H
