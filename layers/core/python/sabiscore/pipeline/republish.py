"""The publication brought to what is known now, and everybody told who shows something older."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sabiscore.cache.tags import ODDS, list_tag, match_tag
from sabiscore.cache.targets import of_tags
from sabiscore.domain.league import BY_KEY, SERVED
from sabiscore.domain.match import Match, Phase
from sabiscore.errors import BadPublication, NothingPublished, SabiScoreError
from sabiscore.identity.rosters import KnownMatches
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.run import JobRun
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.net.quota import CLOCK_ERROR
from sabiscore.pipeline.coming_matches import HORIZON, listed, may_play, roster_sources, served_rosters
from sabiscore.pipeline.odds_snapshots import priced
from sabiscore.publication.publish import Publication, publish, states_name
from sabiscore.store.snapshots import Snapshot

TOLD = "schedules:told"
MOST_NAMED = 150
"""Matches told of one by one; the edge takes 200 targets a call."""
RENEWED_EVERY = timedelta(hours=1)
"""Where nothing changed, but was asked for, its age is renewed this often."""


@dataclass(frozen=True, slots=True)
class Republished:
    """The publication now served, and the ids of its matches that are not what they were."""

    publication: Publication
    touched: tuple[str, ...]
    replaced: bool


def published(desk: JobContext) -> Publication | None:
    """What is published now; None where there is nothing, or nothing whole."""
    desk.catch_up()  # a run lasts minutes, and another schedule publishes too
    publications = desk.insights.publications
    try:
        publication = publications.get()
    except (NothingPublished, BadPublication):
        return None
    return publication if publications.refused is None else None


def to_publish(desk: JobContext, matches: Sequence[Match], now: datetime) -> list[Match]:
    """The served matches of the next 14 days, each with the newest prices known at ``now``.

    A clock that was set back does not bring older prices back; nobody bets on one from the future.
    """
    first, last = now.date(), (now + HORIZON).date()
    soon = [one for one in matches if BY_KEY[one.league].served and first <= one.day < last]
    in_files = {match.id: match for match in desk.store.coming()}
    latest = desk.snapshots.latest([match.id for match in soon], now + CLOCK_ERROR)
    facts = {
        match.id: (match, _known_by(now, in_files.get(match.id)), latest.get(match.id, [])) for match in soon
    }
    return desk.fixtures.all(facts, _as_fixture)


def _known_by(now: datetime, in_files: Match | None) -> Match | None:
    """What season files have of a match, unless its early prices were collected after ``now``."""
    later = in_files is not None and in_files.priced_at is not None and in_files.priced_at > now
    return None if later else in_files


def _as_fixture(match: Match, in_files: Match | None, latest: Sequence[Snapshot]) -> Match:
    """The match without its result, with the newest prices: those of season files, or those seen since."""
    fixture = replace(match, goals=None, rated=True, statistics={}, lines={}, priced_at=None)
    if in_files is not None:
        early = {key: odds for key, odds in in_files.prices.items() if key[2] == "pre"}
        lines: dict[Phase, float] = {phase: line for phase, line in in_files.lines.items() if phase == "pre"}
        fixture = replace(fixture, prices=early, lines=lines, priced_at=in_files.priced_at)
    return priced(fixture, latest)


def republish(
    desk: JobContext,
    turn: JobRun,
    old: Publication | None,
    calendar: KnownMatches,
    states: Path,
    now: datetime,
    heard: Sequence[str],
) -> Republished:
    """Publishes what is known at ``now``, when that differs from ``old``, which is published.

    ``calendar`` has all that are known of the served leagues, ``heard`` the sources that told something in
    this run. Where none did the publication keeps its age; where no match is known at all, or where it is a
    rehearsal, it stays.
    """
    matches = calendar.matches
    if old is not None and (not matches or (old.rehearsal and not heard)):
        return Republished(old, (), replaced=False)
    new = to_publish(desk, matches, now)
    touched = _touched(old, new)
    today = now.astimezone(UTC).date()
    known = desk.rosters.get(
        (calendar, today), lambda: served_rosters(calendar.everything, today, calendar.told_by)
    )
    rostered, others = listed(known), may_play(known)
    same = (
        old is not None
        and not touched
        and old.states.name == states_name(states)
        and (old.rosters, old.may_play) == (rostered, others)
    )
    if old is not None and same and not (heard and now - old.as_of >= RENEWED_EVERY):
        return Republished(old, (), replaced=False)
    turn.require()
    published_ids = {match.id for match in new}
    made = publish(
        desk.folder,
        new,
        lambda path: Path(shutil.copyfile(states, path)),
        as_of=now if heard or old is None else old.as_of,
        published_at=now,
        kind=desk.kind,
        rehearsal=False,
        source=", ".join(sorted({*heard} or {old.source if old else "season files"})),
        rosters=rostered,
        may_play=others,
        roster_sources=roster_sources(known),
        renamed={old_id: key for old_id, key in desk.store.renamed().items() if key in published_ids},
        states=states_name(states),
    )
    return Republished(made, touched, replaced=True)


def _touched(old: Publication | None, new: Sequence[Match]) -> tuple[str, ...]:
    before = old.matches if old else {}
    after = {match.id: match for match in new}
    return tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))


def tell(desk: JobContext, renewed: Republished, before: str | None) -> str | None:
    """Puts out of date what shows an older publication; the sentence of what went wrong, if anything did.

    ``before`` is the digest of the publication that ``renewed.touched`` was compared with. Where
    nobody was told of that one (a run that died), everything is put out of date.
    """
    digest = renewed.publication.digest
    if desk.tell is None or (told := desk.register.read(TOLD)) == digest:
        return None
    everything = [ODDS, *(list_tag(league.key) for league in SERVED)]
    few = told == before and len(renewed.touched) <= MOST_NAMED
    named = [match_tag(key) for key in renewed.touched] if few else everything
    try:
        if named:
            desk.tell(of_tags(named))
    except SabiScoreError as error:
        return f"Caches were not told: {error}"
    compare_and_swap(desk.register, TOLD, lambda _: digest)
    return None
