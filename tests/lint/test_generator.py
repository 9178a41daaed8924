# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The generator ends the build where the parameter list is wrong."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(os.environ["RINGSIDE_SOURCE"])
STRIP = (SOURCE / "plugin" / "strip.dsp").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(
    not shutil.which("faust"), reason="needs faust"
)

# What is changed in strip.dsp, and a part of what the generator says then
MISTAKES = {
    "gap": (
        "[43]Mute",
        "[53]Mute",
        "Port 43 is missing",
    ),
    "same index twice": (
        "[43]Mute",
        "[42]Mute",
        "is missing before",
    ),
    "no index": (
        "[43]Mute",
        "Mute",
        "needs a port index",
    ),
    "not used by the sound": (
        "gain  = ba.db2linear(output_gain) * (1.0 - mute);",
        "gain  = ba.db2linear(output_gain);",
        '"mute" is in strip.dsp, but not used',
    ),
    "last one not used": (
        "gain  = ba.db2linear(output_gain) * (1.0 - mute);",
        "gain  = 1.0 - mute;",
        '"output_gain" is in strip.dsp, but not used',
    ),
    "same symbol twice": (
        "[symbol:polarity_r]",
        "[symbol:polarity_l]",
        "exactly once",
    ),
    "not a symbol": (
        "[symbol:pan]",
        "[symbol:Pan]",
        "needs a symbol",
    ),
    "unknown unit": (
        "[symbol:pan]",
        "[symbol:pan][unit:furlong]",
        "unit is one of",
    ),
    "unknown scale": (
        "[symbol:pan]",
        "[symbol:pan][scale:spiral]",
        "scale is one of",
    ),
    "unknown group": (
        "[symbol:pan][group:output]",
        "[symbol:pan][group:outside]",
        "group_outside",
    ),
    "log from 0": (
        "[symbol:width]",
        "[symbol:width][scale:log]",
        "begins above 0",
    ),
    "enum without labels": (
        "[symbol:width]",
        "[symbol:width][scale:enum]",
        "has labels",
    ),
    "default out of range": (
        "[symbol:width][group:output]\", 1,",
        "[symbol:width][group:output]\", 3,",
        "outside of",  # Says Faust
    ),
}


def generate(folder, text):
    """@return exit status and messages of the build's two steps"""
    dsp = folder / "strip.dsp"
    dsp.write_text(text, encoding="utf-8")
    json = folder / "strip.json"
    ttl = SOURCE / "ttl"
    steps = (
        [ttl / "faust_json.py", "faust", dsp, json],
        [ttl / "generate.py", "table", json, dsp, folder / "strip_table.h"],
    )
    for step in steps:
        done = subprocess.run(
            [sys.executable, *map(str, step)],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        if done.returncode:
            break
    return done.returncode, done.stdout + done.stderr


def test_the_list_as_it_is(tmp_path):
    status, output = generate(tmp_path, STRIP)
    assert status == 0, output
    assert (tmp_path / "strip_table.h").exists()


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_ends_the_build(tmp_path, name):
    right, wrong, message = MISTAKES[name]
    assert STRIP.count(right) == 1
    status, output = generate(tmp_path, STRIP.replace(right, wrong))
    assert status != 0
    assert message in output and "Traceback" not in output
    assert not (tmp_path / "strip_table.h").exists()
