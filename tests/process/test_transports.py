# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""UDP, TCP in both framings, and Unix datagrams: the same bridge on all."""

import os
import random
import signal
import socket
import struct
import time

import pytest

from conftest import wait_until
from lib import osc
from lib.processes import stop
from peer import Peer

KEPT = 1024 * 1024  # Bytes for one client that does not read
PING = osc.message("/ringside/ping", 7, "x")
PONG = ("/ringside/pong", "is", [7, "x"])


def open_client(room, kind):
    if kind == "udp":
        return room.udp()
    if kind == "unix":
        room.port()
        return osc.Unix(str(room.runtime / "osc.sock"),
                        str(room.folder / "client.sock"))
    return osc.Tcp(room.port(), kind)


@pytest.mark.parametrize("kind", ["udp", "unix", "slip", "length"])
def test_asks_and_answers(room, kind):
    room.bridge()
    with Peer(room, 2), open_client(room, kind) as client:
        assert client.instances() == ["peer", "peer-2"]
        client.send("/peer/gain", -7.5)
        assert client.value("/peer/gain") == -7.5
        assert client.value("/peer-2/gain") == 0.0
        client.send("/peer-2/freq", 250)
        client.sync(99)
        assert client.value("/peer-2/freq") == 250.0

        answer = client.ask("/peer/nothing")
        assert answer[0] == "/error"
        assert answer[2][:2] == ["/peer/nothing", 404]

        client.send("/ringside/ping", 1, 0.5, "two", True)
        assert client.receive() == ("/ringside/pong", "ifsT",
                                    [1, 0.5, "two", True])
        assert client.drain() == []


def test_order_over_transports(room):
    """A sync over one transport waits for commands that came over others."""
    room.bridge()
    with Peer(room, 1), room.udp() as udp, osc.Tcp(room.port()) as tcp:
        for number in range(200):
            udp.send("/peer/freq", 100 + number)
            tcp.sync(number)
            assert tcp.value("/peer/freq") == 100 + number


@pytest.mark.parametrize("framing", ["slip", "length"])
def test_any_fragmentation(room, framing):
    """Frames are cut and joined anywhere by the network."""
    room.bridge()
    frame = osc.slip if framing == "slip" else osc.length_prefixed
    chance = random.Random(4)
    with osc.Tcp(room.port(), framing) as client:
        stream = b"".join(frame(osc.message("/ringside/ping", number))
                          for number in range(300))
        at = 0
        while at < len(stream):
            size = chance.choice([1, 1, 2, 3, 7, 40, 200])
            client.socket.sendall(stream[at:at + size])
            at += size
        for number in range(300):
            assert client.receive() == ("/ringside/pong", "i", [number])


def test_slip_as_others_send_it(room):
    """END only behind each packet; also any number of them around."""
    room.bridge()
    with osc.Tcp(room.port()) as client:
        client.socket.sendall(PING + b"\xc0")
        assert client.receive() == PONG
        client.socket.sendall(b"\xc0\xc0\xc0" + PING + b"\xc0\xc0")
        assert client.receive() == PONG
    with osc.Tcp(room.port()) as client:
        bundle = osc.bundle(osc.IMMEDIATELY, PING)
        client.socket.sendall(bundle + b"\xc0")
        assert client.receive() == PONG


@pytest.mark.parametrize("framing", ["slip", "length"])
def test_large_frames(room, framing):
    """Up to 64 KiB is taken, 413 beyond; the next frame is not harmed."""
    room.bridge()
    with osc.Tcp(room.port(), framing) as client:
        # As large as may be: malformed, so 400
        client.packet(b"x" * 65536)
        assert client.wait_for("/error")[2][:2] == ["", 400]
        client.packet(b"x" * 65537)
        assert client.wait_for("/error")[2][:2] == ["", 413]
        client.packet(b"x" * 1_000_000)
        assert client.wait_for("/error")[2][:2] == ["", 413]
        client.packet(PING)
        assert client.receive() == PONG
        assert client.status()["rejected_size"] == 2


def test_fatal_length(room):
    room.bridge()
    with osc.Tcp(room.port(), "length") as client:
        client.socket.sendall(struct.pack(">I", 16 * 1024 * 1024 + 1))
        with pytest.raises(ConnectionError):
            client.receive()
    with osc.Tcp(room.port(), "length") as client:
        client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionError):
            client.receive()
    assert room.udp().status()["rejected_size"] == 2


def test_bad_slip(room):
    room.bridge()
    with osc.Tcp(room.port()) as client:
        client.socket.sendall(b"\xc0/a\xdb\x00\xc0")
        assert client.wait_for("/error")[2][:2] == ["", 400]
        client.packet(PING)
        assert client.receive() == PONG


def test_connections_are_bounded(room):
    """32 at once; further ones are closed and counted."""
    room.bridge()
    clients = [osc.Tcp(room.port()) for _ in range(32)]
    for client in clients:
        client.packet(PING)
        assert client.receive() == PONG
    for _ in range(3):
        with osc.Tcp(room.port()) as refused:
            with pytest.raises(ConnectionError):
                refused.packet(PING)
                refused.receive()
    status = room.udp().status()
    assert status["connections"] == 32
    assert status["rejected_rate"] == 3
    for client in clients:
        client.close()

    def has_room():
        with osc.Tcp(room.port()) as client:
            try:
                client.packet(PING)
                return client.receive() == PONG
            except ConnectionError:
                return False
    wait_until(has_room, "room for a connection")


def test_slow_client_blocks_nobody(room):
    """One asks and never reads: its answers are dropped, others go on."""
    room.bridge()
    udp = room.udp()
    with osc.Tcp(room.port(), holds_little=True) as slow, \
            osc.Tcp(room.port()) as other:
        def has_lost():
            for _ in range(10):
                slow.send("/ringside/ping", b"x" * 60000)
            return udp.status()["replies_lost"] > 10
        wait_until(has_lost, "lost replies")
        other.packet(PING)
        assert other.receive() == PONG
        assert udp.ask("/ringside/version")[0] == "/ringside/version"


def test_late_reader_gets_the_rest(room):
    """What the socket did not take comes later, or was counted as lost."""
    room.bridge()
    udp = room.udp()
    asked, seen = 0, []
    with osc.Tcp(room.port(), holds_little=True) as late:
        def ask():
            nonlocal asked
            for _ in range(10):
                late.send("/ringside/ping", asked, b"x" * 20000)
                asked += 1
            return udp.status()["replies_lost"] > 0
        wait_until(ask, "lost replies")

        # A large window again, or it would take its time
        late.hold(1 << 20)

        def is_all_there():
            while (answer := late.receive(0.2)) is not None:
                seen.append(answer[2][0])
            return len(seen) + udp.status()["replies_lost"] == asked
        wait_until(is_all_there, "all that was not lost")
        assert seen == sorted(seen)
        assert len(seen) * 20000 > KEPT - 20000
        late.packet(PING)
        assert late.receive() == PONG


def test_half_frames_and_resets(room):
    """Connections that end in the middle of anything leave nothing."""
    room.bridge()
    udp = room.udp()
    for size in range(1, 40):
        with osc.Tcp(room.port(), "length") as client:
            client.socket.sendall(osc.length_prefixed(PING)[:size])
            if size % 2:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack("ii", 1, 0))
    wait_until(lambda: udp.status()["connections"] == 0, "all to be closed")


def test_reply_port(room):
    """Replies to this IP go to another port from now on; 0 undoes."""
    room.bridge()
    with room.udp() as client, room.udp() as other:
        number = other.socket.getsockname()[1]
        client.send("/ringside/reply_port", number)
        client.packet(PING)
        assert other.receive() == PONG
        assert client.drain() == []
        client.send("/ringside/reply_port", 0)
        client.packet(PING)
        assert client.receive() == PONG
        assert other.drain() == []


def test_only_loopback(room):
    """Every socket of the bridge that is bound is bound to 127.0.0.1."""
    bridge = room.bridge()
    port = room.port()
    inodes = set()
    for fd in os.listdir(f"/proc/{bridge.pid}/fd"):
        try:
            target = os.readlink(f"/proc/{bridge.pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])

    found = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        with open(f"/proc/{bridge.pid}/net/{table}") as lines:
            for line in list(lines)[1:]:
                words = line.split()
                if words[9] in inodes:
                    found.append((table, words[1]))
    assert sorted(found) == [("tcp", f"0100007F:{port:04X}"),
                             ("udp", f"0100007F:{port:04X}")]


def test_unnamed_unix_sender(room):
    """Nobody to answer to: commands count all the same."""
    room.bridge()
    with Peer(room, 1), room.udp() as udp:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            to = str(room.runtime / "osc.sock")
            sender.sendto(PING, to)
            sender.sendto(osc.message("/peer/gain", -9.0), to)
        wait_until(lambda: udp.value("/peer/gain") == -9.0, "the value")


def test_floods_lose_nothing_silently(room):
    """Each datagram that the kernel took is counted; the last value holds."""
    room.bridge()
    with Peer(room, 1), room.udp() as client:
        before = client.status()["messages"]
        for number in range(20000):
            client.send("/peer/freq", 20.0 + number % 900)
            if number % 500 == 499:
                client.sync(number)
        client.send("/peer/freq", 333.0)
        assert client.value("/peer/freq") == 333.0
        assert client.status()["messages"] - before >= 20000


def test_long_answers_over_unix(room):
    """More of them than a Unix socket holds arrive all the same, in order."""
    room.bridge()
    each = len(room.udp().list("/ringside/status")) + 1  # And the end
    with open_client(room, "unix") as client:
        for number in range(20):
            client.send("/ringside/status")
            client.send("/ringside/ping", number)
        for number in range(20):
            for _ in range(each):
                answer = client.receive()
                assert answer, f"an answer to question {number} is missing"
            assert answer[0] == "/ringside/status/end"
            assert client.receive() == ("/ringside/pong", "i", [number])


@pytest.mark.parametrize("kind", ["udp", "unix", "slip", "length"])
def test_arrival_is_when_the_kernel_had_it(room, kind):
    """Not when a bridge that was busy came to look: for `steady`, that matters.

    Each plugin counts the time from arrival to run(); the bridge gives the sum.
    """
    host = room.host()
    other = room.udp()
    room.wait_names(other, ["strip"])

    def is_kept(value):
        """False if the host replaced the bridge, on a machine that pauses"""
        bridge = room.bridge_pid()
        with open_client(room, kind) as client:
            client.sync()  # It is connected
            stop(bridge)
            client.send("/strip/pan", value)
            sent = time.monotonic()
            time.sleep(0.3)  # Of the 1.5 s after which the host would end it
            held = time.monotonic() - sent
            os.kill(bridge, signal.SIGCONT)

            # Nothing follows it: of bytes that lie together in a stream, the
            # kernel keeps one time, that of the last
            wait_until(lambda: other.value("/strip/pan") == value, "the value")
            most_us = other.status()["latency_max_us"]
        if room.bridge_pid() != bridge:
            return False
        assert most_us > held * 0.8e6
        return True

    assert any(is_kept(n / 64) for n in range(1, 20))
    assert host.quit()
