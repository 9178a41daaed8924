// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The inside of the explorer: what is known, written and raced for

#ifndef RINGSIDE_TESTS_MODEL_MACHINE_H
#define RINGSIDE_TESTS_MODEL_MACHINE_H

#include "tests/model/explorer.h"

#include <setjmp.h>
#include <string.h>

#define THREADS_MAX 8u
#define LOCATIONS_MAX 96u
#define MESSAGES_MAX 512u
#define NOTES_MAX 16u
#define OFFERS_MAX 24u
#define ARENA_SIZE (1u << 20u)
#define GRANULES (ARENA_SIZE / 4u)
#define STACK_SIZE (96u * 1024u)

/// Orders as compilers number them in calls of instrumentation
enum { RELAXED, CONSUME, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST };

/// What a thread or message knows
typedef struct {
  uint16_t clock[THREADS_MAX];   ///< How far each thread had come
  uint16_t stamp[LOCATIONS_MAX]; ///< The earliest message to be read
} View;

typedef struct {
  uint16_t location;
  uint16_t stamp;    ///< Place in the order of modification, with gaps
  int16_t  before;   ///< Of a read-modify-write: what it read; -1: a store
  int16_t  previous; ///< Made before in this location, or -1
  uint64_t value;
  View     view;
} Message;

typedef enum {
  OP_NONE,
  OP_LOAD,
  OP_STORE,
  OP_EXCHANGE,
  OP_ADD,
  OP_LOCK,
  OP_UNLOCK,
  OP_WAIT,
  OP_RACY,
  OP_FENCE, ///< Sequentially consistent
} OpKind;

/// What a thread is about to do
typedef struct {
  OpKind    kind;
  int       order;
  uint32_t  granule; ///< Of its location
  uint32_t  size;
  uint64_t  value;
  uintptr_t site;
  bool      is_cut; ///< An exchange as two operations
  bool (*ready)(void);
} Op;

typedef enum { LATER, ALIVE, ENDED, KILLED } ThreadState;

typedef struct {
  ThreadState state;
  Op          op;
  uint64_t    result;
  uint64_t    history; ///< All that it saw, or what model_state() said
  View        now;
  View        acquired;  ///< What an acquire fence would add
  View        released;  ///< What a relaxed store may pass on
  bool        is_dirty;  ///< Accessed memory since the clock rose
  uint32_t    n_private; ///< Operations that nobody else saw, since the last
  jmp_buf*    jump;      ///< On its stack, while it is not running

  // Of the present copy, see racy.c
  bool     is_copying;
  bool     has_strayed;
  uint64_t from;  ///< What was read is right from this time
  uint64_t until; ///< to this
  uint32_t n_offered;
  uint64_t offered[OFFERS_MAX]; ///< What else was there to be read, once each
  uint32_t n_ways;
  uint32_t ways[OFFERS_MAX]; ///< Of the present operation
} Thread;

/// All that is put back when another way is tried; the rest is logged
typedef struct {
  uint32_t n_messages;
  uint32_t n_racy;
  uint64_t racy_hash;
  uint32_t kills;
  uint32_t holder; ///< Of the one mutex: thread + 1
  View     mutex;
  View     fences; ///< What the last of these fences knew
  uint64_t time;
  int64_t  notes[NOTES_MAX];
  int16_t  newest[LOCATIONS_MAX]; ///< The message made last, or -1
  Thread   threads[THREADS_MAX];
} Now;

typedef struct {
  uint32_t granule;
  uint32_t size;
} Location;

/// Who accessed a granule of memory
typedef struct {
  uint8_t  writer; ///< Thread + 1
  bool     is_gone;
  uint16_t written;
  uint16_t read[THREADS_MAX];
} Shadow;

typedef struct {
  Now      now;
  Message  messages[MESSAGES_MAX];
  Location locations[LOCATIONS_MAX];
  uint32_t n_locations;
  uint32_t n_threads;
  int      running; ///< Thread, or -1

  // Found out once, over several explorations
  uint16_t location_of[GRANULES]; ///< + 1, of shared ones
  uint8_t  accessed[GRANULES];    ///< By threads, as bits
  uint8_t  stored[GRANULES];
  bool     is_new; ///< A location turned out to be shared: once again

  Shadow   shadow[GRANULES];
  uint8_t  width[GRANULES];    ///< Of atomic accesses, in bytes
  uint8_t  may_race[GRANULES]; ///< ModelRacing + 1
  uint32_t clock;              ///< Granule whose value is the time, or 0
  uint32_t racy[GRANULES];     ///< Newest message + 1 of each even granule

  const char* failure;
} Machine;

// Copies of ours are not those of the sources, see hooks.c
void*
__real_memcpy(void* to, const void* from, size_t size); // NOLINT: the linker's
#define memcpy __real_memcpy

extern Machine m;
extern char    arena[ARENA_SIZE];

// undo.c

/// Remember this memory before it changes
void
undo_log(void* memory, size_t size);

size_t
undo_mark(void);

void
undo_to(size_t mark);

// threads.c, besides what explorer.h says of it

/// All threads and all memory at one time
typedef struct {
  size_t undo;
  char*  saved; ///< The present, and stacks
  size_t capacity;
} Snapshot;

/// No thread is there yet, and no memory is taken
void
threads_begin(void);

/// Let a thread run to its next operation
void
threads_resume(int thread);

void
threads_save(Snapshot* snapshot);

void
threads_restore(const Snapshot* snapshot);

/// A thread dies, and those begin that were to follow it
void
threads_kill(int thread);

/// Look at the end of it all, where a failure is one of the exploration
void
threads_check(void (*check)(void));

unsigned
threads_flags(uint32_t thread);

const char*
threads_name(uint32_t thread);

/// Stop here until the operation is done.  @return its result
uint64_t
thread_yield(const Op* op);

/// End the exploration
void
machine_fail(const char* why) __attribute__((noreturn));

// state.c

/// What a state is, but for what cannot matter any more
uint64_t
machine_hash(void);

// machine.c

/// Nothing is there yet
void
machine_begin(void);

/// All is there: what memory holds is the first message of each location
void
machine_begin_threads(void);

/// Join what is known
void
view_join(View* to, const View* from);

/// The clock of a thread rises after it let others know
void
machine_tick(Thread* thread);

void
machine_fence(Thread* thread, int order);

/// True if something may be put right behind a message
bool
machine_is_open(int message);

/// How many ways there are to do what a thread is about to do
uint32_t
machine_ways(int thread);

/// Do it, in this way
void
machine_do(int thread, uint32_t way);

/// True if the atomic access stays in the thread; notes it
bool
machine_is_private(uint32_t granule, bool is_store);

/// An access to memory that is not atomic
void
machine_access(const void* memory, size_t size, bool is_write);

// racy.c

void
racy_begin(void);

/// Finish the last write of the running thread, whose value is now there
void
racy_settle(void);

/// Forget it: another way is tried
void
racy_forget(void);

// hooks.c

/// Put back what was only shown to the running thread, and settle its writes
void
hooks_settle(void);

/// An even granule is about to be written
void
racy_write(uint32_t granule);

/// The value of an even granule and the next, of several that they may have
uint64_t
racy_read(uint32_t granule);

/// True if the running thread reads this as it finds it
bool
racy_is_read(uint32_t granule);

uint32_t
racy_ways(int thread);

void
racy_do(int thread, uint32_t way);

#endif // RINGSIDE_TESTS_MODEL_MACHINE_H
