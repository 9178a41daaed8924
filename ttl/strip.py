# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The parameter list as Faust reports it, read strictly.

Every way in which the list could be wrong without anyone noticing (a gap in
the port indices, a parameter that Faust dropped because the sound does not use
it, a range that makes no sense) ends the build with a sentence.
"""

import json
import re
import struct

# Unit as written in strip.dsp: LV2 unit
UNITS = {
    "": None,
    "dB": "units:db",
    "Hz": "units:hz",
    "ms": "units:ms",
    "s": "units:s",
}

SCALES = ("linear", "log", "toggle", "integer", "enum")


class ParameterError(Exception):
    """The list cannot be used; the text says what to do about it"""


class Parameter:
    """One control port"""

    def __init__(self, item):
        meta = {}
        for entry in item["meta"]:
            meta.update(entry)

        ports = [key for key in meta if re.fullmatch(r"\d+", key)]
        self.name = item["label"]
        self.symbol = meta.get("symbol", "")
        if len(ports) != 1 or len(ports[0]) < 2:
            raise ParameterError(
                f'"{self.name}" needs a port index of two digits, as [07]'
            )

        self.port = int(ports[0])
        self.group = meta.get("group", "")
        self.unit = meta.get("unit", "")
        self.scale = meta.get("scale", "linear")
        self.output = item["type"].endswith("bargraph")
        self.minimum = single(item["min"])
        self.maximum = single(item["max"])
        self.initial = single(item.get("init", max(item["min"], 0)))
        self.points = menu(meta.get("style", ""))
        self.is_enabled = self.symbol == "enabled"


def single(number):
    """The nearest number of single precision"""
    return struct.unpack("f", struct.pack("f", float(number)))[0]


def text(number):
    """The shortest decimal text that gives this single-precision number"""
    for digits in range(1, 10):
        result = f"{number:.{digits}g}"
        if single(result) == number:
            break

    if "e" in result:
        result = f"{number:.9f}".rstrip("0").rstrip(".")
    return result if "." in result else result + ".0"


def menu(style):
    """Scale points of Faust's [style:menu{'Label':value;...}]"""
    match = re.fullmatch(r"menu\{(.*)\}", style)
    if not match:
        return []

    points = []
    for entry in match.group(1).split(";"):
        label, value = re.fullmatch(r"'(.+)':(-?[\d.]+)", entry).groups()
        points.append((single(value), label))
    return sorted(points)


def items(node):
    """All widgets of Faust's user interface tree"""
    for item in node:
        if "items" in item:
            yield from items(item["items"])
        else:
            yield item


def check(parameter, groups):
    p = parameter
    where = f'Parameter "{p.symbol or p.name}" (port {p.port})'
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", p.symbol):
        raise ParameterError(f"{where} needs a symbol of a-z, 0-9 and _")
    if not 0 < len(p.name.encode()) < 64:
        raise ParameterError(f"{where} needs a name of 1 to 63 bytes")
    if p.unit not in UNITS:
        raise ParameterError(f"{where}: unit is one of {', '.join(UNITS)}")
    if p.scale not in SCALES:
        raise ParameterError(f"{where}: scale is one of {', '.join(SCALES)}")
    if p.group and p.group not in groups:
        raise ParameterError(
            f'{where}: say "declare group_{p.group} ..." in strip.dsp'
        )
    if not p.minimum < p.maximum or not p.minimum <= p.initial <= p.maximum:
        raise ParameterError(f"{where}: the default must be in the range")
    if p.scale == "log" and p.minimum <= 0:
        raise ParameterError(f"{where}: a log scale begins above 0")
    if p.scale == "toggle" and (p.minimum, p.maximum) != (0.0, 1.0):
        raise ParameterError(f"{where}: a toggle goes from 0 to 1")
    if (p.scale == "enum") != bool(p.points):
        raise ParameterError(f"{where}: an enum, and only that, has labels")
    for value, label in p.points:
        if not p.minimum <= value <= p.maximum or len(label.encode()) > 59:
            raise ParameterError(f"{where}: '{label}' is out of range or long")


def load(json_path, dsp_path):
    """@return parameters in port order, and {symbol: title} of their groups"""
    with open(json_path, encoding="utf-8") as file:
        data = json.load(file)
    with open(dsp_path, encoding="utf-8") as file:
        source = file.read()

    meta = {}
    for entry in data["meta"]:
        meta.update(entry)
    titles = {
        key[len("group_") :]: value
        for key, value in meta.items()
        if key.startswith("group_")
    }

    parameters = [Parameter(item) for item in items(data["ui"])]
    parameters.sort(key=lambda p: p.port)
    for parameter in parameters:
        check(parameter, titles)

    symbols = [p.symbol for p in parameters]
    written = re.findall(r"\[symbol:(\w+)\]", source)
    for symbol in written:
        if symbol not in symbols:
            raise ParameterError(
                f'"{symbol}" is in strip.dsp, but not used by its sound'
            )
    if len(set(symbols)) != len(symbols) or sorted(written) != sorted(symbols):
        raise ParameterError("Each symbol is written exactly once in strip.dsp")

    first = parameters[0].port
    for index, parameter in enumerate(parameters):
        if parameter.port != first + index:
            raise ParameterError(
                f'Port {first + index} is missing before "{parameter.symbol}"'
            )

    # In the order in which their ports come, without those that have none
    used = list(dict.fromkeys(p.group for p in parameters if p.group))
    return parameters, {group: titles[group] for group in used}
