"""Lists of value bets."""

from __future__ import annotations

from functools import cache

from sabiscore.cache import tags
from sabiscore.domain.match import Match
from sabiscore.domain.value import Quality
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.answers.leagues import league_list_tags, served_key
from sabiscore.insights.answers.match_changes import changes_of
from sabiscore.insights.answers.matches import LIST_LIFE_S
from sabiscore.insights.answers.track_record import record_mark
from sabiscore.insights.listing import value_bet_list
from sabiscore.insights.time_bucket import TimeBucket


def value_bets(
    inputs: AnswerInputs, league: str | None, least: float, quality: Quality | None
) -> CacheableDocument:
    """The value bets on the coming matches of a league (all served by default), the best first."""
    current, stored = inputs.current(), inputs.record_or_none()
    key, publication = served_key(league), current.publication
    record = stored.record if stored else None

    def choose() -> list[Match]:
        return [match for match in publication.served.values() if key in (None, match.league)]

    chosen = cache(choose)  # only where the answer is made: most find it kept, or are refused

    def when() -> TimeBucket:
        changes = [at for match in chosen() for at in changes_of(match)]
        return inputs.time_bucket(publication, LIST_LIFE_S, changes)

    return inputs.scored_document(
        f"value-bets/{key}/{least}/{quality}",
        [*league_list_tags(key), tags.record_tag(record_mark(stored))],
        current,
        when,
        lambda scored, when: value_bet_list(
            scored, chosen(), when.at, least=least, quality=quality, record=record
        ),
    )
