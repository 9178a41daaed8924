# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Presets by OSC: saved for other hosts, damaged, changed behind our back."""

import os
import pathlib
import re
import signal
import statistics
import time

import pytest

from conftest import Figure, is_alive, wait_until
from lib.processes import stop
from lib.strips import refused_later

PLUGIN = "urn:ringside:strip"


def presets(client, name="strip"):
    """label -> (URI, is factory)"""
    return {label: (uri, factory)
            for label, uri, factory in client.list(f"/{name}/preset/list")}


def keeper(room):
    """Process id of the bridge's keeper."""
    bridge = room.bridge_pid()

    def find():
        for task in pathlib.Path(f"/proc/{bridge}/task").iterdir():
            for pid in (task / "children").read_text().split():
                name = pathlib.Path(f"/proc/{pid}/comm").read_text()
                if name.startswith("ringside-k"):  # Set by itself, so not yet
                    return int(pid)
        return 0
    return wait_until(find, "the bridge's keeper")


def bundle_of(uri):
    assert uri.startswith("file://")
    return pathlib.Path(uri[len("file://"):]).parent


def do(client, *message):
    """Send it, and wait until it has been applied."""
    client.send(*message)
    client.sync()


def make_preset(folder, label, body, plugin=PLUGIN):
    folder.mkdir(parents=True)
    prefixes = ("@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
                "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
                "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n")
    (folder / "p.ttl").write_text(
        prefixes + f'<p.ttl> rdfs:label "{label}" ; {body} .\n')
    (folder / "manifest.ttl").write_text(
        prefixes + f"<p.ttl> a pset:Preset ; lv2:appliesTo <{plugin}> ; "
        "rdfs:seeAlso <p.ttl> .\n")


def value(symbol, number):
    return f'lv2:port [ lv2:symbol "{symbol}" ; pset:value {number} ]'


def test_list(strip):
    listed = strip.list("/strip/preset/list")
    labels = [line[0] for line in listed]
    assert len(labels) >= 12 and labels == sorted(labels)
    assert all(factory for _, _, factory in listed)


def test_saved_for_hosts_started_afterwards(strip, room):
    do(strip, "/strip/comp_ratio", 3.5)
    do(strip, "/strip/delay_mode", "Ping-pong")
    do(strip, "/strip/preset/save", "For later")
    uri, is_factory = presets(strip)["For later"]
    assert not is_factory

    # lilv in another process finds it, by the manifest alone
    other = room.host()
    other.do(f"preset {uri}")
    wait_until(lambda: other.get("comp_ratio") == 3.5, "the preset's value")
    assert other.get("delay_mode") == 1.0

    # All inputs but the host's own bypass are in it
    text = (bundle_of(uri) / "preset.ttl").read_text()
    symbols = set(re.findall(r'lv2:symbol "(\w+)"', text))
    inputs = {line[0] for line in strip.list("/strip/list")}
    assert inputs - symbols == {"enabled", "input_peak", "output_peak",
                                "gain_reduction", "osc_port", "osc_late"}


def test_no_folder_is_made_unasked(room):
    user = room.home / ".lv2"
    env = dict(room.env, LV2_PATH=f"{user}:{room.lv2}")
    room.host(env=env)
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    refused_later(client, 404, "/strip/preset/delete", "Nonsense")
    assert not user.exists()

    do(client, "/strip/preset/save", "First")
    assert [label for label, (uri, _) in presets(client).items()
            if uri.startswith(f"file://{user}/")] == ["First"]

    # It is watched, though it was not there when watching began
    make_preset(user / "made.lv2", "Made by hand", value("pan", 0.5))
    wait_until(lambda: "Made by hand" in presets(client), "the new preset")


def test_saved_by_a_host_that_lags_behind(strip, room):
    # rs-host's port keeps 0, since nobody tells it; the state holds what is
    do(strip, "/strip/pan", -0.625)
    room.things[0].do(f"save {room.lv2}/host.lv2/p.ttl")
    file = room.lv2 / "host.lv2" / "p.ttl"
    text = file.read_text()
    assert re.search(r"^pan -0.625 ", text, re.M), "states have another form"
    file.write_text(text.replace(
        "a pset:Preset ;", 'a pset:Preset ; rdfs:label "By a host" ;', 1))
    wait_until(lambda: "By a host" in presets(strip), "the host's preset")
    do(strip, "/strip/pan", 0.5)
    do(strip, "/strip/preset/load", "By a host")
    assert strip.value("/strip/pan") == -0.625


def test_load_and_name(strip):
    before = strip.value("/strip/high_gain")
    do(strip, "/strip/preset/load", "Telephone")
    assert strip.value("/strip/preset") == "Telephone"
    assert strip.value("/strip/high_gain") != before or (
        strip.value("/strip/hpf_freq") > 20)
    do(strip, "/strip/pan", 0.5)
    assert strip.value("/strip/preset") == ""
    uri = presets(strip)["Piano"][0]
    do(strip, "/strip/preset/load", uri)
    assert strip.value("/strip/preset") == "Piano"


def test_one_instance_saves_another_recalls(room):
    room.host("--instances", 2)
    client = room.udp()
    room.wait_names(client, ["strip", "strip-2"])
    room.wait_presets(client)
    room.wait_presets(client, "strip-2")
    client.send("/strip/width", 1.75)
    client.send("/strip/preset/save", "Shared")

    def is_recalled():
        do(client, "/strip-2/preset/load", "Shared")  # Not known yet, maybe
        return client.value("/strip-2/width") == 1.75
    wait_until(is_recalled, "what the other saved")


def test_a_recall_is_as_fast_as_a_set(strip):
    def took_ms(number, *command):
        begin = time.monotonic()
        strip.send(*command)
        strip.sync(number)
        return 1e3 * (time.monotonic() - begin)

    def more_ms():
        """By how much recalls take longer than twice what sets take."""
        sets, loads = [], []
        for i in range(60):  # Side by side, so both see the same machine
            sets.append(took_ms(2 * i, "/strip/pan", 0.25))
            loads.append(took_ms(2 * i + 1, "/strip/preset/load", "Piano"))
        return statistics.median(loads) - 2 * statistics.median(sets)

    presets(strip)  # They are known now
    figure = Figure(20)
    figure.seek(more_ms, 4)
    figure.check()


def test_files_that_change(strip, room):
    presets(strip)
    folder = room.lv2 / "found.lv2"
    make_preset(folder, "Found", value("pan", "-0.5"))
    wait_until(lambda: "Found" in presets(strip), "a new preset")
    do(strip, "/strip/preset/load", "Found")
    assert strip.value("/strip/pan") == -0.5

    (folder / "p.ttl").write_text(
        (folder / "p.ttl").read_text().replace("-0.5", "0.25"))

    def pan():
        do(strip, "/strip/preset/load", "Found")
        return strip.value("/strip/pan")
    wait_until(lambda: pan() == 0.25, "the new value")

    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    wait_until(lambda: "Found" not in presets(strip), "it to go")


def test_damaged_foreign_and_newer_files_change_nothing(strip, room):
    do(strip, "/strip/preset/save", "Broken")
    file = bundle_of(presets(strip)["Broken"][0]) / "preset.ttl"
    file.write_bytes(file.read_bytes()[:-20])
    make_preset(room.lv2 / "nan.lv2", "Infinite", value("pan", "1e999"))
    make_preset(room.lv2 / "foreign.lv2", "Foreign", value("pan", "1"),
                plugin="urn:other")
    make_preset(room.lv2 / "newer.lv2", "Newer",
                value("pan", "0.5") + " ; " + value("of_the_future", "7"))
    wait_until(lambda: {"Newer"} == set(presets(strip)).intersection(
        {"Broken", "Infinite", "Foreign", "Newer"}), "only Newer to stay")

    do(strip, "/strip/pan", -0.75)
    for label in ("Broken", "Infinite", "Foreign"):
        assert label in refused_later(strip, 404, "/strip/preset/load", label)
    assert strip.value("/strip/pan") == -0.75
    do(strip, "/strip/preset/load", "Newer")  # What it can be
    assert strip.value("/strip/pan") == 0.5

    # What was damaged can be saved anew
    do(strip, "/strip/preset/save", "Broken")
    wait_until(lambda: "Broken" in presets(strip), "it to be mended")


def test_out_of_range_is_clamped(strip, room):
    make_preset(room.lv2 / "loud.lv2", "Loud", value("output_gain", "1000"))
    wait_until(lambda: "Loud" in presets(strip), "a new preset")
    do(strip, "/strip/preset/load", "Loud")
    assert strip.value("/strip/output_gain") == 12.0


def test_the_users_own_comes_first(strip, room):
    make_preset(room.lv2 / "own.lv2", "Piano", value("pan", "0.125"))
    wait_until(lambda: len([line for line in strip.list("/strip/preset/list")
                            if line[0] == "Piano"]) == 2, "a second Piano")
    do(strip, "/strip/preset/load", "Piano")
    assert strip.value("/strip/pan") == 0.125


def test_refusals(strip):
    refused_later(strip, 409, "/strip/preset/save", "Piano")
    refused_later(strip, 409, "/strip/preset/delete", "Piano")
    refused_later(strip, 404, "/strip/preset/delete", "No such")
    refused_later(strip, 404, "/strip/preset/load", "No such")
    refused_later(strip, 400, "/strip/preset/save", "")
    refused_later(strip, 400, "/strip/preset/save", "x" * 65)
    refused_later(strip, 400, "/strip/preset/save", "two\nlines")


@pytest.mark.parametrize("label", [
    "../../escape", ".", "..", "/", "a/b", "con\\", '"""', "' $(x) `x`", "%41",
    "\u00e9\u4e2d\U0001f39a", "x" * 64, "<urn:x>", "-rf", "@prefix", "# x",
])
def test_strange_labels(strip, room, label):
    outside = sorted(path.name for path in room.folder.iterdir())
    do(strip, "/strip/preset/save", label)
    uri = presets(strip)[label][0]
    assert bundle_of(uri).parent == room.lv2
    assert sorted(path.name for path in room.folder.iterdir()) == outside
    do(strip, "/strip/pan", 0.5)
    do(strip, "/strip/preset/load", label)
    assert strip.value("/strip/pan") == 0.0
    do(strip, "/strip/preset/delete", label)
    assert label not in presets(strip)
    assert not bundle_of(uri).exists()


def test_the_keeper_dies(strip, room):
    known = presets(strip)
    os.kill(keeper(room), signal.SIGKILL)
    message = refused_later(strip, 503, "/strip/preset/save", "Too late")
    assert "presets are unavailable" in message

    # What is known can still be recalled, and the rest goes on
    assert presets(strip) == known
    do(strip, "/strip/preset/load", "Piano")
    assert strip.value("/strip/preset") == "Piano"
    assert room.bridge_pid()


def test_a_keeper_that_was_stopped(strip, room):
    presets(strip)
    stop(keeper(room))
    strip.send("/strip/preset/save", "Slow")
    strip.send("/strip/pan", 0.5)
    os.kill(keeper(room), signal.SIGCONT)
    strip.sync(timeout=20)
    assert strip.value("/strip/pan") == 0.5
    assert "Slow" in presets(strip)


def test_keeper_ends_with_the_bridge(strip, room):
    pid = keeper(room)
    os.kill(room.bridge_pid(), signal.SIGKILL)

    wait_until(lambda: not is_alive(pid), "the keeper to end")


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1))


@pytest.mark.plain_build
def test_memory_with_50_instances(room):
    # Where 50 do not run in time, none appears; so they are not called at first
    host = room.host("--stopped", "--instances", 50, "--block", 2048)
    client = room.udp()
    wait_until(lambda: len(client.instances()) == 50, "50 instances")
    host.do("start")
    room.wait_presets(client)
    for i in range(50):
        name = "strip" if i == 0 else f"strip-{i + 1}"
        for turn in range(3):
            client.send(f"/{name}/preset/load", "Piano")
    client.sync()

    bridge, helper = resident_kib(room.bridge_pid()), resident_kib(keeper(room))
    print(f"# bridge {bridge} KiB, keeper {helper} KiB")
    assert bridge + helper <= 16 * 1024
