# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Hosts that do not call run(): commands take effect all the same."""

import pathlib
import time

from conftest import names, wait_until
from lib import osc as codec


def test_ramps_and_tags_run_on_meanwhile(room):
    host = room.host("--stopped")
    osc = room.udp()
    room.wait_names(osc, names(1))
    start = time.time()
    osc.packet(codec.bundle(codec.time_tag(start + 0.6),
                            codec.message("/strip/mute", 1)))
    osc.send("/strip/input_gain/ramp", 10.0, 1.0)
    osc.sync()

    seen = []
    while time.time() < start + 0.5:
        seen.append(osc.value("/strip/input_gain"))
        passed = time.time() - start
        assert seen[-1] <= 10.0 * passed + 0.01
    assert osc.value("/strip/mute") == 0.0 or time.time() >= start + 0.6
    assert seen == sorted(seen)
    # Momentary values, not only the ends: as many as there was time to ask for
    assert len(set(seen)) > min(5, len(seen) / 2), seen

    wait_until(lambda: osc.value("/strip/mute") == 1.0, "the bundle")
    assert time.time() >= start + 0.6
    wait_until(lambda: osc.value("/strip/input_gain") == 10.0, "the ramp")
    assert time.time() >= start + 1.0

    # The first run() knows it all
    host.do("run 64")
    assert osc.value("/strip/input_gain") == 10.0
    assert osc.value("/strip/mute") == 1.0


def test_a_ramp_goes_on_when_the_host_stops(room):
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    osc.send("/strip/input_gain/ramp", 10.0, 2.0)
    osc.sync()
    host.do("stop")
    times = [time.monotonic()]
    before = osc.value("/strip/input_gain")
    times.append(time.monotonic())
    time.sleep(1.0)
    times.append(time.monotonic())
    moved = osc.value("/strip/input_gain") - before
    times.append(time.monotonic())
    # 5 dB a second, until it is there
    least = min(5.0 * (times[2] - times[1]), 10.0 - before)
    assert least - 1.0 < moved < 5.0 * (times[3] - times[0]) + 3.0
    wait_until(lambda: osc.value("/strip/input_gain") == 10.0, "its end")


def test_a_host_that_pauses(room):
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    for n in range(10):
        host.do("stop")
        osc.send("/strip/input_gain", float(n))
        osc.sync()
        assert osc.value("/strip/input_gain") == n
        host.do("start")
        osc.send("/strip/pan", n / 10)
        osc.sync()
        assert abs(osc.value("/strip/pan") - n / 10) < 1e-6
        assert osc.value("/strip/input_gain") == n


def test_many_commands_at_rest(room):
    host = room.host("--stopped")
    osc = room.udp()
    room.wait_names(osc, names(1))
    for n in range(20000):
        osc.send("/strip/input_gain", (n % 48) / 2 - 12)
        if n % 500 == 499:
            osc.sync()
    assert osc.value("/strip/input_gain") == (19999 % 48) / 2 - 12
    host.do("run 64")
    wait_until(lambda: osc.value("/strip/input_gain") ==
               (19999 % 48) / 2 - 12, "the last value")


def test_nothing_wakes_a_link_at_rest(room):
    host = room.host("--stopped", "--instances", 5)
    osc = room.udp()
    room.wait_names(osc, names(5))
    osc.send("/strip/input_gain/ramp", 3.0, 0.2)
    osc.send("/strip-3/mute", 1)
    osc.sync()
    wait_until(lambda: osc.value("/strip/input_gain") == 3.0, "the ramp")

    (thread,) = [task for task in
                 pathlib.Path(f"/proc/{host.pid}/task").iterdir()
                 if (task / "comm").read_text().strip() == "ringside-link"]

    def switches():
        line = next(line for line in (thread / "status").read_text().split("\n")
                    if line.startswith("voluntary"))
        return int(line.split()[1])

    def wakes_in_a_second():
        before = switches()
        time.sleep(1.0)
        return switches() - before

    wait_until(lambda: wakes_in_a_second() <= 4, "the link to sleep")
