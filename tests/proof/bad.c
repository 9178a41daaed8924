// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A plugin that does in run() what none may do, now and then: what, says the
   variable RINGSIDE_BAD (`all`: in turns), and in which runs RINGSIDE_BAD_EACH
   (100).  The proof must see it.
*/

#include <lv2/core/lv2.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char*     bad;
static bool            is_all;
static unsigned        n_runs;
static unsigned        each;
static char*           pages;
static size_t          n_pages;

#define PAGES_SIZE (256u << 20u)

static LV2_Handle
instantiate(const LV2_Descriptor* const     descriptor,
            const double                    rate_hz,
            const char* const               bundle,
            const LV2_Feature* const* const features)
{
  (void)descriptor;
  (void)rate_hz;
  (void)bundle;
  (void)features;
  const char* const text = getenv("RINGSIDE_BAD_EACH");

  bad    = getenv("RINGSIDE_BAD");
  is_all = bad && !strcmp(bad, "all");
  each   = text ? (unsigned)strtoul(text, NULL, 10) : 100u;
  if (!each) {
    return NULL;
  }

  pages = (char*)mmap(NULL,
                      PAGES_SIZE,
                      PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                      -1,
                      0);
  return bad ? &mutex : NULL;
}

static void
connect_port(LV2_Handle handle, uint32_t port, void* data)
{
  (void)handle;
  (void)port;
  (void)data;
}

static void
do_write(void)
{
  (void)!write(-1, "", 0);
}

static void
do_sleep(void)
{
  const struct timespec moment = {0, 1000};
  nanosleep(&moment, NULL);
}

static void
do_yield(void)
{
  sched_yield();
}

static void
do_malloc(void)
{
  void* volatile memory = malloc(32); // From a list of the thread's own
  free(memory);
}

static void
do_lock(void)
{
  pthread_mutex_lock(&mutex); // Nobody else has it
  pthread_mutex_unlock(&mutex);
}

static void
do_page(void)
{
  pages[(4096u * n_pages++) % PAGES_SIZE] = 1;
}

/// The first call is seen, and is all that is seen of calls in one run(): who
/// waits in the second one is known by the kernel's account alone
static void
do_wait(void)
{
  const struct timespec moment = {0, 1000000};
  sched_yield();
  nanosleep(&moment, NULL);
}

// clang-format off
static const struct {
  const char* name;
  void (*act)(void);
} ways[] = {
  {"write",  do_write}, // First, for who looks at the first system call
  {"sleep",  do_sleep},
  {"yield",  do_yield},
  {"malloc", do_malloc},
  {"lock",   do_lock},
  {"page",   do_page},
  {"wait",   do_wait},
};
// clang-format on

#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

static void
run(LV2_Handle handle, const uint32_t frames)
{
  (void)handle;
  (void)frames;
  if (++n_runs % each) {
    return;
  }

  for (size_t i = 0; i < N_WAYS; ++i) {
    if (is_all ? n_runs / each % N_WAYS == (i + 1u) % N_WAYS
               : !strcmp(bad, ways[i].name)) {
      ways[i].act();
    }
  }
}

static void
cleanup(LV2_Handle handle)
{
  (void)handle;
  munmap(pages, PAGES_SIZE);
}

LV2_SYMBOL_EXPORT const LV2_Descriptor*
lv2_descriptor(const uint32_t index)
{
  static const LV2_Descriptor descriptor = {
    .URI          = "urn:test:bad",
    .instantiate  = instantiate,
    .connect_port = connect_port,
    .run          = run,
    .cleanup      = cleanup,
  };

  return index ? NULL : &descriptor;
}
