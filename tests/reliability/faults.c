// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   Preloaded (LD_PRELOAD): makes calls of the C library fail.

   A site is a function and the place in one module that calls it.  All sites
   that are reached stand in a table in the file RINGSIDE_FAULT_FILE, which
   every process has mapped; one of them can be told there to fail, the n-th
   time or from then on.  Only calls out of RINGSIDE_FAULT_MODULE count: how
   libraries take it is not ours to mend.
*/

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SITES_MAX 1000u

typedef struct {
  char              function[24];
  _Atomic(uint32_t) place; ///< In the module; 0: free
  _Atomic(uint32_t) hits;
} Site;

typedef struct {
  _Atomic(uint32_t) is_armed;
  uint32_t          place;    ///< Where to fail
  uint32_t          first;    ///< From this hit on, counted from 1
  uint32_t          is_once;  ///< Only then
  uint32_t          error;    ///< errno
  _Atomic(uint32_t) n_failed; ///< How often it did
  uint32_t          unused[2];
  char              function[32];
  Site              sites[SITES_MAX];
} Table;

static Table*        table;
static uintptr_t     module_start;
static uintptr_t     module_end;
static char          module_name[64];
static __thread bool is_inside;

static int
find_module(struct dl_phdr_info* const info,
            const size_t               size,
            void* const                data)
{
  (void)size;
  bool* const       is_first = (bool*)data;
  const char* const slash    = strrchr(info->dlpi_name, '/');
  const bool        is_it =
    module_name[0] ? slash && !strcmp(slash + 1, module_name) : *is_first;
  *is_first = false;
  for (int i = 0; is_it && i < info->dlpi_phnum; ++i) {
    if (info->dlpi_phdr[i].p_type == PT_LOAD &&
        (info->dlpi_phdr[i].p_flags & PF_X)) {
      module_start = info->dlpi_addr;
      module_end   = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr +
                   info->dlpi_phdr[i].p_memsz;
    }
  }

  return is_it;
}

__attribute__((constructor)) static void
open_table(void)
{
  const char* const path = getenv("RINGSIDE_FAULT_FILE");
  const char* const name = getenv("RINGSIDE_FAULT_MODULE");
  const int         fd   = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) {
    return;
  }

  snprintf(module_name, sizeof(module_name), "%s", name ? name : "");
  void* const base =
    mmap(NULL, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  table = base == MAP_FAILED ? NULL : (Table*)base;
}

/// True if this call has to fail; errno is set
static bool
fails(const char* const function, const void* const from)
{
  if (!table || is_inside) {
    return false;
  }

  const uintptr_t at = (uintptr_t)from;
  if (!module_end) {
    bool is_first = true;
    is_inside     = true;
    dl_iterate_phdr(find_module, &is_first);
    is_inside = false;
  }

  if (at < module_start || at >= module_end) {
    return false;
  }

  // Who comes first takes the entry; none is ever given back
  const uint32_t place = (uint32_t)(at - module_start);
  uint32_t       hits  = 0;
  for (uint32_t i = 0; i < SITES_MAX && !hits; ++i) {
    Site* const site = &table->sites[i];
    uint32_t    none = 0;
    if (atomic_compare_exchange_strong(&site->place, &none, place)) {
      snprintf(site->function, sizeof(site->function), "%s", function);
      none = place;
    }

    if (none == place) {
      hits = atomic_fetch_add(&site->hits, 1u) + 1u;
    }
  }

  if (!atomic_load(&table->is_armed) || table->place != place ||
      strcmp(table->function, function) != 0 ||
      (table->is_once ? hits != table->first : hits < table->first)) {
    return false;
  }

  atomic_fetch_add(&table->n_failed, 1u);
  errno = (int)table->error;
  return true;
}

static void*
real(const char* const name)
{
  return dlsym(RTLD_NEXT, name);
}

// What follows stands in for functions of the C library, with their names
// NOLINTBEGIN
extern void*
__libc_malloc(size_t size);
extern void*
__libc_calloc(size_t count, size_t size);
extern void*
__libc_realloc(void* memory, size_t size);
extern void*
__libc_memalign(size_t alignment, size_t size);

#define FROM __builtin_return_address(0)

#define WRAP(type, name, bad, params, args)      \
  type name params                               \
  {                                              \
    static type(*it) params;                     \
    if (!it) {                                   \
      *(void**)&it = real(#name);                \
    }                                            \
    return fails(#name, FROM) ? (bad) : it args; \
  }

/// Functions that return what others leave in errno
#define WRAP_ERROR(name, params, args)           \
  int name params                                \
  {                                              \
    static int(*it) params;                      \
    if (!it) {                                   \
      *(void**)&it = real(#name);                \
    }                                            \
    return fails(#name, FROM) ? errno : it args; \
  }

void*
malloc(size_t size)
{
  return fails("malloc", FROM) ? NULL : __libc_malloc(size);
}

void*
calloc(size_t count, size_t size)
{
  return fails("calloc", FROM) ? NULL : __libc_calloc(count, size);
}

void*
realloc(void* memory, size_t size)
{
  return fails("realloc", FROM) ? NULL : __libc_realloc(memory, size);
}

void*
aligned_alloc(size_t alignment, size_t size)
{
  return fails("aligned_alloc", FROM) ? NULL : __libc_memalign(alignment, size);
}

// clang-format off
WRAP(char*, strdup, NULL, (const char* a), (a))
WRAP(char*, strndup, NULL, (const char* a, size_t b), (a, b))
WRAP(int, socket, -1, (int a, int b, int c), (a, b, c))
WRAP(int, socketpair, -1, (int a, int b, int c, int* d), (a, b, c, d))
WRAP(int, memfd_create, -1, (const char* a, unsigned b), (a, b))
WRAP(void*, mmap64, MAP_FAILED, (void* a, size_t b, int c, int d, int e, off64_t f), (a, b, c, d, e, f))
WRAP(int, ftruncate64, -1, (int a, off64_t b), (a, b))
WRAP(ssize_t, sendmsg, -1, (int a, const struct msghdr* b, int c), (a, b, c))
WRAP(ssize_t, recvmsg, -1, (int a, struct msghdr* b, int c), (a, b, c))
WRAP(int, recvmmsg, -1, (int a, struct mmsghdr* b, unsigned c, int d, struct timespec* e), (a, b, c, d, e))
WRAP(ssize_t, send, -1, (int a, const void* b, size_t c, int d), (a, b, c, d))
WRAP(ssize_t, sendto, -1, (int a, const void* b, size_t c, int d, const struct sockaddr* e, socklen_t f), (a, b, c, d, e, f))
WRAP(ssize_t, recv, -1, (int a, void* b, size_t c, int d), (a, b, c, d))
WRAP(ssize_t, read, -1, (int a, void* b, size_t c), (a, b, c))
WRAP(ssize_t, write, -1, (int a, const void* b, size_t c), (a, b, c))
WRAP(ssize_t, pread64, -1, (int a, void* b, size_t c, off64_t d), (a, b, c, d))
WRAP(int, mkdir, -1, (const char* a, mode_t b), (a, b))
WRAP(char*, mkdtemp, NULL, (char* a), (a))
WRAP(int, epoll_create1, -1, (int a), (a))
WRAP(int, epoll_ctl, -1, (int a, int b, int c, struct epoll_event* d), (a, b, c, d))
WRAP(int, epoll_wait, -1, (int a, struct epoll_event* b, int c, int d), (a, b, c, d))
WRAP(int, epoll_pwait2, -1, (int a, struct epoll_event* b, int c, const struct timespec* d, const sigset_t* e), (a, b, c, d, e))
WRAP(int, accept4, -1, (int a, struct sockaddr* b, socklen_t* c, int d), (a, b, c, d))
WRAP(int, bind, -1, (int a, const struct sockaddr* b, socklen_t c), (a, b, c))
WRAP(int, listen, -1, (int a, int b), (a, b))
WRAP(int, connect, -1, (int a, const struct sockaddr* b, socklen_t c), (a, b, c))
WRAP(int, getsockopt, -1, (int a, int b, int c, void* d, socklen_t* e), (a, b, c, d, e))
WRAP(int, setsockopt, -1, (int a, int b, int c, const void* d, socklen_t e), (a, b, c, d, e))
WRAP(int, getsockname, -1, (int a, struct sockaddr* b, socklen_t* c), (a, b, c))
WRAP(pid_t, fork, -1, (void), ())
WRAP(int, pipe2, -1, (int* a, int b), (a, b))
WRAP(int, eventfd, -1, (unsigned a, int b), (a, b))
WRAP(int, signalfd, -1, (int a, const sigset_t* b, int c), (a, b, c))
WRAP(int, inotify_init1, -1, (int a), (a))
WRAP(int, inotify_add_watch, -1, (int a, const char* b, uint32_t c), (a, b, c))
WRAP(int, poll, -1, (struct pollfd* a, nfds_t b, int c), (a, b, c))
WRAP(int, dup2, -1, (int a, int b), (a, b))
WRAP(int, fsync, -1, (int a), (a))
WRAP(int, rename, -1, (const char* a, const char* b), (a, b))
WRAP(int, renameat, -1, (int a, const char* b, int c, const char* d), (a, b, c, d))
WRAP(int, unlinkat, -1, (int a, const char* b, int c), (a, b, c))
WRAP(int, unlink, -1, (const char* a), (a))
WRAP(int, fstat64, -1, (int a, struct stat64* b), (a, b))
WRAP(int, stat64, -1, (const char* a, struct stat64* b), (a, b))
WRAP(int, lstat64, -1, (const char* a, struct stat64* b), (a, b))
WRAP(int, fstatat64, -1, (int a, const char* b, struct stat64* c, int d), (a, b, c, d))
WRAP(int, flock, -1, (int a, int b), (a, b))
WRAP(int, access, -1, (const char* a, int b), (a, b))
WRAP(DIR*, opendir, NULL, (const char* a), (a))
WRAP(FILE*, fopen64, NULL, (const char* a, const char* b), (a, b))
WRAP(pid_t, waitpid, -1, (pid_t a, int* b, int c), (a, b, c))
WRAP(int, close_range, -1, (unsigned a, unsigned b, int c), (a, b, c))
WRAP_ERROR(pthread_create, (pthread_t* a, const pthread_attr_t* b, void* (*c)(void*), void* d), (a, b, c, d))
WRAP_ERROR(posix_spawn, (pid_t* a, const char* b, const posix_spawn_file_actions_t* c, const posix_spawnattr_t* d, char* const* e, char* const* f), (a, b, c, d, e, f))
WRAP_ERROR(posix_spawn_file_actions_init, (posix_spawn_file_actions_t* a), (a))
WRAP_ERROR(posix_spawn_file_actions_addopen, (posix_spawn_file_actions_t* a, int b, const char* c, int d, mode_t e), (a, b, c, d, e))
WRAP_ERROR(pthread_attr_init, (pthread_attr_t* a), (a))
// clang-format on

/// Those with a last argument that may be there or not
#define WRAP_LAST(name, params, args)         \
  int name params                             \
  {                                           \
    static int(*it) params;                   \
    if (!it) {                                \
      *(void**)&it = real(#name);             \
    }                                         \
    va_list list;                             \
    va_start(list, b);                        \
    const long last = va_arg(list, long);     \
    va_end(list);                             \
    return fails(#name, FROM) ? -1 : it args; \
  }

WRAP_LAST(open64, (const char* a, int b, ...), (a, b, last))
WRAP_LAST(fcntl64, (int a, int b, ...), (a, b, last))

int
openat64(int a, const char* b, int c, ...)
{
  static int (*it)(int, const char*, int, ...);
  if (!it) {
    *(void**)&it = real("openat64");
  }

  va_list list;
  va_start(list, c);
  const long last = va_arg(list, long);
  va_end(list);
  return fails("openat64", FROM) ? -1 : it(a, b, c, last);
}

long
syscall(long number, ...)
{
  static long (*it)(long, ...);
  if (!it) {
    *(void**)&it = real("syscall");
  }

  long    a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; ++i) {
    a[i] = va_arg(list, long);
  }
  va_end(list);
  return fails("syscall", FROM)
           ? -1
           : it(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/// It is closed all the same
int
close(int fd)
{
  static int (*it)(int);
  if (!it) {
    *(void**)&it = real("close");
  }

  const int result = it(fd);
  return fails("close", FROM) ? -1 : result;
}

/// It may come back elsewhere
int
dlclose(void* library)
{
  static int (*it)(void*);
  if (!it) {
    *(void**)&it = real("dlclose");
  }

  if (module_name[0]) {
    module_start = module_end = 0;
  }

  return it(library);
}
// NOLINTEND
