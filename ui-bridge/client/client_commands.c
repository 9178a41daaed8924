// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the client can be asked to do, one function a command

#include "ui-bridge/client/client.h"
#include "ui-bridge/valueless.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/// How long answers are waited for, if the user does not say
#define WAIT_S 2.0

RsClientExit
rs_client_usage(const char* const format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("ringside: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  return RS_CLIENT_USAGE;
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
  if (!first[0] || (first[0] != '/' && *n >= 2 && !(*args)[1][0])) {
    // As of a script's variable that is empty; "//" would match everything
    rs_client_usage(
      "instance and symbol have names, but one of these is empty; "
      "ringside list prints them");
    return false;
  }

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
  if (!instance[0]) {
    rs_client_usage("an instance has a name; ringside list prints them");
    return false;
  }

  if (snprintf(address, RS_ADDRESS_MAX, "%s%s%s", slash, instance, method) >=
      (int)RS_ADDRESS_MAX) {
    rs_client_usage("that name is too long");
    return false;
  }

  return true;
}

// Asking

/// A command without an answer: done when it has been applied
static RsClientExit
command(RsClient* const client, const char* const address, lo_message message)
{
  return rs_client_ask(
    client, address, message, RS_UNTIL_SYNC, WAIT_S, NULL, NULL);
}

/// A query whose answers make a table
static RsClientExit
tabulate(RsClient* const          client,
         const char* const        address,
         const RsUntil            until,
         const char* const* const heads)
{
  RsTable            table  = {heads, rs_client_is_pattern(address), 0u, NULL};
  const RsClientExit status = rs_client_ask(
    client, address, lo_message_new(), until, WAIT_S, rs_table_take, &table);

  if (status == RS_CLIENT_DONE) {
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

static RsClientExit
run_list(RsClient* const client, const int n, const char* const* const args)
{
  char address[RS_ADDRESS_MAX];
  if (!n) {
    return tabulate(
      client, "/ringside/instances", RS_UNTIL_END, instance_heads);
  }

  return take_instance(args[0], "/list", address)
           ? tabulate(client, address, RS_UNTIL_END, parameter_heads)
           : RS_CLIENT_USAGE;
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

static RsClientExit
ask_value(RsClient* const client, const char* const address)
{
  Value value = {client, rs_client_is_pattern(address)};

  return rs_client_ask(client,
                       address,
                       lo_message_new(),
                       RS_UNTIL_FIRST,
                       WAIT_S,
                       print_value,
                       &value);
}

static RsClientExit
run_get(RsClient* const client, int n, const char* const* args)
{
  char address[RS_ADDRESS_MAX];
  if (!take_parameter(
        &n, &args, client->is_normalized ? "/normalized" : "", address)) {
    return RS_CLIENT_USAGE;
  }

  return n ? rs_client_usage("it is: ringside get INSTANCE SYMBOL")
           : ask_value(client, address);
}

/// Words for a toggle.  @return 'T' or 'F', or 0 if it is none
static char
truth(const char* const text)
{
  static const struct {
    const char* word;
    char        type;
  } words[] = {
    {"true", 'T'},
    {"T", 'T'},
    {"on", 'T'},
    {"false", 'F'},
    {"F", 'F'},
    {"off", 'F'},
  };

  for (size_t i = 0u; i < sizeof(words) / sizeof(*words); ++i) {
    if (!strcasecmp(text, words[i].word)) {
      return words[i].type;
    }
  }

  return '\0';
}

/// The scale in an answer to `/range`
static void
take_scale(void* const context, const char* const address, lo_message answer)
{
  (void)address;
  bool* const is_toggle = (bool*)context;

  *is_toggle = !strcmp(lo_message_get_types(answer), "fffss") &&
               !strcmp(&lo_message_get_argv(answer)[4]->s, "toggle");
}

/// Whether this is a toggle, which the bridge knows.  Of a pattern, which may
/// match others, too, those are meant
static RsClientExit
ask_if_toggle(RsClient* const   client,
              const char* const address,
              bool* const       is_toggle)
{
  char range[RS_ADDRESS_MAX];

  *is_toggle = rs_client_is_pattern(address);
  if (*is_toggle || snprintf(range, sizeof(range), "%s/range", address) >=
                      (int)sizeof(range)) {
    return RS_CLIENT_DONE;
  }

  // If there is no such parameter, the set is told so
  client->is_quiet          = true;
  const RsClientExit status = rs_client_ask(client,
                                            range,
                                            lo_message_new(),
                                            RS_UNTIL_FIRST,
                                            WAIT_S,
                                            take_scale,
                                            is_toggle);
  client->is_quiet          = false;
  return status == RS_CLIENT_REFUSED ? RS_CLIENT_DONE : status;
}

/// A value as the user writes it: number, a word for a toggle, or a label,
/// which may be one of these words
static RsClientExit
add_value(RsClient* const   client,
          const char* const address,
          lo_message        message,
          const char* const text)
{
  double number = 0.0;
  if (rs_client_number(text, &number)) {
    lo_message_add_double(message, number);
    return RS_CLIENT_DONE;
  }

  const char         type      = truth(text);
  bool               is_toggle = false;
  const RsClientExit status =
    type ? ask_if_toggle(client, address, &is_toggle) : RS_CLIENT_DONE;
  if (is_toggle) {
    (void)rs_valueless_add(message, type);
  } else {
    lo_message_add_string(message, text);
  }

  return status;
}

static RsClientExit
run_set(RsClient* const client, int n, const char* const* args)
{
  char   address[RS_ADDRESS_MAX];
  double number = 0.0;
  if (!take_parameter(
        &n, &args, client->is_normalized ? "/normalized" : "", address)) {
    return RS_CLIENT_USAGE;
  }

  if (n != 1) {
    return rs_client_usage("it is: ringside set INSTANCE SYMBOL VALUE");
  }

  if (client->is_normalized && !rs_client_number(args[0], &number)) {
    return rs_client_usage("a normalized value is a number from 0 to 1");
  }

  lo_message message = lo_message_new();
  if (client->is_normalized) {
    lo_message_add_float(message, (float)number);
  } else {
    const RsClientExit status = add_value(client, address, message, args[0]);
    if (status != RS_CLIENT_DONE) {
      lo_message_free(message);
      return status;
    }
  }
  return command(client, address, message);
}

static RsClientExit
run_add(RsClient* const client, int n, const char* const* args)
{
  char   address[RS_ADDRESS_MAX];
  double number = 0.0;
  if (!take_parameter(&n, &args, "/add", address)) {
    return RS_CLIENT_USAGE;
  }

  if (n != 1 || !rs_client_number(args[0], &number)) {
    return rs_client_usage("it is: ringside add INSTANCE SYMBOL NUMBER");
  }

  lo_message message = lo_message_new();
  lo_message_add_float(message, (float)number);
  return command(client, address, message);
}

static RsClientExit
run_ramp(RsClient* const client, int n, const char* const* args)
{
  char   address[RS_ADDRESS_MAX];
  double target  = 0.0;
  double seconds = 0.0;
  if (!take_parameter(&n, &args, "/ramp", address)) {
    return RS_CLIENT_USAGE;
  }

  if (n < 2 || n > 3 || !rs_client_number(args[0], &target) ||
      !rs_client_number(args[1], &seconds)) {
    return rs_client_usage(
      "it is: ringside ramp INSTANCE SYMBOL TARGET SECONDS [linear|exp|sine]");
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
static RsClientExit
run_plain(RsClient* const    client,
          int                n,
          const char* const* args,
          const char* const  method)
{
  char address[RS_ADDRESS_MAX];
  if (!take_parameter(&n, &args, method, address)) {
    return RS_CLIENT_USAGE;
  }

  return n ? rs_client_usage("it is: ringside %s INSTANCE SYMBOL", method + 1)
           : command(client, address, lo_message_new());
}

static RsClientExit
run_toggle(RsClient* const client, const int n, const char* const* const args)
{
  return run_plain(client, n, args, "/toggle");
}

static RsClientExit
run_reset(RsClient* const client, const int n, const char* const* const args)
{
  return run_plain(client, n, args, "/reset");
}

static RsClientExit
run_range(RsClient* const client, int n, const char* const* args)
{
  static const char* const heads[] = {
    "default", "minimum", "maximum", "unit", "scale", NULL};

  char address[RS_ADDRESS_MAX];
  return take_parameter(&n, &args, "/range", address)
           ? tabulate(client, address, RS_UNTIL_FIRST, heads)
           : RS_CLIENT_USAGE;
}

static RsClientExit
run_labels(RsClient* const client, int n, const char* const* args)
{
  static const char* const heads[] = {"value", "label", NULL};

  char address[RS_ADDRESS_MAX];
  return take_parameter(&n, &args, "/labels", address)
           ? tabulate(client, address, RS_UNTIL_END, heads)
           : RS_CLIENT_USAGE;
}

static RsClientExit
run_cancel(RsClient* const client, const int n, const char* const* const args)
{
  char address[RS_ADDRESS_MAX];
  (void)n;

  return take_instance(args[0], "/cancel", address)
           ? command(client, address, lo_message_new())
           : RS_CLIENT_USAGE;
}

/// Name or timing of an instance: ask, or set to a word
static RsClientExit
run_word(RsClient* const          client,
         const int                n,
         const char* const* const args,
         const char* const        method)
{
  char address[RS_ADDRESS_MAX];
  if (!take_instance(args[0], method, address)) {
    return RS_CLIENT_USAGE;
  }

  if (n == 1) {
    return ask_value(client, address);
  }

  lo_message message = lo_message_new();
  lo_message_add_string(message, args[1]);
  return command(client, address, message);
}

static RsClientExit
run_rename(RsClient* const client, const int n, const char* const* const args)
{
  return run_word(client, n, args, "/name");
}

static RsClientExit
run_timing(RsClient* const client, const int n, const char* const* const args)
{
  return run_word(client, n, args, "/timing");
}

static RsClientExit
run_status(RsClient* const client, const int n, const char* const* const args)
{
  static const char* const heads[] = {"counter", "value", NULL};

  (void)n;
  (void)args;
  return tabulate(client, "/ringside/status", RS_UNTIL_END, heads);
}

static RsClientExit
run_version(RsClient* const client, const int n, const char* const* const args)
{
  (void)n;
  (void)args;
  return ask_value(client, "/ringside/version");
}

/// The ask is a sync by itself
static RsClientExit
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

// clang-format off
const RsClientCommand rs_client_commands[] = {
  {"list",     "[INSTANCE]",                                  0,  1, run_list,           "instances, or the parameters of one"},
  {"get",      "INSTANCE SYMBOL",                             1,  2, run_get,            "the value in effect"},
  {"set",      "INSTANCE SYMBOL VALUE",                       2,  3, run_set,            "set to a number, on, off or a label"},
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
  {"send",     "ADDRESS [TYPES ARGUMENT…]",                   1, 64, rs_client_send,     "any OSC message; prints what comes back"},
  {"complete", "",                                            1,  3, rs_client_complete, NULL},
  {NULL,       NULL,                                          0,  0, NULL,               NULL},
};
// clang-format on
