# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What a host saves comes back, in whatever order and state of the host."""

import pytest

from conftest import names, save_named, wait_until

VALUES = {"input_gain": -7.5, "hpf_freq": 123.456, "delay_mode": 1.0,
          "mute": 1.0, "reverb_mix": 0.1}


def wait_value(client, address, value, tolerance=1e-5):
    wait_until(lambda: abs(client.value(address) - value) <= tolerance,
               f"{address} to be {value}")


def save_one(room, *arguments):
    """A host with values of its own, of OSC, and a name; the file it saved."""
    path = room.folder / "saved.ttl"
    host = room.host(*arguments)
    osc = room.udp()
    room.wait_names(osc, names(1))
    host.do("port output_gain -12")
    if "--stopped" not in arguments:
        wait_value(osc, "/strip/output_gain", -12)
    osc.send("/strip/name", "vocals")
    for symbol, value in VALUES.items():
        osc.send(f"/vocals/{symbol}", value)
    osc.sync()
    for symbol, value in VALUES.items():
        wait_value(osc, f"/vocals/{symbol}", value)
    save_named(host, path, "vocals")
    assert host.quit()
    return path


@pytest.mark.parametrize("how", ["running", "stopped"])
def test_values_and_name_come_back(room, how):
    path = save_one(room, *(["--stopped"] if how == "stopped" else []))
    host = room.host("--load", path)
    osc = room.udp()
    room.wait_names(osc, ["vocals"])
    for symbol, value in {**VALUES, "output_gain": -12.0}.items():
        wait_value(osc, f"/vocals/{symbol}", value)

    # Then the last one who moves it wins, as ever
    host.do("port input_gain 2")
    wait_value(osc, "/vocals/input_gain", 2)
    osc.send("/vocals/input_gain", 3.0)
    wait_value(osc, "/vocals/input_gain", 3)


def test_a_state_that_comes_before_any_run_is_there(room):
    path = save_one(room)
    host = room.host("--stopped", "--load", path)
    osc = room.udp()
    room.wait_names(osc, ["vocals"])
    for symbol, value in VALUES.items():
        wait_value(osc, f"/vocals/{symbol}", value)

    # Saved again without one call of run(), it is the same
    again = room.folder / "again.ttl"
    host.do(f"save {again}")
    assert host.quit()
    lines = [path.read_text().split('"""')[1] for path in (path, again)]
    assert [line.split()[:2] for line in lines[0].splitlines()] == \
           [line.split()[:2] for line in lines[1].splitlines()]


def test_a_state_that_comes_while_it_plays(room):
    path = save_one(room)
    host = room.host("--input", "noise:1")
    osc = room.udp()
    room.wait_names(osc, names(1))
    for _ in range(20):
        osc.send("/strip/input_gain", 1.0)
        osc.sync()
        host.do(f"load {path} 1 live")
        for symbol, value in VALUES.items():
            wait_value(osc, f"/strip/{symbol}", value)
    # It had appeared: a state, or a preset with state, renames nothing then
    assert osc.instances() == ["strip"]
    room.kill_bridge()
    room.wait_names(room.udp(), ["strip"])
    assert host.quit()


def test_two_of_the_same_name_get_two_names(room):
    path = save_one(room)
    room.host("--load", path, "--instances", 2)
    osc = room.udp()
    wait_until(lambda: len(osc.instances()) == 2, "both")
    got = osc.instances()
    assert "vocals" in got and len(set(got)) == 2, got


def test_a_state_in_another_locale(room):
    """Numbers are written as in C's locale, whatever the host's is."""
    path = save_one(room)
    text = path.read_text()
    assert "input_gain -7.5 0 osc" in text
    assert "hpf_freq 123.456001 20 osc" in text


@pytest.mark.parametrize("change", [
    ("ringside 1", "ringside 2"),
    ("ringside 1", "elsewhere 1"),
    ("input_gain -7.5", "input_gain nan"),
    ("input_gain -7.5", "input_gain -7.5 -7.5"),
    ('"""ringside', '"""\nringside'),
])
def test_a_damaged_state_changes_nothing(room, change):
    path = save_one(room)
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    osc.send("/strip/input_gain", 4.0)
    osc.send("/strip/width", 0.5)
    osc.sync()
    host.tell(f"load {path}")
    line = " ".join(host.wait("log"))
    assert "saved state cannot be used" in line
    assert "values stay as they are" in line
    host.wait("ok load")
    osc.sync()
    # The ports that the file sets are the host's, and did not change but one
    assert osc.value("/strip/input_gain") == 4.0
    assert osc.value("/strip/width") == 0.5
    assert osc.instances() == ["strip"]


def test_a_preset_of_the_host_sets_everything(room):
    """Also what OSC had moved, to a value that the port never left."""
    host = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    presets = room.wait_presets(osc)
    label, uri = next((line[0], line[1]) for line in presets)

    host.do(f"preset {uri}")
    osc.sync()
    position = int(host.do("position")[0])
    host.do(f"wait {position + 4800}")
    table = [line for line in osc.list("/strip/list")
             if line[0] not in ("input_peak", "output_peak", "osc_port",
                                "gain_reduction", "osc_late")]
    expected = {line[0]: line[1] for line in table}

    for line in table:
        symbol, low, high = line[0], line[3], line[4]
        if symbol != "enabled":
            far = high if expected[symbol] < (low + high) / 2 else low
            osc.send(f"/strip/{symbol}", far)
    osc.sync()
    host.do(f"preset {uri}")
    for symbol, value in expected.items():
        wait_value(osc, f"/strip/{symbol}", value)
    assert label
