// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// ringside-bridge: arguments and exit codes

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/leave.h"
#include "ui-bridge/log.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>

static bool
is_good(const char* const section,
        const char* const key,
        const char* const value)
{
  RsConfig    scratch;
  const char* allowed = NULL;

  rs_config_defaults(&scratch);
  if (value && !rs_config_set(&scratch, section, key, value, &allowed)) {
    fprintf(stderr,
            "ringside-bridge: --%s=%s: should be %s\n",
            key,
            value,
            allowed ? allowed : "left out");
    return false;
  }

  return true;
}

/// What stood on the command line, as popt gives it
typedef struct {
  char* file;
  char* port;
  char* listen;
  char* runtime_dir;
  char* log_level;
  int   ready_fd;
  int   is_auto;
  int   is_version;
} Arguments;

/// @return false when it has said what is wrong
static bool
read_arguments(const poptContext context, const Arguments* const arguments)
{
  const int rc = poptGetNextOpt(context);
  if (rc < -1) {
    fprintf(stderr,
            "ringside-bridge: %s: %s (--help tells what there is)\n",
            poptBadOption(context, POPT_BADOPTION_NOALIAS),
            poptStrerror(rc));
    return false;
  }

  if (poptPeekArg(context)) {
    fprintf(stderr,
            "ringside-bridge: %s: there are no arguments without a -- "
            "(--help tells what there is)\n",
            poptPeekArg(context));
    return false;
  }

  return is_good("osc", "port", arguments->port) &&
         is_good("osc", "listen", arguments->listen) &&
         is_good("bridge", "log", arguments->log_level);
}

static RsExit
run(const Arguments* const arguments)
{
  if (arguments->is_version) {
    printf("ringside-bridge %s\n", RS_VERSION_TEXT);
    return RS_EXIT_OK;
  }

  if (arguments->runtime_dir &&
      setenv("RINGSIDE_RUNTIME_DIR", arguments->runtime_dir, 1)) {
    return RS_EXIT_FAILURE;
  }

  int ready_fd = arguments->ready_fd;
  if (arguments->is_auto) {
    rs_leave_parent(&ready_fd);
  }

  const RsBridgeOptions options = {
    .flags    = {arguments->file,
                 arguments->port,
                 arguments->listen,
                 arguments->log_level},
    .is_auto  = arguments->is_auto,
    .ready_fd = ready_fd,
  };
  rs_log_to_system(arguments->is_auto);
  return rs_bridge_run(&options);
}

int
main(const int argc, const char** const argv)
{
  Arguments a = {.ready_fd = -1};

  // clang-format off
  const struct poptOption options[] = {
    {"config", 'c', POPT_ARG_STRING, &a.file, 0,
     "Configuration file, in place of ringside/bridge.conf in the "
     "configuration folders", "FILE"},
    {"port", 'p', POPT_ARG_STRING, &a.port, 0,
     "UDP and TCP port; the next free one if it is taken, 0: any", "PORT"},
    {"listen", 'l', POPT_ARG_STRING, &a.listen, 0,
     "Address to listen on; others than 127.0.0.1 need a guard in the "
     "configuration", "ADDRESS"},
    {"runtime-dir", 'r', POPT_ARG_STRING, &a.runtime_dir, 0,
     "Folder where plugins and clients find this bridge", "FOLDER"},
    {"log-level", 0, POPT_ARG_STRING, &a.log_level, 0,
     "error, warning, info or debug", "LEVEL"},
    {"ready-fd", 0, POPT_ARG_INT, &a.ready_fd, 0,
     "Write the port to this descriptor when ready", "N"},
    {"auto", 0, POPT_ARG_NONE, &a.is_auto, 0,
     "Leave 2 s after the last instance has gone (as plugins start it)", NULL},
    {"version", 'V', POPT_ARG_NONE, &a.is_version, 0,
     "Say the version and exit", NULL},
    POPT_AUTOHELP
    POPT_TABLEEND
  };
  // clang-format on

  const poptContext context =
    poptGetContext("ringside-bridge", argc, argv, options, 0);
  const RsExit code = read_arguments(context, &a) ? run(&a) : RS_EXIT_USAGE;

  poptFreeContext(context);
  free(a.file);
  free(a.port);
  free(a.listen);
  free(a.runtime_dir);
  free(a.log_level);
  return (int)code;
}
