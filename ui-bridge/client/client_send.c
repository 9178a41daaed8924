// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// `ringside send`: any message, written as types and arguments

#include "ui-bridge/client/client.h"
#include "ui-bridge/valueless.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// How long answers are waited for, if the user does not say
#define WAIT_S 2.0

/// One argument of `send`, of an OSC type.  @return false if it is none
static bool
add_typed(lo_message message, const char type, const char* const text)
{
  double     number    = 0.0;
  const bool is_number = rs_client_number(text, &number);
  char*      end       = NULL;
  errno                = 0;
  switch (type) {
    case 'f':
      return is_number && !lo_message_add_float(message, (float)number);
    case 'd':
      return is_number && !lo_message_add_double(message, number);
    case 'i':
    case 'h': {
      const long long whole = strtoll(text, &end, 0);
      if (!*text || *end || errno ||
          (type == 'i' && (whole < INT32_MIN || whole > INT32_MAX))) {
        return false;
      }
      return type == 'i' ? !lo_message_add_int32(message, (int32_t)whole)
                         : !lo_message_add_int64(message, whole);
    }
    case 's':
      return !lo_message_add_string(message, text);
    default:
      return false;
  }
}

RsClientExit
rs_client_send(RsClient* const          client,
               const int                n,
               const char* const* const args)
{
  const char* types = n > 1 ? args[1] : "";
  int         next  = 2;
  types += types[0] == ',';

  if (args[0][0] != '/' || strlen(args[0]) >= RS_ADDRESS_MAX) {
    return rs_client_usage("an address begins with /");
  }

  lo_message message = lo_message_new();
  for (const char* type = types; *type; ++type) {
    bool is_good = rs_valueless_add(message, *type);
    if (!is_good) {
      is_good = next < n && add_typed(message, *type, args[next]);
      ++next;
    }
    if (!is_good) {
      lo_message_free(message);
      return rs_client_usage(
        "the type %c (of i h f d s T F N I) has no argument that fits", *type);
    }
  }

  if (n > 1 && next < n) {
    lo_message_free(message);
    return rs_client_usage("more arguments than types");
  }

  return rs_client_ask(client,
                       args[0],
                       message,
                       RS_UNTIL_QUIET,
                       WAIT_S,
                       rs_print_message,
                       &client->is_json);
}
