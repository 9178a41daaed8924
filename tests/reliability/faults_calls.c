// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// The calls of the C library and of others that can be made to fail (faults.c)

#include "tests/reliability/faults.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdarg.h>
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
extern void
__libc_free(void* memory);

#define FROM __builtin_return_address(0)

#define WRAP(type, name, bad, params, args)             \
  type name params                                      \
  {                                                     \
    static type(*it) params;                            \
    if (!it) {                                          \
      *(void**)&it = real(#name);                       \
    }                                                   \
    return faults_fails(#name, FROM) ? (bad) : it args; \
  }

/// Functions that return what others leave in errno
#define WRAP_ERROR(name, params, args)                  \
  int name params                                       \
  {                                                     \
    static int(*it) params;                             \
    if (!it) {                                          \
      *(void**)&it = real(#name);                       \
    }                                                   \
    return faults_fails(#name, FROM) ? errno : it args; \
  }

/// What was allocated there, or not
#define ALLOCATE(name, allocated)                                     \
  void* const memory = faults_fails(name, FROM) ? NULL : (allocated); \
  faults_note(FROM, memory);                                          \
  return memory

void*
malloc(size_t size)
{
  ALLOCATE("malloc", __libc_malloc(size));
}

void*
calloc(size_t count, size_t size)
{
  ALLOCATE("calloc", __libc_calloc(count, size));
}

void*
aligned_alloc(size_t alignment, size_t size)
{
  ALLOCATE("aligned_alloc", __libc_memalign(alignment, size));
}

void*
realloc(void* old, size_t size)
{
  if (faults_fails("realloc", FROM)) {
    return NULL;
  }

  // Before another thread can get the old one
  faults_forget(old);
  void* const memory = __libc_realloc(old, size);
  faults_note(FROM, memory ? memory : old);
  return memory;
}

char*
strdup(const char* text)
{
  const size_t size = strlen(text) + 1u;
  char* const  memory =
    faults_fails("strdup", FROM) ? NULL : (char*)__libc_malloc(size);
  faults_note(FROM, memory);
  return memory ? (char*)memcpy(memory, text, size) : NULL;
}

char*
strndup(const char* text, size_t most)
{
  const size_t length = strnlen(text, most);
  char* const  memory = faults_fails("strndup", FROM)
                          ? NULL
                          : (char*)__libc_calloc(1u, length + 1u);
  faults_note(FROM, memory);
  return memory ? (char*)memcpy(memory, text, length) : NULL;
}

void
free(void* memory)
{
  faults_forget(memory);
  __libc_free(memory);
}

// clang-format off
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
WRAP(DIR*, fdopendir, NULL, (int a), (a))
WRAP(FILE*, fopen64, NULL, (const char* a, const char* b), (a, b))
WRAP(pid_t, waitpid, -1, (pid_t a, int* b, int c), (a, b, c))
WRAP(int, close_range, -1, (unsigned a, unsigned b, int c), (a, b, c))
WRAP_ERROR(pthread_create, (pthread_t* a, const pthread_attr_t* b, void* (*c)(void*), void* d), (a, b, c, d))
WRAP_ERROR(posix_spawn, (pid_t* a, const char* b, const posix_spawn_file_actions_t* c, const posix_spawnattr_t* d, char* const* e, char* const* f), (a, b, c, d, e, f))
WRAP_ERROR(posix_spawn_file_actions_init, (posix_spawn_file_actions_t* a), (a))
WRAP_ERROR(posix_spawn_file_actions_addopen, (posix_spawn_file_actions_t* a, int b, const char* c, int d, mode_t e), (a, b, c, d, e))
WRAP_ERROR(posix_spawn_file_actions_adddup2, (posix_spawn_file_actions_t* a, int b, int c), (a, b, c))
WRAP_ERROR(posix_spawn_file_actions_addclosefrom_np, (posix_spawn_file_actions_t* a, int b), (a, b))
WRAP_ERROR(pthread_attr_init, (pthread_attr_t* a), (a))
WRAP_ERROR(pthread_attr_setstacksize, (pthread_attr_t* a, size_t b), (a, b))
WRAP(int, execve, -1, (const char* a, char* const* b, char* const* c), (a, b, c))
WRAP(pid_t, setsid, -1, (void), ())
WRAP(int, sched_setscheduler, -1, (pid_t a, int b, const struct sched_param* c), (a, b, c))
WRAP(int, setrlimit64, -1, (__rlimit_resource_t a, const struct rlimit64* b), (a, b))
WRAP(int, getrlimit64, -1, (__rlimit_resource_t a, struct rlimit64* b), (a, b))
WRAP(int, setenv, -1, (const char* a, const char* b, int c), (a, b, c))
WRAP(int, kill, -1, (pid_t a, int b), (a, b))
WRAP(int, shutdown, -1, (int a, int b), (a, b))
WRAP(int, rmdir, -1, (const char* a), (a))
WRAP(ssize_t, readlink, -1, (const char* a, char* b, size_t c), (a, b, c))
WRAP(int, nftw64, -1, (const char* a, __nftw64_func_t b, int c, int d), (a, b, c, d))
WRAP(int, scandir64, -1, (const char* a, struct dirent64*** b, int (*c)(const struct dirent64*), int (*d)(const struct dirent64**, const struct dirent64**)), (a, b, c, d))
WRAP(struct dirent64*, readdir64, NULL, (DIR* a), (a))
WRAP(char*, fgets, NULL, (char* a, int b, FILE* c), (a, b, c))
WRAP(int, fflush, EOF, (FILE* a), (a))
WRAP(locale_t, newlocale, (locale_t)0, (int a, const char* b, locale_t c), (a, b, c))
WRAP(long, sysconf, -1, (int a), (a))
// Libraries that have no memory; they say so as they do
WRAP(void*, lo_message_new, NULL, (void), ())
WRAP(void*, lo_message_serialise, NULL, (void* a, const char* b, void* c, size_t* d), (a, b, c, d))
WRAP(int, lo_message_add_string, -1, (void* a, const char* b), (a, b))
WRAP(int, lo_message_add_int32, -1, (void* a, int32_t b), (a, b))
WRAP(int, lo_message_add_float, -1, (void* a, float b), (a, b))
WRAP(int, lo_message_add_double, -1, (void* a, double b), (a, b))
WRAP(int, lo_message_add_int64, -1, (void* a, int64_t b), (a, b))
WRAP(int, ini_parse_stream, -2, (void* a, void* b, void* c, void* d), (a, b, c, d))
WRAP(void*, lilv_world_new, NULL, (void), ())
WRAP(void*, lilv_new_uri, NULL, (void* a, const char* b), (a, b))
WRAP(void*, lilv_new_file_uri, NULL, (void* a, const char* b, const char* c), (a, b, c))
WRAP(char*, lilv_file_uri_parse, NULL, (const char* a, char** b), (a, b))
WRAP(void*, lilv_node_duplicate, NULL, (const void* a), (a))
WRAP(void*, lilv_state_new_from_world, NULL, (void* a, void* b, const void* c), (a, b, c))
WRAP(void*, lilv_state_new_from_instance, NULL, (const void* a, void* b, void* c, const char* d, const char* e, const char* f, const char* g, void* h, void* i, uint32_t j, const void* k), (a, b, c, d, e, f, g, h, i, j, k))
WRAP(int, lilv_state_save, -1, (void* a, void* b, void* c, const void* d, const char* e, const char* f, const char* g), (a, b, c, d, e, f, g))
WRAP(const char*, lilv_state_get_label, NULL, (const void* a), (a))
WRAP(int, lilv_world_load_resource, -1, (void* a, const void* b), (a, b))
WRAP(const void*, lilv_plugins_get_by_uri, NULL, (const void* a, const void* b), (a, b))
WRAP(void*, lilv_plugin_get_name, NULL, (const void* a), (a))
WRAP(void*, lilv_world_find_nodes, NULL, (void* a, const void* b, const void* c, const void* d), (a, b, c, d))
WRAP(void*, seccomp_init, NULL, (uint32_t a), (a))
WRAP(int, seccomp_load, -ENOMEM, (const void* a), (a))
WRAP(int, seccomp_attr_set, -EINVAL, (void* a, int b, uint32_t c), (a, b, c))
// clang-format on

/// Those with a last argument that may be there or not
#define WRAP_LAST(name, params, args)                \
  int name params                                    \
  {                                                  \
    static int(*it) params;                          \
    if (!it) {                                       \
      *(void**)&it = real(#name);                    \
    }                                                \
    va_list list;                                    \
    va_start(list, b);                               \
    const long last = va_arg(list, long);            \
    va_end(list);                                    \
    return faults_fails(#name, FROM) ? -1 : it args; \
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
  return faults_fails("openat64", FROM) ? -1 : it(a, b, c, last);
}

int
prctl(int option, ...)
{
  static int (*it)(int, ...);
  if (!it) {
    *(void**)&it = real("prctl");
  }

  unsigned long a[4];
  va_list       list;
  va_start(list, option);
  for (int i = 0; i < 4; ++i) {
    a[i] = va_arg(list, unsigned long);
  }
  va_end(list);
  return faults_fails("prctl", FROM) ? -1 : it(option, a[0], a[1], a[2], a[3]);
}

/// As libseccomp has it; we never give more than one
typedef struct {
  unsigned argument;
  int      comparison;
  uint64_t a;
  uint64_t b;
} Comparison;

int
seccomp_rule_add(void* a, uint32_t b, int c, unsigned d, ...)
{
  static int (*it)(void*, uint32_t, int, unsigned, ...);
  if (!it) {
    *(void**)&it = real("seccomp_rule_add");
  }

  Comparison one = {0};
  if (d) {
    va_list list;
    va_start(list, d);
    one = va_arg(list, Comparison);
    va_end(list);
  }

  return faults_fails("seccomp_rule_add", FROM) ? -ENOMEM : it(a, b, c, d, one);
}

int
dprintf(int fd, const char* format, ...)
{
  va_list list;
  va_start(list, format);
  const int result =
    faults_fails("dprintf", FROM) ? -1 : vdprintf(fd, format, list);
  va_end(list);
  return result;
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
  return faults_fails("syscall", FROM)
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
  return faults_fails("close", FROM) ? -1 : result;
}

/// It may come back elsewhere
int
dlclose(void* library)
{
  static int (*it)(void*);
  if (!it) {
    *(void**)&it = real("dlclose");
  }

  faults_module_goes();
  return it(library);
}
// NOLINTEND
