# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour: OSC moves the sound while it rolls, and the session remembers."""

import pathlib

import pytest

from conftest import PATIENCE, wait_until
from lib import hosts

SCRIPT = pathlib.Path(__file__).with_name("ardour.lua")


class Ardour(hosts.Talker):
    def __init__(self, room, folder, mode):
        program = hosts.need("ardour7-lua")
        if not (room.lv2 / "ringside.lv2").exists():
            room.copy_bundle()
        super().__init__(
            [program, str(SCRIPT), str(folder), mode],
            dict(room.env, LV2_PATH=hosts.host_lv2_path(room)))
        room.things.append(self)
        self.wait_for("= ready")

    def ask(self, command, timeout=PATIENCE):
        self.tell(command)
        return self.wait_for("= ", timeout).split(" ", 1)[1]

    def peak(self):
        return float(self.ask("peak"))

    def wait_peak(self, level, tolerance=0.5):
        wait_until(lambda: abs(self.peak() - level) < tolerance,
                   f"a level of {level} dB")

    def leave(self):
        assert self.ask("quit") == "closed"
        self.end_input()
        self.process.wait(PATIENCE)


def number_of(osc, symbol):
    """Ardour counts all control ports, and freewheel, which is its own."""
    return 1 + [line[0] for line in osc.list("/strip/list")].index(symbol)


@pytest.fixture
def session(room):
    return room.folder / "session"


def test_osc_moves_the_sound_and_the_session_remembers(room, session):
    ardour = Ardour(room, session, "create")
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

    again = Ardour(room, session, "load")
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


def test_the_knob_and_osc_take_turns(room, session):
    ardour = Ardour(room, session, "create")
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    gain = number_of(osc, "output_gain")

    osc.send("/strip/output_gain", -12.0)
    assert osc.value("/strip/output_gain") == -12.0
    assert ardour.ask(f"touch {gain} -6") == "true"
    wait_until(lambda: osc.value("/strip/output_gain") == -6.0, "the knob")
    osc.send("/strip/output_gain", -18.0)
    assert osc.value("/strip/output_gain") == -18.0
    ardour.leave()


def test_a_preset_saved_over_osc_is_in_its_menu(room, session):
    host = room.host("--until-stdin-eof",
                     env=dict(room.env, LV2_PATH=hosts.host_lv2_path(room)))
    osc = room.udp(20)
    room.wait_names(osc, ["strip"], 60)
    osc.send("/strip/output_gain", -17.0)
    osc.send("/strip/delay_mode", "Ping-pong")
    osc.send("/strip/preset/save", "Made by a controller")
    wait_until(lambda: "Made by a controller" in
               [line[0] for line in osc.list("/strip/preset/list")],
               "the preset in the list", 60)
    assert host.quit()

    ardour = Ardour(room, session, "create")
    osc = room.udp(20)
    room.wait_names(osc, ["strip"], 60)
    assert ardour.ask("preset Made by a controller") == "true"
    wait_until(lambda: osc.value("/strip/output_gain") == -17.0, "its gain", 60)
    wait_until(lambda: osc.value("/strip/delay_mode") == 1.0, "its mode", 60)
    assert float(ardour.ask(
        f"param {number_of(osc, 'output_gain')}")) == -17.0
    ardour.leave()


def test_nothing_is_left_behind(room, session):
    ardour = Ardour(room, session, "create")
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    ardour.leave()
    wait_until(lambda: not room.processes(), "no process")
    assert room.leftovers() == []


def test_the_knob_follows_osc(room, session):
    """Automation is off: the knob moves, and the session knows."""
    ardour = Ardour(room, session, "create")
    osc = room.udp(20)
    room.wait_names(osc, ["strip"], 20)
    gain = number_of(osc, "output_gain")
    osc.send("/strip/output_gain", -12.5)
    wait_until(lambda: float(ardour.ask(f"param {gain}")) == -12.5, "the knob")
    assert osc.value("/strip/output_gain") == -12.5

    # A ramp ends where it should, and the user's hand still wins
    osc.send("/strip/output_gain/ramp", -20.0, 0.5)
    wait_until(lambda: float(ardour.ask(f"param {gain}")) == -20.0, "its end")
    assert osc.value("/strip/output_gain") == -20.0
    assert ardour.ask(f"touch {gain} -6") == "true"
    wait_until(lambda: osc.value("/strip/output_gain") == -6.0, "the hand")
    osc.send("/strip/output_gain", -7.0)
    wait_until(lambda: float(ardour.ask(f"param {gain}")) == -7.0, "OSC")
    assert ardour.ask("save") == "0"
    text = (session / "test.ardour").read_text()
    assert '<Port symbol="output_gain" value="-7"/>' in text
    ardour.leave()

    again = Ardour(room, session, "load")
    osc = room.udp(20)
    room.wait_names(osc, ["strip"], 20)
    assert float(again.ask(f"param {gain}")) == -7.0
    assert osc.value("/strip/output_gain") == -7.0
    again.leave()


def test_a_lane_that_plays_wins(room, session):
    ardour = Ardour(room, session, "create")
    osc = room.udp(20)
    room.wait_names(osc, ["strip"], 20)
    gain = number_of(osc, "output_gain")
    assert ardour.ask(f"lane {gain} -9") == "plays"
    assert ardour.ask("roll") == "rolls"
    wait_until(lambda: osc.value("/strip/output_gain") == -9.0, "the lane", 20)

    osc.send("/strip/output_gain", -3.0)
    wait_until(lambda: osc.value("/strip/output_gain") == -9.0, "the refusal")
    for level in (-4.0, -5.0, -6.0):
        osc.send("/strip/output_gain", level)
        assert osc.value("/strip/output_gain") == -9.0
    assert float(ardour.ask(f"param {gain}")) == -9.0

    # Other parameters have no lane
    width = number_of(osc, "width")
    osc.send("/strip/width", 0.5)
    wait_until(lambda: float(ardour.ask(f"param {width}")) == 0.5, "the width")
    assert ardour.ask("lanes") == "2"
    ardour.leave()
