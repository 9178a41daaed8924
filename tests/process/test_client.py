# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""ringside, the command-line client, against a bridge and a real plugin."""

import json
import os
import pathlib
import pty
import random
import socket
import subprocess
import time

import pytest

from conftest import MADE_UP, PATIENCE, SOURCE, program, wait_until
from lib import osc

DONE, REFUSED, USAGE, NO_BRIDGE, TIMEOUT = range(5)


def run(room, *arguments, **options):
    # The last one counts, so those of a test stay
    return subprocess.run([program("ringside"), "--timeout", str(PATIENCE),
                           *map(str, arguments)],
                          env=options.get("env", room.env),
                          timeout=3 * PATIENCE, capture_output=True, text=True)


def ok(room, *arguments):
    result = run(room, *arguments)
    assert (result.returncode, result.stderr) == (DONE, ""), result
    return result.stdout


@pytest.fixture
def strip(room):
    room.host()
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    return room


def test_without_a_bridge(room):
    result = run(room, "list")
    assert result.returncode == NO_BRIDGE
    assert "no bridge" in result.stderr and "ringside-bridge" in result.stderr
    assert run(room, "list", "--port", "9").returncode == NO_BRIDGE

    # A socket that a killed bridge left
    room.runtime.mkdir(mode=0o700)
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    dead.bind(str(room.runtime / "osc.sock"))
    dead.close()
    assert run(room, "list").returncode == NO_BRIDGE


def test_a_bridge_that_does_not_answer(room):
    room.runtime.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as silent:
        silent.bind(str(room.runtime / "osc.sock"))
        begin = time.monotonic()
        result = run(room, "list", "--timeout", "0.3")
        assert result.returncode == TIMEOUT and "0.3 s" in result.stderr
        assert time.monotonic() - begin >= 0.3


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["--nonsense", "list"], ["get"], ["get", "strip"],
    ["set", "strip", "mute"], ["ramp", "strip", "mute", "1"],
    ["ramp", "strip", "mute", "x", "1"], ["add", "strip", "pan", "x"],
    ["send", "no-slash"], ["send", "/x", "i"], ["send", "/x", "i", "1.5"],
    ["send", "/x", "i", "1", "2"], ["send", "/x", "q", "1"],
    ["send", "/x", "i", "3000000000"], ["preset", "load", "strip"],
    ["preset", "nonsense", "strip"], ["--timeout", "x", "list"],
    ["--timeout", "-1", "list"], ["--port", "70000", "list"],
    ["--port", "0", "list"], ["--port", "-1", "list"],
    ["set", "strip", "pan", "x", "--normalized"],
    ["set", "strip", "pan", "1", "--at", "soon"],
    ["set", "strip", "pan", "1", "--confirm", "-1"],
    ["set", "strip", "pan", "1", "--confirm", "4000"],
    ["set", "strip", "pan", "1", "--confirm", "x"],
    ["set", "strip", "pan", "1", "--confirm", "1", "--no-wait"], ["status", "now"],
    ["list", ""],
])
def test_wrong_usage(room, arguments):
    room.bridge()
    result = run(room, *arguments)
    assert result.returncode == USAGE
    assert result.stderr.startswith("ringside: ")


def test_help_names_every_command(room):
    text = ok(room, "--help")
    man = (SOURCE / "docs/ringside.1").read_text()
    for command in ("list", "get", "set", "ramp", "add", "toggle", "reset",
                    "range", "labels", "preset", "rename", "timing", "cancel",
                    "status", "sync", "version", "send"):
        assert f"\n  {command} " in text
        assert f".It Cm {command}" in man


def test_set_and_get(strip):
    assert ok(strip, "set", "strip", "input_gain", "-6.5") == ""
    assert ok(strip, "get", "strip", "input_gain") == "-6.5\n"
    assert ok(strip, "get", "/strip/input_gain") == "-6.5\n"
    ok(strip, "set", "/strip/pan", "1e9")
    assert ok(strip, "get", "strip", "pan") == "1\n"
    ok(strip, "set", "strip", "mute", "true")
    assert ok(strip, "get", "strip", "mute") == "1\n"
    ok(strip, "toggle", "strip", "mute")
    assert ok(strip, "get", "strip", "mute") == "0\n"
    ok(strip, "set", "strip", "delay_mode", "Ping-pong")
    assert ok(strip, "get", "strip", "delay_mode") == "1\n"
    ok(strip, "reset", "strip", "pan")
    ok(strip, "add", "strip", "pan", "-0.25")
    assert ok(strip, "get", "strip", "pan") == "-0.25\n"
    ok(strip, "set", "strip", "pan", "0.75", "--normalized")
    assert ok(strip, "get", "strip", "pan") == "0.5\n"
    assert ok(strip, "--normalized", "get", "strip", "pan") == "0.75\n"


@pytest.mark.parametrize("words, value", [
    (("on", "true", "T", "True", "ON", "1"), "1"),
    (("off", "false", "F", "False", "OFF", "0"), "0")])
def test_words_for_toggles(strip, words, value):
    for word in words:
        ok(strip, "set", "strip", "mute", 1 - int(value))
        assert ok(strip, "set", "strip", "mute", word) == ""
        assert ok(strip, "get", "strip", "mute") == f"{value}\n"
    ok(strip, "set", "*", "mute", 1 - int(value))
    ok(strip, "set", "*", "mute", words[0])
    wait_until(lambda: ok(strip, "get", "strip", "mute") == f"{value}\n", "it")


NUMBER = "input_gain takes a number in dB from -24 to 24, not the string"
TOGGLE = "mute takes T or F, or 1 or 0, not the string"
CHOICE = ('delay_mode takes one of "Stereo", "Ping-pong", or a number from 0 to '
          "1, not the string")


@pytest.mark.parametrize("symbol, value, sentence", [
    ("input_gain", "-6dB", f'{NUMBER} "-6dB"'),
    ("input_gain", "6 dB", f'{NUMBER} "6 dB"'),
    ("input_gain", "1,5", f'{NUMBER} "1,5"'),
    ("input_gain", "nan", f'{NUMBER} "nan"'),
    ("input_gain", "-inf", f'{NUMBER} "-inf"'),
    ("input_gain", "1e400", f'{NUMBER} "1e400"'),
    ("input_gain", "on", f'{NUMBER} "on"'),
    ("input_gain", "", f'{NUMBER} ""'),
    ("mute", "maybe", f'{TOGGLE} "maybe"'),
    ("mute", "", f'{TOGGLE} ""'),
    ("delay_mode", "ping-pong", f'{CHOICE} "ping-pong"'),
    ("delay_mode", "off", f'{CHOICE} "off"'),
    ("delay_mode", "Stereo ", f'{CHOICE} "Stereo "'),
    ("hpf_freq", "1.5k", "hpf_freq takes a number in Hz from 20 to 1000, not "
                         'the string "1.5k"'),
    ("osc_port", "on", "osc_port is an output of the plugin: it can be asked, "
                       "but not set"),
    ("nonsense", "on", 'strip has no parameter "nonsense"'),
])
def test_values_that_are_none(strip, symbol, value, sentence):
    """What would have been right is said, and nothing is set."""
    result = run(strip, "set", "strip", symbol, value)
    assert result.returncode == REFUSED and result.stdout == ""
    assert result.stderr.startswith(f"ringside: {sentence}"), result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [
    ("set", "", "mute", "1"), ("set", "strip", "", "1"), ("get", "", "mute"),
    ("toggle", "", "mute"), ("preset", "list", ""), ("cancel", ""),
    ("ramp", "", "pan", "1", "1"),
])
def test_empty_names(strip, arguments):
    """As of a variable that is not set: not a pattern for everything."""
    result = run(strip, *arguments)
    assert result.returncode == USAGE and "ringside list" in result.stderr
    assert ok(strip, "get", "strip", "mute") == "0\n"


def test_a_set_that_exits_was_applied(strip):
    client = strip.udp()
    for value in range(-20, 20):
        ok(strip, "set", "strip", "input_gain", value)
        assert client.value("/strip/input_gain") == value


def test_a_host_that_exports(room):
    host = room.host()
    client = room.udp()
    room.wait_names(client, ["strip"])
    host.do("freewheel 1")

    def is_refused():
        result = run(room, "set", "strip", "width", "1")
        assert result.returncode == (REFUSED if "(503)" in result.stderr else DONE)
        return result.returncode == REFUSED
    wait_until(is_refused, "the export to be seen")
    host.do("freewheel 0")
    wait_until(lambda: not is_refused(), "its end to be seen")
    assert host.quit()


def test_refused(strip):
    result = run(strip, "set", "strip", "nonsense", "1")
    assert result.returncode == REFUSED and "(404)" in result.stderr
    result = run(strip, "set", "strip", "delay_mode", "Nonsense")
    assert result.returncode == REFUSED and "Ping-pong" in result.stderr
    result = run(strip, "get", "nobody", "mute")
    assert result.returncode == REFUSED and "nobody" in result.stderr
    assert run(strip, "list", "nobody").returncode == REFUSED
    assert run(strip, "rename", "strip", "ringside").returncode == REFUSED

    # Words that are no parameters, though there are addresses so
    result = run(strip, "get", "strip", "name")
    assert result.returncode == REFUSED
    assert 'strip has no parameter "name"' in result.stderr
    assert "did you mean" not in result.stderr


def test_lists(strip):
    assert ok(strip, "list").split() == [
        "strip", "urn:ringside:strip", "rs-host", "yes"]
    instances = json.loads(ok(strip, "list", "--json"))
    assert instances == [{"name": "strip", "plugin": "urn:ringside:strip",
                          "host": "rs-host", "running": True}]
    rows = {row["symbol"]: row
            for row in json.loads(ok(strip, "--json", "list", "strip"))}
    assert rows["hpf_freq"]["minimum"] == 20
    assert rows["hpf_freq"]["scale"] == "log"
    lines = ok(strip, "list", "strip").splitlines()
    assert len(lines) == len(rows)
    assert ok(strip, "labels", "strip", "delay_mode").splitlines() == [
        "0  Stereo", "1  Ping-pong"]
    assert ok(strip, "range", "strip", "pan").split()[:3] == ["0", "-1", "1"]
    status = {row["counter"]: row["value"]
              for row in json.loads(ok(strip, "status", "--json"))}
    assert status["instances"] == 1


def test_heads_only_for_people(strip):
    assert not ok(strip, "list").startswith("name")
    parent, child = pty.openpty()
    with subprocess.Popen(
            [program("ringside"), "--timeout", str(PATIENCE), "list"],
            env=strip.env, stdout=child) as process:
        os.close(child)
        assert os.read(parent, 4096).split()[:4] == [
            b"name", b"plugin", b"host", b"running"]
        assert process.wait(PATIENCE) == DONE
    os.close(parent)


def test_patterns(room):
    room.host("--instances", 2)
    room.wait_names(room.udp(), ["strip", "strip-2"])
    ok(room, "set", "*", "mute", "1")
    # It waits for a moment in which no more answers come
    wait_until(lambda: sorted(ok(room, "get", "/*/mute").splitlines()) == [
        "/strip-2/mute f 1", "/strip/mute f 1"], "both answers")


def test_lists_of_several(room):
    room.host("--instances", 2)
    room.wait_names(room.udp(), ["strip", "strip-2"])
    one = json.loads(ok(room, "list", "strip", "--json"))
    both = json.loads(ok(room, "list", "*", "--json"))
    assert len(both) == 2 * len(one)
    assert {row["address"] for row in both} == {"/strip/list", "/strip-2/list"}
    assert [row["symbol"] for row in both] == 2 * [
        row["symbol"] for row in one]
    lines = ok(room, "labels", "*", "delay_mode").splitlines()
    assert sorted(line.split() for line in lines) == sorted(
        [f"/{name}/delay_mode/labels", value, label]
        for name in ("strip", "strip-2")
        for value, label in (("0", "Stereo"), ("1", "Ping-pong")))


def test_output_that_cannot_be_written(room):
    room.bridge()
    with open("/dev/full", "w") as full:
        result = subprocess.run([program("ringside"), "status"], env=room.env,
                                stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == USAGE and "output" in result.stderr


def test_ramp_and_time(strip):
    begin = time.monotonic()
    ok(strip, "ramp", "strip", "pan", "1", "3600", "sine")
    assert time.monotonic() - begin < 3600  # It waits for the start only
    ok(strip, "ramp", "strip", "pan", "1", "0.3", "sine")
    wait_until(lambda: ok(strip, "get", "strip", "pan") == "1\n", "a ramp")
    assert run(strip, "ramp", "strip", "pan", "1", "1",
               "square").returncode == REFUSED

    begin = time.monotonic()
    ok(strip, "set", "strip", "mute", "1", "--at", "+1.5")
    value = ok(strip, "get", "strip", "mute")
    assert value == "0\n" or time.monotonic() - begin >= 1.5 - MADE_UP
    wait_until(lambda: ok(strip, "get", "strip", "mute") == "1\n", "its time")
    result = run(strip, "set", "strip", "mute", "1", "--at", "+100")
    assert result.returncode == REFUSED and "(413)" in result.stderr


def test_rename_timing_cancel(strip):
    ok(strip, "rename", "strip", "vox")
    assert ok(strip, "rename", "vox") == "vox\n"
    ok(strip, "timing", "vox", "steady")
    assert ok(strip, "timing", "vox") == "steady\n"
    ok(strip, "cancel", "vox")
    ok(strip, "sync")
    assert ok(strip, "version").strip()


def test_send(strip):
    assert ok(strip, "send", "/ringside/ping", "ihfdsTFN", "-1", "5000000000",
              "0.5", "0.1", "two words") == (
        "/ringside/pong ihfdsTFN -1 5000000000 0.5 0.1 two words yes no nil\n")
    answer = json.loads(ok(strip, "--json", "send", "/ringside/ping", ",sf",
                           'a "quote"', "-2.5"))
    assert answer == {"address": "/ringside/pong", "types": "sf",
                      "arguments": ['a "quote"', -2.5]}
    assert ok(strip, "send", "/strip/mute", "T") == ""
    assert ok(strip, "send", "/strip/mute") == "/strip/mute f 1\n"
    result = run(strip, "send", "/nobody/mute")
    assert result.returncode == REFUSED and "(404)" in result.stderr


@pytest.mark.parametrize("type_, number, text", [
    ("d", 1e6, "1000000"), ("d", -2345678.25, "-2345678.25"),
    ("d", 0.00001, "0.00001"), ("f", 20000, "20000"), ("f", 458.75, "458.75"),
    ("f", 0.1, "0.1"), ("f", 16777216, "16777216"),
    ("f", -1.5e-5, "-0.000015"), ("f", -0.0, "0"), ("d", 1e300, "1e+300"),
])
def test_numbers_as_people_write_them(room, type_, number, text):
    room.bridge()
    answer = ok(room, "send", "/ringside/ping", type_, number)
    assert answer == f"/ringside/pong {type_} {text}\n"
    answer = ok(room, "send", "/ringside/ping", type_, number, "--json")
    assert f"[{text}]" in answer


def test_udp(strip):
    assert ok(strip, "--port", strip.port(), "list").startswith("strip ")


def test_presets(strip):
    ok(strip, "set", "strip", "input_gain", "-3.5")
    ok(strip, "preset", "save", "strip", "My own")
    rows = json.loads(ok(strip, "preset", "list", "strip", "--json"))
    mine = [row for row in rows if not row["factory"]]
    assert [row["label"] for row in mine] == ["My own"]
    ok(strip, "set", "strip", "input_gain", "0")
    ok(strip, "preset", "load", "strip", "My own")
    assert ok(strip, "get", "strip", "input_gain") == "-3.5\n"
    assert ok(strip, "preset", "current", "strip") == "My own\n"

    labels = [row["label"] for row in rows]
    ok(strip, "preset", "next", "strip")
    assert ok(strip, "preset", "current", "strip").strip() == (
        labels[(labels.index("My own") + 1) % len(labels)])
    ok(strip, "preset", "previous", "strip")
    assert ok(strip, "preset", "current", "strip") == "My own\n"
    ok(strip, "preset", "load", "strip", "1", "0.01")
    assert ok(strip, "preset", "current", "strip").strip() == labels[0]

    ok(strip, "preset", "delete", "strip", "My own")
    assert run(strip, "preset", "load", "strip", "My own").returncode == REFUSED
    assert run(strip, "preset", "delete", "strip", "My own").returncode == REFUSED
    result = run(strip, "preset", "save", "strip", labels[0])
    assert result.returncode == REFUSED and "(409)" in result.stderr


def test_nothing_is_left_behind(strip):
    before = sorted(os.listdir(strip.runtime))
    ok(strip, "list")
    assert sorted(os.listdir(strip.runtime)) == before


def complete(room, *words):
    """What bash would offer for the last word."""
    script = f"""
        source {SOURCE / 'ui-bridge/client/ringside.bash'}
        COMP_WORDS=({' '.join(f"'{word}'" for word in ['ringside', *words])})
        COMP_CWORD={len(words)}
        COMP_LINE="${{COMP_WORDS[*]}}"
        COMP_POINT=${{#COMP_LINE}}
        _ringside
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    env = dict(room.env)
    env["PATH"] = f"{program('ringside').parent}:{env['PATH']}"
    result = subprocess.run(["bash", "-c", script], env=env, timeout=60,
                            capture_output=True, text=True)
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_completion(strip):
    ok(strip, "preset", "save", "strip", "Two words")
    assert complete(strip, "ra") == ["ramp", "range"]
    assert "--json" in complete(strip, "--j")
    assert complete(strip, "get", "s") == ["strip"]
    assert complete(strip, "get", "strip", "mu") == ["mute"]
    assert complete(strip, "--json", "get", "strip", "mu") == ["mute"]
    assert complete(strip, "--timeout", "9", "get", "strip", "mu") == ["mute"]
    assert complete(strip, "preset", "lo") == ["load"]
    assert complete(strip, "preset", "load", "s") == ["strip"]
    assert complete(strip, "preset", "load", "strip", "Two") == ["Two\\ words"]
    assert complete(strip, "ramp", "strip", "pan", "1", "2", "s") == ["sine"]
    assert complete(strip, "set", "strip", "delay_mode", "Pi") == ["Ping-pong"]


def test_completion_without_a_bridge(room):
    assert complete(room, "get", "s") == [""]


def test_answers_that_are_no_osc(room):
    """Whatever sits on the bridge's socket, the client ends in order."""
    room.runtime.mkdir(mode=0o700)
    dice = random.Random(1)
    good = [osc.message("/ringside/instances", "strip", "urn:x", "host", True),
            osc.message("/error", "/x", 404, "no"),
            osc.message("/ringside/synced", 1),
            osc.message("/x", 1.5, b"blob", osc.Tagged("d", 0.1),
                        osc.Tagged("h", 1))]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as fake:
        fake.bind(str(room.runtime / "osc.sock"))
        fake.settimeout(PATIENCE)
        for turn in range(12):
            command = [["list"], ["send", "/x"], ["--json", "list"]][turn % 3]
            process = subprocess.Popen([program("ringside"), *command],
                                       env=room.env, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
            _, client = fake.recvfrom(65536)
            for _ in range(100):
                packet = bytearray(dice.choice(good))
                for _ in range(dice.randrange(1, 5)):
                    packet[dice.randrange(len(packet))] = dice.choice(
                        [0, 1, 44, 47, 98, 115, 127, 128, 255])
                packet = packet[:dice.randrange(1, len(packet) + 1)]
                try:
                    fake.sendto(packet, client)
                except OSError:
                    break  # It has seen enough
            try:
                fake.sendto(osc.message("/ringside/instances/end", 0), client)
                fake.sendto(osc.message("/ringside/synced", 1), client)
            except OSError:
                pass
            output, errors = process.communicate(timeout=PATIENCE)
            assert process.returncode in (DONE, REFUSED, TIMEOUT), errors
            assert b"Sanitizer" not in errors
            while True:
                fake.setblocking(False)
                try:
                    fake.recvfrom(65536)
                except BlockingIOError:
                    break
            fake.settimeout(PATIENCE)
