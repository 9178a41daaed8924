# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The demo runs, and its cues cut where they should."""

import pathlib
import subprocess
import wave

import numpy
import pytest

from conftest import SOURCE, Room, build_folder

RATE = 48000
BPM = 104


def frame_of(beat):
    return beat * 60 / BPM * RATE


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What it printed, and its sound, frames × 2, as whole numbers."""
    program = build_folder() / "tests/demo/ringside-demo"
    if not program.exists():
        pytest.skip("the demo was not built: cairo is missing")
    room = Room()
    folder = tmp_path_factory.mktemp("demo")
    try:
        done = subprocess.run(
            [program, SOURCE / "tests/demo/cues.txt", folder], env=room.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout
    finally:
        room.close()

    with wave.open(str(folder / "ringside-demo.wav")) as file:
        assert (file.getframerate(), file.getsampwidth()) == (RATE, 3)
        raw = numpy.frombuffer(file.readframes(file.getnframes()), numpy.uint8)
    raw = raw.reshape(-1, 3).astype(numpy.int32)
    sound = raw[:, 0] | raw[:, 1] << 8 | (raw[:, 2] ^ 128) - 128 << 16
    return done.stdout, sound.reshape(-1, 2), folder


def test_it_says_what_happens(played):
    said = played[0]
    assert "Preset: Master Glue" in said
    assert "/strip/lpf_freq/ramp 20000 12b linear" in said
    assert "!" not in said, "an answer was /error"


def test_there_is_a_picture(played):
    picture = pathlib.Path(played[2]) / "ringside-demo.png"
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    assert picture.stat().st_size > 20000


def test_cuts_are_where_their_tags_are(played):
    """Four times silence for a sixteenth, and then sound again."""
    peaks = numpy.abs(played[1]).max(axis=1)
    offsets = []
    for beat in (30, 30.5, 31, 31.5):
        cut, back = frame_of(beat), frame_of(beat + 0.25)
        # Silence, from the end of the fade to shortly before the sound
        assert peaks[int(cut) + 3000:int(back) - 600].max() == 0
        after = int(back) - 600
        first = after + numpy.flatnonzero(peaks[after:after + 1200])[0]
        offsets.append(first - back)
    # 2 or 3 frames early on an idle machine, where the demo's own guess of the
    # time of the first frame is off; a busy one shifts the clock a little
    assert max(offsets) - min(offsets) < 24.0, offsets  # Half a millisecond
    assert max(abs(offset) for offset in offsets) < 240, offsets
