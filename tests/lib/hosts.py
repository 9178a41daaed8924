# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Hosts that nobody here wrote, each in a room of its own."""

import shutil
import subprocess
import uuid

import pytest

from conftest import PATIENCE, Lines, build_folder, wait_until

STRIP = "urn:ringside:strip"


def need(program):
    """Where a program is, or skip."""
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    return path


def host_lv2_path(room):
    """Where hosts look: the user's presets, our bundle, LV2's own."""
    return ":".join([str(room.home / ".lv2"), room.env["LV2_PATH"],
                     "/usr/lib/lv2"])


class Talker:
    """A program that takes lines and answers in lines."""

    def __init__(self, command, env):
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.lines = Lines(self.process.stdout)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_for(self, text, timeout=PATIENCE):
        """The next line with this in it."""
        while True:
            line = self.lines.next(timeout)
            if line is None:
                raise TimeoutError(
                    f"no '{text}' in {timeout} s; the last lines were "
                    f"{self.lines.seen[-15:]}")
            if text in line:
                return line

    def end_input(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()

    def close(self):
        try:
            self.end_input()
            self.process.wait(1)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)
        self.lines.thread.join(PATIENCE)
        self.process.stdout.close()


class Jack:
    """A JACK server without a sound card that nobody else can see.

    With a priority it is a real-time one, and so are the threads of clients.
    """

    def __init__(self, room, block=256, priority=0):
        need("jackd")
        if not (room.lv2 / "ringside.lv2").exists():
            room.copy_bundle()  # in a folder of bundles, as hosts expect
        self.name = f"ringside-{uuid.uuid4().hex[:8]}"
        self.room = room
        self.env = dict(room.env, JACK_DEFAULT_SERVER=self.name,
                        JACK_NO_AUDIO_RESERVATION="1",
                        JACK_NO_START_SERVER="1",
                        LV2_PATH=host_lv2_path(room))
        self.server = Talker(
            ["jackd", "-n", self.name,
             *(["-R", "-P", str(priority)] if priority else ["-r"]),
             "-d", "dummy", "-r", "48000", "-p", str(block)], self.env)
        # Last in, first out: clients go before the server
        room.things.append(self.server)
        subprocess.run(["jack_wait", "-s", self.name, "-w", "-t", "60"],
                       env=self.env, check=True, timeout=90,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def jalv(self, name, uri=STRIP):
        need("jalv")
        # Its standard output would wait for a full buffer
        jalv = Talker(["stdbuf", "-oL", "jalv", "-n", name, uri], self.env)
        self.room.things.append(jalv)
        jalv.wait_for("Update rate")
        return jalv

    def probe(self, client):
        program = build_folder() / "tests/host/jack-probe"
        probe = Probe([str(program), client], self.env)
        self.room.things.append(probe)
        probe.wait_for("ready")
        return probe


class Probe(Talker):
    """See jack-probe.c."""

    def peaks(self, seconds=0.1):
        """Peaks left and right in dB of the sound from now on."""
        self.tell(f"measure {seconds}")
        words = self.wait_for("peak ").split()
        return [float(word) for word in words[1:]]

    def wait_peak(self, level, tolerance=0.3):
        """Wait until both sides are at this level."""
        def is_there():
            return all(abs(peak - level) < tolerance for peak in self.peaks())
        wait_until(is_there, f"a level of {level} dB")
