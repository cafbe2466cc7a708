"""All sources as one thing: ask them, and see how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sabiscore.clock import Clock
from sabiscore.domain.league import League
from sabiscore.domain.match import Match
from sabiscore.errors import SabiScoreError
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.fetch import FactFetcher, FetchedFacts
from sabiscore.fetching.live import LiveFetcher
from sabiscore.fetching.parse_memo import parsed
from sabiscore.fetching.reply_folder import ReplyFolder, StoredReply
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.fetching.source_states import SourceState, states
from sabiscore.identity.rosters import KnownMatches
from sabiscore.sources.base import Provider, Reply, Wanted
from sabiscore.sources.registry import PREFERENCE, Declared


@dataclass(frozen=True, slots=True)
class ReparsedReply:
    """A kept answer and what it says, or why nothing can be made of it."""

    kept: StoredReply
    reply: Reply | None
    problem: str = ""


WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sources:
    """The declared sources of one process."""

    declared: Sequence[Declared]
    live: LiveFetcher
    records: SourceHealth
    clock: Clock
    replies: ReplyFolder

    def gather(self, wanted: Wanted) -> FetchedFacts:
        """What the sources say."""
        return self._gatherer(self._on()).gather(wanted)

    def ask_week(self, league: League, known: Sequence[Match]) -> dict[str, FetchedFacts]:
        """What each source that is on says of a week of ``league``, each asked alone, by their names.

        Its events are matched with the matches ``known``, and names without a team recorded.
        """
        today = self.clock.now().date()
        found = {}
        for source in self._on():
            wanted = Wanted(source.provider.gives, (league.key,), today, today + WEEK)
            facts = found[source.provider.name] = self._gatherer([source]).gather(wanted)
            match_events(facts, KnownMatches(known), self.records)
        return found

    def reread(self) -> list[ReparsedReply]:
        """What the parsers make of every kept answer; nobody is asked, and nothing is recorded."""
        providers = {source.provider.name: source.provider for source in self.declared}
        return [
            _reread(providers[kept.provider], kept)
            for kept in self.replies.every()
            if kept.provider in providers
        ]

    def states(self) -> list[SourceState]:
        """How every source stands now; nobody is asked for it."""
        return states(self.declared, self.live, self.records, self.clock)

    def _on(self) -> list[Declared]:
        return [source for source in self.declared if not self.live.missing(source.needs)]

    def _gatherer(self, declared: Sequence[Declared]) -> FactFetcher:
        providers = [source.provider for source in declared]
        return FactFetcher(providers, PREFERENCE, self.live, self.records, self.clock)


def _reread(provider: Provider, kept: StoredReply) -> ReparsedReply:
    try:
        return ReparsedReply(kept, parsed(provider, kept.request, kept.body, kept.headers))
    except SabiScoreError as error:
        return ReparsedReply(kept, None, str(error))
