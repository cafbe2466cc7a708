"""What is out of date is forgotten everywhere, and what readers will ask for next is made at once.

The order is what keeps old answers away: first the entries that the fleet shares are dropped, so that
nothing old can be made or kept from then on; then what is hot is computed, so that no herd meets an empty
cache; last the edge is told. What the edge asked for before it was told it never serves again, and what it
asks for afterwards is made from facts of after the drop, since it asks past every process's memory.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from sabiscore.cache import keys, tags
from sabiscore.domain.league import BY_KEY, SERVED
from sabiscore.errors import SabiScoreError
from sabiscore.insights.service import Answer, Insights

MOST_HOT = 40
"""Insights made anew by one call: the soonest kick-offs. The others wait for their first reader."""
HOT_S = 0.6
"""How long the edge may be kept waiting for them: readers see news within a second."""

INSIGHTS, MATCHES, LEAGUES = "/api/v1/insights", "/api/v1/matches", "/api/v1/leagues"

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


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: ``recomputed`` of ``hot`` answers were made; ``told``: an edge is there and knows."""

    hot: int
    recomputed: int
    told: bool


class Kept(Protocol):
    """The answers that are kept."""

    async def drop(self, names: list[str]) -> None: ...

    async def warm(self, target: str, answer: Answer) -> None: ...


class Edge(Protocol):
    """The cache in front of us."""

    async def purge(self, tags: Sequence[str], paths: Sequence[str]) -> None:
        """Raises EdgeUnavailable."""
        ...


class Revalidation:
    """Forgets and renews ``kept`` answers of ``insights`` and tells ``edge``, if there is one."""

    def __init__(
        self,
        insights: Insights,
        kept: Kept,
        edge: Edge | None,
        failed: Callable[[Exception], None],
        hot_s: float = HOT_S,
        most_hot: int = MOST_HOT,
    ) -> None:
        self._insights = insights
        self._kept = kept
        self._edge = edge
        self._failed = failed
        self._hot_s = hot_s
        self._most_hot = most_hot

    @property
    def has_edge(self) -> bool:
        return self._edge is not None

    async def revalidate(self, targets: Targets) -> Done:
        """Raises CacheUnavailable when the fleet could not be made to forget, EdgeUnavailable when the
        edge could not: the call is then to be made again."""
        await self._kept.drop(targets.names)
        hot, made = await self._recompute(targets)
        if self._edge is not None:
            await self._edge.purge(targets.tags, targets.paths)
        return Done(hot, made, self._edge is not None)

    async def _recompute(self, targets: Targets) -> tuple[int, int]:
        """(hot answers, those of them made in time). What is not made now is made for its first reader."""
        hot: list[tuple[str, Answer]] = []
        done = 0
        try:
            hot += self._hot(targets)
            async with asyncio.timeout(self._hot_s):
                for target, answer in hot:
                    await self._kept.warm(target, answer)
                    done += 1
        except (TimeoutError, SabiScoreError) as error:
            self._failed(error)
        return len(hot), done

    def _hot(self, targets: Targets) -> Iterator[tuple[str, Answer]]:
        """(target, answer) of what was dropped and is coming: lists first, then the soonest matches."""
        dropped = frozenset(targets.tags)
        lists = (item for item in self._lists() if dropped.intersection(item[1].tags))
        insights = (item for item in self._insights_of_all() if dropped.intersection(item[1].tags))
        yield from lists
        yield from islice(insights, self._most_hot)

    def _lists(self) -> Iterator[tuple[str, Answer]]:
        yield MATCHES, self._insights.matches(None, None, None)
        for league in SERVED:
            yield f"{MATCHES}?league={league.key}", self._insights.matches(league.key, None, None)

    def _insights_of_all(self) -> Iterator[tuple[str, Answer]]:
        coming = self._insights.publications.get().served.values()
        for match in sorted(coming, key=lambda match: (match.day, match.id)):
            yield f"{INSIGHTS}/{match.id}", self._insights.insight(match.id)


def of_match(match_id: str) -> Targets:
    """Whatever tells of one match: its insight, and the lists of its league.

    >>> of_match("epl-2526-arsenal-chelsea").tags
    ('list:epl', 'match:epl-2526-arsenal-chelsea')
    """
    found = _MATCH_ID.fullmatch(match_id)
    league = found["league"] if found else ""
    lists = [tags.list_tag(league)] if league in BY_KEY and BY_KEY[league].served else []
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
