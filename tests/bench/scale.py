# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What 1 to 200 instances cost.

usage: scale.py (RINGSIDE_BUILD names the build folder)

One host with blocks of 1,024 frames, and the bridge that it started: time from
the first run() until all are listed, memory of bridge and keeper, processor
time and wake-ups of the bridge while nobody asks, from a set of the last
instance to the answer of a query behind it, and from `/*/mute` until all
plugins have it.
"""

import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from conftest import Room, wait_until  # noqa: E402
from figures_lib import (figure, is_quick, part, plot, point,  # noqa: E402
                         status)
from lib import osc  # noqa: E402

COUNTS = (1, 10, 50, 100, 200)
BLOCK = 1024
PATIENCE = 30


def field(pid, file, key):
    text = pathlib.Path(f"/proc/{pid}/{file}").read_text()
    return next(int(line.split()[1]) for line in text.splitlines()
                if line.startswith(key))


def family(room, host):
    """The bridge, its keeper, and what these run."""
    return [pid for pid in room.processes() if pid != host.pid and "ringside"
            in pathlib.Path(f"/proc/{pid}/comm").read_text()]


def ready_ms(room, count, begun):
    client = None
    while time.monotonic() < begun + PATIENCE:
        try:
            client = client or osc.Udp(
                int((room.runtime / "port").read_text()))
            if len(client.instances(timeout=1)) >= count:
                return (time.monotonic() - begun) * 1e3
        except (OSError, ValueError, TimeoutError):
            time.sleep(0.001)
    raise TimeoutError(f"{count} instances do not answer")


def idle(pid, seconds):
    """(processor time in parts of a million, wake-ups a second)"""
    def look():
        ran, _, _ = pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()
        return int(ran), field(pid, "status", "voluntary_ctxt"), time.monotonic()

    before = look()
    time.sleep(seconds)
    after = look()
    passed = after[2] - before[2]
    return ((after[0] - before[0]) * 1e-3 / passed,
            (after[1] - before[1]) / passed)


def last_ms(client, name, rounds):
    """Set and asked at once: the answer comes when the plugin has it."""
    times = []
    for i in range(rounds):
        begun = time.monotonic()
        client.send(f"/{name}/pan", (i % 7) / 8)
        client.value(f"/{name}/pan")
        times.append((time.monotonic() - begun) * 1e3)
    return statistics.median(times)


def all_ms(client, rounds):
    """A pattern, until all instances have applied what it says."""
    times = []
    for i in range(rounds):
        begun = time.monotonic()
        client.send("/*/mute", i % 2)
        client.sync(i + 1)
        times.append((time.monotonic() - begun) * 1e3)
    return statistics.median(times)


def measure(count):
    room = Room()
    rounds, seconds = (7, 1.0) if is_quick() else (21, 4.0)
    try:
        host = room.host("--instances", count, "--block", BLOCK)
        ready = ready_ms(room, count, time.monotonic())
        client = room.udp()
        last = "strip" if count == 1 else f"strip-{count}"
        wait_until(lambda: last in client.instances(), "the last one")
        latency = last_ms(client, last, rounds)
        every = all_ms(client, rounds)
        time.sleep(2.0)  # Whatever looks after a change has looked
        memory = sum(field(pid, "smaps_rollup", "Rss:")
                     for pid in family(room, host)) / 1024
        cpu, wakes = idle(room.bridge_pid(), seconds)
    finally:
        room.close()
    return ready, memory, cpu, wakes, latency, every


def main():
    columns = (("ready", "ms"), ("memory", "MB"), ("idle", "ppm"),
               ("wake-ups", "/s"), ("last", "ms"), ("pattern", "ms"))
    print(f"{'instances':>10}" + "".join(
        f"{f'{name}, {unit}':>15}" for name, unit in columns))
    for count in COUNTS[:3] if is_quick() else COUNTS:
        with part(f"{count} instances"):
            found = measure(count)
            print(f"{count:10}" + "".join(f"{value:15.2f}" for value in found),
                  flush=True)
            for (name, unit), value in zip(columns, found):
                figure("scale", f"{count}, {name}", value, unit)
                plot("scale", name, "instances", f"{name}, {unit}",
                     "logscale x\nyrange [0:*]")
                point("scale", name, name, count, value)
    return status()


if __name__ == "__main__":
    if "RINGSIDE_BUILD" not in os.environ:
        sys.exit(__doc__)
    sys.exit(main())
