# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What process and host tests share: a private room, hosts and bridges in it.

    def test_it(room):
        host = room.host("--instances", 2)
        osc = room.udp()
        assert osc.instances() == ["strip", "strip-2"]

Each room has its own home, runtime folder, LV2_PATH and ports, so any number
of tests may run side by side, beside a bridge of the user, too.  A room that
closes ends all that was started in it.
"""

import os
import pathlib
import queue
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lib import osc  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parent.parent
# Seconds: how long something may take on a busy machine until it is a failure
PATIENCE = float(os.environ.get("RINGSIDE_TEST_PATIENCE", "60"))
# Seconds: rs-host that was held up for 200 ms or less makes up for it, and what
# it does on time by its frames is early by the clock on the wall
MADE_UP = 0.25


def build_folder():
    folder = os.environ.get("RINGSIDE_BUILD")
    if not folder:
        pytest.exit("RINGSIDE_BUILD must name the build folder (meson sets it)")
    return pathlib.Path(folder)


def bundle_folder():
    """The assembled ringside.lv2 in the build folder."""
    found = sorted(build_folder().rglob("ringside.lv2/manifest.ttl"))
    if not found:
        pytest.exit(f"there is no ringside.lv2 in {build_folder()}")
    return found[0].parent


def program(name):
    """An executable of the build folder: rs-host, ringside-bridge, ..."""
    places = {"rs-host": "tests/host"}
    path = build_folder() / places.get(name, "ui-bridge") / name
    if not path.exists():
        pytest.exit(f"{path} has not been built")
    return path


def module(name):
    """What is to be preloaded: the loader does without what is not there."""
    path = build_folder() / "tests" / name
    assert path.exists(), f"{path} has not been built"
    return str(path)


def wait_until(condition, what, timeout=PATIENCE):
    """Poll until condition() is true, and return what it gave."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"not in {timeout} s: {what}")
        time.sleep(0.005)


def save_named(host, path, name, number=1):
    """Save once the plugin knows its name, which comes to it by a message."""
    def is_saved():
        host.do(f"save {path} {number}")
        return f'"{name}"' in path.read_text()
    wait_until(is_saved, f"a state with the name {name}")


def slower(trial, what):
    """Run trial(factor), which is in time or not: with more time, then."""
    for factor in (1, 4, 16):
        if trial(factor):
            return
    pytest.fail(f"not in time: {what}")


def slowness():
    """How many times longer than its own work a busy thread takes now."""
    wall, own = time.monotonic(), time.thread_time()
    while time.thread_time() - own < 0.03:
        pass
    return (time.monotonic() - wall) / (time.thread_time() - own)


class Figure:
    """A time that the specification demands, in seconds.

    It was kept if one of the trials kept it.  It was not if all that ran on a
    machine with time for them took longer; one that was busy proves nothing.
    """

    def __init__(self, seconds):
        self.seconds = seconds
        self.times = []
        self.fair = []

    def take(self, trial):
        """Run trial(), which returns the seconds that it measured."""
        before = slowness()
        self.times.append(trial())
        if max(before, slowness()) < 1.25:
            self.fair.append(self.times[-1])

    def is_kept(self):
        return bool(self.times) and min(self.times) <= self.seconds

    def seek(self, trial, most=8):
        """Up to so many trials, until one kept it."""
        for _ in range(most):
            self.take(trial)
            if self.is_kept():
                return

    def check(self):
        print(f"# {self.seconds} s: {self.times}, fair {self.fair}")
        assert self.is_kept() or len(self.fair) < 2, self.times


def is_alive(pid):
    """True if the process runs; a zombie does not."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def names(count):
    """Of that many strips, in the order of creation."""
    return ["strip" if n == 1 else f"strip-{n}"
            for n in range(1, count + 1)]


class Lines:
    """The lines of a pipe as they come."""

    def __init__(self, stream):
        self.queue = queue.Queue()
        self.seen = []
        self.thread = threading.Thread(target=self.pump, args=(stream,),
                                       daemon=True)
        self.thread.start()

    def pump(self, stream):
        for line in stream:
            self.queue.put(line.rstrip("\n"))
        self.queue.put(None)

    def next(self, timeout):
        """The next line, or None at the end or after the time."""
        try:
            line = self.queue.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return None
        if line is None:
            self.queue.put(None)
        else:
            self.seen.append(line)
        return line


class Host:
    """A running rs-host (see tests/host/rs-host.c for its commands)."""

    def __init__(self, room, arguments, env=None, under=()):
        command = [*under, str(program("rs-host")), "--until-stdin-eof"]
        command += [str(argument) for argument in arguments]
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, env=env or room.env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, text=True,
            bufsize=1)
        self.lines = Lines(self.process.stdout)
        self.is_done = False
        self.wait("ready")

    @property
    def pid(self):
        return self.process.pid

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read()

    def wait(self, start, timeout=PATIENCE):
        """The next line that begins so (words after it as a list)."""
        end = time.monotonic() + timeout
        while True:
            line = self.lines.next(end - time.monotonic())
            if line is None:
                raise TimeoutError(
                    f"no '{start}' from the host in {timeout} s, but "
                    f"{self.lines.seen[-10:]}; errors: {self.stderr()[-2000:]}")
            if line.startswith("error"):
                raise RuntimeError(line)
            self.is_done |= line.startswith("done ")
            if line == start or line.startswith(start + " "):
                return line[len(start):].split()

    def wait_done(self, timeout=PATIENCE):
        """Until the --seconds are over, if they were not long ago."""
        if not self.is_done:
            self.wait("done", timeout)

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def do(self, command, timeout=PATIENCE):
        """Give a command and wait until it is done; returns its answer."""
        self.tell(command)
        return self.wait("ok " + command.split()[0], timeout)

    def get(self, symbol, instance=1):
        """What the port holds on the host's side."""
        return float(self.do(f"get {symbol} {instance}")[-1])

    def quit(self, timeout=PATIENCE):
        """End in order; True if the host left with status 0."""
        try:
            self.tell("quit")
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        return self.process.wait(timeout) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
        self.lines.thread.join(PATIENCE)
        self.process.stdout.close()
        self.errors.close()


class Room:
    """A private place for one test."""

    def __init__(self):
        # Short, since socket addresses are
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rs-", dir="/tmp"))
        self.home = self.folder / "home"
        self.runtime = self.folder / "run"
        self.lv2 = self.folder / "lv2"
        self.home.mkdir()
        self.lv2.mkdir()
        self.things = []
        keep = ("PATH", "LANG", "LC_ALL", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                "TSAN_OPTIONS", "LSAN_OPTIONS")
        self.env = {key: os.environ[key] for key in keep if key in os.environ}
        self.env.update(
            HOME=str(self.home),
            XDG_CONFIG_HOME=str(self.home / ".config"),
            XDG_DATA_HOME=str(self.home / ".local/share"),
            XDG_CACHE_HOME=str(self.home / ".cache"),
            XDG_RUNTIME_DIR=str(self.folder),
            RINGSIDE_RUNTIME_DIR=str(self.runtime),
            RINGSIDE_PORT="0",
            LV2_PATH=str(self.lv2),
        )
        # Beside it in the build folder is much that is no bundle
        (self.lv2 / "ringside.lv2").symlink_to(bundle_folder())

    def copy_bundle(self, without=()):
        """A copy of the bundle that this room uses from now on."""
        bundle = self.lv2 / "ringside.lv2"
        bundle.unlink()
        shutil.copytree(bundle_folder(), bundle,
                        ignore=shutil.ignore_patterns(*without))
        return bundle

    def host(self, *arguments, env=None, under=()):
        """A host; `under`: a command that runs it."""
        host = Host(self, arguments, env, under)
        self.things.append(host)
        return host

    def slow_clock(self):
        """An environment in whose time whatever runs is 50 times as fast.

        For hosts that are to be much faster than time on any machine, as busy
        as it may be.  Not with sanitizers: they want to be loaded first.
        """
        shim = module("reliability/libclock_shim.so")
        return dict(self.env, LD_PRELOAD=shim, RINGSIDE_CLOCK_SLOW="50")

    def bridge(self, *arguments, env=None, under=(), log=None):
        """A bridge started by hand; returns once it listens.  `under`: a
        command that runs it; `log`: a file that gets what it says."""
        reader, writer = os.pipe()
        with open(log or os.devnull, "ab") as errors:
            process = subprocess.Popen(
                [*under, str(program("ringside-bridge")),
                 f"--ready-fd={writer}", *map(str, arguments)],
                env=env or self.env, stdin=subprocess.DEVNULL,
                stderr=errors if log else None, pass_fds=[writer])
        os.close(writer)
        self.things.append(process)
        with os.fdopen(reader, "rb") as ready:
            said = ready.read()
        assert said, "the bridge did not start"
        process.osc_port = int(said)
        return process

    def port(self, timeout=PATIENCE):
        """The OSC port, once a bridge has written it down."""
        def read():
            try:
                return int((self.runtime / "port").read_text())
            except (FileNotFoundError, ValueError):
                return 0
        return wait_until(read, "a port file", timeout)

    def udp(self, timeout=PATIENCE):
        """A client of the bridge, which answers pings."""
        client = osc.Udp(self.port(timeout))
        self.things.append(client)

        def answers():
            client.send("/ringside/ping")
            return client.receive(0.1)
        wait_until(answers, "an answer to /ringside/ping", timeout)
        client.flush()
        return client

    def wait_names(self, client, names, timeout=PATIENCE):
        """Wait until exactly these instances are there."""
        seen = []

        def are_there():
            try:
                seen[:] = sorted(client.instances(1.0))
            except TimeoutError:  # The bridge has just gone, or is slow
                client.flush()
                return False
            return seen == sorted(names)
        try:
            wait_until(are_there, f"instances {names}", timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; there are {seen}") from None

    def wait_presets(self, client, name="strip"):
        """Their list, once they are read."""
        def are_read():
            try:
                return client.list(f"/{name}/preset/list", 5.0)
            except LookupError:
                return None
            except TimeoutError:  # The bridge has just gone, or is slow
                client.flush()
                return None
        return wait_until(are_read, "presets")

    def bridge_pid(self):
        """The process that listens for hosts, or 0."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            try:
                sock.connect(str(self.runtime / "attach.sock"))
            except OSError:
                return 0
            peer = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED,
                                   struct.calcsize("3i"))
            return struct.unpack("3i", peer)[0]

    def kill_bridge(self):
        """Kill the bridge; returns once another is there."""
        old = self.bridge_pid()
        os.kill(old, signal.SIGKILL)
        return wait_until(lambda: self.bridge_pid() not in (0, old)
                          and self.bridge_pid(), "a new bridge")

    def processes(self):
        """All processes with this room's runtime folder in their environment."""
        mark = f"RINGSIDE_RUNTIME_DIR={self.runtime}".encode()
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (mark in (entry / "environ").read_bytes().split(b"\0")
                        and is_alive(int(entry.name))):
                    found.append(int(entry.name))
            except (OSError, ValueError):
                pass
        return found

    def leftovers(self):
        """What a bridge that left should have taken away with it."""
        if not self.runtime.exists():
            return []
        locks = {"start.lock", "bridge.lock"}
        return sorted(set(os.listdir(self.runtime)) - locks)

    def assert_empty(self):
        """Nothing of what was started is left, nor what it made."""
        wait_until(lambda: not self.processes(), "all processes to end")
        assert self.leftovers() == []

    def close(self):
        for thing in reversed(self.things):
            if isinstance(thing, subprocess.Popen):
                thing.kill()
                thing.wait(PATIENCE)
            else:
                thing.close()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "plain_build: makes no sense in a build with sanitizers")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("RINGSIDE_SANITIZED"):
        out = [item for item in items if item.get_closest_marker("plain_build")]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture
def room():
    it = Room()
    yield it
    it.close()


@pytest.fixture
def strip(room):
    """A host with one strip, and a client."""
    room.the_host = room.host()
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    return client


@pytest.fixture
def two(room):
    """A host with two strips, and a client."""
    room.the_host = room.host("--instances", 2)
    client = room.udp()
    room.wait_names(client, ["strip", "strip-2"])
    return client
