# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The bundle as it was built: valid, as it was, and free of the GPL."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["RINGSIDE_BUILD"])
HERE = pathlib.Path(os.environ["RINGSIDE_SOURCE"]) / "tests" / "lint"
BUNDLE = BUILD / "ringside.lv2"
FOREIGN = HERE / "foreign.ttl"

# What Faust's libraries may be under; "with exception" lets compiled code be
# under any licence
LICENCES = {
    "ISC",
    "LGPL with exception",
    "MIT",
    "MIT License",
    "MIT-style STK-4.3 license",
    "STK-4.3",
}


def turtle_files(bundle):
    return sorted(str(path) for path in bundle.glob("**/*.ttl"))


def validate(command, files):
    """@return all that the validator printed; fails if it did not finish"""
    done = subprocess.run(
        [*command, *files, str(FOREIGN)],
        check=False,
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert re.search(r"^Found \d+ errors", done.stdout, re.M), done.stdout
    return done.stdout


def vocabularies():
    """All installed vocabularies, as lv2_validate gives them to sord_validate"""
    script = pathlib.Path("/usr/bin/lv2_validate").read_text(encoding="utf-8")
    folder = re.search(r'^LV2DIR="(.*)"', script, re.M).group(1)
    names = re.findall(r'"\$LV2DIR/([^"]+)"', script)
    assert len(names) > 50
    return [f"{folder}/{name}" for name in names]


def test_lv2_validate_finds_no_errors():
    output = validate(["lv2_validate"], turtle_files(BUNDLE))
    assert "Found 0 errors" in output, output


def test_sord_validate_finds_no_errors():
    files = vocabularies() + turtle_files(BUNDLE)
    output = validate(["sord_validate", "-l"], files)
    assert "Found 0 errors" in output, output


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("lv2:portProperty", "lv2:portPropperty"),
        ("units:unit units:db", "units:unit lv2:toggled"),
        ('lv2:symbol "mute"', 'lv2:symbol "mute it"'),
        ("lv2:requiredFeature urid:map", "lv2:requiredFeature urid:plan"),
    ],
)
def test_validators_find_a_mistake(tmp_path, right, wrong):
    text = (BUNDLE / "strip.ttl").read_text(encoding="utf-8")
    assert right in text
    bad = tmp_path / "strip.ttl"
    bad.write_text(text.replace(right, wrong), encoding="utf-8")
    output = validate(["lv2_validate"], [str(bad)])
    assert "Found 0 errors" not in output


def test_plugin_description_is_the_golden_one():
    """A change is meant to be seen: copy the new file over the golden one"""
    built = (BUNDLE / "strip.ttl").read_text(encoding="utf-8")
    golden = (HERE / "strip.golden.ttl").read_text(encoding="utf-8")
    assert built == golden


def ports():
    """(index, symbol) of all ports as they were built"""
    text = (BUNDLE / "strip.ttl").read_text(encoding="utf-8")
    pairs = re.findall(r'lv2:index (\d+) ;\s+lv2:symbol "(\w+)"', text)
    return [(int(index), symbol) for index, symbol in pairs]


def check_append_only(old, new):
    """Old ports stay where they are; new ones come after them, without gaps"""
    assert new[: len(old)] == old, "a port that hosts know was moved or removed"
    assert [index for index, _ in new] == list(range(len(new)))
    assert len(new) == len(old), "append the new ports to ports.txt"


def test_ports_are_append_only():
    """Sessions of users count on ports.txt: lines may only be added to it"""
    lines = (HERE / "ports.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line and line[0] != "#"]
    check_append_only([(int(i), symbol) for i, symbol in pairs], ports())


@pytest.mark.parametrize(
    "new",
    [
        [(0, "a"), (1, "c"), (2, "b")],
        [(0, "a"), (1, "b")],
        [(0, "a"), (1, "b"), (3, "c")],
        [(0, "a"), (1, "b"), (2, "c"), (3, "d")],
    ],
    ids=["moved", "removed", "gap", "not listed"],
)
def test_append_only_notices(new):
    with pytest.raises(AssertionError):
        check_append_only([(0, "a"), (1, "b"), (2, "c")], new)


def licences(meta):
    """{what: licence} of everything that Faust says is in the sound"""
    found = {}
    for entry in meta:
        for key, value in entry.items():
            if re.search(r"licen[cs]e$", key) or "licen" in value.lower():
                found[key] = value
    return found


def test_licences_of_the_sound():
    made = BUILD / "ttl" / "strip.json"
    if not made.exists():  # A release that was built without Faust
        made = HERE.parents[1] / "ttl" / "generated" / "strip.json"
    data = json.loads(made.read_text("utf-8"))
    found = licences(data["meta"])
    assert "license" in found and len(found) > 2  # Faust still says it
    wrong = {k: v for k, v in found.items() if v not in LICENCES}
    assert not wrong, "strip.dsp must stay off these functions"


@pytest.mark.skipif(not shutil.which("faust"), reason="needs faust")
def test_gpl_would_be_noticed(tmp_path):
    dsp = tmp_path / "gpl.dsp"
    dsp.write_text(
        'import("stdfaust.lib");\nprocess = ba.parallelMax(4);\n', "utf-8"
    )
    subprocess.run(
        ["faust", "-json", "-O", str(tmp_path), "-o", "gpl.cpp", str(dsp)],
        check=True,
        timeout=60,
    )
    data = json.loads((tmp_path / "gpl.dsp.json").read_text("utf-8"))
    found = licences(data["meta"])
    assert any(value not in LICENCES for value in found.values()), found
