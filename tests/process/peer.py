# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Instances without a plugin (rs-peer), for tests that only need some."""

import subprocess

from conftest import PATIENCE, build_folder


class Peer:
    """Running rs-peer; `names` is what its instances were called."""

    def __init__(self, room, count=1, *names):
        self.process = subprocess.Popen(
            [str(build_folder() / "tests/process/rs-peer"), str(count),
             *names],
            env=room.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        room.things.append(self.process)
        self.names = []
        for line in self.process.stdout:
            words = line.split()
            if words == ["ready"]:
                break
            self.names.append(words[1])
        else:
            raise RuntimeError("rs-peer did not attach")

    def say(self, word):
        """keep, let, hold or go, see rs-peer.c"""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == word

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(PATIENCE) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
