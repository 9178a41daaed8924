# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""How often a bridge and a host wake up, and what they ask of the kernel.

usage: wakeups.py (RINGSIDE_BUILD names the build folder)

A real host plays one strip at 48 kHz; messages come over UDP at 1 to 10,000 a
second and as fast as they can.  System calls are counted by the kernel (perf),
wake-ups are voluntary switches.  What the same processes do when nothing is
sent is subtracted, and the rest divided by the commands that arrived.  Then a
host with 50 instances, and nobody asking.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import figures_lib  # noqa: E402
from conftest import Room, wait_until  # noqa: E402

RATES = (1, 10, 100, 1000, 10000, 0)
BLOCKS = (256, 64)
IDLE_INSTANCES = 50
QUICK = figures_lib.is_quick()
SECONDS = 1.0 if QUICK else 2.0
IDLE_SECONDS = 5.0 if QUICK else 10.0


def sender():
    return str(pathlib.Path(os.environ["RINGSIDE_BUILD"],
                            "tests/bench/send_rate"))


def switches(pid):
    """Voluntary switches of each thread: how often it went to sleep."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            for line in (task / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    found[int(task.name)] = int(line.split()[1])
        except FileNotFoundError:
            pass
    return found


class SystemCalls:
    """Counted without stopping anybody: of a process, or of one thread."""

    def __init__(self, pid, thread=0):
        self.output = tempfile.NamedTemporaryFile("r", suffix=".perf")
        who = ["-t", str(thread)] if thread else ["-p", str(pid)]
        self.process = subprocess.Popen(
            ["perf", "stat", "-x", ",", "-o", self.output.name,
             "-e", "raw_syscalls:sys_enter", *who],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(0.3)  # It says nothing when it is ready
        if self.process.poll() is not None:
            raise OSError("perf cannot count system calls here")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        for line in self.output.read().splitlines():
            if "sys_enter" in line:
                return int(line.split(",")[0])
        raise OSError("perf counted nothing")


def may_count():
    if not shutil.which("perf"):
        return False
    try:
        return SystemCalls(os.getpid()).stop() >= 0
    except (OSError, ValueError):
        return False


class Counts:
    """What three watched ones did: bridge, host, and its audio thread."""

    def __init__(self, bridge, host, audio, counts_calls):
        self.pids = (bridge, host)
        self.audio = audio
        self.counters = [SystemCalls(bridge), SystemCalls(host),
                         SystemCalls(host, audio)] if counts_calls else []
        self.begun = time.monotonic()
        self.before = [switches(pid) for pid in self.pids]

    def stop(self):
        """A second: calls of the three (or None), wake-ups of the two."""
        seconds = time.monotonic() - self.begun
        after = [switches(pid) for pid in self.pids]
        calls = [counter.stop() for counter in self.counters]
        wakeups = [sum(now[task] - then.get(task, 0) for task in now)
                   for then, now in zip(self.before, after)]
        return ([n / seconds for n in calls] or [None] * 3,
                [n / seconds for n in wakeups], seconds)


def send(client, port, rate, count):
    """@return commands a second, and what Counts.stop() gave"""
    seconds = max(SECONDS, 3.0 / rate) if rate else SECONDS
    commands = client.status()["commands"]
    client.sync()
    counts = count()
    subprocess.run([sender(), str(port), str(rate), str(seconds),
                    "/strip/input_gain"], capture_output=True, check=True,
                   timeout=60)
    time.sleep(0.05)  # The last ones are taken, too
    calls, wakeups, took = counts.stop()
    client.sync()
    return (client.status()["commands"] - commands) / took, calls, wakeups


def at_rates(block, counts_calls):
    room = Room()
    try:
        host = room.host("--block", block)
        client = room.udp()
        room.wait_names(client, ["strip"])
        room.wait_presets(client)
        threads = switches(host.pid)
        time.sleep(0.5)
        later = switches(host.pid)
        # Of a host that is left alone, the audio thread is among the busiest;
        # which of two that wake up as often does not matter to what is added
        audio = max(later, key=lambda task: later[task] - threads.get(task, 0))

        def count():
            return Counts(room.bridge_pid(), host.pid, audio, counts_calls)

        counts = count()
        time.sleep(SECONDS)
        calls_idle, wakeups_idle, _ = counts.stop()
        print(f"\nblocks of {block}, a command:{'':20}calls: bridge     host "
              f"   run()   wake-ups: bridge     host")
        for rate in RATES:
            commands, calls, wakeups = send(client, room.port(), rate, count)
            name = f"{rate} a second" if rate else "flat out"
            more = [None if n is None else (n - idle) / commands
                    for n, idle in zip(calls + wakeups,
                                       calls_idle + wakeups_idle)]
            print(f"  {name:18}{commands:12,.0f} a second       " +
                  "".join("        -" if n is None else f"{n:9.3f}"
                          for n in more[:3]) + f"{'':10}"
                  f"{more[3]:8.3f} {more[4]:8.3f}", flush=True)
            for who, value in zip(("calls, bridge", "calls, host",
                                   "calls, audio thread", "wake-ups, bridge",
                                   "wake-ups, host"), more):
                if value is not None:
                    figures_lib.figure("wakeups",
                                       f"{block} frames, {name}, {who}",
                                       value, "a command")
            for plot, value in (("calls", more[0]), ("wake-ups", more[3])):
                if value is not None and value > 0.0:
                    figures_lib.point("wakeups", plot,
                                      f"bridge, {block} frames", commands,
                                      value)
        print(f"  subtracted, a second: bridge {wakeups_idle[0]:.1f} wake-ups, "
              f"host {wakeups_idle[1]:.1f}")
    finally:
        room.close()


def idle():
    room = Room()
    try:
        host = room.host("--instances", IDLE_INSTANCES)
        client = room.udp()
        wait_until(lambda: len(client.instances()) == IDLE_INSTANCES,
                   "all instances", 30)
        room.wait_presets(client)
        bridge = room.bridge_pid()
        family = [pid for pid in room.processes() if pid != host.pid]
        client.close()
        time.sleep(1.0)  # Whatever was still to be done

        before = {pid: switches(pid) for pid in (*family, host.pid)}
        time.sleep(IDLE_SECONDS)
        rates = {pid: [(after - before[pid][task]) / IDLE_SECONDS
                       for task, after in switches(pid).items()]
                 for pid in before}
        others = sum(sum(rates[pid]) for pid in family if pid != bridge)
        # The audio thread is the busiest, and main looks for input
        threads = sorted(rates[host.pid])
        print(f"\n{IDLE_INSTANCES} instances in one host, nobody asks: wake-ups "
              f"a second\n  bridge {sum(rates[bridge]):.2f}, its keeper "
              f"{others:.2f}, threads of the host "
              f"{', '.join(f'{rate:.2f}' for rate in threads)}")
        figures_lib.figure("wakeups", "idle, bridge and keeper",
                           sum(rates[bridge]) + others, "a second")
        figures_lib.figure("wakeups", "idle, quietest thread of the host",
                           threads[0], "a second")
    finally:
        room.close()


def main():
    counts_calls = may_count()
    figures_lib.text("wakeups", "system calls",
                     "counted by perf" if counts_calls
                     else "perf may not count them here")
    figures_lib.plot("wakeups", "calls", "commands a second",
                     "system calls of the bridge, a command",
                     "logscale xy")
    figures_lib.plot("wakeups", "wake-ups", "commands a second",
                     "wake-ups of the bridge, a command", "logscale xy")
    for block in BLOCKS:
        with figures_lib.part(f"{block} frames"):
            at_rates(block, counts_calls)
    with figures_lib.part("idle"):
        idle()
    return figures_lib.status()


if __name__ == "__main__":
    if "RINGSIDE_BUILD" not in os.environ:
        sys.exit(__doc__)
    sys.exit(main())
