"""The leagues that are served: which of them a reader means, and what is coming in each."""

from __future__ import annotations

from sabiscore.cache import tags
from sabiscore.domain.league import SERVED, League
from sabiscore.errors import UnknownLeague
from sabiscore.identity.leagues import find_league
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.listing import league_list

LEAGUES_LIFE_S = 300


def leagues(inputs: AnswerInputs) -> CacheableDocument:
    """The leagues served, with their teams, what is coming in them, and the bundle's figures of each."""
    publication, version = inputs.publications.get(), inputs.models.version()
    made_of = (tags.bundle_tag(version), tags.publication_tag(publication.digest))
    return CacheableDocument(
        "leagues",
        tuple(sorted(made_of)),
        lambda: inputs.time_bucket(publication, LEAGUES_LIFE_S),
        lambda when: league_list(publication, when.at, version, inputs.models.metrics()),
    )


def served_league(text: str) -> League:
    """The league that ``text`` names, if we answer for it; raises UnknownLeague with those we do."""
    league = find_league(text)
    if league.served:
        return league
    keys = tuple(served.key for served in SERVED)
    raise UnknownLeague(
        f"{league.name} is followed but not forecast.",
        candidates=keys,
        hint=f"Choose one of {', '.join(keys)}.",
    )


def served_key(text: str | None) -> str | None:
    """The key of the league that ``text`` names, None for None (all of them). Raises UnknownLeague."""
    return served_league(text).key if text is not None else None


def league_list_tags(key: str | None) -> list[str]:
    """The tags of a list of matches of the league ``key``, of all leagues served for None."""
    keys = [key] if key else [served.key for served in SERVED]
    return [tags.ODDS, *map(tags.league_tag, keys), *map(tags.list_tag, keys)]
