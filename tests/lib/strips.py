# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""What tests of addresses ask of strips, and expect of them."""

import struct


def f32(value):
    """As it comes back over OSC."""
    return struct.unpack("f", struct.pack("f", value))[0]


def refused(client, code, address, *arguments):
    """The sentence of the one error that this gets."""
    client.send(address, *arguments)
    answer = client.receive()
    assert answer[:2] == ("/error", "sis"), answer
    assert answer[2][:2] == [address, code], answer
    client.send("/ringside/ping", "after")
    assert client.receive() == ("/ringside/pong", "s", ["after"])
    return answer[2][2]


def refused_later(client, code, address, *arguments):
    """As refused(), for what another process decides."""
    client.send(address, *arguments)
    answer = client.wait_for("/error")
    assert answer[2][:2] == [address, code], answer
    return answer[2][2]


def table(client, name="strip"):
    """All of `/NAME/list`, by symbol."""
    return {line[0]: line[1:] for line in client.list(f"/{name}/list")}
