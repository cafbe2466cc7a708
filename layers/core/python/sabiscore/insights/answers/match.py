"""Where one match stands, and its prices over time."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sabiscore.cache import tags
from sabiscore.domain.match import Match
from sabiscore.errors import BadPublication, UnknownMatch
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.current_answers import CurrentAnswers
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.answers.match_changes import life_tags, match_time_bucket
from sabiscore.insights.answers.supplement_files import fetch_file
from sabiscore.insights.document import Document
from sabiscore.insights.fixtures import Fixture
from sabiscore.insights.listing import match_report
from sabiscore.insights.match_clock import PAST_UNREADABLE
from sabiscore.insights.price_history import price_list
from sabiscore.insights.time_bucket import TimeBucket
from sabiscore.publication.price_history import read_history
from sabiscore.publication.supplements import HINT, PRICES


def match_standing(inputs: AnswerInputs, match_id: str) -> CacheableDocument:
    """Where a match stands, coming or of the last days. Raises UnknownMatch."""
    current = inputs.current()
    publication = current.publication
    fixture = _fixture(inputs, current, match_id)
    match = fixture.match
    made_of = tags.publication_tag(publication.digest), *life_tags(fixture.life)
    return CacheableDocument(
        f"match/{match.id}",
        tuple(sorted((*made_of, tags.match_tag(match.id), tags.league_tag(match.league)))),
        partial(match_time_bucket, inputs, publication, match),
        lambda when: match_report(fixture, publication, when.at),
    )


def _fixture(inputs: AnswerInputs, current: CurrentAnswers, match_id: str) -> Fixture:
    """The match with that id. Raises UnknownMatch, and BadPublication where past ones cannot be read."""
    publication = current.publication
    known = current.fixtures_at(inputs.now(publication))
    fixture = known.get(publication.renamed.get(match_id, match_id))
    if fixture is not None:
        return fixture
    if not current.matchday.readable:
        raise BadPublication(PAST_UNREADABLE, hint=HINT)
    raise UnknownMatch(
        f"No coming match, and none of the last days, has the id {match_id[:80]!r}.",
        hint="See /api/v1/matches for those that are.",
    )


def prices(inputs: AnswerInputs, match_id: str) -> CacheableDocument:
    """The prices of a match over time. Raises UnknownMatch, for one that has kicked off too."""
    current = inputs.current()
    publication, supplements = current.publication, current.supplements
    match = current.served(match_id)
    if match is None or not _is_coming(match, inputs.now(publication)):
        raise UnknownMatch(
            f"No match that is still to kick off has the id {match_id[:80]!r}.",
            hint="See /api/v1/matches for those that are.",
        )
    made_of = [
        tags.publication_tag(publication.digest),
        tags.prices_tag(supplements.sha256_of(PRICES)),
        tags.match_tag(match.id),
        tags.league_tag(match.league),
        tags.ODDS,
    ]
    return CacheableDocument(
        f"prices/{match.id}",
        tuple(sorted(made_of)),
        partial(match_time_bucket, inputs, publication, match),
        lambda when: _price_list(current, match, when),
        partial(fetch_file, supplements, PRICES),
    )


def _price_list(current: CurrentAnswers, match: Match, when: TimeBucket) -> Document:
    try:
        history = read_history(current.supplements, match.id)
    except BadPublication:
        return price_list(match, "Earlier prices cannot be read.", current.publication, when.at)
    return price_list(match, history or "No earlier prices were collected.", current.publication, when.at)


def _is_coming(match: Match, at: datetime) -> bool:
    return match.kickoff_at is None or at < match.kickoff_at
