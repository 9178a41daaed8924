// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Queues from one writer to one reader, as bench_ring.c drives them.

   Each queue brings its own loops, so that nothing stands between a loop and
   what a user of that queue would write: templates are inlined, libraries are
   called.  An item is 64 bytes and is copied in and out.
*/

#ifndef RINGSIDE_TESTS_BENCH_RING_PEERS_H
#define RINGSIDE_TESTS_BENCH_RING_PEERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Items a queue can hold, and the most in one batch
#define RING_PEER_CAPACITY 2048u
#define RING_PEER_BATCH 32u

typedef struct {
  const char* name;

  /// @return NULL if there is no memory
  void* (*open)(void);
  void (*close)(void* queue);

  /// Write a batch, read a batch, so many times, in one thread.
  /// @return sum of the sequence numbers that were read
  uint64_t (*alternate)(void* queue, uint32_t n_batches, uint32_t batch);

  /// Write so many items in batches, waiting while the queue is full
  void (*produce)(void* queue, uint32_t n_items, uint32_t batch);

  /// Read so many items in batches, waiting while the queue is empty.
  /// @return sum of the sequence numbers
  uint64_t (*consume)(void* queue, uint32_t n_items, uint32_t batch);
} RingPeer;

/// Ours, JACK's, and the floor: whole quarters of an array, nothing checked
extern const RingPeer ring_peer_ours;
extern const RingPeer ring_peer_jack;
extern const RingPeer ring_peer_array;

/// Those in C++, if there was a compiler for them; ends with a nameless one
extern const RingPeer ring_peers_cpp[];

/// Wait a moment in a loop that spins
static inline void
ring_peer_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#ifdef __cplusplus
}
#endif

#endif // RINGSIDE_TESTS_BENCH_RING_PEERS_H
