// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What benchmarks of latency share: load, priorities, a bridge of their own,
   and what many times come to.  Processes started here die with their parent.
*/

#ifndef RINGSIDE_TESTS_BENCH_LAB_H
#define RINGSIDE_TESTS_BENCH_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// jackd's default, and with it that of many an audio thread
#define LAB_AUDIO_PRIORITY 10

int64_t
lab_now_ns(void);

/// What a set of times comes to, in microseconds
typedef struct {
  double p50;
  double p95;
  double p99;
  double min;
  double max;
  double mean;
  double sd;
  double jitter; ///< Mean difference between one and the next
} LabSpread;

/// @param times in order of measurement, nanoseconds; sorted afterwards
LabSpread
lab_spread(int64_t* times, size_t n);

/// SCHED_FIFO, or normal if `priority` is 0.  @return whether it was granted
bool
lab_set_priority(pid_t pid, int priority);

/// The priority of a process, 0 if it is normal
int
lab_priority(pid_t pid);

/// Keep a process to one core; `core` < 0: to any
void
lab_pin(pid_t pid, int core);

/// Ask that no core halts when it is idle.  @return a descriptor that says so
/// as long as it is open, or -1
int
lab_keep_awake(void);

/// Memory that all children share, zero
void*
lab_share(size_t size);

/// Kill and reap; fine on pids <= 0
void
lab_kill(pid_t pid);

/// A process that filters sound without end, at normal priority; counts blocks
pid_t
lab_start_worker(_Atomic(uint64_t)* blocks);

/**
   Start a bridge in a runtime folder of its own, which this process and its
   later children then share.

   @param folder ends in XXXXXX, becomes the folder
   @return its port, 0 if it failed
*/
uint16_t
lab_start_bridge(const char* program, char* folder, pid_t* pid);

/// End it politely, and remove the folder
void
lab_stop_bridge(pid_t pid, const char* folder);

#endif // RINGSIDE_TESTS_BENCH_LAB_H
