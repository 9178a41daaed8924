# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour: OSC moves the sound while it rolls, and the session remembers."""

from conftest import wait_until
from lib.ardour import Ardour


def test_osc_moves_the_sound_and_the_session_remembers(room):
    ardour = Ardour(room)
    osc = room.udp()
    room.wait_names(osc, ["strip"])

    # The noise is uniform, so its peaks are steady
    assert ardour.ask("roll") == "rolls"
    wait_until(lambda: ardour.ask("rolling").startswith("true"), "rolling")
    wait_until(lambda: ardour.peak() > -30.0, "sound")
    level = ardour.peak()

    osc.send("/strip/output_gain", -12.0)
    assert osc.value("/strip/output_gain") == -12.0
    ardour.wait_peak(level - 12.0)
    osc.send("/strip/output_gain", -24.0)
    osc.send("/strip/width", 0.0)
    ardour.wait_peak(level - 24.0, 3.0)
    osc.send("/strip/width", 1.0)
    ardour.wait_peak(level - 24.0)
    assert ardour.ask("rolling").startswith("true")

    # A name of its own, and values that no knob was moved to
    osc.send("/strip/name", "vocals")
    room.wait_names(osc, ["vocals"])
    osc.send("/vocals/delay_mode", "Ping-pong")
    osc.send("/vocals/hpf_freq", 123.0)
    assert osc.value("/vocals/hpf_freq") == 123.0
    assert ardour.ask("stop") == "stops"
    wait_until(lambda: ardour.ask("rolling").startswith("false"), "stop")

    # While stopped, too
    osc.send("/vocals/reverb_mix", 0.25)
    assert osc.value("/vocals/reverb_mix") == 0.25
    assert ardour.ask("save") == "0"
    ardour.leave()

    again = Ardour(room, "load")
    osc = room.udp()
    room.wait_names(osc, ["vocals"])
    assert osc.value("/vocals/output_gain") == -24.0
    assert osc.value("/vocals/hpf_freq") == 123.0
    assert osc.value("/vocals/delay_mode") == 1.0
    assert osc.value("/vocals/reverb_mix") == 0.25
    assert osc.value("/vocals/width") == 1.0
    assert again.ask("roll") == "rolls"
    osc.send("/vocals/reverb_mix", 0.0)
    osc.send("/vocals/hpf_freq", 20.0)
    again.wait_peak(level - 24.0)
    again.leave()


def test_nothing_is_left_behind(room):
    ardour = Ardour(room)
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    ardour.leave()
    wait_until(lambda: not room.processes(), "no process")
    assert room.leftovers() == []
