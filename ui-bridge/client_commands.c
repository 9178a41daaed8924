// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the client can be asked to do, one function a command

#include "ui-bridge/client.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// How long answers are waited for, if the user does not say
#define WAIT_S 2.0

RsExit
rs_client_usage(const char* const format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("ringside: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  return RS_EXIT_USAGE;
}

bool
rs_client_number(const char* const text, double* const number)
{
  char* end = NULL;

  *number = strtod(text, &end);
  return *text && !*end && isfinite(*number);
}

// Addresses

/// A port that is called like a fixed word has an underscore appended
static bool
is_fixed_word(const char* const symbol)
{
  static const char* const words[] = {
    "preset", "name", "timing", "list", "cancel"};

  for (size_t i = 0u; i < sizeof(words) / sizeof(*words); ++i) {
    if (!strcmp(symbol, words[i])) {
      return true;
    }
  }

  return false;
}

/**
   The address of a parameter, from `INSTANCE SYMBOL` or `/INSTANCE/SYMBOL`,
   with `method` appended.

   @param n arguments left, and `args` the first of them; moved on
   @return false after printing what is wrong
*/
static bool
take_parameter(int* const                n,
               const char* const** const args,
               const char* const         method,
               char                      address[RS_ADDRESS_MAX])
{
  const char* const first  = **args;
  int               used   = 1;
  int               length = 0;
  if (first[0] == '/') {
    length = snprintf(address, RS_ADDRESS_MAX, "%s%s", first, method);
  } else if (*n >= 2) {
    const char* const symbol = (*args)[1];
    length                   = snprintf(address,
                      RS_ADDRESS_MAX,
                      "/%s/%s%s%s",
                      first,
                      symbol,
                      is_fixed_word(symbol) ? "_" : "",
                      method);
    used                     = 2;
  } else {
    rs_client_usage("a parameter is INSTANCE SYMBOL or /INSTANCE/SYMBOL");
    return false;
  }

  if (length >= (int)RS_ADDRESS_MAX) {
    rs_client_usage("that address is too long");
    return false;
  }

  *n -= used;
  *args += used;
  return true;
}

/// The address of something of an instance
static bool
take_instance(const char* const instance,
              const char* const method,
              char              address[RS_ADDRESS_MAX])
{
  const char* const slash = instance[0] == '/' ? "" : "/";

  if (snprintf(address, RS_ADDRESS_MAX, "%s%s%s", slash, instance, method) >=
      (int)RS_ADDRESS_MAX) {
    rs_client_usage("that name is too long");
    return false;
  }

  return true;
}

// Asking

/// A command without an answer: done when it has been applied
static RsExit
command(RsClient* const client, const char* const address, lo_message message)
{
  return rs_client_ask(
    client, address, message, RS_UNTIL_SYNC, WAIT_S, NULL, NULL);
}

/// A query whose answers make a table
static RsExit
tabulate(RsClient* const          client,
         const char* const        address,
         const RsUntil            until,
         const char* const* const heads)
{
  RsTable      table  = {heads, 0u, NULL};
  const RsExit status = rs_client_ask(
    client, address, lo_message_new(), until, WAIT_S, rs_table_take, &table);

  if (status == RS_EXIT_DONE) {
    rs_table_print(&table, client->is_json);
  }
  rs_table_clear(&table);
  return status;
}

static const char* const instance_heads[] = {"name",
                                             "plugin",
                                             "host",
                                             "running",
                                             NULL};

static const char* const parameter_heads[] = {"symbol",
                                              "value",
                                              "default",
                                              "minimum",
                                              "maximum",
                                              "unit",
                                              "scale",
                                              "group",
                                              "name",
                                              NULL};

static RsExit
run_list(RsClient* const client, const int n, const char* const* const args)
{
  char address[RS_ADDRESS_MAX];
  if (!n) {
    return tabulate(
      client, "/ringside/instances", RS_UNTIL_END, instance_heads);
  }

  return take_instance(args[0], "/list", address)
           ? tabulate(client, address, RS_UNTIL_END, parameter_heads)
           : RS_EXIT_USAGE;
}

typedef struct {
  const RsClient* client;
  bool            is_pattern;
} Value;

/// One value on its own, or with its address if there may be several
static void
print_value(void* const context, const char* const address, lo_message answer)
{
  const Value* const value   = (const Value*)context;
  bool               is_json = value->client->is_json;
  char               text[512];

  if (is_json || value->is_pattern) {
    rs_print_message(&is_json, address, answer);
  } else if (lo_message_get_argc(answer) >= 1) {
    rs_print_argument(
      text, lo_message_get_types(answer)[0], lo_message_get_argv(answer)[0]);
    puts(text);
  }
}

static RsExit
ask_value(RsClient* const client, const char* const address)
{
  Value value = {client, strpbrk(address, "?*[{") || strstr(address, "//")};

  return rs_client_ask(client,
                       address,
                       lo_message_new(),
                       RS_UNTIL_FIRST,
                       WAIT_S,
                       print_value,
                       &value);
}

static RsExit
run_get(RsClient* const client, int n, const char* const* args)
{
  char address[RS_ADDRESS_MAX];
  if (!take_parameter(
        &n, &args, client->is_normalized ? "/normalized" : "", address)) {
    return RS_EXIT_USAGE;
  }

  return n ? rs_client_usage("get INSTANCE SYMBOL")
           : ask_value(client, address);
}

/// A value as the user writes it: number, true, false, or a label
static void
add_value(lo_message message, const char* const text)
{
  double number = 0.0;
  if (rs_client_number(text, &number)) {
    lo_message_add_double(message, number);
  } else if (!strcmp(text, "true")) {
    lo_message_add_true(message);
  } else if (!strcmp(text, "false")) {
    lo_message_add_false(message);
  } else {
    lo_message_add_string(message, text);
  }
}

static RsExit
run_set(RsClient* const client, int n, const char* const* args)
{
  char   address[RS_ADDRESS_MAX];
  double number = 0.0;
  if (!take_parameter(
        &n, &args, client->is_normalized ? "/normalized" : "", address)) {
    return RS_EXIT_USAGE;
  }

  if (n != 1) {
    return rs_client_usage("set INSTANCE SYMBOL VALUE");
  }

  if (client->is_normalized && !rs_client_number(args[0], &number)) {
    return rs_client_usage("a normalized value is a number from 0 to 1");
  }

  lo_message message = lo_message_new();
  if (client->is_normalized) {
    lo_message_add_float(message, (float)number);
  } else {
    add_value(message, args[0]);
  }
  return command(client, address, message);
}

static RsExit
run_add(RsClient* const client, int n, const char* const* args)
{
  char   address[RS_ADDRESS_MAX];
  double number = 0.0;
  if (!take_parameter(&n, &args, "/add", address)) {
    return RS_EXIT_USAGE;
  }

  if (n != 1 || !rs_client_number(args[0], &number)) {
    return rs_client_usage("add INSTANCE SYMBOL NUMBER");
  }

  lo_message message = lo_message_new();
  lo_message_add_float(message, (float)number);
  return command(client, address, message);
}

static RsExit
run_ramp(RsClient* const client, int n, const char* const* args)
{
  char   address[RS_ADDRESS_MAX];
  double target  = 0.0;
  double seconds = 0.0;
  if (!take_parameter(&n, &args, "/ramp", address)) {
    return RS_EXIT_USAGE;
  }

  if (n < 2 || n > 3 || !rs_client_number(args[0], &target) ||
      !rs_client_number(args[1], &seconds)) {
    return rs_client_usage(
      "ramp INSTANCE SYMBOL TARGET SECONDS [linear|exp|sine]");
  }

  lo_message message = lo_message_new();
  lo_message_add_double(message, target);
  lo_message_add_double(message, seconds);
  if (n == 3) {
    lo_message_add_string(message, args[2]);
  }
  return command(client, address, message);
}

/// Commands on a parameter that take nothing
static RsExit
run_plain(RsClient* const    client,
          int                n,
          const char* const* args,
          const char* const  method)
{
  char address[RS_ADDRESS_MAX];
  if (!take_parameter(&n, &args, method, address)) {
    return RS_EXIT_USAGE;
  }

  return n ? rs_client_usage("%s INSTANCE SYMBOL", method + 1)
           : command(client, address, lo_message_new());
}

static RsExit
run_toggle(RsClient* const client, const int n, const char* const* const args)
{
  return run_plain(client, n, args, "/toggle");
}

static RsExit
run_reset(RsClient* const client, const int n, const char* const* const args)
{
  return run_plain(client, n, args, "/reset");
}

static RsExit
run_range(RsClient* const client, int n, const char* const* args)
{
  static const char* const heads[] = {
    "default", "minimum", "maximum", "unit", "scale", NULL};

  char address[RS_ADDRESS_MAX];
  return take_parameter(&n, &args, "/range", address)
           ? tabulate(client, address, RS_UNTIL_FIRST, heads)
           : RS_EXIT_USAGE;
}

static RsExit
run_labels(RsClient* const client, int n, const char* const* args)
{
  static const char* const heads[] = {"value", "label", NULL};

  char address[RS_ADDRESS_MAX];
  return take_parameter(&n, &args, "/labels", address)
           ? tabulate(client, address, RS_UNTIL_END, heads)
           : RS_EXIT_USAGE;
}

static RsExit
run_cancel(RsClient* const client, const int n, const char* const* const args)
{
  char address[RS_ADDRESS_MAX];
  (void)n;

  return take_instance(args[0], "/cancel", address)
           ? command(client, address, lo_message_new())
           : RS_EXIT_USAGE;
}

/// Name or timing of an instance: ask, or set to a word
static RsExit
run_word(RsClient* const          client,
         const int                n,
         const char* const* const args,
         const char* const        method)
{
  char address[RS_ADDRESS_MAX];
  if (!take_instance(args[0], method, address)) {
    return RS_EXIT_USAGE;
  }

  if (n == 1) {
    return ask_value(client, address);
  }

  lo_message message = lo_message_new();
  lo_message_add_string(message, args[1]);
  return command(client, address, message);
}

static RsExit
run_rename(RsClient* const client, const int n, const char* const* const args)
{
  return run_word(client, n, args, "/name");
}

static RsExit
run_timing(RsClient* const client, const int n, const char* const* const args)
{
  return run_word(client, n, args, "/timing");
}

static RsExit
run_status(RsClient* const client, const int n, const char* const* const args)
{
  static const char* const heads[] = {"counter", "value", NULL};

  (void)n;
  (void)args;
  return tabulate(client, "/ringside/status", RS_UNTIL_END, heads);
}

static RsExit
run_version(RsClient* const client, const int n, const char* const* const args)
{
  (void)n;
  (void)args;
  return ask_value(client, "/ringside/version");
}

/// The ask is a sync by itself
static RsExit
run_sync(RsClient* const client, const int n, const char* const* const args)
{
  (void)n;
  (void)args;
  return rs_client_ask(client,
                       "/ringside/ping",
                       lo_message_new(),
                       RS_UNTIL_SYNC,
                       WAIT_S,
                       NULL,
                       NULL);
}

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

static RsExit
run_send(RsClient* const client, const int n, const char* const* const args)
{
  const char* types = n > 1 ? args[1] : "";
  int         next  = 2;
  types += types[0] == ',';

  if (args[0][0] != '/' || strlen(args[0]) >= RS_ADDRESS_MAX) {
    return rs_client_usage("an address begins with /");
  }

  lo_message message = lo_message_new();
  for (const char* type = types; *type; ++type) {
    bool is_good = true;
    switch (*type) {
      case 'T':
        lo_message_add_true(message);
        break;
      case 'F':
        lo_message_add_false(message);
        break;
      case 'N':
        lo_message_add_nil(message);
        break;
      case 'I':
        lo_message_add_infinitum(message);
        break;
      default:
        is_good = next < n && add_typed(message, *type, args[next]);
        ++next;
        break;
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

// clang-format off
const RsClientCommand rs_client_commands[] = {
  {"list",     "[INSTANCE]",                                  0,  1, run_list,           "instances, or the parameters of one"},
  {"get",      "INSTANCE SYMBOL",                             1,  2, run_get,            "the value in effect"},
  {"set",      "INSTANCE SYMBOL VALUE",                       2,  3, run_set,            "set to a number, true, false or a label"},
  {"ramp",     "INSTANCE SYMBOL TARGET SECONDS [CURVE]",      3,  5, run_ramp,           "slide; curve linear, exp or sine"},
  {"add",      "INSTANCE SYMBOL NUMBER",                      2,  3, run_add,            "change by so much"},
  {"toggle",   "INSTANCE SYMBOL",                             1,  2, run_toggle,         "the other value of a toggle"},
  {"reset",    "INSTANCE SYMBOL",                             1,  2, run_reset,          "back to the default"},
  {"range",    "INSTANCE SYMBOL",                             1,  2, run_range,          "default, limits, unit and scale"},
  {"labels",   "INSTANCE SYMBOL",                             1,  2, run_labels,         "scale points"},
  {"preset",   "list|load|save|delete|next|previous|current INSTANCE …", 2, 4, rs_client_preset, "presets"},
  {"rename",   "INSTANCE [NAME]",                             1,  2, run_rename,         "give another name"},
  {"timing",   "INSTANCE [asap|steady]",                      1,  2, run_timing,         "when untagged commands apply"},
  {"cancel",   "INSTANCE",                                    1,  1, run_cancel,         "drop what waits, stop ramps"},
  {"status",   "",                                            0,  0, run_status,         "counters of the bridge"},
  {"sync",     "",                                            0,  0, run_sync,           "wait until all has been applied"},
  {"version",  "",                                            0,  0, run_version,        "of the bridge"},
  {"send",     "ADDRESS [TYPES ARGUMENT…]",                   1, 64, run_send,           "any OSC message; prints what comes back"},
  {"complete", "",                                            1,  3, rs_client_complete, NULL},
  {NULL,       NULL,                                          0,  0, NULL,               NULL},
};
// clang-format on
