# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Hosts that do not call run(): commands take effect all the same."""

import pathlib
import time

import pytest

from conftest import MADE_UP, names, slower, wait_until
from lib import osc as codec


def test_ramps_and_tags_run_on_meanwhile(room):
    host = room.host("--stopped")
    osc = room.udp()
    room.wait_names(osc, names(1))

    def trial(factor):
        osc.send("/strip/mute", 0)
        osc.send("/strip/input_gain", 0.0)
        osc.sync()
        start = time.time()
        osc.packet(codec.bundle(codec.time_tag(start + 0.6 * factor),
                                codec.message("/strip/mute", 1)))
        osc.send("/strip/input_gain/ramp", 10.0, 1.0 * factor)
        osc.sync()

        seen = []
        while time.time() < start + 0.5 * factor:
            seen.append(osc.value("/strip/input_gain"))
            passed = time.time() - start
            assert seen[-1] <= 10.0 * passed / factor + 0.01
        assert (osc.value("/strip/mute") == 0.0 or
                time.time() >= start + 0.6 * factor)
        assert seen == sorted(seen)

        wait_until(lambda: osc.value("/strip/mute") == 1.0, "the bundle")
        assert time.time() >= start + 0.6 * factor
        wait_until(lambda: osc.value("/strip/input_gain") == 10.0, "the ramp")
        assert time.time() >= start + 1.0 * factor
        # Momentary values, not only the ends
        return len(set(seen)) > 5
    slower(trial, "more than five values of a ramp")

    # The first run() knows it all
    host.do("run 64")
    assert osc.value("/strip/input_gain") == 10.0
    assert osc.value("/strip/mute") == 1.0


def test_a_ramp_goes_on_when_the_host_stops(room):
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))

    def trial(factor):
        osc.send("/strip/input_gain", 0.0)
        osc.sync()
        osc.send("/strip/input_gain/ramp", 10.0, 2.0 * factor)
        osc.sync()
        host.do("stop")
        begin = time.monotonic()
        before = osc.value("/strip/input_gain")
        asked = time.monotonic()
        time.sleep(1.0 * factor)
        again = time.monotonic()
        moved = osc.value("/strip/input_gain") - before
        end = time.monotonic()
        wait_until(lambda: osc.value("/strip/input_gain") == 10.0, "its end")
        host.do("start")
        # 5 dB a second, until it is there.  Who did not run for a while may be
        # that much behind, or make up for it
        most = 5.0 / factor * (end - begin + MADE_UP)
        least = min(5.0 / factor * (again - asked - MADE_UP), 10.0 - before)
        return least < moved < most
    slower(trial, "what a ramp moved within a time")


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


def saved_value(room, host, symbol):
    """What a session would keep of it: value, and whose it is."""
    path = room.folder / "rest.ttl"
    host.do(f"save {path}")
    for line in path.read_text().split('"""')[1].splitlines():
        words = line.split()
        if words[0] == symbol:
            return float(words[1]), words[3]
    return None


REST = {
    "before the first run()": ("--stopped", None, "run 64"),
    "stopped": (None, "stop", "start"),
    "deactivated": (None, "deactivate", "activate"),
    "deactivated and stopped": (None, "deactivate\nstop", "activate\nrun 64"),
}


@pytest.mark.parametrize("how", REST)
def test_every_kind_of_rest(room, how):
    """Sets, bundles, tags, ramps: seen, saved, and used by the next run()."""
    option, begin, end = REST[how]
    host = room.host("--input", "sine:440", *([option] if option else []))
    osc = room.udp()
    room.wait_names(osc, names(1))
    for command in (begin or "").splitlines():
        host.do(command)

    start = time.time()
    osc.send("/strip/output_gain", -20.0)
    osc.packet(codec.bundle(codec.IMMEDIATELY,
                            codec.message("/strip/width", 0.5),
                            codec.message("/strip/delay_mode", "Ping-pong")))
    osc.packet(codec.bundle(codec.time_tag(start + 0.3),
                            codec.message("/strip/hpf_freq", 80.0)))
    osc.send("/strip/pan/ramp", 1.0, 0.4)
    osc.sync()
    assert osc.value("/strip/output_gain") == -20.0
    assert osc.value("/strip/width") == 0.5
    assert osc.value("/strip/delay_mode") == 1.0
    assert saved_value(room, host, "output_gain") == (-20.0, "osc")

    wait_until(lambda: osc.value("/strip/hpf_freq") == 80.0, "the tag")
    assert time.time() >= start + 0.3
    wait_until(lambda: osc.value("/strip/pan") == 1.0, "the ramp")
    assert time.time() >= start + 0.4
    assert saved_value(room, host, "hpf_freq") == (80.0, "osc")
    assert saved_value(room, host, "pan") == (1.0, "osc")

    for command in end.splitlines():
        host.do(command)
    osc.sync()
    for symbol, value in (("output_gain", -20.0), ("width", 0.5),
                          ("delay_mode", 1.0), ("hpf_freq", 80.0),
                          ("pan", 1.0)):
        assert osc.value(f"/strip/{symbol}") == value
        assert saved_value(room, host, symbol) == (value, "osc")
    if "run" in end:
        host.do("run 9600")
    wait_until(lambda: -30.0 < host.get("output_peak") < -18.0,
               "the sound to follow")


def test_a_ramp_in_the_middle_of_rest_goes_on_in_run(room):
    """It is where its time says, before, during and after the rest."""
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    osc.sync()

    def trial(factor):
        osc.send("/strip/pan", 0.0)
        osc.sync()
        start = time.monotonic()
        osc.send("/strip/pan/ramp", 1.0, 4.0 * factor)
        osc.sync()

        def is_in_place():
            """As far as can be told, and but for what a host makes up for."""
            before = time.monotonic() - start
            value = 4.0 * factor * osc.value("/strip/pan")
            after = time.monotonic() - start
            return min(before, 4.0 * factor) - 0.4 < value < after + MADE_UP

        for command in ("stop", "start", "deactivate", "activate"):
            host.do(command)
            time.sleep(0.2)
            # A machine that stalls holds run() up, not for ever
            wait_until(is_in_place, f"its place after {command}")
        is_in_time = time.monotonic() < start + 4.0 * factor - MADE_UP
        assert osc.value("/strip/pan") < 1.0 or (
            time.monotonic() > start + 4.0 * factor - MADE_UP)
        wait_until(lambda: osc.value("/strip/pan") == 1.0, "its end")
        assert time.monotonic() >= start + 4.0 * factor - MADE_UP
        return is_in_time
    slower(trial, "a rest in the middle of a ramp")


def test_the_host_moves_a_port_while_it_rests(room):
    """What was seen meanwhile holds, as for a command of the same cycle; the
    next move of the port wins again."""
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    host.do("stop")
    osc.send("/strip/input_gain", 5.0)
    osc.sync()
    host.do("port input_gain 3")
    host.do("port output_gain -3")
    host.do("start")
    wait_until(lambda: osc.value("/strip/output_gain") == -3.0, "the host's")
    assert osc.value("/strip/input_gain") == 5.0
    host.do("port input_gain 4")
    wait_until(lambda: osc.value("/strip/input_gain") == 4.0, "the host's")


def test_bypassed_by_its_port(room):
    """With `enabled` off run() goes on, and so do commands."""
    host = room.host("--input", "sine:440")
    osc = room.udp()
    room.wait_names(osc, names(1))
    host.do("port enabled 0")
    wait_until(lambda: osc.value("/strip/enabled") == 0.0, "the bypass")
    osc.send("/strip/output_gain", -40.0)
    osc.send("/strip/pan/ramp", -1.0, 0.3)
    osc.sync()
    assert osc.value("/strip/output_gain") == -40.0
    wait_until(lambda: osc.value("/strip/pan") == -1.0, "the ramp")
    assert saved_value(room, host, "output_gain") == (-40.0, "osc")
    wait_until(lambda: host.get("output_peak") > -20.0, "the sound as it was")
    assert host.get("osc_port") == room.port()
    host.do("port enabled 1")
    wait_until(lambda: host.get("output_peak") < -30.0, "the softer sound")
    assert osc.value("/strip/output_gain") == -40.0
    assert osc.instances() == names(1)


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
