# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A sender that sends as fast as it can, and others who want to be heard.

Five seconds in CI, RINGSIDE_SOAK_FLOOD_SECONDS in scripts/soak.
"""

import os
import pathlib
import subprocess
import time

import pytest

from conftest import PATIENCE, Figure, build_folder

SECONDS = float(os.environ.get("RINGSIDE_SOAK_FLOOD_SECONDS", 5))
SYNC_SECONDS = 0.05
RESIDENT_MIB = 16

FLOODS = {
    "sets": ["/strip/input_gain", "/strip/output_gain", "/strip/comp_makeup"],
    "of all": ["/*/input_gain"],
    "nothing there": ["/strip/nothing", "/nobody/pan"],
}


def resident_mib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in text.splitlines() if "VmRSS" in line]
    return int(line.split()[1]) / 1024


@pytest.mark.plain_build
@pytest.mark.parametrize("what", FLOODS)
def test_flood(room, what):
    room.host("--block", 64)
    client = room.udp()
    room.wait_names(client, ["strip"])
    room.wait_presets(client)
    bridge = room.bridge_pid()
    before = client.status()
    sender = subprocess.Popen(
        [str(build_folder() / "tests/bench/send_rate"), str(room.port()), "0",
         str(SECONDS / 2), *FLOODS[what]], stdout=subprocess.PIPE, text=True)

    figure, trials, number = Figure(SYNC_SECONDS), 0, 0

    def sync():
        nonlocal number
        number += 1
        begin = time.monotonic()
        while True:
            try:
                client.sync(number, timeout=1.0)
                return time.monotonic() - begin
            except TimeoutError:
                # Lost, as a bridge that was held up has a full socket
                assert time.monotonic() - begin < PATIENCE, "no answer"

    resident = 0.0
    while sender.poll() is None:
        figure.take(sync)
        trials += 1
        resident = max(resident, resident_mib(bridge))
    sent = int(sender.communicate()[0].split()[0])
    sync()
    for address in FLOODS["sets"]:
        client.send(address, -3.0 if "makeup" not in address else 3.0)
    client.sync(0)
    assert client.value("/strip/input_gain") == -3.0
    assert client.value("/strip/output_gain") == -3.0
    assert client.value("/strip/comp_makeup") == 3.0
    after = client.status()
    taken = after["packets"] - before["packets"]
    applied = after["applied"] - before["applied"]
    print(f"# {what}: {sent} sent, {taken:.0f} taken, {applied:.0f} applied; "
          f"{trials} syncs of {sorted(figure.times)[len(figure.times) // 2]:.4f}"
          f" s (median), {max(figure.times):.4f} s; {resident:.1f} MiB")
    assert taken > 1000 * SECONDS
    figure.check()
    assert resident <= RESIDENT_MIB
    assert room.bridge_pid() == bridge
    assert after["faults"] == before["faults"]
    assert (applied + after["overtaken"] + after["dropped"] >=
            after["commands"] - before["commands"])
