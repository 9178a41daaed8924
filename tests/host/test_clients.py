# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""OSC from programs that nobody here wrote: each sets, and reads an answer."""

import os
import pathlib
import socket
import subprocess
import time

import pytest

from conftest import MADE_UP, wait_until
from lib import hosts

CLIENTS = pathlib.Path(__file__).with_name("clients")


def run(command, **options):
    """Run a program to its end; what it printed."""
    done = subprocess.run(
        [str(word) for word in command], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=180, check=False, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_half_a_second_ahead(osc, sent):
    """A bundle took effect whole, at its tag and not before."""
    value = osc.value("/strip/mute")
    assert value == 0.0 or time.monotonic() > sent + 0.5 - MADE_UP
    wait_until(lambda: osc.value("/strip/mute") == 1.0, "the bundle")
    assert osc.value("/strip/pan") == -0.5


def test_oscsend_and_oscdump(room, strip):
    hosts.need("oscsend")
    here = free_port()
    dump = hosts.Talker(["stdbuf", "-oL", hosts.need("oscdump"), str(here)],
                        room.env)
    room.things.append(dump)

    def is_listening():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("0.0.0.0", here))
                return False
            except OSError:
                return True
    wait_until(is_listening, "oscdump")

    def send(*words):
        run(["oscsend", "127.0.0.1", room.port(), *words])

    send("/strip/low_gain", "f", -3.5)
    send("/strip/mute", "T")
    send("/strip/delay_mode", "s", "Ping-pong")
    send("/strip/preset/load", "s", "Lead Vocal")
    wait_until(lambda: strip.value("/strip/preset") == "Lead Vocal",
               "the preset")
    send("/strip/low_gain", "d", -3.5)
    send("/strip/mute", "i", "1")
    assert strip.value("/strip/low_gain") == -3.5
    assert strip.value("/strip/mute") == 1.0

    # oscsend does not listen, so its answers are sent to oscdump
    send("/ringside/reply_port", "i", here)
    send("/strip/low_gain")
    assert dump.wait_for("/strip/low_gain").split()[-3:] == [
        "/strip/low_gain", "f", "-3.500000"]
    send("/strip/no_such_thing", "f", 1)
    assert "404" in dump.wait_for("/error")
    send("/ringside/reply_port", "i", 0)


def test_oscsendfile(room, strip):
    """It plays a file in time, as time-tagged bundles."""
    program = hosts.need("oscsendfile")
    file = room.folder / "moves.osc"
    now = int(time.time()) + 2208988800
    file.write_text(
        f"{now:08x}.00000000 /strip/low_gain f 4.5\n"
        f"{now:08x}.80000000 /strip/mute i 1\n"
        f"{now:08x}.80000000 /strip/pan f -0.5\n")
    begun = time.monotonic()
    print(run([program, "127.0.0.1", room.port(), file]))
    wait_until(lambda: strip.value("/strip/low_gain") == 4.5, "the first")
    wait_for_half_a_second_ahead(strip, begun)


def test_supercollider(room, strip):
    program = hosts.need("sclang")
    env = dict(room.env, QT_QPA_PLATFORM="offscreen",
               QTWEBENGINE_DISABLE_SANDBOX="1",
               QTWEBENGINE_CHROMIUM_FLAGS="--no-sandbox")
    begun = time.monotonic()
    said = run([program, "-u", free_port(), CLIENTS / "moves.scd",
                room.port()], env=env)
    assert "answer 4.5" in said
    assert strip.value("/strip/low_gain") == 4.5
    wait_for_half_a_second_ahead(strip, begun)


def test_pure_data(room, strip):
    program = hosts.need("pd")
    patch = room.folder / "moves.pd"
    patch.write_text(
        (CLIENTS / "moves.pd").read_text().replace("6720", str(room.port())))
    pd = hosts.Talker(["stdbuf", "-oL", program, "-nogui", "-noaudio",
                       "-nomidi", "-stderr", "-nrt", str(patch)], room.env)
    room.things.append(pd)
    assert pd.wait_for("answer").split()[-1] == "4.5"
    assert strip.value("/strip/low_gain") == 4.5
    assert strip.value("/strip/mute") == 1.0
    assert strip.value("/strip/delay_mode") == 1.0


def test_node(room, strip):
    npm, node = hosts.need("npm"), hosts.need("node")
    folder = room.folder / "node"
    folder.mkdir()
    # With the user's own settings of npm: where the packages come from
    installed = subprocess.run(
        [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund",
         "--ignore-scripts", "--omit=optional", "osc@2.4.5"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        env=dict(os.environ, npm_config_cache=str(folder / "cache")))
    if installed.returncode:
        pytest.skip("npm cannot install osc: " + installed.stdout[-300:])

    begun = time.monotonic()
    said = run([node, CLIENTS / "moves.js", room.port()],
               env=dict(room.env, NODE_PATH=str(folder / "node_modules")))
    assert "answer 4.5" in said
    assert strip.value("/strip/low_gain") == 4.5
    wait_for_half_a_second_ahead(strip, begun)
