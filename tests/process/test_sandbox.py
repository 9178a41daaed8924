# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What a bridge that somebody took over gets: nothing.  And that it works all
the same on kernels that know less."""

import os
import resource
import subprocess

import pytest

from conftest import build_folder

pytestmark = pytest.mark.plain_build  # Sanitizers need calls of their own

OLD_KERNEL = build_folder() / "tests/process/old-kernel"
EVIL = build_folder() / "tests/process/evil-bridge"


def status_of(pid):
    with open(f"/proc/{pid}/status") as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines)


def tried(room, **more):
    """What the evil bridge got of each thing that it tried."""
    evil = room.folder / "victim"
    evil.mkdir()
    for name in ("file", "other", "third"):
        (evil / name).write_text("secret")
    victim = subprocess.Popen(["sleep", "infinity"])
    reader, writer = os.pipe()
    process = subprocess.Popen([EVIL, f"--ready-fd={writer}"],
                               env=room.env | more, pass_fds=[writer])
    room.things += [process, victim]
    os.close(writer)
    with os.fdopen(reader, "rb") as ready:
        assert ready.read(1)
    with room.udp() as client:
        client.send("/ringside/ping", "evil", victim.pid, str(evil))
        got = {}
        while (answer := client.receive())[0] != "/ringside/evil/end":
            got[answer[2][0]] = answer[2][1]
        assert answer[2] == [len(got)]
        # It still serves
        assert client.ask("/ringside/version")[1] == "s"
    return got, evil


def test_evil_gets_nothing(room):
    got, folder = tried(room)
    assert len(got) >= 20
    assert [name for name, error in got.items() if error == 0] == []
    assert sorted(os.listdir(folder)) == ["file", "other", "third"]
    assert (folder / "file").read_text() == "secret"


def test_evil_would_get_it_otherwise(room):
    """The tries are real: without the sandbox nearly all succeed."""
    got, _ = tried(room, EVIL_FREE="1")
    failed = {name: os.strerror(error) for name, error in got.items() if error}
    # These also need root, or a kernel that is open to them
    assert set(failed) <= {"trace", "open_raw", "use_rings_of_the_kernel",
                           "leave_namespace", "take_descriptor",
                           "read_memory", "open_memory"}, failed
    if os.geteuid() == 0:
        assert set(failed) <= {"use_rings_of_the_kernel"}, failed


def test_what_the_kernel_says(room):
    bridge = room.bridge()
    with room.udp() as client:
        answer = client.status()
        assert answer["sandbox_seccomp"] == 1.0
        assert answer["sandbox_landlock"] >= 1.0
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
    ("pidfd", {"sandbox_seccomp": 1.0}),
    ("noexec", {"sandbox_seccomp": 1.0}),
    ("seccomp", {"sandbox_seccomp": 0.0}),
    ("landlock,pidfd,noexec", {"sandbox_landlock": 0.0}),
    ("landlock,pidfd,noexec,seccomp", {"sandbox_seccomp": 0.0,
                                       "sandbox_landlock": 0.0}),
])
def test_older_kernels(room, without, expected):
    """A host and the bridge that it starts work, renewed and left as ever."""
    host = room.host(under=[str(OLD_KERNEL), without])
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        answer = client.status()
        assert {key: answer[key] for key in expected} == expected
        client.send("/strip/output_gain", -6.0)
        assert client.value("/strip/output_gain") == -6.0
        assert room.wait_presets(client)
        room.kill_bridge()
    with room.udp() as client:
        room.wait_names(client, ["strip"])
        assert client.value("/strip/output_gain") == -6.0
    assert host.quit()
    room.assert_empty()
