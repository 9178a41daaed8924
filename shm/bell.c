// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The doorbell

#include "shm/bell.h"

#include <stdint.h>
#include <sys/socket.h>

bool
rs_bell_ring(RsBell* const bell, const int socket)
{
  // Exchanges on one word are totally ordered.  Either ours comes after the
  // reader's in rs_bell_arm(), and we see that it sleeps; or it comes before,
  // and then the reader, which looks at the ring after its own, sees what we
  // published before this.  Release here, acquire there makes the second true
  if (!atomic_exchange_explicit(&bell->asleep, 0u, memory_order_release)) {
    return false;
  }

  const uint8_t byte = 1u;
  (void)send(socket, &byte, sizeof(byte), MSG_DONTWAIT | MSG_NOSIGNAL);
  return true;
}

void
rs_bell_fence(void)
{
  // Pairs with the fence in rs_bell_arm().  Of the two one comes first: either
  // the reader, which looks at the ring after its own, sees what we published;
  // or we, who look at the bell after ours, see that it sleeps
  atomic_thread_fence(memory_order_seq_cst);
}

bool
rs_bell_is_armed(const RsBell* const bell)
{
  return atomic_load_explicit(&bell->asleep, memory_order_relaxed);
}

void
rs_bell_arm(RsBell* const bell)
{
  // Pairs with the exchange in rs_bell_ring()
  (void)atomic_exchange_explicit(&bell->asleep, 1u, memory_order_acquire);

  // Pairs with rs_bell_fence()
  atomic_thread_fence(memory_order_seq_cst);
}

void
rs_bell_disarm(RsBell* const bell)
{
  // A ring that comes in between is only one too many.  An exchange and not a
  // store, which would cut the chain from a ring's exchange to our next arm.
  // Acquire, since compilers make a store of a relaxed one whose result is not
  // used
  (void)atomic_exchange_explicit(&bell->asleep, 0u, memory_order_acquire);
}
