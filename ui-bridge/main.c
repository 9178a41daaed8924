// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// ringside-bridge: arguments and exit codes

#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/log.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/**
   Leave the process that started us, by a fork whose parent ends at once.

   A host lives on after it unloaded the plugin that started us, and then there
   is nobody in it who would reap us.  Without processes left, we go on as we
   are.
*/
static void
leave_parent(void)
{
  const pid_t child = fork();
  if (child > 0) {
    _exit(RS_EXIT_OK);
  }
}

int
main(int argc, const char** argv)
{
  char* file        = NULL;
  char* port        = NULL;
  char* listen      = NULL;
  char* runtime_dir = NULL;
  char* log_level   = NULL;
  int   ready_fd    = -1;
  int   is_auto     = 0;
  int   is_version  = 0;

  // clang-format off
  const struct poptOption options[] = {
    {"config", 'c', POPT_ARG_STRING, &file, 0,
     "Configuration file, in place of ringside/bridge.conf in the "
     "configuration folders", "FILE"},
    {"port", 'p', POPT_ARG_STRING, &port, 0,
     "UDP and TCP port; the next free one if it is taken, 0: any", "PORT"},
    {"listen", 'l', POPT_ARG_STRING, &listen, 0,
     "Address to listen on, of this machine alone", "ADDRESS"},
    {"runtime-dir", 'r', POPT_ARG_STRING, &runtime_dir, 0,
     "Folder where plugins and clients find this bridge", "FOLDER"},
    {"log-level", 0, POPT_ARG_STRING, &log_level, 0,
     "error, warning, info or debug", "LEVEL"},
    {"ready-fd", 0, POPT_ARG_INT, &ready_fd, 0,
     "Write the port to this descriptor when ready", "N"},
    {"auto", 0, POPT_ARG_NONE, &is_auto, 0,
     "Leave 2 s after the last instance has gone (as plugins start it)", NULL},
    {"version", 'V', POPT_ARG_NONE, &is_version, 0,
     "Say the version and exit", NULL},
    POPT_AUTOHELP
    POPT_TABLEEND
  };
  // clang-format on

  const poptContext context =
    poptGetContext("ringside-bridge", argc, argv, options, 0);
  const int rc = poptGetNextOpt(context);
  if (rc < -1) {
    fprintf(stderr,
            "ringside-bridge: %s: %s (--help tells what there is)\n",
            poptBadOption(context, POPT_BADOPTION_NOALIAS),
            poptStrerror(rc));
    return RS_EXIT_USAGE;
  }
  if (poptPeekArg(context)) {
    fprintf(stderr,
            "ringside-bridge: %s: there are no arguments without a -- "
            "(--help tells what there is)\n",
            poptPeekArg(context));
    return RS_EXIT_USAGE;
  }

  if (is_version) {
    printf("ringside-bridge %s\n", RS_VERSION_TEXT);
    return RS_EXIT_OK;
  }

  if (!is_good("osc", "port", port) || !is_good("osc", "listen", listen) ||
      !is_good("bridge", "log", log_level)) {
    return RS_EXIT_USAGE;
  }

  if (runtime_dir && setenv("RINGSIDE_RUNTIME_DIR", runtime_dir, 1)) {
    return RS_EXIT_FAILURE;
  }

  if (is_auto) {
    leave_parent();
  }

  rs_log_to_system(is_auto);
  const RsBridgeOptions bridge_options = {
    .flags    = {file, port, listen, log_level},
    .is_auto  = is_auto,
    .ready_fd = ready_fd,
  };
  const RsExit code = rs_bridge_run(&bridge_options);

  poptFreeContext(context);
  free(file);
  free(port);
  free(listen);
  free(runtime_dir);
  free(log_level);
  return (int)code;
}
