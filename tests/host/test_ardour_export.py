# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour exports twice: the files are the same, whatever OSC does meanwhile."""

import random

import numpy
import pytest

from conftest import wait_until
from lib import osc
from lib.ardour import RATE, Ardour

SECONDS = 30  # Of sound, in some 4 s
# With long tails, which Ardour does not silence when an export begins
SETTINGS = {
    "comp_threshold": -30.0,
    "comp_ratio": 4.0,
    "comp_makeup": 6.0,
    "pan": -0.5,
    "delay_mix": 0.5,
    "delay_feedback": 0.8,
    "reverb_mix": 0.25,
    "reverb_decay": 8.0,
    "width": 0.5,
}
FADE = [(0, -40.0), (SECONDS * RATE // 2, 6.0), (SECONDS * RATE, -20.0)]


def values(client):
    """Of all that OSC may set."""
    outputs = ("input_peak", "output_peak", "gain_reduction", "osc_late")
    return {line[0]: line[1] for line in client.list("/strip/list")
            if line[0] not in outputs}


def sound(path):
    """The samples of a file; its header says when it was made."""
    data = path.read_bytes()
    at = 12
    while data[at:at + 4] != b"data":
        at += 8 + (int.from_bytes(data[at + 4:at + 8], "little") + 1 & ~1)
    return data[at + 8:at + 8 + SECONDS * RATE * 2 * 4]


def is_exporting(client):
    """Whether OSC would change something, were there something to change."""
    client.flush()
    client.send("/strip/mute", False)
    client.send("/ringside/ping")
    answers = []
    while not answers or answers[-1][0] != "/ringside/pong":
        answers.append(client.receive())
    return answers[0][0] == "/error" and answers[0][2][1] == 503


def hammer(client, symbols, count):
    """Move everything in each way there is; none of it counts."""
    for _ in range(count):
        for symbol in symbols:
            position = random.random()
            client.send(f"/strip/{symbol}/normalized", position)
            client.send(f"/strip/{symbol}/ramp", position, 0.1)
        client.packet(osc.bundle(osc.IMMEDIATELY, *[
            osc.message(f"/strip/{symbol}/reset") for symbol in symbols]))
        client.send("/strip/preset/load", "Telephone")
        client.send("/strip/cancel")
    client.flush()


def test_exports_are_the_same(room):
    ardour = Ardour(room, source="Steady Level")
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    ardour.name_controls(client)
    ardour.draw("output_gain", FADE)
    ardour.mode("output_gain", "Play")
    for symbol, value in SETTINGS.items():
        client.send(f"/strip/{symbol}", value)
        ardour.wait_param(symbol, pytest.approx(value, abs=1e-5))
    ardour.save()
    before = values(client)

    files = []
    for name in ("quiet", "fire"):
        ardour.begin_export(name, SECONDS)
        wait_until(lambda: is_exporting(client), "the export")
        if name == "fire":
            hammer(client, list(before), 10)
            assert is_exporting(client), "it was over too early for this test"
        files.append(ardour.end_export(name))
        wait_until(lambda: not is_exporting(client), "its end")
        assert values(client) == before
        assert not ardour.is_dirty()

    quiet, fire = [numpy.frombuffer(sound(path), "<f4") for path in files]
    assert quiet.size == SECONDS * RATE * 2
    assert 1.0 < abs(quiet).max() < 8.0  # A level of 0.25, and all its gains
    different = numpy.flatnonzero(quiet != fire)
    assert not different.size, (different[:10], abs(quiet - fire).max())
    ardour.leave()
