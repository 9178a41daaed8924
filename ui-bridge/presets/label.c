// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What may be the label of a preset

#include "ui-bridge/presets/label.h"

#include "shm/attach.h"

#include <stdint.h>
#include <string.h>

#define SYMBOL_MAX 63u

/// Length of one well-formed character at `s`, 0 if there is none
static size_t
decode(const uint8_t* const s, const size_t length, uint32_t* const character)
{
  static const uint32_t smallest[] = {0u, 0u, 0x80u, 0x800u, 0x10000u};

  const uint8_t first = s[0];
  const size_t  size  = first < 0x80u              ? 1u
                        : (first & 0xE0u) == 0xC0u ? 2u
                        : (first & 0xF0u) == 0xE0u ? 3u
                        : (first & 0xF8u) == 0xF0u ? 4u
                                                   : 0u;
  if (!size || size > length) {
    return 0u;
  }

  uint32_t c = size == 1u ? first : first & (0x7Fu >> size);
  for (size_t i = 1u; i < size; ++i) {
    if ((s[i] & 0xC0u) != 0x80u) {
      return 0u;
    }
    c = (c << 6u) | (s[i] & 0x3Fu);
  }

  if (c < smallest[size] || c > 0x10FFFFu || (c >= 0xD800u && c <= 0xDFFFu)) {
    return 0u;
  }

  *character = c;
  return size;
}

bool
rs_label_is_text(const char* const text, const size_t length)
{
  const uint8_t* const s = (const uint8_t*)text;

  for (size_t i = 0u; i < length;) {
    uint32_t     c    = 0u;
    const size_t size = decode(s + i, length - i, &c);
    if (!size || c < 0x20u || (c >= 0x7Fu && c < 0xA0u)) {
      return false;
    }
    i += size;
  }

  return true;
}

bool
rs_label_is_legal(const char* const label)
{
  const size_t length = strnlen(label, RS_LABEL_MAX + 1u);

  return length >= 1u && length <= RS_LABEL_MAX &&
         rs_label_is_text(label, length);
}

bool
rs_label_is_symbol(const char* const symbol)
{
  size_t i = 0u;
  for (; symbol[i]; ++i) {
    const char c = symbol[i];
    const bool is_letter =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool is_digit = c >= '0' && c <= '9';
    if (i >= SYMBOL_MAX || (!is_letter && (!is_digit || i == 0u))) {
      return false;
    }
  }

  return i > 0u;
}
