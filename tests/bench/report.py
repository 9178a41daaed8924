# SPDX-FileCopyrightText: 2026 The Ringside authors
# SPDX-License-Identifier: ISC

"""The report of scripts/bench: machine, figures and limits, tables, plots."""

import json
import os
import pathlib
import platform
import subprocess
import time

from targets import TARGETS

GNUPLOT_SECONDS = 60


def read(path, otherwise="unknown"):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return otherwise


def may_be_realtime():
    """Whether a child of ours may take SCHED_FIFO."""
    pid = os.fork()
    if not pid:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def machine():
    cpu = [line for line in read("/proc/cpuinfo", "").splitlines()
           if line.startswith(("model name", "flags"))]
    name = next((line.split(":")[1].strip() for line in cpu
                 if line.startswith("model name")), platform.machine())
    is_virtual = any("hypervisor" in line.split() for line in cpu)
    return {
        "time": time.strftime("%Y-%m-%d %H:%M:%S %Z"),
        "processor": name + (", in a virtual machine" if is_virtual else ""),
        "cores": f"{len(os.sched_getaffinity(0))}",
        "kernel": f"{platform.system()} {platform.release()} "
                  f"{platform.version()}",
        "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/"
                         "scaling_governor", "none to be seen"),
        "real-time priority": "permitted" if may_be_realtime()
                              else "not permitted",
        "rmem_max": read("/proc/sys/net/core/rmem_max") + " bytes",
        "load at the start": read("/proc/loadavg"),
        "compiler": subprocess.run(["cc", "--version"], capture_output=True,
                                   text=True, check=False
                                   ).stdout.split("\n", 1)[0],
    }


def quote(text):
    """For gnuplot, between double quotes."""
    return str(text).replace("\\", "\\\\").replace('"', "'")


def draw(out, name, plot):
    """NAME.png and NAME.svg.  @return whether they are there"""
    script = [f'set title "{quote(name)}" noenhanced', "set grid",
              "set key outside right noenhanced",
              f'set xlabel "{quote(plot.get("x_label", ""))}" noenhanced',
              f'set ylabel "{quote(plot.get("y_label", ""))}" noenhanced']
    script += [f"set {line}" for line in plot.get("options", "").splitlines()]
    curves = []
    for i, (series, points) in enumerate(plot["series"].items()):
        script += [f"$d{i} << END"]
        script += [f"{x!r} {y!r}" for x, y in points] + ["END"]
        style = "linespoints pt 7 ps 0.4" if len(points) < 40 else "lines"
        # gnuplot has eight colours
        curves.append(f'$d{i} with {style} lw 1.5 lc {i % 8 + 1} '
                      f'dt {i // 8 + 1} title "{quote(series)}"')
    for terminal, ending in (("pngcairo size 1100,640 font 'DejaVu Sans,10'",
                              "png"), ("svg size 1100,640", "svg")):
        script += [f"set terminal {terminal}",
                   f'set output "{quote(out / name)}.{ending}"',
                   "plot " + ", ".join(curves), "unset output"]
    try:
        done = subprocess.run(["gnuplot"], input="\n".join(script), text=True,
                              capture_output=True, timeout=GNUPLOT_SECONDS,
                              check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"no plot {name}: {error}")
        return False
    if done.returncode:
        print(f"no plot {name}: {done.stderr.strip()}")
    return done.returncode == 0


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:.4g}"


def plural(count, word):
    return f"{count} {word}{'' if count == 1 else 's'}"


def figure_rows(result):
    for key, entry in result.figures.items():
        values = entry["values"]
        spread = (f"{number(min(values))} to {number(max(values))}"
                  if len(values) > 1 else "one run")
        verdict = {True: "met", False: "**missed**"}.get(entry.get("met"), "")
        yield (f"| {key} | {number(entry['median'])} {entry['unit']} | "
               f"{spread} | {entry.get('limit', '')} | {verdict} |")


def words_of(pairs, figures):
    """NAME VALUE, ... of the figures that were measured."""
    return ", ".join(
        f"{name}: {number(figures[key]['median'])}" if name else
        f"{number(figures[key]['median'])} {figures[key]['unit']}"
        for name, key in pairs if key in figures)


def target_rows(results):
    """A row for each target of the benchmarks that were asked for, and what
    there is to say about those that are missed."""
    asked = {result.name for result in results}
    figures = {key: entry for result in results
               for key, entry in result.figures.items()}
    rows, reasons = [], []
    for target in TARGETS:
        if target.bench not in asked:
            continue
        there = [pair for pair in target.figures if pair[1] in figures]
        missed = [name for name, key in there if not figures[key]["met"]]
        verdict = ("not measured" if not there else
                   "met" if not missed else "**missed**")
        if missed and len(there) > 1:
            verdict += f" ({len(missed)} of {len(there)})"
        if 0 < len(there) < len(target.figures):
            verdict += (f"; {len(target.figures) - len(there)} "
                        "not measured")
        rows.append(f"| {target.what} | {words_of(there, figures)} | "
                    f"{target.wanted} | {verdict} | "
                    f"{words_of(target.beside, figures)} |")
        if missed:
            at = ", ".join(f"{name}: {number(figures[key]['median'])}"
                           for name, key in there if name in missed and name)
            reasons.append(f"- {target.what}{f' ({at})' if at else ''}, wanted "
                           f"{target.wanted}: {target.why or 'see its table.'}")
    return rows, reasons


def write_report(out, about, results, quick):
    out.mkdir(parents=True, exist_ok=True)
    lines = ["# What Ringside measures on this machine", "",
             "Each figure is the median of its runs, which took turns with "
             "those of the other benchmarks." +
             (" This was a quick pass of one short run each." if quick else ""),
             "", "| | |", "|---|---|"]
    lines += [f"| {key} | {value} |" for key, value in about.items()]

    rows, reasons = target_rows(results)
    if rows:
        lines += ["", "## Figures to reach", "",
                  "All that is named must hold, each at most as wanted unless "
                  "it says otherwise.  Nothing is left out but what the row "
                  "says." + (" A quick pass has fewer block sizes and loads, "
                             "and its tails are of few events." if quick else
                             ""),
                  "", "| | measured | wanted | | beside |", "|---|---|---|---|---|",
                  *rows]
    if reasons:
        lines += ["", "What was missed, and what it is made of:", "", *reasons]

    judged = [entry for result in results for entry in result.figures.values()
              if "met" in entry]
    lines += ["", f"{sum(entry['met'] for entry in judged)} of {len(judged)} "
              "figures that have a limit meet it."]
    for result in results:
        lines += ["", f"## {result.name}", "",
                  f"{plural(result.runs, 'run')} in {result.seconds:.0f} s" +
                  (f"; {result.left_out} more were left out, for the time"
                   if result.left_out else "") + "."]
        for fault in result.faults:
            lines += ["", f"**{result.name} {fault}.**"]
        if result.figures:
            lines += ["", f"| figure | median | {plural(result.runs, 'run')} | limit | |",
                      "|---|---|---|---|---|", *figure_rows(result)]
        if result.texts:
            lines += [""] + [f"- {key.split('/', 1)[1]}: {words}"
                             for key, words in result.texts.items()]
        for name, plot in result.plots.items():
            if plot["series"] and draw(out, name, plot):
                lines += ["", f"![{name}]({name}.svg) ([PNG]({name}.png))"]
        if result.output.strip():
            lines += ["", "What its last run printed:", "", "```",
                      result.output.rstrip(), "```"]
    (out / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (out / "report.json").write_text(json.dumps({
        "machine": about,
        "quick": quick,
        "benchmarks": [{
            "name": result.name, "runs": result.runs, "faults": result.faults,
            "seconds": round(result.seconds, 1), "figures": result.figures,
            "texts": result.texts, "plots": result.plots,
            "output": result.output,
        } for result in results]}, indent=1) + "\n", encoding="utf-8")
