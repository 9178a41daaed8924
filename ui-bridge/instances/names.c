// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Names of instances

#include "ui-bridge/instances/names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool
is_name_char(const char c)
{
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool
rs_name_is_legal(const char* const name, const size_t length)
{
  static const char reserved[] = "ringside";

  if (!length || length > RS_NAME_MAX) {
    return false;
  }

  for (size_t i = 0u; i < length; ++i) {
    if (!is_name_char(name[i])) {
      return false;
    }
  }

  return length != sizeof(reserved) - 1u || memcmp(name, reserved, length) != 0;
}

/// Length without a number as we append it ("strip-12": 5)
static size_t
stem_length(const char* const name)
{
  const size_t length = strlen(name);
  size_t       end    = length;
  while (end && name[end - 1u] >= '0' && name[end - 1u] <= '9') {
    --end;
  }

  return end < length && end > 1u && name[end - 1u] == '-' ? end - 1u : length;
}

void
rs_name_choose(const char* const   wanted,
               const char* const   base,
               const RsNameIsTaken is_taken,
               const void* const   context,
               char                name[RS_NAME_MAX + 1u])
{
  const bool is_wanted_legal = rs_name_is_legal(wanted, strlen(wanted));
  if (is_wanted_legal && !is_taken(context, wanted)) {
    memcpy(name, wanted, strlen(wanted) + 1u);
    return;
  }

  const char* const stem = is_wanted_legal                        ? wanted
                           : rs_name_is_legal(base, strlen(base)) ? base
                                                                  : "plugin";
  const size_t stem_size = is_wanted_legal ? stem_length(stem) : strlen(stem);

  char number[12] = "";
  for (uint32_t i = 1u; i < UINT32_MAX; ++i) {
    if (i > 1u) {
      snprintf(number, sizeof(number), "-%u", i);
    }

    const size_t number_size = strlen(number);
    const size_t room        = RS_NAME_MAX - number_size;
    const size_t kept        = stem_size < room ? stem_size : room;
    memcpy(name, stem, kept);
    memcpy(name + kept, number, number_size + 1u);
    if (rs_name_is_legal(name, kept + number_size) &&
        !is_taken(context, name)) {
      return;
    }
  }
}
