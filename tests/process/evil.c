// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

/**
   What somebody would try who has taken over the bridge.

   Linked into a bridge of its own, in place of the answer to
   `/ringside/ping ,sis evil PID FOLDER`: tries each of the forbidden things
   against the process PID (a child of the test) and the folder, and answers
   `/ringside/evil ,si NAME ERRNO` for each, 0 where it got what it wanted.
   EVIL_FREE in the environment leaves the sandbox out, to show that the tries
   are real ones.
*/

#include "ui-bridge/meaning/room.h"
#include "ui-bridge/sandbox.h"

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
__wrap_rs_sandbox_enter(RsSandbox* sandbox, int runtime);
void
__real_rs_sandbox_enter(RsSandbox* sandbox, int runtime);

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
  TRY(be_somebody_else),
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

void
__wrap_rs_sandbox_enter(RsSandbox* const sandbox, const int runtime)
{
  own_memfd = memfd_create("segment", MFD_CLOEXEC);
  if (ftruncate(own_memfd, 8192)) {
    abort();
  }

  if (!getenv("EVIL_FREE")) {
    __real_rs_sandbox_enter(sandbox, runtime);
  }
}
