# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""No child of the host stays a zombie, also if one takes its time to end."""

import os
import pathlib
import signal

from conftest import names, program, wait_until


def slow_parent(room, seconds):
    """A bridge whose parent, which the host started, ends so much later."""
    bundle = room.copy_bundle()
    bridge = bundle / "ringside-bridge"
    bridge.unlink()
    bridge.write_text(f"#!/bin/sh\n'{program('ringside-bridge')}' \"$@\"\n"
                      f"exec 3>&-\nsleep {seconds}\n")
    bridge.chmod(0o755)


def children(host):
    """Of the host, also dead ones that nobody reaped."""
    found = []
    for task in pathlib.Path(f"/proc/{host.pid}/task").iterdir():
        try:
            found += (task / "children").read_text().split()
        except FileNotFoundError:
            pass
    return found


def test_a_child_that_ends_late_is_reaped(room):
    slow_parent(room, 0.4)
    host = room.host()
    for _ in range(4):
        room.wait_names(room.udp(), names(1))
        os.kill(room.bridge_pid(), signal.SIGKILL)
    room.wait_names(room.udp(), names(1))
    wait_until(lambda: children(host) == [], "the link to reap them all")
    assert host.quit()


def test_a_child_is_reaped_before_the_library_goes(room):
    slow_parent(room, 0.1)
    host = room.host()
    for _ in range(3):
        room.wait_names(room.udp(), names(1))
        os.kill(room.bridge_pid(), signal.SIGKILL)
        wait_until(lambda: room.bridge_pid(), "the next")
        host.do("remove *")
        wait_until(lambda: len(room.processes()) == 1, "all others to end")
        assert children(host) == []
        host.do("add")
    assert host.quit()
