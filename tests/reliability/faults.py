#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Every call of the C library that the plugin and the bridge make fails once,
and from then on.

usage: faults.py [--seconds N | --all] [--seed N] [--only plugin|bridge]
                 [--site FUNCTION@PLACE] [--jobs N]

All sites are listed by a run without faults.  Then each, in an order made from
the seed and as far as the time goes, fails in a run of its own (faults.c).  In
each: nobody crashes or hangs, the plugin plays on, whoever gives up says so in
a line, the host is left with the descriptors that it had, and once nothing
fails any more a bridge is there and does all that a bridge does.
"""

import argparse
import concurrent.futures
import contextlib
import errno
import mmap
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# Looked up by conftest when it is imported
os.environ.setdefault("RINGSIDE_TEST_PATIENCE", "40")

from conftest import PATIENCE, Room, build_folder, program, wait_until  # noqa: E402

SITES = 1000
HEAD = struct.Struct("=8I32s")
SITE = struct.Struct("=24sII")
SIZE = HEAD.size + SITES * SITE.size

MEMORY = [errno.ENOMEM]
FILES = [errno.EMFILE, errno.ENFILE, errno.ENOMEM]
DISK = [errno.EIO, errno.ENOSPC, errno.EROFS]
PLAUSIBLE = {
    **dict.fromkeys(("malloc", "calloc", "realloc", "aligned_alloc", "strdup",
                     "strndup", "mmap64", "posix_spawn_file_actions_init",
                     "posix_spawn_file_actions_addopen", "fcntl64",
                     "pthread_attr_init"), MEMORY),
    **dict.fromkeys(("socket", "socketpair", "memfd_create", "pipe2",
                     "eventfd", "signalfd", "inotify_init1", "epoll_create1",
                     "accept4", "fopen64", "opendir"), FILES),
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
    "dup2": [errno.EMFILE],
    **dict.fromkeys(("getsockopt", "setsockopt", "getsockname"),
                    [errno.ENOBUFS, errno.ENOPROTOOPT]),
}

# What the kernel does not go on doing
ONLY_ONCE = {"epoll_wait", "epoll_pwait2", "poll", "waitpid", "read", "recv",
             "recvmsg", "recvmmsg"}


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

    def sites(self):
        found = []
        for n in range(SITES):
            name, place, hits = SITE.unpack_from(self.map,
                                                 HEAD.size + n * SITE.size)
            if place:
                found.append((name.rstrip(b"\0").decode(), place, hits))
        return found


def assert_plays(host):
    """Its sound follows its ports, whatever happens to OSC."""
    for gain in (-20, 0):
        host.do(f"port output_gain {gain}")
        wait_until(lambda: abs(host.get("output_peak") -
                               host.get("input_peak") - gain) < 0.5,
                   "the output at the level that was asked for")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def logged(host):
    return [line for line in [*host.lines.seen, *list(host.lines.queue.queue)]
            if line and line.startswith("log")]


def assert_bridged(room, save=None):
    """All that a bridge does, with a bridge that nothing fails in."""
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    osc.send("/strip/input_gain", 3.5)
    osc.sync()
    assert osc.value("/strip/input_gain") == 3.5
    osc.send("/strip/input_gain", 0.0)
    osc.sync()
    if save:
        def is_saved():
            osc.send("/strip/preset/save", save)
            osc.sync()
            with contextlib.suppress(LookupError):
                return save in [line[0] for line in
                                osc.list("/strip/preset/list")]
            return False
        wait_until(is_saved, "a preset to be saved")


def plugin_run(room, table, arm):
    """One life of the plugin in a host."""
    host = room.host("--instances", 0, "--input", "sine:440",
                     env=table.env(room, "ringside.so"))
    arm()
    before = descriptors(host.pid)
    try:
        host.do("add")
    except RuntimeError:
        assert table.failed(), "it was not made for no reason"
        table.disarm()
        host.do("add 1")
    number = host.lines.seen[-1].split()[-1]
    made_alone = table.failed() > 0
    assert number != "0", "the instance was not made"

    def decided():
        return host.get("osc_port", number) or logged(host)
    wait_until(decided, "a bridge or a line in the log", 20.0)
    host.do(f"port output_gain 0 {number}")
    assert_plays_as(host, number)

    # A successor, too
    if host.get("osc_port", number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(room.bridge_pid(), signal.SIGKILL)
        time.sleep(0.15)
        assert_plays_as(host, number)
    host.do(f"save {room.folder / 'state.ttl'} {number}")
    assert len(logged(host)) <= 2, logged(host)

    table.disarm()
    if made_alone and not host.get("osc_port", number):
        # Without the link it is a plain plugin, for good: it has said so
        assert logged(host)
        host.do(f"remove {number}")
        number = host.do("add")[0]
    wait_until(lambda: host.get("osc_port", number), "a bridge in the end", 45.0)
    assert_bridged(room)
    host.do(f"remove {number}")
    wait_until(lambda: descriptors(host.pid) <= before,
               "the descriptors to be given back", 5.0)
    assert descriptors(host.pid) == before
    assert host.quit(), "the host ended badly"


def assert_plays_as(host, number):
    for gain in (-20, 0):
        host.do(f"port output_gain {gain} {number}")
        wait_until(lambda: abs(host.get("output_peak", number) -
                               host.get("input_peak", number) - gain) < 0.5,
                   "the output at the level that was asked for")


def bridge_run(room, table, arm):
    """One life of a bridge.

    One that cannot send its answers to a host is ended by that host, as one
    that hangs is; nobody else may end one.
    """
    arm()
    reader, writer = os.pipe()
    errors = open(room.folder / "errors", "w+", encoding="utf-8")
    bridge = subprocess.Popen(
        [str(program("ringside-bridge")), f"--ready-fd={writer}"],
        env=table.env(room), stdin=subprocess.DEVNULL, stderr=errors,
        pass_fds=[writer])
    room.things.append(bridge)
    os.close(writer)
    with os.fdopen(reader, "rb") as ready:
        is_ready = bool(ready.read(1))

    def said():
        errors.seek(0)
        return errors.read()

    if not is_ready:
        code = bridge.wait(PATIENCE)
        assert code > 0, f"ended with {code} while it started"
        assert said().strip(), "it ended without a word"

    host = room.host("--input", "sine:440")
    assert_plays(host)
    # While it may fail, nothing is expected but to live
    with contextlib.suppress(TimeoutError, LookupError, AssertionError):
        osc = room.udp(1.0)
        room.wait_names(osc, ["strip"], 1.0)
        osc.send("/strip/input_gain", 2.0)
        osc.sync(1, 1.0)
        osc.ask("/strip/input_gain", timeout=1.0)
        osc.lines("/strip/preset/list", 1.0)
        osc.send("/strip/preset/save", "one")
        osc.sync(2, 1.0)
        osc.lines("/strip/preset/list", 1.0)
        osc.lines("/ringside/status", 1.0)
    assert_plays(host)
    code = bridge.poll()
    may_be_ended = table.failed() and (
        table.function() in ("send", "accept4"))
    assert code is None or code >= 0 or may_be_ended, (
        f"ended with {code}\n{said()}")

    table.disarm()
    if bridge.poll() is None and table.failed() and not (
            room.runtime / "port").exists():
        # It serves hosts, but could not write down where clients find it
        bridge.terminate()
        code = bridge.wait(PATIENCE)
        assert code == 0, f"ended with {code}"
    wait_until(lambda: host.get("osc_port"), "a bridge in the end", 45.0)
    assert_bridged(room, None if table.failed() and code is None else "two")
    assert_plays(host)
    assert host.quit(), "the host ended badly"
    if bridge.poll() is None:
        bridge.terminate()
        code = bridge.wait(PATIENCE)
        assert code == 0, f"ended with {code}"
    errors.close()


def trial(run, arms):
    """One run in a room of its own.  @return its table, or what went wrong"""
    room = Room()
    try:
        table = Table(room)
        run(room, table, (lambda: table.arm(*arms)) if arms else (lambda: None))
        return table.sites(), table.failed(), None
    except Exception as error:  # pylint: disable=broad-except
        lines = "".join(traceback.format_exception(error)).splitlines()
        return [], 0, "\n".join(lines[-12:])
    finally:
        room.close()


def plans(sites, chooser):
    """All that is to be tried: function, place, hit, once, errno"""
    found = []
    for function, place, hits in sites:
        errors = PLAUSIBLE.get(function, [errno.EIO])
        found.append((function, place, 1, 1, chooser.choice(errors)))
        if hits > 1:
            found.append((function, place, chooser.randint(2, min(hits, 50)),
                          1, chooser.choice(errors)))
        if function not in ONLY_ONCE:
            # No signal comes again and again for ever
            lasting = [it for it in errors if it != errno.EINTR]
            found.append((function, place, 1, 0, chooser.choice(lasting)))
    chooser.shuffle(found)
    return found


def examine(name, run, options, chooser):
    """Try the sites of one side.  @return how many went wrong"""
    sites, _, wrong = trial(run, None)
    if wrong:
        print(f"# {name} without any fault: {wrong}")
        return 1
    todo = plans(sites, chooser)
    if options.site:
        todo = [it for it in todo if f"{it[0]}@{it[1]:x}" == options.site]
    end = time.monotonic() + options.seconds

    def one(plan):
        if not options.all and time.monotonic() > end:
            return None
        return plan, trial(run, plan)

    n_bad = n_done = n_failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result in pool.map(one, todo):
            if not result:
                continue
            (function, place, first, is_once, error), (_, count, wrong) = result
            n_done += 1
            n_failed += count > 0
            if wrong:
                n_bad += 1
                print(f"# {name}: {function}@{place:x} hit {first} "
                      f"{'once' if is_once else 'from then on'} "
                      f"{errno.errorcode[error]}:\n# " +
                      wrong.replace("\n", "\n# "), flush=True)
    print(f"# {name}: {len(sites)} sites, {n_done} of {len(todo)} trials, "
          f"{n_failed} in which the call was reached, {n_bad} went wrong",
          flush=True)
    return n_bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30.0,
                        help="for each side")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=["plugin", "bridge"])
    parser.add_argument("--site")
    parser.add_argument("--jobs", type=int, default=8)
    options = parser.parse_args()

    print(f"# seed {options.seed}", flush=True)
    runs = {"plugin": plugin_run, "bridge": bridge_run}
    for n, (name, run) in enumerate(runs.items(), 1):
        if options.only in (None, name):
            chooser = random.Random(f"{options.seed}-{name}")
            n_bad = examine(name, run, options, chooser)
            print(f"{'not ok' if n_bad else 'ok'} {n} - {name}: calls that fail")
    print(f"1..{len(runs) if not options.only else 1}")


if __name__ == "__main__":
    main()
