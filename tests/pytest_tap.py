# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Run pytest and report in TAP, so that meson counts every single case.

usage: pytest_tap.py [--jobs=N] FILE [PYTEST-OPTION ...]

With --jobs, so many processes run a share of the cases each, at the same time:
for files whose cases mostly wait, since what they wait for takes its time.

TAP goes to standard output, with figures: lines that tests print and that begin
with "# ".  What else pytest and they print goes to standard error, which meson
shows for failures.
"""

import os
import re
import subprocess
import sys
import tempfile

import pytest


def figures(text):
    return re.findall(r"^# .*$", text, re.MULTILINE)


class Tap:
    """A pytest plugin that writes one TAP line for each case."""

    def __init__(self, stream):
        self.stream = stream
        self.count = 0

    def line(self, word, name, comment=""):
        self.count += 1
        name = name.replace("#", "_")
        print(f"{word} {self.count} - {name}{comment}", file=self.stream,
              flush=True)

    def pytest_collectreport(self, report):
        if report.failed:
            self.line("not ok", f"{report.nodeid or 'collection'} collects")
        elif report.skipped:
            self.skip(report)

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split("::", 1)[-1]
        if report.failed:
            what = "" if report.when == "call" else f" ({report.when})"
            self.line("not ok", name + what)
        elif report.skipped:
            self.skip(report)
        elif report.when == "call":
            for figure in figures(report.capstdout):
                print(figure, file=self.stream)
            self.line("ok", name)

    def skip(self, report):
        name = report.nodeid.split("::", 1)[-1]
        reason = report.longrepr
        if isinstance(reason, tuple):
            reason = reason[2]
        reason = str(reason).removeprefix("Skipped: ").replace("\n", " ")
        self.line("ok", name, f" # SKIP {reason}")


class Share:
    """A pytest plugin that leaves each so many-th case only."""

    def __init__(self, first, step):
        self.first, self.step = first, step

    def pytest_collection_modifyitems(self, items):
        items[:] = items[self.first::self.step]


def take(arguments, option):
    """Remove `option=VALUE` from the arguments; returns the value, or None."""
    for argument in arguments:
        if argument.startswith(option + "="):
            arguments.remove(argument)
            return argument.partition("=")[2]
    return None


def run_shares(jobs, arguments):
    """Run all cases in so many processes; their reports become one."""
    shares = []
    for first in range(jobs):
        told = tempfile.TemporaryFile("w+")
        said = tempfile.TemporaryFile("w+")
        process = subprocess.Popen(
            [sys.executable, __file__, f"--share={first}/{jobs}", *arguments],
            stdout=told, stderr=said, stdin=subprocess.DEVNULL)
        shares.append((process, told, said))

    count = status = 0
    for process, told, said in shares:
        status = process.wait() or status
        told.seek(0)
        said.seek(0)
        sys.stderr.write(said.read())
        text = told.read()
        for figure in figures(text):
            print(figure)
        for word, rest in re.findall(r"^(ok|not ok) \d+ (.*)$", text,
                                     re.MULTILINE):
            count += 1
            print(f"{word} {count} {rest}")
    print(f"1..{count}", flush=True)
    return status


def main():
    arguments = sys.argv[1:]
    jobs, share = take(arguments, "--jobs"), take(arguments, "--share")
    if jobs and jobs != "1":
        return run_shares(int(jobs), arguments)

    tap = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    plugin = Tap(tap)
    # The source tree may be read-only, and may be in use by another run
    options = ["-p", "no:cacheprovider", "-ra", "--color=no"]
    plugins = [plugin]
    if share:
        plugins.append(Share(*map(int, share.split("/"))))
    status = pytest.main(options + arguments, plugins=plugins)
    print(f"1..{plugin.count}", file=tap, flush=True)
    # 1: some cases failed, and each of them has its line
    return 0 if status == pytest.ExitCode.TESTS_FAILED else int(status)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
