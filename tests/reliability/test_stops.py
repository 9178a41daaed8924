# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A bridge that is stopped and goes on, and a disk that is full."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from conftest import names, wait_until
from lib.processes import stop


def test_a_bridge_that_goes_on_in_time_is_kept(room):
    """What came meanwhile is done, in order, and nobody replaces it."""
    room.host("--input", "sine:440")
    osc = room.udp()
    room.wait_names(osc, names(1))
    bridge = room.bridge_pid()
    for n in range(1, 6):
        begin = time.monotonic()
        stop(bridge)
        for k in range(10):
            osc.send("/strip/input_gain", n + k / 16)
        time.sleep(0.3)
        os.kill(bridge, signal.SIGCONT)
        took = time.monotonic() - begin
        osc.sync(n)
        if took > 1.0 and room.bridge_pid() != bridge:
            bridge = room.bridge_pid()  # The machine was held up: not in time
            continue
        assert osc.value("/strip/input_gain") == n + 9 / 16
        assert room.bridge_pid() == bridge


def small_disk(room):
    """A command that gives its program a disk of 64 KiB for user presets."""
    command = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
    if not shutil.which("unshare") or subprocess.run(
            [*command, "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
            capture_output=True).returncode:
        pytest.skip("file systems may not be mounted here")
    folder = room.home / ".lv2"
    folder.mkdir()
    room.env["LV2_PATH"] = f"{folder}:{room.lv2}"
    script = f'mount -t tmpfs -o size=64k none "{folder}" && exec "$@"'
    return [*command, "sh", "-c", script, "sh"]


def test_a_full_disk_keeps_the_old_preset(room):
    host = room.host(under=small_disk(room))
    osc = room.udp()
    room.wait_names(osc, names(1))
    room.wait_presets(osc)
    osc.send("/strip/input_gain", 3.0)
    osc.send("/strip/preset/save", "mine")
    osc.sync()

    def labels():
        return [line[0] for line in osc.list("/strip/preset/list")]
    wait_until(lambda: "mine" in labels(), "the preset")
    before = labels()

    # In the mount namespace of the host
    disk = pathlib.Path(f"/proc/{host.pid}/root{room.home}/.lv2")
    with pytest.raises(OSError):
        (disk / "filling").write_bytes(bytes(1 << 20))

    def sentence():
        osc.drain()
        osc.send("/strip/input_gain", -7.0)
        osc.send("/strip/preset/save", "mine")
        answer = osc.wait_for("/error")[2]
        return answer[2] if answer[1] != 429 else ""
    assert "is the disk full?" in wait_until(sentence, "a refusal")
    assert labels() == before

    osc.send("/strip/preset/load", "mine")
    osc.sync()
    assert osc.value("/strip/input_gain") == 3.0
    assert sorted(it.name for it in disk.iterdir()
                  if it.name.startswith(".")) == []

    # With room again, it is saved again
    (disk / "filling").unlink()
    osc.send("/strip/input_gain", -7.0)

    def is_saved():
        osc.drain()
        osc.send("/strip/preset/save", "mine")
        osc.sync()
        answer = osc.receive(0.3)
        return not answer or answer[0] != "/error"
    wait_until(is_saved, "the preset to be saved")
    osc.send("/strip/input_gain", 0.0)
    osc.send("/strip/preset/load", "mine")
    osc.sync()
    assert osc.value("/strip/input_gain") == -7.0
    assert host.quit()
