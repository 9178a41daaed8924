// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What rs-host is told, a line a command, and what it answers.  The commands
   stand at the head of rs-host.c.

   For the main thread; lines of the log come from others.
*/

#ifndef RINGSIDE_TESTS_HOST_SESSION_H
#define RINGSIDE_TESTS_HOST_SESSION_H

#include "tests/host/embedded.h"

#include <stdbool.h>
#include <stdint.h>

#define INSTANCES_MAX 4096u

typedef struct {
  RsHost*  host;
  bool     is_quitting;
  uint32_t last; ///< Number of the instance made last
  uint64_t waits_for;
  bool     is_waiting;
  uint64_t ends_at;
  bool     has_ended;
  float    osc_ports[INSTANCES_MAX + 1u];
} Session;

/// Say a line
void
session_say(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Say a line of the log; any thread
void
session_log(void* context, const char* line);

/// Make instances
bool
session_add(Session* session, uint32_t count);

/// Read commands until told to quit, or the end of standard input
void
session_take_commands(Session* session, bool until_eof);

/// Leave the standard descriptors, which may be closed or somebody else's, for
/// "IN,OUT".  @return false if that is none
bool
session_talk_on(const char* text);

#endif // RINGSIDE_TESTS_HOST_SESSION_H
