// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preloaded: other clocks, for this process alone.

   CLOCK_REALTIME is off by as many nanoseconds as the first eight bytes of the
   file RINGSIDE_CLOCK_SHIM say at that moment.  What the kernel stamps packets
   with stays as it was, as for a packet that came just before a step.

   CLOCK_MONOTONIC goes slower by RINGSIDE_CLOCK_SLOW, a whole number: so a host
   runs much faster than time, however busy the machine is.
*/

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic(int64_t)* offset_ns;
static int64_t           slow = 1;
static int64_t           start_ns;

static void
add_ns(struct timespec* const time, const int64_t more_ns)
{
  const int64_t ns =
    (int64_t)time->tv_sec * 1000000000 + time->tv_nsec + more_ns;
  time->tv_sec  = ns / 1000000000;
  time->tv_nsec = ns % 1000000000;
}

static void __attribute__((constructor)) set_clocks(void)
{
  const char* const factor = getenv("RINGSIDE_CLOCK_SLOW");
  struct timespec   now    = {0, 0};
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  start_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
  slow     = factor && atoi(factor) > 1 ? atoi(factor) : 1;

  const char* const path = getenv("RINGSIDE_CLOCK_SHIM");
  const int         fd   = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    void* const at = mmap(NULL, 8u, PROT_READ, MAP_SHARED, fd, 0);
    offset_ns      = at == MAP_FAILED ? NULL : (_Atomic(int64_t)*)at;
    close(fd);
  }
}

int
clock_gettime(const clockid_t id, struct timespec* const time)
{
  const int result = (int)syscall(SYS_clock_gettime, id, time);
  if (!result && offset_ns && id == CLOCK_REALTIME) {
    add_ns(time, atomic_load(offset_ns));
  } else if (!result && slow > 1 && id == CLOCK_MONOTONIC) {
    const int64_t past_ns =
      (int64_t)time->tv_sec * 1000000000 + time->tv_nsec - start_ns;
    add_ns(time, past_ns / slow - past_ns);
  }

  return result;
}
