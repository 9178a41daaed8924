# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Which instances OSC gets to see, and how soon; tools of LV2 among them."""

import os
import signal
import subprocess
import time

import pytest

from conftest import Figure, names, wait_until


@pytest.mark.plain_build  # Sanitizers make it hardly faster than real time
def test_offline_instances_never_appear(room):
    host = room.host("--pace", "fast", "--seconds", 200, "--block", 64,
                     "--instances", 2, env=room.slow_clock())
    host.wait_done(300)
    assert room.processes() == [host.pid]
    assert not room.runtime.exists()


def test_instances_that_freewheel_never_appear(room):
    host = room.host("--stopped", "--instances", 2)
    host.do("freewheel 1")
    host.do("start")
    host.do("wait 96000")
    assert room.processes() == [host.pid]
    host.do("freewheel 0")
    room.wait_names(room.udp(), names(2))


def test_an_instance_that_is_not_called_appears_after_half_a_second(room):
    start = time.monotonic()
    host = room.host("--stopped")
    room.wait_names(room.udp(), names(1))
    assert time.monotonic() - start >= 0.5
    assert host.get("osc_port") == 0.0  # Nobody called run() to show it


def test_ready_soon_after_the_first_run(room):
    """Within 100 ms with a bridge, 200 ms without."""
    figures = {"cold": Figure(0.2), "warm": Figure(0.1)}
    for _ in range(10):
        hosts = []

        def trial():
            start = time.monotonic()
            hosts.append(room.host("--block", 1024))
            hosts[-1].wait("osc_port")
            return time.monotonic() - start

        for figure in figures.values():
            figure.take(trial)
        assert all(host.quit() for host in hosts)
        os.kill(room.bridge_pid(), signal.SIGKILL)  # It would take 2 s to leave
        wait_until(lambda: not room.processes(), "all to end")
        if all(figure.is_kept() for figure in figures.values()):
            break
    for figure in figures.values():
        figure.check()


@pytest.mark.plain_build
@pytest.mark.parametrize("command", [
    ["lv2bench", "urn:ringside:strip"],
    ["lv2bench", "-b", "64", "-n", "2000000", "urn:ringside:strip"],
])
def test_lv2bench_runs_clean_and_starts_no_bridge(room, command):
    done = subprocess.run(command, env=room.env, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "urn:ringside:strip" in done.stdout
    assert done.stderr == ""
    assert not room.runtime.exists()
    assert room.processes() == []


@pytest.mark.plain_build
def test_lv2file_runs_clean_and_starts_no_bridge(room):
    source, result = room.folder / "in.wav", room.folder / "out.wav"
    host = room.host("--seconds", 2, "--pace", "fast", "--input", "sine:440",
                     "--record", source)
    host.wait_done()
    assert host.quit()
    done = subprocess.run(
        ["lv2file", "-i", str(source), "-o", str(result),
         "-p", "output_gain:-6", "urn:ringside:strip"],
        env=room.env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert result.stat().st_size > 100_000
    assert not room.runtime.exists()
    assert room.processes() == []


@pytest.mark.plain_build
def test_lv2proc_refuses_politely(room):
    """It takes no plugin with atom ports, whatever they are for."""
    done = subprocess.run(
        ["lv2proc", "-i", "none.wav", "-o", "none-either.wav",
         "urn:ringside:strip"],
        env=room.env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "requires features that this program does not support" in done.stderr
    assert not room.runtime.exists()
    assert room.processes() == []
