"""What became of the matches of the last days, from the calendar, what sources said, and the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sabiscore.domain.facts import Status
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.publication.matchday import BACK, MatchLife, SealSummary, SettledEntry
from sabiscore.store.observations import Observation

SEALED_AHEAD = timedelta(days=2)
"""Nothing is sealed earlier than a day before kick-off; a local day may begin another one."""
OFF_AHEAD = timedelta(days=14)
FILES = "football-data.co.uk"

_FACTS = ("league", "season", "day", "home", "away", "leg", "kickoff_at", "goals", "rated")


@dataclass(slots=True)
class _Sealed:
    seals: list[SealSummary] = field(default_factory=list)
    settled: SettledEntry | None = None


def begun_lives(
    matches: Iterable[Match],
    observed: Mapping[str, Observation],
    entries: Sequence[LedgerEntry],
    now: datetime,
) -> list[MatchLife]:
    """The lives of the served ones of ``matches`` that began in the last days, were put off, or were sealed.

    ``matches`` are as the calendar has them, without those that were put off; ``observed`` is what sources
    said last, ``entries`` the ledger's about any of them.
    """
    known = {match.id: match for match in matches if _is_recent(match.league, match.day, now)}
    off = {
        match_id: _match_of(seen)
        for match_id, seen in observed.items()
        if match_id not in known and seen.status in ("postponed", "abandoned")
        if _is_recent(seen.league, seen.day, now, OFF_AHEAD)
    }
    sealed = sealed_by_match(entries)
    lives = [
        _life(match, observed.get(match_id), sealed.get(match_id), now)
        for match_id, match in {**known, **off}.items()
    ]
    return [life for life in lives if life.status != "scheduled" or life.seals or _begun(life.match, now)]


def wanted_ids(matches: Iterable[Match], now: datetime) -> list[str]:
    """The ids of those of ``matches`` that seals are to be looked up for."""
    return [match.id for match in matches if _is_recent(match.league, match.day, now)]


def played_lives(matches: Iterable[Match], now: datetime) -> list[MatchLife]:
    """The lives of ``matches``, which season files alone tell of."""
    return begun_lives(matches, {}, (), now)


def sealed_by_match(entries: Iterable[LedgerEntry]) -> dict[str, _Sealed]:
    """By match, what production sealed of it, and the entry that settled the last of those."""
    found: defaultdict[str, _Sealed] = defaultdict(_Sealed)
    for entry in entries:
        content = entry.content
        of_match = found[content["match"]]
        if content["kind"] == "sealed" and content.get("role", "production") == "production":
            of_match.seals.append(_seal(entry, content))
        elif content["kind"] == "settled" and any(seal.hash == content["seal"] for seal in of_match.seals):
            of_match.settled = SettledEntry(entry.seq, entry.hash, _instant(content["settled_at"]))
    return dict(found)


def _seal(entry: LedgerEntry, content: Mapping[str, Any]) -> SealSummary:
    home, draw, away = content["p"]
    return SealSummary(
        seq=entry.seq,
        hash=entry.hash,
        sealed_at=_instant(content["sealed_at"]),
        stage=content["stage"],
        bundle=content["bundle"],
        p=(home, draw, away),
    )


def _life(match: Match, seen: Observation | None, sealed: _Sealed | None, now: datetime) -> MatchLife:
    """Of a result that is in a season file, no source says when it became known."""
    in_file = match.goals is not None and (seen is None or seen.goals != match.goals)
    status: Status = ("finished" if match.rated else "awarded") if match.goals is not None else "scheduled"
    goals, source, known_at = match.goals, FILES if in_file else None, None
    if seen is not None and not in_file and seen.known_at <= now:
        status, source, known_at = seen.status, seen.source, seen.known_at
        goals = seen.goals if seen.status != "scheduled" else None
    plain = replace(_only_identity(match), goals=goals)
    return MatchLife(
        match=plain,
        status=status,
        source=source,
        known_at=known_at,
        seals=tuple(sealed.seals) if sealed else (),
        settled=sealed.settled if sealed else None,
    )


def _only_identity(match: Match) -> Match:
    """``match`` without prices and statistics, which this file does not hold."""
    return Match(**{name: getattr(match, name) for name in _FACTS})


def _match_of(seen: Observation) -> Match:
    return Match(
        league=seen.league,
        season=seen.season,
        day=seen.day,
        home=seen.home,
        away=seen.away,
        leg=seen.leg,
        kickoff_at=seen.kickoff_at,
    )


def _begun(match: Match, now: datetime) -> bool:
    if match.kickoff_at is not None:
        return match.kickoff_at <= now
    return match.day < now.astimezone(UTC).date()


def _is_recent(league: str, day: date, now: datetime, ahead: timedelta = SEALED_AHEAD) -> bool:
    today = now.astimezone(UTC).date()
    return LEAGUE_BY_KEY[league].served and today - BACK <= day <= today + ahead


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
