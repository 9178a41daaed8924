# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour 7 without a screen, with Ringside Strip on a track.

What a session needs from Ardour's window is preloaded, so that it records and
knows what changed as with one: see tests/host/ardour-window.c.
"""

import re

from conftest import PATIENCE, SOURCE, build_folder, wait_until
from lib import hosts

SCRIPT = SOURCE / "tests/host/ardour.lua"
RATE = 48000

LEVEL = """\
ardour {
  ["type"] = "dsp", name = "Steady Level", category = "Test",
  license = "ISC", author = "Ringside", description = "0.25 all the time"
}
function dsp_ioconfig ()
  return {{ audio_in = -1, audio_out = -1 }}
end
function dsp_run (ins, outs, n_samples)
  for channel = 1, #outs do
    ARDOUR.DSP.memset (outs[channel], 0.25, n_samples)
  end
end
"""

# Floats: what is rounded to 16 bits is dithered, which differs each time
FLOAT = "0a4b0b58-54f6-4d0a-9a0c-3a1f0b7f3c11"
EXPORT = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<ExportPreset id="{FLOAT}" name="Float">
  <ExportFormat id="20b4ab09-6452-4cb3-bd66-b921cdbd2942"/>
  <ExportFilename>
    <Folder relative="1" path="export"/>
    <Field name="timespan" enabled="1"/>
  </ExportFilename>
</ExportPreset>
"""

# FPU::Flags of Ardour, instead of what the processor has: flush denormals to
# zero, and mix in plain C.  In 7.3, what mixes with AVX-512 goes up to 7 frames
# past the end of both buffers where they are aligned differently.  An export
# mixes from a ring, so on such processors, with or without a plugin, what lies
# behind the ring is added to a frame each time round, and heaps break
PLAIN_MIXING = "3"

PORT = re.compile(r'lv2:symbol "(\w+)"\s*;\s*pset:value ([^\s\]]+)')


def factory_preset(name):
    text = (SOURCE / f"presets/{name}.ttl").read_text()
    return {symbol: float(value) for symbol, value in PORT.findall(text)}


class Ardour(hosts.Talker):
    """A running Ardour (see tests/host/ardour.lua for its commands)."""

    def __init__(self, room, mode="create", channels=2, source="ACE Noise"):
        program = hosts.need("ardour7-lua")
        self.folder = room.folder / "session"
        if not (room.lv2 / "ringside.lv2").exists():
            room.copy_bundle()
        config = room.home / ".config/ardour7"
        for name, text in [("scripts/level.lua", LEVEL),
                           ("export/float.preset", EXPORT)]:
            (config / name).parent.mkdir(parents=True, exist_ok=True)
            (config / name).write_text(text)
        super().__init__(
            [program, str(SCRIPT), str(self.folder), mode, str(channels),
             source],
            dict(room.env, LV2_PATH=hosts.host_lv2_path(room),
                 ARDOUR_FPU_FLAGS=PLAIN_MIXING,
                 LD_PRELOAD=str(build_folder() / "tests/host/"
                                "ardour-window.so")))
        room.things.append(self)
        self.numbers = {}
        self.wait_for("= ready", 4 * PATIENCE)  # It is large

    def ask(self, command, timeout=PATIENCE):
        self.tell(command)
        return self.wait_for("= ", timeout).split(" ", 1)[1]

    def name_controls(self, client, name="strip"):
        """Learn the numbers of symbols from an instance."""
        # Ardour counts all control ports, and freewheel, which is its own
        symbols = [line[0] for line in client.list(f"/{name}/list")]
        self.numbers = {symbol: 1 + at for at, symbol in enumerate(symbols)}

    def peak(self):
        return float(self.ask("peak"))

    def wait_peak(self, level, tolerance=0.5):
        wait_until(lambda: abs(self.peak() - level) < tolerance,
                   f"a level of {level} dB")

    def param(self, symbol):
        """Where the knob of a parameter is."""
        return float(self.ask(f"param {self.numbers[symbol]}"))

    def wait_param(self, symbol, value):
        wait_until(lambda: self.param(symbol) == value,
                   f"a knob {symbol} at {value}")

    def touch(self, symbol, value):
        assert self.ask(f"touch {self.numbers[symbol]} {value}") == "true"

    def mode(self, symbol, name):
        assert self.ask(f"mode {self.numbers[symbol]} {name}") == name

    def draw(self, symbol, points):
        words = " ".join(f"{round(at)} {value}" for at, value in points)
        self.ask(f"draw {self.numbers[symbol]} {words}")

    def play(self, symbol, value):
        """A flat lane that plays."""
        self.draw(symbol, [(0, value), (3600 * RATE, value)])
        self.mode(symbol, "Play")

    def clear(self, symbol):
        self.ask(f"clear {self.numbers[symbol]}")

    def lane(self, symbol):
        """Points of a lane: times in frames, and values."""
        words = self.ask(f"lane {self.numbers[symbol]}").split()
        return [(int(at), float(value))
                for at, value in zip(words[::2], words[1::2])]

    def position(self):
        """Where the transport is, in frames; None while it stands."""
        rolls, frame = self.ask("rolling").split()
        return int(frame) if rolls == "true" else None

    def roll(self):
        assert self.ask("roll") == "rolls"
        wait_until(lambda: self.position() is not None, "a rolling transport")

    def stop(self):
        assert self.ask("stop") == "stops"
        wait_until(lambda: self.position() is None, "the transport to stop")

    def begin_export(self, name, seconds):
        """From the beginning of the timeline, so long."""
        self.tell(f"export {FLOAT} {name} 0 {seconds * RATE}")

    def end_export(self, name):
        """Wait until it is done; returns the file."""
        # An idle machine takes 4 s for half a minute of sound
        assert self.wait_for("= ", 4 * PATIENCE) == "= true"
        return self.folder / f"export/{name}.wav"

    def is_dirty(self):
        return self.ask("dirty") == "true"

    def save(self):
        assert self.ask("save") == "0"

    def leave(self):
        assert self.ask("quit") == "closed"
        self.end_input()
        self.process.wait(PATIENCE)
