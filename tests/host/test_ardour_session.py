# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""In Ardour, what OSC does is a change of the session like any other."""

import pytest

from conftest import wait_until
from lib import hosts, osc
from lib.ardour import Ardour, factory_preset

def meet(room, *arguments, **options):
    """Ardour and a controller."""
    ardour = Ardour(room, *arguments, **options)
    client = room.udp()
    room.wait_names(client, ["strip"])
    ardour.name_controls(client)
    return ardour, client


def move_all(client, position):
    """All parameters that presets set, at once; returns their values."""
    symbols = list(factory_preset("lead-vocal"))
    client.packet(osc.bundle(osc.IMMEDIATELY, *[
        osc.message(f"/strip/{symbol}/normalized", position)
        for symbol in symbols]))
    client.sync()
    now = values(client)
    return {symbol: now[symbol] for symbol in symbols}


def near(value):
    """Presets and ports are text in the files of Ardour and lilv."""
    return pytest.approx(value, rel=1e-5, abs=1e-5)


def values(client):
    return {line[0]: line[1] for line in client.list("/strip/list")}


def check_all(ardour, client, expected, what):
    """Values by OSC and the knobs of these parameters."""
    def are_there():
        now = values(client)
        return all(now[symbol] == near(value)
                   for symbol, value in expected.items())
    wait_until(are_there, what)
    for symbol, value in expected.items():
        ardour.wait_param(symbol, near(value))


def move_knobs(ardour, client, position):
    """As move_all(), and the strip has seen that the host did it.

    A hand that comes in between, soon after another one, looks like a lane that
    plays, of which whoever moved it by OSC is told.
    """
    moved = move_all(client, position)
    check_all(ardour, client, moved, "knobs that follow OSC")
    client.send("/strip/cancel")  # Is done after a look at all ports
    client.sync()
    return moved


def test_the_session_follows_osc(room):
    """Automation is off: the knob moves, and the session knows."""
    ardour, client = meet(room)
    ardour.save()
    assert not ardour.is_dirty()
    client.send("/strip/output_gain", -12.5)
    ardour.wait_param("output_gain", -12.5)
    assert client.value("/strip/output_gain") == -12.5
    assert ardour.is_dirty()
    ardour.save()
    assert not ardour.is_dirty()

    # A ramp ends where it should, and the user's hand still wins
    client.send("/strip/output_gain/ramp", -20.0, 0.5)
    ardour.wait_param("output_gain", -20.0)
    assert client.value("/strip/output_gain") == -20.0
    ardour.touch("output_gain", -6)
    wait_until(lambda: client.value("/strip/output_gain") == -6.0, "the hand")
    client.send("/strip/output_gain", -7.0)
    ardour.wait_param("output_gain", -7.0)
    assert ardour.is_dirty()
    ardour.save()
    text = (ardour.folder / "test.ardour").read_text()
    assert '<Port symbol="output_gain" value="-7"/>' in text
    ardour.leave()

    # Nobody moves anything, so nothing need be saved
    again, client = meet(room, "load")
    assert again.param("output_gain") == -7.0
    assert client.value("/strip/output_gain") == -7.0
    assert not again.is_dirty()
    again.leave()


def test_presets_of_its_menu_set_everything(room):
    host = room.host("--until-stdin-eof",
                     env=dict(room.env, LV2_PATH=hosts.host_lv2_path(room)))
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    by_controller = move_all(client, 0.8)
    client.send("/strip/preset/save", "Made by a controller")
    wait_until(lambda: "Made by a controller" in
               [line[0] for line in client.list("/strip/preset/list")],
               "the preset in the list")
    assert host.quit()
    wait_until(lambda: not room.processes(), "no process")

    ardour, client = meet(room)
    move_knobs(ardour, client, 0.3)
    assert ardour.ask("preset Made by a controller") == "true"
    check_all(ardour, client, by_controller, "the preset of a controller")

    # Without state in it
    move_knobs(ardour, client, 0.4)
    assert ardour.ask("preset Lead Vocal") == "true"
    preset = factory_preset("lead-vocal")
    assert len(preset) > 30
    check_all(ardour, client, preset, "the factory's preset")

    # With state, since Ardour made it
    by_ardour = move_knobs(ardour, client, 0.6)
    assert ardour.ask("keep Made by Ardour") == "true"
    move_knobs(ardour, client, 0.7)
    assert ardour.ask("preset Made by Ardour") == "true"
    check_all(ardour, client, by_ardour, "the preset of Ardour")
    texts = [path.read_text() for path in
             (room.home / ".lv2").rglob("*.ttl")]
    assert any("Made by Ardour" in text and "state:state" in text
               for text in texts)
    ardour.leave()
