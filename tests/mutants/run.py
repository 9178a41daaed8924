# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Break each safety check, and see that a test notices.

usage: run.py --build FOLDER [--count N] [--seed S] [--all] [--only TEXT]
              [--test PATTERN] [--from N] [--seconds N]

The list is list.toml: a file, a text that occurs there once, what stands in
its place, and the test that must fail then.  All of it happens in a copy of
the tree in FOLDER, which is kept, so that a second run builds little.

Without --all only those mutants are drawn whose test is a quick one
(`unit-...`); the seed is the day, if none is given.  Fails if a
mutant lives, or does not build, or if its text is no longer there: then the
list has to follow the source.

With --seconds it ends after that time, and says with which --from N the rest
can be tried in another run.  Without --from it begins anywhere in the list
then, and goes round, so that each gets its turn in one run or another.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import tomllib

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
LIST = pathlib.Path(__file__).resolve().parent / "list.toml"
# A mutant that hangs is noticed, too: after so long, or so much longer than its
# test took without it
HANG_SECONDS = 300
HANG_LEAST_SECONDS = 60
HANG_TIMES = 10

# Process tests name no targets: what of the build they run
PROCESS_TARGETS = ["ui-bridge/ringside-bridge", "ui-bridge/ringside",
                   "ttl/bundle/bundle.stamp", "tests/host/rs-host",
                   "tests/process/rs-peer"]
MORE_TARGETS = {"process-sandbox": ["tests/process/evil-bridge",
                                    "tests/process/old-kernel"],
                "process-shortage": ["tests/process/late-hello.so",
                                     "tests/process/stop-early.so"],
                "process-lost_folder": ["tests/process/old-kernel"],
                "process-network": ["all"]}


def read_list():
    with open(LIST, "rb") as file:
        mutants = tomllib.load(file)["mutant"]
    for mutant in mutants:
        assert set(mutant) == {"check", "file", "old", "new", "test"}, mutant
    return mutants


def places(mutant):
    """How often the text of a mutant occurs where it should occur once."""
    return (SOURCE / mutant["file"]).read_text().count(mutant["old"])


class Copy:
    """A copy of the tree with a build folder of its own."""

    def __init__(self, folder):
        self.tree = folder / "tree"
        self.build = folder / "build"
        self.tree.mkdir(parents=True, exist_ok=True)
        self.follow()
        if not (self.build / "build.ninja").exists():
            self.run(["meson", "setup", str(self.build), str(self.tree),
                      "--buildtype=plain", "-Db_lundef=true"], check=True)
        # An older one follows changes of what there is to build and to test
        self.run(["ninja", "-C", str(self.build), "build.ninja"], check=True)
        text = self.run(["meson", "introspect", "--tests", str(self.build)],
                        check=True).stdout
        tests = json.loads(text)
        self.depends = {test["name"]: test["depends"] for test in tests}
        self.timeout = {test["name"]: test["timeout"] for test in tests}
        text = self.run(["meson", "introspect", "--targets", str(self.build)],
                        check=True).stdout
        self.files = {target["id"]: target["filename"]
                      for target in json.loads(text)}
        self.was_good = self.remembered()

    def digest(self):
        """Of all that is in the tree."""
        all_of_it = hashlib.sha256()
        for path in sorted(self.tree.rglob("*")):
            if path.is_file():
                all_of_it.update(str(path).encode() + path.read_bytes())
        return all_of_it.hexdigest()

    def remembered(self):
        """Seconds of tests that passed without any mutant, in a run before."""
        try:
            digest, good = json.loads((self.build / "good.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return good if digest == self.digest() else {}

    def remember(self):
        good = {test: s for test, s in self.was_good.items() if s}
        (self.build / "good.json").write_text(
            json.dumps([self.digest(), good]))

    def follow(self):
        """What is in the checkout now, files that are new there as well."""
        listed = subprocess.run(
            ["git", "-C", str(SOURCE), "ls-files", "-z", "--cached",
             "--others", "--exclude-standard"],
            capture_output=True, check=True).stdout.decode().split("\0")
        wanted = {name for name in listed if name and (SOURCE / name).exists()}
        for name in sorted(wanted):
            data = (SOURCE / name).read_bytes()
            copy = self.tree / name
            # Those that are the same keep their times: they are built already
            if not copy.exists() or copy.read_bytes() != data:
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(data)
                copy.chmod((SOURCE / name).stat().st_mode & 0o777)
        for copy in self.tree.rglob("*"):
            name = str(copy.relative_to(self.tree))
            if copy.is_file() and name not in wanted:
                copy.unlink()

    @staticmethod
    def run(command, check=False, seconds=600):
        # One test that fails is enough: -x
        return subprocess.run(command, capture_output=True, text=True,
                              check=check, timeout=seconds,
                              stdin=subprocess.DEVNULL,
                              env=dict(os.environ, PYTEST_ADDOPTS="-x"))

    def make(self, test):
        """Build what a test needs.  @return None, or what went wrong"""
        if test.startswith("process-") and len(self.depends[test]) < 2:
            targets = PROCESS_TARGETS + MORE_TARGETS.get(test, [])
        else:
            targets = [os.path.relpath(name, self.build)
                       for depend in self.depends[test]
                       for name in self.files[depend]]
        built = self.run(["ninja", "-C", str(self.build), *targets])
        return None if not built.returncode else built.stdout[-2000:]

    def passes(self, test, most=HANG_SECONDS):
        try:
            return not self.run(
                ["meson", "test", "-C", str(self.build), "--no-rebuild",
                 f"--timeout-multiplier={most / self.timeout[test]}", test],
                seconds=2 * HANG_SECONDS).returncode
        finally:
            self.end_all()

    def end_all(self):
        """Whatever of this copy a test has left running is no test's any more,
        and would take time from those that come."""
        for link in pathlib.Path("/proc").glob("[0-9]*/exe"):
            try:
                if os.readlink(link).startswith(f"{self.build}/"):
                    os.kill(int(link.parent.name), signal.SIGKILL)
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                pass

    def try_out(self, mutant):
        """@return None if the mutant was killed, else what is wrong"""
        test, path = mutant["test"], self.tree / mutant["file"]
        if test not in self.depends:
            return f"there is no test {test}"
        if test not in self.was_good:
            problem = self.make(test)
            begin = time.monotonic()
            is_good = not problem and self.passes(test)
            self.was_good[test] = is_good and time.monotonic() - begin
            self.remember()
        if not self.was_good[test]:
            return f"{test} does not pass without any mutant"

        text = path.read_text()
        path.write_text(text.replace(mutant["old"], mutant["new"]))
        try:
            problem = self.make(test)
            if problem:
                return f"it does not build:\n{problem}"
            most = min(HANG_SECONDS, HANG_LEAST_SECONDS +
                       HANG_TIMES * self.was_good[test])
            return "it lives" if self.passes(test, most) else None
        finally:
            path.write_text(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seconds", type=float, default=1e9,
                        help="begin no more after this time")
    parser.add_argument("--from", dest="first", type=int,
                        help="begin with this one, from 1, and go round")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--test", default="", help="of tests like this alone")
    options = parser.parse_args()

    mutants = read_list()
    stale = [mutant for mutant in mutants if places(mutant) != 1]
    for mutant in stale:
        print(f"not ok - {mutant['file']} has {places(mutant)} times, and "
              f"should have once: {mutant['old']!r}")

    chosen = [mutant for mutant in mutants if mutant not in stale and
              options.only in mutant["file"] + mutant["check"] + mutant["new"]
              and re.search(options.test, mutant["test"])]
    # Of ten, those of the day; of as many as there is time for, any
    seed = options.seed
    if seed is None:
        seed = (time.time_ns() if options.all else
                datetime.date.today().toordinal())
    lot = random.Random(seed)
    if not options.all:
        quick = [mutant for mutant in chosen
                 if mutant["test"].startswith("unit-")]
        lot.shuffle(quick)
        chosen = quick[:options.count]

    # Those of one test together: less is built
    chosen.sort(key=lambda mutant: (mutant["test"], mutant["file"]))
    first = (options.first if options.first else
             lot.randint(1, max(len(chosen), 1)) if options.seconds < 1e9 else
             1)
    order = [*enumerate(chosen, 1)]
    order = order[first - 1:] + order[:first - 1]
    begin, done, alive, rest = time.monotonic(), 0, 0, ""
    copy = Copy(options.build.resolve())
    for number, mutant in order:
        before = time.monotonic()
        if before - begin > options.seconds:
            rest = (f"; not tried for want of time: {len(order) - done}, "
                    f"--from {number}")
            break
        problem = copy.try_out(mutant)
        done += 1
        alive += problem is not None
        print(f"{'not ok' if problem else 'ok'} - {mutant['check']} "
              f"({mutant['file']}, {mutant['test']}, "
              f"{time.monotonic() - before:.0f} s)"
              f"{': ' + problem if problem else ''}", flush=True)
    print(f"# {done} of {len(mutants)} mutants, {done - alive} killed, "
          f"{len(stale)} out of step with the source, "
          f"{time.monotonic() - begin:.0f} s, seed {seed}{rest}")
    return 1 if alive or stale or not done else 0


if __name__ == "__main__":
    sys.exit(main())
