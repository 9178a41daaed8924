// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preloaded (LD_PRELOAD): makes calls of the C library fail.

   A site is a function and the place in one module that calls it.  All sites
   that are reached stand in a table in the file RINGSIDE_FAULT_FILE, which
   every process has mapped; one of them can be told there to fail, the n-th
   time or from then on.  Only calls out of RINGSIDE_FAULT_MODULE count: how
   libraries take it is not ours to mend.

   Here is who fails, and the account of memory; faults_calls.c has the calls.
*/

#include "tests/reliability/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SITES_MAX 1000u

typedef struct {
  _Atomic(uint64_t) key; ///< Place in the module, and function; 0: free
  char              function[36];
  _Atomic(uint32_t) hits;
} Site;

typedef struct {
  _Atomic(uint32_t) is_armed;
  uint32_t          place;    ///< Where to fail
  uint32_t          first;    ///< From this hit on, counted from 1
  uint32_t          is_once;  ///< Only then
  uint32_t          error;    ///< errno
  _Atomic(uint32_t) n_failed; ///< How often it did
  _Atomic(uint32_t) owner;    ///< The process whose memory is counted
  _Atomic(int32_t)  n_live;   ///< Allocations that it has not freed
  char              function[32];
  Site              sites[SITES_MAX];
} Table;

static Table*        table;
static uintptr_t     module_start;
static uintptr_t     module_end;
static char          module_name[64];
static __thread bool is_inside;

static int
find_module(struct dl_phdr_info* const info,
            const size_t               size,
            void* const                data)
{
  (void)size;
  bool* const       is_first = (bool*)data;
  const char* const slash    = strrchr(info->dlpi_name, '/');
  const bool        is_it =
    module_name[0] ? slash && !strcmp(slash + 1, module_name) : *is_first;
  *is_first = false;
  for (int i = 0; is_it && i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type == PT_LOAD &&
        (info->dlpi_phdr[i].p_flags & PF_X)) {
      module_start = info->dlpi_addr;
      module_end   = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr +
                   info->dlpi_phdr[i].p_memsz;
    }
  }

  return is_it;
}

__attribute__((constructor)) static void
open_table(void)
{
  const char* const path = getenv("RINGSIDE_FAULT_FILE");
  const char* const name = getenv("RINGSIDE_FAULT_MODULE");
  const int         fd   = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) {
    return;
  }

  snprintf(module_name, sizeof(module_name), "%s", name ? name : "");
  void* const base =
    mmap(NULL, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  table = base == MAP_FAILED ? NULL : (Table*)base;
}

/// Two functions that end in the same place (one by a jump) are two sites
static uint64_t
make_key(const char* const function, const uint32_t place)
{
  uint32_t hash = UINT32_C(2166136261);
  for (const char* c = function; *c; ++c) {
    hash = (hash ^ (uint8_t)*c) * UINT32_C(16777619);
  }

  return ((uint64_t)hash << 32u) | place;
}

bool
faults_fails(const char* const function, const void* const from)
{
  if (!table || is_inside) {
    return false;
  }

  const uintptr_t at = (uintptr_t)from;
  if (!module_end) {
    bool is_first = true;
    is_inside     = true;
    dl_iterate_phdr(find_module, &is_first);
    is_inside = false;
  }

  if (at < module_start || at >= module_end) {
    return false;
  }

  // Who comes first takes the entry; none is ever given back
  const uint32_t place = (uint32_t)(at - module_start);
  const uint64_t key   = make_key(function, place);
  uint32_t       hits  = 0;
  for (uint32_t i = 0; i < SITES_MAX && !hits; ++i) {
    Site* const site = &table->sites[i];
    uint64_t    none = 0;
    if (atomic_compare_exchange_strong(&site->key, &none, key)) {
      strncpy(site->function, function, sizeof(site->function) - 1u);
      none = key;
    }

    if (none == key) {
      hits = atomic_fetch_add(&site->hits, 1u) + 1u;
    }
  }

  if (!atomic_load(&table->is_armed) || table->place != place ||
      strcmp(table->function, function) != 0 ||
      (table->is_once ? hits != table->first : hits < table->first)) {
    return false;
  }

  atomic_fetch_add(&table->n_failed, 1u);
  errno = (int)table->error;
  return true;
}

/// Live allocations of the module, by address; 1: one was here
static _Atomic(uintptr_t) live[1u << 16u];

static bool
is_owner(void)
{
  const uint32_t self  = (uint32_t)getpid();
  uint32_t       owner = 0;
  return atomic_compare_exchange_strong(&table->owner, &owner, self) ||
         owner == self;
}

static size_t
first_place(const uintptr_t memory)
{
  return (size_t)((memory >> 4u) * UINT64_C(0x9E3779B97F4A7C15) >> 48u);
}

void
faults_note(const void* const from, const void* const memory)
{
  const uintptr_t at = (uintptr_t)from;
  if (!table || !memory || at < module_start || at >= module_end ||
      !is_owner()) {
    return;
  }

  for (size_t i = first_place((uintptr_t)memory);; i = (i + 1u) % (1u << 16u)) {
    uintptr_t was = atomic_load(&live[i]);
    if (was < 2u &&
        atomic_compare_exchange_strong(&live[i], &was, (uintptr_t)memory)) {
      atomic_fetch_add(&table->n_live, 1);
      return;
    }
  }
}

void
faults_forget(const void* const memory)
{
  if (!table || !memory) {
    return;
  }

  for (size_t i = first_place((uintptr_t)memory);; i = (i + 1u) % (1u << 16u)) {
    const uintptr_t was = atomic_load(&live[i]);
    if (was == (uintptr_t)memory) {
      atomic_store(&live[i], 1u);
      if (is_owner()) {
        atomic_fetch_sub(&table->n_live, 1);
      }
      return;
    }

    if (!was) {
      return;
    }
  }
}

void
faults_module_goes(void)
{
  if (module_name[0]) {
    module_start = module_end = 0;
  }
}
