#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Of `llvm-cov show -show-branches=count`: branches that were never taken.

usage: coverage-missed.py FILE ... <REPORT      those of these files alone
"""

import os
import re
import sys

name = ""
lines = {}
seen = set()
for row in sys.stdin:
    if match := re.match(r"^(/\S+|\S+\.[ch]):$", row):
        name = os.path.relpath(match[1])
        lines = {}
    elif match := re.match(r"^ *(\d+)\| *[\d.kMG]*\|(.*)$", row):
        lines[int(match[1])] = match[2]
    elif match := re.search(
            r"Branch \((\d+):(\d+)\): \[True: ([\d.kMG]+), False: ([\d.kMG]+)",
            row):
        line, column = int(match[1]), int(match[2])
        for way, count in (("true", match[3]), ("false", match[4])):
            if name in sys.argv and count == "0" and (name, line, column, way) not in seen:
                seen.add((name, line, column, way))
                print(f"{name}:{line}:{column}: never {way}:"
                      f" {lines.get(line, '').strip()}")
