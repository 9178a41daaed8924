# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The calls that can fail, how they fail, and the table shared with faults.c."""

import errno
import mmap
import re
import struct
import subprocess

from conftest import build_folder

SITES = 1000
HEAD = struct.Struct("=8I32s")
SITE = struct.Struct("=Q36sI")
SIZE = HEAD.size + SITES * SITE.size

MEMORY = [errno.ENOMEM]
FILES = [errno.EMFILE, errno.ENFILE, errno.ENOMEM]
DISK = [errno.EIO, errno.ENOSPC, errno.EROFS]
PLAUSIBLE = {
    **dict.fromkeys(("malloc", "calloc", "realloc", "aligned_alloc", "strdup",
                     "strndup", "mmap64", "posix_spawn_file_actions_init",
                     "posix_spawn_file_actions_addopen",
                     "posix_spawn_file_actions_adddup2",
                     "posix_spawn_file_actions_addclosefrom_np", "fcntl64",
                     "pthread_attr_init", "newlocale", "setenv", "nftw64",
                     "scandir64"), MEMORY),
    **dict.fromkeys(("socket", "socketpair", "memfd_create", "pipe2",
                     "eventfd", "signalfd", "inotify_init1", "epoll_create1",
                     "accept4", "fopen64", "opendir",
                     "fdopendir"), FILES),
    **dict.fromkeys(("open64", "openat64"), FILES + [errno.EACCES, errno.EIO]),
    **dict.fromkeys(("mkdir", "mkdtemp", "rename", "renameat", "unlinkat",
                     "unlink", "fsync", "write", "ftruncate64"), DISK),
    **dict.fromkeys(("fstat64", "stat64", "lstat64", "fstatat64", "access",
                     "pread64"), [errno.EIO, errno.EACCES]),
    **dict.fromkeys(("sendmsg", "send", "sendto"),
                    [errno.ENOBUFS, errno.EPIPE, errno.EINTR, errno.EAGAIN,
                     errno.ETOOMANYREFS]),
    **dict.fromkeys(("recvmsg", "recvmmsg", "recv", "read"),
                    [errno.EINTR, errno.ECONNRESET, errno.ENOMEM]),
    **dict.fromkeys(("epoll_wait", "epoll_pwait2", "poll", "waitpid"),
                    [errno.EINTR]),
    **dict.fromkeys(("fork", "posix_spawn", "pthread_create"),
                    [errno.EAGAIN, errno.ENOMEM]),
    "epoll_ctl": [errno.ENOMEM, errno.ENOSPC],
    "inotify_add_watch": [errno.ENOSPC, errno.ENOMEM],
    "bind": [errno.EADDRINUSE, errno.EACCES],
    "listen": [errno.EADDRINUSE],
    "connect": [errno.ECONNREFUSED, errno.EAGAIN, errno.ENOENT, errno.EACCES],
    "flock": [errno.EWOULDBLOCK, errno.ENOLCK],
    "syscall": [errno.ENOSYS, errno.EPERM, errno.EMFILE],
    "close": [errno.EIO],
    "close_range": [errno.ENOSYS],
    "execve": [errno.ENOENT, errno.EACCES, errno.ENOMEM],
    "pthread_attr_setstacksize": [errno.EINVAL],
    **dict.fromkeys(("sched_setscheduler", "setrlimit64", "setsid"),
                    [errno.EPERM]),
    "prctl": [errno.EINVAL],
    "kill": [errno.ESRCH],
    "shutdown": [errno.ENOTCONN],
    "dup2": [errno.EMFILE],
    **dict.fromkeys(("getsockopt", "setsockopt", "getsockname"),
                    [errno.ENOBUFS, errno.ENOPROTOOPT]),
}

# What the kernel does not go on doing
ONLY_ONCE = {"epoll_wait", "epoll_pwait2", "poll", "waitpid", "read", "recv",
             "recvmsg", "recvmmsg"}

# Imports that are no sites: they cannot fail with what they are given, or
# nothing is to be done if they do
NO_SITES = re.compile(
    r"""(?x)
    mem(chr|cmp|cpy|move|set) | str[a-z_]+ | v?snprintf | v?f?printf
    | cos | exp\w* | fm(ax|in) | log\w* | pow\w* | tanf
    | free | munmap | fclose | closedir | freelocale | uselocale | qsort
    | alphasort64 | \w*[sg]etenv | __errno_location | get(pid|ppid|uid|euid)
    | clock_gettime | nanosleep | _exit | vfork | signal | sig\w+
    | inet_(ntoa|ntop|pton)
    | pthread_(mutex_\w+|join|sigmask|setname_np
               |attr_(destroy|set(inheritsched|schedparam|schedpolicy)))
    | posix_spawnattr_\w+ | posix_spawn_file_actions_destroy
    | __libc_start_main | __cxa_finalize
    | dirfd | stderr | (__)?environ | __progname | program_invocation_short_name
    # Of libraries: what only reads or frees, or asks popt, which ends us itself
    | popt\w+ | seccomp_release
    | lo_message_(free|add_(true|false|nil|infinitum))
    | lilv_(free|node_(as_\w+|free|is_uri)|nodes_\w+|plugins_size
            |world_(ask|free|get_all_plugins|load_bundle)
            |plugin_get_num_ports
            |state_(emit_port_values|free|get_plugin_uri|restore|set_label))
    """)


def module(name):
    return build_folder() / "ringside.lv2" / {
        "plugin": "ringside.so", "bridge": "ringside-bridge"}[name]


def undecided(name):
    """Functions that a module imports, which are neither made to fail here nor
    said to be no sites."""
    def symbols(path, which):
        text = subprocess.run(["nm", "-D", which, str(path)], check=True,
                              capture_output=True, text=True).stdout
        return {line.split()[-1].partition("@")[0]: line.split()[-2]
                for line in text.splitlines()}
    ours = symbols(build_folder() / "tests/reliability/faults.so",
                   "--defined-only")
    return sorted(symbol for symbol, kind in
                  symbols(module(name), "--undefined-only").items()
                  if kind == "U" and symbol not in ours and
                  not NO_SITES.fullmatch(symbol))


def calls(name):
    """All calls in the code of functions that can be made to fail, as function
    and place; {} where there is no objdump that says so."""
    ours = subprocess.run(
        ["nm", "-D", "--defined-only",
         str(build_folder() / "tests/reliability/faults.so")], check=True,
        capture_output=True, text=True).stdout
    ours = {line.split()[-1] for line in ours.splitlines()} - {"free"}
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(module(name))], check=True,
        capture_output=True, text=True).stdout
    found, called = set(), None
    for line in text.splitlines():
        here = re.match(r"\s*([0-9a-f]+):\t(.*)", line)
        if here and called:
            found.add((called, int(here[1], 16)))
        match = here and re.search(r"\bcall[q]?\s.*<(\w+)@plt>", here[2])
        called = match[1] if match and match[1] in ours else None
    return found


def source_of(name, place):
    """File and line, in a build with such information."""
    text = subprocess.run(
        ["addr2line", "-s", "-i", "-e", str(module(name)), hex(place - 1)],
        check=False, capture_output=True, text=True).stdout
    lines = [line.split()[0] for line in text.splitlines() if "?" not in line]
    return " from ".join(lines)


class Table:
    """The file that faults.so shares with us."""

    def __init__(self, room):
        self.path = room.folder / "faults"
        self.path.write_bytes(bytes(SIZE))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), SIZE)

    def env(self, room, module=""):
        library = build_folder() / "tests/reliability/faults.so"
        return dict(room.env, LD_PRELOAD=str(library),
                    RINGSIDE_FAULT_FILE=str(self.path),
                    RINGSIDE_FAULT_MODULE=module)

    def arm(self, function, place, first, is_once, error):
        HEAD.pack_into(self.map, 0, 0, place, first, is_once, error, 0, 0, 0,
                       function.encode())
        self.map[0:4] = struct.pack("=I", 1)

    def disarm(self):
        self.map[0:4] = bytes(4)

    def function(self):
        """What is to fail."""
        return HEAD.unpack_from(self.map)[8].rstrip(b"\0").decode()

    def failed(self):
        return HEAD.unpack_from(self.map)[5]

    def n_live(self):
        """Allocations of the first process that it has not freed."""
        return struct.unpack_from("=i", self.map, 28)[0]

    def sites(self):
        found = []
        for n in range(SITES):
            key, name, hits = SITE.unpack_from(self.map,
                                               HEAD.size + n * SITE.size)
            if key:
                found.append((name.rstrip(b"\0").decode(), key & 0xffffffff,
                              hits))
        return found
