"""Lists share the rows that stay the same until kick-off, and every list has the bytes of one made alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sabiscore.insights.document import MatchList, MatchRow, ValueBetList
from sabiscore.insights.fixtures import Fixture
from sabiscore.insights.kept_rows import KeptRows
from sabiscore.insights.listing import match_row
from sabiscore.publication.matchday import MatchLife, SealSummary, matchday_file
from sabiscore.publication.supplements import MATCHDAY, put_supplements
from tests.support.served import KICKOFF, MATCHES, NOW, World, world

LISTS = (
    "/api/v1/matches",
    "/api/v1/matches?league=epl",
    "/api/v1/matches?team=Arsenal",
    "/api/v1/matches?league=epl&team=Chelsea",
    f"/api/v1/matches?day={KICKOFF:%Y-%m-%d}",
    f"/api/v1/matches?from={KICKOFF:%Y-%m-%d}",
    f"/api/v1/matches?from={NOW:%Y-%m-%d}&to={KICKOFF:%Y-%m-%d}",
    "/api/v1/matches?from=2026-01-01",
)
BETS = ("/api/v1/value-bets", "/api/v1/value-bets?league=epl", "/api/v1/value-bets?min_edge=0.1")
# Each long after the one before, so that no kept answer is served in place of a new one.
TIMES = (
    NOW,
    KICKOFF - timedelta(seconds=1),
    KICKOFF + timedelta(minutes=33),
    KICKOFF + timedelta(hours=3),
    KICKOFF + timedelta(days=1),
)
SEAL = SealSummary(seq=3, hash="ab" * 32, sealed_at=NOW, stage="day", bundle="1.0.0", p=(0.5, 0.3, 0.2))


def in_play(folder: Path) -> None:
    alone = replace(MATCHES[0], prices={}, lines={}, priced_at=None, goals=(1, 0))
    life = MatchLife(status="in_play", source="espn.com", known_at=KICKOFF, match=alone, seals=(SEAL,))
    put_supplements(folder, {MATCHDAY: matchday_file([life])})


@pytest.fixture
def served(tmp_path: Path) -> World:
    return world(tmp_path / "served")


def alone(served: World) -> World:
    """A process that has served nothing yet, over the same publication at the same instant."""
    new = World(served.folder)
    new.clock.at = served.clock.at
    return new


def bodies(served: World, paths: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        answer = served.client.get(path)
        assert answer.status_code == 200, answer.text
        yield path, answer.content


@pytest.mark.parametrize("with_score", [False, True])
def test_every_list_has_the_bytes_of_one_made_alone(served: World, with_score: bool) -> None:
    seen: set[str] = set()
    for at in TIMES:
        served.clock.at = at
        if with_score and at > KICKOFF:
            in_play(served.folder)
        for path, body in bodies(served, LISTS + BETS):
            assert body == alone(served).client.get(path).content, (path, at)
            kind = ValueBetList if path in BETS else MatchList
            document = kind.model_validate_json(body)
            assert document.model_dump_json().encode() == body, "as the whole document is written"
            if isinstance(document, MatchList):
                seen |= {row.state.status for row in document.matches}
    assert seen >= {"scheduled", "kicked_off"} | ({"in_play"} if with_score else set())


def test_a_row_is_made_once_for_all_lists_until_it_begins(served: World) -> None:
    made: list[str] = []

    def make(fixture, forecast, at) -> MatchRow:
        made.append(fixture.match.id)
        return match_row(fixture, forecast, at)

    rows, fixture = KeptRows(), Fixture(MATCHES[0], None, published=True)
    first = rows.row(fixture, None, NOW, make)
    assert rows.row(fixture, None, KICKOFF - timedelta(seconds=1), make) is first
    assert first.json_text == first.model_dump_json().encode()
    assert len(made) == 1
    assert rows.row(replace(fixture), None, NOW, make) is not first, "another life or publication"
    for minutes in (0, 10, 20):
        at = KICKOFF + timedelta(minutes=minutes)
        assert rows.row(fixture, None, at, make) == match_row(fixture, None, at)
    assert len(made) == 5


def test_the_lists_of_a_publication_share_their_rows(served: World) -> None:
    def rows(league: str | None) -> tuple[MatchRow, ...]:
        answer = served.insights.matches(league, None, None)
        document = answer.make(answer.time_bucket())
        assert isinstance(document, MatchList)
        return document.matches

    whole, of_league = rows(None), rows("epl")
    assert len(whole) > len(of_league) > 0
    assert {id(row) for row in of_league} < {id(row) for row in whole}
