#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Draws one run of seg-bench: cost against image size, UNet rows and a sweep's cells, as measured, done the naive way
(the row's first rival) and at the floor.

  plot_bench.py RESULTS.json OUT.svg
"""

import json
import math
import pathlib
import sys
import textwrap
from xml.sax.saxutils import escape

PANELS = [("size", "Image size", "side of the picture, px"),
          ("rows", "UNet rows", "rows of one evaluation"),
          ("cells", "Sweep", "cells")]
# Dark enough on the white sheet, and apart for most kinds of colour blindness.
COLORS = ["#0058a3", "#b34700", "#00704a", "#7a3f98"]
KINDS = [("measured", ""), ("naive", "7 4"), ("floor", "1.5 4")]
WIDTH, HEIGHT, MARGIN_TOP = 400, 300, 78
LEFT, RIGHT, TOP, BOTTOM = 66, 14, 34, 50
LEGEND_LINE = 17


def read_panels(document):
    """panel -> what -> kind -> sorted [(x, ms)]; and what -> the name of its naive way."""
    panels = {panel: {} for panel, _, _ in PANELS}
    naive_names = {}
    for row in document["results"]:
        for place in row.get("places", []):
            lines = panels[place["panel"]].setdefault(place["what"], {kind: [] for kind, _ in KINDS})
            lines["measured"].append((place["x"], row["median_ms"]))
            if row.get("rivals"):
                lines["naive"].append((place["x"], row["rivals"][0]["median_ms"]))
                naive_names[place["what"]] = row["rivals"][0]["what"]
            if "floor_ms" in row:
                lines["floor"].append((place["x"], row["floor_ms"]))
    for series in panels.values():
        for lines in series.values():
            for points in lines.values():
                points.sort()
    return panels, naive_names


def nice_ticks(most, count=5):
    """Round numbers from 0 to at least `most`."""
    raw = most / count
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    return [step * i for i in range(math.ceil(most / step) + 1)]


def number(value):
    return f"{value:g}"


def text(x, y, words, anchor="start", size=12, more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{more}>'
            f"{escape(words)}</text>")


def line(points, color, dash):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"'
            + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")


class Frame:
    """Where numbers lie on one panel's paper."""

    def __init__(self, series):
        points = [point for lines in series.values() for kind in lines.values() for point in kind]
        self.in_seconds = max(ms for _, ms in points) >= 2000
        self.unit, self.scale = ("s", 1e-3) if self.in_seconds else ("ms", 1)
        self.y_ticks = nice_ticks(max(ms for _, ms in points) * self.scale)
        self.x_ticks = sorted({x for x, _ in points})
        self.x_low, self.x_high = 0, max(self.x_ticks) * 1.04

    def x(self, value):
        return LEFT + (value - self.x_low) / (self.x_high - self.x_low) * (WIDTH - LEFT - RIGHT)

    def y(self, ms):
        return HEIGHT - BOTTOM - ms * self.scale / self.y_ticks[-1] * (HEIGHT - TOP - BOTTOM)

    def axes(self, x_label):
        right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
        for tick in self.y_ticks:
            y = self.y(tick / self.scale)
            yield f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#d8dade" stroke-width="1"/>'
            yield text(LEFT - 7, y + 4, number(round(tick, 6)), "end", 11)
        last = -math.inf
        for tick in self.x_ticks:
            x = self.x(tick)
            yield f'<path d="M{x:.1f} {floor}v5" stroke="#22262c" stroke-width="1"/>'
            if x - last > 26:  # else it would stand on its neighbour
                yield text(x, floor + 18, number(tick), "middle", 11)
                last = x
        yield f'<path d="M{LEFT} {TOP - 4}V{floor}H{right}" fill="none" stroke="#22262c" stroke-width="1.2"/>'
        yield text((LEFT + right) / 2, floor + 38, x_label, "middle")
        middle = (TOP + floor) / 2
        yield text(0, 0, f"time, {self.unit}", "middle", 12, f' transform="translate(18 {middle:.1f}) rotate(-90)"')


def legend_names(series, naive_names):
    """(color, dash, words) of every line that is drawn."""
    for index, (what, lines) in enumerate(series.items()):
        for kind, dash in KINDS:
            if lines[kind]:
                words = {"measured": what, "naive": f"{what}: {naive_names.get(what, '')}",
                         "floor": f"{what}: floor"}[kind]
                yield COLORS[index % len(COLORS)], dash, words


def panel_parts(title, x_label, series, naive_names):
    yield text(WIDTH / 2, 18, title, "middle", 15, ' font-weight="bold"')
    if not series:
        yield text(WIDTH / 2, HEIGHT / 2, "not measured in this run", "middle", 13)
        return
    frame = Frame(series)
    yield from frame.axes(x_label)
    for index, lines in enumerate(series.values()):
        color = COLORS[index % len(COLORS)]
        for kind, dash in KINDS:
            points = [(frame.x(x), frame.y(ms)) for x, ms in lines[kind]]
            if len(points) > 1:
                yield line(points, color, dash)
            for (x, y), (at, ms) in zip(points, lines[kind]):
                fill = color if kind == "measured" else "#ffffff"
                yield (f'<g><title>{number(at)}: {number(ms)} ms</title><circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" '
                       f'fill="{fill}" stroke="{color}" stroke-width="1.5"/></g>')
    for index, (color, dash, words) in enumerate(legend_names(series, naive_names)):
        y = HEIGHT + 8 + index * LEGEND_LINE
        yield line([(LEFT, y - 4), (LEFT + 30, y - 4)], color, dash)
        yield text(LEFT + 38, y, words, "start", 11)


def draw(document):
    panels, naive_names = read_panels(document)
    machine = document["machine"]
    name = machine.get("gpu") or machine["cpu"]
    legend = max(1, max(len(list(legend_names(series, naive_names))) for series in panels.values()))
    width, height = WIDTH * len(PANELS), MARGIN_TOP + HEIGHT + legend * LEGEND_LINE + 18
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
             'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" fill="#22262c">',
             f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
             text(width / 2, 30, f"{document['model']} on {name}, {document['dtype']}", "middle", 18, ' font-weight="bold"'),
             text(width / 2, 50, f"{document['date']}, {document['threads']} CPU threads: "
                                 + textwrap.shorten(document["command"], 120, placeholder=" .."), "middle", 11.5),
             text(width / 2, 67, "Medians. Floor: the arithmetic at the rate of a large matrix product of the same run.",
                  "middle", 11.5)]
    for index, (panel, title, x_label) in enumerate(PANELS):
        parts.append(f'<g class="panel" id="panel-{panel}" transform="translate({index * WIDTH} {MARGIN_TOP})">')
        parts += panel_parts(title, x_label, panels[panel], naive_names)
        parts.append("</g>")
    return "\n".join(parts + ["</svg>", ""])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    document = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    if document.get("format") != "seg-studio/bench":
        sys.exit(f"{sys.argv[1]} is no document of seg-bench: its \"format\" must be \"seg-studio/bench\"")
    pathlib.Path(sys.argv[2]).write_text(draw(document), encoding="utf-8")


if __name__ == "__main__":
    main()
