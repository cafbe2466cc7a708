"""The page of the public record: what sealed predictions and value bets came to, losses included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.insights.evaluation import BundleEvaluation, EvaluationScores, MarketDifference
from sabiscore.insights.track_record import Bets, Bin, Performance, Point, Scores, Slice, Versus
from sabiscore.pages.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    GridLine,
    Scale,
    across,
    path,
    upwards,
)
from sabiscore.pages.frame import Frame
from sabiscore.pages.numbers import fixed, per_cent, signed
from sabiscore.pages.rendering import render

SETTLING = 50
"""Matches; the mean of fewer swings too far to be drawn beside the others."""
FORECASTERS = {
    "with_odds": "With the match's prices",
    "past_odds": "With prices of past matches",
    "no_odds": "Without any price",
    "early_odds": "The market, early",
    "closing_odds": "The market at kick-off",
}
FEW_BETS = 200
"""Of fewer bets a return says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of lines: its scales' ticks and the ``d`` of each line by its class."""

    words: str
    x: Scale
    y: Scale
    x_ticks: tuple[GridLine, ...]
    y_ticks: tuple[GridLine, ...]
    lines: tuple[tuple[str, str], ...]
    bins: tuple[BinMark, ...] = ()


@dataclass(frozen=True, slots=True)
class BinMark:
    """A calibration bin: a dot with the upright line of its interval."""

    x: float
    y: float
    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its name and its cells."""

    name: str
    cells: tuple[str, ...]


def record_page(document: Performance, site: str | None = None) -> bytes:
    """The page of ``document``; ``site`` is where readers find it, None where nobody said."""
    values = {
        "frame": Frame(
            page="record", title="Track record", description=_description(document), dated=document, site=site
        ),
        "document": document,
        "predictions": [
            Line(name, _prediction_cells(part.predictions))
            for name, part in _slices(document)
            if part.predictions
        ],
        "bets": [Line(name, _bet_cells(part.bets)) for name, part in _slices(document) if part.bets],
        "evaluation": list(_evaluated(document.evaluation)) if document.evaluation else [],
        "few_bets": document.all.bets is not None and document.all.bets.n < FEW_BETS,
        "calibration": _calibration(document.calibration),
        "losses": _losses(document.timeline),
        "profit": _profit(document.timeline) if document.all.bets else None,
    }
    return render("record.html", values)


def _evaluated(evaluation: BundleEvaluation) -> Iterator[Line]:
    for forecaster, name in FORECASTERS.items():
        scores = evaluation.all.get(forecaster)
        if scores is not None:
            yield Line(name, _prediction_cells(scores))


def _slices(document: Performance) -> Iterator[tuple[str, Slice]]:
    yield "All", document.all
    yield "Last 30 days", document.last_month
    for key, part in document.by_league.items():
        yield (LEAGUE_BY_KEY[key].name if key in LEAGUE_BY_KEY else key), part
    for version, part in document.by_version.items():
        yield f"Model {version}", part


def _prediction_cells(scores: Scores | EvaluationScores | None) -> tuple[str, ...]:
    if scores is None:
        return ()
    return (
        str(scores.n),
        fixed(scores.log_loss, 4),
        _difference(scores.against_early_odds),
        _difference(scores.against_closing_odds),
        fixed(scores.brier, 4),
        f"{100 * scores.accuracy:.1f}%",
    )


def _difference(versus: Versus | MarketDifference | None) -> str:
    if versus is None:
        return "–"
    return f"{signed(versus.difference, 4)} ({signed(versus.low, 4)} to {signed(versus.high, 4)})"


def _bet_cells(bets: Bets | None) -> tuple[str, ...]:
    if bets is None:
        return ()
    return (
        str(bets.n),
        str(bets.won),
        signed(bets.profit_units),
        _interval(bets.roi, bets.roi_low, bets.roi_high),
        _interval(bets.closing_line_value, bets.closing_line_value_low, bets.closing_line_value_high),
    )


def _interval(middle: float | None, low: float | None, high: float | None) -> str:
    if middle is None or low is None or high is None:
        return "–"
    return f"{signed(100 * middle, 1, '%')} ({signed(100 * low, 1, '%')} to {signed(100 * high, 1, '%')})"


def _calibration(bins: Sequence[Bin]) -> Chart | None:
    if not bins:
        return None
    x, y = Scale(0, 1, LEFT, WIDTH - RIGHT), Scale(0, 1, HEIGHT - BOTTOM, TOP)
    marks = tuple(
        BinMark(
            x=x(each.mean),
            y=y(each.happened),
            low=y(each.low),
            high=y(each.high),
            words=f"said {per_cent(each.mean)}, happened {per_cent(each.happened)}, "
            f"{per_cent(each.low)} to {per_cent(each.high)}, {each.n} probabilities",
        )
        for each in bins
    )
    diagonal = path([(x(0), y(0)), (x(1), y(1))])
    return Chart(
        words="What we said, and how often it happened",
        x=x,
        y=y,
        x_ticks=x.ticks(per_cent),
        y_ticks=y.ticks(per_cent),
        lines=(("theirs", diagonal),),
        bins=marks,
    )


def _losses(timeline: Sequence[Point]) -> Chart | None:
    settled = [point for point in timeline if point.n >= SETTLING]
    curves: list[tuple[str, Callable[[Point], float | None]]] = [
        ("theirs", lambda point: point.closing_log_loss),
        ("ours", lambda point: point.log_loss),
    ]
    return _over_time("Log loss over time", settled, curves, lambda x: fixed(x, 3))


def _profit(timeline: Sequence[Point]) -> Chart | None:
    curves: list[tuple[str, Callable[[Point], float | None]]] = [("ours", lambda point: point.profit_units)]
    return _over_time("Profit over time", timeline, curves, lambda x: fixed(x, 0))


def _over_time(
    words: str,
    timeline: Sequence[Point],
    curves: Sequence[tuple[str, Callable[[Point], float | None]]],
    number: Callable[[float], str],
) -> Chart | None:
    """A chart of ``curves`` over the days of ``timeline``; None under two days."""
    days = [date.fromisoformat(point.day).toordinal() for point in timeline]
    values = [value for _, of in curves for point in timeline if (value := of(point)) is not None]
    if len(days) < 2 or not values:
        return None
    x, y = across(days), upwards(values)
    lines = tuple((kind, path(list(_points(timeline, days, of, x, y)))) for kind, of in curves)
    return Chart(words=words, x=x, y=y, x_ticks=x.ticks(_day_words), y_ticks=y.ticks(number), lines=lines)


def _day_words(ordinal: float) -> str:
    return date.fromordinal(round(ordinal)).strftime("%b %Y")


def _points(
    timeline: Sequence[Point],
    days: Sequence[int],
    of: Callable[[Point], float | None],
    x: Scale,
    y: Scale,
) -> Iterator[tuple[float, float]]:
    for day, point in zip(days, timeline, strict=True):
        value = of(point)
        if value is not None:
            yield x(day), y(value)


def _description(document: Performance) -> str:
    scores = document.all.predictions
    if scores is None:
        return "Every prediction is sealed before kick-off and counted after it; none is settled yet."
    return f"{scores.n} predictions sealed before kick-off and what became of them, losses included."
