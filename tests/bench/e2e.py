# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""From a packet to the sample that changes, under JACK without a sound card.

usage: e2e.py [--block FRAMES]... [--case NAME]... [--events N]

The strip runs in jalv, packets go to the bridge that it started.  Beside it
the same is asked of others: a bare recv() thread and liblo's server thread as
JACK clients that do nothing else, and scsynth.  Without an argument: all block
sizes and cases.
"""

import argparse
import contextlib
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

from e2e_run import Run, Spread  # noqa: E402

BLOCKS = (32, 64, 128, 256, 1024)
JACK_PRIORITY = 70  # Its clients run at 5 less
BRIDGE_PRIORITY = 4  # Ours by default; other receivers get the same
AHEAD_MS = 60
GOLDEN = 0.618033988749895
FLOOD_RATE = 20_000
FLOOD = ("low_gain", "high_gain", "low_mid_gain", "high_mid_gain", "comp_ratio",
         "low_freq", "high_freq", "delay_time")


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


TARGETS = {
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

    def close(self):
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
            commands = [[built("bench_e2e_load"), "stall", "30", "500"]]
        running = [subprocess.Popen(command, stdin=subprocess.PIPE)
                   for command in commands]
        try:
            yield
        finally:
            for process in running:
                process.stdin.close()
                process.wait(10)

    def run(self, mode="plain", n_events=400, load="idle", gap_ms=4.0):
        # Each gap adds a golden section of a cycle, so that a few events hit
        # all phases of it evenly (random ones would scatter the median)
        period = self.block / 48.0
        gap = period * (max(1, -(-gap_ms // period)) + GOLDEN)
        with self.load(load):
            done = subprocess.run(
                [built("bench_e2e_probe"), self.target.client,
                 str(self.target.port), mode, str(n_events), f"{gap:.9f}",
                 *self.target.packets],
                env=self.jack.env, capture_output=True, text=True,
                timeout=300, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        if os.environ.get("E2E_DUMP"):
            open("/tmp/e2e.txt","w").write(done.stdout)
        return Run(done.stdout)


def show_latency(name, run):
    s = Spread(run.latencies_ms())
    floor = run.period_ms
    print(f"{run.block:5} {name:22} n {s.n:5} median {s.p50:7.3f} "
          f"(half a period {s.p50 - floor / 2:+.3f})  p95 {s.p95:7.3f}  "
          f"p99 {s.p99:7.3f} (a period {s.p99 - floor:+.3f})  "
          f"max {s.max:7.3f} min {s.min:7.3f} sd {s.sd:6.3f} ms  "
          f"unheard {run.unheard} xruns {run.xruns} "
          f"breaks {len(run.break_ns)}", flush=True)


def show_errors(name, run):
    errors = run.errors(clean=True)
    absolute = Spread([abs(e) for e in errors])
    s = Spread(errors)
    print(f"{run.block:5} {name:22} n {s.n:5} error {s.p50:+7.2f} "
          f"|error| median {absolute.p50:6.2f}  p95 {absolute.p95:6.2f}  "
          f"p99 {absolute.p99:6.2f}  max {absolute.max:7.2f} "
          f"sd {s.sd:6.2f} frames  unheard {run.unheard} xruns {run.xruns} "
          f"breaks {len(run.break_ns)}", flush=True)


def main():
    if "RINGSIDE_BUILD" not in os.environ:
        sys.exit(__doc__)
    parser = argparse.ArgumentParser()
    parser.add_argument("--block", type=int, action="append")
    parser.add_argument("--target", action="append")
    parser.add_argument("--load", action="append")
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--no-tags", action="store_true")
    args = parser.parse_args()
    for block in args.block or BLOCKS:
        for target in args.target or TARGETS:
            bench = Bench(block, target)
            try:
                for load in args.load or ("idle", "loaded", "flood"):
                    run = bench.run(n_events=args.events, load=load)
                    show_latency(f"{target} {load}", run)
                    if target in ("strip", "scsynth") and not args.no_tags:
                        run = bench.run(f"ahead={AHEAD_MS}", load=load,
                                        n_events=args.events)
                        show_errors(f"{target} tagged {load}", run)
            finally:
                bench.close()


if __name__ == "__main__":
    main()
