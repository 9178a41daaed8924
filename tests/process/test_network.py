# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Other machines: heard only if allowed or greeted, and else not answered."""

import contextlib
import os
import pathlib
import socket
import subprocess
import time

import pytest

from conftest import PATIENCE, slower, wait_until
from lib import netns, osc
from lib.netns import HERE, OTHERS
from peer import Peer

SECRET = "open sesame"


@pytest.fixture
def machines():
    try:
        them = netns.Machines().__enter__()
    except PermissionError:
        pytest.skip("needs network namespaces: run as root")
    yield them
    them.__exit__()


class Other(osc.Udp):
    """A client on the other machine, with one of its addresses."""

    def __init__(self, machines, port, address=OTHERS[0]):
        with machines.on_other():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((address, 0))
        self.to = (HERE, port)


class OtherTcp(osc.Tcp):
    def __init__(self, machines, port, address=OTHERS[0]):
        with machines.on_other():
            self.socket = socket.create_connection(
                (HERE, port), timeout=PATIENCE, source_address=(address, 0))
        self.framing, self.buffer = "slip", b""


def configure(room, **keys):
    folder = room.home / ".config/ringside"
    folder.mkdir(parents=True, exist_ok=True)
    text = "[osc]\n" + "".join(f"{key} = {value}\n"
                               for key, value in keys.items())
    new = folder / "new"
    new.write_text(text)
    new.chmod(0o600)
    new.rename(folder / "bridge.conf")


def strangers(local):
    return local.status()["strangers"]


def assert_no_answer(local, *clients):
    """After the bridge has looked at what they sent."""
    local.sync()
    for client in clients:
        assert client.receive(0.05) is None


def is_over(client):
    """True once the bridge has closed the connection without a word."""
    client.socket.settimeout(PATIENCE)
    try:
        return client.socket.recv(1) == b""
    except ConnectionResetError:
        return True


def test_only_loopback_by_default(room, machines):
    """All that listens, as the kernel tells, is on loopback or has no name
    beyond this machine."""
    process = room.bridge()
    listening = subprocess.run(["ss", "-Hlntup"], capture_output=True,
                               text=True, check=True).stdout.splitlines()
    ours = [line.split() for line in listening if f"pid={process.pid}," in line]
    assert sorted(line[0] for line in ours) == ["tcp", "udp"], listening
    assert {line[4].rsplit(":", 1)[0] for line in ours} == {"127.0.0.1"}

    with Other(machines, room.port()) as other:
        other.send("/ringside/ping", 1)
        with contextlib.suppress(ConnectionRefusedError):
            assert other.receive(0.2) is None
    with pytest.raises(ConnectionRefusedError):
        OtherTcp(machines, room.port())


@pytest.mark.parametrize("listen", ["0.0.0.0", HERE])
def test_not_without_a_guard(room, machines, listen):
    """Listening for others without saying for whom is an error."""
    configure(room, listen=listen)
    room.bridge()
    with room.udp() as local, Other(machines, room.port()) as other:
        assert local.status()["config_errors"] == 1.0
        with contextlib.suppress(ConnectionRefusedError):
            other.send("/ringside/ping")
            assert other.receive(0.2) is None


def test_allowed(room, machines):
    configure(room, listen="0.0.0.0", allow="10.99.0.0/16, 10.77.0.2")
    room.bridge()
    with Peer(room, 1), room.udp() as local, \
            Other(machines, room.port()) as welcome, \
            Other(machines, room.port(), OTHERS[1]) as stranger, \
            OtherTcp(machines, room.port()) as stream:
        assert welcome.instances() == ["peer"]
        welcome.send("/peer/gain", -7.5)
        assert welcome.value("/peer/gain") == -7.5
        assert stream.value("/peer/gain") == -7.5
        assert welcome.ask("/ringside/hello", "whatever")[1] == "T"

        # Nothing that a stranger says is answered, well-formed or not
        before = strangers(local)
        packets = [osc.message("/ringside/ping", 1),
                   osc.message("/peer/gain", 6.0),
                   osc.message("/peer/gain"),
                   osc.message("/nobody/here", 1.0),
                   osc.message("/ringside/hello", ""),
                   osc.message("/ringside/hello", SECRET),
                   osc.bundle(osc.IMMEDIATELY, osc.message("/peer/gain", 6.0)),
                   b"garbage!", b"/", b"\0" * 4]
        for packet in packets:
            stranger.packet(packet)
        wait_until(lambda: strangers(local) == before + len(packets),
                   "the strangers to be counted")
        assert_no_answer(local, stranger)
        assert local.value("/peer/gain") == -7.5

        # Nor is a connection taken
        taken = local.status()["tcp_connections"]
        with OtherTcp(machines, room.port(), OTHERS[1]) as knocking:
            assert is_over(knocking)
        assert local.status()["tcp_connections"] == taken


@pytest.mark.parametrize("transport", [Other, OtherTcp])
def test_greeted(room, machines, transport):
    """The passphrase makes a guest of an address, over either transport."""
    configure(room, listen="0.0.0.0", passphrase=SECRET)
    room.bridge()
    with Peer(room, 1), room.udp() as local:
        with transport(machines, room.port()) as client, \
                Other(machines, room.port(), OTHERS[1]) as stranger:
            assert client.ask("/ringside/hello", SECRET) == (
                "/ringside/hello", "T", [True])
            client.send("/peer/gain", -3.0)
            assert client.value("/peer/gain") == -3.0
            assert local.status()["guests"] == 1.0

            # Only that address, and all of it
            stranger.send("/ringside/ping")
            assert_no_answer(local, stranger)
            with Other(machines, room.port()) as second:
                assert second.value("/peer/gain") == -3.0

        # Another passphrase: greet again
        configure(room, listen="0.0.0.0", passphrase="another secret")
        wait_until(lambda: local.status()["guests"] == 0.0, "nobody to be left")
        with Other(machines, room.port()) as past:
            past.send("/ringside/ping")
            assert_no_answer(local, past)


WRONG = [(), ("",), (SECRET[:-1],), (SECRET + "x",), ("open sesamd",),
         (SECRET.upper(),), (1,),
         (b"open sesame",), ("x" * 5000,), (SECRET[:4] + "\0" + SECRET[4:],)]


@pytest.mark.parametrize("arguments", WRONG, ids=range(len(WRONG)))
def test_wrong_greetings(room, machines, arguments):
    configure(room, listen="0.0.0.0", passphrase=SECRET)
    room.bridge()
    with room.udp() as local, Other(machines, room.port()) as client:
        client.send("/ringside/hello", *arguments)
        wait_until(lambda: strangers(local) == 1.0, "it to be counted")
        assert_no_answer(local, client)
        assert local.status()["guests"] == 0.0

        # Over TCP, a wrong word is the last one
        with OtherTcp(machines, room.port(), OTHERS[1]) as stream:
            stream.send("/ringside/hello", *arguments)
            assert is_over(stream)


def test_guessing_is_slow(room, machines):
    """After a wrong guess the right word is not heard for a second, and for
    other addresses it is."""
    configure(room, listen="0.0.0.0", passphrase=SECRET)

    def trial(_):
        bridge = room.bridge()  # One that has no guests yet
        with room.udp() as local, Other(machines, room.port()) as guesser, \
                Other(machines, room.port(), OTHERS[1]) as other:
            begin = time.monotonic()
            guesser.send("/ringside/hello", "wrong words")
            guesser.send("/ringside/hello", SECRET)
            local.sync()
            seen = strangers(local), local.status()["guests"]
            is_in_time = time.monotonic() - begin < 1.0
            if is_in_time:
                assert seen == (2.0, 0.0)
                assert other.ask("/ringside/hello", SECRET)[1] == "T"

                def greets():
                    guesser.send("/ringside/hello", SECRET)
                    return guesser.receive(0.1)
                answer = wait_until(greets, "a late welcome")
                assert answer[0] == "/ringside/hello"
                assert time.monotonic() - begin >= 1.0
        bridge.terminate()
        bridge.wait(PATIENCE)
        return is_in_time
    slower(trial, "two guesses within a second")


def test_connections_are_few(room, machines):
    """Eight of one machine, and who says nothing has to go."""
    configure(room, listen="0.0.0.0", allow=OTHERS[0], passphrase=SECRET)
    room.bridge()
    with contextlib.ExitStack() as stack:
        local = stack.enter_context(room.udp())
        mine = [stack.enter_context(OtherTcp(machines, room.port()))
                for _ in range(9)]
        for stream in mine[:8]:
            stream.send("/ringside/ping", 1)
            assert stream.receive()[2] == [1]
        assert is_over(mine[8])
        assert local.status()["rejected_rate"] == 1.0

        # Another machine still gets in, but not for long without a greeting
        silent = stack.enter_context(OtherTcp(machines, room.port(), OTHERS[1]))
        assert is_over(silent)
        assert local.status()["rejected_rate"] == 1.0  # It had been let in
        assert mine[0].ask("/ringside/version")[1] == "s"


def test_passphrase_that_others_can_read(room, machines):
    configure(room, listen="0.0.0.0", passphrase=SECRET)
    (room.home / ".config/ringside/bridge.conf").chmod(0o644)
    room.bridge()
    with room.udp() as local:
        # It does not count, and so there is no guard either
        assert local.status()["config_errors"] == 2.0
        with Other(machines, room.port()) as other:
            with contextlib.suppress(ConnectionRefusedError):
                other.send("/ringside/hello", SECRET)
                assert other.receive(0.2) is None


def test_address_that_is_not_here(room, machines):
    """A wrong address is an error, and this machine is served all the same."""
    configure(room, listen="10.78.0.1", allow="10.78.0.0/24")
    room.bridge()
    with room.udp() as local:
        assert local.status()["config_errors"] == 1.0


def has_other_users():
    """False where this user is all that there is."""
    lines = pathlib.Path("/proc/self/uid_map").read_text().splitlines()
    return os.geteuid() == 0 and sum(int(line.split()[2])
                                     for line in lines) > 65534


@pytest.mark.skipif(not has_other_users(),
                    reason="needs another user: run as root")
def test_other_users(room):
    """Another user of this machine can neither attach nor send by socket."""
    room.bridge()
    room.port()
    for path in (room.folder, room.runtime):
        path.chmod(0o755)
    for name in ("osc.sock", "attach.sock"):
        (room.runtime / name).chmod(0o777)
    script = """
import os, socket, sys
os.setgid(65534)
os.setuid(65534)
folder = sys.argv[1]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.bind(b"\\0ringside-test-%d" % os.getpid())
    s.settimeout(0.5)
    s.sendto(b"/ringside/ping\\0\\0,\\0\\0\\0", folder + "/osc.sock")
    try:
        print("answer", s.recv(100))
    except TimeoutError:
        print("silence")
with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
    s.settimeout(10)
    try:
        s.connect(folder + "/attach.sock")
        s.send(b"x" * 64)
        print("end" if not s.recv(4096) else "talk")
    except OSError as e:
        print("end")
"""
    said = subprocess.run(
        ["/usr/bin/python3", "-c", script, str(room.runtime)],
        capture_output=True, text=True, check=True).stdout.split("\n")
    assert said[:2] == ["silence", "end"]
    # Both are counted, and a host of another user gets no word at all
    with room.udp() as client:
        assert client.status()["strangers"] == 2.0
