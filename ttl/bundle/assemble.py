# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Puts the bundle together: a folder that works from anywhere.

Usage: assemble.py FOLDER STAMP FILE...
       assemble.py --install FOLDER TARGET

A file is given as PATH or PATH=NAME, where NAME may have a folder in it; what
is in FOLDER but not given goes away.  --install copies the whole folder to
TARGET under the prefix of a `meson install`.
"""

import os
import pathlib
import shutil
import sys


def put(source, target):
    """Copy by renaming into place, as the old file may be mapped by a host"""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(target.name + ".new")
    shutil.copy2(source, new)
    os.replace(new, target)


def assemble(folder, stamp, files):
    kept = set()
    for entry in files:
        path, _, name = entry.partition("=")
        target = folder / (name or pathlib.Path(path).name)
        put(path, target)
        kept.add(target)

    for path in folder.rglob("*"):
        if not path.is_dir() and path not in kept:
            path.unlink()

    # A folder with nothing but bundles in it, which suits LV2_PATH better
    link = folder.parent / "lv2" / folder.name
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(os.path.join("..", folder.name))

    pathlib.Path(stamp).touch()


def install(folder, target):
    prefix = pathlib.Path(os.environ["MESON_INSTALL_DESTDIR_PREFIX"])
    for path in folder.rglob("*"):
        if not path.is_dir():
            put(path, prefix / target / path.relative_to(folder))


def main():
    if sys.argv[1] == "--install":
        install(pathlib.Path(sys.argv[2]), sys.argv[3])
    else:
        assemble(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:])


if __name__ == "__main__":
    main()
