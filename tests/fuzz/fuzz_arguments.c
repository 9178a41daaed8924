// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Command lines of ringside-bridge: its own main(), as far as the options that
   it would run with.

   Input: arguments with zeros in between.
*/

#include "tests/fuzz/fuzz.h"
#include "ui-bridge/bridge_inside.h"
#include "ui-bridge/leave.h"

#define ARGUMENTS_MAX 32

int
ringside_bridge_main(int argc, const char** argv);

static bool has_run;

/// What a bridge would begin with is right already
RsExit
rs_bridge_run(const RsBridgeOptions* const options)
{
  RsConfig             config;
  const RsConfigFlags* flags   = &options->flags;
  const char*          allowed = NULL;
  rs_config_defaults(&config);
  require(!flags->port ||
          rs_config_set(&config, "osc", "port", flags->port, &allowed));
  require(!flags->listen ||
          rs_config_set(&config, "osc", "listen", flags->listen, &allowed));
  require(!flags->log_level ||
          rs_config_set(&config, "bridge", "log", flags->log_level, &allowed));
  has_run = true;
  return RS_EXIT_OK;
}

/// Nobody leaves his parent here
void
rs_leave_parent(int* const ready_fd)
{
  (void)ready_fd;
}

/// popt prints these and ends the process
static bool
ends_process(const char* const argument)
{
  return !strncmp(argument, "--help", 6u) ||
         !strncmp(argument, "--usage", 7u) ||
         (argument[0] == '-' && strchr(argument, '?'));
}

int
LLVMFuzzerTestOneInput(const uint8_t* const data, const size_t size)
{
  Input       input = {data, size};
  int         argc  = 1;
  bool        is_ok = true;
  char*       texts[ARGUMENTS_MAX + 2];
  const char* argv[ARGUMENTS_MAX + 2] = {"ringside-bridge"};
  while (input.left && argc <= ARGUMENTS_MAX) {
    texts[argc] = exact_text(input_until(&input, '\0'));
    argv[argc]  = texts[argc];
    is_ok       = is_ok && !ends_process(texts[argc]);
    ++argc;
  }
  argv[argc] = NULL;

  if (is_ok) {
    has_run        = false;
    const int code = ringside_bridge_main(argc, argv);
    require(code == RS_EXIT_OK || (code == RS_EXIT_USAGE && !has_run));
  }
  for (int i = 1; i < argc; ++i) {
    free(texts[i]);
  }
  return 0;
}
