# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The OSC reference: its table of parameters, and its manual page.

usage: osc_reference.py check|update docs/osc.md PARAMETERS.md
       osc_reference.py man LOWDOWN docs/osc.md OUTPUT
"""

import pathlib
import re
import subprocess
import sys

TABLE = re.compile(
    r"(<!-- parameters: begin [^\n]*-->\n)(.*?)(<!-- parameters: end -->)",
    re.DOTALL,
)


def with_table(text, table):
    """The reference with the table as the generator makes it now"""
    return TABLE.sub(
        lambda m: m[1] + "\n" + table.strip() + "\n\n" + m[3], text
    )


def manual(lowdown, text):
    """A manual page from the Markdown, in the order that such pages have"""
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    text = re.sub(
        r"^# ringside-osc: (.*)$", r"# NAME\n\nringside-osc - \1", text,
        count=1, flags=re.MULTILINE,
    )
    text = re.sub(
        r"^## (.*)$", lambda m: "# " + m[1].upper(), text, flags=re.MULTILINE
    )
    head = "Title: RINGSIDE-OSC\nSection: 7\nDate: 2026-11-23\n\n"
    page = subprocess.run(
        [lowdown, "-s", "-Tman"],
        input=head + text.lstrip(),
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout
    # lowdown 1.0 asks for a font that terminals do not have
    page = page.replace("\\fC", "\\fB").replace("allbox", "")
    # Section titles stand on the line of their request
    page = re.sub(r"^\.SH\n", ".SH ", page, flags=re.MULTILINE)
    # tbl is asked for by the first line
    return "'\\\" t\n" + page


def main(verb, *args):
    if verb == "man":
        lowdown, source, output = args
        text = pathlib.Path(source).read_text(encoding="utf-8")
        pathlib.Path(output).write_text(manual(lowdown, text), "utf-8")
        return 0

    source, table = map(pathlib.Path, args)
    old = source.read_text(encoding="utf-8")
    new = with_table(old, table.read_text(encoding="utf-8"))
    if verb == "update":
        source.write_text(new, encoding="utf-8")
    elif old != new:
        print(f"{source}: the table of parameters is not that of strip.dsp;",
              f"run: {sys.argv[0]} update {source} {table}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
