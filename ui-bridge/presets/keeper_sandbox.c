// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/// What the keeper and its children give up

#include "ui-bridge/presets/keeper_sandbox.h"

#include "ui-bridge/confine.h"
#include "ui-bridge/presets/folders.h"
#include "ui-bridge/sanitizer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/// The first with which files go from folder to folder
#define ABI_MIN 2

#define N_ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

// clang-format off
/// Of a child that reads
static const int reader_calls[] = {
  SCMP_SYS(getdents64), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
  SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(readv),
  SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
  SCMP_SYS(getcwd), SCMP_SYS(sendto), SCMP_SYS(geteuid),
};

/// More, of one that writes
static const int writer_calls[] = {
  SCMP_SYS(openat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
  SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
  SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rmdir),
  SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(flock),
};

/// More, of the keeper: its own work, and how a child becomes what it is
static const int keeper_calls[] = {
  SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvfrom),
  SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
  SCMP_SYS(wait4), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
  SCMP_SYS(getppid), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(close_range),
  SCMP_SYS(prctl), SCMP_SYS(seccomp), SCMP_SYS(setrlimit),
  SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule),
  SCMP_SYS(landlock_restrict_self),
  SCMP_SYS(tgkill), // A child's abort(); Landlock 6 keeps it among ourselves
};
// clang-format on

/// Those of the keeper where it depends on what for
static bool
allow_some(const scmp_filter_ctx filter)
{
  // fork() as it is, and no new namespaces
  const scmp_datum_t any = CSIGNAL | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  return !seccomp_rule_add(filter,
                           SCMP_ACT_ALLOW,
                           SCMP_SYS(clone),
                           1,
                           SCMP_A0(SCMP_CMP_MASKED_EQ, ~any, 0)) &&
         !seccomp_rule_add(filter,
                           SCMP_ACT_ALLOW,
                           SCMP_SYS(kill),
                           1,
                           SCMP_A1(SCMP_CMP_EQ, SIGKILL, 0)) &&
         !seccomp_rule_add(filter,
                           SCMP_ACT_ALLOW,
                           SCMP_SYS(socketpair),
                           1,
                           SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
}

void
rs_keeper_confine(RsSandbox* const sandbox)
{
  *sandbox = (RsSandbox){false, 0};
  if (RS_HAS_SANITIZER || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
    return;
  }

  RsFileRules rules;
  rs_files_begin(&rules, RS_FILES_NEVER | LANDLOCK_ACCESS_FS_REFER, false);
  if (rules.abi >= ABI_MIN) {
    rs_files_allow_path(&rules, "/", LANDLOCK_ACCESS_FS_REFER);
    sandbox->landlock = rs_files_enforce(&rules);
  } else if (rules.fd >= 0) {
    close(rules.fd);
  }

  const scmp_filter_ctx filter = rs_calls_begin();
  if (filter) {
    const bool is_whole =
      rs_calls_allow(filter, reader_calls, N_ELEMENTS(reader_calls)) &&
      rs_calls_allow(filter, writer_calls, N_ELEMENTS(writer_calls)) &&
      rs_calls_allow(filter, keeper_calls, N_ELEMENTS(keeper_calls)) &&
      allow_some(filter);
    sandbox->has_seccomp = rs_calls_enforce(filter, is_whole);
  }
}

/// As readdir() knows it, where the file system tells
static int
type_of(DIR* const directory, const struct dirent* const entry)
{
  struct stat status;
  if (entry->d_type != DT_UNKNOWN) {
    return entry->d_type;
  }

  return fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW)
           ? DT_UNKNOWN
           : IFTODT(status.st_mode);
}

/// Bundles, or files in them, may be links to where they are installed.
/// Takes over `fd`
static void
allow_links(RsFileRules* const rules, const int fd, const int depth)
{
  DIR* const directory = fd >= 0 ? fdopendir(fd) : NULL;
  if (!directory) {
    if (fd >= 0) {
      close(fd);
    }
    return;
  }

  const struct dirent* entry = NULL;
  while ((entry = readdir(directory))) {
    const char* const name = entry->d_name;
    const int         type = type_of(directory, entry);
    if (type == DT_LNK) {
      const int target = openat(fd, name, O_PATH | O_CLOEXEC);
      rs_files_allow(rules, target, RS_FILES_READ);
      if (target >= 0) {
        close(target);
      }
    } else if (depth && type == DT_DIR && name[0] != '.') {
      // NOLINTNEXTLINE(misc-no-recursion): as deep as bundles are
      allow_links(
        rules, openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), depth - 1);
    }
  }

  closedir(directory);
}

/// The bundle that we run from, which LV2_PATH may not have
static void
allow_own_bundle(RsFileRules* const rules)
{
  static const char manifest[] = "/manifest.ttl";

  char          path[PATH_MAX + sizeof(manifest)];
  const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
  if (length <= 0) {
    return;
  }

  path[length]      = '\0';
  char* const slash = strrchr(path, '/');
  if (slash) {
    memcpy(slash, manifest, sizeof(manifest));
    if (!access(path, F_OK)) {
      *slash = '\0';
      rs_files_allow_path(rules, path, RS_FILES_READ);
    }
  }
}

static bool
confine_files(const RsPacketKind kind)
{
  RsFolders* const folders = (RsFolders*)malloc(sizeof(RsFolders));
  char             user[PATH_MAX];
  RsFileRules      rules;
  if (!folders) {
    return false;
  }

  rs_folders_get(folders);
  const bool has_user =
    kind == RS_PACKET_SAVE     ? rs_folders_make_user(folders, user)
    : kind == RS_PACKET_DELETE ? rs_folders_user(folders, user)
                               : false;

  rs_files_begin(
    &rules, RS_FILES_READ | RS_FILES_WRITE | RS_FILES_NEVER, false);
  for (uint32_t i = 0u; i < folders->count; ++i) {
    rs_files_allow_path(&rules, folders->paths[i], RS_FILES_READ);
    allow_links(
      &rules, open(folders->paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC), 1);
  }
  allow_own_bundle(&rules);
  if (has_user) {
    rs_files_allow_path(&rules, user, RS_FILES_READ | RS_FILES_WRITE);
  }

  free(folders);
  return rs_files_enforce(&rules) >= ABI_MIN;
}

static bool
confine_calls(const RsPacketKind kind)
{
  const scmp_filter_ctx filter = rs_calls_begin();
  if (!filter) {
    return false;
  }

  const bool is_whole =
    rs_calls_allow(filter, reader_calls, N_ELEMENTS(reader_calls)) &&
    (kind == RS_PACKET_LIST
       ? rs_calls_allow_reading(filter)
       : rs_calls_allow(filter, writer_calls, N_ELEMENTS(writer_calls)));
  return rs_calls_enforce(filter, is_whole);
}

bool
rs_keeper_confine_child(const RsPacketKind kind, const RsSandbox* const keeper)
{
  return (!keeper->landlock || confine_files(kind)) &&
         (!keeper->has_seccomp || confine_calls(kind));
}
