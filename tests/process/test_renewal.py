# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The bridge dies or hangs while audio plays: nobody hears it."""

import os
import signal
import time

from conftest import MADE_UP, PATIENCE, Figure, names, wait_until
from lib import osc as codec
from lib import processes


class Played:
    """A run with values from OSC and from the host, and what came out of it.

    Values of OSC are set before the first run(), and the host's at frames, so
    that two runs differ in nothing but what is done to the bridge meanwhile.
    """

    RATE = 48000

    def __init__(self, room, name, seconds, meanwhile):
        self.path = room.folder / f"{name}.f32"
        host = room.host("--stopped", "--input", "noise:7", "--block", 128,
                         "--seconds", seconds, "--record", self.path)
        osc = room.udp()
        room.wait_names(osc, names(1))
        for symbol, value in (("input_gain", 3.0), ("low_mid_gain", 6.0),
                              ("comp_threshold", -30.0), ("comp_ratio", 4.0),
                              ("delay_mix", 0.3), ("reverb_mix", 0.2)):
            osc.send(f"/strip/{symbol}", value)
        osc.sync()
        assert osc.value("/strip/input_gain") == 3.0

        for step in range(1, 10):
            frame = int(seconds * self.RATE * step / 10)
            host.do(f"at {frame} output_gain {-step}")
        self.port = room.port()
        host.do("start")
        meanwhile(host, self)
        host.wait_done(seconds + PATIENCE)

        again = room.udp()
        room.wait_names(again, names(1))
        assert again.value("/strip/input_gain") == 3.0
        assert again.value("/strip/comp_threshold") == -30.0
        assert again.value("/strip/output_gain") == -9.0
        assert room.port() == self.port
        assert host.quit()
        wait_until(lambda: not room.processes(), "all to end")
        self.output = self.path.read_bytes()


def back_in(host, room, osc, end_bridge):
    """Do something to the bridge; seconds until its successor answers."""
    old = room.bridge_pid()
    osc.drain()
    start = time.monotonic()
    end_bridge(old)
    while True:
        osc.send("/strip/input_gain")
        answer = osc.receive(0.005)
        if answer and answer[0] == "/strip/input_gain":
            if (now := room.bridge_pid()) and now != old:
                return time.monotonic() - start
        assert time.monotonic() - start < PATIENCE, "no successor"


def test_killing_the_bridge_changes_no_sample(room):
    quiet = Played(room, "quiet", 3.0, lambda host, played: None)

    figure = Figure(0.25)

    def kill(host, played):
        osc = room.udp()
        for frame in (0.4, 0.9, 1.4, 1.9, 2.4):
            host.do(f"wait {int(frame * played.RATE)}")
            figure.take(lambda: back_in(
                host, room, osc, lambda pid: os.kill(pid, signal.SIGKILL)))
            assert osc.value("/strip/input_gain") == 3.0

    killed = Played(room, "killed", 3.0, kill)
    assert len(quiet.output) == 3 * 48000 * 2 * 4
    assert killed.output == quiet.output
    figure.check()


def test_all_come_back_from_a_bridge_that_was_hardly_there(room):
    for _ in range(3):
        room.host("--instances", 3)
    osc = room.udp()
    room.wait_names(osc, names(9))

    def all_back():
        osc.drain()
        start = time.monotonic()
        os.kill(room.bridge_pid(), signal.SIGKILL)
        back = set()
        while len(back) < 9:
            osc.send("/*/input_gain")
            while answer := osc.receive(0.005):
                back.add(answer[0])
            assert time.monotonic() - start < PATIENCE, back
        return time.monotonic() - start

    # Sockets that close are no refusals, after which a host waits for a second:
    # with nine instances, hardly ever would all of them be back before that
    times = []
    while len(times) < 15 and sum(time < 0.9 for time in times) < 3:
        times.append(all_back())
    assert sum(time < 0.9 for time in times) >= 3, times


def test_stopping_the_bridge_changes_no_sample(room):
    quiet = Played(room, "quiet", 6.0, lambda host, played: None)

    def stop(host, played):
        osc = room.udp()
        host.do(f"wait {played.RATE // 2}")
        back_in(host, room, osc, processes.stop)
        host.do(f"wait {4 * played.RATE}", timeout=5 + PATIENCE)
        assert osc.value("/strip/input_gain") == 3.0

    stopped = Played(room, "stopped", 6.0, stop)
    assert stopped.output == quiet.output


def test_a_stopped_bridge_is_soon_replaced(room):
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    figure = Figure(2.5)
    figure.seek(lambda: back_in(host, room, osc,
                                processes.stop))
    figure.check()


def test_what_reached_the_plugin_fires_without_its_bridge(room):
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    due = time.time() + 1.5
    osc.packet(codec.bundle(codec.time_tag(due),
                            codec.message("/strip/input_gain", -7.0)))
    osc.sync()
    back_in(host, room, osc, lambda pid: os.kill(pid, signal.SIGKILL))
    value = osc.value("/strip/input_gain")
    assert value == 0.0 or time.time() >= due - MADE_UP
    wait_until(lambda: osc.value("/strip/input_gain") == -7.0, "the bundle")
    assert time.time() >= due - MADE_UP


def test_renamed_and_moved_while_stopped_survives_a_new_bridge(room):
    room.host("--stopped", "--instances", 2)
    osc = room.udp()
    room.wait_names(osc, names(2))
    osc.send("/strip-2/name", "vocals")
    osc.send("/vocals/pan", 0.5)
    osc.sync()
    assert osc.value("/vocals/pan") == 0.5
    for value in (0.25, -0.25):
        room.kill_bridge()
        osc = room.udp()
        room.wait_names(osc, ["strip", "vocals"])
        osc.send("/vocals/pan", value)
        osc.sync()
        assert osc.value("/vocals/pan") == value


def test_a_host_that_was_stopped_does_not_blame_the_bridge(room):
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    bridge = room.bridge_pid()
    processes.stop(host.pid)
    time.sleep(3.0)
    os.kill(host.pid, signal.SIGCONT)
    position = int(host.do("position")[0])
    host.do(f"wait {position + 2 * 48000}", timeout=5 + PATIENCE)
    assert room.bridge_pid() == bridge
    assert osc.value("/strip/mute") == 0.0


def test_the_preset_is_still_known(room):
    room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    label = room.wait_presets(osc)[3][0]
    osc.send("/strip/preset/load", label)
    osc.sync()
    assert osc.value("/strip/preset") == label
    for _ in range(2):
        room.kill_bridge()
        osc = room.udp()
        room.wait_names(osc, names(1))
        assert osc.value("/strip/preset") == label
    osc.send("/strip/pan", 0.75)
    osc.sync()
    assert osc.value("/strip/preset") == ""
