# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A bridge without descriptors, memory or a disk: it serves those who are here,
says in a sentence what is short, does not spin, and recovers."""

import contextlib
import os
import pathlib
import resource
import signal
import socket
import struct
import subprocess
import time

import pytest

from conftest import PATIENCE, module, program, wait_until
from lib import osc
from peer import Peer

MAGIC, REFUSED, SHORT = 0x52494E47, 3, 6
# Turns of the loop in a second that are rest; round and round are thousands
WAKEUPS_MAX = 200


def log_of(room):
    return room.folder / "bridge.log"


def said(room, *words):
    return [line for line in log_of(room).read_text().splitlines()
            if all(word in line for word in words)]


def descriptors(pid):
    return sorted(map(int, os.listdir(f"/proc/{pid}/fd")))


def limit_files(pid, soft):
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def wakeups_in_a_second(client):
    before = client.status()["wakeups"]
    time.sleep(1.0)
    return client.status()["wakeups"] - before


def answers(stream):
    """Whether a connection was taken."""
    with contextlib.suppress(ConnectionError):
        stream.send("/ringside/ping", 1)
        return stream.receive() == ("/ringside/pong", "i", [1])
    return False


def take_all(room, stack, most=40):
    """Connect until one is refused."""
    taken = []
    for _ in range(most):
        stream = stack.enter_context(osc.Tcp(room.port()))
        if not answers(stream):
            return taken
        taken.append(stream)
    raise AssertionError(f"{most} connections, and none was refused")


def knock(room):
    """What a host hears first, though it has said nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(str(room.runtime / "attach.sock"))
        return struct.unpack("=4I", sock.recv(1024))


def test_no_descriptors_left(room):
    bridge = room.bridge(log=log_of(room))
    with contextlib.ExitStack() as stack:
        stack.enter_context(Peer(room, 1))
        udp = room.udp()
        limit_files(bridge.pid, descriptors(bridge.pid)[-1] + 1)
        taken = take_all(room, stack)

        # Whoever comes now is told at once; whoever is here goes on
        for _ in range(5):
            assert not answers(stack.enter_context(osc.Tcp(room.port())))
            assert knock(room) == (MAGIC, REFUSED, SHORT, 0)
        status = udp.status()
        assert status["short_of_descriptors"] >= 11
        assert status["rejected_rate"] == 0
        # Once in ten seconds
        lines = said(room, "a connection was refused",
                     "descriptors that this process may have are in use",
                     "1024 or more")
        assert 1 <= len(lines) < status["short_of_descriptors"]
        udp.send("/peer/gain", -3.0)
        assert udp.value("/peer/gain") == -3.0
        assert all(answers(stream) for stream in taken)
        assert wakeups_in_a_second(udp) < WAKEUPS_MAX

        # A host says that it plays alone, and ends no bridge for that
        host = room.host()
        assert "no memory or descriptors" in " ".join(host.wait("log"))
        assert bridge.poll() is None

        # With descriptors again, all is as ever
        limit_files(bridge.pid, 1024)
        assert answers(stack.enter_context(osc.Tcp(room.port())))
        room.wait_names(udp, ["peer", "strip"])
        assert host.quit()


@pytest.mark.plain_build
def test_refused_before_it_spoke(room):
    """A host that is slower than the bridge hears the reason, too."""
    bridge = room.bridge(log=log_of(room))
    with contextlib.ExitStack() as stack:
        stack.enter_context(Peer(room, 1))
        limit_files(bridge.pid, descriptors(bridge.pid)[-1] + 1)
        take_all(room, stack)
        late = module("process/late-hello.so")
        host = room.host(env=dict(room.env, LD_PRELOAD=late))
        assert "no memory or descriptors" in " ".join(host.wait("log"))
        assert bridge.poll() is None
        assert host.quit()


def test_an_instance_without_descriptors(room):
    """Those that come with a message cannot be taken: that one instance is
    refused, and the others of its host stay."""
    bridge = room.bridge(log=log_of(room))
    host = room.host()
    udp = room.udp()
    room.wait_names(udp, ["strip"])
    free = next(n for n in range(64)
                if n not in descriptors(bridge.pid))
    limit_files(bridge.pid, free)
    host.do("add")
    wait_until(lambda: said(room, "an instance was refused"), "a line")
    assert udp.instances() == ["strip"]
    udp.send("/strip/output_gain", -6.0)
    assert udp.value("/strip/output_gain") == -6.0
    limit_files(bridge.pid, 1024)
    room.wait_names(udp, ["strip", "strip-2"])
    assert room.bridge_pid() == bridge.pid
    assert host.quit()


def test_nothing_helps_and_nothing_spins(room):
    """Not even the descriptor that is kept is of use: connections wait, the
    bridge rests in between, and takes them afterwards."""
    bridge = room.bridge(log=log_of(room))
    with Peer(room, 1), room.udp() as udp:
        limit_files(bridge.pid, 3)
        with osc.Tcp(room.port()) as waiting, \
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as host:
            host.connect(str(room.runtime / "attach.sock"))
            waiting.send("/ringside/ping", 1)
            wait_until(lambda: udp.status()["short_of_descriptors"] >= 4,
                       "it to be tried again")
            assert wakeups_in_a_second(udp) < WAKEUPS_MAX
            udp.send("/peer/gain", -3.0)
            assert udp.value("/peer/gain") == -3.0
            limit_files(bridge.pid, 1024)
            assert waiting.receive() == ("/ringside/pong", "i", [1])
            wait_until(lambda: udp.status()["hosts"] == 2, "the host")


def test_few_descriptors_from_the_start(room):
    room.bridge(log=log_of(room), under=["prlimit", "--nofile=32:32"])
    assert said(room, "only 32 descriptors", "should be let have 1024")
    with contextlib.ExitStack() as stack:
        udp = room.udp()
        stack.enter_context(Peer(room, 2))
        taken = take_all(room, stack)
        assert len(taken) > 3
        assert said(room, "a connection was refused", "all 32 descriptors")
        udp.send("/peer-2/gain", -3.0)
        assert udp.value("/peer-2/gain") == -3.0
        taken.pop().close()
        wait_until(lambda: answers(stack.enter_context(osc.Tcp(room.port()))),
                   "room for one more")


def test_a_configuration_that_cannot_be_opened(room):
    """What was read before holds, and the new one comes later."""
    folder = room.home / ".config/ringside"
    folder.mkdir(parents=True)
    (folder / "bridge.conf").write_text("[osc]\ntiming = steady\n")
    bridge = room.bridge(log=log_of(room))

    def timing():
        with Peer(room, 1):
            return udp.value("/peer/timing")
    udp = room.udp()
    assert timing() == "steady"
    limit_files(bridge.pid, 3)
    (folder / "new").write_text("[osc]\ntiming = asap\nport = 0\n")
    (folder / "new").rename(folder / "bridge.conf")
    wait_until(lambda: said(room, "the configuration was refused"), "a line")
    limit_files(bridge.pid, 1024)
    wait_until(lambda: timing() == "asap", "the new configuration")


@pytest.mark.plain_build
def test_no_memory_left(room):
    """A limit on addresses: no more instances, and those that are here stay."""
    bridge = room.bridge(log=log_of(room))
    soft, hard = resource.prlimit(bridge.pid, resource.RLIMIT_AS)
    assert soft == 1 << 30
    host = room.host()
    udp = room.udp()
    room.wait_names(udp, ["strip"])
    with osc.Tcp(room.port()) as stream:
        with open(f"/proc/{bridge.pid}/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.prlimit(bridge.pid, resource.RLIMIT_AS,
                         (used + (64 << 10), hard))
        host.do("add")
        wait_until(lambda: said(room, "an instance was refused", "no memory",
                                "MiB"), "a line")
        assert udp.status()["short_of_memory"] >= 1
        assert udp.instances() == ["strip"]
        udp.send("/strip/output_gain", -3.0)
        assert udp.value("/strip/output_gain") == -3.0
        assert answers(stream)

        resource.prlimit(bridge.pid, resource.RLIMIT_AS, (soft, hard))
        room.wait_names(udp, ["strip", "strip-2"])
        with osc.Tcp(room.port()) as another:
            assert answers(another)
    assert host.quit()


def test_a_port_file_that_cannot_be_written(room):
    """It says so, and is there all the same."""
    room.runtime.mkdir(mode=0o700)
    (room.runtime / "port.new").mkdir()
    bridge = room.bridge(log=log_of(room))
    (line,) = said(room, "cannot be written")
    for words in (str(bridge.osc_port), f"{room.runtime}/port",
                  "Is a directory"):
        assert words in line
    with osc.Udp(bridge.osc_port) as udp, Peer(room, 1):
        assert udp.status()["port_file"] == 0.0
        assert udp.instances() == ["peer"]
    assert not (room.runtime / "port").exists()


def test_no_room_for_the_port_file(room):
    """Rather none than an empty one."""
    room.runtime.mkdir(mode=0o700)
    command = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
    script = ('mount -t tmpfs -o mode=0700,size=16k none "$0" || exit; '
              'dd if=/dev/zero of="$0/filling" bs=4096 count=16 2>/dev/null; '
              'exec "$@"')
    bridge = room.bridge(
        log=log_of(room),
        under=[*command, "sh", "-c", script, str(room.runtime)])
    (line,) = said(room, "cannot be written")
    assert "No space left on device" in line
    inside = pathlib.Path(f"/proc/{bridge.pid}/root{room.runtime}")
    assert not {"port", "port.new"} & set(os.listdir(inside))


# A bridge that is stopped before it listens

STOPS = "process/stop-early.so"


def stopping(room, who):
    """A bundle whose first bridge stops before it listens."""
    bundle = room.copy_bundle()
    bridge = bundle / "ringside-bridge"
    bridge.rename(bundle / "real")
    bridge.write_text(
        "#!/bin/sh\n"
        f'mkdir "{room.folder}/first" 2>/dev/null && '
        f'export LD_PRELOAD="{module(STOPS)}" STOP_EARLY="{who}"\n'
        f'exec "{bundle}/real" "$@"\n')
    bridge.chmod(0o755)


@pytest.mark.plain_build
@pytest.mark.parametrize("who", ["bridge", "both"])
def test_stopped_before_it_listens(room, who):
    """Alone, or with the process that answers for it: it is replaced."""
    stopping(room, who)
    host = room.host("--input", "sine:440")
    udp = room.udp(3 * PATIENCE)  # A start may take ten seconds
    room.wait_names(udp, ["strip"])
    udp.send("/strip/output_gain", -6.0)
    assert udp.value("/strip/output_gain") == -6.0
    assert (room.folder / "first").exists()

    # The one that was stopped is not there any more
    def pids():
        with_env = room.processes()
        return [pid for pid in with_env if stopped(pid)]
    assert pids() == []
    assert host.quit()
    room.assert_empty()


@pytest.mark.plain_build
def test_stopped_by_hand(room):
    """A bridge that no host started is ended by none; its host says which
    process it is, and what to do about it."""
    bridge = subprocess.Popen(
        [str(program("ringside-bridge"))], stdin=subprocess.DEVNULL,
        env=dict(room.env, LD_PRELOAD=module(STOPS), STOP_EARLY="bridge"))
    room.things.append(bridge)
    wait_until(lambda: stopped(bridge.pid), "it to stop")
    host = room.host("--input", "sine:440")
    line = " ".join(host.wait("log"))
    assert str(room.runtime) in line and f"kill -CONT {bridge.pid}" in line

    # It stops before each listen(), the last of them behind the port file:
    # only an answer tells that it is past them all
    def has_port():
        os.kill(bridge.pid, signal.SIGCONT)
        return (room.runtime / "port").exists()
    wait_until(has_port, "a port file")
    client = osc.Udp(room.port())
    room.things.append(client)

    def goes_on():
        os.kill(bridge.pid, signal.SIGCONT)
        client.send("/ringside/ping")
        return client.receive(0.1)
    wait_until(goes_on, "it to serve")
    room.wait_names(room.udp(3 * PATIENCE), ["strip"])
    assert room.bridge_pid() == bridge.pid
    assert host.quit()


def stopped(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
        return text.rpartition(")")[2].split()[0] == "T"
    return False
