// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What instrumented code calls: the functions that a compiler puts in under
   -fsanitize=thread, here without that sanitizer.  They are called before the
   access, but atomic ones in place of it.
*/

#include "tests/model/machine.h"

#include <pthread.h>
#include <string.h>

#define SITES_MAX 256u
#define PRIVATE_MAX 1024u

extern const char __executable_start; // NOLINT: of the linker

static ModelSite sites[SITES_MAX];
static size_t    n_sites;
static uintptr_t weak_sites[SITES_MAX];
static size_t    n_weak_sites;
static int       weak_order;

/// A word that was read as it was some time ago, and what it is
static uint64_t true_value;
static uint32_t false_granule;
static bool     is_false;

const ModelSite*
model_sites(size_t* const count)
{
  *count = n_sites;
  return sites;
}

void
model_weaken(const uintptr_t offset, const int order)
{
  weak_sites[n_weak_sites++] = offset;
  weak_order                 = order;
}

static int
order_at(const void* const caller, const char* const kind, const int order)
{
  const uintptr_t offset = (uintptr_t)caller - (uintptr_t)&__executable_start;
  size_t          i      = 0;
  while (i < n_sites && sites[i].offset != offset) {
    ++i;
  }
  if (i == n_sites) {
    if (n_sites == SITES_MAX) {
      machine_fail("the model has no room for more places in the source");
    }
    sites[n_sites++] = (ModelSite){offset, kind, order};
  }
  for (size_t j = 0; j < n_weak_sites; ++j) {
    if (offset == weak_sites[j]) {
      return weak_order;
    }
  }
  return order;
}

void
hooks_settle(void)
{
  if (is_false) {
    is_false = false;
    memcpy(arena + 4u * false_granule, &true_value, sizeof(true_value));
  }
  if (m.running >= 0) {
    racy_settle();
  }
}

/// True if a thread of the model runs, after what it did before is settled
static bool
in_thread(void)
{
  if (m.running < 0 || m.running >= (int)THREADS_MAX) {
    return false;
  }
  hooks_settle();
  return true;
}

static void
read_racing(const uint32_t granule)
{
  const uint64_t value = racy_read(granule);
  memcpy(&true_value, arena + 4u * granule, sizeof(true_value));
  if (value != true_value) {
    // Until the next call: the read comes before
    false_granule = granule;
    is_false      = true;
    memcpy(arena + 4u * granule, &value, sizeof(value));
  }
}

/// The explorer's own accesses are what it says they are, volatile or not
static void*
plain(const volatile void* const memory)
{
  return (void*)(uintptr_t)memory; // NOLINT(performance-no-int-to-ptr)
}

static void
plain_read(const volatile void* const memory, const size_t size)
{
  if (!in_thread()) {
    return;
  }

  const uintptr_t at = (uintptr_t)memory - (uintptr_t)arena;
  if (at < ARENA_SIZE && racy_is_read((uint32_t)(at / 4u))) {
    const uint32_t granule = (uint32_t)(at / 4u) & ~1u;
    if (at + size > 4u * granule + 8u) {
      machine_fail("the model does not know racing reads of several words");
    }
    read_racing(granule);
  } else {
    machine_access(plain(memory), size, false);
  }
}

static void
plain_write(const volatile void* const memory, const size_t size)
{
  if (!in_thread()) {
    return;
  }

  const uintptr_t at = (uintptr_t)memory - (uintptr_t)arena;
  const uintptr_t stack =
    (uintptr_t)memory - (uintptr_t)__builtin_frame_address(0);
  if (at >= ARENA_SIZE && stack >= STACK_SIZE) {
    machine_fail("memory is written that the model does not know");
  }
  machine_access(plain(memory), size, true);
}

static uint64_t
atomic(const OpKind               kind,
       const volatile void* const memory,
       const size_t               size,
       const uint64_t             value,
       const int                  order,
       const void* const          caller)
{
  static const char* const names[] = {"", "load", "store", "exchange", "add"};
  void* const              at      = plain(memory);
  const bool               threads = in_thread();
  const uintptr_t          offset  = (uintptr_t)memory - (uintptr_t)arena;
  const uint32_t           granule = (uint32_t)(offset / 4u);
  const int now = threads ? order_at(caller, names[kind], order) : order;

  // Compilers may make a store of an exchange that orders nothing
  const bool is_cut = kind == OP_EXCHANGE && now == RELAXED && order != RELAXED;

  if (threads && offset < ARENA_SIZE) {
    if (now == SEQ_CST) {
      machine_fail("the model does not know this order");
    }
    if (m.shadow[granule].is_gone) {
      machine_fail("memory is accessed that was freed");
    }
    m.width[granule] = (uint8_t)size;
    if (!machine_is_private(granule, kind != OP_LOAD)) {
      const Op op = {.kind    = kind,
                     .is_cut  = is_cut,
                     .order   = now,
                     .granule = granule,
                     .value   = value,
                     .site    = (uintptr_t)caller};
      return thread_yield(&op);
    }
    if (++m.now.threads[m.running].n_private >= PRIVATE_MAX) {
      // It may wait for what another one is about to share with it
      const Op op = {.kind = OP_WAIT};
      (void)thread_yield(&op);
    }
  }

  uint64_t before = 0;
  memcpy(&before, at, size);
  if (kind != OP_LOAD) {
    const uint64_t after = kind == OP_ADD ? before + value : value;
    if (threads) {
      undo_log(at, size);
      if (granule == m.clock && offset < ARENA_SIZE) {
        m.now.time = after;
      }
    }
    memcpy(at, &after, size);
  }
  return before;
}

// clang-format off
#define CALLER __builtin_return_address(0)
#define ATOMICS(bits)                                                         \
  uint##bits##_t __tsan_atomic##bits##_load(                                  \
    const volatile uint##bits##_t* a, int order);                             \
  uint##bits##_t __tsan_atomic##bits##_load(                                  \
    const volatile uint##bits##_t* const a, const int order)                  \
  { return (uint##bits##_t)atomic(OP_LOAD, a, (bits) / 8, 0, order, CALLER); }\
  void __tsan_atomic##bits##_store(                                           \
    volatile uint##bits##_t* a, uint##bits##_t v, int order);                 \
  void __tsan_atomic##bits##_store(                                           \
    volatile uint##bits##_t* const a, const uint##bits##_t v, const int order)\
  { (void)atomic(OP_STORE, a, (bits) / 8, v, order, CALLER); }                \
  uint##bits##_t __tsan_atomic##bits##_exchange(                              \
    volatile uint##bits##_t* a, uint##bits##_t v, int order);                 \
  uint##bits##_t __tsan_atomic##bits##_exchange(                              \
    volatile uint##bits##_t* const a, const uint##bits##_t v, const int order)\
  { return (uint##bits##_t)atomic(OP_EXCHANGE, a, (bits) / 8, v, order, CALLER); }\
  uint##bits##_t __tsan_atomic##bits##_fetch_add(                             \
    volatile uint##bits##_t* a, uint##bits##_t v, int order);                 \
  uint##bits##_t __tsan_atomic##bits##_fetch_add(                             \
    volatile uint##bits##_t* const a, const uint##bits##_t v, const int order)\
  { return (uint##bits##_t)atomic(OP_ADD, a, (bits) / 8, v, order, CALLER); }

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*): names of compilers
ATOMICS(8)
ATOMICS(32)
ATOMICS(64)

#define PLAIN(name, size)                                                     \
  void __tsan_##name##read##size(const volatile void* a);                     \
  void __tsan_##name##read##size(const volatile void* const a)                \
  { plain_read(a, size); }                                                    \
  void __tsan_##name##write##size(volatile void* a);                          \
  void __tsan_##name##write##size(volatile void* const a)                     \
  { plain_write(a, size); }

PLAIN(, 1)
PLAIN(, 2)
PLAIN(, 4)
PLAIN(, 8)
PLAIN(, 16)
PLAIN(unaligned_, 2)
PLAIN(unaligned_, 4)
PLAIN(unaligned_, 8)
PLAIN(unaligned_, 16)
// clang-format on

void
__tsan_init(void);
void
__tsan_init(void)
{
}

void
__tsan_atomic_thread_fence(int order);
void
__tsan_atomic_thread_fence(const int order)
{
  if (!in_thread()) {
    return;
  }

  const int now = order_at(CALLER, "fence", order);
  if (now == SEQ_CST) {
    const Op op = {.kind = OP_FENCE};
    (void)thread_yield(&op);
  } else {
    machine_fence(&m.now.threads[m.running], now);
  }
}

void
__tsan_atomic_signal_fence(int order);
void
__tsan_atomic_signal_fence(const int order)
{
  (void)order; // Of the compiler, which has obeyed
}

// Copies: the linker puts these in the place of those of the library

void*
__real_memset(void* to, int byte, size_t size);
void*
__wrap_memcpy(void* to, const void* from, size_t size);
void*
__wrap_memset(void* to, int byte, size_t size);

void*
__wrap_memcpy(void* const to, const void* const from, const size_t size)
{
  const uintptr_t at = (uintptr_t)from - (uintptr_t)arena;
  if (m.running < 0 ||
      (at >= ARENA_SIZE && (uintptr_t)to - (uintptr_t)arena >= ARENA_SIZE)) {
    return __real_memcpy(to, from, size); // The explorer's own among them
  }

  // Reading comes first: what is about to be written is settled by the next
  // call
  if (at >= ARENA_SIZE || !racy_is_read((uint32_t)(at / 4u))) {
    plain_read(from, size);
    plain_write(to, size);
    return __real_memcpy(to, from, size);
  }

  char read[64];
  if (size > sizeof(read)) {
    machine_fail("the model does not know racing copies of this size");
  }
  for (size_t i = 0; i < size; i += 8u) {
    plain_read((const char*)from + i, 8u);
    __real_memcpy(read + i, (const char*)from + i, 8u);
  }
  plain_write(to, size);
  return __real_memcpy(to, read, size);
}

void*
__wrap_memset(void* const to, const int byte, const size_t size)
{
  if (m.running >= 0 && (uintptr_t)to - (uintptr_t)arena < ARENA_SIZE) {
    plain_write(to, size);
  }
  return __real_memset(to, byte, size);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl*)

// The library as the sources see it, by -D of tests/model/meson.build

int
model_mutex_lock(pthread_mutex_t* mutex);
int
model_mutex_unlock(pthread_mutex_t* mutex);

int
model_mutex_lock(pthread_mutex_t* const mutex)
{
  const Op op = {.kind = OP_LOCK};
  (void)mutex; // There is one in each scenario
  return in_thread() ? (int)thread_yield(&op) : 0;
}

int
model_mutex_unlock(pthread_mutex_t* const mutex)
{
  const Op op = {.kind = OP_UNLOCK};
  (void)mutex;
  return in_thread() ? (int)thread_yield(&op) : 0;
}

void
model_release(void* const memory, const size_t size)
{
  if (!in_thread()) {
    return;
  }

  machine_access(memory, size, true);
  const size_t first = (size_t)((char*)memory - arena) / 4u;
  for (size_t i = 0; i < size / 4u; ++i) {
    Shadow* const shadow = &m.shadow[first + i];
    undo_log(shadow, sizeof(*shadow));
    shadow->is_gone = true;
  }
}
