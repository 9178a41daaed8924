// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Batches that wait while presets are read: a recall that cannot be done yet
   stands in its batch as a placeholder, and everything later for that
   instance waits behind it, for at most 200 ms (see rs_presets_when_ready()).
*/

#include "ui-bridge/room.h"

#include <stdlib.h>
#include <string.h>

/// Commands that may wait behind presets; newer ones are dropped and counted
#define HELD_MAX 16384u

/// One batch
struct RsHeldImpl {
  RsHeld*   next;
  RsSource  from;
  char      address[RS_ADDRESS_MAX];
  uint32_t  count;
  RsCommand commands[];
};

bool
rs_held_is_open(const RsSeat* const seat)
{
  return seat->is_waiting || seat->first_held;
}

void
rs_held_add(RsCommandRoom* const   room,
            const RsSource* const  from,
            const char* const      address,
            RsSeat* const          seat,
            const RsCommand* const commands,
            const uint32_t         count)
{
  RsHeld* const held =
    seat->n_held + count <= HELD_MAX
      ? (RsHeld*)malloc(sizeof(RsHeld) + count * sizeof(RsCommand))
      : NULL;
  if (!held) {
    for (uint32_t i = 0u; i < count; ++i) {
      rs_bridge_count(room->bridge, RS_COUNT_DROPPED);
    }
    return;
  }

  held->next  = NULL;
  held->from  = *from;
  held->count = count;
  strncpy(held->address, address, sizeof(held->address) - 1u);
  held->address[sizeof(held->address) - 1u] = '\0';
  memcpy(held->commands, commands, count * sizeof(RsCommand));

  if (seat->last_held) {
    seat->last_held->next = held;
  } else {
    seat->first_held = held;
  }
  seat->last_held = held;
  seat->n_held += count;
  ++seat->held;
}

void
rs_held_drop(RsCommandRoom* const room, RsSeat* const seat)
{
  while (seat->first_held) {
    RsHeld* const held = seat->first_held;
    seat->first_held   = held->next;
    for (uint32_t i = 0u; i < held->count; ++i) {
      rs_bridge_count(room->bridge, RS_COUNT_DROPPED);
    }
    free(held);
  }
  seat->last_held = NULL;
  seat->n_held    = 0u;
}
