# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What a bridge that somebody took over gets: nothing.  And that it works all
the same on kernels that know less."""

import ctypes
import os
import resource
import subprocess

import pytest

from conftest import build_folder, wait_until

pytestmark = pytest.mark.plain_build  # Sanitizers need calls of their own

OLD_KERNEL = build_folder() / "tests/process/old-kernel"
EVIL = build_folder() / "tests/process/evil-bridge"


def status_of(pid):
    with open(f"/proc/{pid}/status") as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines)


def kernel_landlock():
    """The version that this kernel knows, 0: none.  Tests then see to it that
    the bridge says so, and to what seccomp holds alone."""
    create_ruleset = 444  # On all architectures
    return max(0, ctypes.CDLL(None).syscall(create_ruleset, None, 0, 1))


def is_there(ask, *arguments):
    """Whether the kernel gives a descriptor for this."""
    try:
        os.close(ask(*arguments))
    except OSError:
        return False
    return True


LANDLOCK = kernel_landlock()
HAS_PIDFD = is_there(os.pidfd_open, os.getpid())
HAS_NOEXEC = is_there(os.memfd_create, "ask", 8)  # MFD_NOEXEC_SEAL
# What only Landlock keeps from each
FILES = {"read_file", "read_home", "list_folder", "write_file", "make_file",
         "remove_file", "rename_file", "make_folder", "open_memory"}
READING = {"read_file", "read_home", "list_folder"}
# What each has to do itself: the keeper forks, and hands on what children need
MAY = {
    "bridge": (set(), {"read_file", "read_home", "list_folder", "write_file",
                       "make_file", "remove_file", "rename_file",
                       "open_memory"}),
    "opener": ({"read_file", "read_home"}, READING),
    "keeper": (FILES - {"open_memory"} | {"make_process", "be_dumped"} |
               (set() if LANDLOCK >= 6 else {"send_signal_to_thread"}),
               FILES | {"send_signal_to_thread"}),
    "list": (set(), READING),
    "save": (set(), FILES),
}
SECRETS = ["file", "other", "third"]


class Evil:
    """The evil bridge, a folder that it should not touch, and a process."""

    def __init__(self, room, under=(), **more):
        self.room = room
        self.folder = room.folder / "victim"
        self.folder.mkdir()
        self.restore()
        self.victim = subprocess.Popen(["sleep", "infinity"])
        self.log = room.folder / "log"
        reader, writer = os.pipe()
        more |= {"EVIL_PID": str(self.victim.pid),
                 "EVIL_FOLDER": str(self.folder)}
        with self.log.open("wb") as log:
            self.bridge = subprocess.Popen(
                [*under, EVIL, f"--ready-fd={writer}"], env=room.env | more,
                stderr=log, pass_fds=[writer])
        room.things += [self.bridge, self.victim]
        os.close(writer)
        with os.fdopen(reader, "rb") as ready:
            assert ready.read(1)

    def restore(self):
        for name in os.listdir(self.folder):
            path = self.folder / name
            path.rmdir() if path.is_dir() else path.unlink()
        for name in SECRETS:
            (self.folder / name).write_text("secret")

    def is_untouched(self):
        return sorted(os.listdir(self.folder)) == SECRETS and all(
            (self.folder / name).read_text() == "secret" for name in SECRETS)

    def bridge_got(self):
        """Errors by what the bridge itself tried."""
        with self.room.udp() as client:
            client.send("/ringside/ping", "evil", self.victim.pid,
                        str(self.folder))
            got = {}
            while (answer := client.receive())[0] != "/ringside/evil/end":
                if answer[0] == "/ringside/evil":
                    got[answer[2][0]] = answer[2][1]
            assert answer[2] == [len(got)]
            # It still serves
            assert client.ask("/ringside/version")[1] == "s"
        return got

    def got(self, who):
        """The same of a process that it forked, once that has tried all."""
        def lines():
            found = {}
            for line in self.log.read_text().splitlines():
                words = line.split()
                if words[:2] == ["evil", who] and len(words) == 4:
                    found.setdefault(words[2], int(words[3]))
            return found if found.pop("end", None) is not None else None
        return wait_until(lines, f"what {who} tried")

    def all_got(self):
        """Of each, what it tried, with an occasion for each to do so."""
        got = {"keeper": self.got("keeper")}
        self.restore()
        got["bridge"] = self.bridge_got()
        self.restore()
        config = self.room.home / ".config/ringside"
        config.mkdir(parents=True)
        (config / "bridge.conf").write_text("[osc]\nport = 0\n")
        got["opener"] = self.got("opener")
        self.restore()
        with self.room.udp() as client:
            host = self.room.host()
            self.room.wait_names(client, ["strip"])
            got["list"] = self.got("list")
            self.restore()
            assert self.room.wait_presets(client)
            client.send("/strip/preset/save", "Mine")
            client.sync()
            got["save"] = self.got("save")

            # And what it is there for works
            client.flush()
            wait_until(lambda: "Mine" in labels(client), "the preset")
            assert host.quit()
        return got


def labels(client):
    return [line[0] for line in client.list("/strip/preset/list")]


@pytest.mark.parametrize("without", [None, "landlock"])
def test_evil_gets_nothing(room, without):
    """Whatever process it has taken over.  Without Landlock some get at files,
    and nothing else."""
    evil = Evil(room, [OLD_KERNEL, without] if without else ())
    has_landlock = LANDLOCK and not without
    for who, got in evil.all_got().items():
        assert len(got) >= 20, who
        expected, more = MAY[who]
        allowed = expected if has_landlock else expected | more
        success = {name for name, error in got.items() if not error}
        assert success <= allowed, (who, success - allowed)
    with room.udp() as client:
        status = client.status()
    assert status["sandbox_landlock"] == (LANDLOCK if has_landlock else 0)
    assert status["presets_landlock"] == (
        LANDLOCK if has_landlock and LANDLOCK > 1 else 0)
    assert status["sandbox_seccomp"] == status["presets_seccomp"] == 1


@pytest.mark.skipif(not LANDLOCK, reason="is said, see test_evil_gets_nothing")
def test_evil_leaves_no_trace(room):
    evil = Evil(room)
    evil.got("keeper")
    evil.restore()
    evil.bridge_got()
    assert evil.is_untouched()
    with room.udp() as client:
        host = room.host()
        room.wait_names(client, ["strip"])
        evil.got("list")
        assert room.wait_presets(client)
        client.send("/strip/preset/save", "Mine")
        client.sync()
        evil.got("save")
        assert evil.is_untouched()
        assert host.quit()


# These also need root, or a kernel that is open to them
NEEDS_ROOT = {"trace", "open_raw", "leave_namespace", "take_descriptor",
              "read_memory", "open_memory", "make_namespace"}


def test_evil_would_get_it_otherwise(room):
    """The tries are real: without the sandbox nearly all succeed."""
    evil = Evil(room, EVIL_FREE="1")
    for who, got in evil.all_got().items():
        failed = {name: os.strerror(error)
                  for name, error in got.items() if error}
        may_fail = {"use_rings_of_the_kernel"}
        may_fail |= NEEDS_ROOT if os.geteuid() else set()
        assert set(failed) <= may_fail, (who, failed)


def test_what_the_kernel_says(room):
    bridge = room.bridge()
    with room.udp() as client:
        answer = client.status()
        assert answer["sandbox_seccomp"] == 1.0
        assert answer["sandbox_landlock"] == LANDLOCK
        assert answer["kernel_pidfd"] == HAS_PIDFD
        assert answer["kernel_memfd_noexec"] == HAS_NOEXEC
    kernel = status_of(bridge.pid)
    assert kernel["NoNewPrivs"] == "1" and kernel["Seccomp"] == "2"
    # Not dumpable: what the kernel shows of it belongs to root
    assert os.stat(f"/proc/{bridge.pid}/mem").st_uid == 0
    soft, _ = resource.prlimit(bridge.pid, resource.RLIMIT_NOFILE)
    assert soft >= 1024
    assert resource.prlimit(bridge.pid, resource.RLIMIT_CORE) == (0, 0)


def test_few_descriptors_are_raised(room):
    """Where the usual limit is lower than what 32 connections and all
    instances need, the bridge raises its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        bridge = room.bridge()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert resource.prlimit(bridge.pid, resource.RLIMIT_NOFILE)[0] >= 1024


@pytest.mark.parametrize("without, expected", [
    ("landlock", {"sandbox_seccomp": 1.0, "sandbox_landlock": 0.0}),
    ("pidfd", {"sandbox_seccomp": 1.0, "kernel_pidfd": 0.0}),
    ("noexec", {"sandbox_seccomp": 1.0, "kernel_memfd_noexec": 0.0}),
    ("seccomp", {"sandbox_seccomp": 0.0}),
    ("landlock,pidfd,noexec", {"sandbox_landlock": 0.0, "kernel_pidfd": 0.0,
                               "kernel_memfd_noexec": 0.0}),
    ("landlock,pidfd,noexec,seccomp", {"sandbox_seccomp": 0.0,
                                       "sandbox_landlock": 0.0,
                                       "kernel_pidfd": 0.0,
                                       "kernel_memfd_noexec": 0.0}),
])
def test_older_kernels(room, without, expected):
    """A host and the bridge that it starts work, renewed and left as ever, and
    the status says what is missing, and of nothing else that it is."""
    expected = {"kernel_pidfd": float(HAS_PIDFD),
                "kernel_memfd_noexec": float(HAS_NOEXEC)} | expected
    host = room.host(under=[str(OLD_KERNEL), without])
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        assert room.wait_presets(client)
        answer = client.status()
        assert {key: answer[key] for key in expected} == expected
        client.send("/strip/output_gain", -6.0)
        assert client.value("/strip/output_gain") == -6.0
        assert answer["presets_seccomp"] == answer["sandbox_seccomp"]
        assert (answer["presets_landlock"] > 0) == (
            answer["sandbox_landlock"] > 1)
        client.send("/strip/preset/save", "Mine")
        client.sync()
        wait_until(lambda: "Mine" in labels(client), "the preset")
        room.kill_bridge()
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        assert client.value("/strip/output_gain") == -6.0
    assert host.quit()
    room.assert_empty()
