"""What the ledger holds: predictions sealed before kick-off, and what became of them.

An entry is a line of JSON that names the hash of the entry before it; its own hash is the SHA-256 of
exactly that text, in UTF-8. Whoever holds the texts can therefore verify them in any language
without agreeing on how numbers are written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from sabiscore.domain.odds import OutcomeProbabilities

Role = Literal["production", "challenger"]
"""An entry that names none is production's."""
Stage = Literal["day", "hour"]
"""``day``: sealed within a day of kick-off. ``hour``: within an hour. The last one sealed counts."""


GENESIS = "0" * 64
"""What the first entry names as the one before it."""
STAGES: tuple[tuple[Stage, timedelta], ...] = (("hour", timedelta(hours=1)), ("day", timedelta(days=1)))
DECIMALS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A prediction as it stands before kick-off, over home, draw and away.

    ``p`` is what readers see, ``raw`` the graph's output before live calibration, which is
    ``calibration`` (slopes and offsets, empty for the identity). ``features`` is the SHA-256 of the
    vector's bytes. ``early`` are the market's fair probabilities, ``odds`` the 1X2 prices seen by
    book, as of ``priced_at``. ``role`` is whether readers saw it, or it is the challenger's, on trial.
    """

    match_id: str
    league: str
    kickoff_at: datetime
    stage: Stage
    bundle: str
    p: OutcomeProbabilities
    raw: OutcomeProbabilities
    calibration: tuple[float, ...]
    features: str
    early: OutcomeProbabilities | None
    odds: Mapping[str, tuple[float, ...]]
    priced_at: datetime | None
    source: str
    role: Role = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledOutcome:
    """What became of the sealed prediction whose entry has the hash ``seal``.

    ``close`` are the fair closing probabilities; None where no closing price is known.
    """

    match_id: str
    bundle: str
    kickoff_at: datetime
    seal: str
    goals: tuple[int, int]
    close: OutcomeProbabilities | None
    source: str

    @property
    def outcome(self) -> int:
        """0, 1 or 2 for home, draw or away."""
        home, away = self.goals
        return 0 if home > away else 1 if home == away else 2


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One link of the chain: ``body`` is the text that ``hash`` is of."""

    seq: int
    hash: str
    body: str

    @property
    def content(self) -> dict[str, Any]:
        """The members of the body."""
        content: dict[str, Any] = json.loads(self.body)
        return content


def stage_of(kickoff_at: datetime, now: datetime) -> Stage | None:
    """The stage at which a prediction would be sealed at ``now``; None too early, and from kick-off on.

    >>> kickoff = datetime(2025, 8, 16, 14, tzinfo=UTC)
    >>> [stage_of(kickoff, kickoff - timedelta(minutes=m)) for m in (2000, 600, 60, 1, 0)]
    [None, 'day', 'hour', 'hour', None]
    """
    left = kickoff_at - now
    if left <= timedelta(0):
        return None
    return next((stage for stage, ahead in STAGES if left <= ahead), None)


def sealed_entry(seq: int, previous: str, seal: Seal, at: datetime) -> LedgerEntry:
    """The entry that seals ``seal`` at ``at``. Raises ValueError from kick-off on."""
    if at >= seal.kickoff_at:
        raise ValueError(f"{seal.match_id} has kicked off: nothing can be sealed any more")
    return _entry(
        seq,
        {
            "seq": seq,
            "kind": "sealed",
            "match": seal.match_id,
            "league": seal.league,
            "kickoff_at": text_of(seal.kickoff_at),
            "sealed_at": text_of(at),
            "stage": seal.stage,
            "bundle": seal.bundle,
            "p": _rounded(seal.p),
            "raw": _rounded(seal.raw),
            "calibration": _rounded(seal.calibration),
            "features": seal.features,
            "market": _rounded(seal.early) if seal.early else None,
            "odds": {book: list(odds) for book, odds in sorted(seal.odds.items())},
            "priced_at": text_of(seal.priced_at) if seal.priced_at else None,
            "source": seal.source,
            **({} if seal.role == "production" else {"role": seal.role}),
            "previous": previous,
        },
    )


def settled_entry(seq: int, previous: str, outcome: SettledOutcome, at: datetime) -> LedgerEntry:
    """The entry that settles a sealed one at ``at``."""
    return _entry(
        seq,
        {
            "seq": seq,
            "kind": "settled",
            "match": outcome.match_id,
            "kickoff_at": text_of(outcome.kickoff_at),
            "settled_at": text_of(at),
            "bundle": outcome.bundle,
            "seal": outcome.seal,
            "goals": list(outcome.goals),
            "outcome": outcome.outcome,
            "close": _rounded(outcome.close) if outcome.close else None,
            "source": outcome.source,
            "previous": previous,
        },
    )


def text_of(at: datetime) -> str:
    """An instant as the ledger writes it: UTC, whole microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _entry(seq: int, content: Mapping[str, Any]) -> LedgerEntry:
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return LedgerEntry(seq, hash_of(body), body)


def hash_of(body: str) -> str:
    """The hash of an entry with this text.

    >>> hash_of("{}")[:16]
    '44136fa355b3678a'
    """
    return sha256(body.encode()).hexdigest()


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(value, DECIMALS) for value in values]
