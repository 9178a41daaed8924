# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Each suite of tests that meson knows of is named in scripts/test.

usage: suites.py BUILD-FOLDER   (RINGSIDE_SOURCE: the source tree)
"""

import json
import os
import pathlib
import re
import subprocess
import sys

text = (pathlib.Path(os.environ["RINGSIDE_SOURCE"]) / "scripts/test").read_text()
run = set()
for words in re.findall(r'\bcheck \w+ "([^"]*)"', text):
    run.update(words.split())
assert len(run) > 5, f"scripts/test was not understood: {run}"

known = json.loads(subprocess.run(
    ["meson", "introspect", "--tests", sys.argv[1]],
    capture_output=True, check=True).stdout)
suites = sorted({suite.split(":")[-1] for test in known
                 for suite in test["suite"]})
for number, suite in enumerate(suites, 1):
    print(f"{'ok' if suite in run else 'not ok'} {number} - scripts/test runs {suite}")
print(f"1..{len(suites)}")
