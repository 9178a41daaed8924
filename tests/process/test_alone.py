# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Where no bridge can be had, the plugin is a plain plugin."""

import fcntl
import os

from conftest import PATIENCE, bundle_folder, names, wait_until


def silent_without_bridge(room, host):
    """It plays, says one line, and starts nothing."""
    line = host.wait("log")
    host.do("port output_gain -60")
    host.do(f"wait {int(host.do('position')[0]) + 2 * 48000}",
            timeout=2 + PATIENCE)
    assert host.get("osc_port") == 0.0
    wait_until(lambda: host.get("output_peak") < host.get("input_peak") - 50.0,
               "the output to be soft")
    assert host.quit()
    logged = [line for line in host.lines.seen if line.startswith("log")]
    assert len(logged) == 1, logged
    return " ".join(line)


def test_without_its_bridge_it_is_a_plain_plugin(room):
    room.copy_bundle(without=["ringside-bridge"])
    host = room.host("--input", "sine:440", "--instances", 2)
    line = silent_without_bridge(room, host)
    assert "no OSC" in line and "ringside-bridge" in line


def test_a_bridge_that_ends_at_once_does_not_matter(room):
    bundle = room.copy_bundle(without=["ringside-bridge"])
    (bundle / "ringside-bridge").write_text("#!/bin/sh\nexit 1\n")
    (bundle / "ringside-bridge").chmod(0o755)
    host = room.host("--input", "sine:440")
    line = silent_without_bridge(room, host)
    assert "no OSC" in line


def test_a_runtime_folder_that_others_may_enter_is_not_used(room):
    room.runtime.mkdir()
    room.runtime.chmod(0o755)
    host = room.host("--input", "sine:440")
    line = silent_without_bridge(room, host)
    assert "0700" in line
    assert os.listdir(room.runtime) == []


def test_a_bridge_that_comes_later_is_found(room):
    """It is looked for again, though none could be started."""
    bundle = room.copy_bundle(without=["ringside-bridge"])
    host = room.host()
    host.wait("log")
    program = (bundle_folder() / "ringside-bridge").read_bytes()
    (bundle / "new").write_bytes(program)
    (bundle / "new").chmod(0o755)
    (bundle / "new").rename(bundle / "ringside-bridge")
    room.wait_names(room.udp(), names(1))
    assert host.quit()
    room.assert_empty()


def test_a_folder_that_is_taken_is_waited_for(room):
    """As by a bridge that has not listened yet, or is about to go."""
    bundle = room.copy_bundle()
    bridge, tries = bundle / "ringside-bridge", room.folder / "tries"
    bridge.rename(bundle / "real")
    bridge.write_text(f'#!/bin/sh\necho >>"{tries}"\n'
                      f'exec "{bundle}/real" "$@"\n')
    bridge.chmod(0o755)
    room.runtime.mkdir(mode=0o700)
    with open(room.runtime / "bridge.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        host = room.host()
        wait_until(lambda: tries.exists() and len(tries.read_text()) > 2,
                   "a bridge to be started again")
    room.wait_names(room.udp(), names(1))
    assert host.quit()
    while host.lines.next(PATIENCE) is not None:
        pass
    assert not [line for line in host.lines.seen if line.startswith("log")]
    room.assert_empty()
