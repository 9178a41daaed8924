# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Wall clocks that jump, machines that sleep, and hours of sound.

The bridge's wall clock is another one (clock_shim.c), which jumps while
commands wait.  Times are measured by the monotonic clock.
"""

import mmap
import os
import pathlib
import signal
import struct
import time

import pytest

from conftest import (MADE_UP, PATIENCE, build_folder, is_alive, slower,
                      wait_until)
from lib import osc
from lib.processes import stop

ERA_2036 = (1 << 32) - osc.NTP_1970  # Unix time at which NTP begins anew
# What goes wrong comes a second too early, or waits for an hour
EARLY, LATE = MADE_UP, PATIENCE

# A page of each of the bridge's buffers (ui-bridge/transport/datagrams.h)
DATAGRAMS_KIB = 64 * mmap.PAGESIZE // 1024

JUMPS = {
    "an hour on": lambda now: now + 3600,
    "an hour back": lambda now: now - 3600,
    "1970": lambda now: 10.0,
    "just before 2036": lambda now: ERA_2036 - 1.5,
    "just after 2036": lambda now: ERA_2036 + 0.5,
}


class WallClock:
    """That of the bridge: as ours, and off by what is told."""

    def __init__(self, path):
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 8)

    def now(self):
        (offset,) = struct.unpack("q", self.map[:8])
        return time.time() + offset * 1e-9

    def jump(self, to):
        self.map[:8] = struct.pack("q", round((to - time.time()) * 1e9))


def tagged(unix_seconds, *elements):
    return osc.bundle(osc.time_tag(unix_seconds) & (1 << 64) - 1, *elements)


@pytest.fixture
def strip(room):
    room.clock = WallClock(room.folder / "clock")
    shim = build_folder() / "tests/reliability/libclock_shim.so"
    room.bridge(env=dict(room.env, LD_PRELOAD=str(shim),
                         RINGSIDE_CLOCK_SHIM=str(room.folder / "clock")))
    room.the_host = room.host("--block", 64)
    client = room.udp()
    room.wait_names(client, ["strip"])
    return client


def takes(client, address, value):
    """Seconds until it has the value."""
    begin = time.monotonic()
    wait_until(lambda: client.value(address) == pytest.approx(value), address)
    return time.monotonic() - begin


@pytest.mark.plain_build
@pytest.mark.parametrize("jump", JUMPS)
def test_jumps(room, strip, jump):
    clock = room.clock

    def send_ahead(factor, address, value):
        """When it is due; None if it was hardly sent in time."""
        at = time.monotonic() + factor
        strip.packet(tagged(clock.now() + factor, osc.message(address, value)))
        strip.sync()
        now = strip.value(address)
        if time.monotonic() > at - EARLY:
            return None
        assert now != value
        return at

    def trial(factor):
        clock.jump(time.time())
        strip.send("/strip/output_gain/reset")
        strip.send("/strip/pan/reset")
        strip.send("/strip/width/reset")
        late = strip.value("/strip/osc_late")
        at = send_ahead(factor, "/strip/output_gain", -7.0)
        clock.jump(JUMPS[jump](time.time()))

        # What does not wait is not touched
        strip.send("/strip/pan", 0.5)
        assert takes(strip, "/strip/pan", 0.5) < LATE

        # What waits comes when it was to come by the clock before
        takes(strip, "/strip/output_gain", -7.0)
        if not at:
            return False
        assert -EARLY < time.monotonic() - at < LATE

        # And what comes now, by the clock as it is now
        at = send_ahead(factor, "/strip/width", 0.25)
        takes(strip, "/strip/width", 0.25)
        if not at:
            return False
        assert -EARLY < time.monotonic() - at < LATE
        assert strip.value("/strip/osc_late") == late
        return True
    slower(trial, "two bundles ahead of their tags")

    # Too far ahead, and in the past
    assert strip.ask("/strip/pan")[2] == [0.5]
    strip.packet(tagged(clock.now() + 61.0, osc.message("/strip/pan", 1.0)))
    assert strip.wait_for("/error")[2][1] == 413
    late = strip.value("/strip/osc_late")
    strip.packet(tagged(clock.now() - 5.0, osc.message("/strip/pan", -0.25)))
    assert takes(strip, "/strip/pan", -0.25) < LATE
    wait_until(lambda: strip.value("/strip/osc_late") == late + 1, "its count")

    # A rhythm is kept by arrivals, which the kernel stamps
    strip.send("/strip/timing", "steady")
    strip.send("/strip/pan", 0.125)
    assert takes(strip, "/strip/pan", 0.125) < LATE


@pytest.mark.plain_build
def test_suspended(room, strip):
    """Host and bridge sleep, and what was due meanwhile is done then."""
    bridge = room.bridge_pid()
    strip.packet(tagged(room.clock.now() + 0.5,
                        osc.message("/strip/output_gain", -7.0)))
    strip.sync()
    stopped = [room.the_host.pid, bridge]
    for pid in stopped:
        stop(pid)
    time.sleep(4.0)  # More than a bridge may be silent
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    assert takes(strip, "/strip/output_gain", -7.0) < LATE
    strip.send("/strip/pan", 0.5)
    assert takes(strip, "/strip/pan", 0.5) < LATE
    assert strip.status()["dropped"] == 0
    assert is_alive(bridge) and room.bridge_pid() == bridge


def holds(pid):
    """Resident KiB that are nobody else's, and open descriptors."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in text.splitlines() if "RssAnon" in line]
    return int(line.split()[1]), len(os.listdir(f"/proc/{pid}/fd"))


def cpu_ns(pid):
    """Processor time of all threads."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


@pytest.mark.plain_build
def test_hours_of_sound_grow_nothing(room):
    """Ten minutes of sound in CI, 24 hours in scripts/soak, under traffic.

    Every other part is an export, in which commands are refused.
    """
    seconds = float(os.environ.get("RINGSIDE_SOAK_AUDIO_SECONDS", 600))
    host = room.host("--pace", "fast", "--block", 256, "--input", "noise:1",
                     "--stopped")  # It would not appear at that pace
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    pids = [host.pid, room.bridge_pid()]
    number = 0

    def play(until):
        nonlocal number
        while int(host.do("position")[0]) < until:
            for _ in range(200):
                number += 1
                client.send("/strip/output_gain", -float(number % 24))
                client.send("/strip/preset/load", number % 12 + 1)
            client.sync(number)
            client.drain()

    host.do("start")
    samples, costs, begin = [], [], time.monotonic()
    for part in range(1, 11):
        host.do(f"freewheel {1 - part % 2}")
        cpu = cpu_ns(host.pid)
        play(int(seconds * part / 10 * 48000))
        samples.append([holds(pid) for pid in pids])
        costs.append((cpu_ns(host.pid) - cpu) * 1e-5 / seconds)
    status = client.status()
    print(f"# {seconds} s of sound in {time.monotonic() - begin:.0f} s, "
          f"{status['applied']:.0f} commands; ms of processor time a second "
          f"{[round(cost, 1) for cost in costs]}; KiB of host and bridge "
          f"{[[kib for kib, _ in sample] for sample in samples]}")
    assert status["applied"] > 0

    # What is touched for the first time is mostly so in the first half; buffers
    # for datagrams are when a queue is as deep for the first time
    for (kib, fds), (kib_then, fds_then), more in zip(
            samples[4], samples[-1], (64, 64 + DATAGRAMS_KIB)):
        assert fds_then == fds
        assert kib_then <= kib + more

    # What costs more with each cycle would cost many times as much
    for one in (costs[0::2], costs[1::2]):
        assert min(one[-2:]) < 3 * min(one[:2])
