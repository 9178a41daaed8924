// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the bridge gives up once all is open

#include "ui-bridge/sandbox.h"

#include "ui-bridge/log.h"
#include "ui-bridge/sanitizer.h"
#include "ui-bridge/shortage.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Of kernels after the headers of Debian 12
#ifndef LANDLOCK_ACCESS_FS_REFER
#  define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) // ABI 2
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#  define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) // ABI 3
#endif
#define ACCESS_FS_IOCTL_DEV (1ULL << 15)   // ABI 5
#define ACCESS_NET_CONNECT_TCP (1ULL << 1) // ABI 4

/// Of addresses, mapped or not: 1,024 strips and 32 clients that do not read
/// take less than a half
#define MEMORY_BYTES (1024u << 20u)

static void
limit(void)
{
  const struct rlimit none = {0u, 0u};
  struct rlimit       files;

  (void)setrlimit(RLIMIT_CORE, &none);
#if !RS_HAS_SANITIZER
  struct rlimit memory;
  if (!getrlimit(RLIMIT_AS, &memory) && memory.rlim_cur > MEMORY_BYTES) {
    memory = (struct rlimit){MEMORY_BYTES, MEMORY_BYTES};
    (void)setrlimit(RLIMIT_AS, &memory);
  }
#endif
  if (!getrlimit(RLIMIT_NOFILE, &files)) {
    // As many as were given to us, and at least those that we need
    files.rlim_cur =
      files.rlim_max < RS_FILES_MIN
        ? files.rlim_max
        : (files.rlim_cur > RS_FILES_MIN ? files.rlim_cur : RS_FILES_MIN);
    files.rlim_max = files.rlim_cur;
    (void)setrlimit(RLIMIT_NOFILE, &files);
  }
}

/// As of ABI 4; smaller kernels are told how much of it they know
typedef struct {
  uint64_t fs;
  uint64_t net;
} Ruleset;

/// Nothing of the file system but the port file.  @return the kernel's ABI
static int
confine_files(const int folder)
{
  const int abi = (int)syscall(
    SYS_landlock_create_ruleset, NULL, 0u, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) {
    return 0;
  }

  const uint64_t all   = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1u) - 1u;
  Ruleset        rules = {.fs = all};
  rules.fs |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0u;
  rules.fs |= abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0u;
  rules.fs |= abi >= 5 ? ACCESS_FS_IOCTL_DEV : 0u;
  rules.net = abi >= 4 ? ACCESS_NET_CONNECT_TCP : 0u;

  const int set = (int)syscall(SYS_landlock_create_ruleset,
                               &rules,
                               abi >= 4 ? sizeof(rules) : sizeof(rules.fs),
                               0u);
  if (set < 0) {
    return 0;
  }

  const struct landlock_path_beneath_attr own = {
    .allowed_access =
      rules.fs & (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                  LANDLOCK_ACCESS_FS_TRUNCATE),
    .parent_fd = folder,
  };
  const bool is_confined =
    !syscall(
      SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &own, 0u) &&
    !syscall(SYS_landlock_restrict_self, set, 0u);
  close(set);
  return is_confined ? abi : 0;
}

// clang-format off
/// What the loop, its transports and segments need, whatever the arguments
static const int calls[] = {
  // Waiting, and time
  SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
  SCMP_SYS(epoll_ctl),
  SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(restart_syscall),
  SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
  // Packets
  SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom),
  SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(sendmmsg),
  SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(shutdown),
  SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
  SCMP_SYS(getpeername),
  // Descriptors, and the files of the runtime folder (Landlock says which)
  SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
  SCMP_SYS(close), SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
  SCMP_SYS(lseek), SCMP_SYS(openat), SCMP_SYS(unlinkat), SCMP_SYS(renameat),
  SCMP_SYS(renameat2), SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch),
  SCMP_SYS(inotify_rm_watch),
  // Memory; what is executable is looked at below
  SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
  SCMP_SYS(futex), SCMP_SYS(getrandom),
  // Ourselves; pidfds are only waited for
  SCMP_SYS(pidfd_open), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
  SCMP_SYS(sched_setscheduler), SCMP_SYS(sched_getscheduler),
  SCMP_SYS(sched_yield),
  SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
  SCMP_SYS(exit), SCMP_SYS(exit_group),
};
// clang-format on

/// Those where it depends on what for
static int
allow_some(const scmp_filter_ctx filter)
{
  static const int maps[]    = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
  static const int domains[] = {AF_INET, AF_UNIX};

  int failed = 0;
  for (size_t i = 0u; i < sizeof(maps) / sizeof(*maps); ++i) {
    failed |= seccomp_rule_add(filter,
                               SCMP_ACT_ALLOW,
                               maps[i],
                               1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }

  for (size_t i = 0u; i < sizeof(domains) / sizeof(*domains); ++i) {
    failed |=
      seccomp_rule_add(filter,
                       SCMP_ACT_ALLOW,
                       SCMP_SYS(socket),
                       1,
                       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)domains[i], 0));
  }

  // Of ourselves alone, and so that limits can be read
  failed |= seccomp_rule_add(
    filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setrlimit), 0);

  // How abort() ends us
  failed |= seccomp_rule_add(filter,
                             SCMP_ACT_ALLOW,
                             SCMP_SYS(tgkill),
                             1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
  return failed;
}

/// Everything else fails with EPERM, which code that we do not know of bears
/// better than being killed.  @return false where the kernel has no filters
static bool
confine_calls(void)
{
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (!filter) {
    return false;
  }

  int failed = allow_some(filter);
  for (size_t i = 0u; i < sizeof(calls) / sizeof(*calls); ++i) {
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
  }

  // A search tree, so that no call pays for the length of the list
  (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  const bool is_confined = !failed && !seccomp_load(filter);
  seccomp_release(filter);
  return is_confined;
}

void
rs_sandbox_enter(RsSandbox* const sandbox, const int folder)
{
  *sandbox = (RsSandbox){false, 0};
  limit();
  if (RS_HAS_SANITIZER) {
    return;
  }

  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
    rs_log(RS_LOG_WARNING, "no sandbox: %s", strerror(errno));
    return;
  }

  sandbox->landlock    = confine_files(folder);
  sandbox->has_seccomp = confine_calls();
  if (!sandbox->landlock || !sandbox->has_seccomp) {
    rs_log(RS_LOG_WARNING,
           "this kernel has no %s: the sandbox does without",
           sandbox->landlock      ? "seccomp filters"
           : sandbox->has_seccomp ? "Landlock"
                                  : "seccomp filters and no Landlock");
  }
}
