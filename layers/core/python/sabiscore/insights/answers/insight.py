"""The insight about one match, scheduled or not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from sabiscore.cache import tags
from sabiscore.domain.match import Match
from sabiscore.errors import BadPublication, UnknownMatch
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.current_answers import CurrentAnswers
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.answers.match_changes import life_tags, match_time_bucket
from sabiscore.insights.answers.supplement_files import fetch_file
from sabiscore.insights.match_clock import not_sealed
from sabiscore.insights.time_bucket import TimeBucket
from sabiscore.publication.supplements import CLUBS, Supplements

if TYPE_CHECKING:
    from sabiscore.insights.document import Document
    from sabiscore.insights.scored_publication import ScoredPublication
    from sabiscore.publication.club_forms import ClubForm


def published_insight(inputs: AnswerInputs, match_id: str) -> CacheableDocument:
    """The insight about a published match. Raises UnknownMatch."""
    current = inputs.current()
    known = current.insights.get(match_id)
    if known is not None:
        return known
    match = current.served(match_id)
    if match is None:
        raise UnknownMatch(
            f"No coming match has the id {match_id[:80]!r}.",
            hint="See /api/v1/matches for those that are.",
        )
    answer = current.insights[match_id] = insight_about(inputs, current, match, scheduled=True)
    return answer


def insight_about(
    inputs: AnswerInputs, current: CurrentAnswers, match: Match, *, scheduled: bool
) -> CacheableDocument:
    """The insight about ``match``, whether it is ``scheduled`` or only asked for."""
    supplements = current.supplements
    life = current.matchday.lives.get(match.id) if scheduled else None
    about = [tags.match_tag(match.id), tags.league_tag(match.league), tags.ODDS, *life_tags(life)]
    about.append(tags.clubs_tag(supplements.sha256_of(CLUBS)))

    def make(scored: ScoredPublication, when: TimeBucket) -> Document:
        # Only here: an insight that is cached needs neither pydantic nor what composes it.
        from sabiscore.insights.compose import insight

        forecast, shifts = scored.explained(match)
        return insight(
            match,
            forecast,
            shifts=shifts,
            publication=current.publication,
            model=scored.model,
            at=when.at,
            scheduled=scheduled,
            live=scored.calibration,
            commission=scored.commission,
            life=life,
            not_sealed=not_sealed(current.matchday),
            metrics=inputs.models.metrics(),
            forms=_forms(supplements, match.league),
        )

    return inputs.scored_document(
        match.id if scheduled else f"{match.id}@{match.day}",
        about,
        current,
        partial(match_time_bucket, inputs, current.publication, match),
        make,
        prepare=partial(fetch_file, supplements, CLUBS),
    )


def _forms(supplements: Supplements, league: str) -> Mapping[str, ClubForm] | str:
    """The results and ratings of the clubs of ``league``, or why they are not known."""
    from sabiscore.insights.compose import NO_FORMS
    from sabiscore.publication.club_forms import read_forms

    try:
        return read_forms(supplements, league) or NO_FORMS
    except BadPublication:
        return "The published results of clubs cannot be read."
