"""What is published beside the publication: written by each job that learnt something of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sabiscore.cache.tags import ODDS, list_tag, match_tag
from sabiscore.cache.targets import of_tags
from sabiscore.domain.league import SERVED
from sabiscore.errors import BadPublication, SabiScoreError
from sabiscore.fetching.source_states import SourceState
from sabiscore.identity.rosters import KnownMatches
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.pipeline.calendar import OBSERVED
from sabiscore.pipeline.club_forms import publish_forms, ratings_in_file
from sabiscore.pipeline.recent_matches import begun_lives, wanted_ids
from sabiscore.publication.ledger_pages import publish_ledger
from sabiscore.publication.matchday import Matchday, MatchLife, matchday_file, read_matchday
from sabiscore.publication.publish import PublishedStates
from sabiscore.publication.supplements import MATCHDAY, SYSTEM, put_supplements, read_supplements
from sabiscore.publication.system_state import ScheduleLine, SourceLine, system_file
from sabiscore.sources.registry import PREFERENCE

MATCHDAY_INVALIDATED_KEY = "schedules:matchday-told"
"""The key of the CAS store that holds the digest of the matchday that caches were invalidated for."""
MOST_NAMED = 100
"""Matches invalidated one by one; the edge takes 200 targets a call."""


def publish_matchday(context: JobContext, calendar: KnownMatches, now: datetime) -> tuple[str, ...]:
    """Publishes what became of matches by ``now``, invalidates what shows otherwise; the problems."""
    before = published_matchday(context.publication_dir)
    observed = context.observations.current((now - OBSERVED).date(), PREFERENCE["results"])
    entries = context.ledger.of(wanted_ids(calendar.matches, now))
    lives = begun_lives(calendar.matches, observed, entries, now)
    put_supplements(context.publication_dir, {MATCHDAY: matchday_file(lives)})
    after = published_matchday(context.publication_dir)
    return _invalidate(context, before, after)


def publish_sealed(context: JobContext) -> None:
    """Publishes the ledger as it is now; readers see by its head that it is new."""
    publish_ledger(context.publication_dir, context.ledger.head(), context.ledger.entries)


def publish_clubs(
    context: JobContext, calendar: KnownMatches, states: PublishedStates, rosters: Mapping[str, Sequence[str]]
) -> None:
    """Publishes each club's last results, and its rating in ``states`` beside those before."""
    played = {match.id: match for match in (*calendar.everything, *calendar.matches)}
    publish_forms(context.publication_dir, rosters, played.values(), ratings_in_file(states))


def publish_system(context: JobContext) -> None:
    """Publishes how sources and schedules stand, without what would help an attacker."""
    now = context.now()
    sources = [_source_line(state) for state in context.source_states()]
    schedules = [_schedule_line(context, name, now) for name in TIMETABLE]
    put_supplements(context.publication_dir, {SYSTEM: system_file(now, sources, schedules)})


def _source_line(state: SourceState) -> SourceLine:
    quota, record = state.quota, state.record
    return SourceLine(
        name=state.name,
        state=state.state,
        breaker=state.breaker,
        used=quota.used if quota else None,
        quota=quota.plan.calls if quota else None,
        per=quota.plan.unit if quota else None,
        renews_at=quota.renews_at.isoformat() if quota else None,
        last_good_at=record.last_good_at if record else None,
        failures=record.failures if record else None,
    )


def _schedule_line(context: JobContext, name: str, now: datetime) -> ScheduleLine:
    """The newest run of a schedule that has ended: the one that publishes this is still under way."""
    ended = [run for run in context.jobs.last(name, 2) if run.outcome != "running"]
    run = ended[0] if ended else None
    report = run.report if run is not None else {}
    return ScheduleLine(
        name=name,
        due_at=TIMETABLE[name].next(now).isoformat(),
        started_at=run.started_at.isoformat() if run else None,
        finished_at=run.finished_at.isoformat() if run and run.finished_at else None,
        outcome=run.outcome if run else None,
        problems=len(report.get("problems", ())),
    )


def published_matchday(folder: Path) -> Matchday:
    """The matchday in ``folder``; an empty one where it cannot be read, since it is written anew."""
    try:
        return read_matchday(read_supplements(folder))
    except BadPublication:
        return Matchday()


def _invalidate(context: JobContext, before: Matchday, after: Matchday) -> tuple[str, ...]:
    """Where caches were not invalidated for ``before``, because a run died, every list and match is."""
    if context.invalidate is None:
        return ()
    invalidated = context.cas_store.read(MATCHDAY_INVALIDATED_KEY)
    if invalidated == after.digest:
        return ()
    touched = _touched(before.lives, after.lives)
    few = (invalidated or Matchday().digest) == before.digest and len(touched) <= MOST_NAMED
    named = {*map(match_tag, touched)} if few else {ODDS}
    leagues = {life.match.league for life in touched.values()} if few else {league.key for league in SERVED}
    try:
        if touched or not few:
            context.invalidate(of_tags(sorted({*named, *map(list_tag, leagues)})))
    except SabiScoreError as error:
        return (f"Caches were not invalidated for new scores: {error}",)
    compare_and_swap(context.cas_store, MATCHDAY_INVALIDATED_KEY, lambda _: after.digest)
    return ()


def _touched(before: Mapping[str, MatchLife], after: Mapping[str, MatchLife]) -> dict[str, MatchLife]:
    every = {**before, **after}
    return {key: every[key] for key in every if before.get(key) != after.get(key)}
