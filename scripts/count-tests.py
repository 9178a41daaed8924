#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Count every case in meson test logs; say what failed and why some skipped.

usage: count-tests.py LABEL=testlog.json ...

The last line is `N passed, N failed, N skipped`.  Exit status 1 if anything
failed, or if nothing ran at all.  What was skipped says why.
"""

import json
import re
import sys

LINE = re.compile(r"(ok|not ok)\s+\d+\s*-?\s*(.*?)\s*(?:#\s*(skip|todo)\b\s*(.*))?$",
                  re.IGNORECASE)


def cases(test):
    """Yield (outcome, name, reason) for each case of one meson test."""
    bad = test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL")
    label = test["name"].rsplit(" / ", 1)[-1]
    found = 0
    failed = 0
    for line in test["stdout"].splitlines():
        match = LINE.match(line)
        if match:
            found += 1
            word, name, directive, reason = match.groups()
            name = f"{label}: {name}"
            if word.lower() != "ok":
                failed += 1
                yield "failed", name, ""
            elif directive and directive.lower() == "skip":
                yield "skipped", name, reason
            else:
                yield "passed", name, ""
    if bad and not failed:
        yield "failed", label, f"{test['result']}, exit status {test['returncode']}"
    elif test["result"] == "SKIP" and not found:
        said = (test["stdout"] + test.get("stderr", "")).strip().splitlines()
        yield "skipped", label, said[-1] if said else "no reason given"
    elif not found:
        yield "passed", label, ""


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for argument in sys.argv[1:]:
        label, path = argument.split("=", 1)
        try:
            with open(path, encoding="utf-8") as log:
                tests = [json.loads(line) for line in log]
        except OSError as error:
            count["failed"] += 1
            print(f"FAILED   {label}: no results ({error.strerror})")
            continue
        for test in tests:
            for outcome, name, reason in cases(test):
                count[outcome] += 1
                if outcome != "passed":
                    why = f" ({reason})" if reason else ""
                    print(f"{outcome.upper():8} {label}: {name}{why}")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
