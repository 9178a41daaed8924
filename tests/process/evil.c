// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What somebody would try who has taken over the bridge, or one of the
   processes that it forks.

   Linked into a bridge of its own.  In place of the answer to
   `/ringside/ping ,sis evil PID FOLDER` it tries each of the forbidden things
   against the process PID (a child of the test) and the folder, and answers
   `/ringside/evil ,si NAME ERRNO` for each, 0 where it got what it wanted.

   Opener, keeper, and the children that list and save presets, try the same
   against EVIL_PID and EVIL_FOLDER when they do their work, and say
   `evil WHO NAME ERRNO` on standard error.

   EVIL_FREE in the environment leaves all of the sandboxes out, to show that
   the tries are real ones.
*/

#include "ui-bridge/config.h"
#include "ui-bridge/confine.h"
#include "ui-bridge/meaning/room.h"
#include "ui-bridge/presets/jobs.h"
#include "ui-bridge/presets/watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t victim;
static char  folder[256];
static int   own_memfd = -1; ///< Made before the sandbox, as segments are

void
__wrap_rs_ringside_ping(RsRequest* request);
void
__real_rs_ringside_ping(RsRequest* request);
void
__wrap_rs_files_begin(RsFileRules* rules, uint64_t handled, bool may_signal);
void
__real_rs_files_begin(RsFileRules* rules, uint64_t handled, bool may_signal);
int
__wrap_rs_files_enforce(RsFileRules* rules);
int
__real_rs_files_enforce(RsFileRules* rules);
bool
__wrap_rs_calls_enforce(scmp_filter_ctx filter, bool is_whole);
bool
__real_rs_calls_enforce(scmp_filter_ctx filter, bool is_whole);
void
__wrap_rs_job_list(const RsKeeperJob* job);
void
__real_rs_job_list(const RsKeeperJob* job);
void
__wrap_rs_job_save(const RsKeeperJob* job);
void
__real_rs_job_save(const RsKeeperJob* job);
void
__wrap_rs_watch_refresh(RsFolderWatch* watch);
void
__real_rs_watch_refresh(RsFolderWatch* watch);
void
__wrap_rs_config_find(RsConfigFile* file, const char* named);
void
__real_rs_config_find(RsConfigFile* file, const char* named);

static const char*
in_folder(const char* const name)
{
  static char path[2][300];
  static int  i;
  i = !i;
  snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
  return path[i];
}

/// A descriptor is a prize, and is given back
static bool
got(const long fd)
{
  const int error = errno;
  if (fd >= 0) {
    close((int)fd);
  }
  errno = error;
  return fd >= 0;
}

static bool
read_file(void)
{
  return got(open("/etc/passwd", O_RDONLY));
}

static bool
read_home(void)
{
  return got(open(in_folder("file"), O_RDONLY));
}

static bool
list_folder(void)
{
  return got(open(folder, O_RDONLY | O_DIRECTORY));
}

static bool
write_file(void)
{
  return got(open(in_folder("file"), O_WRONLY));
}

static bool
make_file(void)
{
  return got(open(in_folder("new"), O_WRONLY | O_CREAT, 0600));
}

static bool
truncate_file(void)
{
  return !truncate(in_folder("file"), 0);
}

static bool
remove_file(void)
{
  return !unlinkat(AT_FDCWD, in_folder("other"), 0);
}

static bool
rename_file(void)
{
  return !renameat(AT_FDCWD, in_folder("third"), AT_FDCWD, in_folder("moved"));
}

static bool
link_file(void)
{
  return !symlink("/etc/passwd", in_folder("link"));
}

static bool
make_folder(void)
{
  return !mkdir(in_folder("made"), 0700);
}

static bool
change_mode(void)
{
  return !chmod(in_folder("file"), 0666);
}

static bool
make_process(void)
{
  const pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (!pid) {
    _exit(0);
  }
  if (pid > 0) {
    waitpid(pid, NULL, 0);
  }
  return pid > 0;
}

/// It would not come back from a program that is there
static bool
run_program(void)
{
  char* const none[] = {NULL};
  execve("/nowhere/at/all", none, none);
  return errno == ENOENT;
}

static bool
trace(void)
{
  if (ptrace(PTRACE_ATTACH, victim, NULL, NULL)) {
    return false;
  }
  waitpid(victim, NULL, 0);
  ptrace(PTRACE_DETACH, victim, NULL, NULL);
  return true;
}

static bool
read_memory(void)
{
  char         byte   = 0;
  struct iovec local  = {&byte, 1u};
  struct iovec remote = {(void*)&folder, 1u};
  return process_vm_readv(victim, &local, 1u, &remote, 1u, 0) >= 0 ||
         errno == EFAULT;
}

static bool
open_memory(void)
{
  char path[64];
  snprintf(path, sizeof(path), "/proc/%d/mem", (int)victim);
  return got(open(path, O_RDWR));
}

static bool
send_signal(void)
{
  return !kill(victim, SIGWINCH);
}

static bool
send_signal_by_pidfd(void)
{
  const int  fd    = (int)syscall(SYS_pidfd_open, victim, 0u);
  const bool ok    = !syscall(SYS_pidfd_send_signal, fd, SIGWINCH, NULL, 0u);
  const int  error = errno;
  close(fd);
  errno = error;
  return ok;
}

/// As abort() does to ourselves
static bool
send_signal_to_thread(void)
{
  return !syscall(SYS_tgkill, victim, victim, SIGWINCH);
}

static bool
read_limits(void)
{
  struct rlimit limits;
  return !prlimit(victim, RLIMIT_CORE, NULL, &limits);
}

static bool
make_namespace(void)
{
  const pid_t pid =
    (pid_t)syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
  if (!pid) {
    _exit(0);
  }
  if (pid > 0) {
    waitpid(pid, NULL, 0);
  }
  return pid > 0;
}

static bool
take_descriptor(void)
{
  const int  fd    = (int)syscall(SYS_pidfd_open, victim, 0u);
  const bool ok    = got(syscall(SYS_pidfd_getfd, fd, 0, 0u));
  const int  error = errno;
  close(fd);
  errno = error;
  return ok;
}

static bool
shrink_segment(void)
{
  return !ftruncate(own_memfd, 0);
}

static bool
punch_segment(void)
{
  return !fallocate(
    own_memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096);
}

static bool
make_memfd(void)
{
  return got(memfd_create("evil", MFD_CLOEXEC));
}

static bool
connect_out(void)
{
  const struct sockaddr_in to = {.sin_family = AF_INET,
                                 .sin_port   = htons(9),
                                 .sin_addr   = {htonl(INADDR_LOOPBACK)}};
  const int                fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool ok = !connect(fd, (const struct sockaddr*)&to, sizeof(to)) ||
                  errno == ECONNREFUSED;
  const int error = errno;
  close(fd);
  errno = error;
  return ok;
}

static bool
open_netlink(void)
{
  return got(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static bool
open_raw(void)
{
  return got(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static bool
map_code(void)
{
  void* const code = mmap(NULL,
                          4096u,
                          PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS,
                          -1,
                          0);
  return code != MAP_FAILED && !munmap(code, 4096u);
}

static bool
make_code(void)
{
  void* const data = mmap(
    NULL, 4096u, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool ok    = !mprotect(data, 4096u, PROT_READ | PROT_EXEC);
  const int  error = errno;
  munmap(data, 4096u);
  errno = error;
  return ok;
}

static bool
use_rings_of_the_kernel(void)
{
  struct io_uring_params params = {0};
  return got(syscall(SYS_io_uring_setup, 1u, &params));
}

static bool
leave_namespace(void)
{
  return !unshare(CLONE_NEWUTS);
}

static bool
be_dumped(void)
{
  return !prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static bool
be_somebody_else(void)
{
  return !setresuid(getuid(), getuid(), getuid());
}

#define TRY(what) \
  {               \
#    what, what   \
  }

static const struct {
  const char* name;
  bool (*try)(void);
} tries[] = {
  TRY(read_file),        TRY(read_home),
  TRY(list_folder),      TRY(write_file),
  TRY(make_file),        TRY(truncate_file),
  TRY(remove_file),      TRY(rename_file),
  TRY(link_file),        TRY(make_folder),
  TRY(change_mode),      TRY(make_process),
  TRY(run_program),      TRY(trace),
  TRY(read_memory),      TRY(open_memory),
  TRY(send_signal),      TRY(send_signal_by_pidfd),
  TRY(take_descriptor),  TRY(shrink_segment),
  TRY(punch_segment),    TRY(make_memfd),
  TRY(connect_out),      TRY(open_netlink),
  TRY(open_raw),         TRY(map_code),
  TRY(make_code),        TRY(use_rings_of_the_kernel),
  TRY(leave_namespace),  TRY(be_dumped),
  TRY(be_somebody_else), TRY(send_signal_to_thread),
  TRY(read_limits),      TRY(make_namespace),
};

void
__wrap_rs_ringside_ping(RsRequest* const request)
{
  RsOscReader   reader;
  RsOscArgument word;
  RsOscArgument pid;
  RsOscArgument path;
  rs_osc_reader_init(&reader, request->message);
  if (!rs_osc_next(&reader, &word) || word.type != 's' ||
      strcmp(word.text, "evil") != 0 || !rs_osc_next(&reader, &pid) ||
      !rs_osc_next(&reader, &path)) {
    __real_rs_ringside_ping(request);
    return;
  }

  victim = (pid_t)pid.number;
  snprintf(folder, sizeof(folder), "%s", path.text);
  for (size_t i = 0u; i < sizeof(tries) / sizeof(*tries); ++i) {
    errno              = 0;
    const bool success = tries[i].try();
    rs_reply(request->room->bridge,
             request->from,
             "/ringside/evil",
             "si",
             tries[i].name,
             success ? 0 : errno);
  }
  rs_reply(request->room->bridge,
           request->from,
           "/ringside/evil/end",
           "i",
           (int)(sizeof(tries) / sizeof(*tries)));
}

// The processes that the bridge forks

static void
try_as(const char* const who, const int log)
{
  const char* const pid     = getenv("EVIL_PID");
  const char* const path    = getenv("EVIL_FOLDER");
  static pid_t      done_by = 0; // Once in each process
  if (!pid || !path || done_by == getpid()) {
    return;
  }
  done_by = getpid();

  victim = (pid_t)strtol(pid, NULL, 10);
  snprintf(folder, sizeof(folder), "%s", path);
  for (size_t i = 0u; i < sizeof(tries) / sizeof(*tries); ++i) {
    errno              = 0;
    const bool success = tries[i].try();
    dprintf(log, "evil %s %s %d\n", who, tries[i].name, success ? 0 : errno);
  }
  dprintf(log, "evil %s end 0\n", who);
}

void
__wrap_rs_files_begin(RsFileRules* const rules,
                      const uint64_t     handled,
                      const bool         may_signal)
{
  own_memfd = memfd_create("segment", MFD_CLOEXEC);
  if (own_memfd >= 0 && ftruncate(own_memfd, 8192)) {
    abort();
  }
  __real_rs_files_begin(rules, handled, may_signal);
}

int
__wrap_rs_files_enforce(RsFileRules* const rules)
{
  return getenv("EVIL_FREE") ? rules->abi : __real_rs_files_enforce(rules);
}

bool
__wrap_rs_calls_enforce(const scmp_filter_ctx filter, const bool is_whole)
{
  return getenv("EVIL_FREE") ? true : __real_rs_calls_enforce(filter, is_whole);
}

void
__wrap_rs_job_list(const RsKeeperJob* const job)
{
  try_as("list", job->log);
  __real_rs_job_list(job);
}

void
__wrap_rs_job_save(const RsKeeperJob* const job)
{
  try_as("save", job->log);
  __real_rs_job_save(job);
}

void
__wrap_rs_watch_refresh(RsFolderWatch* const watch)
{
  try_as("keeper", STDERR_FILENO);
  __real_rs_watch_refresh(watch);
}

void
__wrap_rs_config_find(RsConfigFile* const file, const char* const named)
{
  // The bridge itself reads it first
  static pid_t bridge = 0;
  bridge              = bridge ? bridge : getpid();
  if (getpid() != bridge) {
    try_as("opener", STDERR_FILENO);
  }
  __real_rs_config_find(file, named);
}
