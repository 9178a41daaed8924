// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What benchmarks of latency share

#include "tests/bench/lab.h"

#include "tests/bench/figure.h"
#include "tests/lib/child.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKER_FRAMES 256u
#define WORKER_SECTIONS 16u

int64_t
lab_now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

LabSpread
lab_spread(int64_t* const times, const size_t n)
{
  LabSpread s       = {0};
  double    sum     = 0.0;
  double    squares = 0.0;
  double    steps   = 0.0;
  for (size_t i = 0u; i < n; ++i) {
    const double us = (double)times[i] / 1e3;
    sum += us;
    squares += us * us;
    steps += i ? fabs((double)(times[i] - times[i - 1u])) / 1e3 : 0.0;
  }
  if (n) {
    s.mean              = sum / (double)n;
    const double excess = squares / (double)n - s.mean * s.mean;
    s.sd                = excess > 0.0 ? sqrt(excess) : 0.0;
    s.jitter            = n > 1u ? steps / (double)(n - 1u) : 0.0;
  }

  rs_figure_sort(times, n);
  s.p50 = (double)rs_figure_percentile(times, n, 50.0) / 1e3;
  s.p95 = (double)rs_figure_percentile(times, n, 95.0) / 1e3;
  s.p99 = (double)rs_figure_percentile(times, n, 99.0) / 1e3;
  s.min = (double)rs_figure_percentile(times, n, 0.0) / 1e3;
  s.max = (double)rs_figure_percentile(times, n, 100.0) / 1e3;
  return s;
}

bool
lab_set_priority(const pid_t pid, const int priority)
{
  const struct sched_param param = {.sched_priority = priority};
  return !sched_setscheduler(pid, priority ? SCHED_FIFO : SCHED_OTHER, &param);
}

int
lab_priority(const pid_t pid)
{
  struct sched_param param = {0};
  return sched_getparam(pid, &param) ? 0 : param.sched_priority;
}

void
lab_pin(const pid_t pid, const int core)
{
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (core < 0 || i == core) {
      CPU_SET((unsigned)i, &set);
    }
  }
  (void)sched_setaffinity(pid, sizeof(set), &set);
}

int
lab_keep_awake(void)
{
  const int32_t latency_us = 0;
  const int     fd         = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && write(fd, &latency_us, sizeof(latency_us)) < 0) {
    close(fd);
    return -1;
  }
  return fd;
}

void*
lab_share(const size_t size)
{
  void* const memory = mmap(NULL,
                            size,
                            PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
                            -1,
                            0);
  if (memory == MAP_FAILED) {
    perror("mmap");
    exit(2);
  }
  return memory;
}

void
lab_kill(const pid_t pid)
{
  if (pid > 0) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
}

pid_t
lab_start_worker(_Atomic(uint64_t)* const blocks)
{
  const pid_t pid = child_fork();
  if (pid) {
    return pid;
  }

  // A cascade of second-order low passes over noise, block after block
  static float  block[WORKER_FRAMES];
  static double state[WORKER_SECTIONS][2];
  uint32_t      noise = 1u;
  for (;;) {
    for (uint32_t i = 0u; i < WORKER_FRAMES; ++i) {
      noise    = noise * 1664525u + 1013904223u;
      double x = (double)noise / 4294967296.0 - 0.5;
      for (uint32_t k = 0u; k < WORKER_SECTIONS; ++k) {
        const double y = 0.2 * x + state[k][0];
        state[k][0]    = 0.4 * x + state[k][1] + 0.3 * y;
        state[k][1]    = 0.2 * x - 0.1 * y;
        x              = y;
      }
      block[i] = (float)x;
    }
    // The reader only wants to know that it is not zero
    atomic_fetch_add_explicit(
      blocks, block[0] < 1e9f ? 1u : 2u, memory_order_relaxed);
  }
}

uint16_t
lab_start_bridge(const char* const program,
                 char* const       folder,
                 pid_t* const      pid)
{
  int ready[2];
  if (!mkdtemp(folder) || pipe(ready)) {
    return 0u;
  }
  setenv("RINGSIDE_RUNTIME_DIR", folder, 1);
  setenv("RINGSIDE_PORT", "0", 1);
  setenv("HOME", "/nonexistent", 1);

  *pid = child_fork();
  if (!*pid) {
    char flag[32];
    snprintf(flag, sizeof(flag), "--ready-fd=%d", ready[1]);
    execl(program, program, flag, "--log-level=error", (char*)NULL);
    _exit(127);
  }

  char text[16] = "";
  close(ready[1]);
  const ssize_t n = read(ready[0], text, sizeof(text) - 1u);
  close(ready[0]);
  return n > 0 ? (uint16_t)strtol(text, NULL, 10) : 0u;
}

void
lab_stop_bridge(const pid_t pid, const char* const folder)
{
  if (pid > 0) {
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);

    // It leaves its port to a successor if an instance was there to the end
    char path[256];
    snprintf(path, sizeof(path), "%s/port", folder);
    unlink(path);
    rmdir(folder);
  }
}
