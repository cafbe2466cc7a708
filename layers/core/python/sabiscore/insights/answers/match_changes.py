"""When what is said of a match changes by itself, and what names the life it is said of."""

from __future__ import annotations

from datetime import datetime

from sabiscore.cache import tags
from sabiscore.domain.match import Match
from sabiscore.domain.value import PRICE_LIFE
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.match_clock import instants_of_change
from sabiscore.insights.time_bucket import TimeBucket, ttl_s
from sabiscore.publication.matchday import MatchLife
from sabiscore.publication.publish import Publication


def changes_of(match: Match) -> list[datetime]:
    """When what is said of ``match`` changes by itself: kick-off, its end, the end of its prices."""
    expiry = [match.priced_at + PRICE_LIFE] if match.priced_at else []
    return [*instants_of_change(match), *expiry]


def match_time_bucket(inputs: AnswerInputs, publication: Publication, match: Match) -> TimeBucket:
    """The step of time that a document about ``match`` speaks of now: the nearer kick-off, the shorter."""
    life = ttl_s(match.kickoff_at, inputs.now(publication))
    return inputs.time_bucket(publication, life, changes_of(match))


def life_tags(life: MatchLife | None) -> tuple[str, ...]:
    """What names exactly this life of a match: an answer made of another one is not current."""
    return () if life is None else (tags.life_tag(life.digest),)
