# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour plays a lane: the controller that would move it is told."""

import time

from conftest import PATIENCE, wait_until
from lib import osc
from lib.ardour import Ardour


def test_the_controller_is_told_that_a_lane_plays(room):
    ardour = Ardour(room)
    udp = room.udp()
    room.wait_names(udp, ["strip"])
    ardour.name_controls(udp)
    ardour.play("output_gain", -6)
    ardour.roll()
    wait_until(lambda: udp.value("/strip/output_gain") == -6.0, "the lane")

    with osc.Tcp(room.port()) as tcp:
        # A parameter without a lane, by another client: none of its business
        tcp.send("/strip/width", 0.5)
        udp.send("/strip/output_gain", -3.0)
        answer = udp.receive(PATIENCE)
        assert answer[:2] == ("/error", "sis"), answer
        address, code, sentence = answer[2]
        assert (address, code) == ("/strip/output_gain", 409)
        assert "the host keeps output_gain at -6 dB" in sentence
        assert "Manual" in sentence and "Touch" in sentence

        # Whatever the way to move it, but once a second
        moves = [("", (-4.0,)), ("/add", (1.0,)), ("/normalized", (0.9,)),
                 ("/ramp", (-1.0, 0.1)), ("/reset", ())]
        begin, n, told = time.monotonic(), 0, 0
        while told < 3:
            word, arguments = moves[n % len(moves)]
            udp.send(f"/strip/output_gain{word}", *arguments)
            n += 1
            time.sleep(0.02)
            for answer in udp.drain():
                assert answer[2][:2] == ["/strip/output_gain", 409], answer
                told += 1
            assert time.monotonic() - begin < PATIENCE
        # Within one second of the first, and each of these
        assert time.monotonic() - begin > 1.9
        assert udp.value("/strip/output_gain") == -6.0
        assert tcp.drain() == []
    ardour.leave()
