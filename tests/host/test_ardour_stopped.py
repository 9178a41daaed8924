# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""While Ardour's transport stands, OSC edits no lane by accident."""

import time

from conftest import wait_until
from lib.ardour import RATE, Ardour

# Modes with a lane that is there already, and where it stands
LANES = {
    "Touch": ("output_gain", -6.0),
    "Latch": ("pan", 0.25),
    "Play": ("low_gain", 3.0),
}


def lanes(ardour):
    return {symbol: ardour.lane(symbol) for symbol, _ in LANES.values()}


def check_refused(ardour, client, moves):
    """Each is refused, and the knobs are where the lanes are."""
    left = {f"/strip/{symbol}" for symbol, _ in LANES.values()}

    def all_are_told():
        # Nobody is told of the same more than once a second
        for word, arguments in moves:
            for symbol, _ in LANES.values():
                client.send(f"/strip/{symbol}{word}", *arguments)
        time.sleep(0.05)
        for answer in client.drain():
            address, code, sentence = answer[2]
            assert code == 409
            assert "while it rolls" in sentence
            left.discard(address)
        return not left

    client.flush()
    wait_until(all_are_told, "errors for all")
    for symbol, value in LANES.values():
        ardour.wait_param(symbol, value)
        wait_until(lambda: client.value(f"/strip/{symbol}") == value,
                   f"{symbol} back on its lane")


def test_no_lane_is_edited(room):
    ardour = Ardour(room)
    client = room.udp()
    room.wait_names(client, ["strip"])
    ardour.name_controls(client)
    for mode, (symbol, value) in LANES.items():
        ardour.draw(symbol, [(0, value), (1000 * RATE, value)])
        ardour.mode(symbol, mode)
    ardour.roll()
    begin = ardour.position()
    wait_until(lambda: ardour.position() > begin + RATE // 2, "half a second")
    for symbol, value in LANES.values():
        ardour.wait_param(symbol, value)
    ardour.stop()
    ardour.save()
    before = lanes(ardour)

    check_refused(ardour, client, [("/normalized", (0.9,)),
                                   ("/ramp", (0.5, 0.3))])
    assert lanes(ardour) == before
    assert not ardour.is_dirty()

    # What was being recorded ends where the transport does
    ardour.roll()
    for symbol in ("output_gain", "pan"):
        client.send(f"/strip/{symbol}/ramp", 1.0, 30.0)
    for symbol, value in (LANES["Touch"], LANES["Latch"]):
        wait_until(lambda: ardour.param(symbol) > value + 0.01, "a ramp")
    ardour.stop()
    for symbol, value in LANES.values():
        ardour.wait_param(symbol, value)
        wait_until(lambda: client.value(f"/strip/{symbol}") == value,
                   f"{symbol} back on its lane")
    before = lanes(ardour)
    assert before["pan"] != [(0, 0.25), (1000 * RATE, 0.25)]
    check_refused(ardour, client, [("", (0.5,))])
    assert lanes(ardour) == before
    ardour.leave()
