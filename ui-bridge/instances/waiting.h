// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   The account of commands that wait in one instance for their tag: a heap of
   the times at which each stops waiting, earliest first.
*/

#ifndef RINGSIDE_BRIDGE_WAITING_H
#define RINGSIDE_BRIDGE_WAITING_H

#include "shm/message.h"
#include "shm/status.h"

#include <stdint.h>

/// All zeros is an empty account
typedef struct {
  int64_t* due_ns; ///< RS_WAITING_MAX of them, once anything waited
  uint32_t count;
} RsWaiting;

void
rs_waiting_free(RsWaiting* waiting);

/// Forget all
void
rs_waiting_clear(RsWaiting* waiting);

/// Forget what is due by now.  @return how many still wait
uint32_t
rs_waiting_count(RsWaiting* waiting, int64_t now_ns);

/// Enter `count` commands due at one time.  @return #RS_FULL, and nothing
/// entered, over RS_WAITING_MAX or without memory
RS_NODISCARD RsStatus
rs_waiting_enter(RsWaiting* waiting, int64_t due_ns, uint32_t count);

/// Take back up to `count` commands that were entered as due at that time
void
rs_waiting_remove(RsWaiting* waiting, int64_t due_ns, uint32_t count);

#endif // RINGSIDE_BRIDGE_WAITING_H
