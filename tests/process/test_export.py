# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The host exports (freewheels) while OSC hammers at it: bit by bit the same."""

import threading
import time

import numpy
import pytest

from conftest import names, wait_until
from lib import osc as codec

RATE = 48000
BLOCK = 256
LENGTH = RATE * 60
LANES = {"output_gain": (0.0, -12.0, 6.0), "low_gain": (0.0, 9.0, -9.0),
         "delay_mix": (0.0, 0.4, 0.1)}


class Hammer:
    """Sets, ramps, presets and more from several controllers at once."""

    SETS = (("/strip/output_gain", -40.0), ("/strip/low_gain", 12.0),
            ("/strip/mute", 1), ("/strip/pan/ramp", 1.0, 0.5),
            ("/strip/input_gain/add", 1.0), ("/strip/enabled/toggle",),
            ("/strip/preset/load", 1), ("/strip/preset/next",),
            ("/*/reverb_mix", 1.0))

    def __init__(self, room, count=2):
        self.is_ending = False
        self.n_refused = 0
        self.others = []
        self.clients = [room.udp() for _ in range(count)]
        self.threads = [threading.Thread(target=self.hit, args=(client,))
                        for client in self.clients]
        for thread in self.threads:
            thread.start()

    def hit(self, client):
        n = 0
        while not self.is_ending:
            for address, *arguments in self.SETS:
                client.send(address, *arguments)
            n += 1
            client.packet(codec.bundle(
                codec.time_tag(time.time() + 0.05 * (n % 5)),
                codec.message("/strip/mute", 1),
                codec.message("/strip/width", 0.0)))
            client.send("/ringside/ping", n)
            while (answer := client.receive()) and (
                    answer[0] != "/ringside/pong"):
                if answer[0] == "/error" and answer[2][1] == 503:
                    self.n_refused += 1
                else:
                    self.others.append(answer)

    def end(self):
        self.is_ending = True
        for thread in self.threads:
            thread.join()


def locate(host, osc):
    """As a host does before it exports: ports, and plugins, as at the start."""
    for symbol, values in LANES.items():
        host.do(f"port {symbol} {values[0]}")
    for symbol, values in LANES.items():
        wait_until(lambda: osc.value(f"/strip/{symbol}") == values[0],
                   f"{symbol} to be at its start")
    host.do("stop")
    host.do("deactivate")
    host.do("activate")
    host.do(f"locate {10 * RATE}")


def export(host):
    """One pass through the song with its lanes."""
    for i in range(2):
        for k, (symbol, values) in enumerate(LANES.items()):
            frame = 10 * RATE + LENGTH * (i + 1) // 3 + 1000 * k
            host.do(f"at {frame} {symbol} {values[i + 1]}")
    host.do("record 1")
    host.do(f"run {LENGTH}", timeout=300)
    host.do("record 0")


def single(value):
    """As a float of 32 bits."""
    return float(numpy.float32(value))


def values_of(osc):
    return {line[0]: line[1] for line in osc.list("/strip/list")
            if line[0] not in ("input_peak", "output_peak", "osc_port",
                               "gain_reduction", "osc_late")}


def refuses(osc):
    """Whether a set is answered by 503 (its value is the default)."""
    osc.send("/strip/width", 1.0)
    osc.send("/ringside/ping", "refuses")
    codes = []
    while (answer := osc.receive())[0] != "/ringside/pong":
        codes.append(answer[2][1] if answer[0] == "/error" else 0)
    return codes == [503]


@pytest.mark.parametrize("way", ((), ("--ardour",), ("--kx", "at-once")))
def test_two_exports_are_the_same_bit_by_bit(room, way):
    host = room.host("--input", "noise:7", "--block", BLOCK, *way)
    osc = room.udp()
    room.wait_names(osc, names(1))
    host.do("roll 1")

    # Before: values of OSC, a ramp under way, and commands that wait
    osc.send("/strip/reverb_mix", 0.2)
    osc.send("/strip/hpf_freq", 80.0)
    osc.send("/strip/input_gain/ramp", 20.0, 3600.0)
    for n in range(50):
        osc.packet(codec.bundle(codec.time_tag(time.time() + 40.0),
                                codec.message("/strip/width", n / 50)))
    osc.sync()
    wait_until(lambda: osc.value("/strip/input_gain") > 0.0, "the ramp")
    dropped = osc.status()["dropped"]

    # What comes before the bridge knows is dropped by the plugin, and counted
    host.do("freewheel 1")
    tries = []
    wait_until(lambda: refuses(osc) or tries.append(1), "503")
    stopped_at = osc.value("/strip/input_gain")
    assert 0.0 < stopped_at < 1.0
    dropped = osc.status()["dropped"] - dropped
    assert 50 <= dropped <= 50 + len(tries)

    passes = []
    for n in range(2):
        if n:
            # Between two exports the host is itself again
            host.do("freewheel 0")
            host.do("start")
            wait_until(lambda: not refuses(osc), "no 503")
            osc.send("/strip/pan", 0.0)
            osc.sync()
            host.do("freewheel 1")
            wait_until(lambda: refuses(osc), "503")
        locate(host, osc)
        before = values_of(osc)
        hammer = Hammer(room)
        try:
            wait_until(lambda: hammer.n_refused > 100, "refusals")
            export(host)
        finally:
            hammer.end()
        assert hammer.n_refused > 100
        assert hammer.others == []

        # Only the lanes moved anything
        for symbol, values in LANES.items():
            before[symbol] = single(values[-1])
        assert values_of(osc) == before
        passes.append(before)

    path = room.folder / "sound.f32"
    host.do(f"write {path}")
    sound = numpy.fromfile(path, numpy.uint32)
    assert len(sound) == 2 * 2 * LENGTH
    first, second = sound.reshape(2, -1)
    assert (first == second).all(), numpy.flatnonzero(first != second)[:10]
    assert len(numpy.unique(first[:RATE])) > 1000  # It is no silence
    assert passes[0] == passes[1]

    # Afterwards OSC has its say again, and the ramp does not go on
    host.do("freewheel 0")
    host.do("start")
    wait_until(lambda: not refuses(osc), "no 503")
    assert osc.value("/strip/input_gain") == stopped_at
    osc.send("/strip/input_gain", -1.0)
    osc.sync()
    assert osc.value("/strip/input_gain") == -1.0
