# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""In which order things are done, and when bundles are, through the real bridge
and the real plugin in rs-host."""

import re
import time

from conftest import MADE_UP, slower, wait_until
from lib import osc
from lib.strips import f32


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
