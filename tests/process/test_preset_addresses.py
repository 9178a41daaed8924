# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Addresses of presets, through the real bridge and the real plugin in rs-host."""

from conftest import slower, wait_until
from lib import osc
from lib.strips import refused, refused_later, table


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
