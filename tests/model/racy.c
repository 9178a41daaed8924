// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Memory that is read while it changes.

   Each word of such memory keeps all values ever written to it, as a location
   of relaxed stores would.  A copy is right if, of every word, it has the
   value of one and the same time; so one word of another time is all it takes,
   and no more than one strays in a copy: each further one would only tell the
   reader more.  Of values that tell the reader the same, one is tried.
*/

#include "tests/model/machine.h"

#include <string.h>

#define RACY_MAX 65536u
#define PENDING_MAX 8192u

typedef struct {
  uint64_t value;
  uint64_t time;
  uint32_t before; ///< Number + 1 of the older one
  uint16_t clock;
  int8_t   writer; ///< Thread, or -1: it was always there
  View     view;
} Racy;

static Racy     log_of[RACY_MAX];
static uint32_t pending[PENDING_MAX];
static uint32_t n_pending;

void
racy_begin(void)
{
  n_pending = 0;
  memset(m.racy, 0, sizeof(m.racy));
}

static uint64_t
word(const uint32_t granule)
{
  uint64_t value = 0;
  memcpy(&value, arena + 4u * granule, sizeof(value));
  return value;
}

static void
add(const uint32_t granule, const int writer)
{
  if (m.now.n_racy >= RACY_MAX) {
    machine_fail("the model has no room for more racing words");
  }

  Racy* const racy = &log_of[m.now.n_racy++];
  memset(racy, 0, sizeof(*racy));
  racy->value  = word(granule);
  racy->before = m.racy[granule];
  racy->writer = (int8_t)writer;
  if (writer >= 0) {
    const Thread* const thread = &m.now.threads[writer];
    racy->time                 = m.now.time;
    racy->clock                = thread->now.clock[writer];
    racy->view                 = thread->released;
  }

  undo_log(&m.racy[granule], sizeof(m.racy[granule]));
  m.racy[granule] = m.now.n_racy;
  m.now.racy_hash += (racy->value + 1u) * 0x9e3779b97f4a7c15u * (granule + 1u) *
                     (2u * racy->time + 1u);
}

void
racy_write(const uint32_t granule)
{
  if (!m.may_race[granule]) {
    return;
  }

  if (!m.racy[granule]) {
    add(granule, -1);
  }
  if (n_pending >= PENDING_MAX) {
    machine_fail("the model has no room for so long a write");
  }
  pending[n_pending++] = granule;
}

void
racy_settle(void)
{
  for (uint32_t i = 0; i < n_pending; ++i) {
    if (log_of[m.racy[pending[i]] - 1u].value != word(pending[i])) {
      add(pending[i], m.running);
    }
  }
  n_pending = 0;
}

void
racy_forget(void)
{
  n_pending = 0;
}

bool
racy_is_read(const uint32_t granule)
{
  return m.now.threads[m.running].is_copying && m.may_race[granule];
}

/// What the reader would know, and of what time it would be; or of what word
static uint64_t
key_of(const Racy* const racy, const uint32_t granule)
{
  const bool is_timed = m.may_race[granule] == MODEL_TIMED + 1;
  uint64_t   key      = (racy->time + 1u) * 31u + (is_timed ? 0u : granule);
  const unsigned char* bytes = (const unsigned char*)&racy->view;
  for (size_t i = 0; i < sizeof(View); ++i) {
    key = (key ^ bytes[i]) * 0x100000001b3u;
  }
  return key;
}

/// Add to the ways of this operation, if nothing like it was tried
static void
offer(Thread* const thread, const uint32_t granule, const uint32_t number)
{
  const uint64_t key = key_of(&log_of[number - 1u], granule);
  for (uint32_t i = 0; i < thread->n_offered; ++i) {
    if (thread->offered[i] == key) {
      return;
    }
  }
  if (thread->n_offered >= OFFERS_MAX || thread->n_ways >= OFFERS_MAX) {
    machine_fail("the model has no room for more ways to stray");
  }
  thread->offered[thread->n_offered++] = key;
  thread->ways[thread->n_ways++]       = number;
}

static uint64_t
take(const uint32_t granule, const uint32_t number)
{
  Thread* const     thread = &m.now.threads[m.running];
  const Racy* const racy   = &log_of[number - 1u];

  uint32_t newer = 0;
  for (uint32_t i = m.racy[granule]; i != number; i = log_of[i - 1u].before) {
    newer = i;
  }

  view_join(&thread->acquired, &racy->view);
  if (m.may_race[granule] == MODEL_FREE + 1) {
    return racy->value;
  }
  if (thread->from < racy->time) {
    thread->from = racy->time;
  }
  if (newer && thread->until >= log_of[newer - 1u].time) {
    thread->until = log_of[newer - 1u].time - 1u;
  }
  return racy->value;
}

uint64_t
racy_read(const uint32_t granule)
{
  Thread* const thread = &m.now.threads[m.running];
  if (!m.racy[granule]) {
    return word(granule);
  }

  // What it must know by now, or anything newer
  uint32_t known = m.racy[granule];
  while (log_of[known - 1u].writer >= 0 &&
         thread->now.clock[log_of[known - 1u].writer] <
           log_of[known - 1u].clock) {
    known = log_of[known - 1u].before;
  }

  thread->n_ways  = 1;
  thread->ways[0] = known;
  if (!thread->has_strayed) {
    for (uint32_t i = m.racy[granule]; i != known; i = log_of[i - 1u].before) {
      offer(thread, granule, i);
    }
  }
  if (thread->n_ways == 1u) {
    return take(granule, known);
  }

  const Op op = {.kind = OP_RACY, .granule = granule};
  return thread_yield(&op);
}

uint32_t
racy_ways(const int number)
{
  return m.now.threads[number].n_ways;
}

void
racy_do(const int number, const uint32_t way)
{
  Thread* const thread = &m.now.threads[number];
  m.running            = number;
  thread->has_strayed  = way > 0;
  thread->result       = take(thread->op.granule, thread->ways[way]);
}

void
model_copy_begin(void)
{
  Thread* const thread = &m.now.threads[m.running];
  thread->is_copying   = true;
  thread->has_strayed  = false;
  thread->from         = 0;
  thread->until        = UINT64_MAX;
  thread->n_offered    = 0;
}

bool
model_copy_is_whole(void)
{
  hooks_settle();
  const Thread* const thread = &m.now.threads[m.running];
  return !thread->is_copying || thread->from <= thread->until;
}

bool
model_copy_end(const uint64_t number)
{
  hooks_settle();
  Thread* const thread = &m.now.threads[m.running];
  thread->is_copying   = false;
  return number >= thread->from && number <= thread->until;
}
