# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Who is told, over any transport, that a host keeps what OSC would move."""

import pathlib
import re
import subprocess
import time

import pytest

from conftest import MADE_UP, PATIENCE, program, wait_until
from lib import osc
from peer import Peer


@pytest.fixture
def peer(room):
    """An instance in a host that keeps gain and mute; bridge in room.process"""
    room.process = room.bridge()
    with Peer(room, 2) as peer:
        peer.say("keep")
        yield peer


def open_client(room, kind, name="client"):
    if kind == "udp":
        return room.udp()
    if kind == "unix":
        room.port()
        return osc.Unix(str(room.runtime / "osc.sock"),
                        str(room.folder / f"{name}.sock"))
    return osc.Tcp(room.port(), kind)


def assert_told(client, address, keeps, timeout=PATIENCE):
    """The next message says that the host keeps this; returns the sentence."""
    answer = client.receive(timeout)
    assert answer[:2] == ("/error", "sis"), answer
    assert answer[2][:2] == [address, 409], answer
    assert f"keeps {keeps}, " in answer[2][2], answer
    assert "Manual" in answer[2][2]
    return answer[2][2]


@pytest.mark.parametrize("kind", ["udp", "unix", "slip", "length"])
def test_who_set_it_is_told(room, peer, kind):
    with open_client(room, kind) as client, room.udp() as other:
        client.send("/peer/gain", -7.5)
        assert_told(client, "/peer/gain", "gain at 0 dB")
        assert client.value("/peer/gain") == 0.0

        # What is let through is not spoken of
        client.send("/peer/freq", 250)
        assert client.value("/peer/freq") == 250.0
        time.sleep(0.3)
        assert client.drain() == []
        assert other.drain() == []

        client.send("/peer-2/mute", True)
        assert_told(client, "/peer-2/mute", "mute at 0 (off)")


def ringside(room, *arguments):
    """Exit status, what is said, and seconds."""
    begin = time.monotonic()
    result = subprocess.run(
        [program("ringside"), "--timeout", str(PATIENCE), *arguments],
        env=room.env, timeout=5 * PATIENCE, capture_output=True, text=True)
    return result.returncode, result.stderr, time.monotonic() - begin


LONG = 3 * PATIENCE


def test_ringside_waits_for_the_host_if_asked(room, peer):
    """Its exit status is that of what came of it, not of what it was at first."""
    status, said, took = ringside(
        room, "--confirm", str(LONG), "set", "peer", "gain", "-7.5")
    assert (status, took < LONG) == (1, True), said
    assert said.startswith("ringside: the host keeps gain at 0 dB"), said

    # What is let through: it has waited, and says nothing
    for words, least in (((), 0.5), (("--at", "+0.5"), 1.0 - MADE_UP)):
        status, said, took = ringside(
            room, "--confirm", "0.5", "set", "peer", "freq", "250", *words)
        assert (status, said) == (0, "") and took >= least

    # An error that comes before that is enough
    status, said, took = ringside(
        room, "--confirm", str(LONG), "set", "peer", "nothing", "1")
    assert (status, took < LONG) == (1, True) and "(404)" in said


def test_ringside_waits_for_the_time_of_a_command(room):
    host = room.host("--ardour")
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        host.do("lane output_gain -6")
        wait_until(lambda: client.value("/strip/output_gain") == -6.0, "a lane")
        for word in ("set", "add"):
            status, said, took = ringside(
                room, "--confirm", str(LONG), "--at", "+1", word, "strip",
                "output_gain", "1")
            assert (status, took < LONG) == (1, True), said
            assert "the host keeps output_gain at -6 dB" in said
            assert took >= 1.0 - MADE_UP
    assert host.quit()


def test_the_last_one_is_told(room, peer):
    with osc.Tcp(room.port()) as tcp, room.udp() as udp:
        tcp.send("/peer/gain", -7.5)
        assert_told(tcp, "/peer/gain", "gain at 0 dB")
        udp.send("/peer/gain", -8.5)
        assert_told(udp, "/peer/gain", "gain at 0 dB")
        time.sleep(0.3)
        assert tcp.drain() == udp.drain() == []


def test_a_set_while_run_is_under_way(room, peer):
    """The host may be in the middle of run() when the bridge sends."""
    with room.udp() as client:
        peer.say("hold")
        client.send("/peer/gain", -7.5)
        client.ask("/ringside/version")  # It has seen the set
        peer.say("go")
        assert_told(client, "/peer/gain", "gain at 0 dB")


def test_a_pattern_names_each(room, peer):
    with room.udp() as client:
        client.send("/*/{gain,freq}", 11.0)
        told = sorted(client.receive()[2][0] for _ in "12")
        assert told == ["/peer-2/gain", "/peer/gain"]
        time.sleep(0.3)
        assert client.drain() == []


def test_once_a_second(room, peer):
    with room.udp() as client, room.udp() as eye:
        told, n = [], 0
        end = time.monotonic() + 3.5
        while time.monotonic() < end or len(told) < 2:
            client.send("/peer/gain", -float(n % 50))
            n += 1
            time.sleep(0.002)
            told += [time.monotonic() for _ in client.drain()]
            assert time.monotonic() < end + PATIENCE, told
        assert len(told) <= 1 + (time.monotonic() - end + 3.5)

        # Of what was set before, client may be told now
        peer.say("let")
        client.send("/peer/gain", -3.0)
        assert eye.value("/peer/gain") == -3.0


def test_answers_go_to_the_reply_port(room, peer):
    with room.udp() as client, room.udp() as listener:
        client.send("/ringside/reply_port", listener.socket.getsockname()[1])
        client.send("/peer/gain", -7.5)
        assert_told(listener, "/peer/gain", "gain at 0 dB")
        assert client.drain() == []


def test_who_went_is_not_missed(room, peer):
    """Its number is used by nobody else, and nothing is put aside for it."""
    for kind in ("slip", "unix", "udp"):
        with open_client(room, kind, "gone") as client:
            client.send("/peer/gain", -7.5)
            client.sync()
    with osc.Tcp(room.port()) as after:
        time.sleep(0.3)
        assert after.drain() == []

        # Two of those who went may have been told within the last second, and
        # no third one is before it is over
        def is_told():
            after.send("/peer/gain", -9.5)
            return after.receive(0.2)
        answer = wait_until(is_told, "who came after them is told")
        assert answer[2][:2] == ["/peer/gain", 409], answer


@pytest.mark.parametrize("way", (("--ardour",), ("--kx", "at-once")))
def test_the_plugin_in_a_host_whose_lane_stands(room, way):
    """Whatever moves it: the real plugin is refused, its sender told."""
    host = room.host(*way)
    with room.udp() as client, osc.Tcp(room.port()) as other:
        room.wait_names(client, ["strip"])
        room.wait_presets(client)
        client.send("/strip/output_gain", -1.0)  # Now it has answered once
        wait_until(lambda: host.get("output_gain") == -1.0, "the host's answer")
        client.flush()
        host.do("lane output_gain -6")
        wait_until(lambda: other.value("/strip/output_gain") == -6.0, "a lane")
        other.send("/strip/width", 0.5)

        preset = next(line[0] for line in other.list("/strip/preset/list"))
        moves = [("output_gain", (3.0,)), ("output_gain/add", (1.0,)),
                 ("output_gain/normalized", (0.9,)),
                 ("output_gain/ramp", (3.0, 0.2)),
                 ("output_g*", (4.0,)), ("preset/load", (preset,))]
        for word, arguments in moves:
            client.flush()

            def move():
                client.send(f"/strip/{word}", *arguments)
                return client.receive(0.5)
            answer = wait_until(move, f"who sends {word} is told")
            assert answer[2][:2] == ["/strip/output_gain", 409], (word, answer)
            assert "keeps output_gain at -6 dB" in answer[2][2]
        assert other.drain() == []
        assert other.value("/strip/output_gain") == -6.0

        # The lane ends: what is set has effect, and nobody is told a thing
        host.do("lane output_gain off")

        def is_free():
            client.send("/strip/output_gain", -2.0)
            return other.value("/strip/output_gain") == -2.0
        wait_until(is_free, "OSC to have its way again")
    assert host.quit()


def test_what_another_bridge_told_is_no_news(room):
    """The plugin says how much that is before it is called again."""
    host = room.host("--ardour")
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        host.do("lane output_gain -6")
        wait_until(lambda: client.value("/strip/output_gain") == -6.0, "a lane")

        def is_told():
            client.send("/strip/output_gain", -1.0)
            return client.receive(0.5)
        answer = wait_until(is_told, "a refusal")
        assert answer[2][:2] == ["/strip/output_gain", 409]
    host.do("stop")
    host.do("lane output_gain off")
    room.kill_bridge()
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        client.send("/strip/output_gain", -2.0)
        client.sync()
        host.do("start")
        wait_until(lambda: host.get("output_gain") == -2.0, "it to be let")
        time.sleep(0.3)
        assert client.drain() == []
    assert host.quit()


def switches(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", text)))


def test_a_bridge_that_is_left_alone_sleeps(room, peer):
    pid = room.process.pid
    with room.udp() as client:
        client.send("/peer/gain", -7.5)
        assert_told(client, "/peer/gain", "gain at 0 dB")

    def is_asleep():
        before = switches(pid)
        time.sleep(1.0)
        return switches(pid) - before <= 2
    wait_until(is_asleep, "a second without a look")
