# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour records what OSC does, in each mode of its lanes.

All modes are tried in one take, each with a parameter of its own.  In it ramps
go over the whole range in 2 s, and others step.  Where on the timeline that was
is known: a bundle with a time tag begins it, and the transport was asked where
it was around that time.  From then on both the ramp and the transport count
the frames that the plugin runs, however slow the machine is.

Only if the transport lost time while the ramps began or until the last step,
each of which has a time tag of its own, or Ardour could not be looked at for a
while, as on a machine that hangs, the take is void, and made again.  What is in
the lanes has no say in it.
"""

import time

import numpy
import pytest

from conftest import Room, wait_until
from lib import osc
from lib.ardour import RATE, Ardour, factory_preset

SECONDS = 2.0
STEP_SECONDS = 0.2  # Less than the 250 ms after which a gesture ends
PAUSE_SECONDS = 0.1  # Between two looks at Ardour: of more, it hung
TAKES = 12
STEPS = (-5.0, 7.5, -11.25, 3.0)
RAMPS = {
    "Off": "input_gain",
    "Write": "output_gain",
    "Latch": "pan",
    "Touch": "width",
    "Play": "comp_makeup",
}
STEPPED = {
    "Write": "low_gain",
    "Latch": "low_mid_gain",
    "Touch": "high_mid_gain",
}
RECORDING = list(STEPPED)


class Take:
    """What came of one recording."""

    def __init__(self, pause, begin, lanes, during, after):
        self.pause = pause  # Longest time between two looks at Ardour
        self.begin = begin  # Frame of the timeline where ramps and steps began
        self.lanes = lanes  # By symbol
        self.during = during  # All that was seen of Play's parameter
        self.after = after  # Values by symbol, while it still rolled

    def seconds(self, symbol):
        """Points of a lane, as seconds since the begin and values."""
        return [((at - self.begin) / RATE, value)
                for at, value in self.lanes[symbol]]


class Studio:
    """Ardour with an empty session, and controllers."""

    def __init__(self):
        self.room = Room()
        self.ardour = Ardour(self.room)
        self.osc = self.room.udp()  # Moves parameters
        self.eyes = self.room.udp()  # Only looks, so it gets no errors
        self.room.wait_names(self.osc, ["strip"])
        self.ardour.name_controls(self.osc)
        self.ranges = {line[0]: (line[3], line[4])
                       for line in self.osc.list("/strip/list")}

    def least(self, symbol):
        return self.ranges[symbol][0]

    def most(self, symbol):
        return self.ranges[symbol][1]

    def set(self, symbol, value):
        self.osc.send(f"/strip/{symbol}", value)
        self.ardour.wait_param(symbol, value)

    def schedule(self, when, messages):
        """All of these at one and the same frame, at that wall time."""
        self.osc.packet(osc.bundle(osc.time_tag(when), *messages))


def clock(positions):
    """When frame 0 of the timeline was, or would have been.

    The transport stands at the end of a cycle from its run() on until the
    next one, so the earliest look at it after a run() is the exact one.
    """
    return min(now - frame / RATE for now, frame in positions)


def watch(studio, when, until):
    """Look at the transport and at Play's parameter until then."""
    symbol = RAMPS["Play"]
    positions, values = [], []
    while (now := time.time()) < until:
        # What stood there after `now`, so that `now` is not too late
        positions.append((now, studio.ardour.position()))
        values.append(studio.ardour.param(symbol))
        if now > when:
            values.append(studio.eyes.value(f"/strip/{symbol}"))
    return positions, values


def begin_of(positions, when):
    """The frame at that time, or None if the transport lost time from then on
    until the last step."""
    near = [(now, frame) for now, frame in positions
            if abs(now - when) < 0.3]
    before = [look for look in near if look[0] < when]
    after = [look for look in near if look[0] >= when]
    steps = [look for look in positions
             if abs(look[0] - when - len(STEPS) * STEP_SECONDS) < 0.3]
    if (not before or not after or not steps or
            abs(clock(after) - clock(before)) > 0.01 or
            abs(clock(steps) - clock(before)) > 0.02):
        return None
    frames = sorted({frame for _, frame in near})
    cycle = min(b - a for a, b in zip(frames, frames[1:]))
    return (when - clock(near)) * RATE - cycle


def refuse(studio, symbol):
    """Let OSC find out that a lane plays: it then asks before it moves."""
    address = f"/strip/{symbol}"
    studio.osc.flush()  # Of a take that was void
    studio.osc.send(address, studio.most(symbol))
    error = studio.osc.wait_for("/error")[2]
    assert error[:2] == [address, 409], error
    assert studio.eyes.value(address) == studio.least(symbol)


def record(studio):
    """One take, and None if it was void."""
    ardour = studio.ardour
    flat = [RAMPS["Touch"], RAMPS["Play"]]
    for mode, symbol in [*RAMPS.items(), *STEPPED.items()]:
        ardour.mode(symbol, "Off")
        ardour.clear(symbol)
        studio.set(symbol, 0.0 if mode in STEPPED and
                   symbol == STEPPED[mode] else studio.least(symbol))
    for symbol in flat:  # A lane is there already, and others are empty
        ardour.draw(symbol, [(0, studio.least(symbol)),
                             (RATE * 1000, studio.least(symbol))])
    for mode, symbol in [*RAMPS.items(), *STEPPED.items()]:
        ardour.mode(symbol, mode)
    refuse(studio, RAMPS["Play"])

    ardour.roll()  # From where it stands
    when = time.time() + 0.6
    studio.schedule(when, [
        osc.message(f"/strip/{symbol}/ramp", studio.most(symbol), SECONDS)
        for symbol in RAMPS.values()])
    for number, value in enumerate(STEPS):
        studio.schedule(when + number * STEP_SECONDS, [
            osc.message(f"/strip/{symbol}", value)
            for symbol in STEPPED.values()])
    positions, during = watch(studio, when, when + SECONDS + 0.5)
    begin = begin_of(positions, when)
    looks = [now for now, _ in positions if now > when - 0.3]
    pause = max(after - before for before, after in zip(looks, looks[1:]))

    # The knob of Touch goes back by itself once the gesture is over
    wait_until(lambda: ardour.param(RAMPS["Touch"]) == studio.least("width"),
               "Touch to let go")
    after = {symbol: (ardour.param(symbol),
                      studio.eyes.value(f"/strip/{symbol}"))
             for symbol in [*RAMPS.values(), *STEPPED.values()]}
    ardour.stop()
    lanes = {symbol: ardour.lane(symbol)
             for symbol in [*RAMPS.values(), *STEPPED.values()]}
    if begin is None:
        print("# the transport lost time: this take is void")
        return None
    return Take(pause, begin, lanes, during, after)


@pytest.fixture(scope="module")
def studio():
    it = Studio()
    yield it
    it.room.close()


@pytest.fixture(scope="module")
def take(studio):
    best = None
    for _ in range(TAKES):
        it = record(studio)
        if it and (best is None or it.pause < best.pause):
            best = it
        if best and best.pause < PAUSE_SECONDS:
            break
    assert best, "the transport keeps losing time"
    print(f"# the longest pause was {best.pause:.3f} s")
    return best


def check_ramp(points, least, most):
    """A lane from before a ramp until the value that it reached is left."""
    peak = max(value for _, value in points)
    last = max(at for at, (_, value) in enumerate(points) if value == peak)
    points = points[:last + 1]
    values = [value for _, value in points]
    assert values == sorted(values), "not monotonic"
    assert values[0] == numpy.float32(least)
    assert numpy.float32(peak) == numpy.float32(most), "the last value"
    assert points[0][0] < 0.0 and points[-1][0] > SECONDS

    at = numpy.arange(0.0, SECONDS, 0.001)
    lane = numpy.interp(at, *zip(*points))
    errors = abs((lane - least) / (most - least) - at / SECONDS)
    figures = [100.0 * figure for figure in
               (errors.mean(), numpy.percentile(errors, 95), errors.max())]
    print("# {} points, error in % of the range: mean {:.2f}, p95 {:.2f}, "
          "largest {:.2f}".format(len(points), *figures))
    assert figures[0] <= 1.0
    assert figures[1] <= 3.0
    assert figures[2] <= 5.0


@pytest.mark.parametrize("mode", RECORDING)
def test_a_ramp_ends_up_in_the_lane(studio, take, mode):
    symbol = RAMPS[mode]
    check_ramp(take.seconds(symbol), studio.least(symbol),
               studio.most(symbol))


@pytest.mark.parametrize("mode", RECORDING)
def test_steps_have_no_other_values(take, mode):
    """No spike, and no value that was never in effect."""
    symbol = STEPPED[mode]
    points = take.seconds(symbol)
    seen = [value for at, value in points if at < len(STEPS) * STEP_SECONDS]
    changes = [value for value, before in zip(seen, [None, *seen])
               if value != before]
    assert changes == [0.0, *STEPS]

    # Each when it was in effect: Ardour looks 30 ms apart, and at the begin of
    # a cycle, which is 21 ms long
    for number, value in enumerate(STEPS):
        times = [at - number * STEP_SECONDS for at, v in points if v == value
                 and at < len(STEPS) * STEP_SECONDS]
        print(f"# {value}: from {times[0] * 1000:.1f} ms to "
              f"{times[-1] * 1000:.1f} ms")
        assert -0.025 < times[0] and times[-1] < STEP_SECONDS + 0.05


def test_off_moves_and_records_nothing(studio, take):
    symbol = RAMPS["Off"]
    assert take.lanes[symbol] == []
    assert take.after[symbol] == (studio.most(symbol), studio.most(symbol))


@pytest.mark.parametrize("mode", ["Write", "Latch"])
def test_the_last_value_stays(studio, take, mode):
    symbol = RAMPS[mode]
    most = studio.most(symbol)
    assert take.after[symbol] == (most, most)
    assert take.after[STEPPED[mode]] == (STEPS[-1], STEPS[-1])


def test_touch_gives_back(studio, take):
    """The lane that was there plays on after the gesture, and is unharmed."""
    symbol = RAMPS["Touch"]
    least = studio.least(symbol)
    assert take.after[symbol] == (least, least)
    points = take.seconds(symbol)
    held = [at for at, value in points if value == studio.most(symbol)]
    print(f"# let go {1000 * (held[-1] - SECONDS):.0f} ms after the ramp")
    assert 0.2 < held[-1] - SECONDS < 0.5
    assert all(value == least for at, value in points
               if at < -0.1 or at > held[-1])
    assert take.lanes[symbol][-1] == (RATE * 1000, least)


def test_a_lane_that_plays_wins(studio, take):
    symbol = RAMPS["Play"]
    least = studio.least(symbol)
    assert set(take.during) == {least}
    assert take.after[symbol] == (least, least)
    assert take.lanes[symbol] == [(0, least), (RATE * 1000, least)]


def test_a_recalled_preset_is_recorded_at_once(studio, take):
    """All lanes change between the same two looks of Ardour."""
    ardour, preset = studio.ardour, factory_preset("lead-vocal")
    symbols = ["low_gain", "low_mid_gain", "high_mid_gain", "comp_threshold"]
    studio.room.wait_presets(studio.eyes)
    for symbol in symbols:
        ardour.mode(symbol, "Off")
        ardour.clear(symbol)
        studio.set(symbol, 0.0)
        ardour.mode(symbol, "Write")
    ardour.roll()
    begin = ardour.position()
    wait_until(lambda: ardour.position() > begin + RATE // 2, "half a second")
    studio.osc.send("/strip/preset/load", "Lead Vocal")
    for symbol in symbols:
        ardour.wait_param(symbol, pytest.approx(preset[symbol]))
    there = ardour.position()
    wait_until(lambda: ardour.position() > there + RATE // 4, "some more")
    ardour.stop()

    changes = set()
    for symbol in symbols:
        points = ardour.lane(symbol)
        new = [at for at, value in points if value != 0.0]
        old = [at for at, value in points if value == 0.0]
        assert all(value == pytest.approx(preset[symbol])
                   for at, value in points if at in new), points
        changes.add((old[-1], new[0]))
    print("# changed between frames", changes)
    assert len(changes) == 1
    assert all(after - before < 0.1 * RATE for before, after in changes)
