// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The threads of a scenario: each on a stack of its own, and all of them put
/// back to where they were

#include "tests/model/machine.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef struct {
  const char* name;
  void (*main)(void*);
  void*      data;
  unsigned   flags;
  int        after;
  ucontext_t start;
} Plan;

static char    stacks[THREADS_MAX][STACK_SIZE] __attribute__((aligned(64)));
static Plan    plans[THREADS_MAX];
static jmp_buf scheduler;
static size_t  n_arena;

void
threads_begin(void)
{
  memset(arena, 0, n_arena);
  n_arena   = 0;
  m.running = -1;
}

void*
model_alloc(const size_t size)
{
  const size_t room = (size + 63u) & ~(size_t)63u;
  if (room > ARENA_SIZE - n_arena) {
    abort();
  }

  void* const memory = arena + n_arena;
  n_arena += room;
  return memory;
}

void
model_may_race(const void* const memory,
               const size_t      size,
               const ModelRacing racing)
{
  const size_t first = (size_t)((const char*)memory - arena) / 4u;
  for (size_t i = 0; i < (size + 3u) / 4u; ++i) {
    m.may_race[first + i] = (uint8_t)(racing + 1u);
  }
}

void
model_clock(const void* const memory)
{
  m.clock = (uint32_t)((const char*)memory - arena) / 4u;
}

static void
begin_thread(const int number)
{
  const Op gate = {.kind = OP_WAIT};
  (void)thread_yield(&gate);
  plans[number].main(plans[number].data);

  m.now.threads[number].state = ENDED;
  _longjmp(scheduler, 1);
}

int
model_thread(const char* const name,
             void (*const main)(void*),
             void* const    data,
             const unsigned flags,
             const int      after)
{
  const int   number = (int)m.n_threads++;
  Plan* const plan   = &plans[number];
  if (number >= (int)THREADS_MAX) {
    abort();
  }

  plan->name  = name;
  plan->main  = main;
  plan->data  = data;
  plan->flags = flags;
  plan->after = after;
  getcontext(&plan->start);
  plan->start.uc_stack.ss_sp   = stacks[number];
  plan->start.uc_stack.ss_size = STACK_SIZE;
  plan->start.uc_link          = NULL;
  makecontext(&plan->start, (void (*)(void))begin_thread, 1, number);
  m.now.threads[number].state = after < 0 ? ALIVE : LATER;
  return number;
}

uint64_t
thread_yield(const Op* const op)
{
  Thread* const thread = &m.now.threads[m.running];
  jmp_buf       here;
  hooks_settle();
  thread->op        = *op;
  thread->n_private = 0;
  thread->jump      = &here;
  if (!_setjmp(here)) {
    _longjmp(scheduler, 1);
  }

  Thread* const again = &m.now.threads[m.running];
  again->history = (again->history ^ again->result) * 0x9e3779b97f4a7c15u + 1u;
  again->history ^= again->history >> 31u;
  // NOLINTNEXTLINE(clang-analyzer-core.StackAddressEscape): not used again
  return again->result;
}

void
machine_fail(const char* const why)
{
  m.failure = why;
  if (m.running < 0) {
    (void)fprintf(stderr, "%s\n", why);
    abort();
  }
  _longjmp(scheduler, 1);
}

void
model_fail(const char* const why)
{
  machine_fail(why);
}

void
model_prune(void)
{
  static const char pruned[] = "pruned";
  machine_fail(pruned);
}

void
model_wait(bool (*const ready)(void))
{
  const Op op = {.kind = OP_WAIT, .ready = ready};
  (void)thread_yield(&op);
}

void
model_state(const uint64_t digest)
{
  hooks_settle();
  m.now.threads[m.running].history = digest * 0xd6e8feb86659fd93u + 1u;
}

void
model_wait_end(const int thread)
{
  const Op op = {.kind = OP_WAIT, .value = (uint64_t)thread + 1u};
  (void)thread_yield(&op);
}

int64_t
model_get(const unsigned note)
{
  if (m.running >= 0) {
    Thread* const thread = &m.now.threads[m.running];
    thread->history =
      (thread->history + (uint64_t)m.now.notes[note] + 1u) * 0x100000001b3u;
  }
  return m.now.notes[note];
}

void
model_put(const unsigned note, const int64_t value)
{
  m.now.notes[note] = value;
}

void
threads_resume(const int number)
{
  m.running = number;
  if (!_setjmp(scheduler)) {
    if (m.now.threads[number].jump) {
      _longjmp(*m.now.threads[number].jump, 1);
    }
    setcontext(&plans[number].start);
  }
  if (!m.failure) {
    hooks_settle();
  }
  m.running = -1;
}

unsigned
threads_flags(const uint32_t number)
{
  return plans[number].flags;
}

const char*
threads_name(const uint32_t number)
{
  return plans[number].name;
}

void
threads_check(void (*const check)(void))
{
  if (!_setjmp(scheduler)) {
    m.running = (int)THREADS_MAX; // Plain memory, and no thread
    check();
  }
  m.running = -1;
}

// Going back

static char*
stack_low(const int number)
{
  // The jump buffer is in the lowest frame; below are no more than spills
  return (char*)m.now.threads[number].jump - 256;
}

void
threads_save(Snapshot* const snapshot)
{
  const size_t now =
    offsetof(Now, threads) + m.n_threads * sizeof(m.now.threads[0]);
  size_t size = now;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state <= ALIVE) {
      size += (size_t)(stacks[t] + STACK_SIZE - stack_low((int)t));
    }
  }
  if (snapshot->capacity < size) {
    snapshot->capacity = 2u * size;
    snapshot->saved    = (char*)realloc(snapshot->saved, snapshot->capacity);
    if (!snapshot->saved) {
      abort();
    }
  }

  char* to = snapshot->saved;
  memcpy(to, &m.now, now);
  to += now;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state <= ALIVE) {
      const char* const low    = stack_low((int)t);
      const size_t      length = (size_t)(stacks[t] + STACK_SIZE - low);
      memcpy(to, low, length);
      to += length;
    }
  }
  snapshot->undo = undo_mark();
}

void
threads_restore(const Snapshot* const snapshot)
{
  const size_t now =
    offsetof(Now, threads) + m.n_threads * sizeof(m.now.threads[0]);
  const char* from = snapshot->saved;

  hooks_settle();
  racy_forget();
  undo_to(snapshot->undo);
  memcpy(&m.now, from, now);
  from += now;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state <= ALIVE) {
      char* const  low    = stack_low((int)t);
      const size_t length = (size_t)(stacks[t] + STACK_SIZE - low);
      memcpy(low, from, length);
      from += length;
    }
  }
}

void
threads_kill(const int number)
{
  m.now.threads[number].state = KILLED;
  --m.now.kills;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (plans[t].after == number && m.now.threads[t].state == LATER) {
      // Whoever starts it has seen the other one's end
      Thread* const next = &m.now.threads[t];
      next->state        = ALIVE;
      view_join(&next->now, &m.now.threads[number].now);
      view_join(&next->acquired, &next->now);
    }
  }
}
