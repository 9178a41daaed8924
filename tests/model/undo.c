// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Memory as it was before: a log of what was overwritten

#include "tests/model/machine.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  void*    memory;
  uint32_t size;
  char     bytes[28];
} Overwritten;

static Overwritten* entries;
static size_t       n_entries;
static size_t       capacity;

_Static_assert(sizeof(Shadow) <= sizeof(entries->bytes), "fits");

void
undo_log(void* const memory, const size_t size)
{
  if (n_entries == capacity) {
    capacity = capacity ? 2u * capacity : 4096u;
    entries  = (Overwritten*)realloc(entries, capacity * sizeof(*entries));
    if (!entries) {
      abort();
    }
  }

  Overwritten* const entry = &entries[n_entries++];
  entry->memory            = memory;
  entry->size              = (uint32_t)size;
  memcpy(entry->bytes, memory, size);
}

size_t
undo_mark(void)
{
  return n_entries;
}

void
undo_to(const size_t mark)
{
  while (n_entries > mark) {
    const Overwritten* const entry = &entries[--n_entries];
    memcpy(entry->memory, entry->bytes, entry->size);
  }
}
