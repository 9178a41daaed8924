// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Tries all orders and ways: depth first, and never twice from one state

#include "tests/model/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define MOVES_MAX 192u
#define DEPTH_MAX 4096u

/// The way that stands for the death of the thread
#define WAY_KILL UINT32_MAX

typedef struct {
  uint16_t thread;
  uint32_t way;
} Move;

/// A state from which ways are tried
typedef struct {
  size_t   undo;
  char*    saved; ///< The present, and stacks
  size_t   capacity;
  uint32_t n_moves;
  uint32_t next;
  Move     moves[MOVES_MAX];
} Frame;

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
static Frame   frames[DEPTH_MAX];
static jmp_buf scheduler;
static size_t  n_arena;

static uint64_t* visited;
static size_t    n_visited;
static size_t    visited_size;

// Threads

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

/// Let a thread run to its next operation
static void
resume(const int number)
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

// Going back

static char*
stack_low(const int number)
{
  // The jump buffer is in the lowest frame; below are no more than spills
  return (char*)m.now.threads[number].jump - 256;
}

static void
save(Frame* const frame)
{
  const size_t now =
    offsetof(Now, threads) + m.n_threads * sizeof(m.now.threads[0]);
  size_t size = now;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state <= ALIVE) {
      size += (size_t)(stacks[t] + STACK_SIZE - stack_low((int)t));
    }
  }
  if (frame->capacity < size) {
    frame->capacity = 2u * size;
    frame->saved    = (char*)realloc(frame->saved, frame->capacity);
    if (!frame->saved) {
      abort();
    }
  }

  char* to = frame->saved;
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
  frame->undo = undo_mark();
}

static void
restore(const Frame* const frame)
{
  const size_t now =
    offsetof(Now, threads) + m.n_threads * sizeof(m.now.threads[0]);
  const char* from = frame->saved;

  hooks_settle();
  racy_forget();
  undo_to(frame->undo);
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

// States

static bool
put_visited(uint64_t* const table, const size_t size, const uint64_t hash)
{
  size_t at = hash & (size - 1u);
  while (table[at]) {
    if (table[at] == hash) {
      return false;
    }
    at = (at + 1u) & (size - 1u);
  }
  table[at] = hash;
  return true;
}

/// @return false if it was there
static bool
visit(const uint64_t hash)
{
  if (2u * (n_visited + 1u) > visited_size) {
    const size_t    size = visited_size ? 2u * visited_size : 1u << 16u;
    uint64_t* const more = (uint64_t*)calloc(size, sizeof(uint64_t));
    if (!more) {
      abort();
    }
    for (size_t i = 0; i < visited_size; ++i) {
      if (visited[i]) {
        put_visited(more, size, visited[i]);
      }
    }
    free(visited);
    visited      = more;
    visited_size = size;
  }

  const bool is_new = put_visited(visited, visited_size, hash ? hash : 1u);
  n_visited += is_new;
  return is_new;
}

static void
find_moves(Frame* const frame)
{
  frame->n_moves = 0;
  frame->next    = 0;
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state != ALIVE) {
      continue;
    }

    const uint32_t n       = machine_ways((int)t);
    const bool     may_die = m.now.kills && (plans[t].flags & MODEL_KILLABLE);
    if (frame->n_moves + n + may_die > MOVES_MAX) {
      abort();
    }
    for (uint32_t way = 0; way < n; ++way) {
      frame->moves[frame->n_moves++] = (Move){(uint16_t)t, way};
    }
    if (may_die) {
      frame->moves[frame->n_moves++] = (Move){(uint16_t)t, WAY_KILL};
    }
  }
}

static void
kill_thread(const int number)
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

static const char*
name_of(const Op* const op)
{
  static const char* const names[] = {"",
                                      "load",
                                      "store",
                                      "exchange",
                                      "add",
                                      "lock",
                                      "unlock",
                                      "wait",
                                      "racy",
                                      "fence"};
  return names[op->kind];
}

static void
print_move(const Move move)
{
  const Thread* const thread = &m.now.threads[move.thread];
  (void)fprintf(stderr,
                "  %-10s %-9s +%#x order %d value %#llx way %d -> ",
                plans[move.thread].name,
                move.way == WAY_KILL ? "KILLED" : name_of(&thread->op),
                thread->op.granule * 4u,
                thread->op.order,
                (unsigned long long)thread->op.value,
                (int)move.way);
}

static void
make_move(const Move move)
{
  if (move.way == WAY_KILL) {
    kill_thread(move.thread);
  } else {
    machine_do(move.thread, move.way);
    resume(move.thread);
  }
}

static void
check_end(const ModelScenario* const scenario)
{
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state == ALIVE &&
        !(plans[t].flags & MODEL_MAY_SLEEP)) {
      m.failure = "a thread waits for ever";
      return;
    }
  }

  if (scenario->check_end && !_setjmp(scheduler)) {
    m.running = (int)THREADS_MAX; // Plain memory, and no thread
    scenario->check_end();
  }
  m.running = -1;
}

static void
print_trace(const ModelScenario* const scenario, const uint32_t depth)
{
  (void)fprintf(stderr, "%s: %s\n", scenario->name, m.failure);
  for (uint32_t i = 0; i < depth; ++i) {
    restore(&frames[i]);
    const Move move = frames[i].moves[frames[i].next - 1u];
    print_move(move);
    const char* const failure = m.failure;
    make_move(move);
    m.failure = failure;
    (void)fprintf(
      stderr, "%#llx\n", (unsigned long long)m.now.threads[move.thread].result);
  }
}

/// From the beginning; @return false if more locations turned out to be shared
static bool
explore(const ModelScenario* const scenario,
        const uint64_t             max_states,
        const bool                 trace,
        ModelResult* const         result)
{
  undo_to(0);
  memset(arena, 0, n_arena);
  n_arena   = 0;
  m.running = -1;
  machine_begin();
  racy_begin();
  memset(visited, 0, visited_size * sizeof(uint64_t));
  n_visited = 0;

  scenario->set_up();
  m.now.kills = scenario->kills;
  machine_begin_threads();
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    resume((int)t);
  }

  uint32_t depth  = 0;
  result->n_ends  = 0;
  result->failure = NULL;
  save(&frames[0]);
  find_moves(&frames[0]);
  depth = 1;

  while (depth && !m.is_new) {
    Frame* const frame = &frames[depth - 1u];
    if (frame->next >= frame->n_moves) {
      --depth;
      continue;
    }

    restore(frame);
    make_move(frame->moves[frame->next++]);
    if (m.failure && !strcmp(m.failure, "pruned")) {
      m.failure = NULL;
      continue;
    }
    if (!m.failure && !m.is_new) {
      if (!visit(machine_hash())) {
        continue;
      }
      if (depth >= DEPTH_MAX || n_visited > max_states) {
        m.failure = "there are more states than the model was given";
      } else {
        Frame* const next = &frames[depth];
        save(next);
        find_moves(next);
        if (!next->n_moves) {
          ++result->n_ends;
          check_end(scenario);
        } else if (!m.failure) {
          ++depth;
        }
      }
    }
    if (m.failure && !m.is_new) {
      result->failure = m.failure;
      if (trace) {
        print_trace(scenario, depth);
      }
      break;
    }
  }

  result->n_states = n_visited;
  return !m.is_new;
}

/// What turned out to be shared by several threads
static void
share_locations(void)
{
  for (uint32_t i = 0; i < GRANULES; ++i) {
    if (!m.location_of[i] && m.stored[i] &&
        (m.accessed[i] & (m.accessed[i] - 1u))) {
      if (m.n_locations >= LOCATIONS_MAX) {
        (void)fprintf(stderr, "the model has no room for more locations\n");
        abort();
      }
      m.locations[m.n_locations].granule = i;
      m.locations[m.n_locations].size    = m.width[i];
      m.location_of[i]                   = (uint16_t)++m.n_locations;
    }
  }
}

ModelResult
model_explore(const ModelScenario* const scenario,
              const uint64_t             max_states,
              const bool                 trace)
{
  ModelResult result = {0, 0, NULL};

  memset(m.location_of, 0, sizeof(m.location_of));
  memset(m.accessed, 0, sizeof(m.accessed));
  memset(m.stored, 0, sizeof(m.stored));
  m.n_locations = 0;
  while (!explore(scenario, max_states, trace, &result)) {
    share_locations();
  }
  return result;
}
