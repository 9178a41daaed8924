# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Run the benchmarks, compare with limits.json, write a report with plots.

usage: run.py --build BUILD [--out FOLDER] [--quick | --check] [NAME ...]

Each benchmark runs once, and some several times, in turns with the others; a
figure is the median of its runs.  What hangs is ended and what fails is said,
and the rest goes on.  All of it takes some 15 minutes on an idle machine, and
no run begins after BUDGET_S: what was measured until then is reported, as it
is when somebody ends this program.  --check runs few and short ones, and looks only at ratios within one
run ("check" in limits.json, which also has how), never at times, and writes no
report; one that is over is tried again, and only three misses in a row fail.
"""

import argparse
import ctypes
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from report import machine, write_report

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent

# --check is to find what has become slower, not a busy minute
CHECK_SLACK = 1.5
CHECK_ATTEMPTS = 3

PR_SET_CHILD_SUBREAPER = 36

# Seconds after which no run begins; a first run has until then and so much more
BUDGET_S = 17 * 60
GRACE_S = 60


@dataclasses.dataclass
class Bench:
    """One program to run.  {bench} is the folder of the built ones."""
    name: str
    command: str
    timeout: float  # Seconds for one run
    runs: int = 3
    check: bool = False  # Short with RINGSIDE_BENCH_QUICK, and for --check


# Short ones first, so that little is lost if somebody ends it.  More than one
# run where figures of the machine's mood (which core, which neighbours) count;
# the others have their medians inside
BENCHES = [
    Bench("original", "{bench}/bench_original {bridge}", 60, check=True),
    Bench("strip", "{bench}/bench_strip", 30, check=True),
    Bench("decode", "{bench}/bench_decode", 30, check=True),
    Bench("engine", "{bench}/bench_engine", 30, check=True),
    Bench("wakeup", "{bench}/bench_wakeup {bridge}", 40, runs=10, check=True),
    Bench("ring", "{bench}/bench_ring", 60, check=True),
    Bench("plugins", "{bench}/bench_plugins {bench}/../../lv2", 40),
    Bench("flood", "{bench}/bench_flood", 100, runs=1),
    Bench("gather", "{bench}/bench_gather {bridge}", 60, runs=1),
    Bench("forget", "{bench}/bench_forget", 60, runs=1),
    Bench("primitives", "{bench}/bench_primitives", 180, runs=1),
    Bench("run", "{bench}/bench_run", 120, runs=1),
    Bench("wakeups", "{python} {source}/wakeups.py", 120, runs=1),
    Bench("throughput", "{python} {source}/throughput.py", 120, runs=1),
    Bench("figures", "{python} {source}/figures.py", 120, runs=1),
    Bench("scale", "{python} {source}/scale.py", 120, runs=1),
    Bench("e2e-untagged", "{python} {source}/e2e.py untagged", 200, runs=1),
    Bench("e2e-tagged", "{python} {source}/e2e.py tagged", 240, runs=1),
    Bench("e2e-steady", "{python} {source}/e2e.py steady", 200, runs=1),
    Bench("e2e-stalls", "{python} {source}/e2e.py stalls", 100, runs=1),
    Bench("e2e-peers", "{python} {source}/e2e.py peers", 200, runs=1),
    Bench("e2e-parts", "{python} {source}/e2e.py parts", 150, runs=1),
]


def expand(command, build):
    return [word.format(bench=build / "tests/bench", source=HERE,
                        bridge=build / "ui-bridge/ringside-bridge",
                        python=sys.executable)
            for word in command.split()]


def environment(build, room, lines, quick):
    """A home of its own, so that neither the user nor a bridge is touched."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("RINGSIDE_") and k != "LV2_PATH"}
    env.update(HOME=str(room), LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1",
               RINGSIDE_BUILD=str(build), RINGSIDE_SOURCE=str(SOURCE),
               RINGSIDE_RUNTIME_DIR=str(room / "run"), RINGSIDE_PORT="0",
               RINGSIDE_BENCH_JSON=str(lines))
    if quick:
        env["RINGSIDE_BENCH_QUICK"] = "1"
    return env


def children():
    """Who is left of a benchmark that has ended: orphans come to us."""
    me = os.getpid()
    try:
        text = pathlib.Path(f"/proc/{me}/task/{me}/children").read_text()
    except OSError:
        return []
    return [int(pid) for pid in text.split()]


def end_orphans():
    for _ in range(100):
        left = children()
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.waitpid(pid, 0)


def wait(pid, seconds):
    """The exit status of a child.  Orphans that end meanwhile are reaped, for
    a benchmark may wait until they are gone."""
    def ring(_number, _frame):
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        while True:
            ended, status = os.waitpid(-1, 0)
            if ended == pid:
                return os.waitstatus_to_exitcode(status)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run_once(bench, build, quick, seconds=None):
    """At most so many seconds, otherwise what the benchmark has.

    @return (what went wrong or "", what it printed, its lines of JSON)"""
    room = pathlib.Path(tempfile.mkdtemp(prefix="rs-bench-"))
    lines = room / "figures.jsonl"
    fault = ""
    seconds = min(bench.timeout, seconds or bench.timeout)
    try:
        with open(room / "output", "w+", encoding="utf-8",
                  errors="replace") as output:
            process = subprocess.Popen(
                expand(bench.command, build), cwd=room, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
                env=environment(build, room, lines, quick),
                start_new_session=True)
            try:
                status = wait(process.pid, seconds)
                if status:
                    fault = (f"ended by signal {-status}" if status < 0
                             else f"ended with status {status}")
            except TimeoutError:
                fault = f"took over {seconds:.0f} s and was ended"
                os.killpg(process.pid, signal.SIGKILL)
                status = wait(process.pid, bench.timeout)
            process.returncode = status
            end_orphans()
            output.seek(0)
            text = output.read()
        found = []
        if lines.exists():
            for line in lines.read_text(encoding="utf-8").splitlines():
                try:
                    found.append(json.loads(line))
                except ValueError:
                    fault = fault or f"no JSON: {line[:60]}"
        return fault, text, found
    except OSError as error:
        return f"cannot be run: {error}", "", []
    finally:
        shutil.rmtree(room, ignore_errors=True)


def is_met(value, limit):
    return (value <= limit.get("max", value) and
            value >= limit.get("min", value))


def check_limit(limit):
    """The limit with what --check allows on top.  "check" may be a number."""
    if limit["check"] is not True:
        return {key: limit["check"] for key in limit if key != "check"}
    return {key: value * CHECK_SLACK if key == "max" else value / CHECK_SLACK
            for key, value in limit.items() if key != "check"}


def show_limit(limit):
    return " and ".join(f"{word} {limit[key]:g}" for key, word in
                        (("max", "at most"), ("min", "at least"))
                        if key in limit)


class Results:
    """Of all runs of one benchmark."""

    def __init__(self, bench):
        self.name = bench.name
        self.faults = []
        self.output = ""
        self.figures = {}  # "bench/what" -> {"unit", "values"}
        self.texts = {}
        self.plots = {}    # "bench-plot" -> labels and series, of the last run
        self.seconds = 0.0
        self.runs = 0
        self.left_out = 0  # Runs that the budget did not allow

    def add(self, fault, output, lines):
        self.runs += 1
        if fault:
            self.faults.append(fault)
        self.output = output or self.output
        run = {}
        plots = {}
        for line in lines:
            key = f"{line.get('bench')}/{line.get('what')}"
            if "value" in line:
                run.setdefault(key, (line["unit"], []))[1].append(line["value"])
            elif "text" in line:
                self.texts[key] = line["text"]
            elif "plot" in line:
                plot = plots.setdefault(f"{line['bench']}-{line['plot']}",
                                        {"series": {}})
                if "series" in line:
                    plot["series"].setdefault(line["series"], []).append(
                        (line["x"], line["y"]))
                else:
                    plot.update(line)
        for key, (unit, values) in run.items():
            values = [value for value in values if value is not None]
            if values:
                entry = self.figures.setdefault(key, {"unit": unit,
                                                      "values": []})
                entry["values"].append(statistics.median(values))
        self.plots.update(plots)

    def judge(self, limits):
        for key, entry in self.figures.items():
            entry["median"] = statistics.median(entry["values"])
            if key in limits:
                entry["limit"] = show_limit(limits[key])
                entry["met"] = is_met(entry["median"], limits[key])


def without_figure(figures, limits):
    """Limits that would hold nothing: of what was measured, but not this."""
    measured = {key.split("/")[0] for key in figures}
    return [key for key in limits
            if key.split("/")[0] in measured and key not in figures]


def measure(results, benches, build, quick):
    """All of them in turns, so that a busy minute hits one run of each."""
    end = time.monotonic() + BUDGET_S
    for turn in range(1 if quick else max(bench.runs for bench in benches)):
        for bench, result in zip(benches, results):
            if turn >= bench.runs or len(result.faults) > 1:
                continue
            begin = time.monotonic()
            if begin > end:
                result.left_out += 1
                continue
            print(f"== {bench.name}, run {turn + 1}, "
                  f"{(begin - end + BUDGET_S) / 60:.1f} min", flush=True)
            fault, output, lines = run_once(bench, build, quick,
                                            end + GRACE_S - begin)
            result.seconds += time.monotonic() - begin
            result.add(fault, output, lines)
            print(output, end="" if output.endswith("\n") else "\n")
            if fault:
                print(f"FAILED: {bench.name} {fault}", flush=True)


def check(benches, build, limits):
    """@return whether all ratios are within their limits, each in one attempt"""
    is_fine = True
    for bench in benches:
        once_met = set()
        for attempt in range(CHECK_ATTEMPTS):
            result = Results(bench)
            result.add(*run_once(bench, build, True))
            result.judge({})
            misses = list(result.faults)
            misses += [f"{key} has no figure"
                       for key in without_figure(result.figures, limits)
                       if "check" in limits[key]]
            n_checked = 0
            for key, entry in result.figures.items():
                if "check" not in limits.get(key, {}):
                    continue
                limit = check_limit(limits[key])
                met = is_met(entry["median"], limit)
                n_checked += 1
                print(f"{key:44} {entry['median']:9.3f} {entry['unit']:8} "
                      f"{show_limit(limit):16} {'ok' if met else 'MISSED'}",
                      flush=True)
                if met:
                    once_met.add(key)
                elif key not in once_met:
                    misses.append(key)
            if not n_checked and not misses:
                misses = ["it gave no figure to check"]
            if not misses:
                break
            print(f"{bench.name}: {', '.join(misses)}; attempt {attempt + 1} "
                  f"of {CHECK_ATTEMPTS}", flush=True)
            if result.faults:
                print(result.output)
        else:
            is_fine = False
            print(f"{bench.name} has become slower, or was never quick enough")
    return is_fine


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=SOURCE / "bench")
    parser.add_argument("--limits", type=pathlib.Path,
                        default=HERE / "limits.json")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()

    known = {bench.name for bench in BENCHES}
    unknown = set(args.names) - known
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(sorted(unknown))}: "
                 f"they are {', '.join(sorted(known))}")
    benches = [bench for bench in BENCHES
               if bench.name in args.names or
               (not args.names and (bench.check or not args.check))]
    limits = json.loads(args.limits.read_text(encoding="utf-8"))
    build = args.build.resolve()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    if args.check:
        return 0 if check(benches, build, limits) else 1

    def stop(_number, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    about = machine()
    results = [Results(bench) for bench in benches]
    begin = time.monotonic()
    try:
        measure(results, benches, build, args.quick)
    except KeyboardInterrupt:
        end_orphans()
        for result in results:
            if not result.runs:
                result.faults.append("was not reached: somebody ended this")
    about["took"] = f"{(time.monotonic() - begin) / 60:.1f} minutes"
    for result in results:
        result.judge(limits)
        if not args.quick:
            result.faults += [f"gave no figure for the limit {key}"
                              for key in without_figure(result.figures, limits)]
        if not result.runs and not result.faults:
            result.faults.append("did not run: the time was used up")
    write_report(args.out, about, results, args.quick)
    missed = [key for result in results for key, entry in result.figures.items()
              if not entry.get("met", True)]
    failed = [result.name for result in results if result.faults]
    print(f"Report: {args.out / 'report.md'}")
    print(f"{len(missed)} figures missed; "
          f"{len(failed)} of {len(results)} benchmarks failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
