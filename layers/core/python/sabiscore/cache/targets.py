"""Which stored answers are out of date, by their tags and paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sabiscore.cache import keys, tags
from sabiscore.domain.league import LEAGUE_BY_KEY, SERVED

_MATCH_ID = re.compile(r"(?P<league>[a-z0-9]+(-[a-z0-9]+)*?)-\d{4}-[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Targets:
    """What is out of date: answers with one of ``tags``, and those at one of ``paths``."""

    tags: tuple[str, ...]
    paths: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The tags and keys to drop."""
        return [*self.tags, *map(keys.entry_key, self.paths)]


def of_match(match_id: str) -> Targets:
    """Whatever tells of one match: its insight, and the lists of its league.

    >>> of_match("epl-2526-arsenal-chelsea").tags
    ('list:epl', 'match:epl-2526-arsenal-chelsea')
    """
    found = _MATCH_ID.fullmatch(match_id)
    league = found["league"] if found else ""
    lists = [tags.list_tag(league)] if league in LEAGUE_BY_KEY and LEAGUE_BY_KEY[league].served else []
    return Targets((*lists, tags.match_tag(match_id)))


def of_tags(named: Iterable[str]) -> Targets:
    """Whatever bears one of the tags; a match brings the lists that it is in.

    >>> of_tags(["odds", "match:epl-2526-arsenal-chelsea"]).tags
    ('list:epl', 'match:epl-2526-arsenal-chelsea', 'odds')
    """
    found = set()
    for tag in named:
        kind, _, name = tag.partition(":")
        found |= set(of_match(name).tags) if kind == "match" else {tag}
    return Targets(tuple(sorted(found)))


def of_lists() -> Targets:
    """Every list of coming matches."""
    return Targets(tuple(sorted(tags.list_tag(league.key) for league in SERVED)))
