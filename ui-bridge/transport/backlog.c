// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Answers that sockets did not take yet

#include "ui-bridge/transport/backlog.h"

#include <stdlib.h>
#include <string.h>

/// Small ones grow twofold, larger ones by that much
#define STEP 65536u

static size_t
capacity_for(const size_t size)
{
  if (size > STEP) {
    return (size + STEP - 1u) / STEP * STEP;
  }

  size_t capacity = 1024u;
  while (capacity < size) {
    capacity *= 2u;
  }
  return capacity;
}

static RsBacklog*
largest(const RsBacklogs* const all)
{
  RsBacklog* most = all->first;
  for (RsBacklog* b = all->first; b; b = b->next) {
    most = b->capacity > most->capacity ? b : most;
  }
  return most;
}

/// Take it off the list.  @return its bytes
static uint8_t*
take_off(RsBacklogs* const all, RsBacklog* const backlog)
{
  uint8_t* const bytes = backlog->bytes;
  for (RsBacklog** b = &all->first; bytes && *b; b = &(*b)->next) {
    if (*b == backlog) {
      *b = backlog->next;
      all->total -= backlog->capacity;
      --all->count;
      break;
    }
  }

  backlog->bytes    = NULL;
  backlog->size     = 0u;
  backlog->capacity = 0u;
  backlog->next     = NULL;
  return bytes;
}

static void
give_up(RsBacklogs* const all, RsBacklog* const backlog)
{
  const size_t   lost  = backlog->size;
  uint8_t* const bytes = take_off(all, backlog);

  ++all->n_given_up;
  backlog->given_up(backlog, bytes, lost);
  free(bytes);
}

uint8_t*
rs_backlog_extend(RsBacklogs* const all,
                  RsBacklog* const  backlog,
                  const size_t      size)
{
  if (size > RS_BACKLOG_MAX || backlog->size > RS_BACKLOG_MAX - size) {
    return NULL;
  }

  const size_t capacity = capacity_for(backlog->size + size);
  if (backlog->bytes && capacity <= backlog->capacity) {
    return backlog->bytes + backlog->size;
  }

  while (all->total - backlog->capacity + capacity > RS_BACKLOG_ALL) {
    RsBacklog* const most = largest(all);
    give_up(all, most);
    if (most == backlog) {
      return NULL;
    }
  }

  const bool     is_new = !backlog->bytes;
  uint8_t* const bytes  = (uint8_t*)realloc(backlog->bytes, capacity);
  if (!bytes) {
    return NULL;
  }

  if (is_new) {
    backlog->next = all->first;
    all->first    = backlog;
    ++all->count;
  }
  all->total += capacity - backlog->capacity;
  backlog->bytes    = bytes;
  backlog->capacity = capacity;
  return bytes + backlog->size;
}

void
rs_backlog_taken(RsBacklogs* const all,
                 RsBacklog* const  backlog,
                 const size_t      size)
{
  backlog->size -= size;
  if (!backlog->size) {
    rs_backlog_clear(all, backlog);
  } else if (size) {
    memmove(backlog->bytes, backlog->bytes + size, backlog->size);
  }
}

void
rs_backlog_clear(RsBacklogs* const all, RsBacklog* const backlog)
{
  free(take_off(all, backlog));
}
