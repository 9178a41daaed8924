# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""One run of bench_e2e_probe: when each event was sent, and when heard.

The time of a frame is that of its cycle, which is when the cycle ought to have
begun: the lower envelope of the entries of a client that waits for nobody.
jack_frame_time() is not used: after a stall JACK's own clock is wrong by up to
20 ms for seconds.

A break is where the grid of cycles itself moved.  A stall is a break, a cycle
that was entered late, or one that JACK left out.  An event is clean if none
was near, and nobody took the sender's core.
"""

import bisect
import math
import statistics

ENVELOPE_NS = 200_000_000  # To both sides of a cycle
BREAK_NS = 150_000         # A move of the grid over this, that stays, is one
BREAK_SPAN_NS = 50_000_000  # And at least 12 cycles
LATE_NS = 300_000          # A cycle entered later than this is a stall
CLEAN_NS = 60_000_000      # No stall so long before and after an event,
CLEAN_CYCLES = 36          # and so many cycles: a small move is seen in 32
TOOK_NS = 100_000          # Nor did send() take longer: the core was taken away
EARLY_NS = 2_000_000       # Nothing is heard so long before it is due;
EARLY_TAG_NS = 6_000_000   # scsynth is 2 to 4 ms early


def sliding_minimum(times, values, before, after):
    """The least value from `before` to `after` around each time."""
    result, window, head, right = [], [], 0, 0
    for time in times:
        while right < len(times) and times[right] <= time + after:
            while len(window) > head and values[window[-1]] >= values[right]:
                window.pop()
            window.append(right)
            right += 1
        while times[window[head]] < time - before:
            head += 1
        result.append(values[window[head]])
    return result


def percentile(values, percent):
    """The value that so many of a hundred do not exceed; values sorted."""
    return values[min(len(values) - 1, math.ceil(len(values) * percent / 100)
                      - 1 if percent else 0)]


class Spread:
    """Where values lie."""

    def __init__(self, values):
        values = sorted(values)
        self.n = len(values)
        values = values or [math.nan]  # Prints, and is no figure
        self.p50 = statistics.median(values)
        self.p95 = percentile(values, 95)
        self.p99 = percentile(values, 99)
        self.min, self.max = values[0], values[-1]
        self.sd = statistics.pstdev(values) if self.n else math.nan


class Event:
    """What was sent; times in ns of CLOCK_MONOTONIC, frames of JACK."""

    def __init__(self, channel, sent_ns, tag_ns, took_ns):
        self.channel = channel
        self.took_ns = took_ns
        self.sent_ns = sent_ns
        self.tag_ns = tag_ns
        self.earliest_ns = (tag_ns - EARLY_TAG_NS if tag_ns else
                            sent_ns - EARLY_NS)
        self.frame = None  # Of the first sample that differs
        self.clean = True
        self.since_break = None  # Cycles, of the heard frame


class Run:
    """What the probe printed, understood."""

    def __init__(self, text):
        self.entries, self.frames, self.events = [], [], []
        changes = ([], [])
        head = {}
        for line in text.splitlines():
            words = line.split()
            if words[0] == "c":
                self.frames.append(int(words[1]))
                self.entries.append(int(words[2]))
            elif words[0] == "e":
                self.events.append(Event(*map(int, words[1:])))
            elif words[0] == "o":
                changes[int(words[1])].append(int(words[2]))
            else:
                head[words[0]] = int(words[1])
        self.block, self.rate = head["block"], head["rate"]
        self.xruns = head["xruns"]
        self.frame_ns = 1e9 / self.rate
        self.period_ms = self.block * 1e3 / self.rate
        self.find_grid()
        for channel in (0, 1):
            self.match([e for e in self.events if e.channel == channel],
                       changes[channel])

    def find_grid(self):
        """begin_ns[i]: when frame 0 of the server's count would have been."""
        late = [ns - frame * self.frame_ns
                for frame, ns in zip(self.frames, self.entries)]
        # A cycle that makes up for a delay is called at once, without the time
        # that waking up takes, some 50 to 130 us before the grid that follows:
        # it says nothing about that
        for i in range(len(late) - 2, 0, -1):
            if (self.entries[i] - self.entries[i - 1] <
                    self.block * self.frame_ns / 2):
                late[i] = late[i + 1]
        span = max(BREAK_SPAN_NS, 12 * self.block * self.frame_ns)
        past = sliding_minimum(self.entries, late, span, 0)
        next_ = sliding_minimum(self.entries, late, 0, span)
        self.breaks = [0]
        for i in range(1, len(late)):
            moved = next_[i] - past[i - 1]
            if abs(moved) > BREAK_NS and i - self.breaks[-1] > 2:
                # Later: from the first cycle that is late; earlier: at once
                if moved < 0 or late[i] > past[i - 1] + BREAK_NS:
                    self.breaks.append(i)
                    end = self.entries[i] + span
                    j = bisect.bisect_right(self.entries, end)
                    level = min(late[i:j])
                    for k in range(i, j):  # Forget what was before
                        past[k] = level
        self.break_ns = [self.entries[i] for i in self.breaks[1:]]
        self.begin_ns = []
        for first, end in zip(self.breaks, [*self.breaks[1:], len(late)]):
            self.begin_ns += sliding_minimum(
                self.entries[first:end], late[first:end], ENVELOPE_NS,
                ENVELOPE_NS)
        self.stall_ns = [
            self.entries[i] for i in range(1, len(late))
            if late[i] - self.begin_ns[i] > LATE_NS or
            self.frames[i] - self.frames[i - 1] != self.block]
        self.stall_ns = sorted(self.stall_ns + self.break_ns)

    def time_of(self, frame):
        """When a frame that was heard ought to have been."""
        i = max(0, bisect.bisect_right(self.frames, frame) - 1)
        return self.begin_ns[i] + frame * self.frame_ns

    def frame_at(self, ns):
        """The frame, with its fraction, that belongs to a time."""
        i = max(0, bisect.bisect_right(self.entries, ns) - 1)
        return (ns - self.begin_ns[i]) / self.frame_ns

    def is_clean(self, ns):
        """No stall is near."""
        after = max(CLEAN_NS, CLEAN_CYCLES * self.block * self.frame_ns)
        i = bisect.bisect_left(self.stall_ns, ns - after)
        return i == len(self.stall_ns) or self.stall_ns[i] > ns + CLEAN_NS

    def match(self, events, changes):
        """The first change of its channel after each event, in order."""
        at = 0
        for i, event in enumerate(events):
            until = (float("inf") if i + 1 == len(events) else
                     events[i + 1].earliest_ns)
            while (at < len(changes) and
                   self.time_of(changes[at]) < event.earliest_ns):
                at += 1
            if at < len(changes) and self.time_of(changes[at]) < until:
                event.frame = changes[at]
                at += 1
                cycle = bisect.bisect_right(self.frames, event.frame) - 1
                j = bisect.bisect_right(self.breaks, cycle) - 1
                event.since_break = cycle - self.breaks[j] if j else None
            event.clean = (event.took_ns < TOOK_NS and
                           self.is_clean(event.tag_ns or event.sent_ns))

    @property
    def unheard(self):
        return sum(event.frame is None for event in self.events)

    def latencies_ms(self, clean=False):
        """From send() to the changed sample."""
        return [(self.time_of(e.frame) - e.sent_ns) / 1e6 for e in self.events
                if e.frame is not None and (e.clean or not clean)]

    def errors(self, clean=False):
        """Frames between the tag and the changed sample."""
        return [e.frame - self.frame_at(e.tag_ns) for e in self.events
                if e.frame is not None and (e.clean or not clean)]

    def deviations(self, clean=True):
        """Frames by which latencies differ from their median."""
        found = [ms * self.rate / 1e3 for ms in self.latencies_ms(clean)]
        middle = Spread(found).p50
        return [frames - middle for frames in found]

    def distances(self, clean=False):
        """Frames between two that belong together, both heard."""
        return [b.frame - a.frame
                for a, b in zip(self.events[::2], self.events[1::2])
                if a.frame is not None and b.frame is not None and
                (a.clean and b.clean or not clean)]


def parts_of(text, block):
    """What bench_e2e_parts printed: lists of us, one for each part."""
    lines = [line.split() for line in text.splitlines()]
    cycles = "\n".join(" ".join(line) for line in lines if line[0] == "c")
    grid = Run(f"rate 48000\nblock {block}\nxruns 0\n{cycles}")
    parts = ([], [], [], [], [])
    for line in lines:
        if line[0] == "p":
            *stamps, entry, frame = map(int, line[1:])
            begin = grid.time_of(frame)
            # Taken at its start at the latest: who comes between is in time
            stamps += [max(stamps[-1], begin), entry]
            for part, (a, b) in zip(parts, zip(stamps, stamps[1:])):
                part.append((b - a) / 1e3)
    return parts
