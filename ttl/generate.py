# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""Writes everything that follows from the strip's parameter list.

Usage: generate.py KIND FAUST_JSON STRIP_DSP OUTPUT [--template FILE]
                   [--version N.N.N] [--presets FILE...]

KIND is manifest, plugin, table or markdown.
"""

import argparse
import pathlib
import sys

import strip

URI = "urn:ringside:strip"


def port_ttl(parameter):
    """One lv2:port in Turtle"""
    p = parameter
    direction = "lv2:OutputPort" if p.output else "lv2:InputPort"
    lines = [
        f"a {direction} , lv2:ControlPort",
        f"lv2:index {p.port}",
        f'lv2:symbol "{p.symbol}"',
        f'lv2:name "{p.name}"',
    ]
    if p.group:
        lines.append(f"pg:group <{URI}#{p.group}>")
    lines += [
        f"lv2:default {strip.text(p.initial)}",
        f"lv2:minimum {strip.text(p.minimum)}",
        f"lv2:maximum {strip.text(p.maximum)}",
    ]
    if p.unit:
        lines.append(f"units:unit {strip.UNITS[p.unit]}")
    if p.is_enabled:
        lines.append("lv2:designation lv2:enabled")

    properties = {
        "linear": [],
        "log": ["pprops:logarithmic"],
        "toggle": ["lv2:toggled"],
        "integer": ["lv2:integer"],
        "enum": ["lv2:enumeration", "lv2:integer"],
    }[p.scale]
    if not p.output:
        properties = properties + ["auto:automationController"]
    if properties:
        lines.append(f"lv2:portProperty {' , '.join(properties)}")

    for value, label in p.points:
        lines.append(
            f'lv2:scalePoint [ rdfs:label "{label}" ; '
            f"rdf:value {strip.text(value)} ]"
        )

    return "[\n\t\t" + " ;\n\t\t".join(lines) + "\n\t]"


def plugin_ttl(parameters, groups, arguments):
    """The description of the plugin, from its template"""
    group_lines = []
    for symbol, title in groups.items():
        outputs = {p.output for p in parameters if p.group == symbol}
        kind = "pg:OutputGroup" if outputs == {True} else "pg:InputGroup"
        group_lines.append(
            f"<{URI}#{symbol}>\n\ta {kind} ;\n"
            f'\tlv2:symbol "{symbol}" ;\n\tlv2:name "{title}" .\n'
        )

    major, minor, micro = arguments.version.split(".")
    template = pathlib.Path(arguments.template).read_text(encoding="utf-8")
    return (
        template.replace("@GROUPS@", "\n".join(group_lines))
        .replace("@PORTS@", " , ".join(port_ttl(p) for p in parameters))
        .replace("@MINOR@", str(int(major) * 100 + int(minor)))
        .replace("@MICRO@", micro)
    )


def manifest_ttl(_parameters, _groups, arguments):
    """The manifest, with one entry for each preset file"""
    entries = []
    for path in sorted(pathlib.Path(p).name for p in arguments.presets):
        entries.append(
            f"<urn:ringside:preset:{path.removesuffix('.ttl')}>\n"
            f"\ta pset:Preset ;\n\tlv2:appliesTo <{URI}> ;\n"
            f"\trdfs:seeAlso <presets/{path}> .\n"
        )
    template = pathlib.Path(arguments.template).read_text(encoding="utf-8")
    return template.replace("@PRESETS@", "\n".join(entries))


def table_h(parameters, _groups, _arguments):
    """The parameter table in C"""
    points = [point for p in parameters for point in p.points]
    out = [
        "// Generated from plugin/strip.dsp",
        "",
        "#ifndef RINGSIDE_STRIP_TABLE_H",
        "#define RINGSIDE_STRIP_TABLE_H",
        "",
        '#include "shm/parameter.h"',
        "",
        f'#define RS_STRIP_URI "{URI}"',
        f"#define RS_STRIP_N_PARAMETERS {len(parameters)}u",
        f"#define RS_STRIP_N_POINTS {len(points)}u",
        f"#define RS_STRIP_N_PORTS {parameters[-1].port + 1}u",
        "",
        "// Indices into the table",
    ]
    for index, p in enumerate(parameters):
        out.append(f"#define RS_STRIP_{p.symbol.upper()} {index}u")

    out += ["", "static const RsParameter rs_strip_parameters[] = {"]
    first_point = 0
    for p in parameters:
        flags = [
            name
            for name, is_set in (
                ("RS_PARAMETER_OUTPUT", p.output),
                ("RS_PARAMETER_ENABLED", p.is_enabled),
            )
            if is_set
        ]
        out += [
            "  {",
            f'    .symbol      = "{p.symbol}",',
            f'    .name        = "{p.name}",',
            f'    .unit        = "{p.unit}",',
            f'    .group       = "{p.group}",',
            f"    .minimum     = {strip.text(p.minimum)}f,",
            f"    .maximum     = {strip.text(p.maximum)}f,",
            f"    .initial     = {strip.text(p.initial)}f,",
            f"    .scale       = RS_SCALE_{p.scale.upper()},",
            f"    .flags       = {' | '.join(flags) or '0u'},",
            f"    .port        = {p.port}u,",
            f"    .first_point = {first_point if p.points else 0}u,",
            f"    .n_points    = {len(p.points)}u,",
            "  },",
        ]
        first_point += len(p.points)

    out += ["};", "", "static const RsScalePoint rs_strip_points[] = {"]
    for value, label in points:
        out.append(f'  {{{strip.text(value)}f, "{label}"}},')
    out += ["};", "", "#endif // RINGSIDE_STRIP_TABLE_H", ""]
    return "\n".join(out)


def short(number):
    """A number as people write it"""
    return strip.text(number).removesuffix(".0").replace("-", "−")


def facts(parameter):
    """Range, default and scale as texts"""
    p = parameter
    unit = f" {p.unit}" if p.unit else ""
    if p.points:
        labels = {value: label for value, label in p.points}
        return ", ".join(labels.values()), labels[p.initial], p.scale
    span = f"{short(p.minimum)}…{short(p.maximum)}{unit}"
    return span, f"{short(p.initial)}{unit}", p.scale


def sections(parameters, groups):
    """(title, parameters), groups in port order, outputs apart"""
    titles = {"": "Strip", **groups}
    inputs = [p for p in parameters if not p.output]
    for group in dict.fromkeys(p.group for p in inputs):
        yield titles[group], [p for p in inputs if p.group == group]
    yield "Outputs (read only)", [p for p in parameters if p.output]


def markdown(parameters, groups, _arguments):
    """The parameter reference for the docs"""
    out = ["<!-- Generated from plugin/strip.dsp -->", ""]
    for title, members in sections(parameters, groups):
        out += [
            f"### {title}",
            "",
            "| symbol | name | range | default | scale |",
            "|---|---|---|---|---|",
        ]
        for p in members:
            span, initial, scale = facts(p)
            initial = "" if p.output else initial
            out.append(
                f"| `{p.symbol}` | {p.name} | {span} | {initial} | {scale} |"
            )
        out.append("")
    return "\n".join(out)


KINDS = {
    "manifest": manifest_ttl,
    "plugin": plugin_ttl,
    "table": table_h,
    "markdown": markdown,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("json")
    parser.add_argument("dsp")
    parser.add_argument("output")
    parser.add_argument("--template")
    parser.add_argument("--version", default="0.0.0")
    parser.add_argument("--presets", nargs="*", default=[])
    arguments = parser.parse_args()

    try:
        parameters, groups = strip.load(arguments.json, arguments.dsp)
    except strip.ParameterError as error:
        sys.exit(f"{arguments.dsp}: {error}")

    result = KINDS[arguments.kind](parameters, groups, arguments)
    pathlib.Path(arguments.output).write_text(result, encoding="utf-8")


if __name__ == "__main__":
    main()
