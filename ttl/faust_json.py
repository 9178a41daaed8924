# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Keeps only the description that Faust writes next to its code.

Usage: faust_json.py FAUST INPUT_DSP OUTPUT_JSON
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    faust, source, output = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                faust,
                *("-lang", "c", "-single", "-json"),
                *("-O", folder, "-o", "strip.c"),
                source,
            ],
            check=False,
        )
        if done.returncode:
            sys.exit(done.returncode)  # Faust has said why
        name = pathlib.Path(source).name + ".json"
        shutil.copyfile(pathlib.Path(folder) / name, output)


if __name__ == "__main__":
    main()
