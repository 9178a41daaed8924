// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Ways by which one process can wake another and hand it 64 bytes.

   A pair has two directions, each used by one sender and one receiver.  All is
   made before the processes fork, so whoever made it can remove it, whatever
   happened to them.
*/

#ifndef RINGSIDE_TESTS_BENCH_WAYS_H
#define RINGSIDE_TESTS_BENCH_WAYS_H

#include <mqueue.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAY_SIZE 64u

/// One message, for what cannot carry any: it tells, and this holds
typedef struct {
  alignas(64) _Atomic(uint32_t) count;  ///< Messages put
  alignas(64) _Atomic(uint32_t) sleeps; ///< Of the futex
  alignas(64) uint8_t bytes[WAY_SIZE];
  alignas(64) pthread_mutex_t mutex;
  pthread_cond_t cond;
} WayBox;

/// One direction
typedef struct {
  int      in;    ///< Descriptor to send on, or queue
  int      out;   ///< To receive from
  mqd_t    queue; ///< POSIX
  WayBox*  box;   ///< In shared memory
  uint32_t taken; ///< The receiver's own count
} WayEnd;

typedef struct {
  WayEnd ends[2];    ///< There, and back
  char   folder[64]; ///< For named sockets, "" if there is none
} WayPair;

typedef struct {
  const char* name;
  bool (*open)(WayPair* pair);
  bool (*send)(WayEnd* end, const void* bytes, size_t size);
  bool (*receive)(WayEnd* end, void* bytes, size_t size);
  void (*close)(WayPair* pair);
} Way;

/// @return the `i`th way, NULL after the last
const Way*
way_at(size_t i);

#endif // RINGSIDE_TESTS_BENCH_WAYS_H
