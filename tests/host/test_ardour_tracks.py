# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour: a mono track, a copied one, one that needs two strips, bypass, one
that is not active."""

from conftest import wait_until
from lib.ardour import Ardour


def set_and_see(ardour, client, name, symbol, value):
    client.send(f"/{name}/{symbol}", value)
    ardour.wait_param(symbol, value)
    assert client.value(f"/{name}/{symbol}") == value


def test_a_mono_track_and_its_copy(room):
    ardour = Ardour(room, channels=1)
    client = room.udp()
    room.wait_names(client, ["strip"])  # One is enough for it
    ardour.name_controls(client)
    set_and_see(ardour, client, "strip", "output_gain", -9.0)
    client.send("/strip/name", "voice")
    room.wait_names(client, ["voice"])

    # The copy has the values, but no name that is taken
    assert ardour.ask("copy Copied") == "1"
    room.wait_names(client, ["voice", "voice-2"])
    assert client.value("/voice-2/output_gain") == -9.0
    set_and_see(ardour, client, "voice-2", "output_gain", -3.0)
    set_and_see(ardour, client, "voice-2", "hpf_freq", 250.0)
    assert client.value("/voice/output_gain") == -9.0
    ardour.ask("choose Track")
    assert ardour.param("output_gain") == -9.0
    set_and_see(ardour, client, "voice", "output_gain", -12.0)

    # Each is called what it was when the session comes back
    ardour.save()
    ardour.leave()
    again = Ardour(room, "load")
    client = room.udp()
    room.wait_names(client, ["voice", "voice-2"])
    assert client.value("/voice/output_gain") == -12.0
    assert client.value("/voice-2/output_gain") == -3.0
    assert client.value("/voice-2/hpf_freq") == 250.0
    again.leave()


def test_bypass_and_a_track_that_needs_two(room):
    ardour = Ardour(room, channels=4)
    client = room.udp()
    room.wait_names(client, ["strip", "strip-2"])
    ardour.name_controls(client)

    # Ardour has one set of knobs for both, and listens to the first
    set_and_see(ardour, client, "strip", "output_gain", -9.0)
    wait_until(lambda: client.value("/strip-2/output_gain") == -9.0,
               "the second to follow")
    ardour.touch("output_gain", -6)
    for name in ("strip", "strip-2"):
        wait_until(lambda: client.value(f"/{name}/output_gain") == -6.0,
                   "the hand")

    # Bypassed is a state of the sound, in which OSC goes on
    assert ardour.ask("bypass on") == "false"
    wait_until(lambda: client.value("/strip/enabled") == 0.0, "bypass")
    set_and_see(ardour, client, "strip", "output_gain", -15.0)
    assert client.value("/strip/enabled") == 0.0
    assert ardour.ask("bypass off") == "true"
    wait_until(lambda: client.value("/strip/enabled") == 1.0, "no bypass")
    assert ardour.param("output_gain") == -15.0
    assert client.value("/strip/output_gain") == -15.0
    ardour.leave()


def test_a_track_that_is_not_active(room):
    """Ardour knows nothing of what OSC did then, and keeps it all the same."""
    ardour = Ardour(room)
    client = room.udp()
    room.wait_names(client, ["strip"])
    ardour.name_controls(client)
    set_and_see(ardour, client, "strip", "output_gain", -30.0)
    assert ardour.ask("active off") == "false"
    client.send("/strip/pan", 0.5)
    client.send("/strip/output_gain/ramp", -10.0, 0.3)
    wait_until(lambda: client.value("/strip/output_gain") == -10.0, "a ramp")
    assert client.value("/strip/pan") == 0.5
    ardour.save()
    text = (ardour.folder / "test.ardour").read_text()
    assert '<Port symbol="output_gain" value="-30"/>' in text
    ardour.leave()

    again = Ardour(room, "load")
    client = room.udp()
    room.wait_names(client, ["strip"])
    assert client.value("/strip/output_gain") == -10.0
    assert client.value("/strip/pan") == 0.5
    assert again.ask("active on") == "true"
    again.name_controls(client)
    again.wait_param("output_gain", -10.0)
    again.wait_param("pan", 0.5)
    assert client.value("/strip/output_gain") == -10.0
    assert client.value("/strip/pan") == 0.5
    again.leave()
