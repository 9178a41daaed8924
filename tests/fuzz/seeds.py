#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Write the inputs by hand of tests/fuzz/corpus, those whose names are words.

The others, named by numbers, were found: by libFuzzer when they reach code
that no other does, or as the input of a fault that has been mended.
"""

import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"


def put(target, name, data):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return data + b"\0" * (4 - len(data) % 4)


def message(address, types="", *arguments):
    data = string(address) + string("," + types)
    arguments = list(arguments)
    for kind in types:
        if kind in "TFNI[]":
            continue
        value = arguments.pop(0)
        if kind in "sS":
            data += string(value)
        elif kind == "b":
            data += struct.pack(">I", len(value)) + value
            data += b"\0" * (-len(value) % 4)
        elif kind == "m":
            data += value
        else:
            code = {"i": "i", "c": "i", "r": "I", "f": "f", "h": "q",
                    "t": "Q", "d": "d"}[kind]
            data += struct.pack(">" + code, value)
    return data


def bundle(tag, *elements):
    data = string("#bundle") + struct.pack(">Q", tag)
    for element in elements:
        data += struct.pack(">I", len(element)) + element
    return data


def osc():
    every = message("/every", "ifsbhtdScrmTFNI[i]", -1, 0.5, "text", b"blob!",
                    2**40, 2**32, 1e300, "symbol", 65, 0xff00ff,
                    b"\1\x90\x40\x7f", 7)
    packets = {
        "set": message("/strip/gain", "f", 1.5),
        "double": message("/strip/freq", "d", 440.0),
        "long": message("/strip/steps", "h", 3),
        "label": message("/strip/mode", "s", "Ping-pong"),
        "toggle": message("/strip/mute/toggle"),
        "true": message("/strip/mute", "T"),
        "query": message("/strip/gain"),
        "no-types": string("/strip/gain"),
        "normalized": message("/strip/freq/normalized", "f", 0.5),
        "ramp": message("/strip/gain/ramp", "ffs", -6.0, 2.0, "sine"),
        "add": message("/strip/gain/add", "i", 1),
        "range": message("/strip/freq/range"),
        "labels": message("/strip/mode/labels"),
        "list": message("/strip/list"),
        "preset-list": message("/strip/preset/list"),
        "preset-load": message("/strip/preset/load", "sf", "Air", 1.0),
        "preset-number": message("/strip/preset/load", "i", 1),
        "preset-save": message("/strip/preset/save", "s", "Mine"),
        "preset-delete": message("/strip/preset/delete", "s", "Mine"),
        "preset-next": message("/strip/preset/next"),
        "name": message("/strip/name", "s", "rack"),
        "timing": message("/strip/timing", "s", "steady"),
        "cancel": message("/strip/cancel"),
        "instances": message("/ringside/instances"),
        "status": message("/ringside/status"),
        "sync": message("/ringside/sync", "i", 7),
        "ping": message("/ringside/ping", "s", "x"),
        "reply-port": message("/ringside/reply_port", "i", 9000),
        "pattern": message("/*/{gain,mute}", "f", 0.25),
        "deep": message("//gain", "f", 0.25),
        "every-type": every,
        "blob": message("/b", "b", b"12345"),
        "bundle": bundle(1, message("/strip/gain", "f", 1.0),
                         message("/strip-2/mute", "F")),
        "bundle-empty": bundle(1),
        "bundle-tagged": bundle(0xE8A4_0000_0000_0000,
                                message("/strip/gain", "f", 1.0)),
        "bundle-nested": bundle(1, bundle(2, message("/a", "i", 1)),
                                message("/b", "h", 2)),
        "bad-nan": message("/strip/gain", "f", float("nan")),
        "bad-size": message("/strip/gain", "f", 1.0)[:-1],
        "bad-padding": b"/a\0x,\0\0\0",
        "bad-element": bundle(1, b"\0\0\0")[:-1],
        "bad-blob": string("/b") + string(",b") + b"\xff\xff\xff\xff1234",
        "bad-array": message("/a", "[[]"),
    }
    deep = message("/deep", "i", 8)
    for _ in range(8):
        deep = bundle(1, deep)
    packets["bundle-eight"] = deep
    packets["bad-nine"] = bundle(1, deep)
    for name, data in packets.items():
        put("packet", name, data)
        if not name.startswith("bad-") or name == "bad-nan":
            put("room", name, data)


def pattern():
    for i, (glob, text) in enumerate([
        ("/strip/gain", "/strip/gain"), ("/*/gain", "/strip/gain"),
        ("/str?p/*", "/strip/gain"), ("/[a-s]trip/x", "/strip/x"),
        ("/[!a-r]trip", "/strip"), ("/[z-a]b", "/mb"), ("/[a-]", "/-"),
        ("/{strip,rack}/gain", "/rack/gain"), ("/{,a}b", "/b"),
        ("/{a*,[b,}]c}d", "/}cd"), ("//gain", "/a/b/gain"), ("//", "/"),
        ("/a//b//c", "/a/x/b/y/z/c"), ("/*a*a*a*ab", "/aaaaaaaaaaaaab"),
        ("/{a,{b}}", "/a"), ("/[a", "/a"), ("/{a", "/a"), ("/a,b}", "/a,b}"),
        ("/[!]", "/a"), ("/{a//b,c}/d", "/a/x/b/d"), ("*", "a/b"),
    ]):
        put("pattern", f"pair-{i:02}", glob.encode() + b"\n" + text.encode())


def slip(data, end=True):
    body = data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return body + (b"\xc0" if end else b"")


def stream():
    one = message("/strip/gain", "f", 1.0)
    two = message("/strip/mute", "h", -0x3F24_3F24_3F24_3F25)
    seed = b"\x21\x43\x65\x87"
    length = b"".join(struct.pack(">I", len(m)) + m for m in (one, two, one))
    for name, data in {
        "length": length,
        "length-empty": b"\0\0\0\0" * 3 + length,
        "length-large": b"\0\1\0\1" + b"Z" * 16 + b"x" + length,
        "length-limit": b"\0\1\0\0" + b"Z" * 16 + length,
        "length-fatal": length + b"\x7f\xff\xff\xff" + length,
        "length-cut": length[:-3],
        "slip": slip(one) + slip(two),
        "slip-double": b"\xc0" + slip(one) + b"\xc0" + slip(two),
        "slip-bad": b"\xc0\xdb\x01abc\xc0" + slip(one) + b"ab\xdb\xc0",
        "slip-large": b"/" + b"Z" * 17 + b"\xc0" + slip(one),
        "slip-limit": b"\xc0" + b"Z" * 16 + b"\xc0" + slip(one),
        "slip-bundle": slip(bundle(1, two)),
    }.items():
        put("stream", name, seed + data)


def state():
    lines = (b"gain 1.5 0 osc\nfreq 440 1000 host\nmute 1 0 osc\n"
             b"step 4 3 host\nmode 5 1 osc\nmix 0.25 1 host\n")
    flags = 1 | 2 | 16 | 32 | 64
    for name, data in {
        "whole": bytes([flags, 5]) + b"strip" + lines,
        "unknown": bytes([flags, 4]) + b"rack" + lines + b"other 1 2 osc\n",
        "no-end": bytes([flags & ~16, 0]) + lines,
        "no-line-end": bytes([flags, 0]) + lines[:-1],
        "version": bytes([flags & ~32, 0]) + b"ringside 2\n" + lines,
        "foreign": bytes([flags & ~32, 0]) + b"something else\n",
        "bad-name": bytes([flags, 8]) + b"ringside" + lines,
        "bad-types": bytes([flags | 4 | 8, 5]) + b"strip" + lines,
        "bad-number": bytes([flags, 0]) + b"gain nan 0 osc\n",
        "bad-infinite": bytes([flags, 0]) + b"gain 1e39 0 osc\n",
        "bad-infinite-port": bytes([flags, 0]) + b"gain 1 -1e39 osc\n",
        "bad-owner": bytes([flags, 0]) + b"gain 1 0 nobody\n",
        "large-numbers": bytes([flags, 0]) + b"gain 1e38 -1e38 osc\n",
        "long-line": bytes([flags, 0]) + b"g" * 200 + b"\n",
        "twice": bytes([flags, 0]) + b"gain 1 0 osc\ngain 2 0 host\n",
        "nothing": bytes([64, 0]),
    }.items():
        put("state", name, data)


RUN = b"\x0e"


def command(kind, parameter, value=100, seconds=0, shape=0, more=b""):
    bits = (value & 0xffff) | seconds << 16
    return (bytes([0, kind | shape, parameter]) + struct.pack("<I", bits)
            + more)


def ring():
    later = struct.pack("<i", 20_000_000)
    for name, steps in {
        "sets": command(1, 0) + command(1, 1, 4000) + RUN + RUN,
        "all-kinds": b"".join(command(k, k % 7) for k in range(8)) + RUN * 2,
        "ramps": command(4, 0, 600, 2) + command(4, 1, 9000, 3, 8) + RUN * 4
        + command(5, 0) + RUN,
        "tagged": command(1, 0, 300, 0, 64, later) + RUN * 3 + b"\x4e" * 4,
        "preset": command(1, 0) + command(6, 0) + RUN + b"\x0b\x05" + RUN,
        "overflow": b"\x03\x00\x09" + b"\x03\x02\x0a" + RUN
        + b"\x03\x80\x0b" + RUN + b"\x06\x03\0\0\0" + RUN,
        "bad-tail": b"\x05\xff\xff" + RUN + b"\x15\xef\xbe\xad\xde" + RUN,
        "full": b"\x05\x00\x08" + RUN,
        "renewed": command(1, 0) + b"\x0a" + command(1, 0, -500) + RUN
        + b"\x0a" + RUN + b"\x0a" + RUN,
        "ahead": command(4, 0, 600, 3) + b"\x07" + RUN + b"\x07\x08",
        "restore": b"\x09\1\2\3\4\5\6\7" + RUN + b"\x09\7\6\5\4\3\2\1"
        + command(1, 2) + b"\x08" + RUN,
        "rest": command(4, 0, 600, 3) + RUN + b"\x7d\0\0\0\x10"
        + command(1, 1, 44, 0, 64, later) + RUN * 2,
        "freewheel": command(4, 0, 600, 3) + RUN + b"\x1c" + command(1, 0)
        + RUN * 2 + b"\x0c" + RUN,
        "told": b"\x6c" + command(1, 0) + RUN * 3 + b"\x0b\x03" + RUN * 2
        + command(1, 0, 500) + RUN * 3,
        "scribbled": b"\x04\x80\0\0\0\x40" + b"\xff" * 64 + RUN,
        "activated": b"\x8c" + RUN + b"\x8c" + command(1, 0) + RUN,
    }.items():
        put("ring", name, steps)


def telemetry():
    def edit(at, data, commands=False):
        return (b"e" + struct.pack("<IB", at | commands << 31, len(data))
                + data)

    send = b"\x00\x10" + b"\x00\x11"
    everything = (send + b"\x03\x04\x06" + b"\x07\x02\x00" + b"\x04\x05\x06"
                  + b"\x08\xff\xff\xff\0" + b"\x09" + b"\x0a\x02\x02\0\0\0"
                  + b"\x06\x04\x0b\x06")
    for name, data in {
        "whole": b"\0\0" + everything,
        "not-sealed": b"\1\0",
        "other-size": b"\2\0\x40\x20\0\0",
        "no-memory": b"\4\0",
        "swapped": b"\x08\0",
        "bad-magic": b"\0" + edit(0, b"\0") + b"\0" + everything,
        "bad-layout": b"\0" + edit(4, b"\x09") + b"\0" + everything,
        "bad-counts": b"\0" + edit(8, b"\xff\xff\xff\xff" * 2) + b"\0",
        "bad-rate": b"\0" + edit(16, b"\xff" * 8) + b"\0",
        "bad-strings": b"\0" + edit(32, b"x" * 63) + b"\0" + everything,
        "bad-commands": b"\0" + edit(0, b"\0", True) + b"\0" + everything,
        "full": b"\0\0" + b"\x00\x05" * 4 + b"\x03\x04\x05\x06",
        "waits": b"\0\0" + b"\x00\x0c" + b"\x00\xc4\x13\0" * 3
        + b"\x06\x05\x04",
        "goes-back": b"\0\0" + send + b"\x07\xff\xff" + send + b"\x06\x04",
        "cancel": b"\0\0" + b"\x00\x08\0\0\0\x10" + b"\x00\x40" + b"\x06",
    }.items():
        put("telemetry", name, data)


def attach():
    hello = b"\x01\x00\x00"
    one = b"\x01\x01\x00"
    for name, data in {
        "hello": hello,
        "attach": hello + one + b"\x06\0\x06\1\x06\2" + b"\x05",
        "renewed": hello + b"\x01\x31\x00" + b"\x04" + hello
        + b"\x01\x31\x00",
        "same-number": hello + one + one,
        "two-hosts": hello + one + b"\x11\x00\x00" + b"\x11\x01\x00"
        + b"\x06\3\x04\x06\5",
        "ping": hello + b"\x01\x02\x00",
        "early": one + hello + hello,
        "wrong-descriptors": hello + b"\x01\x01\x01" + b"\x01\x01\x02"
        + b"\x01\x01\x04" + b"\x01\x01\x07",
        "few-descriptors": hello + b"\x01\x03\x00\x04\x6c\0\x20",
        "versions": b"\x01\x00\x10\x0c\0\xff",
        "no-version": b"\x01\x00\x20\x08\0\x05\x0c\0\x01",
        "short": hello + b"\x01\x01\x08\x10\0",
        "long": hello + b"\x01\x03\x00\x04\xdb\x05\x40",
        "later-kind": hello + b"\x01\x03\x00\x20\x10\0\0",
        "bad-magic": b"\x01\x00\x10\x00\0\x00",
        "data": hello + one + b"\x07\x20" + b"x" * 63,
        "names": hello + b"\x01\x11\x00" + b"\x01\x51\x00" + b"\x06\3",
    }.items():
        put("attach", name, data)


def peer():
    def packet(where, size, kind, body=b""):
        scale = 5 if where & 8 else 1
        body = body.ljust(min(size * scale, 200), b"\0")
        return bytes([where, size, kind]) + body

    name = b"\1\0\0\0strip\0"
    for seed, data in {
        "welcome": packet(8, 10, 2, b"\1\0\0\0\x40\x1a\0\0" + b"r" * 32),
        "refused": packet(0, 16, 3, b"\2\0\0\0\1\0\0\0"),
        "attached": packet(3, 0, 0) + packet(0, 52, 5, name),
        "pong": packet(4, 0, 0) + packet(0, 16, 7, b"\1\0\0\0\x40\x1a"),
        "name": packet(5, 48, 8, b"rack\0") + packet(5, 48, 8, b"x" * 48),
        "preset": packet(5, 80, 9, b"\7\0\0\0" + b"Label"),
        "no-end": packet(24, 120, 5) + packet(29, 60, 8) + packet(3, 0, 0),
        "bell": packet(5, 1, 0) + packet(4, 0, 0),
        "short": packet(0, 4, 2) + packet(0, 9, 2) + packet(0, 9, 9),
        "bad-magic": bytes([32, 16, 2]) + b"\0" * 16,
        "many": packet(3, 0, 0) * 8,
    }.items():
        put("peer", seed, data)


def keeper():
    list_job = b"\x07\x08"
    preset = b"\x04\x09\0" + b"\x04\x12\0"
    done = b"\x05\0\0"
    for name, data in {
        "list": list_job + preset + done,
        "failed": list_job + b"\x05\1\0",
        "save": b"\x39New\0\0\0\0\0\0\0\0\0\0\0\0" + preset + done,
        "delete": b"\x1aNew\0\0" + done,
        "changed": list_job + preset + done + b"\x06\0\0" + b"\x0b\xff",
        "relayed": b"\x01\0\0\x02\x10\0\x03\0\0",
        "torn": list_job + b"\x04\x20\0\x10\0",
        "edited": list_job + b"\x04\xc9\0\x10\0\xff\x20\0\xff\x30\0\xff",
        "gone": list_job + b"\xfd" + b"\x0e\x07",
        "late": list_job + b"\x8b\xff" + preset + done,
        "raw": b"\x1c" + b"1JSR" + b"\6\0\0\0" + b"\0" * 8,
    }.items():
        put("keeper", name, data)


def config():
    whole = ("[osc]\nport = 6722\nlisten = 0.0.0.0\n"
             "allow = 10.0.0.0/8, 192.168.1.7\npassphrase = correct horse\n"
             "timing = steady\n; comment\n[bridge]\nlog = debug\n"
             "priority = 10\n")
    for name, flags, value, text in [
        ("whole", 0, "", whole),
        ("readable", 32, "", whole),
        ("port-flag", 64, "", whole),
        ("bad-values", 0, "", "[osc]\nport = 65536\nlisten = here\n"
         "allow = 1.2.3.4/33\npassphrase = short\ntiming = soon\n"
         "[bridge]\nlog = loud\npriority = 100\n"),
        ("unknown", 0, "", "[osc]\nports = 1\n[other]\nport = 2\n"),
        ("no-section", 0, "", "port = 1\nnothing\n[osc\n"),
        ("unguarded", 0, "", "[osc]\nlisten = 0.0.0.0\n"),
        ("long-line", 0, "", "[osc]\nport = 1" + "0" * 300 + "\n"),
        ("many-networks", 0, "", "[osc]\nallow = " + "1.2.3.4 " * 17),
        ("multi-line", 0, "", "[osc]\nport = 1\n  2\n\tlisten = x\n"),
        ("mark", 0, "", "\ufeff[osc]\nport = 1\n"),
        ("every-line", 0, "", "port = 1\nx\n[network]\nport = 2\n[osc] a\n"
         "  timing = asap\n[osc\nport = 3\n[bridge] ; b\n= 4\nlog = debug\n"),
        ("twice", 0, "", "[osc]\nlisten = 0.0.0.0\nport = 1\nport = 2\n"
         "allow = 1.2.3.4\nallow = 1.2.3.5\nallow = x\n"),
        ("late", 32, "", "[osc]\npassphrase = correct horse\nx\n" * 20),
        ("cut-network", 0, "", "[osc]\nallow = " + " " * 180 + "10.0.0.0/24"),
        ("zero", 0, "", "[osc]\npo\0rt = 1\nport = 2\n"),
        ("environment-port", 16, "6723", ""),
        ("environment-listen", 17, "0.0.0.0", whole),
        ("environment-allow", 18, "0.0.0.0/0,1.2.3.4", ""),
        ("environment-passphrase", 19, "short", whole),
        ("environment-log", 21, "loud", ""),
    ]:
        put("config", name,
            bytes([flags]) + value.encode() + b"\0" + text.encode())


def presets():
    def text(body, label="A", manifest="", flags=1):
        head = ("<a.ttl> a pset:Preset ; lv2:appliesTo <urn:ringside:strip> ;"
                f' rdfs:label "{label}" ')
        return (bytes([flags]) + (head + body + " .").encode() + b"\0"
                + manifest.encode())

    def port(symbol, value):
        return (f'; lv2:port [ lv2:symbol "{symbol}" ; pset:value {value} ] ')

    def saved(lines):
        return ("; state:state [ <urn:ringside:state#values> "
                f'"""{lines}""" ]')

    for name, data in {
        "two-ports": text(port("low_gain", "-6.0") + port("mute", "1")),
        "types": text(port("a", '"1.5"^^xsd:double') + port("b", "true")
                      + port("c", '"7"^^xsd:long')
                      + port("d", '"NaN"^^xsd:float')),
        "state": text(port("low_gain", "-6.0")
                      + saved("ringside 1\nlow_gain 3 0 osc\n")),
        "state-damaged": text(port("low_gain", "-6.0")
                              + saved("ringside 1\nlow_gain 3 0\n")),
        "infinite": text(port("a", "1e39")),
        "no-values": text(""),
        "bad-symbol": text(port("low gain", "1")),
        "bad-label": text(port("low_gain", "1"), "x" * 70),
        "damaged": text(port("low_gain", "1"))[:60],
        "other-plugin": text(port("low_gain", "1")).replace(
            b"urn:ringside:strip", b"urn:other"),
        "elsewhere": text(
            port("low_gain", "1"), "A",
            "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
            "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            "<urn:p> a pset:Preset ; lv2:appliesTo <urn:ringside:strip> ;\n"
            "  rdfs:seeAlso <http://example.org/a> , <../b> , <a.ttl> .\n"),
        "in-manifest": text(
            "", "A",
            "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
            "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            "<urn:p> a pset:Preset ; lv2:appliesTo <urn:ringside:strip> ;\n"
            '  rdfs:label "M" ; lv2:port [ lv2:symbol "mute" ;\n'
            "  pset:value 1.0 ] .\n"),
    }.items():
        put("presets", name, data)


def arguments():
    for name, words in {
        "all": ["--config", "c", "--port", "6720", "--listen", "127.0.0.1",
                "--runtime-dir", "r", "--log-level", "debug", "--ready-fd",
                "3", "--auto"],
        "short": ["-c", "c", "-p0", "-l", "localhost", "-rr"],
        "equals": ["--port=1", "--listen=0.0.0.0", "--ready-fd=-1"],
        "version": ["-V"],
        "bad-port": ["--port", "65536"],
        "bad-listen": ["--listen", "here"],
        "bad-level": ["--log-level", "loud"],
        "bad-number": ["--ready-fd", "99999999999"],
        "no-value": ["--port"],
        "unknown": ["--ports"],
        "stray": ["port"],
        "twice": ["--port", "1", "--port", "2"],
        "dashes": ["--", "-p"],
    }.items():
        put("arguments", name, "\0".join(words).encode())


def client():
    def answers(*packets):
        return b"\n" + b"".join(
            bytes([len(p) // 4]) + p for p in packets)

    synced = message("/ringside/synced", "i", 1)
    row = ("/strip/list", "sffffssss", "gain", 1.0, 0.0, -24.0, 24.0, "dB",
           "linear", "", "Gain")
    for name, words, answer in [
        ("list", ["list", "strip"],
         answers(message(*row), message("/strip/list/end", "i", 1))),
        ("list-json", ["--json", "list", "strip"],
         answers(message(*row), message("/strip/list/end", "i", 1))),
        ("instances", ["instances"],
         answers(message("/ringside/instances", "sssT", "strip", "urn:s",
                         "jalv"),
                 message("/ringside/instances/end", "i", 1))),
        ("get", ["get", "/strip/gain"],
         answers(message("/strip/gain", "f", 1.5))),
        ("get-all", ["get", "/*/gain"],
         answers(message("/strip/gain", "f", 1.5), synced)),
        ("set", ["set", "/strip/gain", "-6"], answers(synced)),
        ("set-later", ["--at", "+1", "set", "/strip/gain", "3"],
         answers(synced)),
        ("set-now", ["--no-wait", "set", "/strip/mute", "true"], b""),
        ("send", ["send", "/strip/gain", "f", "1.5"], answers(synced)),
        ("send-types", ["send", "/x", "1", "2.5", "text", "T"],
         answers(message("/x", "ifsbhtdScmTFNI", 1, 0.5, "t", b"bb", 2, 3,
                         4.0, "y", 65, b"\1\2\3\4"), synced)),
        ("error", ["set", "/strip/gain", "1"],
         answers(message("/error", "sis", "/strip/gain", 404, "none\x1b[2J"),
                 synced)),
        ("error-short", ["status"], answers(message("/error", "s", "/x"))),
        ("status", ["status"],
         answers(message("/ringside/status", "sd", "packets", 7.0),
                 message("/ringside/status/end", "i", 1))),
        ("presets", ["preset", "list", "strip"],
         answers(message("/strip/preset/list", "ssT", "A", "urn:a"),
                 message("/strip/preset/list/end", "i", 1))),
        ("preset-load", ["preset", "load", "strip", "A"], answers(synced)),
        ("complete", ["complete", "instances"], answers(
            message("/ringside/instances", "sssT", "strip", "u", "j"),
            message("/ringside/instances/end", "i", 1))),
        ("bad-answer", ["get", "/strip/gain"],
         answers(b"/strip/gain\0,b\0\0", b"/a\0\0,b\0\0\xff\xff\xff\xff",
                 b"#bundle\0" + b"\0" * 8, b"/a\0\0,s\0\0xxxx")),
        ("silence", ["--timeout", "2", "get", "/strip/gain"], b""),
        ("bad-option", ["--port", "0", "status"], b""),
        ("bad-command", ["nothing"], b""),
        ("version", ["--version"], b""),
        ("help", ["--help"], b""),
    ]:
        put("client", name, "\0".join(words).encode() + answer)


if __name__ == "__main__":
    config()
    presets()
    arguments()
    client()
    osc()
    pattern()
    stream()
    state()
    ring()
    telemetry()
    attach()
    peer()
    keeper()
