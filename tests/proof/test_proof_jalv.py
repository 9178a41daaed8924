# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The proof of test_proof.py, preloaded into a real host."""

import time

import pytest

from conftest import PATIENCE, build_folder, wait_until
from lib import hosts


@pytest.fixture
def jack(room):
    return hosts.Jack(room)


def test_run_in_jalv(room, jack):
    report = room.folder / "proof"
    jack.env.update(
        LD_PRELOAD=str(build_folder() / "tests/proof/proof-preload.so"),
        RINGSIDE_PROOF=str(report), RINGSIDE_PROOF_WARM="200")
    jalv = jack.jalv("fx")
    for name in ("LD_PRELOAD", "RINGSIDE_PROOF", "RINGSIDE_PROOF_WARM"):
        del jack.env[name]

    osc = room.udp()
    room.wait_names(osc, ["strip"])
    end = time.monotonic() + 4.0
    value = 0.0
    while time.monotonic() < end:
        value = -6.0 if value else 0.0
        for symbol in ("input_gain", "output_gain", "low_gain"):
            osc.send(f"/strip/{symbol}", value)
            osc.send(f"/strip/{symbol}/ramp", value - 1.0, 0.05)
        osc.sync()
    jalv.close()

    wait_until(report.exists, "a report", PATIENCE)
    counts = {words[0]: int(words[1])
              for words in map(str.split, report.read_text().splitlines())
              if len(words) == 2}
    print(f"# {counts}")
    assert counts["cycles"] > 400
    assert not any(n for name, n in counts.items() if name != "cycles"), \
        report.read_text()
