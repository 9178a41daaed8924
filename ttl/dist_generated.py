# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Run by `meson dist`: put what Faust made into generated/ of the release.

usage: dist_generated.py BUILD_ROOT
"""

import os
import pathlib
import shutil
import subprocess
import sys

FOLDERS = {
    "ttl": ["strip.json"],
    "plugin": ["strip_*.c"],
    "tests/unit": ["strip_reference.c"],
}


def main():
    build = pathlib.Path(sys.argv[1])
    dist = pathlib.Path(os.environ["MESON_DIST_ROOT"])
    subprocess.run(["ninja", "-C", build], check=True)

    for folder, patterns in FOLDERS.items():
        target = dist / folder / "generated"
        target.mkdir()
        for pattern in patterns:
            for made in sorted((build / folder).glob(pattern)):
                shutil.copy(made, target)


if __name__ == "__main__":
    main()
