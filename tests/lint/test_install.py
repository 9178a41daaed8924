# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Where the bundle would be installed: in a folder that hosts look in."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        # Hosts do not look below /usr/local/lib/x86_64-linux-gnu
        (["--libdir=lib/x86_64-linux-gnu"], "/usr/local/lib/lv2"),
        (["--libdir=lib64", "--prefix=/opt/audio"], "/opt/audio/lib64/lv2"),
        (["-Dlv2dir=/somewhere/lv2"], "/somewhere/lv2"),
    ],
)
def test_the_bundle_is_where_hosts_look(tmp_path, options, folder):
    meson = shutil.which("meson")
    if not meson:
        pytest.skip("meson is not on the path")
    build = tmp_path / "build"
    subprocess.run([meson, "setup", "-Dtests=false", *options, build, SOURCE],
                   check=True, stdout=subprocess.DEVNULL, timeout=240)
    installed = json.loads(subprocess.run(
        [meson, "introspect", "--installed", build], check=True,
        stdout=subprocess.PIPE, text=True, timeout=60).stdout)
    places = {os.path.dirname(path) for path in installed.values()
              if path.endswith("ringside.so")}
    assert places == {f"{folder}/ringside.lv2"}, sorted(installed.values())
