# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Hosts in which it is hard to start a bridge: the plugin plays in all of
them, and has a bridge, or says in one line why not."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from conftest import PATIENCE, is_alive, module, names, wait_until

# What is preloaded comes before the sanitizers, which they refuse
preloads = pytest.mark.plain_build


def strange(room, *libraries, under=(), **environment):
    """A host made strange by what it preloads; it plays a tone."""
    env = dict(room.env, **environment)
    if libraries:
        env["LD_PRELOAD"] = ":".join(module(f"host/strange/{it}.so")
                                     for it in libraries)
    return room.host("--input", "sine:440", env=env, under=under)


def assert_plays(host):
    """Its sound follows its parameters."""
    wait_until(lambda: host.get("output_peak") > -20.0, "sound")
    before = host.get("output_gain")
    host.do("port output_gain -40")
    wait_until(lambda: host.get("output_peak") < -30.0, "softer sound")
    host.do(f"port output_gain {before}")


def logged(host):
    return [line for line in host.lines.seen if line.startswith("log")]


def assert_bridged(room, host):
    """OSC reaches it, and it had nothing to say."""
    host.wait("osc_port")
    osc = room.udp()
    room.wait_names(osc, names(1))
    osc.send("/strip/input_gain", -3.0)
    osc.sync()
    assert osc.value("/strip/input_gain") == -3.0
    assert logged(host) == []
    return osc


def assert_alone(host, *words):
    """It says one line with these words, and stays a plain plugin."""
    wait_until(lambda: host.get("osc_port") or logged(host), "a line")
    line = (logged(host) or ["no line"])[0]
    for word in ("no OSC", "works on without it", *words):
        assert word in line, line
    assert_plays(host)
    # The first of the attempts that come again and again is after a second
    host.do(f"wait {int(host.do('position')[0]) + 72000}",
            timeout=1.5 + PATIENCE)
    assert len(logged(host)) == 1, logged(host)
    assert host.get("osc_port") == 0.0


def link_thread(host):
    for task in pathlib.Path(f"/proc/{host.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "ringside-link":
            return task
    raise AssertionError("there is no link thread")


def dead_children(host):
    """Children of the host that nobody reaped."""
    found = []
    for task in pathlib.Path(f"/proc/{host.pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return [pid for pid in found if not is_alive(pid)]


def assert_link_rests(host):
    """It does not go round and round on what cannot be reaped, say."""
    def seconds():
        text = (link_thread(host) / "stat").read_text().rpartition(")")[2]
        return sum(map(int, text.split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def in_half_a_second():
        before = seconds()
        time.sleep(0.5)
        return seconds() - before
    wait_until(lambda: in_half_a_second() < 0.1, "the link to rest")


def assert_replaced(room, osc):
    """The bridge is killed, and there is another."""
    first = room.bridge_pid()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: room.bridge_pid() not in (0, first), "a new bridge")
    osc = room.udp()
    room.wait_names(osc, names(1))
    assert osc.value("/strip/input_gain") == -3.0
    return osc


@preloads
@pytest.mark.parametrize("library", ["ignore_children", "reap_all",
                                     "block_signals"])
def test_children_and_signals(room, library):
    host = strange(room, library)
    osc = assert_bridged(room, host)
    assert_plays(host)
    for _ in range(3):
        osc = assert_replaced(room, osc)
    assert_link_rests(host)
    wait_until(lambda: dead_children(host) == [], "the dead to be reaped")

    # Nothing of the host's is inherited: plain signals end the bridge
    status = pathlib.Path(f"/proc/{room.bridge_pid()}/status").read_text()
    masks = {line.split(":")[0]: int(line.split()[1], 16)
             for line in status.splitlines() if line.startswith("Sig")
             and not line.startswith("SigQ")}
    assert not masks["SigBlk"] & (1 << (signal.SIGUSR1 - 1))
    assert not masks["SigIgn"] & (1 << (signal.SIGCHLD - 1))
    assert host.quit()
    room.assert_empty()


@preloads
def test_a_real_time_thread_that_exits(room):
    if subprocess.run(["chrt", "-f", "10", "true"], check=False,
                      capture_output=True).returncode:
        pytest.skip("real-time priority is not allowed here")
    host = strange(room, "short_fifo")
    osc = assert_bridged(room, host)
    assert_plays(host)
    thread = int(link_thread(host).name)
    assert os.sched_getscheduler(thread) == os.SCHED_OTHER

    # The bridge stays though the thread that asked for it went long ago
    assert is_alive(room.bridge_pid())
    assert_replaced(room, osc)
    assert host.quit()
    room.assert_empty()


def test_no_standard_descriptors(room):
    host = room.host(
        "--input", "sine:440", "--talk-on", "8,9",
        under=["sh", "-c", 'exec "$@" 8<&0 9>&1 <&- >&- 2>&-', "sh"])
    osc = assert_bridged(room, host)
    assert_plays(host)
    assert_replaced(room, osc)
    assert host.quit()
    room.assert_empty()


@preloads
def test_no_descriptors_from_the_start(room):
    host = strange(room, "no_descriptors", STRANGE_WHEN="before")
    assert_alone(host, "Too many open files")
    assert host.quit()
    room.assert_empty()


@preloads
def test_no_descriptors_once_it_is_there(room):
    host = strange(room, "no_descriptors", STRANGE_WHEN="after")
    assert_alone(host, "Too many open files")
    os.kill(host.pid, signal.SIGUSR1)
    room.wait_names(room.udp(), names(1))  # It had not given up for ever
    assert host.quit()
    room.assert_empty()


@preloads
@pytest.mark.parametrize("left", range(1, 12))
@pytest.mark.parametrize("how", ["first", "second"])
def test_few_descriptors(room, how, left):
    """Wherever they run out, it says so, or is on the bridge: that which it
    starts, or one that is there."""
    if how == "second":
        other = room.host()
        other.wait("osc_port")
    host = strange(room, "no_descriptors", STRANGE_WHEN="before",
                   STRANGE_LEFT=str(left))
    wait_until(lambda: host.get("osc_port") or logged(host),
               "a bridge or a line")
    assert_plays(host)
    if host.get("osc_port"):
        room.wait_names(room.udp(), names(1 if how == "first" else 2))
        # What starting took may not be given back yet at the first try
        assert len(logged(host)) <= 1, logged(host)
    else:
        assert len(logged(host)) == 1, logged(host)
    for line in logged(host):
        assert "no OSC" in line
        assert "Too many open files" in line
    assert host.quit()


@preloads
def test_no_fork_but_vfork(room):
    host = strange(room, "no_fork")
    osc = assert_bridged(room, host)
    assert_plays(host)
    assert_replaced(room, osc)
    assert host.quit()
    room.assert_empty()


@preloads
def test_no_processes_at_all(room):
    host = strange(room, "no_fork", "no_vfork")
    assert_alone(host, "ringside-bridge", "Resource temporarily unavailable")
    assert host.quit()
    room.assert_empty()


def test_a_runtime_folder_that_cannot_be_made(room):
    room.runtime = room.folder / "not" / "there"
    room.env["RINGSIDE_RUNTIME_DIR"] = str(room.runtime)
    host = strange(room)
    assert_alone(host, str(room.runtime), "No such file or directory")
    assert host.quit()
    room.assert_empty()


def mounted(room, options, then=":"):
    """A command that mounts a file system of its own over the folder."""
    command = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
    if not shutil.which("unshare") or subprocess.run(
            [*command, "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
            capture_output=True).returncode:
        pytest.skip("file systems may not be mounted here")
    room.runtime.mkdir(mode=0o700)
    script = (f'mount -t tmpfs -o mode=0700,{options} none "{room.runtime}" && '
              f'cd "{room.runtime}" && {then} && cd / && exec "$@"')
    return [*command, "sh", "-c", script, "sh"]


def test_a_runtime_folder_that_is_read_only(room):
    host = strange(room, under=mounted(room, "ro"))
    assert_alone(host, str(room.runtime), "Read-only file system")
    assert host.quit()


def test_a_runtime_folder_without_room_for_files(room):
    host = strange(room, under=mounted(room, "nr_inodes=1"))
    assert_alone(host, str(room.runtime), "No space left on device")
    assert host.quit()


@pytest.mark.parametrize("inodes", range(2, 6))
def test_a_runtime_folder_with_room_for_few_files(room, inodes):
    """The bridge does not start where it could not be found."""
    host = strange(room, under=mounted(room, f"nr_inodes={inodes}"))
    assert_alone(host, "ringside-bridge")
    assert host.quit()
    room.assert_empty()


def test_a_runtime_folder_that_is_full(room):
    """Its files are there, but have no content."""
    fill = ("dd if=/dev/zero of=filling bs=4096 count=16 2>/dev/null; "
            "test -s filling")
    host = strange(room, under=mounted(room, "size=16k", fill))
    wait_until(lambda: host.get("osc_port") or logged(host),
               "a bridge or a line")
    assert_plays(host)
    assert len(logged(host)) == (0 if host.get("osc_port") else 1)
    assert host.quit()
