# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Keeps only the description that Faust writes next to its code, and of that
nothing about the machine that made it.

Usage: faust_json.py FAUST INPUT_DSP OUTPUT_JSON
"""

import json
import pathlib
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
        text = (pathlib.Path(folder) / name).read_text(encoding="utf-8")

    data = json.loads(text)
    del data["include_pathnames"]
    text = json.dumps(data, indent=1) + "\n"
    pathlib.Path(output).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
