// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   An exhaustive explorer of what C11 allows threads to see.

   The real sources run in it: they are compiled with -fsanitize=thread, but
   linked with hooks.c instead of a sanitizer, so each access to memory comes
   here.  Threads are coroutines.  search.c tries every order of their atomic
   operations, and every message that an operation may read:

     - Each atomic location has all messages ever stored to it, in an order of
       modification.  A message carries what its writer knew (a view: for each
       location, the earliest message that may still be read).
     - A load may read any message that is not before the thread's own view.
       Acquire joins the view of the message; release puts the thread's into
       it; relaxed does neither, but fences may, later or earlier.
     - Memory that is not atomic is raced for, which is an error, unless the
       accesses are ordered by what was acquired.

   Loads never see the future (no load buffering), which no compiler or machine
   is known to do for programs like these.

   Where the sources copy memory that may be changing (the look-ahead), reads
   may return any message of each word; see racy.c.
*/

#ifndef RINGSIDE_TESTS_MODEL_EXPLORER_H
#define RINGSIDE_TESTS_MODEL_EXPLORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// So much more is written, run and looked at than usual: larger bounds
extern uint32_t model_more;

/// Flags of a thread
enum {
  MODEL_KILLABLE  = 1u << 0u, ///< May be killed before any of its operations
  MODEL_MAY_SLEEP = 1u << 1u, ///< May still wait when all is over
};

// Building a scenario, before anything runs

/// Zeroed memory that threads may share; only such memory may be written
void*
model_alloc(size_t size);

/**
   A thread.

   @param after it begins when that thread was killed (knowing all that it did),
   or -1: from the beginning
   @return its number, from 0
*/
int
model_thread(const char* name,
             void (*main)(void*),
             void*    data,
             unsigned flags,
             int      after);

/// What it means that a word was read while it changed
typedef enum {
  MODEL_TIMED, ///< It must be of the time of the whole copy
  MODEL_FREE,  ///< The scenario will see by what comes of it
} ModelRacing;

/// Memory that may be read while it changes, between model_copy_begin() and
/// model_copy_end()
void
model_may_race(const void* memory, size_t size, ModelRacing racing);

/// The word whose value is the time of what is written: odd inside run()
void
model_clock(const void* memory);

// Inside threads

/// Wait until `ready` (of notes, see model_get()); nothing is acquired by it
void
model_wait(bool (*ready)(void));

/// Wait until a thread was killed or has ended, and know all that it did
void
model_wait_end(int thread);

/// This cannot be
void
model_fail(const char* why) __attribute__((noreturn));

#define MODEL_STRING(x) MODEL_STRING_OF(x)
#define MODEL_STRING_OF(x) #x
#define model_check(condition) \
  ((condition)                 \
     ? (void)0                 \
     : model_fail(__FILE__ ":" MODEL_STRING(__LINE__) ": " #condition))

/**
   All of this thread's future depends on `digest` and on what it knows, and no
   more on how it came here: states that differ only in that are one.
*/
void
model_state(uint64_t digest);

/// Go no further this way (not a failure): loops without a bound
void
model_prune(void) __attribute__((noreturn));

/// What the memory held is gone: any access that is not before this is an error
void
model_release(void* memory, size_t size);

/// Notes of the scenario, outside of the model's memory: all threads see them
/// at once
int64_t
model_get(unsigned note);

void
model_put(unsigned note, int64_t value);

/// What is read from here on may be any message of memory that may race
void
model_copy_begin(void);

/// @return false if what was read until now is of no single time
bool
model_copy_is_whole(void);

/// @return false unless every word read was that of the time `number`
bool
model_copy_end(uint64_t number);

// Running

typedef struct {
  const char* name;
  void (*set_up)(void);
  void (*check_end)(void); ///< NULL: that all threads came to their end
  unsigned kills;          ///< At most so many
} ModelScenario;

typedef struct {
  uint64_t    n_states;
  uint64_t    n_ends;
  const char* failure; ///< NULL: none
} ModelResult;

/// @param max_states give up beyond this (that is a failure, too)
ModelResult
model_explore(const ModelScenario* scenario, uint64_t max_states, bool trace);

// Places in the source where there is an atomic operation

typedef struct {
  uintptr_t   offset; ///< In the program
  const char* kind;   ///< "load", "store", "exchange", "fence"
  int         order;  ///< As the compiler numbers them
} ModelSite;

const ModelSite*
model_sites(size_t* count);

/// Weaken the operation at this place to `order`; may be called for several
void
model_weaken(uintptr_t offset, int order);

#endif // RINGSIDE_TESTS_MODEL_EXPLORER_H
