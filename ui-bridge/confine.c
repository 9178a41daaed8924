// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// Giving up files and system calls

#include "ui-bridge/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NET_CONNECT_TCP (1ULL << 1)       // ABI 4
#define SCOPE_ABSTRACT_SOCKET (1ULL << 0) // ABI 6
#define SCOPE_SIGNAL (1ULL << 1)          // ABI 6

/// What a rule for a file that is no folder may have
#define OF_FILES                                                \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
   LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | \
   LANDLOCK_ACCESS_FS_IOCTL_DEV)

/// As of ABI 6; older kernels are told how much of it they know
typedef struct {
  uint64_t fs;
  uint64_t net;
  uint64_t scoped;
} Ruleset;

void
rs_files_begin(RsFileRules* const rules,
               const uint64_t     handled,
               const bool         may_signal)
{
  *rules = (RsFileRules){-1, 0, handled};

  const int abi = (int)syscall(
    SYS_landlock_create_ruleset, NULL, 0u, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) {
    return;
  }

  if (abi < 2) {
    rules->handled &= ~LANDLOCK_ACCESS_FS_REFER;
  }
  if (abi < 3) {
    rules->handled &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
  }
  if (abi < 5) {
    rules->handled &= ~LANDLOCK_ACCESS_FS_IOCTL_DEV;
  }

  const Ruleset set = {rules->handled,
                       NET_CONNECT_TCP,
                       may_signal ? 0u : SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL};
  rules->fd         = (int)syscall(SYS_landlock_create_ruleset,
                           &set,
                           abi >= 6   ? sizeof(set)
                                   : abi >= 4 ? offsetof(Ruleset, scoped)
                                              : sizeof(set.fs),
                           0u);
  rules->abi        = rules->fd < 0 ? 0 : abi;
}

void
rs_files_allow(RsFileRules* const rules, const int fd, const uint64_t access)
{
  struct stat status;
  if (rules->fd < 0 || fd < 0 || fstat(fd, &status)) {
    return;
  }

  const struct landlock_path_beneath_attr rule = {
    .allowed_access =
      access & rules->handled & (S_ISDIR(status.st_mode) ? ~0ULL : OF_FILES),
    .parent_fd = fd,
  };

  // What could not be allowed is forbidden, which harms nobody else
  (void)syscall(
    SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0u);
}

void
rs_files_allow_path(RsFileRules* const rules,
                    const char* const  path,
                    const uint64_t     access)
{
  const int fd = rules->fd < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);
  if (fd >= 0) {
    rs_files_allow(rules, fd, access);
    close(fd);
  }
}

int
rs_files_enforce(RsFileRules* const rules)
{
  if (rules->fd < 0) {
    return 0;
  }

  const bool is_in_force = !syscall(SYS_landlock_restrict_self, rules->fd, 0u);
  close(rules->fd);
  rules->fd = -1;
  return is_in_force ? rules->abi : 0;
}

// clang-format off
/// Whatever the arguments
static const int basic_calls[] = {
  // Memory; what is executable is looked at below
  SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
  SCMP_SYS(futex), SCMP_SYS(getrandom),
  SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(restart_syscall),
  // Descriptors that are open, and ourselves
  SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
  SCMP_SYS(close), SCMP_SYS(fcntl), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
  SCMP_SYS(lseek),
  SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
  SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
  SCMP_SYS(exit), SCMP_SYS(exit_group),
};
// clang-format on

scmp_filter_ctx
rs_calls_begin(void)
{
  static const int maps[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};

  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (!filter) {
    return NULL;
  }

  int failed = 0;
  for (size_t i = 0u; i < sizeof(maps) / sizeof(*maps); ++i) {
    failed |= seccomp_rule_add(filter,
                               SCMP_ACT_ALLOW,
                               maps[i],
                               1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  }

  // Of ourselves alone, and so that limits can be read
  failed |= seccomp_rule_add(
    filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));

  // How abort() ends us
  failed |= seccomp_rule_add(filter,
                             SCMP_ACT_ALLOW,
                             SCMP_SYS(tgkill),
                             1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
  if (failed || !rs_calls_allow(filter,
                                basic_calls,
                                sizeof(basic_calls) / sizeof(*basic_calls))) {
    seccomp_release(filter);
    return NULL;
  }

  return filter;
}

bool
rs_calls_allow(const scmp_filter_ctx filter,
               const int* const      calls,
               const size_t          n)
{
  int failed = 0;
  for (size_t i = 0u; i < n; ++i) {
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
  }

  return !failed;
}

bool
rs_calls_allow_reading(const scmp_filter_ctx filter)
{
  return !seccomp_rule_add(
    filter,
    SCMP_ACT_ALLOW,
    SCMP_SYS(openat),
    1,
    SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
}

bool
rs_calls_enforce(const scmp_filter_ctx filter, const bool is_whole)
{
  // A search tree, so that no call pays for the length of the list
  (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  const bool is_in_force = is_whole && !seccomp_load(filter);
  seccomp_release(filter);
  return is_in_force;
}
