# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""A small OSC 1.0 encoder and decoder, and clients for each transport.

Written from the specification alone, so that what the bridge says is judged by
a second implementation.  Only what tests need; nothing here is fast.

    client = Udp(6720)
    client.send("/strip/mute", True)
    assert client.ask("/strip/mute") == ("/strip/mute", "f", [1.0])
"""

import os
import select
import socket
import struct
import time

PATIENCE = 60.0  # Seconds; nobody waits so long on a machine that is not busy
ANSWER_MAX = 0.05  # Seconds: a query is answered then at the latest
IMMEDIATELY = 1
NTP_1970 = 2208988800  # Seconds from 1900 to 1970


class Tagged:
    """An argument with its type tag given: Tagged("h", 1), Tagged("I")."""

    def __init__(self, tag, value=None):
        self.tag = tag
        self.value = value


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def string(text):
    data = text.encode("utf-8") if isinstance(text, str) else bytes(text)
    return pad(data + b"\0")


def argument(value):
    """Tag and bytes of one argument; int i, float f, str s, bytes b, bool."""
    if isinstance(value, Tagged):
        tag, value = value.tag, value.value
    elif value is None:
        tag = "N"
    elif isinstance(value, bool):
        tag = "T" if value else "F"
    elif isinstance(value, int):
        tag = "i"
    elif isinstance(value, float):
        tag = "f"
    elif isinstance(value, str):
        tag = "s"
    else:
        tag = "b"
    if tag in "TFNI":
        return tag, b""
    if tag in "sS":
        return tag, string(value)
    if tag == "b":
        return tag, pad(struct.pack(">i", len(value)) + bytes(value))
    if tag in "mrc":
        return tag, struct.pack(">I", value)
    return tag, struct.pack(">" + {"i": "i", "h": "q", "t": "Q", "f": "f",
                                   "d": "d"}[tag], value)


def message(address, *arguments):
    """The bytes of one message."""
    parts = [argument(value) for value in arguments]
    tags = "," + "".join(tag for tag, _ in parts)
    return string(address) + string(tags) + b"".join(data for _, data in parts)


def time_tag(unix_seconds):
    """A time in seconds since 1970 as an OSC time tag."""
    nanoseconds = round(unix_seconds * 1e9)
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return ((seconds + NTP_1970) << 32) | ((rest << 32) // 1_000_000_000)


def bundle(tag, *elements):
    """A bundle of messages and bundles given as bytes; tag as time_tag()."""
    data = b"#bundle\0" + struct.pack(">Q", tag)
    for element in elements:
        data += struct.pack(">i", len(element)) + element
    return data


class BadPacket(ValueError):
    pass


def take_string(data, at):
    end = data.find(b"\0", at)
    if end < 0:
        raise BadPacket("string without an end")
    after = (end + 4) & ~3
    if after > len(data) or data[end:after].strip(b"\0"):
        raise BadPacket("string is not padded with zeros")
    return data[at:end].decode("utf-8"), after


def parse(data):
    """(address, tags without the comma, arguments) of a message.

    A bundle gives ("#bundle", tag, [parsed element, ...]).
    """
    if len(data) % 4:
        raise BadPacket(f"size {len(data)} is not a multiple of four")
    if data.startswith(b"#bundle\0"):
        (tag,) = struct.unpack_from(">Q", data, 8)
        elements, at = [], 16
        while at < len(data):
            (size,) = struct.unpack_from(">i", data, at)
            elements.append(parse(data[at + 4:at + 4 + size]))
            at += 4 + size
        return "#bundle", tag, elements

    address, at = take_string(data, 0)
    tags, at = take_string(data, at)
    if not address.startswith("/") or not tags.startswith(","):
        raise BadPacket(f"neither message nor bundle: {data[:32]!r}")
    values = []
    for tag in tags[1:]:
        if tag in "TFNI":
            values.append({"T": True, "F": False}.get(tag))
        elif tag in "sS":
            text, at = take_string(data, at)
            values.append(text)
        elif tag == "b":
            (size,) = struct.unpack_from(">i", data, at)
            values.append(data[at + 4:at + 4 + size])
            at += (4 + size + 3) & ~3
        else:
            form = {"i": ">i", "h": ">q", "t": ">Q", "f": ">f", "d": ">d",
                    "m": ">I", "r": ">I", "c": ">I"}[tag]
            values.append(struct.unpack_from(form, data, at)[0])
            at += struct.calcsize(form)
    if at != len(data):
        raise BadPacket(f"{len(data) - at} bytes after the last argument")
    return address, tags[1:], values


# SLIP with a frame end on both sides (OSC 1.1)
END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD


def slip(packet):
    data = packet.replace(bytes([ESC]), bytes([ESC, ESC_ESC]))
    data = data.replace(bytes([END]), bytes([ESC, ESC_END]))
    return bytes([END]) + data + bytes([END])


def length_prefixed(packet):
    return struct.pack(">I", len(packet)) + packet


class Client:
    """What all transports share: messages, questions, waiting for answers."""

    flushes = 0

    def packet(self, data):
        """Send one packet, given as bytes."""
        raise NotImplementedError

    def receive_packet(self, timeout):
        """The bytes of the next packet, or None after `timeout` seconds."""
        raise NotImplementedError

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, address, *arguments):
        self.packet(message(address, *arguments))

    def receive(self, timeout=PATIENCE):
        data = self.receive_packet(timeout)
        return None if data is None else parse(data)

    def drain(self):
        """All answers that are here already."""
        answers = []
        while (answer := self.receive(0.0)) is not None:
            answers.append(answer)
        return answers

    def wait_for(self, address, timeout=PATIENCE):
        """The next answer with that address; others are thrown away."""
        end = time.monotonic() + timeout
        seen = []
        while (left := end - time.monotonic()) > 0:
            answer = self.receive(left)
            if answer and answer[0] == address:
                return answer
            if answer:
                seen.append(answer)
        raise TimeoutError(f"no {address} in {timeout} s, but {seen[-5:]}")

    def ask(self, address, *arguments, timeout=PATIENCE):
        """Send, and return the answer on the same address or `/error`."""
        self.send(address, *arguments)
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            answer = self.receive(left)
            if answer and answer[0] in (address, "/error"):
                return answer
        raise TimeoutError(f"no answer to {address} in {timeout} s")

    def in_effect(self, ask, timeout=PATIENCE):
        """What ask() gives, after all that was sent before took effect.

        An answer that came at once came behind that, since answers are in
        order.  One that took longer may have been given all the same, for the
        wait has a limit that a busy machine exceeds: then it is asked again.
        """
        end = time.monotonic() + timeout
        while True:
            begin = time.monotonic()
            answer = ask()
            now = time.monotonic()
            if now - begin < ANSWER_MAX or now > end:
                return answer
            self.sync()

    def value(self, address, timeout=PATIENCE):
        """The first argument of the answer to a query; errors raise."""
        answer = self.in_effect(lambda: self.ask(address, timeout=timeout))
        if answer[0] == "/error":
            raise LookupError(answer[2])
        return answer[2][0]

    def list(self, address, timeout=PATIENCE):
        """All lines of a list query, which ends in `ADDRESS/end ,i COUNT`."""
        if not address.startswith("/ringside/"):
            return self.in_effect(lambda: self.lines(address, timeout))
        return self.lines(address, timeout)

    def lines(self, address, timeout):
        self.send(address)
        lines, end = [], time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            answer = self.receive(left)
            if answer is None:
                break
            if answer[0] == address:
                lines.append(answer[2])
            elif answer[0] == address + "/end":
                assert answer[2] == [len(lines)], (answer, len(lines))
                return lines
            elif answer[0] == "/error":
                raise LookupError(answer[2])
        raise TimeoutError(f"{address}: no end in {timeout} s, {lines[-3:]}")

    def instances(self, timeout=PATIENCE):
        """Names of all instances."""
        return [line[0] for line in self.list("/ringside/instances", timeout)]

    def status(self, timeout=PATIENCE):
        """`/ringside/status` as a dictionary."""
        return dict(self.list("/ringside/status", timeout))

    def sync(self, number=1, timeout=PATIENCE):
        """Wait until everything sent before has been applied."""
        self.send("/ringside/sync", number)
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            answer = self.receive(left)
            if answer == ("/ringside/synced", "i", [number]):
                return
            if answer and answer[0] == "/error" and (
                    answer[2][0] == "/ringside/sync"):
                self.send("/ringside/sync", number)  # Not yet, it says
        raise TimeoutError(f"no /ringside/synced in {timeout} s")

    def flush(self):
        """Throw away what is on its way; queries must have been answered."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            Client.flushes += 1  # Asked again, should the bridge have ended
            self.send("/ringside/ping", "flush", Client.flushes)
            again = time.monotonic() + 1.0
            while (left := again - time.monotonic()) > 0:
                if self.receive(left) == ("/ringside/pong", "si",
                                          ["flush", Client.flushes]):
                    return
        raise TimeoutError(f"no /ringside/pong in {PATIENCE} s")



class Udp(Client):
    def __init__(self, port, host="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.to = (host, port)

    def packet(self, data):
        self.socket.sendto(data, self.to)

    def receive_packet(self, timeout):
        if not select.select([self.socket], [], [], max(0.0, timeout))[0]:
            return None
        try:
            return self.socket.recv(65536)
        except ConnectionRefusedError:
            return None


class Unix(Client):
    """Datagrams to `osc.sock`; answers come to a socket beside it."""

    count = 0

    def __init__(self, path, own_path=None):
        Unix.count += 1
        self.own_path = own_path or f"{path}.client-{os.getpid()}-{Unix.count}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.own_path)
        self.to = path

    def packet(self, data):
        self.socket.sendto(data, self.to)

    def receive_packet(self, timeout):
        if not select.select([self.socket], [], [], max(0.0, timeout))[0]:
            return None
        return self.socket.recv(65536)

    def close(self):
        super().close()
        os.unlink(self.own_path)


class Tcp(Client):
    """A stream with frames: "slip" or "length".

    `holds_little`: the kernels of both sides keep some 10 KiB each of what is
    not read; by themselves they keep megabytes, and more as time goes on.
    """

    def __init__(self, port, framing="slip", host="127.0.0.1",
                 holds_little=False):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if holds_little:
            # Said while it connects.  The other side's room goes by the size
            # of segments
            self.hold(4096)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.framing = framing
        self.buffer = b""

    def hold(self, size):
        """How much the kernel keeps for us of what we have not read."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def packet(self, data):
        frame = slip if self.framing == "slip" else length_prefixed
        self.socket.sendall(frame(data))

    def take_frame(self):
        if self.framing == "length":
            if len(self.buffer) < 4:
                return None
            (size,) = struct.unpack_from(">I", self.buffer)
            if len(self.buffer) < 4 + size:
                return None
            frame, self.buffer = (self.buffer[4:4 + size],
                                  self.buffer[4 + size:])
            return frame
        self.buffer = self.buffer.lstrip(bytes([END]))
        end = self.buffer.find(bytes([END]))
        if end < 0:
            return None
        frame, self.buffer = self.buffer[:end], self.buffer[end + 1:]
        frame = frame.replace(bytes([ESC, ESC_END]), bytes([END]))
        return frame.replace(bytes([ESC, ESC_ESC]), bytes([ESC]))

    def receive_packet(self, timeout):
        end = time.monotonic() + max(0.0, timeout)
        while (frame := self.take_frame()) is None:
            left = max(0.0, end - time.monotonic())
            if not select.select([self.socket], [], [], left)[0]:
                return None
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the bridge closed the connection")
            self.buffer += data
        return frame
