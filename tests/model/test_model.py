# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The explorer finds nothing wrong with the sources as they are, and something
with each of their memory orders made weaker.

Orders are weakened in the compiled program, one line of the source at a time.
The list of lines comes from the sources, so no atomic operation is forgotten.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(os.environ["RINGSIDE_SOURCE"])
EXPLORE = os.environ["RINGSIDE_EXPLORE"]
EXPLORE_SMALL = os.environ["RINGSIDE_EXPLORE_SMALL"]  # A ring of two

# Compiled into the explorer, see meson.build
SOURCES = [
    "plugin/ahead.c",
    "plugin/control.c",
    "plugin/control_setup.c",
    "plugin/intake.c",
    "plugin/stage.c",
    "plugin/tell.c",
    "shm/bell.c",
    "shm/overflow.c",
    "shm/ring.c",
    "shm/ring.h",
    "ui-bridge/instances/instance_send.c",
    "ui-bridge/instances/instance_telemetry.c",
]

# Not compiled in: what orders there are, and why nothing hangs on them that
# the model does not have.  A new one fails the test until somebody looks at it
OTHERS = {
    # The link's side of the bell: written() pairs with rs_ring_publish() and
    # rs_overflow_end(), after rs_bell_arm(), as the reader of scenario_bell
    "plugin/member.c": ["acquire", "acquire"],
}

# Redundant, each with its reason: (file, function, from, to)
REDUNDANT = {}

RELAXED, ACQUIRE, RELEASE, ACQ_REL, SEQ_CST = 0, 2, 3, 4, 5
NAMES = {
    "relaxed": RELAXED,
    "acquire": ACQUIRE,
    "release": RELEASE,
    "acq_rel": ACQ_REL,
    "seq_cst": SEQ_CST,
}
WEAKER = {
    ACQUIRE: [RELAXED],
    RELEASE: [RELAXED],
    ACQ_REL: [ACQUIRE, RELEASE],
    SEQ_CST: [ACQ_REL],
}

CALL = re.compile(
    r"\batomic_(?!signal_fence|init\b)(\w+)\s*\(((?:[^()]|\([^()]*"
    r"(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\))*)\)"
)

Place = collections.namedtuple("Place", "file first last kind order function")


def in_source(name):
    """Every atomic operation of a file, with its order."""
    text = (SOURCE / name).read_text()
    code = re.sub(r"//[^\n]*|#define (?:[^\n]*\\\n)*[^\n]*", blank, text)
    code = re.sub(r"/\*.*?\*/", blank, code, flags=re.S)
    places = []
    for match in CALL.finditer(code):
        before = code[: match.start()]
        orders = re.findall(r"memory_order_(\w+)", match.group(2))
        assert orders, f"{name}: say the order: {match.group(0)}"
        function = re.findall(r"^(?:\w.*?\b)?(\w+)\(", before, re.M)[-1]
        places.append(
            Place(
                name,
                code.count("\n", 0, match.start()) + 1,
                code.count("\n", 0, match.end()) + 1,
                match.group(1).replace("_explicit", ""),
                NAMES[orders[-1]],
                function,
            )
        )
    return places


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


@pytest.fixture(scope="module")
def explored():
    """What the explorer says of the sources as they are."""
    return subprocess.run(
        [EXPLORE], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def sites(explored):
    """Addresses of calls in the explorer by file and line."""
    found = re.findall(r"^site (\S+) \S+ (\d+)$", explored.stdout, re.M)
    # The address behind a call may belong to the next line
    calls = [hex(int(address, 16) - 1) for address, _ in found]
    lines = subprocess.run(
        ["addr2line", "-e", EXPLORE, *calls],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    by_line = collections.defaultdict(list)
    for (address, order), line in zip(found, lines):
        path, number = line.rsplit(":", 1)
        name = os.path.relpath(os.path.realpath(path), SOURCE.resolve())
        by_line[name, int(number)].append((address, int(order)))
    return by_line


def addresses(sites, place):
    return [
        address
        for line in range(place.first, place.last + 1)
        for address, order in sites.get((place.file, line), [])
        if order == place.order
    ]


def strong_places():
    return [
        place
        for name in SOURCES
        for place in in_source(name)
        if place.order != RELAXED
    ]


def test_nothing_is_found(explored):
    assert explored.returncode == 0, explored.stdout + explored.stderr


def results(text):
    """Kills and states of each scenario."""
    found = re.findall(r"^(\w+) +(\d+) states, \d+ ends, (\d+) kills: right$",
                       text, re.M)
    return {name: (int(kills), int(states)) for name, states, kills in found}


def test_nothing_is_found_in_a_ring_of_two(explored):
    small = subprocess.run(
        [EXPLORE_SMALL], capture_output=True, text=True, timeout=300,
        check=False
    )
    assert small.returncode == 0, small.stdout + small.stderr
    here, there = results(explored.stdout), results(small.stdout)
    print(f"# {sum(states for _, states in here.values())} states, and "
          f"{sum(states for _, states in there.values())} with two slots")
    assert {name: kills for name, (kills, _) in here.items()} == \
        {name: kills for name, (kills, _) in there.items()}
    # It is another ring, which is full sooner
    assert here["ring"] != there["ring"] and here["bell"] != there["bell"]


def test_all_operations_are_explored(sites):
    missing = [p for p in strong_places() if not addresses(sites, p)]
    assert missing == []


def test_no_source_is_forgotten():
    for path in [*SOURCE.glob("*/*.[ch]"), *SOURCE.glob("ui-bridge/*/*.[ch]")]:
        name = str(path.relative_to(SOURCE))
        if name.split("/")[0] in ("plugin", "shm", "ui-bridge"):
            if name not in SOURCES:
                strong = [p for p in in_source(name) if p.order != RELAXED]
                known = [NAMES[order] for order in OTHERS.get(name, [])]
                assert [p.order for p in strong] == known, name


def find(sites, place, order):
    done = subprocess.run(
        [EXPLORE, "--weaken", str(order), *addresses(sites, place)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode == 0


def test_each_weaker_order_is_found(sites):
    mutants = [(p, to) for p in strong_places() for to in WEAKER[p.order]]
    assert len(mutants) > 30
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda mutant: find(sites, *mutant), mutants)
        lived = [m for m, is_found in zip(mutants, found) if not is_found]

    names = {(p.file, p.function, p.order, to) for p, to in lived}
    assert names == set(REDUNDANT), "\n".join(map(str, lived))


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
