"""What is out of date is forgotten everywhere, and what readers will ask for next is made at once.

The order is what keeps old answers away: first the entries that the fleet shares are dropped, so that
nothing old can be made or kept from then on; then what is hot is computed, so that no herd meets an empty
cache; last the edge is purged. What the edge asked for before that it never serves again, and what it
asks for afterwards is made from facts of after the drop, since it asks past every process's memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from sabiscore.cache.targets import Targets
from sabiscore.domain.league import SERVED
from sabiscore.errors import SabiScoreError
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.service import Insights

MOST_HOT = 40
"""Insights made anew by one call: the soonest kick-offs. The others wait for their first reader."""
HOT_S = 0.6
"""How long the edge may be kept waiting for them: readers see news within a second."""

INSIGHTS, MATCHES, LEAGUES = "/api/v1/insights", "/api/v1/matches", "/api/v1/leagues"


@dataclass(frozen=True, slots=True)
class RevalidationResult:
    """What came of it: ``recomputed`` of ``hot`` answers were made; ``edge_purged``: an edge
    is there and was purged."""

    hot: int
    recomputed: int
    edge_purged: bool


class StoredAnswers(Protocol):
    """The answers that are kept."""

    async def invalidate(self, names: list[str]) -> None: ...

    async def warm(self, target: str, answer: CacheableDocument) -> None: ...


class EdgeNotifier(Protocol):
    """The cache in front of us."""

    async def purge(self, tags: Sequence[str], paths: Sequence[str]) -> None:
        """Raises EdgeUnavailable."""
        ...


class Revalidation:
    """Forgets and renews ``kept`` answers of ``insights`` and tells ``edge``, if there is one."""

    def __init__(
        self,
        insights: Insights,
        kept: StoredAnswers,
        *,
        edge: EdgeNotifier | None,
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

    async def revalidate(self, targets: Targets) -> RevalidationResult:
        """Raises CacheUnavailable when the fleet could not be made to forget, EdgeUnavailable when the
        edge could not: the call is then to be made again."""
        await self._kept.invalidate(targets.names)
        hot, made = await self._recompute(targets)
        if self._edge is not None:
            await self._edge.purge(targets.tags, targets.paths)
        return RevalidationResult(hot, made, self._edge is not None)

    async def _recompute(self, targets: Targets) -> tuple[int, int]:
        """(hot answers, those of them made in time). What is not made now is made for its first reader."""
        hot: list[tuple[str, CacheableDocument]] = []
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

    def _hot(self, targets: Targets) -> Iterator[tuple[str, CacheableDocument]]:
        """(target, answer) of what was dropped and is coming: lists first, then the soonest matches."""
        dropped = frozenset(targets.tags)
        lists = (item for item in self._lists() if dropped.intersection(item[1].tags))
        insights = (item for item in self._insights_of_all() if dropped.intersection(item[1].tags))
        yield from lists
        yield from islice(insights, self._most_hot)

    def _lists(self) -> Iterator[tuple[str, CacheableDocument]]:
        yield MATCHES, self._insights.matches(None, None, None)
        for league in SERVED:
            yield f"{MATCHES}?league={league.key}", self._insights.matches(league.key, None, None)

    def _insights_of_all(self) -> Iterator[tuple[str, CacheableDocument]]:
        coming = self._insights.publications.get().served.values()
        for match in sorted(coming, key=lambda match: (match.day, match.id)):
            yield f"{INSIGHTS}/{match.id}", self._insights.insight(match.id)
