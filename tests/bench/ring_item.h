// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What goes through all queues that carry commands

#ifndef RINGSIDE_TESTS_BENCH_RING_ITEM_H
#define RINGSIDE_TESTS_BENCH_RING_ITEM_H

#include "shm/message.h"

#include <stdint.h>

static inline RsCommand
ring_item(const uint64_t sequence)
{
  return (RsCommand){.sequence   = sequence,
                     .arrival_ns = (int64_t)sequence,
                     .kind       = RS_COMMAND_SET,
                     .parameter  = (uint32_t)(sequence & 31u),
                     .value      = 0.5f};
}

#endif // RINGSIDE_TESTS_BENCH_RING_ITEM_H
