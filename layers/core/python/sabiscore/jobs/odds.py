"""``cron/odds``: scores in play, prices of the matches that want them, and all that follows from a new price.

Scores of what is played now → goals, told at once. Then: sources → snapshots → publication → forecasts in
one batch → caches and the edge → predictions that are due are sealed → value bets. Each step stands by
itself: whoever dies between two of them leaves the next run to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sabiscore.domain.league import SERVED
from sabiscore.errors import SabiScoreError
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.rosters import KnownMatches
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.net.quota import CLOCK_ERROR
from sabiscore.pipeline.betting import see_bets
from sabiscore.pipeline.calendar import known
from sabiscore.pipeline.challenger import seal_trial
from sabiscore.pipeline.checkpoints import states_at
from sabiscore.pipeline.in_play import hear_scores
from sabiscore.pipeline.odds_snapshots import seen_prices
from sabiscore.pipeline.polling_plan import AHEAD, due, note_asked, read_asked
from sabiscore.pipeline.republish import Republished, published, republish, tell
from sabiscore.pipeline.sealing import seal_due
from sabiscore.sources.base import Wanted

LEAGUES = tuple(league.key for league in SERVED)


@dataclass(slots=True)
class OddsNews:
    """What one run heard: new prices, the leagues they were asked for, who answered, what went wrong.

    ``in_play`` is of how many leagues scores were heard, ``observed`` how many were new. ``sources`` told
    prices: a score makes no publication younger. ``not_yet`` are sources that have published nothing yet.
    """

    asked: tuple[str, ...] = ()
    prices: int = 0
    in_play: int = 0
    observed: int = 0
    sources: set[str] = field(default_factory=set)
    not_yet: Sequence[str] = ()
    problems: list[str] = field(default_factory=list)


def work(desk: JobContext, turn: JobRun) -> JobResult:
    """Hears scores, asks for prices that are due, and renews, seals and bets by what is known then."""
    calendar = known(desk, LEAGUES, desk.now())
    scores = hear_scores(desk, turn, calendar)
    now = desk.now()
    if scores.new:
        calendar = known(desk, LEAGUES, now)
    heard = ask(desk, calendar, now)
    heard.in_play, heard.observed = len(scores.leagues), scores.new
    heard.problems[:0] = scores.problems
    before = published(desk)
    states = before.states if before else states_at(desk, now)
    renewed = republish(desk, turn, before, calendar, states, now, sorted(heard.sources))
    return follow(desk, renewed, before.digest if before else None, heard)


def ask(desk: JobContext, calendar: KnownMatches, now: datetime) -> OddsNews:
    """Asks for the prices that are due, and stores what is new."""
    wanted = due(calendar.matches, read_asked(desk.register), now)
    heard = OddsNews(asked=tuple(sorted((*wanted.urgent, *wanted.calm))))
    if heard.asked:
        days, urgent = (now.date(), (now + AHEAD).date()), frozenset(wanted.urgent)
        asked = Wanted(frozenset({"odds"}), (*wanted.urgent, *wanted.calm), *days, urgent)
        _keep(desk, calendar, desk.sources.gather(asked), heard)
    return heard


def _keep(desk: JobContext, calendar: KnownMatches, gathered: FetchedFacts, heard: OddsNews) -> None:
    now = desk.now()
    resolved = match_events(gathered, calendar, desk.sources.records)
    ids = sorted({key for one in resolved.values() for key in one.matches.values()})
    kickoffs = {key: match.kickoff_at for key in ids if (match := calendar.by_id.get(key)) is not None}
    latest = desk.snapshots.latest(ids, now + CLOCK_ERROR)
    heard.prices += desk.snapshots.add(seen_prices(gathered, resolved, kickoffs, latest, now))
    won = {league: one.source for (_, league), one in gathered.won.items()}
    missing = [league for _, league in gathered.missing]
    heard.sources |= set(won.values())
    heard.problems += gathered.problems
    if gathered.nothing_yet:
        won |= dict.fromkeys(missing, gathered.not_yet[0])  # it answered, and is asked again in its time
        heard.not_yet = gathered.not_yet
    else:
        heard.problems += [f"No prices of {league}." for league in missing]
    note_asked(desk.register, won, now)


def follow(desk: JobContext, renewed: Republished, before: str | None, heard: OddsNews) -> JobResult:
    """Everything that follows from what is published now: caches, seals and bets."""
    figures = {
        "leagues_asked": len(heard.asked),
        "prices": heard.prices,
        "not_yet": len(heard.not_yet),
        "leagues_in_play": heard.in_play,
        "observed": heard.observed,
        "matches": len(renewed.publication.matches),
        "touched": len(renewed.touched),
    }
    try:
        edition = desk.insights.edition()
        if desk.tell is not None:
            _prepare(edition, renewed)
        problem = tell(desk, renewed, before)
        heard.problems += [problem] if problem else []
        bets = see_bets(desk, edition)
        figures |= {
            "sealed": seal_due(desk, edition),
            "bets_opened": len(bets.opened),
            "bets_died": len(bets.died),
        }
        figures["on_trial"], problem = seal_trial(desk, edition)
        heard.problems += [problem] if problem else []
    except SabiScoreError as error:
        heard.problems.append(f"Nothing was forecast: {error}")
    return JobResult(sentence(figures), figures, tuple(heard.problems))


def _prepare(edition: ScoredPublication, renewed: Republished) -> None:
    """Forecasts and their reasons of all that changed, from one batch."""
    served = edition.publication.served
    edition.prepare([served[key] for key in renewed.touched if key in served])


def sentence(figures: dict[str, int]) -> str:
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
