# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The runner of benchmarks itself: figures over a limit fail a check, what
hangs is ended with all that it started, and the report says so."""

import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from e2e_run import Spread  # noqa: E402
from run import BENCHES  # noqa: E402
from targets import TARGETS  # noqa: E402

RUNNER = """
import sys
sys.path.insert(0, {here!r})
import run
run.BENCHES = [run.Bench(name, "{{python}} " + script, {timeout}, 3, True)
               for name, script in {benches!r}]
run.BUDGET_S = {budget}
sys.argv = ["run.py"] + sys.argv[1:]
sys.exit(run.main())
"""


class Lab:
    """A runner with benchmarks and limits of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.benches = []
        self.limits = {}

    def bench(self, name, text):
        script = self.folder / f"{name}.py"
        script.write_text(f"import sys\nsys.path.insert(0, {str(HERE)!r})\n"
                          "from figures_lib import *\n" + textwrap.dedent(text))
        self.benches.append((name, str(script)))

    def command(self, *args, timeout=30, budget=1000):
        (self.folder / "limits.json").write_text(json.dumps(self.limits))
        return [sys.executable, "-c",
                RUNNER.format(here=str(HERE), benches=self.benches,
                              timeout=timeout, budget=budget),
                "--build", self.folder, "--out", self.folder / "out",
                "--limits", self.folder / "limits.json", *args]

    def run(self, *args, **kwargs):
        return subprocess.run(self.command(*args, **kwargs),
                              capture_output=True, text=True, timeout=120,
                              check=False)

    def report(self):
        return json.loads((self.folder / "out/report.json").read_text())


@pytest.fixture(name="lab")
def make_lab(tmp_path):
    return Lab(tmp_path)


@pytest.mark.parametrize("value, is_fine", [(1.0, True), (1.6, True),
                                            (1.7, False)])
def test_a_check_fails_over_its_limit(lab, value, is_fine):
    lab.bench("one", f'figure("one", "ratio", {value})')
    lab.limits["one/ratio"] = {"max": 1.1, "check": True}
    done = lab.run("--check")
    assert (done.returncode == 0) == is_fine, done.stdout
    assert done.stdout.count("MISSED") == (0 if is_fine else 3)


def test_a_check_fails_under_a_least_value(lab):
    lab.bench("one", 'figure("one", "ratio", 0.9)')
    lab.limits["one/ratio"] = {"min": 2, "check": 1.0}
    assert lab.run("--check").returncode != 0


def test_one_slow_moment_is_no_failure(lab):
    # What it leaves beside its script is how it knows of earlier attempts
    lab.bench("one", f"""
        import pathlib
        first = pathlib.Path({str(lab.folder / "tried")!r})
        figure("one", "ratio", 1.0 if first.exists() else 9.0)
        first.touch()""")
    lab.limits["one/ratio"] = {"max": 1.1, "check": True}
    done = lab.run("--check")
    assert done.returncode == 0 and "attempt 1 of 3" in done.stdout


def test_each_ratio_may_be_met_in_another_attempt(lab):
    lab.bench("one", f"""
        import pathlib
        first = pathlib.Path({str(lab.folder / "tried")!r})
        figure("one", "ratio", 1.0 if first.exists() else 9.0)
        figure("one", "other", 9.0 if first.exists() else 1.0)
        first.touch()""")
    for name in ("ratio", "other"):
        lab.limits[f"one/{name}"] = {"max": 1.1, "check": True}
    done = lab.run("--check")
    assert done.returncode == 0 and "attempt 1 of 3" in done.stdout


def test_a_check_without_figures_fails(lab):
    lab.bench("one", 'figure("one", "other", 1.0)')
    lab.limits["one/ratio"] = {"max": 1.1, "check": True}
    assert lab.run("--check").returncode != 0


@pytest.mark.parametrize("how", ["--check", ""])
def test_a_limit_that_holds_nothing_is_a_fault(lab, how):
    lab.bench("one", 'figure("one", "ratio", 1.0)')
    lab.limits["one/ratio"] = {"max": 1.1, "check": True}
    lab.limits["two/ratio"] = {"max": 1.1, "check": True}
    assert lab.run(*how.split()).returncode == 0  # Nobody measured "two"
    lab.limits["one/old name"] = {"max": 1.1, "check": True}
    done = lab.run(*how.split())
    report = lab.folder / "out/report.md"
    assert done.returncode != 0
    assert "one/old name" in (done.stdout if how else report.read_text())


def test_a_check_that_crashes_fails(lab):
    lab.bench("one", 'figure("one", "ratio", 1.0); sys.exit(3)')
    lab.limits["one/ratio"] = {"max": 1.1, "check": True}
    assert lab.run("--check").returncode != 0


def test_the_median_of_the_runs_is_judged(lab):
    lab.bench("one", f"""
        import pathlib
        runs = pathlib.Path({str(lab.folder / "runs")!r})
        runs.open("a").write("x")
        figure("one", "time", [1.0, 50.0, 2.0][len(runs.read_text()) - 1], "us")
        text("one", "scheduler", "normal")
        point("one", "curve", "a", 1, 2)
        point("one", "curve", "a", 2, 3)
        print("for people")""")
    lab.limits["one/time"] = {"max": 3}
    done = lab.run()
    assert done.returncode == 0, done.stdout + done.stderr
    entry = lab.report()["benchmarks"][0]["figures"]["one/time"]
    assert entry["values"] == [1.0, 50.0, 2.0]
    assert entry["median"] == 2.0 and entry["met"] is True
    text = (lab.folder / "out/report.md").read_text()
    for part in ("one/time | 2 us", "met", "scheduler: normal", "for people"):
        assert part in text, text


def test_what_hangs_is_ended_and_the_rest_goes_on(lab):
    left = lab.folder / "left"
    # Its child leaves the session, as a daemon would
    lab.bench("hangs", f"""
        import pathlib, subprocess, time
        child = subprocess.Popen(["sleep", "600"], start_new_session=True)
        pathlib.Path({str(left)!r}).write_text(str(child.pid))
        time.sleep(600)""")
    lab.bench("fine", 'figure("fine", "time", 1.0)')
    begun = time.monotonic()
    done = lab.run("--quick", timeout=10)
    assert time.monotonic() - begun < 120
    assert done.returncode != 0
    hangs, fine = lab.report()["benchmarks"]
    assert "took over" in hangs["faults"][0]
    assert fine["figures"]["fine/time"]["values"] == [1.0]
    assert "took over" in (lab.folder / "out/report.md").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(int(left.read_text()), 0)


def test_no_run_begins_when_the_time_is_used_up(lab):
    lab.bench("one", 'figure("one", "time", 1.0)')
    done = lab.run(budget=-1)
    assert done.returncode != 0
    assert "the time was used up" in (lab.folder / "out/report.md").read_text()


def test_who_ends_it_gets_what_was_measured(lab):
    lab.bench("fine", 'figure("fine", "time", 1.0)')
    lab.bench("long", """
        import time
        print("begun", flush=True)
        time.sleep(600)""")
    lab.bench("later", 'figure("later", "time", 1.0)')
    with subprocess.Popen(lab.command(timeout=300), stdout=subprocess.PIPE,
                          text=True) as process:
        for line in process.stdout:
            if line.startswith("== long"):
                break
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(60) != 0
    fine, long, later = lab.report()["benchmarks"]
    assert fine["figures"]["fine/time"]["values"] == [1.0]
    assert long["faults"] and later["faults"]


def test_a_part_that_fails_stops_no_other(lab):
    lab.bench("one", """
        for i in range(3):
            with part(f"part {i}"):
                figure("one", f"{i}", 1 / (i - 1))
        sys.exit(status())""")
    done = lab.run("--quick")
    assert done.returncode != 0 and "part 1 FAILED" in done.stdout
    assert set(lab.report()["benchmarks"][0]["figures"]) == {"one/0", "one/2"}


def test_targets_are_reported_as_they_are(lab):
    good = "decode/1 addresses"
    bad = "decode/2000 addresses"
    lab.bench("decode", f"""
        figure("decode", "{good[7:]}", 20.0, "M/s")
        figure("decode", "{bad[7:]}", 9.0, "M/s")""")
    lab.limits.update({good: {"min": 10}, bad: {"min": 10}})
    lab.run("--quick")
    text = (lab.folder / "out/report.md").read_text()
    assert "1 address: 20, 2,000: 9 | at least 10 | **missed** (1 of 2)" in text
    assert "decode and look-up alone, million messages a second (2,000: 9)" in text


def test_every_target_has_its_limit():
    limits = json.loads((HERE / "limits.json").read_text())
    keys = [key for target in TARGETS for _, key in target.figures]
    assert keys and not [key for key in keys if key not in limits]
    assert all(target.bench in {bench.name for bench in BENCHES}
               for target in TARGETS)


def test_no_events_are_no_figure():
    """As when all of them lay beside stalls."""
    assert math.isnan(Spread([]).sd)
    assert Spread([1.0, 3.0]).sd == 1.0


def test_a_primitive_that_hangs_is_killed():
    program = pathlib.Path(os.environ["RINGSIDE_BUILD"],
                           "tests/bench/bench_primitives")
    done = subprocess.run([program, "hanging"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.stdout == "hung and was killed\n"
    assert done.returncode == 0, "somebody is left"


def test_limits_are_of_known_form():
    limits = json.loads((HERE / "limits.json").read_text())
    for name, limit in limits.items():
        assert "/" in name
        assert set(limit) <= {"max", "min", "check"}, name
        assert "max" in limit or "min" in limit, name
