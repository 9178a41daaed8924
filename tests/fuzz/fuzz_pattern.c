// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Patterns against a matcher that is slow and plain: it reads the pattern as it
   stands, tries everything, and gives up when that takes too long.

   Input: a pattern, a newline, a text.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/meaning/pattern.h"

#include <stddef.h>

/// Tries after which the slow matcher gives up
#define PATIENCE 20000

/// A piece of pattern, and what comes behind it
typedef struct Piece {
  const char*         at;
  const char*         end;
  const struct Piece* next;
} Piece;

static int patience;

/// The end of a set that begins at `[`, behind its `]`; NULL: it has none
static const char*
set_end(const char* at, const char* const end)
{
  at += 1 + (at + 1 < end && at[1] == '!');
  while (at < end && *at != ']') {
    at += at + 2 < end && at[1] == '-' && at[2] != ']' ? 3 : 1;
  }
  return at < end ? at + 1 : NULL;
}

static bool
is_in_set(const char* at, const char* const end, const unsigned char byte)
{
  const bool is_negated = at[1] == '!';
  bool       is_found   = false;

  for (at += 1 + is_negated; at < end - 1;) {
    unsigned char first = (unsigned char)at[0];
    unsigned char last  = first;
    if (at + 2 < end - 1 && at[1] == '-') {
      last = (unsigned char)at[2];
      at += 2;
    }
    ++at;
    is_found = is_found || (first <= byte && byte <= last) ||
               (last <= byte && byte <= first);
  }
  return is_found != is_negated;
}

/// Where this alternative ends: at a comma or the brace.  NULL: nowhere
static const char*
alternative_end(const char* at, const char* const end)
{
  while (at && at < end && *at != ',' && *at != '}') {
    if (*at == '{') {
      return NULL;
    }
    at = *at == '[' ? set_end(at, end) : at + 1;
  }
  return at < end ? at : NULL;
}

static bool
is_well_formed(const char* at, const char* const end)
{
  while (at && at < end) {
    if (*at == '[') {
      at = set_end(at, end);
    } else if (*at == '{') {
      do {
        at = alternative_end(at + 1, end);
      } while (at && *at == ',');
      at = at ? at + 1 : NULL;
    } else {
      ++at;
    }
  }
  return at;
}

static bool
matches(const Piece* piece, const char* text, const char* text_end);

static bool
matches_behind(const Piece* const piece,
               const char* const  at,
               const char* const  text,
               const char* const  text_end)
{
  const Piece rest = {at, piece->end, piece->next};
  return matches(&rest, text, text_end);
}

static bool
matches_braces(const Piece* const piece,
               const char* const  text,
               const char* const  text_end)
{
  const char* behind = piece->at;
  do {
    behind = alternative_end(behind + 1, piece->end);
  } while (behind && *behind == ',');

  require(behind); // It is well-formed
  const Piece after = {behind + 1, piece->end, piece->next};
  for (const char* at = piece->at; *at != '}';) {
    const char* const end         = alternative_end(at + 1, piece->end);
    const Piece       alternative = {at + 1, end, &after};
    require(end);
    if (matches(&alternative, text, text_end)) {
      return true;
    }
    at = end;
  }
  return false;
}

/// Behind `//`: here, or behind any number of whole parts
static bool
matches_below(const Piece* const piece,
              const char* const  at,
              const char*        text,
              const char* const  text_end)
{
  for (;;) {
    if (matches_behind(piece, at, text, text_end)) {
      return true;
    }
    const char* const part = text;
    while (text < text_end && *text != '/') {
      ++text;
    }
    if (text == text_end || text == part) {
      return false;
    }
    ++text;
  }
}

static bool
matches(const Piece* const piece,
        const char* const  text,
        const char* const  text_end)
{
  if (--patience < 0) {
    return false;
  }
  if (piece->at == piece->end) {
    return piece->next ? matches(piece->next, text, text_end)
                       : text == text_end;
  }

  const char* const at      = piece->at;
  const bool        is_text = text < text_end;
  const bool        is_byte = is_text && *text != '/';
  if (*at == '*') {
    return matches_behind(piece, at + 1, text, text_end) ||
           (is_byte && matches(piece, text + 1, text_end));
  }
  if (*at == '{') {
    return matches_braces(piece, text, text_end);
  }
  if (*at == '?') {
    return is_byte && matches_behind(piece, at + 1, text + 1, text_end);
  }
  if (*at == '[') {
    const char* const end = set_end(at, piece->end);
    require(end);
    return is_byte && is_in_set(at, end, (unsigned char)*text) &&
           matches_behind(piece, end, text + 1, text_end);
  }
  if (!is_text || *text != *at) {
    return false;
  }
  return *at == '/' && at + 1 < piece->end && at[1] == '/'
           ? matches_below(piece, at + 2, text + 1, text_end)
           : matches_behind(piece, at + 1, text + 1, text_end);
}

/// Where only one part can follow, nothing that matches has another
static void
check_literal(const RsPattern* const      pattern,
              const RsPatternState* const state,
              const char* const           rest,
              const uint32_t              n,
              const bool                  is_match)
{
  char           part[16];
  const uint32_t length =
    rs_pattern_literal(pattern, state, part, sizeof(part));
  require(length < sizeof(part));
  if (length && is_match) {
    require(n >= length && !memcmp(rest, part, length));
    require(n == length || rest[length] == '/');
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  static RsPattern      pattern;
  static RsPatternState states[3];

  Input          input   = {data, size};
  const Input    written = input_until(&input, '\n');
  char* const    glob    = (char*)exact_copy(written.at, written.left);
  char* const    text    = (char*)exact_copy(input.at, input.left);
  const uint32_t length  = (uint32_t)written.left;
  const uint32_t n       = (uint32_t)input.left;

  const RsStatus status = rs_pattern_compile(&pattern, glob, length);
  if (length > RS_PATTERN_MAX) {
    require(status == RS_TOO_LARGE);
  } else {
    require((status == RS_SUCCESS) == is_well_formed(glob, glob + length));
  }

  if (status == RS_SUCCESS) {
    int64_t budget = 0;
    require(pattern.n_tokens <= RS_PATTERN_TOKENS);
    rs_pattern_start(&pattern, &states[0]);
    const bool may =
      rs_pattern_advance(&pattern, &states[0], text, n, &states[1], &budget);
    const bool is_match = may && states[1].is_match;

    // Its cost is linear, and that is what it says
    require(-budget <= (int64_t)n * (2 + pattern.n_tokens) + 1);

    const Piece whole = {glob, glob + length, NULL};
    patience          = PATIENCE;
    const bool slow   = matches(&whole, text, text + n);
    require(patience < 0 || slow == is_match);

    // In two goes as in one
    const uint32_t cut = n ? data[size - 1u] % (n + 1u) : 0u;
    const bool     first =
      rs_pattern_advance(&pattern, &states[0], text, cut, &states[1], &budget);
    const bool second = rs_pattern_advance(
      &pattern, &states[1], text + cut, n - cut, &states[2], &budget);
    require((first && second && states[2].is_match) == is_match);

    check_literal(&pattern, &states[0], text, n, is_match);
    check_literal(&pattern, &states[1], text + cut, n - cut, is_match);
  }

  free(text);
  free(glob);
  return 0;
}
