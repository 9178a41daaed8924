# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Messages a second, decoded and applied, against liblo's own dispatch.

usage: throughput.py (RINGSIDE_BUILD names the build folder)

A real bridge on core 0, flood.c on core 1, and a host with 50 strips at 256
frames where it finds time.  A value that a newer one overtook counts as
applied.

First paced, over UDP: the fastest at which the socket loses nothing.  Datagrams
are given to the kernel in groups (UDP_SEGMENT), so that the sender, which has
to share its core with the host, is not what is measured.

Then against a server of liblo that stores the same values (liblo_set.c), on
the same core, at the same priority, with the same socket buffer.  Sending a
datagram takes longer than taking it in, so a sender on one core keeps neither
busy.  So each in turn is stopped until its socket is full, and then let go:
processor time until it is empty.  At 200 addresses, each of them a method of
liblo; at one; and against liblo that takes all with one method for any address.
"""

import os
import pathlib
import select
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from conftest import PATIENCE, Room, wait_until  # noqa: E402
import figures_lib  # noqa: E402
from figures_lib import (figure, is_quick, part, point, plot,  # noqa: E402
                         text)
from lib import osc  # noqa: E402
from lib.processes import stop  # noqa: E402

BUILD = pathlib.Path(os.environ.get("RINGSIDE_BUILD", ".")) / "tests/bench"

INSTANCES = 50
SYMBOLS = 4
BLOCK = 256
BUNDLE = 32
BUFFER = 8 << 20  # As the bridge asks
PAD = 0.15  # Seconds of a flood before and after what is measured

# Packets that the buffer surely holds.  The kernel counts some 800 bytes for a
# small one, and 2,300 to 4,400 for a bundle
FULL = {"single": 8000, "bundle": 3500}

LADDER = {
    "single": [100e3, 200e3, 250e3, 300e3, 350e3, 400e3, 450e3, 500e3, 600e3],
    "bundle": [1e6, 2e6, 3e6, 4e6, 5e6, 6e6, 8e6, 10e6],
}


def cpu_ns(pid):
    """Processor time of all threads."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def drops(port):
    """Datagrams that this UDP socket's buffer had no room for."""
    end = f":{port:04X}"
    for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(end):
            return int(words[12])
    raise LookupError(f"no socket on port {port}")


class Flood:
    """The sender."""

    def __init__(self, target, kind, rate, amount, env,
                 instances=INSTANCES, symbols=SYMBOLS):
        self.process = subprocess.Popen(
            [str(BUILD / "flood"), target, kind, f"{rate:.0f}",
             amount, str(instances), str(symbols)],
            stdout=subprocess.PIPE, text=True, env=env)
        os.sched_setaffinity(self.process.pid, {CORES[1]})

    def end(self):
        """(messages, packets, seconds)"""
        out, _ = self.process.communicate(timeout=PATIENCE)
        words = out.split()
        if self.process.returncode or words[0] != "sent":
            raise RuntimeError(f"flood failed: {out}")
        return int(words[1]), int(words[2]), float(words[3])


class Ours:
    """Bridge and host."""
    name = "Ringside"

    def __init__(self):
        self.room = Room()
        self.host = self.room.host("--instances", INSTANCES, "--block", BLOCK)
        client = self.room.udp()
        wait_until(lambda: len(client.instances()) == INSTANCES,
                   "all instances", 30)
        self.client = osc.Unix(str(self.room.runtime / "osc.sock"))
        self.room.things.append(self.client)
        self.port = self.room.port()
        self.pid = self.room.bridge_pid()
        pin(self.pid, CORES[0])
        self.priority = int(self.status()["realtime_priority"])

    def close(self):
        self.room.close()

    def status(self):
        return self.client.status()

    def count(self):
        return self.status()["commands"]  # Questions are none

    def target(self, transport="udp"):
        return (f"unix:{self.room.runtime}/osc.sock" if transport == "unix"
                else f"{transport}:{self.port}")

    def settle(self):
        """All that came is taken in, and applied."""
        last = -1
        while (now := self.count()) != last:
            last = now
            time.sleep(0.02)
        self.client.sync()


class Liblo:
    """A server of liblo; 0 instances: one method for any address."""

    def __init__(self, instances, symbols, priority):
        methods = instances * symbols
        self.name = (f"liblo, {methods} method{'s' if methods > 1 else ''}"
                     if instances else "liblo, any address")
        self.process = subprocess.Popen(
            [str(BUILD / "liblo_set"), str(instances), str(symbols),
             str(BUFFER), str(priority)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1)
        self.port, self.buffer = map(
            int, self.process.stdout.readline().split()[1:])
        self.pid = self.process.pid
        pin(self.pid, CORES[0])

    def close(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)

    def target(self):
        return f"udp:{self.port}"

    def count(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
            raise TimeoutError("liblo_set does not answer")
        return int(self.process.stdout.readline().split()[1])

    def settle(self):
        last = -1
        while (now := self.count()) != last:
            last = now
            time.sleep(0.02)


def pin(pid, core):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def flat_out(server, target, kind, seconds, env):
    """(messages for a second of processor time, messages a second, share)"""
    flood = Flood(target, kind, 0, f"{seconds + 2 * PAD:.3f}", env)
    time.sleep(PAD)
    count, cpu, began = server.count(), cpu_ns(server.pid), time.monotonic()
    time.sleep(seconds)
    count = server.count() - count
    cpu = (cpu_ns(server.pid) - cpu) * 1e-9
    wall = time.monotonic() - began
    flood.end()
    server.settle()
    return count / cpu, count / wall, cpu / wall


def paced(ours, kind, rate, seconds):
    """One rung.  @return (messages a second, share lost, core, all is well)"""
    before, lost, cpu = ours.status(), drops(ours.port), cpu_ns(ours.pid)
    messages, packets, took = Flood(ours.target("gso"), kind, rate, f"{seconds:.3f}",
                                    ours.room.env).end()
    cpu = (cpu_ns(ours.pid) - cpu) * 1e-9 / took
    ours.settle()
    after = ours.status()
    lost = drops(ours.port) - lost
    grown = {key: after[key] - before[key] for key in after}
    applied = grown["applied"] + grown["overtaken"]

    # What was not lost at the socket was decoded and applied, all of it
    each = BUNDLE if kind == "bundle" else 1
    # (the bridge counts a value that it replaces as overtaken even if it was
    # being read just then)
    wanted = (packets - lost) * each
    is_whole = wanted <= applied <= wanted + grown["overtaken"]
    print(f"  {messages / took / 1e3:9.0f} thousand/s: "
          f"{100 * lost / packets:6.2f} % lost, "
          f"{applied / took / 1e3:9.0f} applied, of these "
          f"{grown['overtaken'] / took / 1e3:.0f} overtaken; "
          f"bridge {100 * cpu:3.0f} % of its core"
          f"{'' if is_whole else ', NOT ALL APPLIED'}", flush=True)
    if not is_whole:
        raise RuntimeError(f"{applied} of {wanted} applied, "
                           f"dropped {grown['dropped']}")
    return messages / took, lost / packets


def ladder(ours, kind):
    """Up to the first loss."""
    best = 0.0
    rungs = LADDER[kind][1::2] if is_quick() else LADDER[kind]
    for rate in rungs:
        had, lost = paced(ours, kind, rate, 0.5 if is_quick() else 1.0)
        plot("throughput", "loss", "thousand messages a second", "lost, %",
             "logscale x\nyrange [-1:25]")
        point("throughput", "loss", kind, had / 1e3, 100 * lost)
        if not lost:
            best = max(best, had)
        if lost or had < 0.9 * rate:
            break
    return best


def drain(server, kind, env, instances, symbols):
    """Messages for a second of processor time, from a full socket."""
    server.settle()
    count, lost = server.count(), drops(server.port)
    stop(server.pid)
    try:
        messages, _, _ = Flood(server.target(), kind, 0, f"{FULL[kind]}p",
                               env, instances, symbols).end()
        began = cpu_ns(server.pid)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    last, cpu = -1, 0
    while cpu != last or not cpu:
        time.sleep(0.01)
        last, cpu = cpu, cpu_ns(server.pid) - began
    count = server.count() - count
    if count != messages or drops(server.port) != lost:
        raise RuntimeError(f"{server.name} took {count} of {messages}")
    return count / (cpu * 1e-9)


def rounds(ours, peers, kind, instances, symbols):
    """Medians of turns, and ours over those of liblo."""
    servers = [ours, *peers]
    addresses = instances * symbols
    where = f"{kind}, {addresses} address{'es' if addresses > 1 else ''}"
    found = {server: [] for server in servers}
    for _ in range(5 if is_quick() else 15):
        for server in servers:
            found[server].append(
                drain(server, kind, ours.room.env, instances, symbols))
    rates = {server: statistics.median(values)
             for server, values in found.items()}
    print(f"{where}, from a full socket, medians:")
    for server, rate in rates.items():
        print(f"  {server.name:24}{rate / 1e3:9.0f} thousand a second, "
              f"ours {rates[ours] / rate:.2f} times as many", flush=True)
        figure("throughput", f"{where}, {server.name}", rate / 1e3,
               "thousand/s")
        if server is not ours:
            figure("throughput", f"{where}, ratio to {server.name}",
                   rates[ours] / rate)


def streams(ours):
    """As fast as one core sends; TCP and Unix sockets make it wait."""
    for transport in ("udp", "tcp", "unix"):
        for kind in ("single", "bundle"):
            rate, wall, share = flat_out(
                ours, ours.target(transport), kind,
                0.2 if is_quick() else 0.5, ours.room.env)
            print(f"  {transport}, {kind}: {wall / 1e3:.0f} thousand a second, "
                  f"{rate / 1e3:.0f} for a second of processor time, "
                  f"{100 * share:.0f} % busy", flush=True)
            figure("throughput", f"{kind}, {transport} flat out", wall / 1e3,
                   "thousand/s")


def main():
    ours = Ours()
    servers = [ours]
    try:
        anything = Liblo(0, 1, ours.priority)
        servers.append(anything)
        same = Liblo(INSTANCES, SYMBOLS, ours.priority)
        servers.append(same)
        single = Liblo(1, 1, ours.priority)
        servers.append(single)
        limit = int(pathlib.Path("/proc/sys/net/core/rmem_max").read_text())
        had = (f"rmem_max {limit}, socket buffers of {servers[1].buffer} "
               f"bytes, priority {ours.priority}")
        print(had)
        text("throughput", "socket", had)

        for kind in ("single", "bundle"):
            with part(f"{kind}, paced"):
                print(f"{kind}, paced, over UDP:")
                best = ladder(ours, kind)
                figure("throughput", f"{kind}, udp without loss", best / 1e3,
                       "thousand/s")
        for kind in ("single", "bundle"):
            with part(f"{kind}, from a full socket"):
                rounds(ours, [same, anything], kind, INSTANCES, SYMBOLS)
                rounds(ours, [single], kind, 1, 1)
        with part("flat out"):
            print("flat out:")
            streams(ours)
    finally:
        for server in servers:
            server.close()
    return figures_lib.status()


CORES = sorted(os.sched_getaffinity(0))
CORES = [CORES[0], CORES[-1]]

if __name__ == "__main__":
    if "RINGSIDE_BUILD" not in os.environ:
        sys.exit(__doc__)
    sys.exit(main())
