// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the bridge gives up once all is open

#include "ui-bridge/sandbox.h"

#include "ui-bridge/confine.h"
#include "ui-bridge/log.h"
#include "ui-bridge/sanitizer.h"
#include "ui-bridge/shortage.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#  define MFD_NOEXEC_SEAL 0x0008U // Linux 6.3
#endif

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

/// Nothing of the file system but the port file.  @return the kernel's ABI
static int
confine_files(const int folder)
{
  RsFileRules rules;
  rs_files_begin(&rules,
                 RS_FILES_READ | RS_FILES_WRITE | RS_FILES_NEVER,
                 true); // Clients may have abstract names
  rs_files_allow(&rules,
                 folder,
                 LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                   LANDLOCK_ACCESS_FS_MAKE_REG |
                   LANDLOCK_ACCESS_FS_REMOVE_FILE |
                   LANDLOCK_ACCESS_FS_TRUNCATE);
  return rs_files_enforce(&rules);
}

// clang-format off
/// What the loop, its transports and segments need, whatever the arguments
static const int calls[] = {
  // Waiting
  SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
  SCMP_SYS(epoll_ctl), SCMP_SYS(poll), SCMP_SYS(ppoll),
  // Packets
  SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg), SCMP_SYS(recvfrom),
  SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(sendmmsg),
  SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(shutdown),
  SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
  SCMP_SYS(getpeername),
  // The files of the runtime folder (Landlock says which)
  SCMP_SYS(openat), SCMP_SYS(unlinkat), SCMP_SYS(renameat),
  SCMP_SYS(renameat2), SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch),
  SCMP_SYS(inotify_rm_watch),
  // pidfds are only waited for
  SCMP_SYS(pidfd_open), SCMP_SYS(setrlimit),
  SCMP_SYS(sched_setscheduler), SCMP_SYS(sched_getscheduler),
  SCMP_SYS(sched_yield),
};
// clang-format on

/// @return false where the kernel has no filters
static bool
confine_calls(void)
{
  static const int domains[] = {AF_INET, AF_UNIX};

  const scmp_filter_ctx filter = rs_calls_begin();
  if (!filter) {
    return false;
  }

  bool is_whole = rs_calls_allow(filter, calls, sizeof(calls) / sizeof(*calls));
  for (size_t i = 0u; i < sizeof(domains) / sizeof(*domains); ++i) {
    is_whole &=
      !seccomp_rule_add(filter,
                        SCMP_ACT_ALLOW,
                        SCMP_SYS(socket),
                        1,
                        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)domains[i], 0));
  }

  return rs_calls_enforce(filter, is_whole);
}

void
rs_kernel_ask(RsKernel* const kernel)
{
  const int process = (int)syscall(SYS_pidfd_open, getpid(), 0u);
  const int memory  = memfd_create(
    "ringside-ask", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

  *kernel = (RsKernel){process >= 0, memory >= 0};
  if (process >= 0) {
    close(process);
  }
  if (memory >= 0) {
    close(memory);
  }
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
