# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Addresses of parameters, through the real bridge and the real plugin in
rs-host: their values, what they say of themselves, patterns over them."""

import math
import time

import pytest

from conftest import MADE_UP, PATIENCE, slower, wait_until
from lib import osc
from lib.strips import refused, table

DEFAULTS = {"input_gain": 0.0, "hpf_freq": 20.0, "comp_attack": 10.0,
            "delay_time": 300.0, "delay_mix": 0.0, "pan": 0.0, "mute": 0.0}


# Values


@pytest.mark.parametrize("argument, value", [
    (3, 3.0), (-4.5, -4.5), (osc.Tagged("h", 7), 7.0),
    (osc.Tagged("d", 1.25), 1.25), (100, 24.0), (-100.0, -24.0),
    (osc.Tagged("h", -2**63), -24.0), (osc.Tagged("d", 1e308), 24.0)])
def test_set_a_number(strip, argument, value):
    strip.send("/strip/input_gain", argument)
    assert strip.value("/strip/input_gain") == value
    assert strip.drain() == []


def test_set_toggle_and_enum(strip):
    for argument, value in [(True, 1.0), (False, 0.0), (1, 1.0), (0.4, 0.0),
                            (0.6, 1.0), (-3, 0.0), (9, 1.0)]:
        strip.send("/strip/mute", argument)
        assert strip.value("/strip/mute") == value
    for argument, value in [("Ping-pong", 1.0), ("Stereo", 0.0), (1, 1.0),
                            (osc.Tagged("S", "Stereo"), 0.0), (0.7, 1.0),
                            (-1, 0.0), (5, 1.0)]:
        strip.send("/strip/delay_mode", argument)
        assert strip.value("/strip/delay_mode") == value


def test_query_outputs_and_without_type_tags(strip):
    wait_until(lambda: strip.value("/strip/osc_port") == strip.to[1],
               "the port on its output")
    assert strip.value("/strip/osc_late") == 0.0
    strip.packet(osc.string("/strip/pan"))
    assert strip.receive() == ("/strip/pan", "f", [0.0])


def test_a_host_that_cannot_be_told_keeps_values(strip):
    """There and back is no sign that the host answers, nor is time."""
    strip.send("/strip/mute", True)
    strip.send("/strip/mute", False)
    assert strip.value("/strip/mute") == 0.0
    strip.send("/strip/input_gain", 3.0)
    time.sleep(0.8)  # Hosts that do answer have 0.3 s
    strip.send("/strip/pan", 0.5)
    time.sleep(0.8)
    assert strip.value("/strip/input_gain") == 3.0
    assert strip.value("/strip/pan") == 0.5


def test_set_refused(strip):
    text = refused(strip, 400, "/strip/input_gain", "loud")
    assert "dB" in text and "-24" in text and "24" in text
    refused(strip, 400, "/strip/input_gain", True)
    refused(strip, 400, "/strip/input_gain", None)
    refused(strip, 400, "/strip/input_gain", b"blob")
    refused(strip, 400, "/strip/input_gain", osc.Tagged("I"))
    assert "Ping-pong" in refused(strip, 400, "/strip/delay_mode", "Mono")
    assert "output" in refused(strip, 400, "/strip/osc_port", 1)
    assert "input_gain" in refused(strip, 404, "/strip/input_gian", 1)
    assert "strip" in refused(strip, 404, "/strop/input_gain", 1)
    refused(strip, 404, "/strip/0", 1)  # Never by index
    refused(strip, 404, "/strip", 1)
    refused(strip, 404, "/strip/input_gain/", 1)
    assert strip.value("/strip/input_gain") == 0.0


def test_normalized(strip):
    strip.send("/strip/hpf_freq/normalized", 0.5)
    middle = strip.value("/strip/hpf_freq")
    assert middle == pytest.approx(math.sqrt(20 * 1000), rel=1e-6)
    assert strip.value("/strip/hpf_freq/normalized") == pytest.approx(0.5)
    for position, value in [(0.0, 20.0), (1.0, 1000.0), (-1.0, 20.0),
                            (2.0, 1000.0)]:
        strip.send("/strip/hpf_freq/normalized", position)
        assert strip.value("/strip/hpf_freq") == pytest.approx(value)
    for symbol, position, value in [
            ("mute", 0.5, 1.0), ("mute", 0.49, 0.0), ("delay_mode", 0.6, 1.0),
            ("pan", 0.25, -0.5), ("input_gain", 0.75, 12.0)]:
        strip.send(f"/strip/{symbol}/normalized", position)
        assert strip.value(f"/strip/{symbol}") == pytest.approx(value)
    assert strip.value("/strip/input_gain/normalized") == pytest.approx(0.75)
    refused(strip, 400, "/strip/pan/normalized", float("nan"))
    refused(strip, 400, "/strip/osc_port/normalized", 0.5)


def test_ramp(strip):
    def trial(factor):
        strip.send("/strip/input_gain", 0.0)
        strip.sync()
        start = time.monotonic()
        strip.send("/strip/input_gain/ramp", 24.0, 0.6 * factor)
        seen = []
        while not seen or seen[-1] < 24.0:
            seen.append(strip.value("/strip/input_gain"))
            assert time.monotonic() < start + PATIENCE
        assert 0.6 * factor - MADE_UP < time.monotonic() - start
        assert seen == sorted(seen)
        assert seen[-1] == 24.0
        return len(set(seen)) > 10
    slower(trial, "more than ten values of a ramp")


@pytest.mark.parametrize("curve", ["linear", "exp", "sine"])
def test_ramp_curves(strip, curve):
    """On its way a curve is where its formula says, and not elsewhere."""
    shapes = {"linear": lambda x: x,
              "exp": lambda x: math.expm1(4 * x) / math.expm1(4),
              "sine": lambda x: (1 - math.cos(math.pi * x)) / 2}

    def trial(factor):
        # The linear one says how far both are, whatever the time
        strip.send("/strip/input_gain", -24.0)
        strip.send("/strip/pan", -1.0)
        strip.sync()
        strip.packet(osc.bundle(
            1, osc.message("/strip/pan/ramp", 1.0, 1.0 * factor),
            osc.message("/strip/input_gain/ramp", 24.0, 1.0 * factor, curve)))
        strip.sync()
        close, after = 0, 0.0
        while after < 1.0:
            before = (strip.value("/strip/pan") + 1.0) / 2.0
            at = (strip.value("/strip/input_gain") + 24.0) / 48.0
            after = (strip.value("/strip/pan") + 1.0) / 2.0
            # Between two of its steps of 32 frames one may be ahead
            low, high = max(0.0, before - 0.001), min(1.0, after + 0.001)
            assert shapes[curve](low) - 1e-4 <= at <= shapes[curve](high) + 1e-4
            close += after - before < 0.1 and 0.0 < at < 1.0
            time.sleep(0.005)
        return close > 5
    slower(trial, "values close to a curve")


def test_ramp_ends(strip):
    strip.send("/strip/input_gain/ramp", 24.0, 3600.0)
    strip.send("/strip/input_gain", -3.0)
    strip.sync()
    assert strip.value("/strip/input_gain") == -3.0
    strip.send("/strip/input_gain/ramp", 24.0, 3600.0)
    strip.send("/strip/cancel")
    strip.sync()
    stopped = strip.value("/strip/input_gain")
    time.sleep(0.05)  # Time in which it would go on
    assert strip.value("/strip/input_gain") == stopped < 24.0
    strip.send("/strip/mute/ramp", 1, 3600.0)
    assert strip.value("/strip/mute") == 1.0
    strip.send("/strip/pan/ramp", 1.0, 0)
    assert strip.value("/strip/pan") == 1.0
    refused(strip, 400, "/strip/pan/ramp", 1.0)
    refused(strip, 400, "/strip/pan/ramp", 1.0, "soon")
    refused(strip, 400, "/strip/pan/ramp", 1.0, 1.0, "cubic")
    refused(strip, 400, "/strip/pan/ramp")


def test_add_toggle_reset(strip):
    strip.send("/strip/input_gain/add", 2.0)
    strip.send("/strip/input_gain/add", osc.Tagged("d", -0.5))
    strip.send("/strip/input_gain/add", 1)
    assert strip.value("/strip/input_gain") == 2.5
    strip.send("/strip/input_gain/add", 1e30)
    assert strip.value("/strip/input_gain") == 24.0
    strip.send("/strip/input_gain/reset")
    assert strip.value("/strip/input_gain") == 0.0
    for expected in (1.0, 0.0, 1.0):
        strip.send("/strip/mute/toggle")
        assert strip.value("/strip/mute") == expected
    strip.send("/strip/mute/toggle", 1.0)  # A button pressed
    assert strip.value("/strip/mute") == 0.0
    refused(strip, 400, "/strip/pan/toggle")
    refused(strip, 400, "/strip/pan/add", "x")


@pytest.mark.parametrize("release", [0, 0.0, False, osc.Tagged("d", 0.0)])
def test_buttons_let_go(strip, release):
    strip.send("/strip/input_gain", 5.0)
    strip.send("/strip/preset/load", 1)
    label = strip.value("/strip/preset")
    gain = strip.value("/strip/input_gain")
    for word in ("mute/toggle", "input_gain/reset", "preset/next",
                 "preset/previous", "cancel", "list", "input_gain/range",
                 "delay_mode/labels", "preset/list"):
        strip.send(f"/strip/{word}", release)
    strip.send("/ringside/version", release)
    strip.send("/ringside/instances", release)
    strip.sync()
    assert strip.drain() == []
    assert strip.value("/strip/preset") == label
    assert strip.value("/strip/input_gain") == gain


def test_extra_arguments(strip):
    strip.send("/strip/mute/toggle", 1, "pressed", 0.5)
    assert strip.value("/strip/mute") == 1.0
    strip.send("/strip/pan", 0.5, "extra")
    assert strip.value("/strip/pan") == 0.5
    assert strip.ask("/strip/pan/range", "x", 1)[1] == "fffss"


# Descriptions


def test_range_and_labels(strip):
    assert strip.ask("/strip/hpf_freq/range") == (
        "/strip/hpf_freq/range", "fffss", [20.0, 20.0, 1000.0, "Hz", "log"])
    assert strip.ask("/strip/mute/range")[2] == [0.0, 0.0, 1.0, "", "toggle"]
    assert strip.ask("/strip/delay_mode/range")[2][3:] == ["", "enum"]
    assert strip.list("/strip/delay_mode/labels") == [[0.0, "Stereo"],
                                                      [1.0, "Ping-pong"]]
    assert strip.list("/strip/pan/labels") == []


def test_list(strip):
    strip.send("/strip/pan", 0.25)
    strip.send("/strip/list")
    first = strip.receive()
    assert first[:2] == ("/strip/list", "sffffssss")
    strip.wait_for("/strip/list/end")
    lines = table(strip)
    assert lines["pan"][:4] == [0.25, 0.0, -1.0, 1.0]
    assert lines["hpf_freq"] == [20.0, 20.0, 20.0, 1000.0, "Hz", "log",
                                 lines["hpf_freq"][6], lines["hpf_freq"][7]]
    assert "enabled" in lines and "osc_port" in lines
    assert "freewheel" not in lines
    for symbol, value in DEFAULTS.items():
        assert lines[symbol][1] == value
    # What the list says of each is what each says itself
    for symbol, (value, initial, low, high, unit, scale, *_) in lines.items():
        assert strip.ask(f"/strip/{symbol}/range")[2] == [
            initial, low, high, unit, scale]
        if symbol not in ("input_peak", "output_peak", "gain_reduction"):
            assert strip.value(f"/strip/{symbol}") == value


# Patterns


def test_patterns(two):
    two.send("/*/mute", 1)
    assert two.value("/strip/mute") == two.value("/strip-2/mute") == 1.0
    two.send("/strip/{low,high}_gain", 3)
    two.send("/strip-[2-9]/*_mid_gain", -3)
    two.send("/strip?2/pan", 0.5)
    two.send("//width", 2)
    two.sync()
    first, second = table(two), table(two, "strip-2")
    changed = [{s: v[0] for s, v in lines.items() if v[0] != v[1]
                and not s.endswith("_peak") and s != "osc_port"}
               for lines in (first, second)]
    assert changed == [
        {"mute": 1.0, "low_gain": 3.0, "high_gain": 3.0, "width": 2.0},
        {"mute": 1.0, "low_mid_gain": -3.0, "high_mid_gain": -3.0,
         "pan": 0.5, "width": 2.0}]

    two.send("/*/pan")
    assert [two.receive(), two.receive()] == [("/strip/pan", "f", [0.0]),
                                              ("/strip-2/pan", "f", [0.5])]
    two.send("/*/na[m]e")
    assert [two.receive(), two.receive()] == [
        ("/strip/name", "s", ["strip"]), ("/strip-2/name", "s", ["strip-2"])]
    two.send("/*/{pan,width}/reset")
    assert two.value("/strip/width") == two.value("/strip-2/width") == 1.0
    assert two.drain() == []


def test_wildcards_name_no_action(strip):
    assert "named" in refused(strip, 400, "/strip/mute/t*e")
    strip.send("/s*/mute/toggle")
    assert strip.value("/strip/mute") == 1.0


def test_patterns_skip_what_does_not_fit(strip):
    strip.send("/strip/*", "Ping-pong")
    assert strip.value("/strip/delay_mode") == 1.0
    assert strip.value("/strip/name") == "strip"
    assert strip.drain() == []


def test_asking_everything_changes_nothing(strip):
    strip.send("/strip/pan", 0.5)
    strip.send("/strip/preset/save", "Mine")
    strip.sync()
    before = table(strip)["pan"]
    for pattern in ("/strip/*", "//*", "/strip/*/*", "/*/preset/*"):
        strip.send(pattern)
    strip.sync()
    assert table(strip)["pan"] == before
    assert strip.value("/strip/mute") == 0.0


def test_patterns_without_a_match(two):
    for pattern in ("/*/nothing", "/vox*/mute", "/ringsid?/version",
                    "//version", "/*", "/strip/m*/x", "//", "/strip//"):
        refused(two, 404, pattern, 1)
    for pattern in ("/[a/mute", "/{a/mute", "/{a,{b}}/mute"):
        refused(two, 400, pattern, 1)
    assert two.value("/strip/mute") == 0.0
