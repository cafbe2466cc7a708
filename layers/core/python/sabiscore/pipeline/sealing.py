"""Predictions sealed in the ledger when they are due, exactly as readers see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sabiscore.clock import Clock
from sabiscore.domain.calibration import Calibration
from sabiscore.domain.match import Match
from sabiscore.insights.forecast import ScoredMatch, Triple
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.ledger.entry import Role, Seal, Stage, stage_of
from sabiscore.pipeline.feature_drift import count_beside
from sabiscore.pipeline.market_probabilities import market_probabilities
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Sealer:
    """Writes seals to ``ledger`` and counts their feature vectors in ``feature_counts``.

    ``models`` is the folder of bundles; a bundle's reference distribution gives the bins to count in.
    """

    ledger: Ledger
    feature_counts: FeatureCountStore
    models: Path
    clock: Clock

    def seal_due(self, scored: ScoredPublication) -> int:
        """How many predictions were sealed: those of matches within a day, then an hour, of kick-off."""
        return self.seal(scored, due(scored, self.clock.now()))

    def seal(self, scored: ScoredPublication, matches: Sequence[Match], role: Role = "production") -> int:
        """How many of ``matches``, which are due, were sealed with the forecasts of ``scored``.

        A match that kicks off while its forecast is computed is not sealed.
        """
        if not matches:
            return 0
        readings = scored.uncalibrated(matches)
        seals = seals_of(scored, readings, self.clock.now(), role)
        vectors = {reading.match.id: reading.x.tobytes() for reading in readings}
        at = self.clock.now()  # the forecasts took time
        counting = count_beside(
            scored.model.version, vectors, at, models=self.models, feature_counts=self.feature_counts
        )
        return self.ledger.seal([seal for seal in seals if seal.kickoff_at > at], at, counting)


def due(scored: ScoredPublication, now: datetime) -> list[Match]:
    """The served matches whose prediction is to be sealed at ``now``."""
    return [match for match in scored.publication.served.values() if _stage(match, now)]


def seals_of(
    scored: ScoredPublication, readings: Sequence[ScoredMatch], now: datetime, role: Role
) -> list[Seal]:
    """A seal of each of ``readings`` that is due at ``now``."""
    forecasts = scored.forecasts()
    seals = []
    for reading in readings:
        match = reading.match
        stage = _stage(match, now)
        if match.kickoff_at is None or stage is None:
            continue
        odds = odds_of(match)
        seals.append(
            Seal(
                match_id=match.id,
                league=match.league,
                kickoff_at=match.kickoff_at,
                stage=stage,
                bundle=scored.model.version,
                p=forecasts[match.id].p,
                raw=reading.p,
                calibration=_numbers(scored.calibration),
                features=sha256(reading.x.tobytes()).hexdigest(),
                early=market_probabilities(odds),
                odds=odds,
                priced_at=match.priced_at if odds else None,
                source=scored.publication.source,
                role=role,
            )
        )
    return seals


def odds_of(match: Match) -> dict[str, Triple]:
    """The early 1X2 odds of ``match`` by book: decimal, for home, draw and away."""
    return {
        book: (odds[0], odds[1], odds[2])
        for (market, book, phase), odds in match.prices.items()
        if market == "1x2" and phase == "pre"
    }


def _stage(match: Match, now: datetime) -> Stage | None:
    return stage_of(match.kickoff_at, now) if match.kickoff_at else None


def _numbers(calibration: Calibration) -> tuple[float, ...]:
    """Three slopes and three offsets of a calibration; empty for the identity."""
    if calibration.is_identity:
        return ()
    return (*(calibration.matrix[k][k] for k in range(3)), *calibration.bias)
