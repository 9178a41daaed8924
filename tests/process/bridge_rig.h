// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A real bridge in a folder of its own, for hosts that the test plays.

   One thread, one bridge at a time; what fails, fails the test.
*/

#ifndef RINGSIDE_TESTS_PROCESS_BRIDGE_RIG_H
#define RINGSIDE_TESTS_PROCESS_BRIDGE_RIG_H

#include <stdbool.h>
#include <sys/types.h>

extern char  bridge_folder[64]; ///< Its runtime folder
extern pid_t bridge_pid;
extern int   bridge_log; ///< A file for warnings, too, or -1

/// Start it, and wait until it is ready
int
bridge_set_up(void** state);

/// End it.  It must have stood everything, and leaves nothing behind
int
bridge_tear_down(void** state);

/// Ask over osc.sock how many instances there are
int
bridge_instances(void);

/// Wait until there are so many
void
bridge_wait_instances(int n);

/// True at the end of this connection, false if that does not come
bool
bridge_ended(int host);

#endif // RINGSIDE_TESTS_PROCESS_BRIDGE_RIG_H
