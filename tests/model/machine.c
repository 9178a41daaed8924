// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What atomic operations may read and do, and who knows of what

#include "tests/model/machine.h"

#include <stdlib.h>
#include <string.h>

/// Between stamps, so that a store fits between others
#define GAP 64u

Machine m;
char    arena[ARENA_SIZE] __attribute__((aligned(4096)));

void
view_join(View* const to, const View* const from)
{
  for (uint32_t i = 0; i < m.n_threads; ++i) {
    if (to->clock[i] < from->clock[i]) {
      to->clock[i] = from->clock[i];
    }
  }
  for (uint32_t i = 0; i < m.n_locations; ++i) {
    if (to->stamp[i] < from->stamp[i]) {
      to->stamp[i] = from->stamp[i];
    }
  }
}

static uint64_t
memory_value(const uint32_t granule, const uint32_t size)
{
  uint64_t value = 0;
  memcpy(&value, arena + 4u * granule, size);
  return value;
}

static int
add_message(const uint32_t location, const uint16_t stamp, const uint64_t value)
{
  if (m.now.n_messages >= MESSAGES_MAX) {
    machine_fail("the model has no room for more messages");
  }

  const int      number  = (int)m.now.n_messages++;
  Message* const message = &m.messages[number];
  message->location      = (uint16_t)location;
  message->stamp         = stamp;
  message->before        = -1;
  message->previous      = m.now.newest[location];
  message->value         = value;
  m.now.newest[location] = (int16_t)number;
  return number;
}

void
machine_begin(void)
{
  memset(&m.now, 0, sizeof(m.now));
  memset(m.shadow, 0, sizeof(m.shadow));
  memset(m.may_race, 0, sizeof(m.may_race));
  m.n_threads = 0;
  m.failure   = NULL;
  m.is_new    = false;
  m.clock     = 0;
}

/// What locations held when all began
static void
begin_locations(void)
{
  for (uint32_t i = 0; i < m.n_locations; ++i) {
    m.now.newest[i] = -1;
    const int first = add_message(
      i, GAP, memory_value(m.locations[i].granule, m.locations[i].size));
    memset(&m.messages[first].view, 0, sizeof(View));
    for (uint32_t t = 0; t < m.n_threads; ++t) {
      m.now.threads[t].now.stamp[i] = GAP;
    }
  }
}

void
machine_begin_threads(void)
{
  begin_locations();
  for (uint32_t t = 0; t < m.n_threads; ++t) {
    Thread* const thread = &m.now.threads[t];
    thread->now.clock[t] = 1;
    thread->acquired     = thread->now;
    memset(&thread->released, 0, sizeof(View));
  }
}

void
machine_tick(Thread* const thread)
{
  if (thread->is_dirty) {
    const size_t number = (size_t)(thread - m.now.threads);
    ++thread->now.clock[number];
    thread->acquired.clock[number] = thread->now.clock[number];
    thread->is_dirty               = false;
  }
}

void
machine_fence(Thread* const thread, const int order)
{
  if (order == ACQUIRE || order >= ACQ_REL) {
    view_join(&thread->now, &thread->acquired);
  }
  if (order >= RELEASE) {
    thread->released = thread->now;
    machine_tick(thread);
  }
}

bool
machine_is_private(const uint32_t granule, const bool is_store)
{
  const uint8_t bit = (uint8_t)(1u << (unsigned)m.running);
  m.accessed[granule] |= bit;
  m.stored[granule] |= (uint8_t)(is_store ? bit : 0u);

  const uint8_t accessed = m.accessed[granule];
  if (m.location_of[granule]) {
    return false;
  }
  if ((accessed & (accessed - 1u)) && m.stored[granule]) {
    m.is_new = true;
  }
  return true;
}

// Ways

/// The message that follows in the order of modification, or -1
static int
next_of(const int message)
{
  const uint16_t stamp = m.messages[message].stamp;
  int            next  = -1;
  for (int i = m.now.newest[m.messages[message].location]; i >= 0;
       i     = m.messages[i].previous) {
    if (m.messages[i].stamp > stamp &&
        (next < 0 || m.messages[i].stamp < m.messages[next].stamp)) {
      next = i;
    }
  }
  return next;
}

bool
machine_is_open(const int message)
{
  const int next = next_of(message);
  return next < 0 || m.messages[next].before != message;
}

/// Messages to be read, or to be put behind, in any fixed order
static uint32_t
choices(const Thread* const thread, int* const found)
{
  const uint32_t location = m.location_of[thread->op.granule] - 1u;
  uint32_t       n        = 0;
  for (int i = m.now.newest[location]; i >= 0; i = m.messages[i].previous) {
    if (m.messages[i].stamp >= thread->now.stamp[location] &&
        (thread->op.kind == OP_LOAD || machine_is_open(i))) {
      found[n++] = i;
    }
  }
  return n;
}

static bool
is_ready(const Op* const op)
{
  if (op->value) {
    const ThreadState state = m.now.threads[op->value - 1u].state;
    return state == ENDED || state == KILLED;
  }
  return !op->ready || op->ready();
}

uint32_t
machine_ways(const int number)
{
  const Thread* const thread = &m.now.threads[number];
  int                 found[MESSAGES_MAX];
  switch (thread->op.kind) {
    case OP_LOAD:
    case OP_STORE:
    case OP_EXCHANGE:
    case OP_ADD:
      return choices(thread, found);
    case OP_LOCK:
      return !m.now.holder;
    case OP_UNLOCK:
      return 1;
    case OP_WAIT:
      return is_ready(&thread->op);
    case OP_RACY:
      return racy_ways(number);
    case OP_FENCE:
      return 1;
    case OP_NONE:
      break;
  }
  return 0;
}

// Doing

static void
read_message(Thread* const thread, const int number, const bool acquires)
{
  const Message* const message  = &m.messages[number];
  const uint32_t       location = message->location;

  view_join(&thread->acquired, &message->view);
  if (thread->acquired.stamp[location] < message->stamp) {
    thread->acquired.stamp[location] = message->stamp;
  }
  if (acquires) {
    view_join(&thread->now, &message->view);
  }
  if (thread->now.stamp[location] < message->stamp) {
    thread->now.stamp[location] = message->stamp;
  }
}

/// Put a message behind another one
static int
write_message(Thread* const  thread,
              const int      behind,
              const uint64_t value,
              const bool     releases)
{
  const uint32_t location = m.messages[behind].location;
  const uint16_t low      = m.messages[behind].stamp;
  const int      next     = next_of(behind);
  const uint16_t stamp =
    (uint16_t)(next < 0 ? low + GAP : (low + m.messages[next].stamp) / 2u);
  if (stamp <= low) {
    machine_fail("the model has no room between messages");
  }

  const int      number  = add_message(location, stamp, value);
  Message* const message = &m.messages[number];

  thread->now.stamp[location]      = stamp;
  thread->acquired.stamp[location] = stamp;
  message->view                    = releases ? thread->now : thread->released;
  message->view.stamp[location]    = stamp;
  if (releases) {
    machine_tick(thread);
  }

  if (m.locations[location].granule == m.clock) {
    m.now.time = value;
  }
  if (next < 0) { // Memory holds the last one
    void* const memory = arena + 4u * m.locations[location].granule;
    undo_log(memory, m.locations[location].size);
    memcpy(memory, &value, m.locations[location].size);
  }
  return number;
}

static void
do_atomic(const int number, const int with)
{
  Thread* const thread   = &m.now.threads[number];
  const Op      op       = thread->op;
  const bool    acquires = op.order == ACQUIRE || op.order >= ACQ_REL;
  const bool    releases = op.order >= RELEASE;
  if (op.kind == OP_STORE) {
    (void)write_message(thread, with, op.value, releases);
    thread->result = 0;
    return;
  }

  thread->result = m.messages[with].value;
  read_message(thread, with, acquires);
  if (op.kind != OP_LOAD) {
    const uint64_t value =
      op.kind == OP_ADD ? thread->result + op.value : op.value;
    const int      made    = write_message(thread, with, value, releases);
    Message* const message = &m.messages[made];

    // It goes on what the message that it replaced began
    if (!op.is_cut) {
      message->before = (int16_t)with;
      view_join(&message->view, &m.messages[with].view);
    }
  }
}

void
machine_do(const int number, const uint32_t way)
{
  Thread* const thread = &m.now.threads[number];
  int           found[MESSAGES_MAX];
  switch (thread->op.kind) {
    case OP_LOAD:
    case OP_STORE:
    case OP_EXCHANGE:
    case OP_ADD:
      (void)choices(thread, found);
      do_atomic(number, found[way]);
      break;
    case OP_LOCK:
      m.now.holder = (uint32_t)number + 1u;
      view_join(&thread->now, &m.now.mutex);
      view_join(&thread->acquired, &m.now.mutex);
      thread->result = 0;
      break;
    case OP_UNLOCK:
      m.now.holder = 0;
      m.now.mutex  = thread->now;
      machine_tick(thread);
      thread->result = 0;
      break;
    case OP_RACY:
      racy_do(number, way);
      break;
    case OP_FENCE:
      // All of them are in one order, and each knows what those before knew
      machine_fence(thread, ACQUIRE);
      view_join(&thread->now, &m.now.fences);
      view_join(&thread->acquired, &thread->now);
      m.now.fences = thread->now;
      machine_fence(thread, RELEASE);
      thread->result = 0;
      break;
    case OP_WAIT:
      if (thread->op.value) {
        view_join(&thread->now, &m.now.threads[thread->op.value - 1u].now);
        view_join(&thread->acquired, &thread->now);
      }
      thread->result = 0;
      break;
    case OP_NONE:
      break;
  }
}

// Memory that is not atomic

static void
access_granule(const uint32_t granule, const bool is_write)
{
  Thread* const thread = &m.now.threads[m.running];
  Shadow* const shadow = &m.shadow[granule];
  const uint8_t writer = shadow->writer;
  const View*   knows  = &thread->now;

  if (shadow->is_gone) {
    machine_fail("memory is accessed that was freed");
  }
  if (writer && writer != m.running + 1 &&
      knows->clock[writer - 1u] < shadow->written) {
    machine_fail("a race: what another thread wrote is read or overwritten");
  }
  if (is_write) {
    for (uint32_t i = 0; i < m.n_threads; ++i) {
      if ((int)i != m.running && knows->clock[i] < shadow->read[i]) {
        machine_fail("a race: what another thread reads is overwritten");
      }
    }
  }

  const uint16_t clock = knows->clock[m.running];
  thread->is_dirty     = true;
  if (is_write && (writer != m.running + 1 || shadow->written != clock)) {
    undo_log(shadow, sizeof(*shadow));
    shadow->writer  = (uint8_t)(m.running + 1);
    shadow->written = clock;
  } else if (!is_write && shadow->read[m.running] != clock) {
    undo_log(shadow, sizeof(*shadow));
    shadow->read[m.running] = clock;
  }
}

void
machine_access(const void* const memory, const size_t size, const bool is_write)
{
  const uintptr_t at = (uintptr_t)memory - (uintptr_t)arena;
  if (at >= ARENA_SIZE || !size) {
    return; // Of the thread alone, or constant; hooks.c looks at writes
  }

  const uint32_t first = (uint32_t)(at / 4u);
  const uint32_t last  = (uint32_t)((at + size - 1u) / 4u);
  if (is_write) {
    for (uint32_t word = first & ~1u; word <= last; word += 2u) {
      undo_log(arena + 4u * word, 8u);
      racy_write(word);
    }
  }
  for (uint32_t i = first; i <= last; ++i) {
    access_granule(i, is_write);
  }
}
