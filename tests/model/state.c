// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A state as a number: what is the same for all that may follow has the same

#include "tests/model/machine.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t
mix(uint64_t hash, const uint64_t value)
{
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 29u);
}

/// What is left of the order of modification once old messages are forgotten
typedef struct {
  View     low; ///< What all threads know
  uint32_t n;   ///< Locations with more than one message that matters
  uint16_t locations[LOCATIONS_MAX];
} Canon;

static uint64_t
hash_view(uint64_t hash, const Canon* const canon, const View* const view)
{
  for (uint32_t i = 0; i < m.n_threads; ++i) {
    const uint16_t low = canon->low.clock[i];
    hash               = mix(hash, view->clock[i] > low ? view->clock[i] : low);
  }
  for (uint32_t i = 0; i < canon->n; ++i) {
    const uint32_t location = canon->locations[i];
    const uint16_t low      = canon->low.stamp[location];
    uint32_t       rank     = 0;
    for (int j = m.now.newest[location]; j >= 0; j = m.messages[j].previous) {
      rank += m.messages[j].stamp >= low &&
              m.messages[j].stamp < view->stamp[location];
    }
    hash = mix(hash, rank);
  }
  return hash;
}

static void
make_canon(Canon* const canon)
{
  memset(canon, 0xff, sizeof(*canon));
  canon->n = 0;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    const Thread* const thread = &m.now.threads[t];
    if (thread->state == ALIVE) {
      for (uint32_t i = 0; i < m.n_threads; ++i) {
        if (canon->low.clock[i] > thread->now.clock[i]) {
          canon->low.clock[i] = thread->now.clock[i];
        }
      }
      for (uint32_t i = 0; i < m.n_locations; ++i) {
        if (canon->low.stamp[i] > thread->now.stamp[i]) {
          canon->low.stamp[i] = thread->now.stamp[i];
        }
      }
    }
  }
  for (uint32_t i = 0; i < m.n_locations; ++i) {
    uint32_t n = 0;
    for (int j = m.now.newest[i]; j >= 0; j = m.messages[j].previous) {
      n += m.messages[j].stamp >= canon->low.stamp[i];
    }
    if (n > 1) {
      canon->locations[canon->n++] = (uint16_t)i;
    }
  }
}

static uint64_t
hash_messages(uint64_t hash, const Canon* const canon)
{
  for (uint32_t i = 0; i < m.n_locations; ++i) {
    // In the order of modification, whatever the order of making
    uint64_t sum = 0;
    for (int j = m.now.newest[i]; j >= 0; j = m.messages[j].previous) {
      const Message* const message = &m.messages[j];
      if (message->stamp >= canon->low.stamp[i]) {
        uint64_t own = mix(i, message->value);
        own          = mix(own, !machine_is_open(j));
        sum += hash_view(own, canon, &message->view);
      }
    }
    hash = mix(hash, sum);
  }
  return hash;
}

uint64_t
machine_hash(void)
{
  Canon canon;
  make_canon(&canon);

  uint64_t hash = mix(m.now.kills, m.now.holder);
  hash          = mix(hash, m.now.time);
  hash          = mix(hash, m.now.racy_hash);
  for (uint32_t i = 0; i < NOTES_MAX; ++i) {
    hash = mix(hash, (uint64_t)m.now.notes[i]);
  }
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    const Thread* const thread = &m.now.threads[t];
    hash                       = mix(hash, thread->state);
    if (thread->state == ALIVE) {
      hash = mix(hash, thread->history);
      hash = mix(hash, thread->is_dirty);
      hash = hash_view(hash, &canon, &thread->now);
      hash = hash_view(hash, &canon, &thread->acquired);
      hash = hash_view(hash, &canon, &thread->released);
    }
  }
  hash = hash_view(hash, &canon, &m.now.mutex);
  hash = hash_view(hash, &canon, &m.now.fences);
  return hash_messages(hash, &canon);
}
