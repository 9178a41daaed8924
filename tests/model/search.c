// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Tries all orders and ways: depth first, and never twice from one state

#include "tests/model/machine.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  Snapshot before;
  uint32_t n_moves;
  uint32_t next;
  Move     moves[MOVES_MAX];
} Frame;

static Frame frames[DEPTH_MAX];

static uint64_t* visited;
static size_t    n_visited;
static size_t    visited_size;

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
    const bool     may_die = m.now.kills && (threads_flags(t) & MODEL_KILLABLE);
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
                threads_name(move.thread),
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
    threads_kill(move.thread);
  } else {
    machine_do(move.thread, move.way);
    threads_resume(move.thread);
  }
}

static void
check_end(const ModelScenario* const scenario)
{
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    if (m.now.threads[t].state == ALIVE &&
        !(threads_flags(t) & MODEL_MAY_SLEEP)) {
      m.failure = "a thread waits for ever";
      return;
    }
  }

  if (scenario->check_end) {
    threads_check(scenario->check_end);
  }
}

static void
print_trace(const ModelScenario* const scenario, const uint32_t depth)
{
  (void)fprintf(stderr, "%s: %s\n", scenario->name, m.failure);
  for (uint32_t i = 0; i < depth; ++i) {
    threads_restore(&frames[i].before);
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
  threads_begin();
  machine_begin();
  racy_begin();
  memset(visited, 0, visited_size * sizeof(uint64_t));
  n_visited = 0;

  scenario->set_up();
  m.now.kills = scenario->kills;
  machine_begin_threads();
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    threads_resume((int)t);
  }

  uint32_t depth  = 0;
  result->n_ends  = 0;
  result->failure = NULL;
  threads_save(&frames[0].before);
  find_moves(&frames[0]);
  depth = 1;

  while (depth && !m.is_new) {
    Frame* const frame = &frames[depth - 1u];
    if (frame->next >= frame->n_moves) {
      --depth;
      continue;
    }

    threads_restore(&frame->before);
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
        threads_save(&next->before);
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
