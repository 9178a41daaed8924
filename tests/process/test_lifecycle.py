# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""How instances and bridges find each other, and how they part."""

import concurrent.futures
import os
import pathlib
import signal
import time

from conftest import Figure, is_alive, names, wait_until


def threads(pid, name):
    """Thread ids of a process by name."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            if (task / "comm").read_text().strip() == name:
                found.append(task.name)
        except FileNotFoundError:
            pass
    return found


def children(pid):
    """Children of a process, dead ones that nobody reaped as well."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            found += (task / "children").read_text().split()
        except FileNotFoundError:
            pass
    return found


def bridges_of(room):
    """Bridges, without what they forked; such a child may end meanwhile."""
    found = []
    pids = room.processes()
    for pid in pids:
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        if "ringside-bridge" in command and parent not in pids:
            found.append(pid)
    return found


def test_many_instances_of_two_hosts_share_one_bridge(room):
    # Not called at first, they appear though the machine could not hold the pace
    first = room.host("--stopped", "--instances", 50, "--block", 2048)
    second = room.host("--stopped", "--instances", 10, "--block", 1024)
    osc = room.udp()
    room.wait_names(osc, names(60))
    first.do("start")
    second.do("start")

    lines = osc.list("/ringside/instances")
    assert sorted(line[0] for line in lines) == sorted(names(60))
    assert {line[1] for line in lines} == {"urn:ringside:strip"}
    assert {line[2] for line in lines} == {"rs-host"}

    for n, name in enumerate(names(60)):
        osc.send(f"/{name}/input_gain", n / 8)
    for n, name in enumerate(names(60)):
        assert osc.value(f"/{name}/input_gain") == n / 8, name

    # One port for all of them
    for host, n in ((first, 1), (first, 25), (first, 50), (second, 10)):
        wait_until(lambda: host.get("osc_port", n) == room.port(),
                   "the one port")

    assert first.quit()
    wait_until(lambda: len(osc.instances()) == 10, "the first host's to go")
    assert second.quit()
    room.assert_empty()


def test_hosts_that_start_together_start_one_bridge(room):
    for _ in range(3):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            hosts = list(pool.map(lambda _: room.host("--instances", 2),
                                  range(6)))
        osc = room.udp()
        room.wait_names(osc, names(12))
        # One that came second leaves, in its own time
        wait_until(lambda: bridges_of(room) == [room.bridge_pid()],
                   "one bridge")
        for host in hosts:
            for n in (1, 2):
                wait_until(lambda: host.get("osc_port", n) == room.port(),
                           "the one port")
        for host in hosts:
            host.kill()
        room.assert_empty()


def test_names_follow_the_order_of_creation(room):
    host = room.host("--instances", 5)
    osc = room.udp()
    room.wait_names(osc, names(5))
    for n in range(1, 6):
        host.do(f"port output_gain {-n} {n}")
    for n, name in enumerate(names(5), 1):
        wait_until(lambda: osc.value(f"/{name}/output_gain") == -n,
                   f"{name} to be instance {n}")


def test_a_removed_instance_leaves_the_bridge(room):
    host = room.host("--instances", 3)
    osc = room.udp()
    room.wait_names(osc, names(3))
    host.do("remove 2")
    room.wait_names(osc, ["strip", "strip-3"])
    assert osc.ask("/strip-2/mute")[2][1] in (404, 503)
    host.do("add")
    room.wait_names(osc, names(3))


def test_the_bridge_outlives_the_host_that_started_it(room):
    first = room.host()
    osc = room.udp()
    room.wait_names(osc, names(1))
    bridge = room.bridge_pid()
    second = room.host()
    room.wait_names(osc, names(2))

    first.kill()
    room.wait_names(osc, ["strip-2"])
    assert room.bridge_pid() == bridge
    assert is_alive(bridge)
    assert second.quit()
    room.assert_empty()


def test_a_killed_host_is_gone_at_once(room):
    other = room.host()
    figure = Figure(0.1)

    def trial():
        os.kill(host.pid, signal.SIGKILL)
        start = time.monotonic()
        wait_until(lambda: len(osc.instances()) == 1, "20 to go")
        return time.monotonic() - start

    for _ in range(8):
        host = room.host("--stopped", "--instances", 20, "--block", 2048)
        osc = room.udp()
        wait_until(lambda: len(osc.instances()) == 21, "21 instances")
        host.do("start")
        figure.take(trial)
        if figure.is_kept():
            break
    figure.check()
    assert other.quit()
    room.assert_empty()


def test_nothing_of_the_bridge_stays_in_the_host(room):
    host = room.host("--instances", 2)
    osc = room.udp()
    room.wait_names(osc, names(2))
    assert len(threads(host.pid, "ringside-link")) == 1
    host.do("remove *")
    wait_until(lambda: not threads(host.pid, "ringside-link"),
               "the kernel to forget the thread")
    assert "ringside.so" not in pathlib.Path(
        f"/proc/{host.pid}/maps").read_text()

    # The bridge goes 2 s later, when there is nobody left to reap it
    wait_until(lambda: room.processes() == [host.pid], "the bridge to leave")
    assert children(host.pid) == []
    assert room.leftovers() == []

    host.do("add")
    osc = room.udp()
    room.wait_names(osc, names(1))


def test_an_idle_link_sleeps(room):
    host = room.host("--instances", 10)
    osc = room.udp()
    room.wait_names(osc, names(10))
    (thread,) = threads(host.pid, "ringside-link")
    path = pathlib.Path(f"/proc/{host.pid}/task/{thread}/status")

    def switches():
        line = next(line for line in path.read_text().splitlines()
                    if line.startswith("voluntary"))
        return int(line.split()[1])

    def wakes_in_three_seconds():
        before = switches()
        time.sleep(3.0)
        return switches() - before

    # A ping, and its answer, each second, once the attachment has settled
    time.sleep(0.3)
    wait_until(lambda: wakes_in_three_seconds() <= 10, "the link to sleep")
