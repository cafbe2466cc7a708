"""``cron/odds``: scores in play, prices of the matches that are due, and all that follows from a new price.

Scores of the matches in play → observations, with goals published as events at once. Then: sources →
snapshots → publication → forecasts in one batch → caches and the edge invalidated → value bets → predictions
that are due sealed, the challenger's last. Each step is valid by itself: when a run dies between two of them,
the next run continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.rosters import KnownMatches
from sabiscore.jobs import publishing
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.jobs.supplements import publish_matchday, publish_sealed, publish_system
from sabiscore.net.quota import CLOCK_ERROR
from sabiscore.pipeline.in_play import observe_scores
from sabiscore.pipeline.observing import ObservedCounts
from sabiscore.pipeline.odds_snapshots import seen_prices
from sabiscore.pipeline.polling_plan import AHEAD, due, note_asked, read_asked
from sabiscore.pipeline.price_history import publish_prices
from sabiscore.sources.base import Wanted

NOTHING_STORED = (
    "The store has no matches yet, so no price was asked for. Season files: sabiscore cron stats."
)


@dataclass(frozen=True, slots=True)
class PriceNews:
    """The leagues whose prices were asked for, how many prices are new, who answered, and problems.

    ``not_yet`` are the sources that have published nothing yet.
    """

    leagues: tuple[str, ...] = ()
    new: int = 0
    sources: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    not_yet: tuple[str, ...] = ()


def work(context: JobContext, run: JobRun) -> JobResult:
    """Observes scores, asks for prices that are due, republishes, and does what follows from that."""
    calendar = publishing.served_calendar(context, context.now())
    if publishing.nothing_known(context, calendar):
        return JobResult(NOTHING_STORED)
    scores = observe_scores(
        calendar, sources=context.sources, observations=context.observations, clock=context.clock
    )
    now, unsent = context.now(), list[str]()
    if scores.new:
        run.publish_events()  # goals go out at once, whatever the run has to wait for next
        calendar = publishing.served_calendar(context, now)
        unsent += publish_matchday(context, calendar, now)
    prices = ask_prices(context, calendar, now)
    old = publishing.published(context)
    republished = publishing.publish_current(
        context,
        run,
        calendar,
        now,
        old=old,
        states=publishing.published_states(context, old, now),
        answered=sorted(prices.sources),  # a score makes no publication younger
    )
    followed = publishing.follow_up(context, republished, old.digest if old else None)
    publish_sealed(context)
    publish_system(context)
    publish_prices(
        context.publication_dir,
        republished.publication.served,
        context.now(),
        context.snapshots,
        context.cas_store,
    )
    unsent += publish_matchday(context, calendar, context.now())
    figures = {**_asked_figures(scores, prices), **followed.figures}
    problems = (*scores.problems, *prices.problems, *followed.problems, *unsent)
    return JobResult(sentence(figures), figures, problems)


def ask_prices(context: JobContext, calendar: KnownMatches, now: datetime) -> PriceNews:
    """Asks the sources for the prices that are due at ``now``, and stores those that are new."""
    wanted = due(calendar.matches, read_asked(context.cas_store), now)
    if not wanted.urgent and not wanted.calm:
        return PriceNews()
    leagues = (*wanted.urgent, *wanted.calm)
    asked = Wanted(frozenset({"odds"}), leagues, now.date(), (now + AHEAD).date(), frozenset(wanted.urgent))
    gathered = context.sources.gather(asked)
    new = _store_prices(context, calendar, gathered)
    missing = [] if gathered.nothing_yet else [f"No prices of {league}." for _, league in gathered.missing]
    return PriceNews(
        leagues=leagues,
        new=new,
        sources=frozenset(provenance.source for provenance in gathered.won.values()),
        problems=(*gathered.problems, *missing),
        not_yet=tuple(gathered.not_yet) if gathered.nothing_yet else (),
    )


def _store_prices(context: JobContext, calendar: KnownMatches, gathered: FetchedFacts) -> int:
    """How many of the ``gathered`` prices are new."""
    now = context.now()
    resolved = match_events(gathered, calendar, context.sources.records)
    ids = sorted({match_id for events in resolved.values() for match_id in events.matches.values()})
    kickoffs = {key: match.kickoff_at for key in ids if (match := calendar.by_id.get(key)) is not None}
    latest = context.snapshots.latest(ids, now + CLOCK_ERROR)
    new = context.snapshots.add(seen_prices(gathered, resolved, kickoffs, latest, now))
    note_asked(context.cas_store, _answered(gathered), now)
    return new


def _answered(gathered: FetchedFacts) -> dict[str, str]:
    """League → the source that answered for it, be it that there are no prices yet."""
    sources = {league: provenance.source for (_, league), provenance in gathered.won.items()}
    if gathered.nothing_yet:
        sources |= {league: gathered.not_yet[0] for _, league in gathered.missing}
    return sources


def _asked_figures(scores: ObservedCounts, prices: PriceNews) -> dict[str, int]:
    return {
        "leagues_asked": len(prices.leagues),
        "prices": prices.new,
        "not_yet": len(prices.not_yet),
        "leagues_in_play": len(scores.leagues),
        "observed": scores.new,
    }


def sentence(figures: Mapping[str, int]) -> str:
    """What a run did, in words.

    >>> sentence({"leagues_asked": 2, "prices": 40, "matches": 50, "touched": 20, "sealed": 3})
    '2 leagues asked, 40 new prices, 50 matches published (20 changed), 3 predictions sealed.'
    """
    words = [
        f"{figures['leagues_asked']} leagues asked",
        f"{figures['prices']} new prices",
        f"{figures['matches']} matches published ({figures['touched']} changed)",
    ]
    optional = (
        ("leagues_in_play", "leagues in play"),
        ("observed", "observations"),
        ("sealed", "predictions sealed"),
        ("on_trial", "of the challenger sealed"),
        ("bets_opened", "value bets opened"),
        ("bets_died", "value bets gone"),
        ("not_yet", "sources with nothing published yet"),
    )
    words += [f"{figures[name]} {what}" for name, what in optional if figures.get(name)]
    return ", ".join(words) + "."
