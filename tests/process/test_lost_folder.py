# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The runtime folder is emptied, moved or removed under a running bridge: there
is one bridge again, with all instances in it, and nothing is lost."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import socket

import pytest

from conftest import PATIENCE, build_folder, is_alive, names, wait_until
from lib import processes
from peer import Peer

OLD_KERNEL = build_folder() / "tests/process/old-kernel"
LOST = 5


def empty(folder):
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # The bridge is quicker
            file.unlink()


def move_above(folder):
    """The folder itself sees nothing of that."""
    folder.parent.rename(folder.parent.with_name("above-before"))
    folder.parent.mkdir()


def remove(file):
    return lambda folder: (folder / file).unlink()


def replace_lock(folder):
    (folder / "other").touch(mode=0o600)
    (folder / "other").rename(folder / "bridge.lock")


LOSSES = {
    "emptied": empty,
    "removed": lambda folder: shutil.rmtree(folder, ignore_errors=True),
    "moved": lambda folder: folder.rename(folder.with_name("before")),
    "moved-above": move_above,
    "attach.sock": remove("attach.sock"),
    "osc.sock": remove("osc.sock"),
    "bridge.lock": remove("bridge.lock"),
    "other-lock": replace_lock,
}


@pytest.fixture
def deep(room):
    """A room whose runtime folder lies in one that may be moved."""
    (room.folder / "above").mkdir()
    room.runtime = room.folder / "above/run"
    room.env["RINGSIDE_RUNTIME_DIR"] = str(room.runtime)
    return room


def bridges(room):
    """Processes that are a bridge, each with its keeper and opener beside it."""
    found = []
    for pid in room.processes():
        with contextlib.suppress(OSError):
            comm = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
            found += [pid] if comm == "ringside-bridge" else []
    return found


def opened(pid):
    """Paths that a process has open."""
    found = []
    for file in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(os.readlink(file))
    return found


def two_hosts(room):
    """With a value each that was acknowledged."""
    hosts = []
    for number in (1, 2):
        hosts.append(room.host())
        osc = room.udp()
        room.wait_names(osc, names(number))
    osc.send("/strip/input_gain", 3.0)
    osc.send("/strip-2/input_gain", -7.0)
    osc.sync()
    return hosts


def assert_one_bridge(room, hosts, old):
    """That serves them all, and is where its port file says."""
    wait_until(lambda: not is_alive(old), "the first bridge to end")

    def are_there():
        with contextlib.suppress(OSError, ValueError, TimeoutError,
                                 LookupError), \
                room.udp() as osc:
            return sorted(osc.instances(1.0)) == sorted(names(len(hosts)))
    wait_until(are_there, "all instances in one bridge")
    wait_until(lambda: bridges(room) == [room.bridge_pid()], "one bridge")

    osc = room.udp()
    assert osc.status()["port"] == room.port()
    assert osc.value("/strip/input_gain") == 3.0
    assert osc.value("/strip-2/input_gain") == -7.0
    for number, name in enumerate(names(len(hosts))):
        osc.send(f"/{name}/output_gain", -1.0 - number)
    osc.sync()
    for number, name in enumerate(names(len(hosts))):
        assert osc.value(f"/{name}/output_gain") == -1.0 - number
    for host in hosts:
        wait_until(lambda: host.get("osc_port") == room.port(),
                   "the port on its output")


@pytest.mark.parametrize("loss", LOSSES)
def test_all_meet_again(deep, loss):
    hosts = two_hosts(deep)
    old = deep.bridge_pid()
    port = deep.port()
    LOSSES[loss](deep.runtime)
    hosts.append(deep.host())
    assert_one_bridge(deep, hosts, old)

    # With the lock held to the end, nobody else can have had the port meanwhile
    if loss.endswith(".sock"):
        assert deep.port() == port
    for host in hosts:
        assert host.quit()
    deep.assert_empty()


def test_a_host_that_waits_for_its_turn_looks_where_others_do(deep):
    """Not for the lock in a folder that has been moved."""
    deep.runtime.mkdir(mode=0o700)
    with open(deep.runtime / "start.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        host = deep.host()
        wait_until(lambda: str(deep.runtime) in opened(host.pid),
                   "it to have the folder open")
        move_above(deep.runtime)
        deep.wait_names(deep.udp(), names(1))
    assert host.quit()
    while host.lines.next(PATIENCE) is not None:
        pass
    assert not [line for line in host.lines.seen if line.startswith("log")]
    deep.assert_empty()


@pytest.mark.parametrize("loss", ["emptied", "removed", "moved", "attach.sock"])
def test_a_second_bridge_is_there_first(deep, loss):
    """The first is stopped: a host may start another on another port."""
    hosts = two_hosts(deep)
    old = deep.bridge_pid()
    processes.stop(old)
    LOSSES[loss](deep.runtime)
    hosts.append(deep.host())
    if loss != "attach.sock":  # The first still has the lock
        wait_until(lambda: deep.bridge_pid() not in (0, old), "another bridge")
    with contextlib.suppress(ProcessLookupError):  # It hung for too long
        os.kill(old, signal.SIGCONT)
    assert_one_bridge(deep, hosts, old)
    for host in hosts:
        assert host.quit()
    deep.assert_empty()


def test_again_and_again(deep):
    hosts = two_hosts(deep)
    for loss in ("emptied", "removed", "osc.sock", "moved", "emptied"):
        old = deep.bridge_pid()
        LOSSES[loss](deep.runtime)
        assert_one_bridge(deep, hosts, old)


# A folder above it that is moved is seen when a host asks
@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"moved-above"}))
def test_alone_it_says_so(deep, loss):
    """By hand and without a host: it ends, and leaves nothing of its own."""
    log = deep.folder / "log"
    bridge = deep.bridge(log=log)
    LOSSES[loss](deep.runtime)
    assert bridge.wait(PATIENCE) == LOST
    (line,) = [line for line in log.read_text().splitlines()
               if "leaving" in line]
    assert str(deep.runtime) in line and "moved or removed" in line
    wait_until(lambda: deep.processes() == [], "the keeper to end")
    if loss == "moved":
        assert os.listdir(deep.runtime.with_name("before")) == []


def test_it_harms_no_other(deep):
    """What a second bridge has made since is not removed by the first."""
    first = deep.bridge()
    processes.stop(first.pid)
    empty(deep.runtime)
    second = deep.bridge()
    made = sorted(os.listdir(deep.runtime))
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait(PATIENCE) == LOST
    assert sorted(os.listdir(deep.runtime)) == made
    assert deep.port() == second.osc_port
    with Peer(deep, 1), deep.udp() as osc:
        assert osc.instances() == ["peer"]
        assert deep.bridge_pid() == second.pid


def test_a_port_file_alone_is_written_anew(deep):
    bridge = deep.bridge()
    (deep.runtime / "port").unlink()
    assert deep.port() == bridge.osc_port
    with Peer(deep, 1), deep.udp() as osc:
        assert osc.instances() == ["peer"]
    assert bridge.poll() is None


@pytest.mark.plain_build
def test_without_a_watch(deep):
    """It says so, goes on, and notices when a host asks."""
    log = deep.folder / "log"
    bridge = deep.bridge(log=log, under=[str(OLD_KERNEL), "inotify"])
    assert "cannot watch " + str(deep.runtime) in log.read_text()
    hosts = two_hosts(deep)
    assert bridge.poll() is None
    LOSSES["removed"](deep.runtime)
    assert bridge.wait(PATIENCE) == LOST
    hosts.append(deep.host())
    assert_one_bridge(deep, hosts, bridge.pid)


def test_what_comes_and_goes_in_it_is_no_loss(deep):
    """Files of others, and the start lock."""
    bridge = deep.bridge()
    with Peer(deep, 1), deep.udp() as osc:
        for _ in range(20):
            for name in ("start.lock", "else", "port.new"):
                (deep.runtime / name).touch()
                (deep.runtime / name).unlink()
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
                own.bind(str(deep.runtime / "client"))
            (deep.runtime / "client").unlink()
        assert osc.instances() == ["peer"]
        assert bridge.poll() is None and deep.bridge_pid() == bridge.pid
