"""Predictions sealed when they are due, as readers are told them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sabiscore.domain.calibration import Calibration
from sabiscore.domain.match import Match
from sabiscore.insights.forecast import ScoredMatch, Triple
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.jobs.context import JobContext
from sabiscore.ledger.entry import Role, Seal, Stage, stage_of
from sabiscore.pipeline.feature_drift import count_beside
from sabiscore.pipeline.market_probabilities import market_probabilities


def seal_due(desk: JobContext, edition: ScoredPublication) -> int:
    """How many predictions were sealed: those of matches that kick off within a day, then within an hour."""
    return seal(desk, edition, due(edition, desk.now()))


def due(edition: ScoredPublication, now: datetime) -> list[Match]:
    """The served matches whose prediction is to be sealed at ``now``."""
    return [match for match in edition.publication.served.values() if _stage(match, now)]


def seal(
    desk: JobContext, edition: ScoredPublication, matches: Sequence[Match], role: Role = "production"
) -> int:
    """How many of ``matches``, which are due, were sealed as ``edition`` foretells them."""
    if not matches:
        return 0
    readings = edition.uncalibrated(matches)
    seals = seals_of(edition, readings, desk.now(), role)
    spread = {one.match.id: one.x.tobytes() for one in readings}
    at = desk.now()  # the forecasts took time: what has kicked off meanwhile is not sealed
    counting = count_beside(desk, edition.model.version, spread, at)
    return desk.ledger.seal([one for one in seals if one.kickoff_at > at], at, counting)


def seals_of(
    edition: ScoredPublication, readings: Sequence[ScoredMatch], now: datetime, role: Role
) -> list[Seal]:
    """The seals of the matches read whose stage has come."""
    told = edition.forecasts()
    found = []
    for reading in readings:
        match = reading.match
        stage = _stage(match, now)
        if match.kickoff_at is None or stage is None:
            continue
        odds = odds_of(match)
        found.append(
            Seal(
                match_id=match.id,
                league=match.league,
                kickoff_at=match.kickoff_at,
                stage=stage,
                bundle=edition.model.version,
                p=told[match.id].p,
                raw=reading.p,
                calibration=_numbers(edition.calibration),
                features=sha256(reading.x.tobytes()).hexdigest(),
                early=market_probabilities(odds),
                odds=odds,
                priced_at=match.priced_at if odds else None,
                source=edition.publication.source,
                role=role,
            )
        )
    return found


def odds_of(match: Match) -> dict[str, Triple]:
    """The early 1X2 prices of ``match`` by book."""
    return {
        book: (odds[0], odds[1], odds[2])
        for (market, book, phase), odds in match.prices.items()
        if market == "1x2" and phase == "pre"
    }


def _stage(match: Match, now: datetime) -> Stage | None:
    return stage_of(match.kickoff_at, now) if match.kickoff_at else None


def _numbers(calibration: Calibration) -> tuple[float, ...]:
    """The slopes and offsets of a calibration; none for the identity."""
    if calibration.is_identity:
        return ()
    return (*(calibration.matrix[k][k] for k in range(3)), *calibration.bias)
