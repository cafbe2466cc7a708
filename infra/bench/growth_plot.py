"""The drawing of ``infra.bench.growth``: processor time over size, both axes logarithmic, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, MARGIN, LEGEND = 720, 440, 50, 190
COLOURS = ("#0b6e4f", "#c44536", "#2a6f97", "#8338ec", "#b5651d")
DASHES = ("", "6 4")
LEAST_S = 1e-4
UNITS = {"seasons": "seasons on record", "matches": "coming matches"}


def plot(costs: Sequence[Mapping[str, Any]]) -> str:
    """An SVG with a line for each build and step; the second build is dashed."""
    lines = list(dict.fromkeys((cost["build"], cost["step"]) for cost in costs))
    builds = list(dict.fromkeys(build for build, _ in lines))
    steps = list(dict.fromkeys(step for _, step in lines))
    x_of = _scale([cost["size"] for cost in costs], MARGIN, WIDTH - LEGEND)
    y_of = _scale([max(cost["seconds"], LEAST_S) for cost in costs], HEIGHT - MARGIN, MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12">',
        f'<text x="{MARGIN}" y="24">Processor time (s) over {UNITS[costs[0]["unit"]]}</text>',
    ]
    for size in sorted({cost["size"] for cost in costs}):
        x = x_of(size)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 20}" text-anchor="middle">{size}</text>')
    for number, (build, step) in enumerate(lines):
        points = [
            (x_of(cost["size"]), y_of(max(cost["seconds"], LEAST_S)))
            for cost in costs
            if (cost["build"], cost["step"]) == (build, step)
        ]
        colour = COLOURS[steps.index(step) % len(COLOURS)]
        dash = DASHES[builds.index(build) % len(DASHES)]
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        stroke = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{where}" {stroke}/>')
        y = MARGIN + 18 * number
        parts.append(
            f'<text x="{WIDTH - LEGEND + 20}" y="{y}" fill="{colour}">{escape(f"{step} ({build})")}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _scale(values: Sequence[float], first: float, last: float) -> Any:
    """Maps a value to its place between ``first`` and ``last`` on a logarithmic axis over ``values``."""
    low, high = math.log(min(values)), math.log(max(values))
    span = (high - low) or 1.0
    return lambda value: first + (last - first) * (math.log(value) - low) / span
