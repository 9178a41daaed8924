// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// OSC address patterns as sets of positions

#include "ui-bridge/meaning/pattern.h"

#include <string.h>

/// Kinds of tokens; those that "move" take no byte of text
enum {
  BYTE,   ///< `byte`
  ANY,    ///< One byte
  STAR,   ///< Any bytes; moves on as well
  SET,    ///< One byte of the set `close`
  OPEN,   ///< Moves behind itself, and behind each comma from `next` on
  COMMA,  ///< Moves to `close`; `next` is another comma, or the closing brace
  CLOSE,  ///< Moves on
  DEEP,   ///< At the start of a part below `//`: moves behind WITHIN
  WITHIN, ///< Inside a part below `//`; always follows DEEP
  END,    ///< The text matches if it ends here
};

static RsPatternToken*
append(RsPattern* const pattern, const uint8_t kind, const char byte)
{
  RsPatternToken* const token = &pattern->tokens[pattern->n_tokens++];
  *token = (RsPatternToken){.kind = kind, .byte = (uint8_t)byte};
  return token;
}

static void
insert(RsByteSet* const set, const uint32_t byte)
{
  set->words[byte / 32u] |= 1u << (byte % 32u);
}

/// Compile from behind `[`.  @return the offset behind `]`, or 0
static uint32_t
compile_set(RsPattern* const  pattern,
            const char* const text,
            const uint32_t    length,
            uint32_t          i)
{
  const bool is_negated = i < length && text[i] == '!';
  RsByteSet  set        = {{0u}};

  i += is_negated;
  for (; i < length && text[i] != ']'; ++i) {
    uint32_t first = (uint8_t)text[i];
    uint32_t last  = first;
    if (i + 2u < length && text[i + 1u] == '-' && text[i + 2u] != ']') {
      last = (uint8_t)text[i + 2u];
      i += 2u;
    }
    if (first > last) {
      const uint32_t swapped = first;
      first                  = last;
      last                   = swapped;
    }
    for (uint32_t byte = first; byte <= last; ++byte) {
      insert(&set, byte);
    }
  }

  if (i >= length) {
    return 0u;
  }

  for (uint32_t word = 0u; is_negated && word < 8u; ++word) {
    set.words[word] = ~set.words[word];
  }

  append(pattern, SET, 0)->close   = (uint16_t)pattern->n_sets;
  pattern->sets[pattern->n_sets++] = set;
  return i + 1u;
}

/// Tell all commas of the braces that were opened last where they close
static void
link_braces(RsPattern* const pattern, const uint32_t open)
{
  const uint16_t close = (uint16_t)(pattern->n_tokens - 1u);
  for (uint32_t i = open; i < close; i = pattern->tokens[i].next) {
    pattern->tokens[i].close = close;
  }
}

RsStatus
rs_pattern_compile(RsPattern* const  pattern,
                   const char* const text,
                   const uint32_t    length)
{
  static const uint32_t none = UINT32_MAX;

  if (length > RS_PATTERN_MAX) {
    return RS_TOO_LARGE;
  }

  uint32_t open      = none; // Inside braces: where they began
  uint32_t separator = none; // and where the last alternative did
  pattern->n_tokens  = 0u;
  pattern->n_sets    = 0u;
  for (uint32_t i = 0u; i < length;) {
    const char     c  = text[i++];
    const uint32_t at = pattern->n_tokens;
    if (c == '?') {
      append(pattern, ANY, 0);
    } else if (c == '*') {
      append(pattern, STAR, 0);
    } else if (c == '[') {
      if (!(i = compile_set(pattern, text, length, i))) {
        return RS_BAD_ARG;
      }
    } else if (c == '{') {
      if (open != none) {
        return RS_BAD_ARG;
      }
      open = separator = at;
      append(pattern, OPEN, 0);
    } else if (open != none && (c == ',' || c == '}')) {
      pattern->tokens[separator].next = (uint16_t)at;
      separator                       = at;
      append(pattern, c == ',' ? COMMA : CLOSE, 0);
      if (c == '}') {
        link_braces(pattern, open);
        open = none;
      }
    } else {
      append(pattern, BYTE, c);
      if (c == '/' && i < length && text[i] == '/') {
        append(pattern, DEEP, 0);
        append(pattern, WITHIN, 0);
        ++i;
      }
    }
  }

  append(pattern, END, 0);
  return open == none ? RS_SUCCESS : RS_BAD_ARG;
}

/// Positions that were added already in this step
typedef struct {
  uint32_t words[RS_PATTERN_TOKENS / 32u + 1u];
} Seen;

static void
clear(Seen* const seen, const RsPattern* const pattern)
{
  memset(seen->words, 0, (pattern->n_tokens / 32u + 1u) * sizeof(uint32_t));
}

static void
add(RsPatternState* const state, Seen* const seen, const uint32_t position)
{
  uint32_t* const word = &seen->words[position / 32u];
  const uint32_t  bit  = 1u << (position % 32u);
  if (!(*word & bit)) {
    *word |= bit;
    state->positions[state->count++] = (uint16_t)position;
  }
}

/// Add all positions that are reached without any text
static void
close_over(const RsPattern* const pattern,
           RsPatternState* const  state,
           Seen* const            seen)
{
  const RsPatternToken* const tokens = pattern->tokens;

  state->is_match = false;
  for (uint32_t i = 0u; i < state->count; ++i) {
    const uint32_t              at    = state->positions[i];
    const RsPatternToken* const token = &tokens[at];
    if (token->kind == STAR || token->kind == CLOSE) {
      add(state, seen, at + 1u);
    } else if (token->kind == DEEP) {
      add(state, seen, at + 2u);
    } else if (token->kind == COMMA) {
      add(state, seen, token->close);
    } else if (token->kind == OPEN) {
      for (uint32_t j = at; tokens[j].kind != CLOSE; j = tokens[j].next) {
        add(state, seen, j + 1u);
      }
    } else if (token->kind == END) {
      state->is_match = true;
    }
  }
}

void
rs_pattern_start(const RsPattern* const pattern, RsPatternState* const state)
{
  Seen seen;
  clear(&seen, pattern);
  state->count = 0u;
  add(state, &seen, 0u);
  close_over(pattern, state, &seen);
}

/// Add what a position becomes behind one byte
static void
step(const RsPattern* const pattern,
     const uint32_t         at,
     const uint8_t          byte,
     RsPatternState* const  to,
     Seen* const            seen)
{
  const RsPatternToken* const token    = &pattern->tokens[at];
  const bool                  is_slash = byte == '/';

  switch (token->kind) {
    case BYTE:
      if (byte == token->byte) {
        add(to, seen, at + 1u);
      }
      break;
    case ANY:
      if (!is_slash) {
        add(to, seen, at + 1u);
      }
      break;
    case STAR:
      if (!is_slash) {
        add(to, seen, at);
      }
      break;
    case SET:
      if (!is_slash &&
          (pattern->sets[token->close].words[byte / 32u] >> (byte % 32u)) &
            1u) {
        add(to, seen, at + 1u);
      }
      break;
    case DEEP:
      if (!is_slash) {
        add(to, seen, at + 1u);
      }
      break;
    case WITHIN:
      add(to, seen, is_slash ? at - 1u : at);
      break;
    default: // Those that move, and the end
      break;
  }
}

/// True for `*` before a slash or the end: it takes any part, and stays there
static bool
takes_any_part(const RsPattern* const      pattern,
               const RsPatternState* const state)
{
  if (state->count != 2u) {
    return false;
  }

  const uint32_t              at    = state->positions[0];
  const RsPatternToken* const token = &pattern->tokens[at];
  return token[0].kind == STAR && state->positions[1] == at + 1u &&
         (token[1].kind == END ||
          (token[1].kind == BYTE && token[1].byte == '/'));
}

uint32_t
rs_pattern_literal(const RsPattern* const      pattern,
                   const RsPatternState* const state,
                   char* const                 text,
                   const uint32_t              size)
{
  if (state->count != 1u) {
    return 0u;
  }

  uint32_t n = 0u;
  for (uint32_t i = state->positions[0]; n < size; ++i) {
    const RsPatternToken* const token = &pattern->tokens[i];
    if (token->kind == END || (token->kind == BYTE && token->byte == '/')) {
      return n;
    }
    if (token->kind != BYTE) {
      return 0u;
    }
    text[n++] = (char)token->byte;
  }
  return 0u;
}

bool
rs_pattern_advance(const RsPattern* const      pattern,
                   const RsPatternState* const from,
                   const char* const           text,
                   const uint32_t              length,
                   RsPatternState* const       to,
                   int64_t* const              budget)
{
  if (takes_any_part(pattern, from) && !memchr(text, '/', length)) {
    --*budget;
    memcpy(to->positions, from->positions, 2u * sizeof(*to->positions));
    to->count    = from->count;
    to->is_match = from->is_match;
    return true;
  }

  RsPatternState        states[2];
  const RsPatternState* state = from;
  for (uint32_t i = 0u; i < length && state->count; ++i) {
    RsPatternState* const next = i + 1u < length ? &states[i % 2u] : to;
    Seen                  seen;

    clear(&seen, pattern);
    *budget -= 2 + state->count;
    next->count = 0u;
    for (uint32_t j = 0u; j < state->count; ++j) {
      step(pattern, state->positions[j], (uint8_t)text[i], next, &seen);
    }
    close_over(pattern, next, &seen);
    state = next;
  }

  if (!length) {
    *to = *from;
  } else if (!state->count) {
    to->count    = 0u;
    to->is_match = false;
  }
  return to->count;
}
