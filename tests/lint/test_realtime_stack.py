# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What run() reaches needs little stack and never calls itself.

The audio thread's sources are compiled once more, with gcc's own account of
frames and calls (-fcallgraph-info).
"""

import json
import os
import pathlib
import re
import shlex
import subprocess

import pytest

BUILD = pathlib.Path(os.environ["RINGSIDE_BUILD"])

# Of one function, and of the deepest chain of calls that are known by name
FRAME_MAX = 1536
CHAIN_MAX = 8192

SOURCES = re.compile(
    r"plugin/(appear|clock|control|engine|heap|intake|notify|ramp|run|stage"
    r"|strip|tell)\.c|shm/(overflow|parameter|ring|telemetry)\.c"
    r"|(^|/)strip_(core|controls)\w*\.c"
)

# Faust's own, called when an instance is made
NOT_REALTIME = re.compile(r"^(new|delete|init|instanceInit|classInit|build)")

NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


def compile_again(folder, name, text):
    """One object as gcc lays it out; its call graph as text."""
    source = folder / f"{name}.c"
    source.write_text(text)
    return graph_of(["gcc", "-O2", "-c", str(source)], folder, folder / name)


def graph_of(command, cwd, stem):
    subprocess.run(
        [*command, "-fcallgraph-info=su", "-o", f"{stem}.o"], cwd=cwd,
        check=True, capture_output=True)
    return pathlib.Path(f"{stem}.ci").read_text()


def read_graph(text, frames, calls):
    for title, label in NODE.findall(text):
        size = re.search(r"(\d+) bytes \((\w+)", label)
        if size:
            frames[title] = (int(size.group(1)), size.group(2))
    for caller, called in EDGE.findall(text):
        calls.setdefault(caller, set()).add(called)


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    """Bytes and kind of each frame; who calls whom."""
    folder = tmp_path_factory.mktemp("stack")
    frames, calls, n = {}, {}, 0
    for unit in json.loads((BUILD / "compile_commands.json").read_text()):
        if not SOURCES.search(unit["file"]) or "test" in unit["output"]:
            continue
        if not re.match(r"(plugin|shm)/lib", unit["output"]):
            continue
        command = shlex.split(unit["command"])
        if "gcc" not in command[0] and "cc" not in command[0]:
            pytest.skip("this build is not gcc's")
        command = [word for word in command
                   if not re.match(r"-flto|-M", word)
                   and not word.endswith((".o", ".o.d"))]
        while "-o" in command:
            command.remove("-o")
        n += 1
        read_graph(graph_of(command, unit["directory"], folder / str(n)),
                   frames, calls)
    assert n > 15, "the sources are not where they were"
    return frames, calls


def circles(calls):
    """Functions that may come back to themselves."""
    done, found = set(), set()

    def walk(name, path):
        if name in path:
            found.add(name)
        elif name not in done:
            for called in calls.get(name, ()):
                walk(called, [*path, name])
            done.add(name)

    for name in sorted(calls):
        walk(name, [])
    return found


def deepest(frames, calls, name):
    return frames.get(name, (0,))[0] + max(
        (deepest(frames, calls, called) for called in calls.get(name, ())),
        default=0)


def short(title):
    return title.rsplit(":", 1)[-1]


def test_frames_are_small(graph):
    frames, _ = graph
    large = {short(name): frame for name, frame in frames.items()
             if (frame[0] > FRAME_MAX or frame[1].startswith("dynamic"))
             and not NOT_REALTIME.match(short(name))}
    assert not large


def test_nothing_calls_itself(graph):
    _, calls = graph
    assert not circles(calls)


def test_the_way_down_is_short(graph):
    frames, calls = graph
    depth = deepest(frames, calls, "rs_run_run")
    print(f"# {depth} bytes below run(), apart from the sound's")
    assert 0 < depth <= CHAIN_MAX


def test_would_notice(tmp_path):
    frames, calls = {}, {}
    read_graph(compile_again(tmp_path, "bad", """
        void use(char*);
        void large(void);
        int again(int);
        int round(int);
        void large(void) { char room[2000]; use(room); }
        __attribute__((noinline)) int round(int n) { use(0); return again(n); }
        int again(int n) { int m = n ? round(n - 1) : 0; use(0); return m; }
    """), frames, calls)
    assert frames["large"][0] > FRAME_MAX
    assert circles(calls)
