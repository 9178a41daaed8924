# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Addresses of instances and of the bridge itself, with the real plugin in
rs-host, and what becomes of them with the host."""

import time

import pytest

from conftest import PATIENCE, SOURCE, slower, wait_until
from lib import osc
from lib.strips import f32, refused


# Instances


def test_rename(two):
    assert two.value("/strip/name") == "strip"
    two.send("/strip/pan", 0.5)
    two.send("/strip/name", "vox_A-1")
    assert two.value("/vox_A-1/name") == "vox_A-1"
    assert two.value("/vox_A-1/pan") == 0.5
    assert two.instances() == ["vox_A-1", "strip-2"]
    refused(two, 404, "/strip/pan")
    two.send("/vox_A-1/name", "vox_A-1")
    refused(two, 409, "/vox_A-1/name", "strip-2")
    refused(two, 409, "/vox_A-1/name", "ringside")
    for name in ("", "a b", "a/b", "ü", "*", "x" * 33):
        refused(two, 400, "/vox_A-1/name", name)
    refused(two, 400, "/vox_A-1/name", 1)
    two.send("/vox_A-1/name", "x" * 32)
    assert two.value("/" + "x" * 32 + "/pan") == 0.5


def test_renames_are_limited(strip):
    # All at once, each under the name that it has if none was refused
    strip.send("/strip/name", "n0")
    for number in range(99):
        strip.send(f"/n{number}/name", f"n{number + 1}")
    strip.send("/ringside/ping")
    codes = []
    while (answer := strip.receive())[0] != "/ringside/pong":
        codes.append(answer[2][1])
    assert codes[0] == 429
    assert set(codes[1:]) <= {404, 429}


def test_timing(strip):
    assert strip.value("/strip/timing") == "asap"
    strip.send("/strip/timing", "steady")
    assert strip.value("/strip/timing") == "steady"

    def trial(_):
        late = strip.value("/strip/osc_late")
        for value in (0.25, 0.5, 0.75):
            strip.send("/strip/pan", value)
        wait_until(lambda: strip.value("/strip/pan") == 0.75, "the last of three")
        # A host that does not run when it ought to makes them late
        return strip.value("/strip/osc_late") == late
    slower(trial, "steady commands")
    refused(strip, 400, "/strip/timing", "fast")
    refused(strip, 400, "/strip/timing", 1)
    strip.send("/strip/timing", "asap")
    assert strip.value("/strip/timing") == "asap"


def test_questions_wait_for_steady_commands(room):
    """Although the plugin has read those before they apply."""
    host = room.host("--block", 1024)
    client = room.udp()
    room.wait_names(client, ["strip"])
    client.send("/strip/timing", "steady")
    for n in range(1, 11):
        client.send("/strip/pan", n / 20)
        assert client.value("/strip/pan") == pytest.approx(n / 20)
        client.send("/strip/pan", -n / 20)
        client.sync()
        assert client.value("/strip/pan") == pytest.approx(-n / 20)
    host.do("stop")
    wait_until(lambda: not client.list("/ringside/instances")[0][3], "a rest")
    client.send("/strip/pan", 0.75)
    assert client.value("/strip/pan") == 0.75


def test_cancel_drops_what_waits(strip):
    def trial(factor):
        strip.send("/strip/mute", 0)
        when = time.time() + 0.5 * factor
        strip.packet(osc.bundle(osc.time_tag(when),
                                osc.message("/strip/pan", 0.5)))
        strip.send("/strip/cancel")
        strip.send("/strip/mute", 1)
        strip.sync()
        if time.time() >= when:
            strip.send("/strip/pan", 0.0)
            return False
        time.sleep(when + 0.2 - time.time())  # Until after its time
        assert strip.value("/strip/pan") == 0.0
        assert strip.value("/strip/mute") == 1.0
        return True
    slower(trial, "a bundle and its cancel")


# The bridge itself


def test_ringside(room, two):
    lines = two.list("/ringside/instances")
    assert [line[:2] for line in lines] == [["strip", "urn:ringside:strip"],
                                            ["strip-2", "urn:ringside:strip"]]
    assert all("rs-host" in line[2] and line[3] is True for line in lines)
    room.the_host.do("stop")
    wait_until(lambda: not any(line[3] for line in
                               two.list("/ringside/instances")),
               "instances that rest")
    version = two.value("/ringside/version")
    assert version.count(".") == 2
    for arguments in ([], [1, 2.5, "x", b"abcde", True, False, None],
                      [osc.Tagged("h", -5), osc.Tagged("d", 0.1),
                       osc.Tagged("t", 99), osc.Tagged("I")]):
        two.send("/ringside/ping", *arguments)
        sent = osc.parse(osc.message("/x", *arguments))
        assert two.receive() == ("/ringside/pong",) + sent[1:]
    status = two.status()
    for name in ("packets", "messages", "commands", "dropped", "overtaken",
                 "late", "faults", "reconnects"):
        assert name in status
    written = (SOURCE / "docs/osc.md").read_text()
    assert not [name for name in status if f"`{name}`" not in written]
    refused(two, 404, "/ringside/nothing")
    refused(two, 404, "/ringside")


def test_sync(two):
    for number in range(100):
        two.send("/strip-2/pan", number / 100)
        two.send("/ringside/sync", number)
        assert two.receive() == ("/ringside/synced", "i", [number])
        assert two.value("/strip-2/pan") == f32(number / 100)
    two.packet(osc.bundle(1, osc.message("/strip/pan", 1),
                          osc.message("/ringside/sync", -7)))
    assert two.receive() == ("/ringside/synced", "i", [-7])
    refused(two, 400, "/ringside/sync")
    refused(two, 400, "/ringside/sync", "x")


def test_sync_while_the_host_rests(room, two):
    room.the_host.do("stop")
    two.send("/strip/pan", 0.5)
    two.sync(3)
    assert two.value("/strip/pan") == 0.5
    room.the_host.do("start")
    assert two.value("/strip/pan") == 0.5


def test_reply_port(strip):
    with osc.Udp(strip.to[1]) as other:
        port = other.socket.getsockname()[1]
        strip.send("/ringside/reply_port", port)
        strip.send("/strip/pan")
        assert other.receive() == ("/strip/pan", "f", [0.0])
        strip.send("/ringside/reply_port", 0)
        strip.send("/strip/pan")
        assert strip.receive() == ("/strip/pan", "f", [0.0])
        assert other.drain() == []
    refused(strip, 400, "/ringside/reply_port", 65536)
    refused(strip, 400, "/ringside/reply_port", "x")
    refused(strip, 400, "/ringside/reply_port", strip.to[1])


QUESTIONS = ("/strip/pan", "/strip/delay_mode/normalized", "/strip/pan/range",
             "/strip/delay_mode/labels", "/strip/list", "/strip/preset",
             "/strip/preset/list", "/strip/name", "/strip/timing",
             "/ringside/instances", "/ringside/version", "/ringside/ping",
             "/ringside/status", "/ringside/hello", "/ringside/reply_port")


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_answer_leads_to_another(strip, question):
    """Two bridges that hear each other come to an end, whatever began it."""
    def answers():
        strip.send("/strip/width/range")  # Its answer comes behind all others
        packets = []
        while not packets or not packets[-1].startswith(b"/strip/width/range"):
            packets.append(strip.receive_packet(PATIENCE))
            assert packets[-1] is not None
        return packets[:-1]

    strip.send(question)
    said = answers()
    assert said
    for packet in said:
        strip.packet(packet)
    again = answers()
    assert all(osc.parse(packet)[0] == "/error" for packet in again), again


def test_answers_are_not_answered(strip):
    strip.send("/error", "/x", 400, "y")
    strip.send("/ringside/pong", 1)
    strip.send("/ringside/synced", 1)
    strip.send("/ringside/instances", "vocals", "urn:x", "host", False)
    strip.send("/ringside/ping", 2)
    assert strip.receive() == ("/ringside/pong", "i", [2])


# What the host does


def test_export(room, strip):
    strip.packet(osc.bundle(osc.time_tag(time.time() + 30),
                            osc.message("/strip/pan", 0.5)))
    strip.sync()
    room.the_host.do("freewheel 1")

    def is_refused():
        strip.send("/strip/width", 2)
        answer = strip.receive(0.2)
        return answer and answer[2][1] == 503
    wait_until(is_refused, "the export to be known")
    strip.sync()
    strip.flush()
    refused(strip, 503, "/strip/mute/toggle")
    refused(strip, 503, "/strip/preset/load", 1)
    refused(strip, 503, "/strip/cancel")
    assert strip.value("/strip/mute") == 0.0
    assert strip.value("/strip/name") == "strip"
    strip.sync()
    room.the_host.do("freewheel 0")

    def is_taken():
        strip.send("/strip/mute", 1)
        return strip.ask("/strip/mute")[2] == [1.0]
    wait_until(is_taken, "the end of the export")


def test_stopped_host(room, strip):
    room.the_host.do("stop")
    strip.send("/strip/pan", 0.5)
    assert strip.value("/strip/pan") == 0.5
    strip.send("/strip/pan/add", 0.25)
    assert strip.value("/strip/pan") == 0.75
    strip.send("/strip/preset/load", 1)
    assert strip.value("/strip/preset") != ""
    strip.packet(osc.bundle(osc.time_tag(time.time() + 0.1),
                            osc.message("/strip/pan/ramp", -1.0, 0.2)))
    wait_until(lambda: strip.value("/strip/pan") == -1.0, "a ramp at rest")
    strip.send("/strip/pan/ramp", 1.0, 0.2)
    wait_until(lambda: strip.value("/strip/pan") == 1.0, "one without a tag")
    room.the_host.do("start")
    strip.sync()
    assert strip.value("/strip/pan") == 1.0


def test_instance_gone(room, two):
    room.the_host.do("remove 2")
    room.wait_names(two, ["strip"])
    assert "strip" in refused(two, 404, "/strip-2/pan", 1)
    assert two.value("/strip/pan") == 0.0
