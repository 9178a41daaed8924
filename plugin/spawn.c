// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Starting a bridge

#include "plugin/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_FD 3   // As in the argument below
#define AWAIT_MS 250 // What is awaited takes a millisecond, or is not to end
#define FIRST_FREE_FD 10 // Ours stay clear of those that the child arranges

static const char* const kept_names[]  = {"HOME", "PATH", "LANG", "LV2_PATH"};
static const char* const kept_starts[] = {"LC_", "XDG_", "RINGSIDE_"};

static bool
is_kept(const char* const entry)
{
  for (size_t i = 0; i < sizeof(kept_names) / sizeof(*kept_names); ++i) {
    const size_t length = strlen(kept_names[i]);
    if (!strncmp(entry, kept_names[i], length) && entry[length] == '=') {
      return true;
    }
  }

  for (size_t i = 0; i < sizeof(kept_starts) / sizeof(*kept_starts); ++i) {
    if (!strncmp(entry, kept_starts[i], strlen(kept_starts[i]))) {
      return true;
    }
  }

  return false;
}

char**
rs_spawn_environment(void)
{
  size_t count = 0;
  size_t bytes = 0;
  for (char** e = environ; e && *e; ++e) {
    if (is_kept(*e)) {
      ++count;
      bytes += strlen(*e) + 1u;
    }
  }

  char** const kept = (char**)malloc(((count + 1u) * sizeof(char*)) + bytes);
  if (!kept) {
    return NULL;
  }

  // Nothing here may outgrow what was counted, should another thread set a
  // variable meanwhile
  char*  text = (char*)(kept + count + 1u);
  size_t n    = 0;
  for (char** e = environ; e && *e && n < count; ++e) {
    const size_t size = strlen(*e) + 1u;
    if (is_kept(*e) && size <= bytes) {
      memcpy(text, *e, size);
      text[size - 1u] = '\0';
      kept[n++]       = text;
      text += size;
      bytes -= size;
    }
  }

  kept[n] = NULL;
  return kept;
}

static int
open_pidfd(const pid_t pid)
{
  return (int)syscall(SYS_pidfd_open, pid, 0);
}

/// @return 0 or an error number, as posix_spawn()
static int
spawn_by_libc(pid_t* const       pid,
              const char* const  program,
              char* const* const arguments,
              char* const* const environment,
              const int          ready)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t          attributes;
  sigset_t                   none;
  sigset_t                   all;
  const struct sched_param   param = {.sched_priority = 0};

  int error = posix_spawn_file_actions_init(&actions);
  if (error) {
    return error;
  }

  if ((error = posix_spawnattr_init(&attributes))) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  sigemptyset(&none);
  sigfillset(&all);

  if (!(error = posix_spawnattr_setsigmask(&attributes, &none)) &&
      !(error = posix_spawnattr_setsigdefault(&attributes, &all)) &&
      !(error = posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER)) &&
      !(error = posix_spawnattr_setschedparam(&attributes, &param)) &&
      !(error = posix_spawnattr_setflags(
          &attributes,
          POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
            POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSID)) &&
      !(error = posix_spawn_file_actions_addopen(
          &actions, 0, "/dev/null", O_RDWR, 0)) &&
      !(error = posix_spawn_file_actions_adddup2(&actions, 0, 1)) &&
      !(error = posix_spawn_file_actions_adddup2(&actions, 0, 2)) &&
      !(error = posix_spawn_file_actions_adddup2(&actions, ready, READY_FD)) &&
      !(error =
          posix_spawn_file_actions_addclosefrom_np(&actions, READY_FD + 1))) {
    error =
      posix_spawn(pid, program, &actions, &attributes, arguments, environment);
  }

  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);

  // Some that stand in for it return -1 and set errno, like other calls
  return error < 0 ? (errno ? errno : ENOSYS) : error;
}

/// In the child of vfork(), whose memory is the parent's: system calls only
static void
become_child(const char* const  program,
             char* const* const arguments,
             char* const* const environment,
             const int          ready)
{
  const struct sched_param param = {.sched_priority = 0};
  struct sigaction         action;
  sigset_t                 none;

  memset(&action, 0, sizeof(action));
  action.sa_handler = SIG_DFL;
  for (int i = 1; i < NSIG; ++i) {
    sigaction(i, &action, NULL);
  }

  setsid();
  sched_setscheduler(0, SCHED_OTHER, &param);

  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
      dup2(ready, READY_FD) < 0) {
    _exit(127);
  }

  // If dup2() had nothing to do, the descriptor would close at execve()
  fcntl(0, F_SETFD, 0);
  fcntl(1, F_SETFD, 0);
  fcntl(2, F_SETFD, 0);

  if (syscall(SYS_close_range, (unsigned)READY_FD + 1u, ~0u, 0)) {
    const long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = READY_FD + 1; fd < (limit > 0 ? limit : 1024); ++fd) {
      close(fd);
    }
  }

  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(program, arguments, environment);
  _exit(127);
}

#if defined(__clang__)
#  pragma clang diagnostic push
#  pragma clang diagnostic ignored "-Wdeprecated-declarations"
#endif

/**
   The same by hand.  Some sandboxes refuse fork(), clone() and posix_spawn(),
   and let vfork() through.
*/
static int
spawn_by_hand(pid_t* const       pid,
              const char* const  program,
              char* const* const arguments,
              char* const* const environment,
              const int          ready)
{
  // All signals are blocked in this thread, so no handler of the host runs in
  // the child before it has put them back to their defaults
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);

  // posix_spawn() was refused: NOLINTNEXTLINE(*insecureAPI.vfork)
  const pid_t child = vfork();
  if (!child) {
    // Nothing but system calls: NOLINTNEXTLINE(clang-analyzer-unix.Vfork)
    become_child(program, arguments, environment, ready);
  }

  const int error = child < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  *pid = child;
  return error;
}

#if defined(__clang__)
#  pragma clang diagnostic pop
#endif

/// Out of the way of the descriptors that the child arranges
static int
move_up(const int fd)
{
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
  const int error = errno;

  close(fd);
  errno = error;
  return moved;
}

RsStatus
rs_spawn_start(RsSpawn* const     spawn,
               const char* const  program,
               char* const* const environment)
{
  // posix_spawn() would tell, vfork() and execve() not
  if (access(program, X_OK)) {
    return RS_SYSTEM;
  }

  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
    return RS_SYSTEM;
  }

  const int ready = move_up(ends[1]);
  if (ready < 0) {
    close(ends[0]);
    return RS_SYSTEM;
  }

  char path[4096];
  char ready_argument[] = "--ready-fd=3";
  char auto_argument[]  = "--auto";
  if (strlen(program) >= sizeof(path)) {
    close(ends[0]);
    close(ready);
    errno = ENAMETOOLONG;
    return RS_SYSTEM;
  }

  memcpy(path, program, strlen(program) + 1u);
  char* const arguments[] = {path, ready_argument, auto_argument, NULL};

  pid_t pid   = 0;
  int   error = spawn_by_libc(&pid, program, arguments, environment, ready);
  if (error == ENOSYS || error == EPERM) {
    error = spawn_by_hand(&pid, program, arguments, environment, ready);
  }

  close(ready);
  if (error) {
    close(ends[0]);
    errno = error;
    return RS_SYSTEM;
  }

  *spawn = (RsSpawn){pid, -1, open_pidfd(pid), ends[0]};
  return RS_SUCCESS;
}

RsSpawnState
rs_spawn_state(const RsSpawn* const spawn)
{
  char          byte = 0;
  const ssize_t n    = read(spawn->ready_fd, &byte, 1u);

  return n == 1                                           ? RS_SPAWN_READY
         : (n < 0 && (errno == EAGAIN || errno == EINTR)) ? RS_SPAWN_WAITING
                                                          : RS_SPAWN_FAILED;
}

bool
rs_spawn_reap(RsSpawn* const spawn)
{
  if (!spawn->pid) {
    return true;
  }

  int         status = 0;
  const pid_t ended  = waitpid(spawn->pid, &status, WNOHANG);
  if (!ended || (ended < 0 && errno == EINTR)) {
    return false;
  }

  if (ended > 0 && WIFEXITED(status)) {
    spawn->code = WEXITSTATUS(status);
  }

  if (spawn->pidfd >= 0) {
    close(spawn->pidfd);
  }

  spawn->pid   = 0;
  spawn->pidfd = -1;
  return true;
}

void
rs_spawn_abort(RsSpawn* const spawn)
{
  // What we started answers for the bridge and ends it before itself, so it is
  // asked first, and may have been stopped
  static const int way[] = {SIGTERM, SIGCONT, SIGKILL};

  // Through the pidfd only: a pid may be somebody else's by now
  for (size_t i = 0; i < 3u && spawn->pid && spawn->pidfd >= 0; ++i) {
    if (syscall(SYS_pidfd_send_signal, spawn->pidfd, way[i], NULL, 0)) {
      break;
    }

    struct pollfd ended = {.fd = spawn->pidfd, .events = POLLIN};
    if (way[i] != SIGTERM && poll(&ended, 1u, 1000) > 0) {
      break;
    }
  }

  (void)rs_spawn_reap(spawn);
}

void
rs_spawn_await(RsSpawn* const spawn)
{
  // Nobody listens to it any more, which it takes for a reason to end
  rs_spawn_close_ready(spawn);
  if (spawn->pid && spawn->pidfd >= 0) {
    struct pollfd ended = {.fd = spawn->pidfd, .events = POLLIN};
    (void)poll(&ended, 1u, AWAIT_MS);
  }

  (void)rs_spawn_reap(spawn);
}

void
rs_spawn_close_ready(RsSpawn* const spawn)
{
  if (spawn->ready_fd >= 0) {
    close(spawn->ready_fd);
    spawn->ready_fd = -1;
  }
}

void
rs_spawn_close(RsSpawn* const spawn)
{
  rs_spawn_close_ready(spawn);
  (void)rs_spawn_reap(spawn);
  if (spawn->pidfd >= 0) {
    close(spawn->pidfd);
  }

  *spawn = RS_SPAWN_NONE;
}
