# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Bad input over every transport: counted, reported, and otherwise nothing."""

import random
import struct
import time

import pytest

from conftest import PATIENCE, wait_until
from lib import osc

OUTPUTS = ("input_peak", "output_peak", "gain_reduction", "osc_port",
           "osc_late")
KINDS = ("udp", "unix", "slip", "length")


def values(client):
    """All inputs: what bad input must not change."""
    return {line[0]: line[1] for line in client.list("/strip/list")
            if line[0] not in OUTPUTS}


def open_client(room, kind):
    if kind == "udp":
        return osc.Udp(room.port())
    if kind == "unix":
        return osc.Unix(str(room.runtime / "osc.sock"),
                        str(room.folder / "client.sock"))
    return osc.Tcp(room.port(), kind)


PAN = osc.message("/strip/pan", 1.0)

MALFORMED = {
    "three bytes": b"/ab",
    "odd size": PAN + b"\0",
    "no slash": b"pan\0,f\0\0\0\0\0\0",
    "no end": b"/strip/pan__",
    "bad padding": b"/a\0x,\0\0\0",
    "no comma": b"/strip/pan\0\0f\0\0\0\0\0\0\0",
    "too few": b"/strip/pan\0\0,ff\0\0\0\0\0",
    "too many": PAN + b"\0\0\0\0",
    "unknown type": b"/strip/pan\0\0,q\0\0\0\0\0\0",
    "string": b"/strip/pan\0\0,s\0\0abcd",
    "blob": b"/strip/pan\0\0,b\0\0\x7f\xff\xff\xffabcd",
    "negative blob": b"/strip/pan\0\0,b\0\0\xff\xff\xff\xffabcd",
    "array": b"/strip/pan\0\0,[f\0\0\0\0\0",
    "head only": b"#bundle\0",
    "half a tag": b"#bundle\0\0\0\0\0",
    "empty element": osc.bundle(1) + b"\0\0\0\0",
    "element too long": osc.bundle(1, PAN) + struct.pack(">i", 400) + PAN,
    "negative element": osc.bundle(1, PAN) + struct.pack(">i", -4) + PAN,
    "odd element": osc.bundle(1, PAN) + struct.pack(">i", 6) + PAN[:8],
    "bad inside": osc.bundle(1, PAN, osc.bundle(1, PAN, b"/abc")),
    "bad behind": osc.bundle(1, PAN, PAN, b"abcd"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_malformed(room, strip, kind):
    before = values(strip)
    with open_client(room, kind) as client:
        for number, (name, packet) in enumerate(MALFORMED.items(), 1):
            client.packet(packet)
            client.send("/ringside/ping", name)
            seen = []
            while (answer := client.receive()) != ("/ringside/pong", "s",
                                                    [name]):
                assert answer is not None, name
                seen.append(answer)
            assert len(seen) <= 1, (name, seen)
            if number == 1:
                assert seen[0][1:] == ("sis", ["", 400, seen[0][2][2]])
            assert strip.status()["rejected_packet"] == number, name
    strip.sync()
    assert values(strip) == before


def test_complaints_are_limited(strip):
    start = time.monotonic()
    for _ in range(500):
        strip.packet(b"abc")
    strip.send("/ringside/ping")
    complaints = 0
    while (answer := strip.receive())[0] != "/ringside/pong":
        assert answer[:2] == ("/error", "sis")
        complaints += 1
    took = time.monotonic() - start
    assert 1 <= complaints <= 1 + took / 0.1
    assert strip.status()["rejected_packet"] == 500


def test_empty_datagram(strip):
    strip.packet(b"")
    assert strip.receive()[2][:2] == ["", 400]
    assert strip.status()["rejected_packet"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_not_a_number(room, strip, kind):
    before = values(strip)
    with open_client(room, kind) as client:
        for value in ("nan", "inf", "-inf"):
            for tag in "fd":
                argument = osc.Tagged(tag, float(value))
                for word in ("", "/normalized", "/add"):
                    client.send("/strip/pan" + word, argument)
                    answer = client.receive()
                    assert answer[2][:2] == ["/strip/pan" + word, 400]
                client.send("/strip/pan/ramp", argument, 1.0)
                assert client.receive()[2][1] == 400
                client.send("/strip/pan/ramp", 1.0, argument)
                assert client.receive()[2][1] == 400
                client.send("/strip/preset/load", 1, argument)
                assert client.receive()[2][1] == 400
                client.send("/strip/preset/load", argument)
                assert client.receive()[2][1] in (400, 404)
                client.send("/ringside/sync", argument)
                assert client.receive()[2][1] == 400
    strip.sync()
    assert values(strip) == before


def nested(depth):
    packet = osc.bundle(1, PAN)
    for _ in range(depth - 1):
        packet = osc.bundle(1, packet)
    return packet


def too_large(client, packet):
    client.packet(packet)
    answer = client.receive()
    assert answer[:2] == ("/error", "sis"), answer
    assert answer[2][1] == 413
    time.sleep(0.11)  # One complaint a source each 100 ms


def test_limits(room, strip):
    too_large(strip, nested(9))
    too_large(strip, osc.bundle(1, *[osc.message("/a")] * 1025))
    assert strip.value("/strip/pan") == 0.0
    strip.packet(nested(8))
    assert strip.value("/strip/pan") == 1.0
    strip.packet(osc.bundle(1, *[osc.message("/strip/pan", i / 1024)
                                 for i in range(1024)]))
    assert strip.value("/strip/pan") == 1023 / 1024
    # More than fits one frame of an instance, by way of a pattern
    before = strip.value("/strip/pan")
    strip.packet(osc.bundle(1, *[osc.message("/strip/{pan,width}", 0.5)] * 600))
    assert strip.receive()[2][1] == 413
    assert strip.value("/strip/pan") == before


@pytest.mark.parametrize("framing", ["slip", "length"])
def test_large_frames(room, strip, framing):
    with osc.Tcp(room.port(), framing) as client:
        def ping(size):
            return osc.message("/ringside/ping", b"x" * (size - 24))
        for size in (60000, 65536 - 4):
            assert len(ping(size)) == size
            client.packet(ping(size))
            assert client.receive()[2] == [b"x" * (size - 24)]
        client.packet(ping(65536 + 4))
        answer = client.receive()
        assert answer[0] == "/error" and answer[2][1] == 413
        client.packet(osc.message("/ringside/ping", 1))
        assert client.receive() == ("/ringside/pong", "i", [1])


def test_patterns_take_no_time(room, strip):
    """A packet full of the worst patterns, and the bridge answers others."""
    worst = osc.message("/" + "*a" * 200 + "b/*{a,b,c}*?*?*?*", 1)
    with osc.Udp(room.port()) as other:
        for _ in range(50):
            strip.packet(osc.bundle(1, *[worst] * 100))
        start = time.monotonic()

        def is_answered():  # The queue of its socket may be full
            other.send("/strip/pan")
            return other.receive(1.0)
        assert wait_until(is_answered, "an answer")[1] == "f"
        took = time.monotonic() - start
    assert took < PATIENCE  # Unbounded, it would be years


def test_deep_wildcards(strip):
    strip.packet(osc.bundle(1, *[osc.message("//" + "*" * i + "//*?//?*", 1)
                                 for i in range(1, 200)]))
    strip.drain()
    strip.sync()
    assert strip.value("/strip/name") == "strip"


def test_address_of_any_bytes(strip):
    before = values(strip)
    for address in (b"/", b"//", b"///", b"/strip", b"/strip/", b"/strip//",
                    b"/\xff\xfe/pan", b"/strip/pan\x01", b"/strip /pan",
                    b"/" + b"x" * 5000 + b"/pan", b"/strip/" + b"p" * 9000,
                    b"/%s%n%d/%s", b"/strip/%n", b"/strip/pan/" + b"a" * 999):
        strip.packet(osc.pad(address + b"\0") + b",f\0\0\0\0\0\0")
        data = strip.receive_packet(PATIENCE)
        assert data.startswith(b"/error\0\0,sis")
    assert values(strip) == before


def mutate(rng, packet):
    data = bytearray(packet)
    for _ in range(rng.randint(1, 4)):
        kind = rng.randrange(5)
        at = rng.randrange(len(data)) if data else 0
        if kind == 0 and data:
            data[at] = rng.randrange(256)
        elif kind == 1 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[at:at + rng.choice((1, 4, 8))]
        elif kind == 3:
            data[at:at] = bytes(rng.choice((1, 4, 8)))
        else:
            data[at:at] = struct.pack(">I", rng.choice(
                (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF)))
    return bytes(data)


def test_mutated_packets(room, strip):
    """Thousands of them; the bridge and the plugin stay as they were."""
    rng = random.Random(7)
    pid = room.bridge_pid()
    symbols = list(values(strip))
    seeds = [osc.message(f"/strip/{symbol}", 0.5) for symbol in symbols]
    seeds += [osc.message("/strip/pan/ramp", 1.0, 2.0, "exp"),
              osc.message("/*/mute", True), osc.message("/strip/list"),
              osc.message("/strip/preset/load", "Drums", 1.0),
              osc.message("/ringside/sync", 4), nested(5),
              osc.message("/{strip,x}/[a-p]*", 0.5),
              osc.bundle(1, *seeds[:5]), osc.message("/ringside/ping", b"123"),
              osc.bundle(osc.time_tag(time.time() + 1), *seeds[5:9])]
    for number in range(5000):
        strip.packet(mutate(rng, rng.choice(seeds)))
        if number % 50 == 0:
            strip.drain()
            strip.send("/ringside/ping", number)
            while strip.receive() != ("/ringside/pong", "i", [number]):
                pass
    strip.drain()
    strip.sync(77)
    strip.drain()
    assert room.bridge_pid() == pid
    assert strip.status()["bridge_faults"] == 0
    name = strip.instances()[0]
    strip.send(f"/{name}/pan", 0.25)
    assert strip.value(f"/{name}/pan") == 0.25
    assert all(line[3] <= line[1] <= line[4] or line[0] in OUTPUTS
               for line in strip.list(f"/{name}/list"))


def test_flood(room, strip):
    """More than the ring takes: the newest wins, and sync still answers."""
    room.the_host.do("stop")
    count = 20000
    for number in range(count):
        strip.packet(osc.message("/strip/pan", -1 + number / count))
        if number % 500 == 499:
            strip.sync(number)  # So that the socket drops none
    strip.send("/strip/width", 2.0)
    strip.sync(1)
    room.the_host.do("start")
    # Until its first cycle the host rests, and nobody waits for it
    wait_until(lambda: strip.status()["applied"] > 0, "a cycle")
    strip.sync(2)
    assert strip.value("/strip/pan") == pytest.approx(-1 + (count - 1) / count)
    assert strip.value("/strip/width") == 2.0
    status = strip.status()
    assert status["overtaken"] > 0
    assert status["commands"] == count + 1
    assert (status["applied"] + status["overtaken"] + status["dropped"]
            == count + 1)
