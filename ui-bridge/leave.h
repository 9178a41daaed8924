// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Leaving the process that started us.

       host ──spawns──▶ starter ──forks──▶ bridge
            ◀─ready_fd─         ◀──pipe───

   A host lives on after it unloaded the plugin that started us, and then there
   is nobody in it who would reap us.  So the bridge is a child of the process
   that the host started, which ends when the bridge is ready.

   Until then the starter answers for it: a bridge that is stopped before it
   listens would be seen by nobody, hold the lock of the runtime folder, and
   keep every other one from starting.  It is ended, and the starter with it, so
   that the host hears that the start has failed and tries again.  So it is when
   the host asks for it (SIGTERM), because it took too long.  One that ends by
   itself before that leaves its exit code to the starter.
*/

#ifndef RINGSIDE_BRIDGE_LEAVE_H
#define RINGSIDE_BRIDGE_LEAVE_H

/**
   Fork; return in the child.

   Without processes or descriptors left, it goes on as it is, or without
   anybody who answers for it.

   @param ready_fd where the port is written when all is open, or -1: the
   child's takes its way through the starter
*/
void
rs_leave_parent(int* ready_fd);

#endif // RINGSIDE_BRIDGE_LEAVE_H
