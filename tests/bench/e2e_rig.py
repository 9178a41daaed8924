# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What e2e.py measures under JACK without a sound card: the strip in jalv with
the bridge that it started, and others that are asked the same.  These are a
bare recv() thread and liblo's server thread as JACK clients that do nothing
else, and scsynth.
"""

import contextlib
import math
import os
import pathlib
import socket
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))

from conftest import Room, build_folder, wait_until  # noqa: E402
from lib import hosts, osc  # noqa: E402

from e2e_run import Run, parts_of  # noqa: E402

JACK_PRIORITY = 70  # Its clients run at 5 less
BRIDGE_PRIORITY = 4  # Ours by default; other receivers get the same
AHEAD_MS = 60
GOLDEN = 0.618033988749895
FLOOD_RATE = 20_000  # Messages a second, single
STALL_MS = 30
STALL_EVERY_MS = 500
# Parameters that change nothing in what is heard now
FLOOD = ("delay_time", "delay_feedback", "reverb_decay", "reverb_damping",
         "comp_attack", "comp_release", "low_mid_q", "high_mid_q")


def template(address, *before):
    """An OSC message of one float behind `before`, without that float."""
    return osc.message(address, *before, 0.0)[:-4].hex()


def built(name):
    return str(build_folder() / "tests/bench" / name)


class Target:
    """What is measured: a JACK client with two channels that packets set."""

    def __init__(self, jack):
        self.jack = jack
        self.room = jack.room

    def start(self, command):
        talker = hosts.Talker(command, self.jack.env)
        self.room.things.append(talker)
        return talker


class Strip(Target):
    client = "strip"

    def __init__(self, jack):
        super().__init__(jack)
        jack.jalv(self.client)
        self.osc = self.room.udp()
        self.room.wait_names(self.osc, ["strip"])
        self.port = self.room.port()
        self.packets = [template(f"/strip/polarity_{c}") for c in "lr"]


class Floor(Target):
    client = "floor"

    def __init__(self, jack, how):
        super().__init__(jack)
        floor = self.start([built("bench_e2e_floor"), how,
                            str(BRIDGE_PRIORITY)])
        self.port = int(floor.wait_for("port ").split()[1])
        self.packets = [template("/a"), template("/b")]


def pascal(text):
    return bytes([len(text)]) + text.encode()


def synth_def():
    """Two controls, each to audio rate (a ramp of 64 frames), each to a bus."""
    def ugen(name, rate, inputs, outputs):
        return (pascal(name) + struct.pack(">biih", rate, len(inputs),
                                           len(outputs), 0) +
                b"".join(struct.pack(">ii", *i) for i in inputs) +
                bytes(outputs))
    ugens = [ugen("Control", 1, [], [1, 1]),
             ugen("K2A", 2, [(0, 0)], [2]),
             ugen("K2A", 2, [(0, 1)], [2]),
             ugen("Out", 2, [(-1, 0), (1, 0), (2, 0)], [])]
    return (b"SCgf" + struct.pack(">ih", 2, 1) + pascal("held") +
            struct.pack(">if", 1, 0.0) + struct.pack(">iff", 2, 0.0, 0.0) +
            struct.pack(">i", 2) + pascal("a") + struct.pack(">i", 0) +
            pascal("b") + struct.pack(">i", 1) +
            struct.pack(">i", len(ugens)) + b"".join(ugens) +
            struct.pack(">h", 0))


class Scsynth(Target):
    client = "SuperCollider"

    def __init__(self, jack):
        super().__init__(jack)
        with contextlib.closing(socket.socket(type=socket.SOCK_DGRAM)) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        server = self.start(["stdbuf", "-oL", "scsynth", "-u", str(self.port),
                             "-B", "127.0.0.1", "-i", "0", "-o", "2",
                             "-D", "0", "-R", "0"])
        server.wait_for("server ready")
        client = osc.Udp(self.port)
        self.room.things.append(client)
        client.send("/d_recv", synth_def())
        client.wait_for("/done")
        client.send("/s_new", "held", 1000, 0, 0)
        wait_until(lambda: self.has_synth(client), "a synth")
        self.packets = [template("/n_set", 1000, c) for c in "ab"]

    @staticmethod
    def has_synth(client):
        client.send("/s_get", 1000, "a")
        answer = client.receive(1.0)
        return answer is not None and answer[0] == "/n_set"


class Nothing(Target):
    """Only a bridge, for a client of its own (bench_e2e_parts)."""

    def __init__(self, jack):
        super().__init__(jack)
        self.room.bridge("--log-level=error",
                         env=dict(self.room.env, RINGSIDE_TRACE="1"))
        self.port = self.room.port()


TARGETS = {
    None: Nothing,
    "strip": Strip,
    "recv": lambda jack: Floor(jack, "recv"),
    "liblo": lambda jack: Floor(jack, "liblo"),
    "scsynth": Scsynth,
}


class Bench:
    """A JACK server, one target in it, and what else goes on."""

    def __init__(self, block, target):
        self.block = block
        self.room = Room()
        try:
            self.room.env["RINGSIDE_PRIORITY"] = str(BRIDGE_PRIORITY)
            self.jack = hosts.Jack(self.room, block, JACK_PRIORITY)
            self.target = TARGETS[target](self.jack)
        except BaseException:
            self.room.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.room.close()

    @contextlib.contextmanager
    def load(self, kind):
        commands = []
        if kind == "loaded":
            commands = [[built("bench_e2e_load"), "dsp"]] * 2
        elif kind == "flood":
            packets = [osc.message(f"/strip/{symbol}", value).hex()
                       for value in (1.5, 2.5) for symbol in FLOOD]
            commands = [[built("bench_e2e_load"), "flood",
                         str(self.target.port), str(FLOOD_RATE), *packets]]
        elif kind == "stalls":
            commands = [[built("bench_e2e_load"), "stall", str(STALL_MS),
                         str(STALL_EVERY_MS)]]
        elif kind == "awake":
            # As an audio system may ask it: no core halts, to be woken later
            with open("/dev/cpu_dma_latency", "wb", buffering=0) as file:
                file.write(struct.pack("i", 0))
                yield
            return
        running = [subprocess.Popen(command, stdin=subprocess.PIPE)
                   for command in commands]
        try:
            yield
        finally:
            for process in running:
                process.stdin.close()
                process.wait(10)

    def gap(self, at_least_ms):
        """Each gap adds a golden section of a cycle, so that a few events hit
        all phases of it evenly (random ones would scatter the median)."""
        period = self.block / 48.0
        return period * (max(0, math.ceil(at_least_ms / period - GOLDEN)) +
                         GOLDEN)

    def run_parts(self, n_events, load):
        """A list of times in us for each part of the way."""
        with self.load(load):
            done = subprocess.run(
                [built("bench_e2e_parts"), str(self.target.port),
                 str(n_events), f"{self.gap(4.0):.9f}"], env=self.jack.env,
                capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr or "some were not heard")
        return parts_of(done.stdout, self.block)

    def run(self, mode="plain", n_events=400, load="idle", gap_ms=4.0):
        with self.load(load):
            done = subprocess.run(
                [built("bench_e2e_probe"), self.target.client,
                 str(self.target.port), mode, str(n_events), f"{self.gap(gap_ms):.9f}",
                 *self.target.packets],
                env=self.jack.env, capture_output=True, text=True,
                timeout=100, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        keep = os.environ.get("RINGSIDE_BENCH_KEEP")
        if keep:  # What was heard, to look at more closely
            pathlib.Path(keep).write_text(done.stdout, encoding="utf-8")
        return Run(done.stdout)
