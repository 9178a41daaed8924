# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What OSC does is seen by the host: by requests, as Ardour, or at least as a
state that changed.  Hosts that answer late, twice, otherwise, or not."""

import os
import signal
import struct
import time

import numpy
import pytest

from conftest import names, slower, wait_until

SECOND = 1_000_000_000
REQUESTS = ("request",)
ATOMS = ("start", "value", "end")


def single(value):
    """As a float of 32 bits."""
    return struct.unpack("f", struct.pack("f", value))[0]


class Said:
    """A line of what rs-host was told."""

    def __init__(self, line):
        words = line.split()
        self.position = int(words[0])
        # Between these two, the plugin looked at the clock
        self.first_ns, self.last_ns = int(words[1]), int(words[2])
        self.what, self.symbol = words[4], words[5]
        self.value = single(float(words[6]))


def apart(one, next_one):
    """Nanoseconds from one to the next, by the plugin's clock, at most."""
    return next_one.last_ns - one.first_ns


def told(room, host):
    path = room.folder / "told.txt"
    host.do(f"told {path}")
    return [Said(line) for line in path.read_text().splitlines()]


def only(said, what, symbol="input_gain"):
    return [it for it in said if it.what in what and it.symbol == symbol]


def start(room, *arguments):
    host = room.host(*arguments)
    osc = room.udp()
    room.wait_names(osc, names(1))
    return host, osc


def wait_port(host, symbol, value):
    wait_until(lambda: single(host.get(symbol)) == single(value),
               f"port {symbol} to be {value}")


def assert_stays(osc, host, symbol, value, seconds=0.7):
    """In effect and on the port, until every answer has come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert osc.value(f"/strip/{symbol}") == single(value)
        time.sleep(0.02)
    assert single(host.get(symbol)) == single(value)


WAYS = {"at once": ("--kx", "at-once"), "late": ("--kx", "late=100"),
        "twice": ("--kx", "twice"), "Ardour": ("--ardour",)}


@pytest.mark.parametrize("way", WAYS)
def test_the_port_follows(room, way):
    host, osc = start(room, *WAYS[way])
    # One value at a time is the value in effect from then on
    for value in (3.21, -7.5, 0.1):
        osc.send("/strip/input_gain", value)
        osc.sync()
        assert osc.value("/strip/input_gain") == single(value)
        wait_port(host, "input_gain", value)
        assert_stays(osc, host, "input_gain", value)

    # Kinds of parameters
    for symbol, value in {"mute": 1.0, "delay_mode": 1.0, "hpf_freq": 123.456,
                          "comp_threshold": -33.3}.items():
        osc.send(f"/strip/{symbol}", value)
        wait_port(host, symbol, value)
    assert_stays(osc, host, "hpf_freq", 123.456)

    # The user's hand wins, then OSC again
    host.do("port input_gain -2")
    wait_until(lambda: osc.value("/strip/input_gain") == -2, "the hand")
    osc.send("/strip/input_gain", 4.0)
    wait_port(host, "input_gain", 4.0)
    assert_stays(osc, host, "input_gain", 4.0)


@pytest.mark.parametrize("way", WAYS)
def test_a_ramp_is_not_pulled_back(room, way):
    host, osc = start(room, *WAYS[way])
    osc.send("/strip/input_gain", -20.0)
    wait_port(host, "input_gain", -20.0)
    osc.send("/strip/input_gain/ramp", 20.0, 1.0)
    seen = []
    while not seen or seen[-1] < 20.0:
        seen.append(osc.value("/strip/input_gain"))
    assert seen == sorted(seen)
    wait_port(host, "input_gain", 20.0)
    if way == "twice":
        time.sleep(0.3)
    assert_stays(osc, host, "input_gain", 20.0)
    asked = [it.value for it in only(told(room, host), ("request", "value"))]
    assert asked == sorted(asked) and asked[-1] == 20.0 and len(asked) > 5


def test_the_host_clamps(room):
    host, osc = start(room, "--kx", "clamp=6")
    osc.send("/strip/input_gain", 10.0)
    wait_port(host, "input_gain", 6)
    wait_until(lambda: osc.value("/strip/input_gain") == 6, "the host's word")
    osc.send("/strip/input_gain", 5.5)
    wait_port(host, "input_gain", 5.5)
    assert_stays(osc, host, "input_gain", 5.5)


@pytest.mark.parametrize("late", ("", ",late=100"))
def test_the_host_rounds(room, late):
    host, osc = start(room, "--kx", "round=1" + late)
    osc.send("/strip/input_gain", 7.3)
    wait_port(host, "input_gain", 7)
    wait_until(lambda: osc.value("/strip/input_gain") == 7, "the host's word")
    osc.send("/strip/input_gain", 9.0)
    wait_port(host, "input_gain", 9)
    assert_stays(osc, host, "input_gain", 9.0)

    # So little that it is the same
    host.do("answers round=0.0001" + late)
    osc.send("/strip/input_gain", 1.23456)
    wait_until(lambda: abs(host.get("input_gain") - 1.2346) < 1e-5, "the port")
    time.sleep(0.5)
    assert osc.value("/strip/input_gain") == single(1.23456)


def test_each_answer_twice_while_osc_goes_on(room):
    """What comes once more does not outrun what the host was not told yet; in
    the end it is a move of the host, and all agree."""
    host, osc = start(room, "--kx", "twice")
    for n in range(40):
        osc.send("/strip/input_gain", n / 10)
        time.sleep(0.02)
    osc.sync()
    time.sleep(0.3)
    wait_until(lambda: single(host.get("input_gain")) == single(3.9) ==
               osc.value("/strip/input_gain"), "the last value")
    assert_stays(osc, host, "input_gain", 3.9)


@pytest.mark.parametrize("how", ("refuse", "deaf"))
def test_a_host_that_refuses_once_it_has_answered(room, how):
    host, osc = start(room, "--kx", "at-once")
    eye = room.udp()  # Who moves it is told of refusals, and does not ask
    osc.send("/strip/input_gain", 3.0)
    wait_port(host, "input_gain", 3.0)
    host.do(f"answers {how}")
    for value in (5.0, 6.0):
        osc.send("/strip/input_gain", value)
        osc.sync()
        wait_until(lambda: eye.value("/strip/input_gain") == 3.0, "the port's")
        assert_stays(eye, host, "input_gain", 3.0)

    # It does again: asked first, then in effect
    host.do("answers at-once")
    osc.send("/strip/input_gain", 7.0)
    wait_until(lambda: eye.value("/strip/input_gain") == 7.0, "the new value")
    assert_stays(eye, host, "input_gain", 7.0, 1.2)


@pytest.mark.parametrize("how", ("refuse", "deaf"))
def test_a_host_that_never_answered_refuses_nothing(room, how):
    host, osc = start(room, "--kx", how)
    osc.send("/strip/input_gain", 3.0)
    osc.sync()
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        assert osc.value("/strip/input_gain") == 3.0
    assert host.get("input_gain") == 0.0


def deviation(sound):
    """How much a sine of 480 Hz at 48 kHz is not the same in each period."""
    return numpy.abs(sound[100:] - sound[:-100]).max()


class Tape:
    """The left side of what a host plays, piece by piece."""

    def __init__(self, room, host):
        self.path, self.host, self.length = room.folder / "tape.f32", host, 0

    def stop(self):
        """What was recorded since the last time, until 2000 frames from now."""
        position = int(self.host.do("position")[0])
        self.host.do(f"wait {position + 2000}")
        self.host.do("record 0")
        self.host.do(f"write {self.path}")
        # The host appends each to those before
        sound = numpy.fromfile(self.path, numpy.float32)[0::2]
        piece, self.length = sound[self.length:], len(sound)
        return piece


@pytest.mark.parametrize("way", (("--kx", "at-once"), ("--ardour",)))
def test_not_a_block_of_what_is_refused(room, way):
    """Sample by sample, whether commands come often or now and then."""
    host, osc = start(room, "--input", "sine:480", *way)
    eye = room.udp()  # Who moves it is told of refusals, and does not ask
    osc.send("/strip/output_gain", -3.0)
    wait_port(host, "output_gain", -3.0)
    assert_stays(eye, host, "output_gain", -3.0, 0.1)  # It has answered
    host.do("lane output_gain -6")
    wait_until(lambda: eye.value("/strip/output_gain") == -6.0, "the lane")

    # It is not known yet that it plays.  This one may be heard for a block
    osc.send("/strip/output_gain", -60.0)
    osc.sync()
    tape = Tape(room, host)

    def trial(_):
        wait_until(lambda: eye.value("/strip/output_gain") == -6.0, "the lane")
        time.sleep(1.5)
        host.do("record 1")
        for n in range(200):
            osc.send("/strip/output_gain", -60.0 + n % 60)
            time.sleep(0.003)
        osc.send("/strip/output_gain/ramp", 12.0, 0.3)
        for _ in range(2):
            time.sleep(1.3)
            osc.send("/strip/output_gain", -60.0)
            osc.sync()
        time.sleep(0.1)
        sound = tape.stop()
        assert len(sound) > 48000
        # A host that was held up for 100 ms counts as one that rests, after
        # which one block of a refused value may be heard
        return (deviation(sound) < 1e-5 and
                abs(sound.max() - 0.5 * 10 ** (-6 / 20)) < 1e-3)
    slower(trial, "a lane without a block of what was refused")

    # The lane ends, and it would have been heard
    host.do("lane output_gain off")
    host.do("record 1")
    osc.send("/strip/output_gain", -30.0)
    wait_port(host, "output_gain", -30.0)
    assert deviation(tape.stop()) > 0.01


@pytest.mark.parametrize("way", (("--kx", "at-once"), ("--kx", "late=100"),
                                 ("--ardour",), ()))
def test_30_messages_a_second_and_the_last_value(room, way):
    host, osc = start(room, "--block", 64, *way)
    host.do("roll 1")
    symbols = ("input_gain", "pan", "hpf_freq")
    what = REQUESTS if "--kx" in way else ATOMS
    n = 0

    def move(seconds):
        nonlocal n
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            n += 1
            osc.send("/strip/input_gain", (n % 480) / 10 - 24)
            osc.send("/strip/pan", (n % 97) / 97)
            osc.send("/strip/hpf_freq", 20.0 + n % 900)
            time.sleep(0.001)

    def messages():
        said = told(room, host)
        return min(len(only(said, what, symbol)) for symbol in symbols)
    move(3.0)
    # Fewer than those of two seconds, if the machine held the host up
    wait_until(lambda: messages() > 40 or move(1.0), "messages")
    last = {"input_gain": 1.2345, "pan": -0.54321, "hpf_freq": 333.333}
    for symbol, value in last.items():
        osc.send(f"/strip/{symbol}", value)
    osc.sync()

    def is_told():
        said = told(room, host)
        return all(
            [it.value for it in only(said, ("request", "value"), symbol)][-1:]
            == [single(value)] for symbol, value in last.items())
    wait_until(is_told, "the last values")
    if way:
        for symbol, value in last.items():
            wait_port(host, symbol, value)
    if "--kx" not in way:
        wait_until(lambda: only(told(room, host), ATOMS, "pan")[-1].what ==
                   "end", "the end of the gesture")
        check_gestures(told(room, host), "pan")
    for symbol, value in last.items():
        assert_stays(osc, host, symbol, value) if way else None
        assert osc.value(f"/strip/{symbol}") == single(value)

    said = told(room, host)
    for symbol in symbols:
        mine = only(said, what, symbol)
        runs = [it.first_ns for it in mine if it.what in ("request", "value")]
        assert len(set(runs)) == len(runs), "two values in one run()"
        for i, it in enumerate(mine[30:]):
            assert apart(mine[i], it) > 0.98 * SECOND


def check_gestures(said, symbol):
    """Each is whole: start, values, end; returns the values."""
    mine = only(said, ATOMS, symbol)
    words = [it.what for it in mine]
    assert words[0] == "start" and words[-1] == "end", words
    for n, (one, next_one) in enumerate(zip(mine, mine[1:])):
        # One that was open goes on, and one that ended begins anew
        assert (one.what == "end") == (next_one.what == "start"), words
        if one.what == "start":
            assert next_one.what == "value"
            assert one.position == next_one.position
        # 250 ms after the last move, which came after the last value but one:
        # so there are two gestures only if nothing moved for so long
        if next_one.what == "end":
            assert apart(mine[n - 1], next_one) > 0.2 * SECOND
    return [it.value for it in mine if it.what == "value"]


def check_sliding(said, symbol, first, last):
    """Gestures upwards from a value to another."""
    values = check_gestures(said, symbol)
    assert values == sorted(values)
    assert first <= values[0] and values[-1] == single(last)


def has_ended(room, host, value, symbol="input_gain"):
    """Whether the gesture that led to this value is over."""
    last = only(told(room, host), ATOMS, symbol)[-2:]
    return [it.what for it in last] == ["value", "end"] and (
        last[0].value == single(value))


def test_gestures_end_though_the_bridge_was_killed_in_a_ramp(room):
    host, osc = start(room, "--ardour")
    host.do("roll 1")
    osc.send("/strip/input_gain/ramp", 12.0, 2.0)
    osc.sync()
    wait_until(lambda: len(only(told(room, host), ("value",))) > 8, "values")
    os.kill(room.bridge_pid(), signal.SIGKILL)
    wait_until(lambda: has_ended(room, host, 12.0), "the end")
    said = told(room, host)
    check_sliding(said, "input_gain", 0.0, 12.0)
    # A ramp is one gesture, however long the host was held up in it
    assert len(only(said, ("start",))) == 1
    wait_port(host, "input_gain", 12.0)


def test_gestures_end_though_the_bridge_was_killed_under_a_hand(room):
    host, osc = start(room, "--ardour")
    host.do("roll 1")
    n = 0
    end = time.monotonic() + 0.5
    while time.monotonic() < end or n < 50:
        n += 1
        osc.send("/strip/input_gain", n / 50)
        time.sleep(0.005)
    osc.sync()
    last = osc.value("/strip/input_gain")
    room.kill_bridge()
    wait_until(lambda: has_ended(room, host, last), "the end")
    check_sliding(told(room, host), "input_gain", 0.0, last)
    wait_port(host, "input_gain", last)

    # The next one, from the next bridge
    osc = room.udp()
    room.wait_names(osc, names(1))
    assert osc.value("/strip/input_gain") == last
    osc.send("/strip/input_gain", -1.0)
    wait_until(lambda: has_ended(room, host, -1.0), "the end")
    check_gestures(told(room, host), "input_gain")
    assert_stays(osc, host, "input_gain", -1.0)


def test_no_gesture_while_the_transport_stands(room):
    host, osc = start(room, "--ardour")
    osc.send("/strip/input_gain/ramp", 12.0, 0.5)
    wait_port(host, "input_gain", 12.0)
    time.sleep(0.4)
    assert {it.what for it in told(room, host)} == {"value"}
    host.do("roll 1")
    osc.send("/strip/input_gain", 1.0)
    wait_until(lambda: only(told(room, host), ("end",)), "the end")


@pytest.mark.parametrize("way", (("--kx", "at-once"), ("--kx", "late=100"),
                                 ("--ardour",)))
def test_a_preset_by_osc_is_told_in_one_cycle(room, way):
    host, osc = start(room, *way)
    host.do("roll 1")
    presets = room.wait_presets(osc)
    osc.send("/strip/preset/load", presets[0][0])
    osc.sync()
    table = {line[0]: line[1] for line in osc.list("/strip/list")
             if line[0] not in ("input_peak", "output_peak", "osc_port",
                                "gain_reduction", "osc_late")}
    for symbol, value in table.items():
        wait_port(host, symbol, value)
    said = [it for it in told(room, host) if it.what in ("request", "value")]
    assert len(said) > 4
    assert len({it.position for it in said}) == 1
    assert len({it.symbol for it in said}) == len(said)
    time.sleep(0.5)
    assert osc.ask("/strip/preset")[2] == [presets[0][0]]


def test_other_hosts_learn_that_something_changed(room):
    host, osc = start(room)
    assert [it for it in told(room, host) if it.what == "changed"] == []
    for n in range(300):
        osc.send("/strip/input_gain", n / 100)
        time.sleep(0.01)
    osc.sync()
    # At once, then each second, and at last for the last
    wait_until(lambda: len([it for it in told(room, host)
                            if it.what == "changed"]) >= 3, "three times")
    changed = [it for it in told(room, host) if it.what == "changed"]
    for one, next_one in zip(changed, changed[1:]):
        assert apart(one, next_one) > 0.98 * SECOND
    assert osc.value("/strip/input_gain") == single(2.99)
    assert host.get("input_gain") == 0.0


@pytest.mark.parametrize("way", (("--kx", "at-once"), ("--ardour",), ()))
def test_a_name_is_told_in_all_hosts(room, way):
    host, osc = start(room, *way)
    if way:
        osc.send("/strip/input_gain", 1.0)
        wait_port(host, "input_gain", 1.0)
    assert [it for it in told(room, host) if it.what == "changed"] == []
    osc.send("/strip/name", "vocals")
    wait_until(lambda: [it for it in told(room, host)
                        if it.what == "changed"], "StateChanged")
