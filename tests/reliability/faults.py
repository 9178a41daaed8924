#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Every call of the C library that the plugin and the bridge make fails once,
and from then on.

usage: faults.py [--seconds N | --all] [--seed N] [--only plugin|bridge]
                 [--site FUNCTION@PLACE] [--jobs N] [--results FILE]

All sites are listed by a run without faults.  Then each, in an order made from
the seed and as far as the time goes, fails in a run of its own (faults.c): the
first time, a later time, and from the first time on.  In each run: nobody crashes or hangs, the plugin plays on, whoever gives up says so in
a line, the host is left with the descriptors and the memory that it had, and
once nothing fails any more a bridge is there and does all that a bridge does.

With --results what was tried is written down, and another run with the same
file goes on from there, until all has been tried: `--all --seconds 90`, again
and again.  A file that is of another build or seed begins anew.
"""

import argparse
import concurrent.futures
import errno
import hashlib
import json
import os
import pathlib
import random
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest import Room, build_folder  # noqa: E402
from fault_lives import bridge_run, plugin_run  # noqa: E402
from fault_sites import (ONLY_ONCE, PLAUSIBLE, Table, calls, module,  # noqa: E402
                         source_of, undecided)

# Where something was found: these come first, however short the time
FIRST = {"plugin": ("sendmsg",), "bridge": ("send", "dprintf", "fstatat64",
                                            "inotify_add_watch")}

rooms = set()


def trial(run, arms):
    """One run in a room of its own.  @return its table, or what went wrong"""
    room = Room()
    rooms.add(room)
    try:
        table = Table(room)
        run(room, table, (lambda: table.arm(*arms)) if arms else (lambda: None))
        return table.sites(), table.failed(), None
    except Exception as error:  # pylint: disable=broad-except
        lines = "".join(traceback.format_exception(error)).splitlines()
        return [], table.failed(), "\n".join(lines[-12:])
    finally:
        room.close()
        rooms.discard(room)


def end_all(*_):
    """Told to end: what was started ends, too."""
    for room in list(rooms):
        room.close()
    os._exit(1)


def plans(name, sites, seed):
    """All that is to be tried: function, place, hit, once, errno.  What is
    drawn for one is the same in each run, whatever others there are."""
    found = {}
    for function, place, hits in sites:
        chooser = random.Random(f"{seed} {name} {function}@{place:x}")
        errors = PLAUSIBLE.get(function, [errno.EIO])
        at = f"{name} {function}@{place:x}"
        found[f"{at} first"] = (function, place, 1, 1, chooser.choice(errors))
        later = chooser.randint(2, max(2, min(hits, 50)))
        error = chooser.choice(errors)
        if hits > 1:
            found[f"{at} later"] = (function, place, later, 1, error)
        if function not in ONLY_ONCE:
            # No signal comes again and again for ever
            lasting = [it for it in errors if it != errno.EINTR]
            found[f"{at} ever"] = (function, place, 1, 0,
                                   chooser.choice(lasting))
    chooser = random.Random(f"{seed} {name}")
    order = sorted(found.items())
    chooser.shuffle(order)
    return sorted(order, key=lambda it: it[1][0] not in FIRST[name])


class Results:
    """What was tried, by the names of plans."""

    def __init__(self, path, seed):
        self.done = {}
        self.file = None
        if path:
            head = json.dumps([seed, [
                hashlib.sha256(module(name).read_bytes()).hexdigest()
                for name in ("plugin", "bridge")]])
            lines = path.read_text().splitlines() if path.exists() else []
            if lines[:1] != [head]:
                lines = []
                path.write_text(head + "\n")
            self.done = {name: (count, wrong) for name, count, wrong in
                         map(json.loads, lines[1:])}
            self.file = open(path, "a", encoding="utf-8")

    def add(self, name, count, wrong):
        self.done[name] = (count, wrong)
        if self.file:
            self.file.write(json.dumps([name, count, wrong]) + "\n")
            self.file.flush()

    def of(self, name):
        return {plan: it for plan, it in self.done.items()
                if plan.startswith(name + " ")}


def report_unreached(name, sites):
    """Calls in the code that no run comes to, for who wants to reach them."""
    reached = {(function, place) for function, place, _ in sites}
    code = calls(name)
    missed = sorted(code - reached)
    print(f"# {name}: {len(code)} calls in the code, of which {len(missed)} "
          "were not reached")
    for function, place in missed:
        print(f"#   {function}@{place:x} {source_of(name, place)}")


def examine(name, run, options, results):
    """Try the sites of one side.  @return how many went wrong"""
    unknown = undecided(name)
    if unknown:
        print(f"# {name}: can these fail? {' '.join(unknown)}")
        return len(unknown)

    sites, _, wrong = trial(run, None)
    if wrong:
        print(f"# {name} without any fault: {wrong}")
        return 1
    if options.unreached:
        report_unreached(name, sites)
        return 0
    every = plans(name, sites, options.seed)
    if options.site:
        every = [it for it in every if f" {options.site} " in it[0]]
    todo = [it for it in every if it[0] not in results.done]
    end = time.monotonic() + options.seconds

    def one(plan):
        if time.monotonic() > end and plan[1][0] not in FIRST[name]:
            return None
        return (*plan, trial(run, plan[1]))

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(one, plan) for plan in todo]):
            if not done.result():
                continue
            plan, (function, place, first, is_once, error), (_, count, wrong) = (
                done.result())
            results.add(plan, count, wrong)
            if wrong:
                print(f"# {name}: {function}@{place:x} "
                      f"{source_of(name, place)} hit {first} "
                      f"{'once' if is_once else 'from then on'} "
                      f"{errno.errorcode[error]}:\n# " +
                      wrong.replace("\n", "\n# "), flush=True)

    tried = results.of(name)
    n_bad = sum(wrong is not None for _, wrong in tried.values())
    n_failed = sum(count > 0 for count, _ in tried.values())
    failed = {plan.split()[1] for plan, (count, _) in tried.items() if count}
    n_left = sum(plan not in results.done for plan, _ in every)
    print(f"# {name}: {len(sites)} sites, of which {len(failed)} failed in "
          f"{n_failed} of {len(tried)} trials; {n_bad} went wrong, {n_left} are "
          "left", flush=True)
    return n_bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float,
                        help="for each side; 30, or no end with --all")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--only", choices=["plugin", "bridge"])
    parser.add_argument("--site")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--unreached", action="store_true",
                        help="only list the calls that no run comes to")
    options = parser.parse_args()
    if options.seconds is None:
        options.seconds = 1e9 if options.all else 30.0
    if options.seed is None:
        options.seed = 1 if options.results else int(time.time())
    signal.signal(signal.SIGTERM, end_all)
    build_folder()

    print(f"# seed {options.seed}", flush=True)
    results = Results(options.results, options.seed)
    runs = {"plugin": plugin_run, "bridge": bridge_run}
    n_bad = 0
    for n, (name, run) in enumerate(runs.items(), 1):
        if options.only in (None, name):
            wrong = examine(name, run, options, results)
            print(f"{'not ok' if wrong else 'ok'} {n} - {name}: calls that fail")
            n_bad += wrong
    print(f"1..{len(runs) if not options.only else 1}")
    return 1 if n_bad else 0


if __name__ == "__main__":
    sys.exit(main())
