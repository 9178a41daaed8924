# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""run() of the real plugin makes no system call, allocates nothing, takes no
lock, touches no new page and never waits, while OSC of all kinds comes in, its
bridge is killed, and its shared memory is scribbled over.

Each detector is shown to see what it must, in a plugin that does it.
RINGSIDE_PROOF_CYCLES says how many cycles in all (10^6).
"""

import os
import random
import re
import signal
import subprocess
import time

import pytest

from conftest import PATIENCE, Lines, build_folder, bundle_folder
from lib import osc as codec

CYCLES = int(os.environ.get("RINGSIDE_PROOF_CYCLES", "1000000"))
SKIPPED = 77


class Prover:
    def __init__(self, room, *arguments, module=None, env=None):
        self.module = module or bundle_folder() / "ringside.so"
        self.process = subprocess.Popen(
            [build_folder() / "tests/proof/prove", self.module,
             f"{bundle_folder()}/", *map(str, arguments)],
            env={**room.env, **(env or {})}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.lines = Lines(self.process.stdout)
        room.things.append(self)

    def wait_ready(self):
        while (line := self.lines.next(PATIENCE)) != "ready":
            if line is None and self.process.wait(PATIENCE) == SKIPPED:
                pytest.skip("this kernel has no Syscall User Dispatch: "
                            + " ".join(self.lines.seen))
            assert line is not None, self.lines.seen

    def counts(self, timeout):
        """What it saw, once it has ended."""
        self.status = self.process.wait(timeout)
        self.lines.thread.join(PATIENCE)
        while self.lines.next(1.0) is not None:
            pass
        return {words[0]: int(words[1])
                for words in map(str.split, self.lines.seen)
                if len(words) == 2 and words[1].isdigit()}

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.lines.thread.join(PATIENCE)
        self.process.stdout.close()


SYMBOLS = ["input_gain", "output_gain", "low_gain", "low_mid_gain",
           "low_mid_freq", "high_gain", "comp_threshold", "comp_ratio",
           "delay_mix", "delay_time", "reverb_mix", "reverb_decay"]


def some_packet(chance):
    """Any command, alone or in a bundle, now, soon or late."""
    messages = []
    for _ in range(chance.choice([1, 1, 4, 60])):
        symbol = chance.choice(SYMBOLS)
        value = chance.uniform(-30.0, 30.0)
        messages.append(chance.choice([
            codec.message(f"/strip/{symbol}", value),
            codec.message(f"/strip/{symbol}/add", value / 10.0),
            codec.message("/strip/mute/toggle"),
            codec.message(f"/strip/{symbol}/ramp", value,
                          chance.choice([0.0, 0.001, 0.1, 5.0]),
                          *chance.choice([[], ["linear"], ["exp"], ["sine"]])),
        ]))
    if chance.random() < 0.02:
        return codec.message("/strip/cancel")
    if chance.random() < 0.02:
        return codec.message("/strip/timing", chance.choice(["asap", "steady"]))
    if len(messages) == 1 and chance.random() < 0.7:
        return messages[0]
    tag = chance.choice([codec.IMMEDIATELY,
                         codec.time_tag(time.time() + chance.random())])
    return codec.bundle(tag, *messages)


def flood(room, prover, timeout, kills):
    """Send until it ends.  Returns how often the bridge was killed."""
    chance = random.Random(5)
    end = time.monotonic() + timeout
    killed = 0
    next_kill = time.monotonic() + 0.5
    client = room.udp()
    presets = len(room.wait_presets(client))
    while prover.process.poll() is None:
        assert time.monotonic() < end, "it does not end"
        for _ in range(20):
            client.packet(some_packet(chance))
        client.send("/strip/preset/load", chance.randint(1, presets),
                    *chance.choice([[], [0.01], [2.0]]))
        if kills and time.monotonic() > next_kill:
            if pid := room.bridge_pid():
                os.kill(pid, signal.SIGKILL)
                killed += 1
            next_kill = time.monotonic() + 1.0
        time.sleep(0.005)
    return killed


# Each has its part of all cycles, in tenths; blocks of all sizes come in one
@pytest.mark.parametrize("how,part,options", [
    ("killed", 3, ["--host=ardour"]),
    ("killed", 1, ["--host=kx", "--small"]),
    ("killed", 1, ["--small"]),
    ("scribbled", 5, ["--scribble"]),
])
def test_run_does_nothing_that_it_must_not(room, how, part, options):
    """In hosts of each kind that there is to tell, which say where they are,
    and save and restore meanwhile."""
    cycles = CYCLES * part // 10
    prover = Prover(room, cycles, *options)
    prover.wait_ready()
    timeout = 4 * PATIENCE + CYCLES / 5000
    killed = flood(room, prover, timeout, how == "killed")
    counts = prover.counts(timeout)
    did = {words[1]: int(words[2]) for words in map(str.split, prover.lines.seen)
           if len(words) == 3 and words[0] == "did"}
    print(f"# {how}, {options}: {counts}, {did}, bridge killed {killed} times")

    assert prover.status == 0, "\n".join(prover.lines.seen)
    assert counts["cycles"] >= cycles
    assert not any(n for name, n in counts.items() if name != "cycles")
    assert did["locate"] and did["save"] and did["restore"]
    if how == "killed":
        assert killed and did["tell"]
        # Who answers at once, or has a function for it, is not told once more
        assert bool(did["change"]) == (options == ["--small"])


SYSTEM_CALLS = {"write": 1, "sleep": 230, "yield": 24}  # Of x86-64


@pytest.mark.parametrize("bad,seen,of", [
    ("write", "syscalls", "write"),
    ("sleep", "syscalls", "clock_nanosleep"),
    ("yield", "syscalls", "sched_yield"),
    ("malloc", "allocations", None),
    ("lock", "locks", None),
    ("page", "faults", None),
    ("wait", "waits", None),
])
def test_what_it_must_not_do_is_seen(room, bad, seen, of):
    """And the number of the first system call, and from where it came."""
    prover = Prover(room, 10000, module=build_folder() / "tests/proof/bad.so",
                    env={"RINGSIDE_BAD": bad})
    prover.wait_ready()
    counts = prover.counts(PATIENCE)
    text = "\n".join(prover.lines.seen)
    assert prover.status == 1, text
    # It may have been slept enough before it slept
    assert counts[seen] >= (90 if bad == "wait" else 100), text
    if of:
        assert re.search(rf"^first system call from \S*libc\S* \(\w*{of}\)$",
                         text, re.M), text
        if os.uname().machine == "x86_64":
            assert f"first system call is number {SYSTEM_CALLS[bad]}\n" in text
    elif seen in ("allocations", "locks"):
        assert re.search(r"^first allocation or lock from \S*/bad\.so\+", text,
                         re.M), text
    if bad != "wait":
        others = {"syscalls", "allocations", "locks"} - {seen}
        assert not any(counts[name] for name in others), text
