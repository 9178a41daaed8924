# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What was to be reached, in the order in which it was asked for.

A target is judged by the limits of its figures in limits.json; it is met if all
of them are.  `beside` are figures that say what a miss is made of, and `why`
stands in the report if one is missed.
"""

import dataclasses

BLOCKS = (32, 64, 128, 256, 1024)
PAIRS = (1, 37, 480)
STALL_BLOCKS = (64, 256, 1024)

HALTED = ("A virtual core that has halted takes its hypervisor 20 to 60 us to "
          "start; who sleeps cannot change that.  With cores that do not halt "
          "(/dev/cpu_dma_latency at 0) it is as stated beside.")


@dataclasses.dataclass(frozen=True)
class Target:
    what: str
    wanted: str
    figures: tuple  # (name in the row, key), all must be met
    beside: tuple = ()
    why: str = ""

    @property
    def bench(self):
        return self.figures[0][1].split("/")[0]


def one(what, wanted, key, beside=(), why=""):
    return Target(what, wanted, (("", key),), tuple(beside), why)


def at_blocks(bench, what, load, blocks=BLOCKS):
    return tuple((f"{block}", f"{bench}/{what}, {load}, {block} frames")
                 for block in blocks)


def under_loads(words, wanted, bench, what, why):
    """Idle with what awake cores change; and under load and flood."""
    awake = tuple((f"awake, {name}", key)
                  for name, key in at_blocks(bench, what, "awake"))
    yield Target(f"{words}, idle, at so many frames", wanted,
                 at_blocks(bench, what, "idle"), awake, f"{HALTED}  {why}")
    for load in ("loaded", "flood"):
        yield Target(f"{words}, {load}", wanted, at_blocks(bench, what, load),
                     (), why)


HELD_UP = (
    "A single event of hundreds, or two, that came off by some milliseconds: "
    "their squares are all of the standard deviation.  Stalls are seen where "
    "cycles begin late; when the sender or the bridge is held up for longer "
    "than a cycle, nothing sees it.")

TARGETS = (
    one("original test, idle: p50 over a bare ping-pong", "1.1",
        "original/idle, p50 over bare"),
    one("original test, idle: p95", "12 us", "original/idle, p95",
        (("bare", "original/idle, p95 of bare"),
         ("awake", "original/idle awake, p95"),
         ("one core", "original/idle one core, p95")),
        f"{HALTED}  The bare ping-pong over the same socketpair needs as long."),
    one("original test, loaded, real-time: p50", "25 us",
        "original/loaded rt, p50"),
    one("... p95", "40 us", "original/loaded rt, p95"),
    one("... p99", "70 us", "original/loaded rt, p99"),
    one("... jitter", "10 us", "original/loaded rt, jitter"),
    one("... p50 over bare", "1.1", "original/loaded rt, p50 over bare"),
    one("original test, loaded, normal scheduling: p50", "10 us",
        "original/loaded, p50",
        (("p99", "original/loaded, p99"),
         ("p99 of bare", "original/loaded, p99 of bare")),
        "Beside is the tail, which is the scheduler's slice."),
    Target("ring over the best peer", "1.15",
           tuple((kind, f"ring/{kind}, ratio") for kind in
                 ("one core, single", "one core, batch", "two cores, single",
                  "two cores, batch"))),
    one("ring, commands a second between two cores", "50 million",
        "ring/rate between two cores",
        (("ns an item of an unchecked array, single",
          "ring/two cores, single, array, 512 items a flag"),
         ("batch", "ring/two cores, batch, array, 512 items a flag")),
        "How far the two virtual cores are from each other is the "
        "hypervisor's choice, and differs from hour to hour.  20 ns an item "
        "would be needed; beside is what an array needs that is handed over "
        "in quarters, with nothing checked."),
    one("packet to ring over bare recv(): p50", "1.2", "wakeup/ratio p50",
        (("p50 of recv()", "wakeup/p50 of recv()"),
         ("p50 of ring", "wakeup/p50 of ring")),
        "epoll_wait() before the packet is fetched, and a message that is "
        "checked and looked up while nothing is in the caches after a "
        "millisecond of sleep.  To go below, the thread would have to block "
        "in recv(), and each socket have a thread."),
    one("... p99", "1.5", "wakeup/ratio p99"),
    one("... over liblo's server thread: p50", "0.7",
        "wakeup/ratio to liblo p50",
        (("recv() over liblo", "wakeup/ratio of recv() to liblo p50"),),
        "Cannot be had: beside is how much of liblo's time a bare recv() "
        "takes, since both are mostly waiting to be woken."),
    *under_loads("packet to changed sample, median over half a period",
                 "0.15 ms", "e2e-untagged", "median over half a period", ""),
    *under_loads("packet to changed sample, p99 over a period", "0.1 ms",
                 "e2e-untagged", "p99 over a period", ""),
    *under_loads("steady, away from stalls: standard deviation", "3 frames",
                 "e2e-steady", "sd", HELD_UP),
    *under_loads("steady, away from stalls: largest error", "8 frames",
                 "e2e-steady", "largest error", HELD_UP),
    *under_loads("tagged, away from stalls: error without sign, median", "1 frame", "e2e-tagged",
                 "error median", ""),
    *under_loads("tagged, away from stalls: error without sign, p95", "2 frames", "e2e-tagged",
                 "error p95",
                 "The strip's run() is entered late by other amounts than "
                 "the client's that it is compared with; what is within 60 ms "
                 "of a stall is left out, what the stall changed later is "
                 "not."),
    Target("two bundles so many frames apart are heard so, away from stalls",
           "100 %", tuple((f"{apart} at {block}",
                           f"e2e-tagged/exactly {apart} apart, {block} frames")
                          for apart in PAIRS for block in BLOCKS),
           (), "A pair that lies in two cycles may be one off, since the "
           "mapping from time to frames follows the clock in between: that is "
           "what keeps each of them within a frame of its own tag."),
    Target("tagged, from the 4th cycle after a stall on: error, median", "1 frame",
           tuple((f"{block}", f"e2e-stalls/error median from cycle 4, "
                  f"{block} frames") for block in STALL_BLOCKS), (),
           "After a stall the grid of cycles is a new one, known from four "
           "entries, which are as late as cores take to wake up."),
    Target("... p95", "2 frames",
           tuple((f"{block}", f"e2e-stalls/error p95 from cycle 4, "
                  f"{block} frames") for block in STALL_BLOCKS), (),
           "As above: the least late of four entries is up to 0.1 ms late, "
           "and cycles go on until one is in time."),
    one("single messages a second over UDP without loss", "200 thousand",
        "throughput/single, udp without loss", (),
        "At no rate was anything lost: the sender shares its core with 50 "
        "strips, and was at its end."),
    one("messages a second in bundles of 32 over 50 instances", "2 million",
        "throughput/bundle, udp without loss"),
    Target("decode and dispatch over liblo's, singles", "at least 1.25",
           (("200 addresses",
             "throughput/single, 200 addresses, ratio to liblo, 200 methods"),
            ("1 address",
             "throughput/single, 1 address, ratio to liblo, 1 method"))),
    Target("... bundles of 32", "at least 2",
           (("200 addresses",
             "throughput/bundle, 200 addresses, ratio to liblo, 200 methods"),
            ("1 address",
             "throughput/bundle, 1 address, ratio to liblo, 1 method")), (),
           "With one method, liblo compares one string and calls it; ours "
           "checks the value against its range, makes a command of 64 bytes "
           "and counts what the plugin will have read."),
    Target("decode and look-up alone, million messages a second",
           "at least 10", (("1 address", "decode/1 addresses"),
                           ("2,000", "decode/2000 addresses"))),
    Target("system calls of the bridge a command at 10,000 a second", "0.2",
           (("256 frames",
             "wakeups/256 frames, 10000 a second, calls, bridge"),
            ("64 frames", "wakeups/64 frames, 10000 a second, calls, bridge")),
           (), "At 64 frames a run() takes 13 commands, and two calls for "
           "each of these runs are 0.15 already; to gather over several "
           "would make them late."),
    one("... of run()", "0", "wakeups/256 frames, 10000 a second, calls, "
        "audio thread"),
    one("idle bridge with 50 instances, wake-ups a second", "2",
        "wakeups/idle, bridge and keeper"),
)
