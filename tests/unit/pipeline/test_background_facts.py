"""Tables of leagues are asked for a day after they were last answered; unknown names wait for an alias."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sabiscore.clock import FixedClock
from sabiscore.domain.facts import Standing
from sabiscore.errors import NotFound, SourceUnavailable
from sabiscore.fetching.fetch import FetchedFacts, Provenance
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.identity.rosters import KnownMatches
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.pipeline.background_facts import ASK_FACTS_EVERY, ASKED_KEY, gather_background, read_asked
from sabiscore.sources.base import Reply
from sabiscore.store.expectations import ExpectedGoalsStore
from sabiscore.store.standings import StandingStore
from tests.support.served import MATCHES, NOW

SOURCE = "api-football.com"


def standing(team: str, points: int = 6) -> Standing:
    return Standing(
        league="epl", season="2526", team=team, rank=1, played=2, won=2, drawn=0, lost=0, goals_for=5,
        goals_against=1, points=points,
    )  # fmt: skip


class Sources:
    """Sources that say what a test sets, and remember which leagues they were asked for."""

    def __init__(self, records: SourceHealth) -> None:
        self.records = records
        self.facts = FetchedFacts()
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def gather(self, wanted) -> FetchedFacts:
        (kind,) = wanted.kinds
        self.asked.append((kind, wanted.leagues))
        return self.facts if kind == "standings" else FetchedFacts()

    def tell(self, *rows: Standing) -> None:
        self.facts = FetchedFacts(
            {SOURCE: (Reply(provider=SOURCE, facts=rows),)},
            {("standings", row.league): Provenance(SOURCE, NOW, len(rows)) for row in rows},
        )


class Gathering:
    """The stores that background facts go to."""

    def __init__(self, database) -> None:
        self.cas_store, self.clock = MemoryCasStore(), FixedClock(NOW)
        self.sources = Sources(SourceHealth(MemoryCasStore(), self.clock))
        self.standings, self.expected_goals = StandingStore(database), ExpectedGoalsStore(database)

    def gather(self, leagues=("epl",), now=NOW):
        self.clock.at = now
        return gather_background(
            leagues, KnownMatches(MATCHES), now, sources=self.sources, standings=self.standings,
            expected_goals=self.expected_goals, cas_store=self.cas_store, clock=self.clock,
        )  # fmt: skip

    @property
    def tables_asked(self) -> list[tuple[str, ...]]:
        return [leagues for kind, leagues in self.sources.asked if kind == "standings"]


@pytest.fixture
def gathering(database) -> Gathering:
    return Gathering(database)


def test_a_table_is_stored_under_our_teams_and_asked_for_again_after_a_day(gathering):
    gathering.sources.tell(standing("Arsenal"), standing("Chelsea", 3))
    figures, problems = gathering.gather()
    assert (figures["standings"], problems) == (2, [])
    assert {(row.team, row.points, row.source) for row in gathering.standings.current("epl")} == {
        ("arsenal", 6, SOURCE), ("chelsea", 3, SOURCE),
    }  # fmt: skip
    gathering.gather(now=NOW + ASK_FACTS_EVERY / 2)
    assert gathering.tables_asked == [("epl",)]
    gathering.gather(now=NOW + ASK_FACTS_EVERY)
    assert gathering.tables_asked == [("epl",)] * 2


def test_rows_that_have_not_changed_are_not_stored_again(gathering):
    gathering.sources.tell(standing("Arsenal"))
    assert gathering.gather()[0]["standings"] == 1
    assert gathering.gather(now=NOW + ASK_FACTS_EVERY)[0]["standings"] == 0


def test_a_league_that_nobody_answered_for_is_asked_for_again_at_once(gathering):
    gathering.sources.tell(standing("Arsenal"))
    gathering.gather(("epl", "laliga"))
    gathering.gather(("epl", "laliga"), NOW + timedelta(hours=1))
    assert gathering.tables_asked == [("epl", "laliga"), ("laliga",)]


def test_a_source_that_failed_is_a_problem_and_leaves_its_league_due(gathering):
    gathering.sources.facts = FetchedFacts(failures={SOURCE: SourceUnavailable("answered 503.")})
    assert gathering.gather()[1] == [f"{SOURCE}: answered 503."]
    gathering.gather(now=NOW + timedelta(hours=1))
    assert gathering.tables_asked == [("epl",)] * 2


def test_a_table_that_is_not_published_yet_is_no_problem_and_waits_a_day(gathering):
    gathering.sources.facts = FetchedFacts(failures={SOURCE: NotFound("no table yet")})
    assert gathering.gather()[1] == []
    gathering.gather(now=NOW + timedelta(hours=1))
    assert gathering.tables_asked == [("epl",)]


def test_a_team_that_is_not_known_is_not_guessed_but_put_down_for_an_alias(gathering):
    gathering.sources.tell(standing("Arsenal"), standing("Xyzzy Wanderers"))
    assert gathering.gather()[0]["standings"] == 1
    (line,) = gathering.sources.records.read(SOURCE).unmatched
    assert line.startswith("xyzzy-wanderers = ")


@pytest.mark.parametrize(
    "text", ["no json", '["a"]', '{"standings/epl": "yesterday"}', '{"standings/epl": 3}']
)
def test_a_note_of_another_version_makes_everything_due(gathering, text):
    gathering.cas_store.swap(ASKED_KEY, None, text)
    gathering.sources.tell(standing("Arsenal"))
    assert gathering.gather()[0]["standings"] == 1
    assert read_asked(gathering.cas_store)["standings/epl"] == NOW


def test_a_clock_that_was_set_back_makes_a_league_due(gathering):
    gathering.sources.tell(standing("Arsenal"))
    gathering.gather()
    gathering.gather(now=NOW - timedelta(hours=2))
    assert gathering.tables_asked == [("epl",)] * 2
