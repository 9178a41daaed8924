# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Clients that ask much and never read: what is kept for them has a bound for
each and one for all, and others are served as ever."""

import contextlib
import re
import time

import pytest

from conftest import wait_until
from lib import osc

MIB = 1024 * 1024
KEPT_ONE, KEPT_ALL = MIB, 4 * MIB
BRIDGE_MAX = 16_000_000  # Bytes, whatever anybody does
UNIX_CLIENTS = 16

PING = osc.message("/ringside/ping", b"x" * 60000)

MANY = 60  # Many more than the kernel holds for a client


def handled(client, before, n):
    """Status once so many more packets than `before` were handled."""
    asked = 0

    def are_handled():
        nonlocal asked
        asked += 1
        status = client.status()
        return status["packets"] - before["packets"] >= n + asked and status
    return wait_until(are_handled, f"{n} packets to be handled")


def high_water(pid):
    """The most bytes of memory that a process has had at once."""
    with open(f"/proc/{pid}/status") as lines:
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", lines.read())[1])


def silent_unix(room, stack, name):
    return stack.enter_context(osc.Unix(str(room.runtime / "osc.sock"),
                                        str(room.folder / name)))


def silent_tcp(room, stack):
    return stack.enter_context(
        osc.Tcp(room.port(), "length", holds_little=True))


@pytest.mark.plain_build
def test_nobody_reads(room):
    """32 streams and 20 Unix clients that all ask and never read."""
    bridge = room.bridge()
    with contextlib.ExitStack() as stack:
        udp, flood = room.udp(), room.udp()
        streams = [silent_tcp(room, stack) for _ in range(31)]
        unix = [silent_unix(room, stack, f"silent-{i}") for i in range(20)]
        most = 0

        def has_given_up():
            nonlocal most
            for stream in streams:
                with contextlib.suppress(OSError):  # Ended, or full
                    for _ in range(20):
                        stream.packet(PING)
            for client in unix:
                for _ in range(20):
                    client.send("/ringside/ping", b"x" * 5000)
            # As large as datagrams are, many at a time
            for _ in range(20):
                flood.packet(PING)
            status = udp.status()
            most = max(most, status["kept_bytes"])
            assert status["kept_bytes"] <= KEPT_ALL
            assert status["slow_readers"] <= 31 + UNIX_CLIENTS
            return status["readers_given_up"] >= 8 and (
                status["connections"] < 31)
        wait_until(has_given_up, "readers to be given up")
        assert most > KEPT_ALL / 2

        # Streams that lost something have ended; others are served
        with osc.Tcp(room.port()) as good:
            assert good.ask("/ringside/version")[1] == "s"
            assert good.status()["replies_lost"] > 0
        used = high_water(bridge.pid)
        print(f"at most {used / 1e6:.1f} MB")
        assert used < BRIDGE_MAX
    wait_until(lambda: udp.status()["connections"] == 0, "all to be gone")


def test_one_unix_client(room):
    """So much is kept for one, in order; the rest was counted as lost."""
    room.bridge()
    with contextlib.ExitStack() as stack:
        udp = room.udp()
        client = silent_unix(room, stack, "one")
        asked, most = 0, 0

        def has_lost():
            nonlocal asked, most
            client.packet(PING)
            asked += 1
            status = udp.status()
            most = max(most, status["kept_bytes"])
            assert status["kept_bytes"] <= KEPT_ONE
            return status["replies_lost"]
        wait_until(has_lost, "lost replies")

        # Whatever the machine does, each was read or counted
        seen = 0

        def is_all_there():
            nonlocal seen
            while client.receive_packet(0.2) is not None:
                seen += 1
            return seen + udp.status()["replies_lost"] == asked
        wait_until(is_all_there, "all that was not lost")
        assert udp.status()["kept_bytes"] == 0


def test_so_many_unix_clients(room):
    """For a seventeenth nothing is kept, until one of the others has gone."""
    room.bridge()
    udp = room.udp()
    for attempt in range(20):
        with contextlib.ExitStack() as stack:
            clients = [silent_unix(room, stack, f"c{attempt}-{i}")
                       for i in range(UNIX_CLIENTS + 1)]
            wait_until(lambda: udp.status()["slow_readers"] == 0, "a new start")
            before = udp.status()
            begin = time.monotonic()
            for client in clients[:-1]:
                for number in range(MANY):
                    client.send("/ringside/ping", number)
            full = handled(udp, before, UNIX_CLIENTS * MANY)
            for number in range(MANY):
                clients[-1].send("/ringside/ping", number)
            after = handled(udp, full, MANY)
            # Who takes nothing is kept for five seconds: else once more
            if time.monotonic() - begin > 4.0:
                continue

            assert full["slow_readers"] == UNIX_CLIENTS
            assert full["replies_lost"] == before["replies_lost"]
            assert after["slow_readers"] == UNIX_CLIENTS
            lost = after["replies_lost"] - before["replies_lost"]
            assert lost > 0

            # What the kernel took is all that the last one gets
            got = 0
            while clients[-1].receive_packet(0.1) is not None:
                got += 1
            assert got + lost == MANY
            return
    pytest.fail("too slow a machine to tell")
