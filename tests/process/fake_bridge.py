# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A bridge that misbehaves, for plugins to survive.

usage: fake_bridge.py HOW SOCKET

Listens on SOCKET as shm/attach.h says, and prints what comes: `hello`,
`attach INSTANCE FLAGS NAME`, `closed`.  HOW is

    good        welcomes, attaches under the name that is wanted, answers pings
    silent      takes connections, and never says a word
    full        refuses every instance, since it has too many
    short       refuses every instance, since it has no memory
    step-down   tells newcomers to start their own, and ends
    garbage     welcomes, then sends what is no message
    scribble    attaches, then writes nonsense over the command segment, once
    other-user  as good, but not of this user (needs root)
    cut-off     attaches, then closes the instance's socket, once
    stop-host   as good, but stops the host at its first ping and does not
                answer that; says `ping` at each
"""

import array
import mmap
import os
import random
import signal
import socket
import struct
import sys

MAGIC = 0x52494E47
HELLO, WELCOME, REFUSED, ATTACH, ATTACHED, PING, PONG = range(1, 8)
STEP_DOWN, FULL, SHORT = 2, 3, 6


def say(*words):
    print(*words, flush=True)


def head(kind):
    return struct.pack("=II", MAGIC, kind)


def refuse(reason, instance):
    return head(REFUSED) + struct.pack("=II", reason, instance)


def scribble(fd):
    """All of the command segment but its first cache line."""
    size = os.fstat(fd).st_size
    with mmap.mmap(fd, size) as memory:
        memory[64:size] = random.Random(1).randbytes(size - 64)


class Host:
    """One host connection."""

    done = set()  # What was done once, over all connections

    def __init__(self, how, connection):
        self.how = how
        self.connection = connection
        self.kept = []

    def once(self, what):
        if what in Host.done:
            return False
        Host.done.add(what)
        return True

    def attach(self, data, fds):
        instance, flags = struct.unpack_from("=II", data, 8)
        name = data[28:68].split(b"\0")[0]
        say("attach", instance, flags, name.decode() or "-")
        if self.how in ("full", "short"):
            for fd in fds:
                os.close(fd)
            self.connection.send(
                refuse(FULL if self.how == "full" else SHORT, instance))
            return
        name = name or b"strip-%d" % instance
        self.connection.send(head(ATTACHED) + struct.pack("=I", instance) +
                             name.ljust(40, b"\0"))
        if self.how == "scribble" and self.once(instance):
            scribble(fds[1])
        if self.how == "cut-off" and self.once(instance):
            os.close(fds.pop(0))
        self.kept += fds

    def serve(self):
        while True:
            data, control, _, _ = self.connection.recvmsg(4096, 64)
            if not data:
                say("closed")
                return
            fds = array.array("i")
            for _, _, ancillary in control:
                fds.frombytes(ancillary)
            _, kind = struct.unpack_from("=II", data)
            if kind == HELLO:
                say("hello")
                self.hello()
            elif kind == ATTACH:
                self.attach(data, list(fds))
            elif kind == PING:
                self.ping(data[8:12])

    def ping(self, number):
        if self.how == "stop-host":
            if is_first := self.once("ping"):
                who = self.connection.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
                os.kill(struct.unpack("=iII", who)[0], signal.SIGSTOP)
            say("ping")
            if is_first:
                return
        self.connection.send(head(PONG) + number + struct.pack("=I", 6789))

    def hello(self):
        if self.how == "step-down":
            self.connection.send(refuse(STEP_DOWN, 0))
            sys.exit(0)
        if self.how == "silent":
            return
        self.connection.send(head(WELCOME) + struct.pack("=II", 1, 6789) +
                             b"fake".ljust(32, b"\0"))
        if self.how == "garbage":
            self.connection.send(random.Random(2).randbytes(300))


def main():
    how, path = sys.argv[1:]
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.bind(path)
    if how == "other-user":
        os.setuid(65534)  # The kernel notes who listens
    server.listen(16)
    say("ready")
    while True:
        connection, _ = server.accept()
        try:
            Host(how, connection).serve()
        except (BrokenPipeError, ConnectionResetError):
            say("closed")


if __name__ == "__main__":
    main()
