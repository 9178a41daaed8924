// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The command-line client: options, and which command it is

#include "ui-bridge/bridge.h"
#include "ui-bridge/client/client.h"

#include <popt.h>

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 128
#define PORT_NOT_GIVEN INT_MIN

typedef struct {
  RsClient client;
  int      port;
  int      is_json;
  int      is_normalized;
  int      is_impatient;
  int      is_version;
  int      is_help;
} Options;

static int
print_help(void)
{
  printf("Usage: ringside [OPTION…] COMMAND [ARGUMENT…]\n"
         "Talk to the Ringside plugins that run now.\n\nCommands:\n");
  for (const RsClientCommand* c = rs_client_commands; c->name; ++c) {
    if (c->help) {
      printf("  %s %s\n      %s\n", c->name, c->usage, c->help);
    }
  }
  printf("\nOptions:\n"
         "  --json           print JSON\n"
         "  --normalized     values are 0 to 1 on the port's scale (get, set)\n"
         "  --at TIME        apply at TIME: seconds since 1970, or +SECONDS\n"
         "  --no-wait        do not wait until a command has been applied\n"
         "  --confirm SECS   wait so long for a host that refuses it, as 0.5\n"
         "  --timeout SECS   wait so long for answers\n"
         "  --port PORT      use UDP on this port of 127.0.0.1\n"
         "  --help, --version\n\n"
         "Exit status: 0 done, 1 refused by the bridge, 2 wrong usage,\n"
         "3 no bridge runs, 4 no answer in time.  See ringside(1).\n");
  return RS_CLIENT_DONE;
}

/// Whether an option is followed by its value
static bool
takes_value(const struct poptOption* table, const char* const text)
{
  for (; table->longName; ++table) {
    if (!strcmp(text + 2, table->longName)) {
      return table->argInfo != POPT_ARG_NONE;
    }
  }

  return false;
}

/**
   Tell options from arguments, wherever they stand; what begins as a negative
   number does is an argument, if perhaps a bad one as -6dB.  popt gets the
   options alone.
*/
static int
split(const int                      argc,
      const char* const* const       argv,
      const struct poptOption* const table,
      const char**                   options,
      const char**                   arguments)
{
  int  n_options   = 1;
  int  n_arguments = 0;
  bool is_over     = false;

  options[0] = argv[0];
  for (int i = 1; i < argc; ++i) {
    char* end = NULL;
    if (!is_over && argv[i][0] == '-') {
      (void)strtod(argv[i], &end);
    }
    if (is_over || argv[i][0] != '-' || !argv[i][1] || end != argv[i]) {
      arguments[n_arguments++] = argv[i];
    } else if (!strcmp(argv[i], "--")) {
      is_over = true;
    } else {
      options[n_options++] = argv[i];
      if (argv[i][1] == '-' && takes_value(table, argv[i]) && i + 1 < argc) {
        options[n_options++] = argv[++i];
      }
    }
  }

  options[n_options] = NULL;
  return n_arguments;
}

/// @return false after printing what is wrong
static bool
read_options(Options* const           options,
             const int                argc,
             const char* const* const argv,
             const char**             arguments,
             int* const               n_arguments)
{
  const struct poptOption table[] = {
    {"json", 0, POPT_ARG_NONE, &options->is_json, 0, NULL, NULL},
    {"normalized", 0, POPT_ARG_NONE, &options->is_normalized, 0, NULL, NULL},
    {"confirm", 0, POPT_ARG_DOUBLE, &options->client.confirm_s, 0, NULL, NULL},
    {"at", 0, POPT_ARG_STRING, &options->client.at, 0, NULL, NULL},
    {"no-wait", 0, POPT_ARG_NONE, &options->is_impatient, 0, NULL, NULL},
    {"timeout", 0, POPT_ARG_DOUBLE, &options->client.timeout_s, 0, NULL, NULL},
    {"port", 0, POPT_ARG_INT, &options->port, 0, NULL, NULL},
    {"help", 'h', POPT_ARG_NONE, &options->is_help, 0, NULL, NULL},
    {"version", 0, POPT_ARG_NONE, &options->is_version, 0, NULL, NULL},
    {NULL, 0, 0, NULL, 0, NULL, NULL},
  };

  const char* only_options[ARGUMENTS_MAX + 2];
  if (argc > ARGUMENTS_MAX) {
    rs_client_usage("too many arguments");
    return false;
  }

  *n_arguments = split(argc, argv, table, only_options, arguments);

  int n_options = 0;
  while (only_options[n_options]) {
    ++n_options;
  }

  poptContext context =
    poptGetContext("ringside", n_options, only_options, table, 0);
  const int   status = poptGetNextOpt(context);
  const char* bad    = poptBadOption(context, POPT_BADOPTION_NOALIAS);
  if (status < -1) {
    rs_client_usage("%s: %s; see ringside --help",
                    bad ? bad : "an option",
                    poptStrerror(status));
  }
  poptFreeContext(context);
  if (status < -1) {
    return false;
  }

  if (options->port != PORT_NOT_GIVEN &&
      (options->port < 1 || options->port > 65535)) {
    rs_client_usage("a port is from 1 to 65535");
    return false;
  }

  if (!(options->client.timeout_s >= 0.0 &&
        options->client.timeout_s <= 86400.0)) {
    rs_client_usage("a timeout is in seconds, up to a day");
    return false;
  }

  if (!(options->client.confirm_s >= 0.0 &&
        options->client.confirm_s <= 3600.0)) {
    rs_client_usage("--confirm is in seconds, up to 3600");
    return false;
  }

  if (options->client.confirm_s > 0.0 && options->is_impatient) {
    rs_client_usage("--confirm waits and --no-wait does not: should be one of "
                    "them");
    return false;
  }

  options->client.is_json       = options->is_json;
  options->client.is_normalized = options->is_normalized;
  options->client.is_impatient  = options->is_impatient;
  return true;
}

static int
run(Options* const options, const int n, const char* const* const arguments)
{
  if (!n) {
    return (int)rs_client_usage("what is to be done? See ringside --help");
  }

  const RsClientCommand* command = rs_client_commands;
  while (command->name && strcmp(command->name, arguments[0])) {
    ++command;
  }

  if (!command->name) {
    return (int)rs_client_usage(
      "there is no command \"%s\"; see ringside --help", arguments[0]);
  }

  if (n - 1 < command->min || n - 1 > command->max) {
    return (int)rs_client_usage(
      "it is: ringside %s %s", command->name, command->usage);
  }

  const int          port = options->port == PORT_NOT_GIVEN ? 0 : options->port;
  const RsClientExit found = rs_client_connect(&options->client, port);
  if (found != RS_CLIENT_DONE) {
    return (int)found;
  }

  const RsClientExit status =
    command->run(&options->client, n - 1, arguments + 1);
  rs_client_close(&options->client);
  return (int)status;
}

int
main(const int argc, char** const argv)
{
  Options     options = {.client = {.socket = -1}, .port = PORT_NOT_GIVEN};
  const char* arguments[ARGUMENTS_MAX] = {NULL};
  int         n_arguments              = 0;
  int         status                   = RS_CLIENT_USAGE;

  // Numbers are written with a point, whatever the language
  setlocale(LC_CTYPE, "");
  if (read_options(
        &options, argc, (const char* const*)argv, arguments, &n_arguments)) {
    status = options.is_help      ? print_help()
             : options.is_version ? !printf("ringside %s\n", RS_VERSION_TEXT)
                                  : run(&options, n_arguments, arguments);
  }

  if (fflush(stdout) || ferror(stdout)) {
    fprintf(stderr, "ringside: its output could not be written\n");
    status = status ? status : RS_CLIENT_USAGE;
  }

  return status;
}
