# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Ardour's window while OSC moves Ringside Strip, as a picture.

usage: ardour_picture.py PICTURE.png

Real parts throughout: Ardour on a virtual screen with its dummy engine, the
plugin, its bridge, OSC over UDP.  Lanes in Latch record what OSC does.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from conftest import Room, wait_until  # noqa: E402
from lib import hosts  # noqa: E402
from lib.ardour import Ardour  # noqa: E402

WIDTH, HEIGHT = 1280, 1092
LANES = ("lpf_freq", "reverb_mix", "pan")

# Seconds, address after /strip/, arguments
CUES = (
    (1.0, "reverb_mix/ramp", 0.7, 2.0, "sine"),
    (1.0, "lpf_freq/ramp", 1200.0, 4.0, "sine"),
    (1.5, "pan/ramp", -0.8, 1.0, "sine"),
    (2.5, "pan/ramp", 0.8, 2.0, "sine"),
    (3.2, "reverb_mix/ramp", 0.15, 3.0, "sine"),
    (3.5, "low_gain", 4.5),
    (3.5, "low_mid_gain", -3.0),
    (3.5, "high_gain", 3.5),
    (3.5, "comp_threshold", -24.0),
    (3.5, "comp_ratio", 3.0),
    (3.5, "delay_mode", "Ping-pong"),
    (3.5, "delay_mix", 0.25),
    (3.5, "width", 1.3),
    (4.5, "pan/ramp", -0.6, 2.0, "sine"),
    (5.2, "lpf_freq/ramp", 9000.0, 3.0, "sine"),
    (6.5, "pan/ramp", 0.3, 1.5, "sine"),
    (8.8, "hpf_freq", 80.0),
    (9.8, "high_mid_gain", 2.0),
)

CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="hide-dummy-backend" value="0"/>
    <Option name="try-autostart-engine" value="1"/>
  </Config>
  <Extra><AudioMIDISetup><EngineStates>
    <State backend="None (Dummy)" driver="" device="Silence" input-device=""
     output-device="" sample-rate="48000" buffer-size="1024" n-periods="2"
     input-latency="0" output-latency="0" lm-input="" lm-output="" active="1"
     use-buffered-io="0" midi-option="No MIDI I/O" lru="1"><MIDIDevices/>
    </State>
  </EngineStates></AudioMIDISetup></Extra>
</Ardour>
"""

# Narrow enough for the screen
UI_CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <UI>
    <Option name="show-toolbar-recpunch" value="0"/>
    <Option name="show-toolbar-cuectrl" value="0"/>
    <Option name="show-mini-timeline" value="0"/>
    <Option name="show-editor-meter" value="0"/>
    <Option name="hide-splash-screen" value="1"/>
  </UI>
</Ardour>
"""


def prepare(session):
    """Write into the saved session what a user would have clicked."""
    path = session / "test.ardour"
    text = path.read_text()

    # The plugin window is open, the lanes are shown
    route = re.search(r'<Route [^>]*id="(\d+)" name="Track"', text)[1]
    plugin = re.search(r'<Processor id="(\d+)" name="Ringside Strip"', text)[1]
    objects = [f'<Object id="rtav {route}" height="68"/>']
    for symbol in LANES:
        control = re.search(rf'<Controllable name="[^"]+" id="(\d+)" '
                            rf'[^>]*symbol="{symbol}"', text)[1]
        objects.append(f'<Object id="automation {control}" height="90" '
                       'visible="1"/>')
    extra = (f'<Extra><UI><Window name="P-{route}-{plugin}" visible="1" '
             'x-off="20" y-off="512" x-size="-1" y-size="-1" custom-ui="0"/>'
             f'<GUIObjectState>{"".join(objects)}</GUIObjectState></UI>'
             '<RulerVisibility timecode="0" bbt="1" samples="0" minsec="0" '
             'tempo="0" meter="0" marker="0" rangemarker="0" cdmarker="0" '
             'transportmarker="0" cuemarker="0" videotl="0"/></Extra>')

    text = text.replace("MasterOut,OrderSet", "MasterOut,Hidden,OrderSet")
    text = text.replace('name="show-summary" value="1"',
                        'name="show-summary" value="0"')
    text = re.sub(r"<Extra>.*</Extra>|<Extra/>", "", text, flags=re.S)
    text = text.replace("</Session>", extra + "</Session>")
    path.write_text(text)
    (session / "instant.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<instant>'
        '<LastUsedSnapshot name="test"/>'
        f'<Main x="0" y="0" w="{WIDTH}" h="{HEIGHT - 22}" '
        'current-tab="editor"/>'
        '<Editor zoom="560" left-frame="0" playhead="0" '
        'show-editor-mixer="0" show-editor-list="0" follow-playhead="0"/>'
        "</instant>\n")


class Screen:
    """A virtual screen with a window manager."""

    def __init__(self, room):
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp", "-screen",
             "0", f"{WIDTH}x{HEIGHT}x24"], env=room.env, pass_fds=[writer],
            stderr=subprocess.DEVNULL)
        os.close(writer)
        room.things.append(self.server)
        with os.fdopen(reader) as number:
            display = number.readline().strip()
        self.env = dict(room.env, DISPLAY=f":{display}", NO_AT_BRIDGE="1",
                        LV2_PATH=hosts.host_lv2_path(room))
        self.manager = subprocess.Popen(["openbox"], env=self.env,
                                        stderr=subprocess.DEVNULL)
        room.things.append(self.manager)

    def run(self, *command):
        return subprocess.run(command, env=self.env, text=True, timeout=30,
                              stdout=subprocess.PIPE, check=False).stdout

    def window(self, title):
        """The window of that title, once it is there."""
        def find():
            return self.run("xdotool", "search", "--onlyvisible", "--name",
                            title).split()
        return wait_until(find, f"a window {title}")[-1]

    def save(self, path):
        self.run("import", "-window", "root", "-crop", f"1207x{HEIGHT}+0+0",
                 "+repage", "-strip", str(path))


def main(picture):
    room = Room()
    try:
        ardour = Ardour(room)
        osc = room.udp()
        room.wait_names(osc, ["strip"])
        ardour.name_controls(osc)
        for symbol in LANES:
            ardour.mode(symbol, "Latch")
        ardour.save()
        ardour.leave()
        prepare(ardour.folder)

        config = room.home / ".config/ardour7"
        config.mkdir(parents=True, exist_ok=True)
        (config / ".a7").touch()  # No greeting
        (config / "config").write_text(CONFIG)
        (config / "ui_config").write_text(UI_CONFIG)
        screen = Screen(room)
        gui = subprocess.Popen(["ardour", "-n", "-a",
                                str(ardour.folder / "test.ardour")],
                               env=screen.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        room.things.append(gui)
        editor = screen.window("^test - Ardour")
        strip = screen.window("Ringside Strip")
        osc = room.udp()
        room.wait_names(osc, ["strip"])
        screen.run("xdotool", "windowsize", "--sync", editor, "1340",
                   str(HEIGHT - 22))
        screen.run("xdotool", "windowmove", "--sync", strip, "20", "512")
        screen.run("xdotool", "windowactivate", "--sync", editor,
                   "key", "space")
        screen.run("xdotool", "windowactivate", "--sync", strip)

        # What OSC does while the transport rolls is recorded
        begin = time.monotonic()
        for seconds, address, *arguments in CUES:
            time.sleep(max(0.0, begin + seconds - time.monotonic()))
            osc.send(f"/strip/{address}", *arguments)
        screen.save(picture)
    finally:
        room.close()


if __name__ == "__main__":
    main(sys.argv[1])
