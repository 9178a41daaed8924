# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Two machines in one: network namespaces with a cable between them.

    with Machines() as machines:
        ...                             # here is the one with the bridge
        with machines.on_other():
            socket...                   # made on the other, and stays there

The thread that enters is on the machine `HERE`; processes that it starts are
there, too.  Needs the right to make network namespaces, which root has, and
in_netns.sh gives to others where the kernel lets it.
"""

import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000
HERE = "10.77.0.1"
OTHERS = ["10.77.0.2", "10.77.0.3", "10.77.0.4"]

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


class Machines:
    def __enter__(self):
        self.outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.other = self.make()
        self.here = self.make()
        anchor = subprocess.Popen(["sleep", "infinity"])
        try:
            self.enter(self.other)
            ip("link", "add", "cable", "type", "veth", "peer", "name", "cable",
               "netns", str(anchor.pid))
            for address in OTHERS:
                ip("addr", "add", f"{address}/24", "dev", "cable")
            ip("link", "set", "cable", "up")
            self.enter(self.here)
            ip("addr", "add", f"{HERE}/24", "dev", "cable")
            ip("link", "set", "cable", "up")
        finally:
            anchor.kill()
            anchor.wait()
        return self

    def __exit__(self, *_):
        self.enter(self.outside)
        for fd in (self.here, self.other, self.outside):
            os.close(fd)

    def make(self):
        check(libc.unshare(CLONE_NEWNET))
        ip("link", "set", "lo", "up")
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    def enter(self, fd):
        check(libc.setns(fd, CLONE_NEWNET))

    @contextlib.contextmanager
    def on_other(self):
        self.enter(self.other)
        try:
            yield
        finally:
            self.enter(self.here)
