"""Lists of matches, by league, team and day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cache

from sabiscore.cache import tags
from sabiscore.errors import Refused
from sabiscore.identity.matchups import find_team
from sabiscore.insights.answers.cacheable_document import LISTS, CacheableDocument
from sabiscore.insights.answers.current_answers import CurrentAnswers
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.answers.leagues import league_list_tags, served_key
from sabiscore.insights.answers.match_changes import changes_of
from sabiscore.insights.fixtures import FixtureFilter, days_of, in_order
from sabiscore.insights.listing import FixtureChoice, match_list
from sabiscore.insights.match_clock import is_in_play, utc_day
from sabiscore.insights.time_bucket import DAY, TimeBucket

LIST_LIFE_S = 60
IN_PLAY_LIFE_S = 30


def matches(
    inputs: AnswerInputs,
    *,
    league: str | None,
    first: date | None,
    last: date | None,
    day: date | None,
    team: str | None,
) -> CacheableDocument:
    """The list of matches as ``Insights.matches`` describes it."""
    _require_order(first, last, day)
    current = inputs.current()
    key = served_key(league)
    club = find_team(team, current.rosters, key) if team is not None else None
    today = inputs.now(current.publication).astimezone(UTC).date()
    wanted = FixtureFilter(key, club, day or first or today, day or last)
    chosen = cache(lambda: _choose(inputs, current, wanted))  # only where the answer is made
    return inputs.scored_document(
        f"{LISTS}/{key}/{club}/{wanted.first}/{wanted.last}",
        [*league_list_tags(key), tags.matchday_tag(current.matchday.digest)],
        current,
        lambda: _time_bucket(inputs, current, chosen, today),
        lambda scored, when: match_list(scored, chosen(), when.at, rows=current.rows, day=day),
    )


def _require_order(first: date | None, last: date | None, day: date | None) -> None:
    """Raises Refused for ``day`` beside other days, and for days in the wrong order."""
    if day is not None and (first or last):
        raise Refused("day is given beside from or to.", hint="Give one day, or from and to.")
    if first and last and first > last:
        raise Refused(f"from={first} is after to={last}.", hint="Swap the two dates.")


def _choose(inputs: AnswerInputs, current: CurrentAnswers, wanted: FixtureFilter) -> FixtureChoice:
    found = current.fixtures_at(inputs.now(current.publication))
    of_them = [fixture for fixture in found.values() if wanted.admits(fixture.match)]
    chosen = [fixture for fixture in of_them if wanted.holds(utc_day(fixture.match))]
    return FixtureChoice(wanted, in_order(chosen), days_of(of_them), current.matchday.readable)


def _time_bucket(
    inputs: AnswerInputs, current: CurrentAnswers, chosen: Callable[[], FixtureChoice], today: date
) -> TimeBucket:
    """The step of time that the list speaks of: shorter while a match is on, and never past midnight."""
    now = inputs.now(current.publication)
    listed = [fixture.match for fixture in chosen().chosen]
    changes = [at for match in listed for at in changes_of(match)]
    life = IN_PLAY_LIFE_S if any(is_in_play(match, now) for match in listed) else LIST_LIFE_S
    midnight = datetime.combine(today, time(), UTC) + DAY
    return inputs.time_bucket(current.publication, life, (*changes, midnight))
