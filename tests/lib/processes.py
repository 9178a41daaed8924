# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What tests do to processes."""

import os
import pathlib
import signal
import time


def states(pid):
    """The letters of all its threads; none if it has gone."""
    found = ""
    for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            found += stat.read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def stop(pid, timeout=60.0):
    """Stop a process; returns once all its threads stand still, or it is gone.

    The signal alone is only a wish: a thread that waits for a core has not
    seen it yet.  SIGCONT ends it.
    """
    os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + timeout
    while not set(states(pid)) <= set("TtZX"):
        if time.monotonic() > end:
            raise TimeoutError(f"process {pid} does not stop: {states(pid)}")
        time.sleep(0.001)
