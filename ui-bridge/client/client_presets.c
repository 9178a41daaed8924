// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the client can be asked about presets, and what completion asks

#include "ui-bridge/client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Presets may have to be read, and disks are slow
#define WAIT_S 10.0

/// Completion must not make anyone wait
#define COMPLETE_S 0.5

static const char* const heads[] = {"label", "uri", "factory", NULL};

typedef struct {
  const char* name;
  const char* method; ///< After /NAME/preset
  int         min;    ///< Arguments after INSTANCE
  int         max;
  const char* usage;
} Action;

static const Action actions[] = {
  {"list", "/list", 0, 0, "preset list INSTANCE"},
  {"load", "/load", 1, 2, "preset load INSTANCE LABEL|URI|NUMBER [SECONDS]"},
  {"save", "/save", 1, 1, "preset save INSTANCE LABEL"},
  {"delete", "/delete", 1, 1, "preset delete INSTANCE LABEL"},
  {"next", "/next", 0, 0, "preset next INSTANCE"},
  {"previous", "/previous", 0, 0, "preset previous INSTANCE"},
  {"current", "", 0, 0, "preset current INSTANCE"},
};

static RsClientExit
list(RsClient* const   client,
     const char* const address,
     const double      wait_s,
     RsTable* const    table)
{
  return rs_client_ask(client,
                       address,
                       lo_message_new(),
                       RS_UNTIL_END,
                       wait_s,
                       rs_table_take,
                       table);
}

/// The first string of an answer
static void
print_label(void* const context, const char* const address, lo_message answer)
{
  bool is_json = *(const bool*)context;
  char text[512];

  if (is_json) {
    rs_print_message(&is_json, address, answer);
  } else if (lo_message_get_argc(answer) >= 1) {
    rs_print_argument(
      text, lo_message_get_types(answer)[0], lo_message_get_argv(answer)[0]);
    puts(text);
  }
}

/// A preset by number if it is a whole one, else by label or URI
static void
add_preset(lo_message message, const char* const text)
{
  char*      end    = NULL;
  const long number = strtol(text, &end, 10);

  if (*text >= '1' && *text <= '9' && !*end && number <= INT32_MAX) {
    lo_message_add_int32(message, (int32_t)number);
  } else {
    lo_message_add_string(message, text);
  }
}

RsClientExit
rs_client_preset(RsClient* const client, const int n, const char* const* args)
{
  const Action* action = NULL;
  for (size_t i = 0u; i < sizeof(actions) / sizeof(*actions); ++i) {
    if (!strcmp(args[0], actions[i].name)) {
      action = &actions[i];
    }
  }

  if (!action) {
    return rs_client_usage("preset has list, load, save, delete, next, "
                           "previous and current, but no \"%s\"",
                           args[0]);
  }

  char   address[RS_ADDRESS_MAX];
  double seconds = 0.0;
  if (!args[1][0]) {
    return rs_client_usage("an instance has a name; ringside list prints them");
  }

  if (n - 2 < action->min || n - 2 > action->max ||
      snprintf(address,
               sizeof(address),
               "%s%s/preset%s",
               args[1][0] == '/' ? "" : "/",
               args[1],
               action->method) >= (int)sizeof(address) ||
      (n == 4 && !rs_client_number(args[3], &seconds))) {
    return rs_client_usage("it is: ringside %s", action->usage);
  }

  if (!strcmp(action->name, "list")) {
    RsTable            table = {heads, rs_client_is_pattern(address), 0u, NULL};
    const RsClientExit status = list(client, address, WAIT_S, &table);
    if (status == RS_CLIENT_DONE) {
      rs_table_print(&table, client->is_json);
    }
    rs_table_clear(&table);
    return status;
  }

  lo_message message = lo_message_new();
  if (!strcmp(action->name, "current")) {
    return rs_client_ask(client,
                         address,
                         message,
                         RS_UNTIL_FIRST,
                         WAIT_S,
                         print_label,
                         &client->is_json);
  }

  if (!strcmp(action->name, "load")) {
    add_preset(message, args[2]);
  } else if (n > 2) {
    lo_message_add_string(message, args[2]);
  }
  if (n == 4) {
    lo_message_add_float(message, (float)seconds);
  }

  return rs_client_ask(
    client, address, message, RS_UNTIL_SYNC, WAIT_S, NULL, NULL);
}

/// `complete instances`, `complete symbols INSTANCE`, `complete presets
/// INSTANCE`, `complete labels INSTANCE SYMBOL`: one a line, for the shell
RsClientExit
rs_client_complete(RsClient* const client, const int n, const char* const* args)
{
  static const char* const none[] = {NULL};

  RsTable           table = {none, false, 0u, NULL};
  const char* const what  = args[0];
  char              address[RS_ADDRESS_MAX];
  int               length = -1;
  if (n == 1 && !strcmp(what, "instances")) {
    length = snprintf(address, sizeof(address), "/ringside/instances");
  } else if (n == 2 && !strcmp(what, "symbols")) {
    length = snprintf(address, sizeof(address), "/%s/list", args[1]);
  } else if (n == 2 && !strcmp(what, "presets")) {
    length = snprintf(address, sizeof(address), "/%s/preset/list", args[1]);
  } else if (n == 3 && !strcmp(what, "labels")) {
    length =
      snprintf(address, sizeof(address), "/%s/%s/labels", args[1], args[2]);
  }

  if (length < 0 || length >= (int)sizeof(address)) {
    return RS_CLIENT_USAGE;
  }

  const RsClientExit status = list(client, address, COMPLETE_S, &table);
  rs_table_print_column(&table, n == 3 ? 1u : 0u); // Labels come second
  rs_table_clear(&table);
  return status;
}
