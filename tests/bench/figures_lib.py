# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What a benchmark found, for scripts/bench: figure.h says how and why."""

import contextlib
import json
import os
import traceback

#: What went wrong in parts that others need not wait for
faults = []


@contextlib.contextmanager
def part(what):
    """A part of a benchmark: if it fails that is said, and the rest goes on."""
    try:
        yield
    except Exception:  # pylint: disable=broad-except
        faults.append(what)
        print(f"{what} FAILED:\n{traceback.format_exc()}", flush=True)


def status():
    """The exit status: 1 if a part failed."""
    return 1 if faults else 0



def _append(**line):
    path = os.environ.get("RINGSIDE_BENCH_JSON")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def figure(bench, what, value, unit=""):
    """A number; its limit stands in limits.json under "BENCH/WHAT"."""
    _append(bench=bench, what=what, value=float(value), unit=unit)


def text(bench, what, words):
    """Something to be known about the run."""
    _append(bench=bench, what=what, text=words)


def plot(bench, name, x_label, y_label, options=""):
    """What a plot shows; options of gnuplot's `set`, one a line."""
    _append(bench=bench, plot=name, x_label=x_label, y_label=y_label,
            options=options)


def point(bench, name, series, x, y):
    """A point of a series in a plot."""
    _append(bench=bench, plot=name, series=series, x=float(x), y=float(y))


def is_quick():
    """Short of time: --quick and --check set RINGSIDE_BENCH_QUICK."""
    return "RINGSIDE_BENCH_QUICK" in os.environ
