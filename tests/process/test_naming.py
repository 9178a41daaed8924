# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Names: kept, copied, and never taken by those who do not show themselves."""

import os
import signal

import pytest

from conftest import names, save_named, wait_until
from lib.processes import stop


def named(room, *arguments, name="vocals"):
    """A host with one instance of this name; where it was saved."""
    host = room.host(*arguments)
    osc = room.udp()
    room.wait_names(osc, names(1))
    osc.send("/strip/input_gain", 4.5)
    osc.send("/strip/name", name)
    osc.sync()
    room.wait_names(osc, [name])
    path = room.folder / "track.ttl"
    save_named(host, path, name)
    return host, osc, path


def add_from(host, path, number, stays_stopped=False):
    """A new instance that has this state before it is called, as in hosts."""
    host.do("stop")
    assert host.do("add") == [str(number)]
    host.do(f"load {path} {number}")
    if not stays_stopped:
        host.do("start")


@pytest.mark.parametrize("how", ["running", "stopped"])
def test_a_copied_track_gets_a_fresh_name(room, how):
    """State of a live instance in a new one: the live one keeps its name."""
    host, osc, path = named(room)
    add_from(host, path, 2, how == "stopped")
    room.wait_names(osc, ["vocals", "vocals-2"])

    # The copy has the values, and is another
    assert osc.value("/vocals-2/input_gain") == 4.5
    osc.send("/vocals/input_gain", 1.0)
    osc.send("/vocals-2/input_gain", 2.0)
    osc.sync()
    assert osc.value("/vocals/input_gain") == 1.0
    assert osc.value("/vocals-2/input_gain") == 2.0

    # A copy of the copy, and each is saved with the name that it has
    copy = room.folder / "copy.ttl"
    save_named(host, copy, "vocals-2", 2)
    add_from(host, copy, 3, how == "stopped")
    room.wait_names(osc, ["vocals", "vocals-2", "vocals-3"])
    save_named(host, path, "vocals")

    # The bridge that comes next hears the same
    os.kill(room.bridge_pid(), signal.SIGKILL)
    wait_until(room.bridge_pid, "a new bridge")
    osc = room.udp()
    room.wait_names(osc, ["vocals", "vocals-2", "vocals-3"])
    assert osc.value("/vocals/input_gain") == 1.0
    assert osc.value("/vocals-2/input_gain") == 2.0


def test_a_copy_in_another_host(room):
    _, osc, path = named(room)
    room.host("--load", path)
    room.wait_names(osc, ["vocals", "vocals-2"])


def test_a_session_with_copies_comes_back_as_it_was(room):
    """In whatever order instances and states come."""
    host, osc, path = named(room)
    add_from(host, path, 2)
    room.wait_names(osc, ["vocals", "vocals-2"])
    osc.send("/vocals-2/input_gain", -2.0)
    osc.sync()
    save_named(host, room.folder / "copy.ttl", "vocals-2", 2)
    assert host.quit()

    host = room.host("--stopped", "--instances", 2)
    host.do(f"load {room.folder}/copy.ttl 1")
    host.do(f"load {path} 2")
    host.do("start")
    osc = room.udp()
    room.wait_names(osc, ["vocals", "vocals-2"])
    assert osc.value("/vocals-2/input_gain") == -2.0
    assert osc.value("/vocals/input_gain") == 4.5


def test_a_name_is_free_again(room):
    host, osc, path = named(room)
    host.do("remove 1")
    wait_until(lambda: osc.instances() == [], "it to go")
    add_from(host, path, 2)
    room.wait_names(osc, ["vocals"])


@pytest.mark.plain_build
def test_ghosts_take_no_names(room):
    """An analysis of a track: the same state, faster than time, then gone."""
    host, osc, path = named(room)
    for _ in range(2):
        ghost = room.host("--pace", "fast", "--seconds", 20, "--load", path,
                          "--instances", 2, env=room.slow_clock())
        ghost.wait("done")
        assert osc.instances() == ["vocals"]

    # Ghosts that are still there do not stand in the way of the real one
    host.do("remove 1")
    wait_until(lambda: osc.instances() == [], "it to go")
    add_from(host, path, 2)
    room.wait_names(osc, ["vocals"])
    host.do("add")
    room.wait_names(osc, ["vocals", "strip"])  # Not strip-2
    assert sorted(osc.instances()) == ["strip", "vocals"]


def test_a_host_that_hangs_learns_its_name_later(room):
    """Its socket was full when it was told: nothing of that is lost."""
    host, osc, path = named(room)
    presets = [line[0] for line in room.wait_presets(osc, "vocals")]
    stop(host.pid)
    for number in range(600):
        osc.send("/vocals/preset/next")
        if number % 50 == 0:
            osc.ask("/ringside/version")  # Not faster than it takes them
    osc.send("/vocals/preset/load", presets[3])
    osc.send("/vocals/name", "drums")
    osc.ask("/ringside/version")
    os.kill(host.pid, signal.SIGCONT)

    def is_known():
        host.do(f"save {path}")
        return '"drums"' in path.read_text()
    wait_until(is_known, "the new name in the saved state")

    # And the next bridge knows what was recalled last
    room.kill_bridge()
    osc = room.udp()
    room.wait_names(osc, ["drums"])
    room.wait_presets(osc, "drums")
    osc.send("/drums/preset/next")
    wait_until(lambda: osc.ask("/drums/preset")[2] == [presets[4]],
               "the preset after the one recalled last")
