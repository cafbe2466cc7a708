"""What the ensemble says of matches, and which feature groups it says it for.

This is the one part of a request that needs numpy and onnxruntime, so they are first imported by the
objects that are handed in, when the first forecast is made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.domain.match import Match

if TYPE_CHECKING:
    # numpy costs 60 ms to import: only a miss pays for it
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]
    Vector = npt.NDArray[np.float32]

Triple = tuple[float, float, float]
Knowledge = Literal["with_odds", "past_odds", "no_odds"]
LevelName = Literal["ratings", "no_odds", "past_odds", "with_odds"]

TAKEN_AWAY = {
    "market_now": ("market_now", "panic"),
    "market_past": ("market_past",),
    "panic": ("panic",),
}
"""Groups that are truly absent where unknown: they are taken away by NaN instead of a typical value,
with the groups that cannot be known without them."""


class Vectors(Protocol):
    """Reads the vector of any fixture from saved states, and says what its columns are.

    ``groups`` maps a feature group to its columns, ``flags`` are the columns that say whether past and
    present prices are known, and ``absent`` is the value of each column where its group is not known: NaN,
    or 0 for a flag.
    """

    @property
    def schema(self) -> str: ...
    @property
    def groups(self) -> Mapping[str, tuple[int, ...]]: ...
    @property
    def flags(self) -> tuple[int, int]: ...
    @property
    def absent(self) -> Sequence[float]: ...

    def __call__(self, matches: Sequence[Match]) -> Matrix: ...


class BundleSummary(Protocol):
    """What a verified bundle says of itself."""

    @property
    def version(self) -> str: ...
    @property
    def kind(self) -> Literal["real", "simulated"]: ...
    @property
    def schema(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def calibration(self) -> Calibration: ...


class ForecastModel(BundleSummary, Protocol):
    """A verified bundle that predicts."""

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What its manifest reports of its evaluation."""
        ...

    @property
    def baseline(self) -> npt.NDArray[np.float32]:
        """float32 [F]: the typical served vector, in place of a feature group that is left out."""
        ...

    def predict(self, X: Matrix) -> npt.NDArray[np.floating]:
        """float [n, 3] for ``X`` float32 [n, F]: home, draw, away; each row sums to 1."""
        ...

    def over(self, X: Matrix) -> npt.NDArray[np.floating]:
        """float [n] for ``X`` float32 [n, F]: the probability of three goals or more."""
        ...


@dataclass(frozen=True, slots=True)
class ScoredMatch:
    """What the graph says of ``match``, before live calibration, by its vector ``x`` (float32 [F]).

    ``over`` is the probability of three goals or more.
    """

    match: Match
    x: Vector
    p: Triple
    over: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Calibrated probabilities of home, draw and away, and that of three goals or more, ``over``.

    ``levels``, where they were asked for, are the same probabilities with less knowledge, least first; the
    last are ``p``.
    """

    p: Triple
    over: float
    knowledge: Knowledge
    levels: tuple[tuple[LevelName, Triple], ...] = ()


@dataclass(frozen=True, slots=True)
class GroupShift:
    """How far one feature group moved the probabilities from what they were without it."""

    group: str
    p: Triple

    @property
    def size(self) -> float:
        """Half the sum of the three moves: the probability that changed sides."""
        return sum(map(abs, self.p)) / 2


def read(vectors: Vectors, model: ForecastModel, matches: Sequence[Match]) -> list[ScoredMatch]:
    """A reading a match, in order, computed as one batch: each is what it would be alone.

    ``vectors`` gives float32 [F] for a match.
    """
    if not matches:
        return []
    X = vectors(matches)
    said = zip(matches, X, model.predict(X).tolist(), model.over(X).tolist(), strict=True)
    return [ScoredMatch(match, x, (home, draw, away), over) for match, x, (home, draw, away), over in said]


def forecast(vectors: Vectors, reading: ScoredMatch, calibration: Calibration = IDENTITY) -> Forecast:
    """What ``reading`` (x: F features; p: home, draw, away) comes to, corrected by ``calibration``."""
    return _forecast(vectors, reading.x, _calibrated(reading.p, calibration), reading.over)


def explained(
    vectors: Vectors, model: ForecastModel, match: Match, calibration: Calibration = IDENTITY
) -> tuple[Forecast, tuple[GroupShift, ...]]:
    """The forecast of ``match`` and the shift of each feature group, largest first."""
    return explained_each(vectors, model, [match], calibration)[0]


def explained_each(
    vectors: Vectors, model: ForecastModel, matches: Sequence[Match], calibration: Calibration = IDENTITY
) -> list[tuple[Forecast, tuple[GroupShift, ...]]]:
    """The forecast of each match, with its levels, and the shift of each feature group, largest first.

    A level is the forecast without all groups of the market that it does not know, and ``ratings`` alone with
    the other groups at their typical values. A group's shift is the forecast minus the forecast without that
    group: its columns set to their typical values, or taken away altogether (NaN, flag 0) for the groups of
    the market. The M matches and up to G + 3 variants of each go through the graph as one batch of shape
    (M × (4 + G), F), float32 as ``vectors`` gives them; a shift is the difference of three probabilities.
    """
    if not matches:
        return []
    X = vectors(matches)
    present = [[group for group in vectors.groups if _present(vectors, group, x)] for x in X]
    below = [_levels_below(vectors, x) for x in X]
    batches = [
        _variants(vectors, model, x, _taken(vectors, groups, lower))
        for x, groups, lower in zip(X, present, below, strict=True)
    ]
    # Stacked by hand: joining arrays is numpy's, which only a miss may import.
    rows = X[[row for row, batch in enumerate(batches) for _ in batch]]
    begin, parts = 0, []
    for batch in batches:
        rows[begin : begin + len(batch)] = batch
        parts.append(slice(begin, begin + len(batch)))
        begin += len(batch)
    p = _predicted(model, rows, calibration)
    return [
        (
            _with_levels(_forecast(vectors, x, p[part.start], goals), lower, p[part][1 + len(groups) :]),
            _shifts(groups, p[part][: 1 + len(groups)]),
        )
        for x, groups, lower, part, goals in zip(
            X, present, below, parts, model.over(X).tolist(), strict=True
        )
    ]


MARKET_NOW, MARKET_PAST = ("market_now", "panic"), ("market_past",)
Taken = tuple[tuple[str, ...], bool]
"""Groups to take out of a vector, and whether as absent (the market's) or for typical values."""


def _taken(vectors: Vectors, groups: Sequence[str], levels: Sequence[LevelName]) -> list[tuple[Taken, ...]]:
    return [*map(_without, groups), *(_of_level(vectors, level) for level in levels)]


def _levels_below(vectors: Vectors, x: Matrix) -> tuple[LevelName, ...]:
    """The levels of less knowledge than ``x`` has."""
    past, now = (x[flag] == 1 for flag in vectors.flags)
    below: list[LevelName] = ["ratings"]
    if past or now:
        below.append("no_odds")
    if past and now:
        below.append("past_odds")
    return tuple(below)


def _of_level(vectors: Vectors, level: LevelName) -> tuple[Taken, ...]:
    market = MARKET_NOW if level == "past_odds" else (*MARKET_NOW, *MARKET_PAST)
    absent = tuple(group for group in market if group in vectors.groups)
    if level != "ratings":
        return ((absent, True),)
    others = tuple(group for group in vectors.groups if group not in (*MARKET_NOW, *MARKET_PAST, "ratings"))
    return ((absent, True), (others, False))


def _without(group: str) -> tuple[Taken, ...]:
    return ((TAKEN_AWAY.get(group, (group,)), group in TAKEN_AWAY),)


def _with_levels(known: Forecast, below: Sequence[LevelName], p: Sequence[Sequence[float]]) -> Forecast:
    lower = tuple((level, _normalised(of_level)) for level, of_level in zip(below, p, strict=True))
    return replace(known, levels=(*lower, (known.knowledge, known.p)))


def _predicted(model: ForecastModel, X: Matrix, calibration: Calibration) -> list[Sequence[float]]:
    return [_calibrated(p, calibration) for p in model.predict(X).tolist()]


def _calibrated(p: Sequence[float], calibration: Calibration) -> Sequence[float]:
    return p if calibration.is_identity else calibration.apply(p)


def _shifts(groups: Sequence[str], p: Sequence[Sequence[float]]) -> tuple[GroupShift, ...]:
    shifts = [GroupShift(group, _minus(p[0], without)) for group, without in zip(groups, p[1:], strict=True)]
    return tuple(sorted(shifts, key=lambda shift: -shift.size))


def _variants(
    vectors: Vectors, model: ForecastModel, x: Matrix, taken: Sequence[tuple[Taken, ...]]
) -> Matrix:
    """float32 [1 + V, F]: ``x`` itself, then ``x`` without what each of V variants takes out."""
    rows = x[None].repeat(1 + len(taken), axis=0)
    for row, variant in enumerate(taken, start=1):
        for groups, is_absent in variant:
            for part in groups:
                columns = list(vectors.groups[part])
                typical = vectors.absent if is_absent else model.baseline
                rows[row, columns] = [typical[column] for column in columns]
    return rows


def _normalised(p: Sequence[float]) -> Triple:
    total = math.fsum(p)
    home, draw, away = (value / total for value in p)
    return home, draw, away


def _present(vectors: Vectors, group: str, x: Matrix) -> bool:
    """Whether anything of ``group`` is known that could be taken away."""
    return any(
        x[column] != vectors.absent[column] and not math.isnan(x[column]) for column in vectors.groups[group]
    )


def _minus(p: Sequence[float], without: Sequence[float]) -> Triple:
    home, draw, away = (a - b for a, b in zip(p, without, strict=True))
    return home, draw, away


def _forecast(vectors: Vectors, x: Matrix, p: Sequence[float], over: float) -> Forecast:
    past, now = (x[flag] == 1 for flag in vectors.flags)
    knowledge: Knowledge = "with_odds" if now else "past_odds" if past else "no_odds"
    return Forecast(_normalised(p), over, knowledge)
