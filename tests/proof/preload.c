// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preloaded into a host: watches run() of the plugins that it loads.

   Comes in between when the host asks for `lv2_descriptor`.  What was seen is
   written to the file RINGSIDE_PROOF when a plugin is cleaned up.  The first
   RINGSIDE_PROOF_WARM cycles are watched, but pages do not count yet.  If
   RINGSIDE_PROOF_BAD names a module (bad.c), its run() comes behind each of
   theirs, as if they did what it does.
*/

#include "tests/proof/guard.h"

#include <lv2/core/lv2.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define PLUGINS_MAX 64u

static LV2_Descriptor          guarded[PLUGINS_MAX];
static const LV2_Descriptor*   real[PLUGINS_MAX];
static uint32_t                n_plugins;
static LV2_Descriptor_Function find;
static long                    warm;
static void (*run_real)(LV2_Handle, uint32_t);
static void (*cleanup_real)(LV2_Handle);

static const LV2_Descriptor* bad;
static LV2_Handle            bad_handle;

/// The function that this one is in the place of
static void*
find_symbol(void* const library, const char* const name)
{
  static void* (*next)(void*, const char*);
  if (!next) {
    static const char* const versions[] = {
      "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
    for (uint32_t i = 0; !next && i < 3u; ++i) {
      *(void**)&next = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    }
  }
  return next ? next(library, name) : NULL;
}

static void
open_bad(const char* const path)
{
  void* const             library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  LV2_Descriptor_Function of      = NULL;
  *(void**)&of = library ? find_symbol(library, "lv2_descriptor") : NULL;
  bad          = of ? of(0) : NULL;
  bad_handle   = bad ? bad->instantiate(bad, 48000.0, "", NULL) : NULL;
  if (!bad_handle) {
    abort();
  }
}

static void
run(const LV2_Handle handle, const uint32_t frames)
{
  static __thread bool is_watched;
  if (!is_watched) {
    is_watched = true;
    if (!guard_thread()) {
      abort();
    }
    const char* const text = getenv("RINGSIDE_PROOF_WARM");
    warm                   = text ? strtol(text, NULL, 10) : 0;
  }

  guard_count_faults(--warm < 0);
  guard_enter();
  run_real(handle, frames);
  if (bad) {
    bad->run(bad_handle, frames);
  }
  guard_leave();
}

static void
cleanup(const LV2_Handle handle)
{
  const char* const path = getenv("RINGSIDE_PROOF");
  FILE* const       file = path ? fopen(path, "w") : NULL;
  if (file) {
    (void)guard_print(file);
    (void)fclose(file);
  }
  cleanup_real(handle);
}

static const LV2_Descriptor*
descriptor(const uint32_t index)
{
  const LV2_Descriptor* const found = find ? find(index) : NULL;
  if (!found || strncmp(found->URI, "urn:ringside:", 13) != 0) {
    return found;
  }
  for (uint32_t i = 0; i < n_plugins; ++i) {
    if (real[i] == found) {
      return &guarded[i];
    }
  }
  if (n_plugins == PLUGINS_MAX) {
    abort();
  }

  const char* const path = getenv("RINGSIDE_PROOF_BAD");
  if (path && !bad) {
    open_bad(path);
  }

  real[n_plugins]            = found;
  guarded[n_plugins]         = *found;
  run_real                   = found->run;
  cleanup_real               = found->cleanup;
  guarded[n_plugins].run     = run;
  guarded[n_plugins].cleanup = cleanup;
  return &guarded[n_plugins++];
}

/// In the place of libc's
void*
dlsym(void* restrict const library, const char* restrict const name)
{
  void* const found = find_symbol(library, name);
  if (!found || strcmp(name, "lv2_descriptor") != 0) {
    return found;
  }

  Dl_info info;
  if (!dladdr(found, &info) || !strstr(info.dli_fname, "ringside")) {
    return found;
  }
  *(void**)&find                   = found;
  void* ours                       = NULL;
  *(LV2_Descriptor_Function*)&ours = descriptor;
  return ours;
}
