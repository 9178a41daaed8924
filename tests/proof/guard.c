// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Watches a thread while it is inside run()

#include "tests/proof/guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#  define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

enum { ALLOW, BLOCK }; ///< As the kernel reads the selector

static __thread volatile char selector
  __attribute__((tls_model("initial-exec")));
static __thread bool is_inside __attribute__((tls_model("initial-exec")));
static __thread bool is_watched __attribute__((tls_model("initial-exec")));
static __thread struct rusage before __attribute__((tls_model("initial-exec")));

static GuardCounts counts;
static bool        counts_faults = true;

static void
count(uint64_t* const number)
{
  (void)__atomic_fetch_add(number, 1u, __ATOMIC_RELAXED);
}

/// A system call was about to be made inside run()
static void
on_syscall(const int signal_number, siginfo_t* const info, void* const context)
{
  (void)signal_number;
  selector = ALLOW; // For the rest of this run(), and the return from here
  if (!counts.syscalls) {
    counts.syscall = info->si_syscall;
    counts.address = info->si_call_addr;
  }
  count(&counts.syscalls);

#if defined(__x86_64__)
  ((ucontext_t*)context)->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#else
  (void)context;
#endif
}

bool
guard_thread(void)
{
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction     = on_syscall;
  sigfillset(&action.sa_mask);
  sigaction(SIGSYS, &action, NULL);

  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGSYS);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);

  selector   = ALLOW;
  is_watched = true;
  return !prctl(PR_SET_SYSCALL_USER_DISPATCH, 1L, 0L, 0L, &selector);
}

void
guard_count_faults(const bool does_count)
{
  counts_faults = does_count;
}

void
guard_enter(void)
{
  getrusage(RUSAGE_THREAD, &before);
  is_inside = true;
  selector  = BLOCK;
}

void
guard_leave(void)
{
  struct rusage after;
  selector  = ALLOW;
  is_inside = false;
  getrusage(RUSAGE_THREAD, &after);

  count(&counts.cycles);
  if (counts_faults) {
    (void)__atomic_fetch_add(&counts.faults,
                             (uint64_t)(after.ru_minflt - before.ru_minflt +
                                        after.ru_majflt - before.ru_majflt),
                             __ATOMIC_RELAXED);
    (void)__atomic_fetch_add(&counts.waits,
                             (uint64_t)(after.ru_nvcsw - before.ru_nvcsw),
                             __ATOMIC_RELAXED);
  }
}

const GuardCounts*
guard_counts(void)
{
  return &counts;
}

static void
print_place(FILE* const file, const char* const what, void* const address)
{
  Dl_info info;
  if (address && dladdr(address, &info)) {
    (void)fprintf(file,
                  "first %s from %s+%#zx (%s)\n",
                  what,
                  info.dli_fname,
                  (size_t)((char*)address - (char*)info.dli_fbase),
                  info.dli_sname ? info.dli_sname : "?");
  }
}

bool
guard_print(FILE* const file)
{
  (void)fprintf(file,
                "cycles %llu\nsyscalls %llu\nallocations %llu\nlocks %llu\n"
                "faults %llu\nwaits %llu\n",
                (unsigned long long)counts.cycles,
                (unsigned long long)counts.syscalls,
                (unsigned long long)counts.allocations,
                (unsigned long long)counts.locks,
                (unsigned long long)counts.faults,
                (unsigned long long)counts.waits);
  if (counts.syscalls) {
    (void)fprintf(file, "first system call is number %d\n", counts.syscall);
    print_place(file, "system call", counts.address);
  }
  print_place(file, "allocation or lock", counts.caller);
  return !counts.syscalls && !counts.allocations && !counts.locks &&
         !counts.faults && !counts.waits;
}

// In the place of libc's

static void
see(uint64_t* const number, void* const caller)
{
  if (is_inside) {
    if (!counts.caller) {
      counts.caller = caller;
    }
    count(number);
  }
}

#define SEE(number) see(&counts.number, __builtin_return_address(0))

// NOLINTBEGIN(bugprone-reserved-identifier): names of libc
void*
__libc_malloc(size_t size);
void*
__libc_calloc(size_t count, size_t size);
void*
__libc_realloc(void* memory, size_t size);
void
__libc_free(void* memory);
void*
__libc_memalign(size_t alignment, size_t size);
// NOLINTEND(bugprone-reserved-identifier)

void*
malloc(const size_t size)
{
  SEE(allocations);
  return __libc_malloc(size);
}

void*
calloc(const size_t n, const size_t size)
{
  SEE(allocations);
  return __libc_calloc(n, size);
}

void*
realloc(void* const memory, const size_t size)
{
  SEE(allocations);
  return __libc_realloc(memory, size);
}

void
free(void* const memory)
{
  SEE(allocations);
  __libc_free(memory);
}

void*
aligned_alloc(const size_t alignment, const size_t size)
{
  SEE(allocations);
  return __libc_memalign(alignment, size);
}

int
posix_memalign(void** const memory, const size_t alignment, const size_t size)
{
  SEE(allocations);
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

// clang-format off
/// A function that may wait, or wake another thread
#define LOCK(name, type, argument)                                             \
  int name(type* const argument) /* NOLINT(bugprone-macro-parentheses) */                                               \
  {                                                                            \
    static int (*next)(type*); /* NOLINT(bugprone-macro-parentheses) */                                                 \
    if (!next) {                                                               \
      *(void**)&next = dlsym(RTLD_NEXT, #name);                                \
    }                                                                          \
    SEE(locks);                                                                \
    return next(argument);                                                     \
  }

LOCK(pthread_mutex_lock,     pthread_mutex_t,    mutex)
LOCK(pthread_mutex_trylock,  pthread_mutex_t,    mutex)
LOCK(pthread_mutex_unlock,   pthread_mutex_t,    mutex)
LOCK(pthread_rwlock_rdlock,  pthread_rwlock_t,   lock)
LOCK(pthread_rwlock_wrlock,  pthread_rwlock_t,   lock)
LOCK(pthread_rwlock_unlock,  pthread_rwlock_t,   lock)
LOCK(sem_wait,               sem_t,              semaphore)
LOCK(sem_trywait,            sem_t,              semaphore)
LOCK(sem_post,               sem_t,              semaphore)
// clang-format on
