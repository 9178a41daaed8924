# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Every address, through the real bridge and the real plugin in rs-host."""

import math
import re
import struct
import time

import pytest

from conftest import MADE_UP, PATIENCE, SOURCE, slower, wait_until
from lib import osc

DEFAULTS = {"input_gain": 0.0, "hpf_freq": 20.0, "comp_attack": 10.0,
            "delay_time": 300.0, "delay_mix": 0.0, "pan": 0.0, "mute": 0.0}


@pytest.fixture
def strip(room):
    """A host with one strip, and a client."""
    room.the_host = room.host()
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    return client


@pytest.fixture
def two(room):
    room.the_host = room.host("--instances", 2)
    client = room.udp()
    room.wait_names(client, ["strip", "strip-2"])
    return client


def f32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def refused(client, code, address, *arguments):
    """The sentence of the one error that this gets."""
    client.send(address, *arguments)
    answer = client.receive()
    assert answer[:2] == ("/error", "sis"), answer
    assert answer[2][:2] == [address, code], answer
    client.send("/ringside/ping", "after")
    assert client.receive() == ("/ringside/pong", "s", ["after"])
    return answer[2][2]


def table(client, name="strip"):
    return {line[0]: line[1:] for line in client.list(f"/{name}/list")}


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


# Presets


def test_preset_list_and_load(strip):
    presets = strip.list("/strip/preset/list")
    labels = [label for label, _, _ in presets]
    assert len(presets) >= 12
    assert labels == sorted(labels, key=lambda text: text.encode())
    assert all(factory is True for _, _, factory in presets)
    assert strip.value("/strip/preset") == ""

    strip.send("/strip/preset/load", 2)
    assert strip.value("/strip/preset") == labels[1]
    by_number = table(strip)
    strip.send("/strip/preset/load", labels[0])
    assert strip.value("/strip/preset") == labels[0]
    assert table(strip) != by_number
    strip.send("/strip/preset/load", presets[1][1])
    assert strip.value("/strip/preset") == labels[1]
    settable = [s for s in by_number if not s.endswith("_peak")
                and s not in ("gain_reduction",)]
    again = table(strip)
    assert {s: again[s] for s in settable} == {s: by_number[s]
                                               for s in settable}

    strip.send("/strip/pan/add", 0.1)
    assert strip.value("/strip/preset") == ""

    refused(strip, 404, "/strip/preset/load", 0)
    refused(strip, 404, "/strip/preset/load", len(presets) + 1)
    assert "Nope" in refused(strip, 404, "/strip/preset/load", "Nope")
    refused(strip, 400, "/strip/preset/load")
    refused(strip, 400, "/strip/preset/load", "x", "y")


def test_preset_leaves_enabled_alone(strip):
    strip.send("/strip/enabled", 0)
    strip.send("/strip/preset/load", 1)
    assert strip.value("/strip/enabled") == 0.0


def test_preset_ramp(strip):
    presets = strip.list("/strip/preset/list")
    goals = []
    for number in (1, 2):
        strip.send("/strip/preset/load", number)
        strip.sync()
        goals.append({s: v[0] for s, v in table(strip).items()})
    moving = [s for s in goals[0] if goals[0][s] != goals[1][s]
              and table(strip)[s][5] in ("linear", "log")
              and s not in ("input_peak", "output_peak", "gain_reduction")]
    assert moving
    symbol = moving[0]
    low, high = sorted([goals[0][symbol], goals[1][symbol]])
    between = set()

    def is_there():
        value = strip.value(f"/strip/{symbol}")
        if low < value < high:
            between.add(value)
        return value == goals[0][symbol]

    def trial(factor):
        between.clear()
        strip.send("/strip/preset/load", 2)
        strip.sync()
        strip.send("/strip/preset/load", 1, 0.5 * factor)
        strip.sync()
        wait_until(is_there, "the end of the ramp")
        return len(between) > 3
    slower(trial, "values on the way to a preset")
    assert strip.value("/strip/preset") == presets[0][0]


def test_preset_next_and_previous(strip):
    labels = [line[0] for line in strip.list("/strip/preset/list")]
    seen = []
    for _ in range(len(labels) + 1):
        strip.send("/strip/preset/next")
        seen.append(strip.value("/strip/preset"))
    assert seen == labels + labels[:1]
    strip.send("/strip/pan/add", 0.1)  # Moved, but we know where we were
    strip.send("/strip/preset/previous", 1)
    assert strip.value("/strip/preset") == labels[-1]
    strip.send("/strip/preset/previous")
    assert strip.value("/strip/preset") == labels[-2]


def test_preset_save_and_delete(strip):
    factory = strip.list("/strip/preset/list")
    strip.send("/strip/pan", -0.75)
    strip.send("/strip/preset/save", "Zebra")  # After the set, by order
    wait_until(lambda: len(strip.list("/strip/preset/list"))
               == len(factory) + 1, "the saved preset")
    label, uri, is_factory = strip.list("/strip/preset/list")[-1]
    assert (label, is_factory) == ("Zebra", False)

    strip.send("/strip/pan", 0.5)
    strip.send("/strip/preset/load", "Zebra")
    assert strip.value("/strip/pan") == -0.75
    strip.send("/strip/pan", 0.5)
    strip.send("/strip/preset/load", uri)
    assert strip.value("/strip/pan") == -0.75

    # Of the same label: replaced
    strip.send("/strip/pan", 0.125)
    strip.send("/strip/preset/save", "Zebra")
    strip.sync()

    def is_replaced():
        strip.send("/strip/pan", 0.5)
        strip.send("/strip/preset/load", "Zebra")
        return strip.value("/strip/pan") == 0.125
    wait_until(is_replaced, "the replaced preset")
    assert len(strip.list("/strip/preset/list")) == len(factory) + 1

    assert factory[0][0] in refused_later(
        strip, 409, "/strip/preset/save", factory[0][0])
    refused_later(strip, 409, "/strip/preset/delete", factory[0][0])
    refused_later(strip, 404, "/strip/preset/delete", "Nope")
    strip.send("/strip/preset/delete", "Zebra")
    wait_until(lambda: strip.list("/strip/preset/list") == factory,
               "the preset to go")
    refused(strip, 404, "/strip/preset/load", "Zebra")
    for label in ("", "x" * 65, "ä" * 33, b"\xff\xfe", "a\nb"):
        if isinstance(label, bytes):
            strip.packet(osc.string("/strip/preset/save") + osc.string(",s")
                         + osc.string(label))
            assert strip.receive()[2][:2] == ["/strip/preset/save", 400]
        else:
            refused(strip, 400, "/strip/preset/save", label)
    refused(strip, 400, "/strip/preset/save", 1)
    assert strip.list("/strip/preset/list") == factory


def test_preset_recalled_right_behind_its_save(strip):
    strip.send("/strip/pan", -0.25)
    strip.send("/strip/preset/save", "Quick")
    strip.send("/strip/pan", 0.5)
    strip.send("/strip/preset/load", "Quick")
    strip.send("/ringside/sync", 5)
    while (answer := strip.receive()) != ("/ringside/synced", "i", [5]):
        # Saving took longer than a recall may wait
        assert answer[2][1] == 404
        strip.send("/strip/preset/load", "Quick")
    assert strip.value("/strip/pan") == -0.25
    assert strip.value("/strip/preset") == "Quick"
    strip.send("/strip/preset/delete", "Quick")
    strip.send("/strip/preset/load", "Quick")
    strip.sync()
    strip.drain()
    refused(strip, 404, "/strip/preset/load", "Quick")


def refused_later(client, code, address, *arguments):
    """As refused(), for what another process decides."""
    client.send(address, *arguments)
    answer = client.wait_for("/error")
    assert answer[2][:2] == [address, code], answer
    return answer[2][2]


def test_preset_saves_are_limited(strip):
    for number in range(30):
        strip.send("/strip/preset/save", "Same")
    codes = set()
    strip.send("/ringside/sync", 5)
    while (answer := strip.receive()) != ("/ringside/synced", "i", [5]):
        if answer[2][0] == "/ringside/sync":
            strip.send("/ringside/sync", 5)  # Not yet, it says
        else:
            codes.add(answer[2][1])
    assert codes == {429}


# Instances


def test_rename(two):
    assert two.value("/strip/name") == "strip"
    two.send("/strip/pan", 0.5)
    two.send("/strip/name", "vox_A-1")
    assert two.value("/vox_A-1/name") == "vox_A-1"
    assert two.value("/vox_A-1/pan") == 0.5
    assert two.instances() == ["vox_A-1", "strip-2"]
    refused(two, 404, "/strip/pan")
    two.send("/vox_A-1/name", "vox_A-1")
    refused(two, 409, "/vox_A-1/name", "strip-2")
    refused(two, 409, "/vox_A-1/name", "ringside")
    for name in ("", "a b", "a/b", "ü", "*", "x" * 33):
        refused(two, 400, "/vox_A-1/name", name)
    refused(two, 400, "/vox_A-1/name", 1)
    two.send("/vox_A-1/name", "x" * 32)
    assert two.value("/" + "x" * 32 + "/pan") == 0.5


def test_renames_are_limited(strip):
    # All at once, each under the name that it has if none was refused
    strip.send("/strip/name", "n0")
    for number in range(99):
        strip.send(f"/n{number}/name", f"n{number + 1}")
    strip.send("/ringside/ping")
    codes = []
    while (answer := strip.receive())[0] != "/ringside/pong":
        codes.append(answer[2][1])
    assert codes[0] == 429
    assert set(codes[1:]) <= {404, 429}


def test_timing(strip):
    assert strip.value("/strip/timing") == "asap"
    strip.send("/strip/timing", "steady")
    assert strip.value("/strip/timing") == "steady"

    def trial(_):
        late = strip.value("/strip/osc_late")
        for value in (0.25, 0.5, 0.75):
            strip.send("/strip/pan", value)
        wait_until(lambda: strip.value("/strip/pan") == 0.75, "the last of three")
        # A host that does not run when it ought to makes them late
        return strip.value("/strip/osc_late") == late
    slower(trial, "steady commands")
    refused(strip, 400, "/strip/timing", "fast")
    refused(strip, 400, "/strip/timing", 1)
    strip.send("/strip/timing", "asap")
    assert strip.value("/strip/timing") == "asap"


def test_questions_wait_for_steady_commands(room):
    """Although the plugin has read those before they apply."""
    host = room.host("--block", 1024)
    client = room.udp()
    room.wait_names(client, ["strip"])
    client.send("/strip/timing", "steady")
    for n in range(1, 11):
        client.send("/strip/pan", n / 20)
        assert client.value("/strip/pan") == pytest.approx(n / 20)
        client.send("/strip/pan", -n / 20)
        client.sync()
        assert client.value("/strip/pan") == pytest.approx(-n / 20)
    host.do("stop")
    wait_until(lambda: not client.list("/ringside/instances")[0][3], "a rest")
    client.send("/strip/pan", 0.75)
    assert client.value("/strip/pan") == 0.75


def test_cancel_drops_what_waits(strip):
    def trial(factor):
        strip.send("/strip/mute", 0)
        when = time.time() + 0.5 * factor
        strip.packet(osc.bundle(osc.time_tag(when),
                                osc.message("/strip/pan", 0.5)))
        strip.send("/strip/cancel")
        strip.send("/strip/mute", 1)
        strip.sync()
        if time.time() >= when:
            strip.send("/strip/pan", 0.0)
            return False
        time.sleep(when + 0.2 - time.time())  # Until after its time
        assert strip.value("/strip/pan") == 0.0
        assert strip.value("/strip/mute") == 1.0
        return True
    slower(trial, "a bundle and its cancel")


# The bridge itself


def test_ringside(room, two):
    lines = two.list("/ringside/instances")
    assert [line[:2] for line in lines] == [["strip", "urn:ringside:strip"],
                                            ["strip-2", "urn:ringside:strip"]]
    assert all("rs-host" in line[2] and line[3] is True for line in lines)
    room.the_host.do("stop")
    wait_until(lambda: not any(line[3] for line in
                               two.list("/ringside/instances")),
               "instances that rest")
    version = two.value("/ringside/version")
    assert version.count(".") == 2
    for arguments in ([], [1, 2.5, "x", b"abcde", True, False, None],
                      [osc.Tagged("h", -5), osc.Tagged("d", 0.1),
                       osc.Tagged("t", 99), osc.Tagged("I")]):
        two.send("/ringside/ping", *arguments)
        sent = osc.parse(osc.message("/x", *arguments))
        assert two.receive() == ("/ringside/pong",) + sent[1:]
    status = two.status()
    for name in ("packets", "messages", "commands", "dropped", "overtaken",
                 "late", "faults", "reconnects"):
        assert name in status
    written = (SOURCE / "docs/osc.md").read_text()
    assert not [name for name in status if f"`{name}`" not in written]
    refused(two, 404, "/ringside/nothing")
    refused(two, 404, "/ringside")


def test_sync(two):
    for number in range(100):
        two.send("/strip-2/pan", number / 100)
        two.send("/ringside/sync", number)
        assert two.receive() == ("/ringside/synced", "i", [number])
        assert two.value("/strip-2/pan") == f32(number / 100)
    two.packet(osc.bundle(1, osc.message("/strip/pan", 1),
                          osc.message("/ringside/sync", -7)))
    assert two.receive() == ("/ringside/synced", "i", [-7])
    refused(two, 400, "/ringside/sync")
    refused(two, 400, "/ringside/sync", "x")


def test_sync_while_the_host_rests(room, two):
    room.the_host.do("stop")
    two.send("/strip/pan", 0.5)
    two.sync(3)
    assert two.value("/strip/pan") == 0.5
    room.the_host.do("start")
    assert two.value("/strip/pan") == 0.5


def test_reply_port(strip):
    with osc.Udp(strip.to[1]) as other:
        port = other.socket.getsockname()[1]
        strip.send("/ringside/reply_port", port)
        strip.send("/strip/pan")
        assert other.receive() == ("/strip/pan", "f", [0.0])
        strip.send("/ringside/reply_port", 0)
        strip.send("/strip/pan")
        assert strip.receive() == ("/strip/pan", "f", [0.0])
        assert other.drain() == []
    refused(strip, 400, "/ringside/reply_port", 65536)
    refused(strip, 400, "/ringside/reply_port", "x")


def test_answers_are_not_answered(strip):
    strip.send("/error", "/x", 400, "y")
    strip.send("/ringside/pong", 1)
    strip.send("/ringside/synced", 1)
    strip.send("/ringside/ping", 2)
    assert strip.receive() == ("/ringside/pong", "i", [2])


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


# Order and bundles


def test_queries_are_answered_in_order(strip):
    sent = []
    for number in range(200):
        strip.send("/strip/pan", number / 200)
        sent.append(time.monotonic())
        strip.send("/strip/pan")
    last = 0.0
    for number in range(200):
        # Later sets may have come to the same run(), and what waited too long
        # is answered before it
        value = strip.receive()[2][0]
        waited = time.monotonic() - sent[number]
        assert value >= max(last, 0.0 if waited >= osc.ANSWER_MAX
                            else f32(number / 200))
        last = value
    assert strip.value("/strip/pan") == f32(199 / 200)


def test_bundle_with_errors_and_questions(strip):
    def trial(_):
        strip.send("/strip/width", 1)
        strip.sync()
        sent = time.monotonic()
        strip.packet(osc.bundle(
            1, osc.message("/strip/pan", 0.5), osc.message("/strip/nothing", 1),
            osc.message("/strip/width"), osc.message("/strip/width", 2),
            osc.message("/strip/osc_port", 2)))
        answers = [strip.receive() for _ in range(3)]
        in_time = time.monotonic() - sent < osc.ANSWER_MAX
        assert [a[2][1] for a in answers if a[0] == "/error"] == [404, 400]
        # The whole bundle is one change, the question in it comes after
        assert ("/strip/width", "f", [2.0]) in answers or not in_time
        assert strip.value("/strip/pan") == 0.5
        return in_time
    slower(trial, "an answer")


def test_tagged_bundle(strip):
    def trial(factor):
        strip.send("/strip/pan", 0.0)
        late = strip.value("/strip/osc_late")
        when = time.time() + 0.4 * factor
        strip.packet(osc.bundle(
            osc.time_tag(when), osc.message("/strip/pan", 0.5),
            osc.bundle(osc.time_tag(when + 0.3 * factor),
                       osc.message("/strip/pan", 1.0))))
        strip.sync()  # What waits for its tag is not waited for
        if time.time() >= when:
            wait_until(lambda: strip.value("/strip/pan") == 1.0, "the last tag")
            return False
        value = strip.value("/strip/pan")
        assert value == 0.0 or time.time() > when - MADE_UP
        wait_until(lambda: strip.value("/strip/pan") >= 0.5, "the outer tag")
        assert time.time() > when - MADE_UP
        wait_until(lambda: strip.value("/strip/pan") == 1.0, "the inner tag")
        assert time.time() > when + 0.3 * factor - MADE_UP
        return strip.value("/strip/osc_late") == late
    slower(trial, "a bundle ahead of its tags")


def test_late_bundle(strip):
    strip.packet(osc.bundle(osc.time_tag(time.time() - 10),
                            osc.message("/strip/pan", 0.5)))
    assert strip.value("/strip/pan") == 0.5
    wait_until(lambda: strip.value("/strip/osc_late") == 1.0, "the count")
    strip.packet(osc.bundle(0, osc.message("/strip/pan", 0.25)))
    assert strip.value("/strip/pan") == 0.25
    assert strip.value("/strip/osc_late") == 1.0


def test_too_far_ahead(strip):
    strip.packet(osc.bundle(osc.time_tag(time.time() + 75),
                            osc.message("/strip/pan", 0.5)))
    answer = strip.receive()
    assert answer[0] == "/error" and answer[2][1] == 413
    assert re.search(r"\b(75\.0|74\.\d|7[0-3]\.\d)", answer[2][2])
    strip.packet(osc.bundle(osc.time_tag(time.time() + 59),
                            osc.message("/strip/pan", 0.5)))
    strip.sync()
    assert strip.drain() == []


def test_too_many_waiting(strip):
    def bundle(ahead, count, value):
        return osc.bundle(osc.time_tag(time.time() + ahead),
                          *[osc.message("/strip/pan", value)] * count)
    def trial(factor):
        strip.send("/strip/pan", 0.0)
        strip.sync()
        begin = time.time()
        strip.packet(bundle(1.0 * factor, 1000, 0.5))
        strip.packet(bundle(0.9 * factor, 100, -0.5))  # None of these fits
        strip.packet(bundle(0.6 * factor, 24, 0.25))
        strip.send("/ringside/sync", 9)
        errors = []
        while (answer := strip.receive()) != ("/ringside/synced", "i", [9]):
            errors.append((answer[0], answer[2][1]))
        in_time = time.time() < begin + 0.6 * factor
        assert errors == [("/error", 413)] or not in_time
        seen = []

        def is_over():
            seen.append(strip.value("/strip/pan"))
            return seen[-1] == 0.5
        wait_until(is_over, "what was accepted")
        assert -0.5 not in seen or not in_time
        return in_time and 0.25 in seen
    slower(trial, "more than may wait")


# What the host does


def test_export(room, strip):
    strip.packet(osc.bundle(osc.time_tag(time.time() + 30),
                            osc.message("/strip/pan", 0.5)))
    strip.sync()
    room.the_host.do("freewheel 1")

    def is_refused():
        strip.send("/strip/width", 2)
        answer = strip.receive(0.2)
        return answer and answer[2][1] == 503
    wait_until(is_refused, "the export to be known")
    strip.sync()
    strip.flush()
    refused(strip, 503, "/strip/mute/toggle")
    refused(strip, 503, "/strip/preset/load", 1)
    refused(strip, 503, "/strip/cancel")
    assert strip.value("/strip/mute") == 0.0
    assert strip.value("/strip/name") == "strip"
    strip.sync()
    room.the_host.do("freewheel 0")

    def is_taken():
        strip.send("/strip/mute", 1)
        return strip.ask("/strip/mute")[2] == [1.0]
    wait_until(is_taken, "the end of the export")


def test_stopped_host(room, strip):
    room.the_host.do("stop")
    strip.send("/strip/pan", 0.5)
    assert strip.value("/strip/pan") == 0.5
    strip.send("/strip/pan/add", 0.25)
    assert strip.value("/strip/pan") == 0.75
    strip.send("/strip/preset/load", 1)
    assert strip.value("/strip/preset") != ""
    strip.packet(osc.bundle(osc.time_tag(time.time() + 0.1),
                            osc.message("/strip/pan/ramp", -1.0, 0.2)))
    wait_until(lambda: strip.value("/strip/pan") == -1.0, "a ramp at rest")
    strip.send("/strip/pan/ramp", 1.0, 0.2)
    wait_until(lambda: strip.value("/strip/pan") == 1.0, "one without a tag")
    room.the_host.do("start")
    strip.sync()
    assert strip.value("/strip/pan") == 1.0


def test_instance_gone(room, two):
    room.the_host.do("remove 2")
    room.wait_names(two, ["strip"])
    assert "strip" in refused(two, 404, "/strip-2/pan", 1)
    assert two.value("/strip/pan") == 0.0
