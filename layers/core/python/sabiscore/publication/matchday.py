"""What became of matches lately, and what was sealed of them: one small file beside the publication.

The publication holds coming matches only. This file holds those of the last days, and everything that sources
or the ledger say of a match by now: its status, its score, its seals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from sabiscore.cache.last_good import Holder, LastGood
from sabiscore.domain.facts import Status
from sabiscore.domain.match import Match
from sabiscore.domain.odds import OutcomeProbabilities
from sabiscore.errors import BadPublication
from sabiscore.publication.digest import digest_of
from sabiscore.publication.supplements import HINT, MATCHDAY, Supplements
from sabiscore.untrusted import json_object, untrusted

MATCHDAY_FORMAT = 1
BACK = timedelta(days=7)
"""How long a match stays in the file once it is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSummary:
    """A prediction in the ledger: entry ``seq`` with ``hash``, sealed at ``stage`` by ``bundle``."""

    seq: int
    hash: str
    sealed_at: datetime
    stage: str
    bundle: str
    p: OutcomeProbabilities


@dataclass(frozen=True, slots=True)
class SettledEntry:
    """The entry of the ledger that settled a prediction."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLife:
    """What is known of ``match`` besides what the publication says of it.

    ``status`` is what ``source`` last said, at ``known_at`` (None where not known); ``match.goals`` is
    the score. ``seals`` are those of production, oldest first; the last one counts.
    """

    match: Match
    status: Status = "scheduled"
    source: str | None = None
    known_at: datetime | None = None
    seals: tuple[SealSummary, ...] = ()
    settled: SettledEntry | None = None

    @property
    def digest(self) -> str:
        """What differs for every different content."""
        return digest_of(_plain(self))[:16]


@dataclass(frozen=True, slots=True)
class Matchday:
    """The lives of matches by id; ``digest`` differs for every different content.

    One that is not ``readable`` stands for a file that cannot be read: nobody knows what is in it.
    """

    lives: Mapping[str, MatchLife] = field(default_factory=dict)
    digest: str = "none"
    readable: bool = True


def matchday_file(lives: Iterable[MatchLife]) -> tuple[bytes, str]:
    """The content of the file, and its ending: the same bytes for the same lives."""
    rows = [_plain(life) for life in sorted(lives, key=lambda life: (life.match.day, life.match.id))]
    body = {"format": MATCHDAY_FORMAT, "matches": rows}
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(), "json"


def read_matchday(supplements: Supplements) -> Matchday:
    """The matchday that ``supplements`` name; an empty one where they name none. Raises BadPublication."""
    file = supplements.file(MATCHDAY)
    if file is None:
        return Matchday()
    with untrusted(BadPublication, f"{file.path.name} holds no matches", hint=HINT):
        body = json_object(file.read())
        if body["format"] != MATCHDAY_FORMAT:
            raise ValueError(f"format {body['format']!r} is not {MATCHDAY_FORMAT}")
        lives = [_life(plain) for plain in body["matches"]]
    return Matchday({life.match.id: life for life in lives}, digest=file.sha256)


def last_matchday(supplements: Holder[Supplements]) -> LastGood[Matchday]:
    """The newest matchday that can be trusted; before the first one that is not readable, where one is."""
    return LastGood(
        load=lambda: read_matchday(supplements.get()),
        stamp=lambda: (supplements.get().digest, supplements.get().sha256_of(MATCHDAY)),
        fallback=lambda _: Matchday(digest="unreadable", readable=False),
    )


def _plain(life: MatchLife) -> dict[str, Any]:
    match = life.match
    return {
        "league": match.league,
        "season": match.season,
        "day": match.day.isoformat(),
        "home": match.home,
        "away": match.away,
        "leg": match.leg,
        "kickoff_at": _text(match.kickoff_at),
        "status": life.status,
        "goals": list(match.goals) if match.goals else None,
        "source": life.source,
        "known_at": _text(life.known_at),
        "seals": [
            [seal.seq, seal.hash, _text(seal.sealed_at), seal.stage, seal.bundle, *seal.p]
            for seal in life.seals
        ],
        "settled": [life.settled.seq, life.settled.hash, _text(life.settled.at)] if life.settled else None,
    }


def _life(plain: Mapping[str, Any]) -> MatchLife:
    goals, status = plain["goals"], cast("Status", str(plain["status"]))
    match = Match(
        league=plain["league"],
        season=plain["season"],
        day=date.fromisoformat(plain["day"]),
        home=plain["home"],
        away=plain["away"],
        leg=plain["leg"],
        kickoff_at=_instant(plain["kickoff_at"]),
        goals=(int(goals[0]), int(goals[1])) if goals else None,
        rated=status != "awarded",
    )
    return MatchLife(
        match=match,
        status=status,
        source=plain["source"],
        known_at=_instant(plain["known_at"]),
        seals=tuple(_seal(*seal) for seal in plain["seals"]),
        settled=_settled(*plain["settled"]) if plain["settled"] else None,
    )


def _seal(seq: int, digest: str, at: str, *rest: Any) -> SealSummary:
    stage, bundle, home, draw, away = rest
    return SealSummary(
        seq=seq,
        hash=digest,
        sealed_at=datetime.fromisoformat(at),
        stage=stage,
        bundle=bundle,
        p=(home, draw, away),
    )


def _settled(seq: int, digest: str, at: str) -> SettledEntry:
    return SettledEntry(seq, digest, datetime.fromisoformat(at))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
