# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""From a packet to the sample that changes, under JACK without a sound card.

usage: e2e.py untagged | tagged | parts | peers | steady | stalls  [--block FRAMES]...
              [--load LOAD]... [--events N]

untagged  from send() to the changed sample, against the cycle: what comes at a
          random phase waits half a cycle on average, and a cycle at most
tagged    bundles 60 ms ahead: from the tag to the changed sample; and pairs
parts     where an untagged packet is meanwhile, until the cycle that takes it
peers     both for others: recv(), liblo, scsynth
steady    how constant the delay is with `/NAME/timing steady`
stalls    tagged bundles while all cores are taken away for 30 ms twice a second

LOAD is idle, awake (idle, but no core may halt), loaded (2 busy processes at
normal priority) or flood (20,000 other messages a second).

Times are in ms, errors in frames at 48 kHz.  What fails at one block size is
said, and the others go on.
"""

import argparse
import collections
import math
import os
import statistics
import sys

from e2e_rig import AHEAD_MS, STALL_MS, Bench
from e2e_run import Spread
from figures_lib import is_quick, part, plot, point
import figures_lib

BLOCKS = (32, 64, 128, 256, 1024)
PEER_BLOCKS = (64, 256)
STALL_BLOCKS = (64, 256, 1024)
LOADS = ("idle", "awake", "loaded", "flood")
FEW_LOADS = ("idle", "loaded")  # Of peers and parts
PEERS = ("recv", "liblo", "scsynth")
PAIRS = (1, 37, 480)  # Frames
N_PAIRS = 100
RECOVERY_CYCLES = 4
STALLS_S = 10.0
BUCKETS = 40


def figure(bench, what, value, unit=""):
    """A figure, if there is one: nothing may be clean on a busy machine."""
    if math.isfinite(value):
        figures_lib.figure(bench, what, value, unit)


def about(run):
    return (f"unheard {run.unheard}, xruns {run.xruns}, breaks "
            f"{len(run.break_ns)}, stalls {len(run.stall_ns)}")


def distribution(bench, name, series, values):
    """Points of a cumulative distribution."""
    values = sorted(values)
    for i in range(BUCKETS + 1 if values else 0):
        at = min(len(values) - 1, i * len(values) // BUCKETS)
        point(bench, name, series, values[at], 100.0 * i / BUCKETS)


def tell_latency(bench, name, run):
    """What an untagged packet waits, over what the cycle makes it wait."""
    s = Spread(run.latencies_ms())
    over = (s.p50 - run.period_ms / 2, s.p99 - run.period_ms)
    print(f"{run.block:5} {name:15} median {s.p50:7.3f} (half a period "
          f"{over[0]:+.3f})  p95 {s.p95:7.3f}  p99 {s.p99:7.3f} (a period "
          f"{over[1]:+.3f})  max {s.max:7.3f}  sd {s.sd:6.3f} ms  n {s.n}, "
          f"{about(run)}", flush=True)
    where = f"{name}, {run.block} frames"
    figure(bench, f"median, {where}", s.p50, "ms")
    figure(bench, f"p99, {where}", s.p99, "ms")
    figure(bench, f"median over half a period, {where}", over[0], "ms")
    figure(bench, f"p99 over a period, {where}", over[1], "ms")
    figure(bench, f"unheard, {where}", run.unheard)
    return s


def tell_errors(bench, name, run):
    """How far from its tag a bundle was heard, away from stalls."""
    errors = run.errors(clean=True)
    s, off = Spread(errors), Spread([abs(error) for error in errors])
    every = Spread([abs(error) for error in run.errors()])
    print(f"{run.block:5} {name:15} error {s.p50:+7.2f}  |error| median "
          f"{off.p50:6.2f}  p95 {off.p95:6.2f}  p99 {off.p99:6.2f}  max "
          f"{off.max:6.2f}  sd {s.sd:6.2f} frames  n {s.n}; with stalls: p95 "
          f"{every.p95:.2f}, max {every.max:.1f}; {about(run)}", flush=True)
    where = f"{name}, {run.block} frames"
    figure(bench, f"error median, {where}", off.p50, "frames")
    figure(bench, f"error p95, {where}", off.p95, "frames")
    figure(bench, f"unheard, {where}", run.unheard)


def untagged(args):
    plot("e2e-untagged", "distribution", "ms from send() to the sample",
         "% that are heard by then", "logscale x")
    for block in args.block:
        with part(f"{block} frames"), Bench(block, "strip") as bench:
            for load in args.load:
                run = bench.run(n_events=args.events, load=load)
                tell_latency("e2e-untagged", load, run)
                if load == "idle":
                    distribution("e2e-untagged", "distribution",
                                 f"{block} frames", run.latencies_ms())


def tell_pairs(bench, args):
    """Two bundles that are to be so many frames apart, away from stalls."""
    for apart in PAIRS:
        run = bench.run(f"pair={apart},{AHEAD_MS}",
                        2 * min(N_PAIRS, args.events // 2), gap_ms=13.0)
        every = collections.Counter(run.distances())
        counts = collections.Counter(run.distances(clean=True))
        print(f"{bench.block:5} {apart} frames apart: {dict(counts)}; with "
              f"stalls: {dict(every)}; {about(run)}", flush=True)
        if counts:
            figure("e2e-tagged",
                   f"exactly {apart} apart, {bench.block} frames",
                   100 * counts[apart] / sum(counts.values()), "%")


def tagged(args):
    for block in args.block:
        with part(f"{block} frames"), Bench(block, "strip") as bench:
            for load in args.load:
                run = bench.run(f"ahead={AHEAD_MS}", args.events, load)
                tell_errors("e2e-tagged", load, run)
            tell_pairs(bench, args)


def peers(args):
    plot("e2e-peers", "distribution", "ms from send() to the sample",
         "% that are heard by then")
    for block in args.block:
        for target in (*PEERS, "strip"):
            with part(f"{target}, {block} frames"), Bench(block,
                                                          target) as bench:
                for load in args.load:
                    run = bench.run(n_events=args.events, load=load)
                    tell_latency("e2e-peers", f"{target}, {load}", run)
                    if load == "idle" and block == 256:
                        distribution("e2e-peers", "distribution", target,
                                     run.latencies_ms())
                    if target in ("strip", "scsynth"):
                        run = bench.run(f"ahead={AHEAD_MS}", args.events, load)
                        tell_errors("e2e-peers", f"{target} tagged, {load}",
                                    run)


PARTS = ("in the kernel", "bridge wakes up", "decoded, in the ring",
         "waits for the cycle", "cycle is late")


def parts(args):
    """Medians of the parts, and means, which add up."""
    plot("e2e-parts", "parts", "frames in a cycle", "us, added up (means)",
         "logscale xy")
    for block in args.block:
        with part(f"{block} frames"), Bench(block, None) as bench:
            for load in args.load:
                spreads = bench.run_parts(args.events // 2, load)
                total, words = 0.0, []
                for name, values in zip(PARTS, spreads):
                    s = Spread(values)
                    where = f"{name}, {load}, {block} frames"
                    figure("e2e-parts", where, s.p50, "us")
                    words.append(f"{name} {s.p50:.1f} (p99 {s.p99:.1f})")
                    total += statistics.mean(values)
                    if load == "idle" and name != PARTS[-1]:
                        point("e2e-parts", "parts", f"... {name}", block,
                              total)
                print(f"{block:5} {load:8} {', '.join(words)} us", flush=True)


def steady(args):
    plot("e2e-steady", "distribution", "frames from the median delay",
         "% of the events")
    for block in args.block:
        # The delay is a cycle and more, and may double after a stall: no two
        # on their way, which takes longer
        n_events = args.events // (2 if block > 512 else 1)
        with part(f"{block} frames"), Bench(block, "strip") as bench:
            bench.target.osc.send("/strip/timing", "steady")
            bench.target.osc.sync()
            for load in args.load:
                run = bench.run(n_events=n_events, load=load,
                                gap_ms=max(4.0, block / 48.0))
                off = run.deviations()
                s, every = Spread(off), Spread(run.deviations(clean=False))
                largest = max(abs(s.min), abs(s.max))
                delay = Spread(run.latencies_ms()).p50
                print(f"{block:5} {load:15} sd {s.sd:5.2f}  largest "
                      f"{largest:6.2f} frames  n {s.n}; delay {delay:.3f} ms; "
                      f"with stalls: sd {every.sd:.2f}, from {every.min:.1f} "
                      f"to {every.max:.1f}; {about(run)}", flush=True)
                where = f"{load}, {block} frames"
                figure("e2e-steady", f"sd, {where}", s.sd, "frames")
                figure("e2e-steady", f"largest error, {where}", largest,
                       "frames")
                figure("e2e-steady", f"delay, {where}", delay, "ms")
                figure("e2e-steady", f"unheard, {where}", run.unheard)
                if load == "idle":
                    distribution("e2e-steady", "distribution",
                                 f"{block} frames", off)


def stalls(args):
    plot("e2e-stalls", "recovery", "cycles since the stall",
         "largest error in frames", "logscale y")
    for block in args.block:
        with part(f"{block} frames"), Bench(block, "strip") as bench:
            seconds = STALLS_S / (2 if is_quick() else 1)
            run = bench.run(f"ahead={AHEAD_MS}",
                            int(seconds * 1e3 / bench.gap(4.0)), "stalls")
            off = collections.defaultdict(list)
            for event in run.events:
                if event.frame is not None and event.since_break is not None:
                    off[event.since_break].append(
                        abs(event.frame - run.frame_at(event.tag_ns)))
            for cycle in sorted(off)[:BUCKETS]:
                point("e2e-stalls", "recovery", f"{block} frames", cycle,
                      max(max(off[cycle]), 0.1))
            after = Spread([e for cycle in off if cycle >= RECOVERY_CYCLES
                            for e in off[cycle]])
            print(f"{block:5} stalls of {STALL_MS} ms: {len(run.break_ns)} "
                  f"breaks; |error| from cycle {RECOVERY_CYCLES} after one on: "
                  f"median {after.p50:.2f}  p95 {after.p95:.2f}  max "
                  f"{after.max:.2f} frames  n {after.n}; {about(run)}",
                  flush=True)
            for cycle in sorted(off)[:12]:
                print(f"      cycle {cycle:2}: "
                      f"{' '.join(f'{e:.1f}' for e in sorted(off[cycle]))}")
            figure("e2e-stalls", f"error median from cycle 4, {block} frames",
                   after.p50, "frames")
            figure("e2e-stalls", f"error p95 from cycle 4, {block} frames",
                   after.p95, "frames")


def main():
    cases = {"untagged": untagged, "tagged": tagged, "parts": parts,
             "peers": peers, "steady": steady, "stalls": stalls}
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("case", choices=cases)
    parser.add_argument("--block", type=int, action="append")
    parser.add_argument("--load", choices=LOADS, action="append")
    parser.add_argument("--events", type=int,
                        default=150 if is_quick() else 400)
    args = parser.parse_args()
    blocks = {"peers": PEER_BLOCKS, "stalls": STALL_BLOCKS}
    args.block = args.block or ((256,) if is_quick() else
                                blocks.get(args.case, BLOCKS))
    args.load = args.load or (
        ("idle",) if is_quick() else
        FEW_LOADS if args.case in ("peers", "parts") else LOADS)
    cases[args.case](args)
    return figures_lib.status()


if __name__ == "__main__":
    if "RINGSIDE_BUILD" not in os.environ:
        sys.exit(__doc__)
    sys.exit(main())
