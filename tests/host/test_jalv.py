# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The whole way in jalv: OSC moves the sound, presets are found by LV2 hosts."""

import math

import pytest

from conftest import wait_until
from lib import hosts

INPUT = 20 * math.log10(0.25)  # What the probe plays, peak dB


@pytest.fixture
def jack(room):
    return hosts.Jack(room)


def test_osc_moves_the_sound(room, jack):
    jack.jalv("fx")
    probe = jack.probe("fx")
    osc = room.udp()
    room.wait_names(osc, ["strip"])

    probe.wait_peak(INPUT)
    osc.send("/strip/output_gain", -20.0)
    assert osc.value("/strip/output_gain") == -20.0
    probe.wait_peak(INPUT - 20.0)

    osc.send("/strip/output_gain", 6.0)
    osc.send("/strip/mute", True)
    assert osc.value("/strip/mute") == 1.0
    probe.wait_peak(-200.0, 120.0)
    osc.send("/strip/mute/toggle")
    probe.wait_peak(INPUT + 6.0)

    # A ramp arrives by itself
    osc.send("/strip/output_gain/ramp", -12.0, 0.3)
    probe.wait_peak(INPUT - 12.0)
    assert osc.value("/strip/output_gain") == -12.0


def test_outputs_are_answered(room, jack):
    jack.jalv("fx")
    probe = jack.probe("fx")
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    probe.wait_peak(INPUT)
    wait_until(
        lambda: abs(osc.value("/strip/input_peak") - INPUT) < 1.0,
        "the input peak")
    assert osc.value("/strip/osc_port") == room.port()


def test_the_console_wins_over_osc_and_back(room, jack):
    jalv = jack.jalv("fx")
    probe = jack.probe("fx")
    osc = room.udp()
    room.wait_names(osc, ["strip"])

    osc.send("/strip/output_gain", -30.0)
    probe.wait_peak(INPUT - 30.0)
    jalv.tell("output_gain = -10")
    probe.wait_peak(INPUT - 10.0)
    assert osc.value("/strip/output_gain") == -10.0
    osc.send("/strip/output_gain", -25.0)
    probe.wait_peak(INPUT - 25.0)


def test_saved_preset_is_found_by_a_new_host(room, jack):
    first = jack.jalv("one")
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    osc.send("/strip/output_gain", -17.0)
    osc.send("/strip/delay_mode", "Ping-pong")
    room.wait_presets(osc)
    osc.send("/strip/preset/save", "Made in jalv")

    def uri():
        for label, uri, is_factory in osc.list("/strip/preset/list"):
            if label == "Made in jalv":
                assert not is_factory
                return uri
        return None
    saved = wait_until(uri, "the preset in the list")
    first.close()

    second = jack.jalv("two")
    probe = jack.probe("two")
    room.wait_names(osc, ["strip"])
    probe.wait_peak(INPUT)
    second.tell("presets")
    second.wait_for(saved)
    second.tell(f"preset {saved}")
    probe.wait_peak(INPUT - 17.0)
    assert osc.value("/strip/output_gain") == -17.0
    assert osc.value("/strip/delay_mode") == 1.0
    assert osc.value("/strip/hpf_freq") == 20.0
    # A host's own preset does not rename the instance
    assert osc.instances() == ["strip"]


def test_two_hosts_share_one_bridge(room, jack):
    jack.jalv("one")
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    bridge = room.bridge_pid()
    second = jack.jalv("two")
    room.wait_names(osc, ["strip", "strip-2"])
    assert room.bridge_pid() == bridge

    probe = jack.probe("two")
    osc.send("/strip-2/output_gain", -9.0)
    probe.wait_peak(INPUT - 9.0)
    assert osc.value("/strip/output_gain") == 0.0
    probe.close()
    second.close()
    room.wait_names(osc, ["strip"])
