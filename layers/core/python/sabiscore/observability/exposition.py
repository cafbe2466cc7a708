"""Metrics in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from sabiscore.observability.families import COUNTED, SEEN, Family
from sabiscore.observability.totals import Totals

MEDIA_TYPE = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True)
class Gauge:
    """The ``value`` of ``family`` for the ``labels`` in its order."""

    family: Family
    value: float
    labels: tuple[str, ...] = ()


def exposition(totals: Totals | None, gauges: Iterable[Gauge]) -> str:
    """``totals``, with what was never counted at 0, and ``gauges``.

    Without totals their families are left out: a sum that lacks some of the fleet would look like counters
    that began again.
    """
    lines = [line for family in COUNTED for line in _counted(family, totals)] if totals is not None else []
    by_family: dict[str, list[Gauge]] = {}
    for gauge in gauges:
        by_family.setdefault(gauge.family.name, []).append(gauge)
    for family in SEEN:
        lines += _head(family)
        for gauge in by_family.get(family.name, ()):
            lines.append(f"{family.name}{_labels(family.labels, gauge.labels)} {gauge.value:.10g}")
    return "\n".join(lines) + "\n"


def _counted(family: Family, totals: Totals) -> Iterator[str]:
    yield from _head(family)
    held = totals.counters if family.kind == "counter" else totals.histograms
    found = {series[1:] for series in held if series[0] == family.name}
    for values in sorted({*family.known, *found}):
        series = (family.name, *values)
        if family.kind == "counter":
            yield f"{family.name}{_labels(family.labels, values)} {totals.counters.get(series, 0)}"
        else:
            yield from _histogram(family, values, totals.histograms.get(series))


def _histogram(family: Family, values: tuple[str, ...], numbers: list[int] | None) -> Iterator[str]:
    *counts, microseconds = numbers or [0] * (len(family.edges) + 2)
    edges = [*(f"{edge:g}" for edge in family.edges), "+Inf"]
    for edge, below in zip(edges, accumulate(counts), strict=True):
        yield f"{family.name}_bucket{_labels((*family.labels, 'le'), (*values, edge))} {below}"
    labels = _labels(family.labels, values)
    yield f"{family.name}_sum{labels} {microseconds / 1e6:.6f}"
    yield f"{family.name}_count{labels} {sum(counts)}"


def _head(family: Family) -> tuple[str, str]:
    return f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"


def _labels(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    """
    >>> _labels(("endpoint", "status"), ("/match/{match_id}", "200"))
    '{endpoint="/match/{match_id}",status="200"}'
    """
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{','.join(pairs)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
