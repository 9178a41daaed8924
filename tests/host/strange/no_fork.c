// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// A host that forbids new processes, but for vfork(), as Carla's interposer
/// does that prevents bad behaviour

#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <sys/types.h>
#include <unistd.h>

pid_t
fork(void)
{
  errno = ENOSYS;
  return -1;
}

int
clone(int (*const run)(void*),
      void* const stack,
      const int   flags,
      void* const context,
      ...)
{
  (void)run;
  (void)stack;
  (void)flags;
  (void)context;
  errno = ENOSYS;
  return -1;
}

int
posix_spawn(pid_t* restrict pid,
            const char* restrict path,
            const posix_spawn_file_actions_t* actions,
            const posix_spawnattr_t* restrict attributes,
            char* const* restrict arguments,
            char* const* restrict environment)
{
  (void)pid;
  (void)path;
  (void)actions;
  (void)attributes;
  (void)arguments;
  (void)environment;
  return ENOSYS;
}

int
posix_spawnp(pid_t* restrict pid,
             const char* restrict file,
             const posix_spawn_file_actions_t* actions,
             const posix_spawnattr_t* restrict attributes,
             char* const* restrict arguments,
             char* const* restrict environment)
{
  return posix_spawn(pid, file, actions, attributes, arguments, environment);
}
