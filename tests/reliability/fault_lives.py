# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A life of the plugin, and one of the bridge, in which a call may fail."""

import contextlib
import os
import select
import signal
import subprocess
import time

from conftest import PATIENCE, program, wait_until
from lib.osc import Tcp, Unix

# From the end of all faults: at most 30 s until a plugin tries again
AGAIN = PATIENCE + 30.0


def assert_plays(host):
    """Its sound follows its ports, whatever happens to OSC."""
    for gain in (-20, 0):
        host.do(f"port output_gain {gain}")
        wait_until(lambda: abs(host.get("output_peak") -
                               host.get("input_peak") - gain) < 0.5,
                   "the output at the level that was asked for")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def logged(host):
    return [line for line in [*host.lines.seen, *list(host.lines.queue.queue)]
            if line and line.startswith("log")]


def assert_bridged(room, save=None):
    """All that a bridge does, with a bridge that nothing fails in."""
    osc = room.udp()
    room.wait_names(osc, ["strip"])
    osc.send("/strip/input_gain", 3.5)
    osc.sync()
    assert osc.value("/strip/input_gain") == 3.5
    osc.send("/strip/input_gain", 0.0)
    osc.sync()
    if save:
        def is_saved():
            osc.send("/strip/preset/save", save)
            osc.sync()
            with contextlib.suppress(LookupError):
                return save in [line[0] for line in
                                osc.list("/strip/preset/list")]
            return False
        wait_until(is_saved, "a preset to be saved")


def plugin_run(room, table, arm):
    """One life of the plugin in a host."""
    host = room.host("--instances", 0, "--input", "sine:440",
                     env=table.env(room, "ringside.so"))
    arm()
    before = descriptors(host.pid)
    try:
        host.do("add")
    except RuntimeError:
        assert table.failed(), "it was not made for no reason"
        table.disarm()
        host.do("add 1")
    number = host.lines.seen[-1].split()[-1]
    made_alone = table.failed() > 0
    assert number != "0", "the instance was not made"

    def decided():
        return host.get("osc_port", number) or logged(host)
    wait_until(decided, "a bridge or a line in the log")
    host.do(f"port output_gain 0 {number}")
    assert_plays_as(host, number)

    # A successor, too
    if host.get("osc_port", number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(room.bridge_pid(), signal.SIGKILL)
        time.sleep(0.15)
        assert_plays_as(host, number)
    host.do(f"save {room.folder / 'state.ttl'} {number}")
    assert len(logged(host)) <= 2, logged(host)

    table.disarm()
    if made_alone and not host.get("osc_port", number):
        # Without the link it is a plain plugin, for good: it has said so
        assert logged(host)
        host.do(f"remove {number}")
        number = host.do("add")[0]
    wait_until(lambda: host.get("osc_port", number), "a bridge in the end", AGAIN)
    assert_bridged(room)
    host.do(f"remove {number}")
    wait_until(lambda: descriptors(host.pid) <= before,
               "the descriptors to be given back")
    assert descriptors(host.pid) == before
    assert table.n_live() == 0, f"{table.n_live()} pieces of memory are lost"
    assert host.quit(), "the host ended badly"


def assert_plays_as(host, number):
    for gain in (-20, 0):
        host.do(f"port output_gain {gain} {number}")
        wait_until(lambda: abs(host.get("output_peak", number) -
                               host.get("input_peak", number) - gain) < 0.5,
                   "the output at the level that was asked for")


FAILURES = (TimeoutError, LookupError, AssertionError, OSError)


def others_try(room):
    """Streams, the Unix socket, patterns, names and files, for what they do."""
    with contextlib.suppress(*FAILURES):
        folder = room.home / ".config/ringside"
        folder.mkdir(parents=True)
        (folder / "bridge.conf").write_text("[osc]\ntiming = steady\n")
    for open_client in (
            lambda: Tcp(room.port(1.0)),
            lambda: Tcp(room.port(1.0), "length"),
            lambda: Unix(str(room.runtime / "osc.sock"),
                         str(room.folder / "client.sock"))):
        with contextlib.suppress(*FAILURES), open_client() as client:
            use(client)


def use(client):
    """All kinds of commands; what is lost is lost.  What cannot be accepted
    waits in the kernel, and may come when all else is over: so they leave alone
    what assert_plays() and assert_bridged() look at."""
    for commands in (
            [("/*/{pan,none}", 0.5), ("/strip/pan/ramp", 0.5, 0.01),
             ("/strip/name", "other"), ("/other/name", "strip")],
            [("/strip/preset/delete", "one"), ("/strip/preset/load", "none"),
             ("/strip/nothing",)]):
        for command in commands:
            client.send(*command)
        with contextlib.suppress(*FAILURES):
            client.sync(3, 1.0)
    for question in ("/strip/list", "/ringside/instances", "/*/pan/labels"):
        client.drain()
        with contextlib.suppress(*FAILURES):
            client.lines(question, 0.5)


def bridge_run(room, table, arm):
    """One life of a bridge, which a host may end if it does not greet it."""
    arm()
    reader, writer = os.pipe()
    errors = open(room.folder / "errors", "w+", encoding="utf-8")
    bridge = subprocess.Popen(
        [str(program("ringside-bridge")), f"--ready-fd={writer}"],
        env=table.env(room), stdin=subprocess.DEVNULL, stderr=errors,
        pass_fds=[writer])
    room.things.append(bridge)
    os.close(writer)
    with os.fdopen(reader, "rb") as ready:
        assert select.select([ready], [], [], PATIENCE)[0], "it never starts"
        is_ready = bool(ready.read(1))

    def said():
        errors.seek(0)
        return errors.read()

    if not is_ready and not (room.runtime / "attach.sock").exists():
        code = bridge.wait(PATIENCE)
        assert code > 0, f"ended with {code} while it started"
        assert said().strip(), "it ended without a word"

    try:
        before = is_ready and descriptors(bridge.pid)
    except PermissionError:
        before = 0  # It is not dumpable, and we are not root
    host = room.host("--input", "sine:440")
    assert_plays(host)
    # While it may fail, nothing is expected but to live
    with contextlib.suppress(TimeoutError, LookupError, AssertionError):
        osc = room.udp(1.0)
        room.wait_names(osc, ["strip"], 1.0)
        osc.send("/strip/input_gain", 2.0)
        osc.sync(1, 1.0)
        osc.ask("/strip/input_gain", timeout=1.0)
        osc.lines("/strip/preset/list", 1.0)
        osc.send("/strip/preset/save", "one")
        osc.sync(2, 1.0)
        osc.lines("/strip/preset/list", 1.0)
        osc.lines("/ringside/status", 1.0)
    others_try(room)
    assert_plays(host)
    code = bridge.poll()
    may_be_ended = table.failed() and table.function() == "accept4"
    assert code is None or code >= 0 or may_be_ended, (
        f"ended with {code}\n{said()}")

    table.disarm()
    if bridge.poll() is None and table.failed() and not (
            room.runtime / "port").exists():
        # It serves hosts, but could not write down where clients find it
        bridge.terminate()
        code = bridge.wait(PATIENCE)
        assert code == 0, f"ended with {code}"
    wait_until(lambda: host.get("osc_port"), "a bridge in the end", AGAIN)
    assert_bridged(room, None if table.failed() and code is None else "two")
    assert_plays(host)
    assert host.quit(), "the host ended badly"
    if bridge.poll() is None:
        if before:
            wait_until(lambda: descriptors(bridge.pid) <= before,
                       "the bridge to give back descriptors")
        bridge.terminate()
        code = bridge.wait(PATIENCE)
        assert code == 0, f"ended with {code}"
        assert table.n_live() == 0, (
            f"{table.n_live()} pieces of memory are lost")
    errors.close()
