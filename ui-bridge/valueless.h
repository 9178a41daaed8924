// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// OSC's types that are their own value: T, F, N and I

#ifndef RINGSIDE_BRIDGE_VALUELESS_H
#define RINGSIDE_BRIDGE_VALUELESS_H

#include <lo/lo.h>

#include <stdbool.h>

/// Add an argument of such a type.  @return false if it is another type
static inline bool
rs_valueless_add(const lo_message message, const char type)
{
  switch (type) {
    case 'T':
      lo_message_add_true(message);
      return true;
    case 'F':
      lo_message_add_false(message);
      return true;
    case 'N':
      lo_message_add_nil(message);
      return true;
    case 'I':
      lo_message_add_infinitum(message);
      return true;
    default:
      return false;
  }
}

#endif // RINGSIDE_BRIDGE_VALUELESS_H
