# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The bridge's life: ports, locks, settings, and what it leaves behind."""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

import pytest

from conftest import PATIENCE, is_alive, program, wait_until
from lib import osc
from peer import Peer


def run_bridge(room, *arguments, **more_env):
    """Run one that is to end by itself."""
    return subprocess.run(
        [str(program("ringside-bridge")), *arguments],
        env={**room.env, **more_env}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE)


def end(bridge, number=signal.SIGTERM):
    bridge.send_signal(number)
    return bridge.wait(PATIENCE)


def files(room):
    return sorted(os.listdir(room.runtime))


def free_port():
    """A port that nobody has now, nor the three after it."""
    while True:
        # Below those that the kernel gives to others meanwhile
        port = random.randrange(12000, 32000)
        try:
            for n in range(port, port + 4):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind(("127.0.0.1", n))
            return port
        except OSError:
            pass


def test_flags(room):
    result = run_bridge(room, "--version")
    assert (result.returncode, result.stdout) == (0, "ringside-bridge 0.1.0\n")
    result = run_bridge(room, "--help")
    assert result.returncode == 0
    for flag in ("--config", "--port", "--listen", "--runtime-dir",
                 "--ready-fd", "--auto", "--log-level"):
        assert flag in result.stdout

    # Each wrong one says what would have been right
    for wrong, right in ((("--port=70000",), "65535"),
                         (("--port=x",), "65535"),
                         (("--listen=0.0.0",), "127.0.0.1"),
                         (("--log-level=loud",), "error, warning"),
                         (("--nonsense",), "--help"),
                         (("extra",), "--help")):
        result = run_bridge(room, *wrong)
        assert result.returncode == 2, wrong
        assert right in result.stderr, wrong
    assert not room.runtime.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_leaves_nothing(room, number):
    bridge = room.bridge()
    assert files(room) == ["attach.sock", "bridge.lock", "osc.sock", "port"]
    assert os.stat(room.runtime).st_mode & 0o777 == 0o700
    assert end(bridge, number) == 0
    assert files(room) == []
    wait_until(lambda: room.processes() == [], "the keeper to end")


def test_second_bridge(room):
    """It says who is there, and ends with its own code."""
    first = room.bridge()
    before = files(room)
    result = run_bridge(room)
    assert result.returncode == 3
    assert f"process {first.pid}" in result.stderr
    assert files(room) == before
    assert room.udp().ask("/ringside/version")[2] == ["0.1.0"]


def test_folder_of_others(room):
    """A folder that others may enter is refused, with the reason."""
    room.runtime.mkdir(mode=0o755)
    os.chmod(room.runtime, 0o755)
    result = run_bridge(room)
    assert result.returncode == 1
    assert "0700" in result.stderr


@pytest.mark.parametrize("name", ["bridge.lock", "port", "port.new"])
def test_links_lead_nowhere(room, name):
    """No file of the runtime folder is read or written through a link."""
    elsewhere = room.folder / "elsewhere"
    elsewhere.write_text(text := f"{free_port()}\n")
    room.runtime.mkdir(mode=0o700)
    (room.runtime / name).symlink_to(elsewhere)
    if name == "bridge.lock":
        result = run_bridge(room)
        assert result.returncode == 1 and str(room.runtime) in result.stderr
        assert (room.runtime / name).is_symlink()
    else:
        bridge = room.bridge()
        assert bridge.osc_port != int(text)
        assert not (room.runtime / name).is_symlink()
        assert end(bridge) == 0
    assert elsewhere.read_text() == text


def test_long_path(room):
    """Paths too long for a socket address work all the same."""
    long = room.folder / ("x" * 100) / ("y" * 100)
    long.mkdir(parents=True)
    room.runtime = long / "run"
    room.env["RINGSIDE_RUNTIME_DIR"] = str(room.runtime)
    bridge = room.bridge()
    with Peer(room, 1), room.udp() as client:
        assert client.instances() == ["peer"]
    # Before that it would leave its port to a successor
    room.wait_names(room.udp(), [])
    assert end(bridge) == 0
    assert files(room) == []


def test_next_port(room):
    """Taken ports are passed over, whoever has them, UDP or TCP."""
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
            socket.socket() as tcp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind(("127.0.0.1", port))
        tcp.bind(("127.0.0.1", port + 1))
        tcp.listen()
        room.bridge(f"--port={port}")
        assert room.port() == port + 2
        client = room.udp()
        assert client.status()["port"] == port + 2
        with osc.Tcp(port + 2) as stream:
            assert stream.ask("/ringside/version")[2] == ["0.1.0"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_successor_takes_the_port(room, number):
    """Though connections are left, and the first choice is free again."""
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        first = room.bridge(f"--port={port}")
        assert room.port() == port + 1
    peer = Peer(room, 1)
    clients = [osc.Tcp(port + 1) for _ in range(5)]
    for client in clients:
        assert client.ask("/ringside/version")[2] == ["0.1.0"]
    end(first, number)
    room.bridge(f"--port={port}")
    assert room.port() == port + 1
    assert room.udp().status()["port"] == port + 1
    for client in clients:
        client.close()
    peer.close()


def test_after_kill(room):
    """Stale files are no obstacle, and go in the end."""
    first = room.bridge()
    end(first, signal.SIGKILL)
    assert files(room) == ["attach.sock", "bridge.lock", "osc.sock", "port"]
    wait_until(lambda: room.processes() == [], "the keeper to end")
    second = room.bridge()
    assert room.udp().instances() == []
    assert end(second) == 0
    assert files(room) == []


def test_leaves_after_the_last(room):
    """Started by a plugin: 2 s after the last instance, and no sooner."""
    started = room.bridge("--auto")
    assert started.wait(PATIENCE) == 0  # It is nobody's child
    pid = room.bridge_pid()
    assert pid not in (0, started.pid)
    with Peer(room, 3), room.udp() as client:
        assert client.instances() == ["peer", "peer-2", "peer-3"]
        # Longer than it would stay alone
        time.sleep(2.5)
        assert is_alive(pid)
        gone = time.monotonic()

    time.sleep(1.5)
    assert is_alive(pid) or time.monotonic() - gone >= 1.9
    with contextlib.suppress(RuntimeError):  # Should it be late, and that gone
        with Peer(room, 1):  # One more, and it stays
            assert room.udp().instances() == ["peer"]
            time.sleep(2.5)
            assert is_alive(pid)
            gone = time.monotonic()
    wait_until(lambda: not is_alive(pid), "the bridge to leave")
    assert time.monotonic() - gone >= 1.9
    assert files(room) == []
    wait_until(lambda: room.processes() == [], "the keeper to end")


def test_stays_by_hand(room):
    bridge = room.bridge()
    with Peer(room, 1):
        pass
    time.sleep(2.5)
    assert bridge.poll() is None


def config(room, text, name="bridge.conf"):
    folder = room.home / ".config/ringside"
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / ".new"
    fresh.write_text(text)
    fresh.rename(folder / name)


def test_config_is_read(room):
    port = free_port()
    del room.env["RINGSIDE_PORT"]
    config(room, f"[osc]\nport = {port}\ntiming = steady\n")
    room.bridge()
    assert room.port() == port
    with Peer(room, 1), room.udp() as client:
        assert client.value("/peer/timing") == "steady"


def test_bad_config(room):
    """Said in the log and in the status; the default is used for that key."""
    config(room, "[osc]\nwrongkey = steady\ntiming = later\n[bridge]\nlog=info\n")
    reader, writer = os.pipe()
    errors = room.folder / "errors"
    with errors.open("w") as stderr:
        bridge = subprocess.Popen(
            [str(program("ringside-bridge")), f"--ready-fd={writer}"],
            env=room.env, stdin=subprocess.DEVNULL, stderr=stderr,
            pass_fds=[writer])
    room.things.append(bridge)
    os.close(writer)
    with os.fdopen(reader, "rb") as ready:
        assert int(ready.read()) == room.port()
    said = errors.read_text()
    assert "bridge.conf:2: unknown key wrongkey" in said
    assert "bridge.conf:3: timing = later: should be asap or steady" in said
    client = room.udp()
    assert client.status()["config_errors"] == 2
    with Peer(room, 1):
        assert client.value("/peer/timing") == "asap"


def test_config_reload(room):
    """Seen when it is made, changed, broken, and removed."""
    first, second = free_port(), free_port()
    del room.env["RINGSIDE_PORT"]
    room.bridge(f"--config={room.folder / 'my.conf'}",
                env={**room.env, "RINGSIDE_PORT": ""})
    # Not there yet: an error, since it was named
    port = room.port()
    client = room.udp()
    assert client.status()["config_errors"] == 1

    fresh = room.folder / "fresh"
    fresh.write_text(f"[osc]\nport = {first}\n")
    with osc.Tcp(port) as stream:
        fresh.rename(room.folder / "my.conf")
        wait_until(lambda: room.port() == first, "the new port")
        # Connections stay
        assert stream.ask("/ringside/version")[2] == ["0.1.0"]
    client = room.udp()
    assert client.status()["config_errors"] == 0

    (room.folder / "my.conf").write_text(f"[osc]\nport = {second}\nx = 1\n")
    wait_until(lambda: room.port() == second, "the newer port")
    client = room.udp()
    wait_until(lambda: client.status()["config_errors"] == 1, "the error")


def test_config_folder_made_later(room):
    """Neither ~/.config nor the folder in it is there at first."""
    room.bridge()
    client = room.udp()
    (room.home / ".config").mkdir(exist_ok=True)
    config(room, "[osc]\ntiming = steady\n")
    with Peer(room, 1):
        pass

    def is_steady():
        with Peer(room, 1):
            return client.value("/peer/timing") == "steady"
    wait_until(is_steady, "the new default")


def test_idle_sleeps(room):
    """With an instance that runs and nothing to do: no wake-ups at all."""
    bridge = room.bridge()
    with Peer(room, 1), room.udp() as client:
        client.send("/peer/gain", -3.0)
        assert client.value("/peer/gain") == -3.0

        def switches():
            with open(f"/proc/{bridge.pid}/status") as lines:
                return next(int(line.split()[1]) for line in lines
                            if line.startswith("voluntary"))

        def wakes_in_a_second():
            before = switches()
            time.sleep(1.0)
            return switches() - before
        time.sleep(0.3)
        wait_until(lambda: wakes_in_a_second() == 0, "the bridge to sleep")


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as comm:
            return comm.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_keeper_dies(room):
    """Without its keeper the bridge has no presets, and all the rest."""
    bridge = room.bridge()

    def children():
        return [pid for pid in room.processes()
                if pid != bridge.pid and parent_of(pid) == bridge.pid
                and name_of(pid) == "ringside-keeper"]
    wait_until(lambda: len(children()) == 1, "the keeper")
    (keeper,) = children()
    with Peer(room, 1), room.udp() as client:
        os.kill(keeper, signal.SIGKILL)
        wait_until(lambda: not is_alive(keeper), "its end")
        client.send("/peer/gain", -3.0)
        assert client.value("/peer/gain") == -3.0
        wait_until(lambda: client.status()["presets_available"] == 0,
                   "the status to say so")


def test_fifty_instances(room):
    """One bridge, unique names, all reachable, 16 MB with its keeper."""
    bridge = room.bridge()
    with Peer(room, 50) as peer, room.udp() as client:
        names = ["peer"] + [f"peer-{i}" for i in range(2, 51)]
        assert peer.names == names
        assert client.instances() == names
        for number, name in enumerate(names):
            for _ in range(60):
                client.send(f"/{name}/freq", 100 + number)
            client.sync(number)
        for number, name in enumerate(names):
            assert client.value(f"/{name}/freq") == 100 + number

        def resident():
            """kB of all but rs-peer"""
            total = 0
            for pid in room.processes():
                # A child of the keeper that reads presets may end meanwhile
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    if pid != peer.process.pid:
                        text = pathlib.Path(f"/proc/{pid}/smaps_rollup")
                        total += sum(int(line.split()[1])
                                     for line in text.read_text().splitlines()
                                     if line.startswith("Rss:"))
            print(f"# bridge and keeper with 50 instances: {total} kB (RSS)")
            return total
        if "ASAN_OPTIONS" not in os.environ:
            wait_until(lambda: resident() < 16 * 1024, "less than 16 MB")
    wait_until(lambda: room.udp().instances() == [], "all to be gone")
    assert bridge.poll() is None
