"""What a rehearsed season came to: every figure from the ledger and the bets, none from the play itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.backtest.season import Played
from sabiscore.domain.calibration import temperature
from sabiscore.history import Floats, Ints
from sabiscore.insights.track_record import Bets
from sabiscore.learning import metrics
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import LedgerEntry

REPAIRED_BY = 300
"""Settled matches after which a spoilt model must be repaired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """How many matches there were, how many were sealed in time, and whether the chain holds."""

    matches: int
    sealed: int
    missing: tuple[str, ...]
    late: int
    stages: Mapping[str, int]
    settled: int
    entries: int
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Mean log losses over the ``n`` settled matches; the market's over those that it priced."""

    n: int
    sealed: float
    model: float
    early: float | None
    early_n: int
    close: float | None
    close_n: int


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What live calibration was worth: ``gain`` is how much log loss it saved a match, below 0 it cost.

    ``first`` is the kick-off of the first match that was published with a correction, None when none was.
    """

    matches: int
    first: str | None
    gain: float


@dataclass(frozen=True, slots=True)
class Repair:
    """A model spoilt by ``distort``: log losses after the first REPAIRED_BY settled matches."""

    distort: float
    n: int
    sealed: float
    spoilt: float
    unspoilt: float

    @property
    def left(self) -> float:
        """How far what was published still was from the model that nobody spoilt."""
        return self.sealed - self.unspoilt


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of one rehearsal."""

    season: str
    sealed: Sealed
    loss: Loss | None
    calibrated: Calibrated | None
    repair: Repair | None
    bets: Bets | None

    def to_json(self) -> dict[str, Any]:
        bets = self.bets.model_dump(mode="json") if self.bets else None
        repair = {**asdict(self.repair), "left": self.repair.left} if self.repair else None
        return {**asdict(self), "bets": bets, "repair": repair}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """n official seals beside their settlements, in order of kick-off; NaN where the market said nothing."""

    sealed: Floats
    model: Floats
    early: Floats
    close: Floats
    y: Ints
    corrected: npt.NDArray[np.bool_]
    kickoffs: Sequence[str]


def summarize(
    season: str,
    matches: Sequence[Played],
    entries: Iterable[LedgerEntry],
    bets: Bets | None,
    distort: float = 1.0,
) -> Summary:
    """The figures of a rehearsal of ``matches`` whose ledger holds ``entries``.

    Raises BrokenLedger when the chain does not hold.
    """
    entries = list(entries)
    pairs = _pairs(entries)
    settled = len(pairs.y) > 0
    return Summary(
        season=season,
        sealed=_sealed(matches, entries),
        loss=_loss(pairs) if settled else None,
        calibrated=_calibrated(pairs) if settled else None,
        repair=_repair(pairs, distort) if distort != 1.0 and len(pairs.y) > REPAIRED_BY else None,
        bets=bets,
    )


def _sealed(matches: Sequence[Played], entries: Sequence[LedgerEntry]) -> Sealed:
    verified = verify(entries)
    bodies = [entry.content for entry in entries]
    seals = [body for body in bodies if body["kind"] == "sealed"]
    kickoffs = {played.match.id: played.kickoff_at for played in matches}
    in_time = {
        seal["match"]
        for seal in seals
        if seal["match"] in kickoffs and _at(seal["sealed_at"]) < kickoffs[seal["match"]]
    }
    return Sealed(
        matches=len(matches),
        sealed=len(in_time),
        missing=tuple(sorted(set(kickoffs) - in_time)),
        late=sum(
            _at(seal["sealed_at"]) >= kickoffs.get(seal["match"], _at(seal["kickoff_at"])) for seal in seals
        ),
        stages=dict(Counter(seal["stage"] for seal in seals)),
        settled=verified.settled,
        entries=verified.entries,
        head=verified.head,
    )


def _pairs(entries: Sequence[LedgerEntry]) -> Pairs:
    bodies = {entry.hash: entry.content for entry in entries}
    settled = [(bodies[body["seal"]], body) for body in bodies.values() if body["kind"] == "settled"]
    settled.sort(key=lambda pair: (pair[0]["kickoff_at"], pair[0]["match"]))

    def table(rows: Iterable[Sequence[float] | None]) -> Floats:
        return np.array([row or (np.nan,) * 3 for row in rows], float).reshape(-1, 3)

    return Pairs(
        sealed=table(seal["p"] for seal, _ in settled),
        model=table(seal["raw"] for seal, _ in settled),
        early=table(seal["market"] for seal, _ in settled),
        close=table(end["close"] for _, end in settled),
        y=np.array([end["outcome"] for _, end in settled], np.int64),
        corrected=np.array([bool(seal["calibration"]) for seal, _ in settled], bool),
        kickoffs=[seal["kickoff_at"] for seal, _ in settled],
    )


def _loss(pairs: Pairs) -> Loss:
    early, close = ~np.isnan(pairs.early[:, 0]), ~np.isnan(pairs.close[:, 0])
    return Loss(
        n=len(pairs.y),
        sealed=_mean(pairs.sealed, pairs.y),
        model=_mean(pairs.model, pairs.y),
        early=_mean(pairs.early[early], pairs.y[early]) if early.any() else None,
        early_n=int(early.sum()),
        close=_mean(pairs.close[close], pairs.y[close]) if close.any() else None,
        close_n=int(close.sum()),
    )


def _calibrated(pairs: Pairs) -> Calibrated:
    first = int(pairs.corrected.argmax()) if pairs.corrected.any() else None
    return Calibrated(
        int(pairs.corrected.sum()),
        None if first is None else pairs.kickoffs[first],
        _mean(pairs.model, pairs.y) - _mean(pairs.sealed, pairs.y),
    )


def _repair(pairs: Pairs, distort: float) -> Repair:
    undo = temperature(1 / distort)
    late = slice(REPAIRED_BY, None)
    unspoilt = np.array([undo.apply(row) for row in pairs.model[late].tolist()])
    return Repair(
        distort,
        len(unspoilt),
        _mean(pairs.sealed[late], pairs.y[late]),
        _mean(pairs.model[late], pairs.y[late]),
        _mean(unspoilt, pairs.y[late]),
    )


def _mean(p: Floats, y: Ints) -> float:
    return float(metrics.log_losses(p, y).mean())


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
