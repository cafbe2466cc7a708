"""The publication brought up to date, and the caches that show an older one invalidated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sabiscore.cache.last_good import Holder
from sabiscore.cache.tags import ODDS, list_tag, match_tag
from sabiscore.cache.targets import Targets, of_tags
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import LEAGUE_BY_KEY, SERVED
from sabiscore.domain.match import Match, Phase
from sabiscore.errors import BadPublication, NothingPublished, SabiScoreError
from sabiscore.identity.rosters import Roster
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.net.quota import CLOCK_ERROR
from sabiscore.pipeline.coming_matches import HORIZON, listed, may_play, roster_sources
from sabiscore.pipeline.memo import MemoEach
from sabiscore.pipeline.odds_snapshots import priced
from sabiscore.publication.publish import Publication, PublishedStates, publish
from sabiscore.store.database import Store
from sabiscore.store.snapshots import Snapshot, Snapshots

INVALIDATED_KEY = "schedules:told"
"""The key of the CAS store that holds the digest of the publication that caches were invalidated for."""
MOST_NAMED = 150
"""Matches invalidated one by one; the edge takes 200 targets a call."""
RENEWED_EVERY = timedelta(hours=1)
"""How often the age of a publication is renewed while sources answer and nothing changes."""


@dataclass(frozen=True, slots=True)
class PublicationContent:
    """What is to be published: coming matches with their prices, the states by their hash, rosters by league.

    ``has_record``: something was sealed.
    ``renamed`` gives by the ids that matches had under another name of a club the ids they have today.
    """

    matches: Sequence[Match]
    states: PublishedStates
    rosters: Mapping[str, Roster]
    renamed: Mapping[str, str]
    has_record: bool


@dataclass(frozen=True, slots=True)
class Republished:
    """The publication now served, and the ids of the matches that differ from the one before it."""

    publication: Publication
    touched: tuple[str, ...]
    replaced: bool


def published(publications: Holder[Publication]) -> Publication | None:
    """What is published now; None where nothing is, or where it cannot be read whole."""
    try:
        publication = publications.get()
    except (NothingPublished, BadPublication):
        return None
    return publication if publications.refused is None else None


def coming_fixtures(
    matches: Sequence[Match], now: datetime, *, store: Store, snapshots: Snapshots, memo: MemoEach[Match]
) -> list[Match]:
    """The served ones of ``matches`` in the next 14 days, each with the newest prices known at ``now``.

    Prices are never replaced by older ones after a clock was set back, and prices dated in the future are
    left out.
    """
    first, last = now.date(), (now + HORIZON).date()
    soon = [match for match in matches if LEAGUE_BY_KEY[match.league].served and first <= match.day < last]
    in_files = {match.id: match for match in store.coming()}
    latest = snapshots.latest([match.id for match in soon], now + CLOCK_ERROR)
    facts = {
        match.id: (match, _known_by(now, in_files.get(match.id)), latest.get(match.id, [])) for match in soon
    }
    return memo.all(facts, _as_fixture)


def _known_by(now: datetime, in_files: Match | None) -> Match | None:
    """The match of the season files, unless its early prices were collected after ``now``."""
    later = in_files is not None and in_files.priced_at is not None and in_files.priced_at > now
    return None if later else in_files


def _as_fixture(match: Match, in_files: Match | None, latest: Sequence[Snapshot]) -> Match:
    """The match without its result, with the prices of season files or of snapshots, whichever are newer."""
    fixture = replace(match, goals=None, rated=True, statistics={}, lines={}, priced_at=None)
    if in_files is not None:
        early = {key: odds for key, odds in in_files.prices.items() if key[2] == "pre"}
        lines: dict[Phase, float] = {phase: line for phase, line in in_files.lines.items() if phase == "pre"}
        fixture = replace(fixture, prices=early, lines=lines, priced_at=in_files.priced_at)
    return priced(fixture, latest)


def stays(old: Publication | None, matches: Sequence[Match], answered: Sequence[str]) -> bool:
    """Whether ``old`` stays published whatever its age.

    It does while no match is known at all, and it does where it is a rehearsal and no source ``answered``.
    """
    return old is not None and (not matches or (old.rehearsal and not answered))


def republish(
    old: Publication | None,
    content: PublicationContent,
    now: datetime,
    *,
    answered: Sequence[str],
    folder: Path,
    kind: DataKind,
    require_alive: Callable[[], None],
) -> Republished:
    """Publishes ``content`` to ``folder`` as known at ``now``, when it differs from ``old``, which is there.

    ``answered`` are the sources that answered in this run; where none did, the publication keeps its age.
    ``require_alive`` is called before anything is written and raises JobLost when another run took over.
    """
    touched = _touched(old, content.matches)
    name = content.states.name
    clubs, others = listed(content.rosters), may_play(content.rosters)
    same = (
        old is not None
        and not touched
        and old.states.name == name
        and (content.states == old.published_states or old.published_states.are_whole())
        and (old.rosters, old.may_play) == (clubs, others)
    )
    if old is not None and same and not (answered and now - old.as_of >= RENEWED_EVERY):
        return Republished(old, (), replaced=False)
    require_alive()
    ids = {match.id for match in content.matches}
    new = publish(
        folder,
        content.matches,
        lambda path: path.write_bytes(content.states.read()),
        as_of=now if answered or old is None else old.as_of,
        published_at=now,
        kind=kind,
        rehearsal=False,
        source=", ".join(sorted({*answered} or {old.source if old else "season files"})),
        rosters=clubs,
        may_play=others,
        roster_sources=roster_sources(content.rosters),
        renamed={before: today for before, today in content.renamed.items() if today in ids},
        states=name,
        has_record=content.has_record,
    )
    return Republished(new, touched, replaced=True)


def _touched(old: Publication | None, new: Sequence[Match]) -> tuple[str, ...]:
    before = old.matches if old else {}
    after = {match.id: match for match in new}
    return tuple(sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key)))


def invalidate_caches(
    republished: Republished,
    before: str | None,
    *,
    invalidate: Callable[[Targets], object] | None,
    cas_store: CasStore,
) -> str | None:
    """Invalidates what shows an older publication, once; the problem where that failed.

    ``before`` is the digest of the publication that ``republished.touched`` was compared with. Where caches
    were not invalidated for that one, because a run died, everything is. None of ``invalidate`` says that no
    cache is shared: readers see by the tags of a publication that it is new.
    """
    digest = republished.publication.digest
    if invalidate is None or (invalidated := cas_store.read(INVALIDATED_KEY)) == digest:
        return None
    everything = [ODDS, *(list_tag(league.key) for league in SERVED)]
    few = invalidated == before and len(republished.touched) <= MOST_NAMED
    named = [match_tag(match_id) for match_id in republished.touched] if few else everything
    try:
        if named:
            invalidate(of_tags(named))
    except SabiScoreError as error:
        return f"Caches were not invalidated: {error}"
    compare_and_swap(cas_store, INVALIDATED_KEY, lambda _: digest)
    return None
