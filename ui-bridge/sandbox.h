// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What the bridge gives up once all is open.

   It faces the network, so whoever might take it over should find nothing to
   take: no privileges to gain (no_new_privs), no file but those of the runtime
   folder (Landlock), no system call that its work does not need (seccomp): no
   program can be started, no process forked, traced or signalled, nothing
   executable mapped, no memory of a plugin truncated or punched, no connection
   opened.  No core of it is written, and nobody of its own user may trace it.

   What the kernel does not know is left out, and `/ringside/status` tells
   (sandbox_seccomp, sandbox_landlock, and, as both sides do without where they
   are missing, kernel_pidfd and kernel_memfd_noexec).  In builds with
   sanitizers there is no sandbox, since they make system calls of their own.
*/

#ifndef RINGSIDE_BRIDGE_SANDBOX_H
#define RINGSIDE_BRIDGE_SANDBOX_H

#include <stdbool.h>

typedef struct {
  bool has_seccomp;
  int  landlock; ///< Version that the kernel knows, 0: none
} RsSandbox;

/// What is done without where the kernel has it not
typedef struct {
  bool has_pidfd;        ///< 5.3: deaths are seen though sockets stay open
  bool has_memfd_noexec; ///< 6.3: shared memory that can never be executed
} RsKernel;

/// Ask, before rs_sandbox_enter() gives up asking
void
rs_kernel_ask(RsKernel* kernel);

/// Never fails; there is no way back.  @param folder the runtime folder
void
rs_sandbox_enter(RsSandbox* sandbox, int folder);

#endif // RINGSIDE_BRIDGE_SANDBOX_H
