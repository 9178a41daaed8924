// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A host that has no file descriptors left.

   STRANGE_WHEN: "before" or "after" the plugin is instantiated they run out;
   STRANGE_LEFT: so many are left.  SIGUSR1 gives all back.
*/

#include <lilv/lilv.h>

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMIT 256

static int                   taken[LIMIT];
static volatile sig_atomic_t n_taken;

static void
give_back(const int signal_number)
{
  (void)signal_number;
  while (n_taken > 0) {
    --n_taken;
    close(taken[n_taken]);
  }
}

static void
take_all(void)
{
  struct rlimit     limit;
  const char* const left = getenv("STRANGE_LEFT");

  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = LIMIT;
  setrlimit(RLIMIT_NOFILE, &limit);

  int fd = -1;
  while (n_taken < LIMIT && (fd = dup(1)) >= 0) {
    taken[n_taken] = fd;
    ++n_taken;
  }

  for (long i = left ? strtol(left, NULL, 10) : 0; i > 0 && n_taken > 0; --i) {
    --n_taken;
    close(taken[n_taken]);
  }

  signal(SIGUSR1, give_back);
}

// Found before lilv's own
LilvInstance*
lilv_plugin_instantiate(const LilvPlugin* const         plugin,
                        const double                    rate_hz,
                        const LV2_Feature* const* const features)
{
  typedef LilvInstance* (*Instantiate)(
    const LilvPlugin*, double, const LV2_Feature* const*);

  const char* const when      = getenv("STRANGE_WHEN");
  const int         is_before = when && !strcmp(when, "before");
  Instantiate       real      = NULL;

  // To load the library takes descriptors, which is not what this is about
  char* const path = lilv_file_uri_parse(
    lilv_node_as_uri(lilv_plugin_get_library_uri(plugin)), NULL);
  (void)dlopen(path, RTLD_NOW);
  lilv_free(path);

  *(void**)&real = dlsym(RTLD_NEXT, "lilv_plugin_instantiate");
  if (is_before) {
    take_all();
  }

  LilvInstance* const instance = real(plugin, rate_hz, features);
  if (!is_before) {
    take_all();
  }

  return instance;
}
