// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   A plugin that does in run() what none may do, now and then: what, says the
   variable RINGSIDE_BAD.  The proof must see it.
*/

#include <lv2/core/lv2.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char*     bad;
static unsigned        n_runs;
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
  bad   = getenv("RINGSIDE_BAD");
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
run(LV2_Handle handle, const uint32_t frames)
{
  (void)handle;
  (void)frames;
  if (++n_runs % 100u) {
    return;
  }

  if (!strcmp(bad, "write")) {
    (void)!write(-1, "", 0);
  } else if (!strcmp(bad, "sleep")) {
    const struct timespec moment = {0, 1000};
    nanosleep(&moment, NULL);
  } else if (!strcmp(bad, "yield")) {
    sched_yield();
  } else if (!strcmp(bad, "malloc")) {
    void* volatile memory = malloc(32); // From a list of the thread's own
    free(memory);
  } else if (!strcmp(bad, "lock")) {
    pthread_mutex_lock(&mutex); // Nobody else has it
    pthread_mutex_unlock(&mutex);
  } else if (!strcmp(bad, "page")) {
    pages[(4096u * n_pages++) % PAGES_SIZE] = 1;
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
