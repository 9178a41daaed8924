# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Run pytest and report in TAP, so that meson counts every single case.

usage: pytest_tap.py FILE [PYTEST-OPTION ...]

TAP goes to standard output; what pytest and the tests print goes to standard
error, which meson shows for failures.
"""

import os
import sys

import pytest


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
            self.line("ok", name)

    def skip(self, report):
        name = report.nodeid.split("::", 1)[-1]
        reason = report.longrepr
        if isinstance(reason, tuple):
            reason = reason[2]
        reason = str(reason).removeprefix("Skipped: ").replace("\n", " ")
        self.line("ok", name, f" # SKIP {reason}")


def main():
    tap = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    plugin = Tap(tap)
    # The source tree may be read-only, and may be in use by another run
    options = ["-p", "no:cacheprovider", "-ra", "--color=no"]
    status = pytest.main(options + sys.argv[1:], plugins=[plugin])
    print(f"1..{plugin.count}", file=tap, flush=True)
    # 1: some cases failed, and each of them has its line
    return 0 if status == pytest.ExitCode.TESTS_FAILED else int(status)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
