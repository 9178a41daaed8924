#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Who may include whom: the walls between the rooms (docs/architecture.md)."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folders of ours that a folder may include from
OURS = {
    "shm": {"shm"},
    "plugin": {"plugin", "shm"},
    "ui-bridge": {"ui-bridge", "shm"},
    "ttl": {"ttl"},
    "presets": set(),
}

# System headers from outside libc (and the kernel) that a folder may include
FOREIGN = {
    "shm": r"$^",
    "plugin": r"lv2/",
    "ui-bridge": r"(lilv|lo|serd|sord|sratom|lv2)/|(ini|cjson/cJSON|popt|seccomp)\.h$",
    "ttl": r"$^",
}

LIBC = re.compile(
    r"(assert|ctype|dirent|dlfcn|endian|errno|fcntl|fenv|float|ftw|getopt|glob|grp|"
    r"ifaddrs|inttypes|langinfo|libgen|limits|locale|malloc|math|mntent|netdb|"
    r"poll|pthread|pwd|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|"
    r"stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|"
    r"syscall|syslog|termios|threads|time|uchar|unistd|wchar|immintrin|"
    r"xmmintrin|pmmintrin|cpuid)\.h$"
    r"|(sys|linux|net|netinet|arpa|asm)/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def faults(path, folder):
    text = path.read_text(encoding="utf-8")
    for bracket, target in INCLUDE.findall(text):
        if bracket == '"':
            # Without a folder it is generated, beside the room's own objects
            room = target.split("/", 1)[0] if "/" in target else folder
            if room not in OURS[folder]:
                yield f'"{target}" belongs to another room'
        elif not LIBC.match(target) and not re.match(FOREIGN.get(folder, r"$^"),
                                                     target):
            yield f"<{target}> is not for this room"


def main():
    count = 0
    for folder in OURS:
        for path in sorted((ROOT / folder).glob("**/*.[ch]")):
            count += 1
            found = list(faults(path, folder))
            name = path.relative_to(ROOT)
            print(f"{'not ok' if found else 'ok'} {count} - {name}")
            for fault in found:
                print(f"{name}: {fault}", file=sys.stderr)
    print(f"1..{count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
