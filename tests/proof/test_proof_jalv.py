# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The proof of test_proof.py, preloaded into a real host."""

import os
import re
import time

import pytest

from conftest import PATIENCE, build_folder, wait_until
from lib import hosts


@pytest.fixture
def jack(room):
    return hosts.Jack(room)


def watched(room, jack, seconds, **more):
    """What was seen inside run() of a jalv that gets OSC for so long, as text
    and as numbers by their names."""
    report = room.folder / "proof"
    more |= {"LD_PRELOAD": str(build_folder() / "tests/proof/proof-preload.so"),
             "RINGSIDE_PROOF": str(report), "RINGSIDE_PROOF_WARM": "200"}
    jack.env.update(more)
    jalv = jack.jalv("fx")
    for name in more:
        del jack.env[name]

    osc = room.udp()
    room.wait_names(osc, ["strip"])
    end = time.monotonic() + seconds
    value = 0.0
    while time.monotonic() < end:
        value = -6.0 if value else 0.0
        for symbol in ("input_gain", "output_gain", "low_gain"):
            osc.send(f"/strip/{symbol}", value)
            osc.send(f"/strip/{symbol}/ramp", value - 1.0, 0.05)
        osc.sync()
    jalv.close()

    wait_until(report.exists, "a report", PATIENCE)
    text = report.read_text()
    counts = {words[0]: int(words[1]) for words in map(str.split,
                                                       text.splitlines())
              if len(words) == 2}
    print(f"# {more.get('RINGSIDE_BAD', 'nothing')} planted: {counts}")
    return text, counts


def test_run_in_jalv(room, jack):
    text, counts = watched(room, jack, 4.0)
    assert counts["cycles"] > 400
    assert not any(n for name, n in counts.items() if name != "cycles"), text


def test_what_it_must_not_do_is_seen_in_jalv(room, jack):
    """The same, with a module whose run() comes behind each, and does one of
    those things in every other."""
    text, counts = watched(
        room, jack, 4.0, RINGSIDE_BAD="all", RINGSIDE_BAD_EACH="2",
        RINGSIDE_PROOF_BAD=str(build_folder() / "tests/proof/bad.so"))
    assert counts["cycles"] > 400
    assert all(counts.values()), text
    # Of three ways to make one
    assert counts["syscalls"] > counts["waits"], text
    if os.uname().machine == "x86_64":
        assert "first system call is number 1\n" in text
    assert re.search(r"^first system call from \S*libc\S* \(\w*write\)$", text,
                     re.M), text
    assert re.search(r"^first allocation or lock from \S*/bad\.so\+", text,
                     re.M), text
