// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A host that watches every run() of the real plugin.

     prove MODULE BUNDLE CYCLES [--scribble] [--small] [--host=KIND]

   Says `ready` when the bridge has the instance (or at once, if the module is
   not ours), then runs as fast as it can.  Pages count from then on.  Blocks of
   each size from 1 to 8,192 come once, all others have at most 64 frames.
   With --small there are none but those.  With --scribble, a child writes at
   random over all that a bridge may write.  What the host can be told by is its
   kind, see around.h.

   Exits with 1 if anything was seen, with 77 if this kernel cannot watch.
*/

#include "tests/proof/around.h"
#include "tests/proof/guard.h"

#include "plugin/description.h"
#include "tests/unit/random.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/urid/urid.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RATE_HZ 48000.0
#define BLOCK_MAX 8192u
#define WARM_BLOCKS 256u
#define PORTS_MAX 128u
#define NOTIFY_SIZE 4096u
#define STACK_SIZE (256u * 1024u)
#define SKIPPED 77

static const RsDescription* const is = &rs_strip_description;

typedef struct {
  const LV2_Descriptor* plugin;
  LV2_Handle            handle;
  bool                  is_ours;
  float                 values[PORTS_MAX];
  float                 audio[4][BLOCK_MAX];
  union {
    LV2_Atom_Sequence sequence;
    char              bytes[NOTIFY_SIZE];
  } notify;
} Host;

static Host host;

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char* const uri)
{
  static char*    uris[64];
  static uint32_t n;
  (void)handle;
  for (uint32_t i = 0; i < n; ++i) {
    if (!strcmp(uris[i], uri)) {
      return i + 1u;
    }
  }
  if (n == 64u) {
    abort();
  }
  uris[n] = strdup(uri);
  return ++n;
}

static bool
open_host(const char* const module,
          const char* const bundle,
          const char* const kind)
{
  static LV2_URID_Map             map = {NULL, map_uri};
  const LV2_Feature* const* const list =
    around_features(kind, &map, host.values);

  void* const library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    (void)fprintf(stderr, "%s\n", dlerror());
    return false;
  }

  LV2_Descriptor_Function find = NULL;
  *(void**)&find               = dlsym(library, "lv2_descriptor");
  host.plugin                  = find ? find(0) : NULL;
  host.handle                  = host.plugin
                                   ? host.plugin->instantiate(host.plugin, RATE_HZ, bundle, list)
                                   : NULL;
  host.is_ours = host.handle && !strcmp(host.plugin->URI, is->uri);
  return host.handle;
}

static void
connect_ports(void)
{
  if (!host.is_ours) {
    return;
  }

  for (uint32_t i = 0; i < is->n_parameters; ++i) {
    const uint32_t port = is->parameters[i].port;
    host.values[port]   = is->parameters[i].initial;
    host.plugin->connect_port(host.handle, port, &host.values[port]);
  }
  for (uint32_t c = 0; c < 2u; ++c) {
    host.plugin->connect_port(host.handle, is->audio_in[c], host.audio[c]);
    host.plugin->connect_port(
      host.handle, is->audio_out[c], host.audio[2u + c]);
  }
  host.plugin->connect_port(
    host.handle, is->freewheel_port, &host.values[is->freewheel_port]);
  host.plugin->connect_port(
    host.handle, is->control_port, around_control_port());
  host.plugin->connect_port(host.handle, is->notify_port, &host.notify);
}

static void
run(const uint32_t frames)
{
  around_say();
  host.notify.sequence.atom.type = map_uri(NULL, LV2_ATOM__Chunk);
  host.notify.sequence.atom.size = NOTIFY_SIZE - sizeof(LV2_Atom);

  guard_enter();
  host.plugin->run(host.handle, frames);
  guard_leave();

  around_obey(&host.notify.sequence);
}

static void
touch_stack(void)
{
  volatile char stack[STACK_SIZE];
  for (size_t i = 0; i < sizeof(stack); i += 1024u) {
    stack[i] = 0;
  }
}

/// Code and constants that nobody has used yet are on disk; a page of them that
/// is used for the first time says nothing about run()
static void
load_code(void)
{
  FILE* const maps = fopen("/proc/self/maps", "r");
  char        line[512];
  while (maps && fgets(line, sizeof(line), maps)) {
    uintptr_t begin = 0;
    uintptr_t end   = 0;
    char      rights[5];
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, rights) ==
          3 &&
        rights[0] == 'r' && rights[1] == '-' && strchr(line, '/')) {
      for (uintptr_t at = begin; at < end; at += 4096u) {
        (void)*(const volatile char*)at; // NOLINT(performance-no-int-to-ptr)
      }
    }
  }
  if (maps) {
    (void)fclose(maps);
  }
}

static float
osc_port(void)
{
  return host.values[is->parameters[is->osc_port_parameter].port];
}

/// In time with the clock, until the bridge has the instance
static bool
wait_for_bridge(void)
{
  for (uint32_t i = 0; i < 30000u; ++i) {
    const struct timespec cycle = {0, 2000000};
    run(96);
    if (!host.is_ours || osc_port() > 0.0f) {
      return true;
    }
    nanosleep(&cycle, NULL);
  }
  (void)fprintf(stderr, "no bridge has the instance after 60 s\n");
  return false;
}

/// What a host's user does: a knob, now and then an export
static void
play(Random* const random, const uint64_t cycle)
{
  if (host.is_ours && cycle % 32u == 0u) {
    const RsParameter* const p =
      &is->parameters[random_below(random, is->n_parameters)];
    if (!(p->flags & RS_PARAMETER_OUTPUT)) {
      host.values[p->port] = p->minimum + ((float)random_below(random, 1001u) /
                                           1000.0f * (p->maximum - p->minimum));
    }
  }
  if (host.is_ours) {
    host.values[is->freewheel_port] = cycle % 50000u < 20u ? 1.0f : 0.0f;
  }
}

static bool
is_sound(const uint32_t frames)
{
  for (uint32_t i = 0; host.is_ours && i < frames; ++i) {
    if (!isfinite(host.audio[2][i]) || !isfinite(host.audio[3][i])) {
      return false;
    }
  }
  return true;
}

static bool
run_cycles(const uint64_t cycles, const bool has_all_sizes)
{
  Random         random = {7u};
  uint32_t       size   = has_all_sizes ? 1u : BLOCK_MAX + 1u;
  const uint64_t each   = cycles / BLOCK_MAX ? cycles / BLOCK_MAX : 1u;
  for (uint64_t i = 0; i < cycles; ++i) {
    const bool     is_large = i % each == 0u && size <= BLOCK_MAX;
    const uint32_t frames   = is_large ? size++ : random_below(&random, 65u);
    play(&random, i);
    run(frames);
    if (!is_sound(frames)) {
      (void)fprintf(stderr, "what came out is no sound\n");
      return false;
    }
  }
  return cycles < BLOCK_MAX || size > BLOCK_MAX;
}

// A bridge that somebody took over

#define MAPS_MAX 16u

/// Map the command segments that a process has open and were not seen before
static uint32_t
map_segments(const pid_t pid,
             uint64_t**  maps,
             size_t      sizes[MAPS_MAX],
             ino_t       seen[MAPS_MAX],
             uint32_t    n)
{
  char folder[64];
  snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
  DIR* const           dir   = opendir(folder);
  const struct dirent* entry = NULL;
  while (dir && (entry = readdir(dir))) {
    char        path[400];
    char        target[256] = {0};
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
    if (readlink(path, target, sizeof(target) - 1u) < 0 ||
        !strstr(target, "memfd:ringside-commands")) {
      continue;
    }

    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && !fstat(fd, &st)) {
      uint32_t i = 0;
      while (i < n && i < MAPS_MAX && seen[i] != st.st_ino) {
        ++i;
      }
      if (i == n || i == MAPS_MAX) {
        const uint32_t place = n % MAPS_MAX;
        if (n >= MAPS_MAX) {
          munmap(maps[place], sizes[place]);
        }
        sizes[place] = (size_t)st.st_size;
        seen[place]  = st.st_ino;
        maps[place]  = (uint64_t*)mmap(
          NULL, sizes[place], PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (maps[place] != MAP_FAILED) {
          ++n;
        }
      }
    }
    if (fd >= 0) {
      close(fd);
    }
  }
  if (dir) {
    closedir(dir);
  }
  return n;
}

static void
scribble(const pid_t pid)
{
  static uint64_t* maps[MAPS_MAX];
  static size_t    sizes[MAPS_MAX];
  static ino_t     seen[MAPS_MAX];
  Random           random = {11u};
  uint32_t         n      = 0;

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    n = map_segments(pid, maps, sizes, seen, n);
    for (uint32_t k = 0; k < 200u && n; ++k) {
      const uint32_t which = random_below(&random, n < MAPS_MAX ? n : MAPS_MAX);
      const size_t   words = sizes[which] / 8u;
      for (uint32_t i = 0; i < 64u; ++i) {
        // The tail more often than all the rest: it lets slots be read
        const size_t   at    = random_below(&random, 4u)
                                 ? random_below(&random, (uint32_t)words)
                                 : 16u;
        const uint64_t value = random_next(&random);
        ((volatile uint64_t*)maps[which])[at] =
          at == 16u ? (maps[which][at] + (value % 8u)) : value >> (value % 64u);
      }
    }
    const struct timespec moment = {0, 200000};
    nanosleep(&moment, NULL);
  }
}

/// @return what follows the name, NULL without such an option
static const char*
find_option(const int argc, char** const argv, const char* const name)
{
  for (int i = 4; i < argc; ++i) {
    if (!strncmp(argv[i], name, strlen(name))) {
      return argv[i] + strlen(name);
    }
  }
  return NULL;
}

int
main(const int argc, char** const argv)
{
  if (argc < 4) {
    (void)fprintf(stderr,
                  "usage: prove MODULE BUNDLE CYCLES [--scribble] [--small] "
                  "[--host=ardour|kx]\n");
    return 2;
  }

  const uint64_t cycles = strtoull(argv[3], NULL, 10);
  const pid_t    self   = getpid();
  pid_t          child  = 0;
  const char*    kind   = find_option(argc, argv, "--host=");
  if (find_option(argc, argv, "--scribble")) {
    child = fork();
    if (!child) {
      scribble(self);
    }
  }

  if (!open_host(argv[1], argv[2], kind ? kind : "")) {
    return 2;
  }
  connect_ports();
  for (uint32_t c = 0; c < 2u; ++c) {
    for (uint32_t i = 0; i < BLOCK_MAX; ++i) {
      host.audio[c][i] = 0.25f * (float)sin(0.0576 * i);
    }
  }
  // Pages of ours that run() writes to
  for (size_t i = 0; i < sizeof(host); i += 1024u) {
    volatile char* const byte = (volatile char*)&host + i;
    const char           kept = *byte;

    *byte = kept;
  }

  if (!guard_thread()) {
    (void)fprintf(
      stderr, "this kernel does not watch system calls: %s\n", strerror(errno));
    return SKIPPED;
  }

  // Delay lines and tails once round, and a stack as hosts' threads have it
  touch_stack();
  load_code();
  guard_count_faults(false);
  if (host.plugin->activate) {
    host.plugin->activate(host.handle);
  }
  if (host.is_ours && !around_begin(host.plugin, host.handle)) {
    (void)fprintf(stderr, "nobody saves and restores\n");
    return 2;
  }
  for (uint32_t i = 0; i < WARM_BLOCKS; ++i) {
    run(BLOCK_MAX);
  }
  if (!wait_for_bridge()) {
    return 2;
  }
  printf("ready\n");
  (void)fflush(stdout);
  guard_count_faults(true);

  const bool is_small = child || find_option(argc, argv, "--small");
  const bool is_right = run_cycles(cycles, !is_small);
  around_end();
  around_print(stdout);
  const bool is_clean = guard_print(stdout);
  (void)fflush(stdout);
  if (child) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  host.plugin->cleanup(host.handle);
  return is_right && is_clean ? 0 : 1;
}
