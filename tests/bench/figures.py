# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""How soon an instance answers OSC, and what a bridge with 50 of them weighs.

usage: figures.py (RINGSIDE_BUILD names the build folder)

Fails over the figures that must be kept: 100 ms from the first run() when a
bridge is there, 200 ms when it must be started (medians), 16 MB resident for
bridge and keeper together with 50 instances.
"""

import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from conftest import Room, wait_until  # noqa: E402
from bench import figures_lib  # noqa: E402
from lib import osc  # noqa: E402

ROUNDS = 11
INSTANCES = 50


def until_it_answers(room, count, begun):
    """Milliseconds from `begun` until so many instances are answered."""
    end = begun + 10.0
    client = None
    while time.monotonic() < end:
        try:
            if client is None:
                client = osc.Udp(int((room.runtime / "port").read_text()))
            client.send("/ringside/instances")
            names = 0
            while (answer := client.receive(0.02)) is not None:
                if answer[0] == "/ringside/instances/end":
                    names = answer[2][0]
                    break
            if names >= count:
                client.close()
                return (time.monotonic() - begun) * 1e3
        except (OSError, ValueError):
            time.sleep(0.001)
    raise TimeoutError(f"{count} instances do not answer in 10 s")


def ready_cold(block):
    """The first instance, which starts the bridge."""
    times = []
    for _ in range(ROUNDS):
        room = Room()
        try:
            # `ready` comes once the audio thread runs
            room.host("--block", block)
            times.append(until_it_answers(room, 1, time.monotonic()))
        finally:
            room.close()
    return times


def ready_warm(block):
    """Another instance in another host, with a bridge that is there."""
    times = []
    room = Room()
    try:
        room.host("--block", block)
        until_it_answers(room, 1, time.monotonic())
        for _ in range(ROUNDS):
            host = room.host("--block", block)
            times.append(until_it_answers(room, 2, time.monotonic()))
            host.quit()
            client = room.udp()
            room.wait_names(client, ["strip"])
    finally:
        room.close()
    return times


def resident_kb(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines()
                if line.startswith("Rss:"))


def memory():
    """Resident memory of all of the bridge's processes, in MB."""
    room = Room()
    try:
        host = room.host("--instances", INSTANCES)
        client = room.udp()
        wait_until(lambda: len(client.instances()) == INSTANCES,
                   "all instances", 30)
        client.list("/strip/preset/list")
        client.list("/strip/list")
        # One command for each parameter of each instance has been through
        for line in client.list("/strip/list"):
            client.send(f"/*/{line[0]}/reset")
        client.sync()
        bridge = [pid for pid in room.processes()
                  if pid != host.pid
                  and "ringside" in pathlib.Path(f"/proc/{pid}/comm").read_text()]
        for pid in bridge:
            print(f"  {pathlib.Path(f'/proc/{pid}/comm').read_text().strip():24}"
                  f"{resident_kb(pid) / 1024:8.1f} MB")
        return sum(resident_kb(pid) for pid in bridge) / 1024
    finally:
        room.close()


def check(what, name, value, limit, unit):
    figures_lib.figure("figures", what, value, unit)
    verdict = "ok" if value <= limit else "TOO MUCH"
    print(f"{name:44}{value:8.1f} {unit} (at most {limit:g})  {verdict}",
          flush=True)
    return value <= limit


def main():
    is_fine = True
    for block in (64, 1024):
        for name, limit, measure in (("bridge there", 100, ready_warm),
                                     ("bridge started", 200, ready_cold)):
            times = measure(block)
            is_fine &= check(f"ready, {name}", f"ready, {name}, blocks of {block}, median",
                             statistics.median(times), limit, "ms")
            print(f"  from {min(times):.1f} to {max(times):.1f} ms, "
                  f"{len(times)} rounds")
    is_fine &= check(f"resident, {INSTANCES} instances",
                     f"bridge and keeper, {INSTANCES} instances",
                     memory(), 16, "MB")
    return 0 if is_fine else 1


if __name__ == "__main__":
    if "RINGSIDE_BUILD" not in os.environ:
        sys.exit(__doc__)
    sys.exit(main())
