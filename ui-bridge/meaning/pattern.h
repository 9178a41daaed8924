// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   OSC address patterns, as sets of positions that advance with the text: the
   work for each byte of text is at most the length of the pattern, whatever
   the pattern.

       ?         one byte          [a-z] [!a-z]  one byte of a set, or not
       *         any bytes         {one,two}     one of these
       //        a slash, and any number of whole parts

   Nothing but a slash matches a slash.  Sets and wildcards may stand inside
   braces, braces may not.
*/

#ifndef RINGSIDE_BRIDGE_PATTERN_H
#define RINGSIDE_BRIDGE_PATTERN_H

#include "shm/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Longest pattern in bytes
#define RS_PATTERN_MAX 512u

/// Tokens: one a byte at most, but three for `//`, and the end
#define RS_PATTERN_TOKENS (RS_PATTERN_MAX / 2u * 3u + 1u)

/// One thing to match; see pattern.c
typedef struct {
  uint8_t  kind;
  uint8_t  byte;
  uint16_t next;  ///< Of braces: the next separator
  uint16_t close; ///< Of a comma: the closing brace.  Of a set: which
} RsPatternToken;

/// 256 bits
typedef struct {
  uint32_t words[8];
} RsByteSet;

typedef struct {
  RsPatternToken tokens[RS_PATTERN_TOKENS];
  RsByteSet      sets[RS_PATTERN_MAX / 2u];
  uint32_t       n_tokens; ///< The last one is the end
  uint32_t       n_sets;
} RsPattern;

/// How far a text matches: positions in the pattern
typedef struct {
  uint16_t count;
  bool     is_match; ///< The end is among them
  uint16_t positions[RS_PATTERN_TOKENS];
} RsPatternState;

/// @return #RS_BAD_ARG if it is malformed, #RS_TOO_LARGE if it is too long
RS_NODISCARD RsStatus
rs_pattern_compile(RsPattern* pattern, const char* text, uint32_t length);

/// Before any text
void
rs_pattern_start(const RsPattern* pattern, RsPatternState* state);

/**
   Go on with more text.

   @param to receives the state behind it; not `from`
   @param budget is lowered by the steps that were taken, some 6 ns each
   @return false if nothing that begins so can match
*/
bool
rs_pattern_advance(const RsPattern*      pattern,
                   const RsPatternState* from,
                   const char*           text,
                   uint32_t              length,
                   RsPatternState*       to,
                   int64_t*              budget);

/**
   The one text of a part that can follow, where that stands in the pattern.

   @param text receives it, not terminated
   @return its length, 0 if there may be several or it is not below `size`
*/
uint32_t
rs_pattern_literal(const RsPattern*      pattern,
                   const RsPatternState* state,
                   char*                 text,
                   uint32_t              size);

#endif // RINGSIDE_BRIDGE_PATTERN_H
