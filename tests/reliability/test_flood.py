# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A sender that sends as fast as it can, and others who want to be heard.

The flood goes on until enough syncs of somebody else have been answered, so
whoever is heard only afterwards is never heard.  How quickly they are answered
is a figure of tests/bench/bench_flood.c.  RINGSIDE_SOAK_FLOOD_SECONDS makes it
last longer.
"""

import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

from conftest import PATIENCE, build_folder, wait_until
from lib import osc

SECONDS = float(os.environ.get("RINGSIDE_SOAK_FLOOD_SECONDS", 5)) / 2
SYNCS = 50
TAKEN = 10000  # Packets, at least
CHUNK = 500  # Messages given to a stream at once
RESIDENT_MIB = 16

SETS = ["/strip/input_gain", "/strip/output_gain", "/strip/comp_makeup"]
FLOODS = {  # Addresses, and what counts each message to them
    "sets": (SETS, "commands"),
    "of all": (["/*/input_gain"], "commands"),
    "nothing there": (["/strip/nothing", "/nobody/pan"], "rejected_address"),
}


def resident_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in text.splitlines() if "VmRSS" in line]
    return int(line.split()[1]) / 1024


def udp_socket(port):
    """Bytes that wait in this socket, and datagrams it had no room for."""
    for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(f":{port:04X}"):
            return int(words[4].split(":")[1], 16), int(words[12])
    raise LookupError(f"no socket on port {port}")


def lost_before_any_socket():
    """Packets that the kernel threw away since it had no time for them."""
    lines = pathlib.Path("/proc/net/softnet_stat").read_text().splitlines()
    return sum(int(line.split()[1], 16) for line in lines)


class Datagrams:
    """Over UDP, where what does not fit is lost."""

    def __init__(self, room, addresses):
        self.process = subprocess.Popen(
            [str(build_folder() / "tests/bench/send_rate"), str(room.port()),
             "0", str(SECONDS + 10 * PATIENCE), *addresses],
            stdout=subprocess.PIPE, text=True)
        room.things.append(self.process)

    def is_on(self):
        return self.process.poll() is None

    def end(self):
        """How many messages were sent."""
        self.process.send_signal(signal.SIGTERM)
        return int(self.process.communicate(timeout=PATIENCE)[0].split()[0])


class Stream:
    """Over a transport that makes its sender wait, so nothing may be lost."""

    def __init__(self, client, addresses):
        self.client = client
        self.packets = [osc.message(address, -0.1 * value)
                        for value in range(16) for address in addresses]
        self.sent, self.is_ending = 0, False
        self.thread = threading.Thread(target=self.send, daemon=True)
        self.thread.start()

    def send(self):
        while not self.is_ending:
            for _ in range(CHUNK):
                packet = self.packets[self.sent % len(self.packets)]
                self.client.packet(packet)
                self.sent += 1

    def is_on(self):
        return self.thread.is_alive()

    def end(self):
        self.is_ending = True
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "the bridge takes no more"
        self.client.sync(1)  # Behind all that came the same way
        return self.sent


def sync_under(flood, client, bridge):
    """Ask syncs, each of which is answered while the flood is on.

    Returns how many, and the most memory of the bridge.
    """
    begin, first = time.monotonic(), client.status()["packets"]
    number, resident, taken = 0, 0.0, 0
    while (number < SYNCS or taken < TAKEN or
           time.monotonic() - begin < SECONDS):
        number += 1
        client.sync(number)
        assert flood.is_on()
        resident = max(resident, resident_mib(bridge))
        if not number % 10:
            taken = client.status()["packets"] - first
            assert time.monotonic() - begin < SECONDS + 10 * PATIENCE, taken
    return number, resident


def check_counts(grown):
    """What becomes of commands: at least one thing, and the first at most once.

    A value that is replaced just while run() takes it counts as both.
    """
    assert grown["faults"] == 0
    assert grown["applied"] + grown["dropped"] <= grown["commands"]
    assert (grown["commands"] <=
            grown["applied"] + grown["dropped"] + grown["overtaken"])


def check_last_values(client):
    for address, value in zip(SETS, (-3.0, -2.0, 3.0)):
        client.send(address, value)
    client.sync(0)
    for address, value in zip(SETS, (-3.0, -2.0, 3.0)):
        assert client.value(address) == value


def open_room(room):
    """A client that loses nothing, and the process of the bridge."""
    room.host("--block", 64)
    room.wait_names(room.udp(), ["strip"])
    client = osc.Tcp(room.port())
    room.things.append(client)
    room.wait_presets(client)
    return client, room.bridge_pid()


def growth(client, before):
    after = client.status()
    return {key: after[key] - before[key] for key in after}


@pytest.mark.plain_build
@pytest.mark.parametrize("what", FLOODS)
def test_datagrams(room, what):
    addresses, counter = FLOODS[what]
    client, bridge = open_room(room)
    other, port = room.udp(), room.port()
    before, lost_outside = client.status(), lost_before_any_socket()
    flood = Datagrams(room, addresses)
    syncs, resident = sync_under(flood, client, bridge)
    sent = flood.end()

    # What follows the flood tells how many did not fit
    wait_until(lambda: udp_socket(port)[0] == 0, "an empty socket")
    other.flush()
    client.sync(0)
    grown = growth(client, before)
    lost_outside = lost_before_any_socket() - lost_outside
    print(f"# {what}: {sent} sent, {grown[counter]:.0f} taken, "
          f"{grown['packets_lost']:.0f} lost, {grown['applied']:.0f} applied; "
          f"{syncs} syncs; {resident:.1f} MiB")
    assert client.status()["packets_lost"] == udp_socket(port)[1]
    missing = sent - grown[counter] - grown["packets_lost"]
    assert 0 <= missing <= lost_outside
    assert resident <= RESIDENT_MIB
    assert room.bridge_pid() == bridge
    check_counts(grown)
    check_last_values(client)


@pytest.mark.plain_build
@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_streams(room, way):
    client, bridge = open_room(room)
    sender = (osc.Tcp(room.port(), "length") if way == "tcp"
              else osc.Unix(str(room.runtime / "osc.sock")))
    room.things.append(sender)
    before = client.status()
    flood = Stream(sender, SETS)
    syncs, resident = sync_under(flood, client, bridge)
    sent = flood.end()
    grown = growth(client, before)
    print(f"# {way}: {sent} sent, {grown['applied']:.0f} applied; "
          f"{syncs} syncs; {resident:.1f} MiB")
    assert grown["commands"] == sent
    assert grown["packets_lost"] == 0
    assert resident <= RESIDENT_MIB
    assert room.bridge_pid() == bridge
    check_counts(grown)
    check_last_values(client)


def test_lost(room):
    """More than fits into the socket of a bridge that is stopped."""
    bridge = room.bridge()
    client, other = room.udp(), osc.Tcp(room.port())
    room.things.append(other)
    before, lost_outside = other.status(), lost_before_any_socket()
    assert before["packets_lost"] == 0
    bridge.send_signal(signal.SIGSTOP)
    packet, sent = osc.message("/nobody/pan", b"x" * 60000), 0
    while sent < 100 or udp_socket(room.port())[1] < 100:
        client.packet(packet)
        sent += 1
    bridge.send_signal(signal.SIGCONT)
    wait_until(lambda: udp_socket(room.port())[0] == 0, "an empty socket")
    client.flush()
    grown = growth(other, before)
    assert grown["packets_lost"] == udp_socket(room.port())[1] >= 100
    missing = sent - grown["rejected_address"] - grown["packets_lost"]
    assert 0 <= missing <= lost_before_any_socket() - lost_outside
