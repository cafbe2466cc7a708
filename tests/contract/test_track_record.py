"""The public record and the value bets, as readers get them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest

from sabiscore.domain.value import THRESHOLD
from sabiscore.insights.stored_track_record import put_track_record
from sabiscore.insights.track_record import PopulationShift, TrialView
from sabiscore.learning.settled import Settled, SettledBet
from sabiscore.learning.track_record import track_record
from sabiscore.publication.daily_anchors import LedgerDay, add_day
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import TRACK_RECORD_FILE
from tests.support.served import KICKOFF, NOW, World, put, world

PERFORMANCE, BETS = "/api/v1/performance", "/api/v1/value-bets"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def settled(n: int):
    """n predictions settled two days ago, and the close half-way to them."""
    at = NOW - timedelta(days=2)
    row = lambda i: Settled(  # noqa: E731 - a row, not a function worth a name
        match_id=f"epl-2526-a-{i}",
        league="epl",
        bundle="1.2.3",
        kickoff_at=at - timedelta(hours=2, minutes=i),
        sealed_at=at - timedelta(hours=3),
        settled_at=at,
        p=(0.5, 0.3, 0.2),
        raw=(0.5, 0.3, 0.2),
        outcome=i % 3,
        early=(0.4, 0.3, 0.3),
        close=(0.45, 0.3, 0.25),
    )
    return [row(i) for i in range(n)]


def test_before_the_first_result_the_record_says_so_and_gives_no_number(served):
    record = served.client.get(PERFORMANCE).json()
    assert record["all"] == {"predictions": None, "bets": None}
    assert record["freshness"] == {"as_of": None, "age_s": None, "source": "ledger", "stale": True}
    predicted = {"as_of", "all.predictions", "all.bets", "closing_pull", "ledger_head"}
    assert record["unknown"].keys() == predicted | {"drift", "population", "trial", "evaluation"}


def test_a_new_record_is_reported_at_once_with_its_age(served):
    served.client.get(PERFORMANCE)
    lost = SettledBet(
        match_id="epl-2526-a-0",
        league="epl",
        bundle="1.2.3",
        opened_at=NOW - timedelta(days=3),
        outcome="home",
        odds=2.2,
        stake_fraction=0.01,
        won=False,
        close=0.48,
    )
    put_track_record(served.folder, track_record(settled(300), [lost], sealed=5, head="ab" * 32))
    record = served.client.get(PERFORMANCE).json()
    assert record["all"]["predictions"]["n"] == 300
    assert record["all"]["bets"]["profit_units"] == -1
    assert record["all"]["predictions"]["against_closing_odds"]["n"] == 300
    assert (record["sealed"], record["ledger_head"]) == (5, "ab" * 32)
    assert record["last_month"]["predictions"]["n"] == len(of_last_month(settled(300)))
    assert "Last 30 days" in served.pages.get("/record").text
    assert record["freshness"]["age_s"] == 2 * 86400
    assert record["freshness"]["stale"] is False
    assert record["unknown"].keys() == {"drift", "population", "trial", "evaluation"}


def of_last_month(record: list[Settled]) -> list[Settled]:
    newest = max(each.kickoff_at for each in record)
    return [each for each in record if each.kickoff_at > newest - timedelta(days=30)]


BET = SettledBet(
    match_id="epl-2526-a-0",
    league="epl",
    bundle="1.2.3",
    opened_at=NOW - timedelta(days=3),
    outcome="home",
    odds=2.2,
    stake_fraction=0.01,
    won=True,
    close=None,
)
SHIFT = PopulationShift(
    bundle="1.2.3",
    n=3,
    index=None,
    by_group={},
    largest=(),
    beyond=None,
    shifted=False,
    because="Only 3 vectors were sealed.",
)
TRIAL = TrialView(
    challenger="1.3.0", production="1.2.3", n=0, difference=None, low=None, high=None, verdict="None settled."
)


@pytest.mark.parametrize(
    ("record", "unknown"),
    [
        (
            track_record([replace(row, early=None) for row in settled(3)], []),
            {"all.predictions.against_early_odds": "when they were sealed", "all.bets": "No value bet"},
        ),
        (
            track_record([replace(row, close=None) for row in settled(3)], [BET]),
            {
                "all.predictions.against_closing_odds": "No closing odds",
                "all.bets.closing_line_value": "No closing odds",
                "closing_pull": "Too few settled matches",
            },
        ),
        (
            track_record(settled(3), [], population=SHIFT, trial=TRIAL),
            {"population.index": "Only 3 vectors were sealed.", "trial.difference": "No settled match"},
        ),
    ],
    ids=["no early odds", "no closing odds", "a watched bundle of which little is known"],
)
def test_what_is_not_known_is_null_with_its_reason(served, record, unknown):
    put_track_record(served.folder, record)
    answer = served.client.get(PERFORMANCE).json()
    for path, reason in unknown.items():
        assert reduce(lambda value, member: value[member], path.split("."), answer) is None
        assert reason in answer["unknown"][path]


def test_a_record_that_was_altered_leaves_the_last_good_one_serving(served):
    put_track_record(served.folder, track_record(settled(3), []))
    assert served.client.get(PERFORMANCE).json()["all"]["predictions"]["n"] == 3
    file = served.folder / "record.json"
    file.write_text(file.read_text().replace('"n": 3', '"n": 4'))
    served.clock.at = NOW + timedelta(hours=1)
    assert served.client.get(PERFORMANCE).json()["all"]["predictions"]["n"] == 3


def test_a_record_of_a_newer_build_is_served_without_what_it_says_beside(served):
    put_track_record(served.folder, track_record(settled(3), []))
    path = served.folder / TRACK_RECORD_FILE
    body = json.loads(path.read_text())["record"]
    newer = {**body, "news": 1, "all": {**body["all"], "more": {"a": 2}}}
    path.write_text(json.dumps({"digest": digest_of(newer), "record": newer}))
    served.clock.at = NOW + timedelta(hours=1)
    answer = served.client.get(PERFORMANCE).json()
    assert answer["all"] == body["all"]
    assert "news" not in answer


def test_value_bets_are_those_of_the_insights_the_best_first(served):
    listing = served.client.get(BETS).json()
    rows = listing["value_bets"]
    assert rows, "the made-up world has some"
    assert listing["count"] == len(rows)
    assert [row["bet"]["edge"] for row in rows] == sorted((row["bet"]["edge"] for row in rows), reverse=True)
    for row in rows:
        assert row["bet"]["edge"] >= THRESHOLD
        assert row["bet"] in served.client.get(row["href"]).json()["value_bets"]
        assert row["expected_closing_line_value"] is None
    assert listing["unknown"].keys() == {"value_bets.expected_closing_line_value"}
    of_insights = sum(
        len(served.client.get(match["href"]).json()["value_bets"])
        for match in served.client.get("/api/v1/matches").json()["matches"]
    )
    assert of_insights == len(rows)


def test_value_bets_are_chosen_by_league_edge_and_quality(served):
    everything = served.client.get(BETS).json()["value_bets"]
    least = everything[0]["bet"]["edge"]
    best = served.client.get(f"{BETS}?min_edge={least}").json()
    assert best["value_bets"] == everything[:1]
    assert best["min_edge"] == least
    for quality in ("PREMIUM", "VALUE"):
        chosen = served.client.get(f"{BETS}?quality={quality}").json()["value_bets"]
        assert chosen == [row for row in everything if row["bet"]["quality"] == quality]
    for league in ("epl", "laliga"):
        chosen = served.client.get(f"{BETS}?league={league}").json()["value_bets"]
        assert chosen == [row for row in everything if row["match"]["league"]["key"] == league]


def test_what_the_record_says_of_closing_prices_is_expected_of_the_next(served):
    before = served.client.get(BETS).json()["value_bets"][0]["bet"]
    put_track_record(served.folder, track_record(settled(300), []))
    row = served.client.get(BETS).json()["value_bets"][0]
    closing = before["fair_probability"] + 0.5 * (before["probability"] - before["fair_probability"])
    assert row["bet"] == before
    assert row["expected_closing_line_value"] == pytest.approx(before["odds"] * closing - 1)


def test_after_kick_off_and_on_old_prices_there_is_no_bet(served):
    served.clock.at = KICKOFF + timedelta(minutes=1)
    for row in served.client.get(BETS).json()["value_bets"]:
        assert row["match"]["kickoff_at"] > served.clock.now().isoformat()
    served.clock.at = NOW + timedelta(days=10)
    listing = served.client.get(BETS).json()
    assert listing["value_bets"] == []
    assert listing["unknown"] == {"value_bets": "No usable price of a coming match has such an edge."}


@pytest.mark.parametrize(
    "query",
    ["min_edge=0", "min_edge=nan", "min_edge=2", "quality=AVOID", "quality=premium", "league=nowhere", "x=1"],
)
def test_what_cannot_be_asked_is_refused(served, query):
    assert served.client.get(f"{BETS}?{query}").status_code == 422
    assert served.client.get(f"{PERFORMANCE}?{query}").status_code == 422


def publish_record(served):
    put_track_record(served.folder, track_record(settled(300), [], sealed=9, head="ab" * 32))


DAMAGES = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "nested": lambda path: path.write_bytes(b"[" * 200_000),
    "empty": lambda path: path.write_bytes(b""),
    "altered": lambda path: path.write_bytes(path.read_bytes().replace(b'"sealed": 9', b'"sealed": 8')),
    "missing": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_record_that_is_damaged_while_it_serves_leaves_the_last_good_one(served, name):
    publish_record(served)
    before = served.client.get(PERFORMANCE).json()
    DAMAGES[name](served.folder / TRACK_RECORD_FILE)
    answer = served.client.get(PERFORMANCE)
    assert (answer.status_code, answer.json()["sealed"]) == (200, before["sealed"])
    assert served.records.refused is not None


@pytest.mark.parametrize("name", DAMAGES)
def test_a_record_that_is_damaged_from_the_start_is_never_answered_as_nothing(tmp_path, name):
    served = world(tmp_path)
    publish_record(served)
    put(served.folder)
    DAMAGES[name](served.folder / TRACK_RECORD_FILE)
    anew = World(served.folder)
    assert anew.client.get(PERFORMANCE).status_code == 503
    bets = anew.client.get(BETS)
    assert bets.status_code == 200, "value bets stand without the record"
    assert (
        bets.json()["unknown"]["value_bets.expected_closing_line_value"] == "The track record cannot be read."
    )


def test_a_record_that_is_missing_is_known_by_what_lies_beside_it(served):
    assert served.client.get(PERFORMANCE).json()["sealed"] == 0, "nothing says that there was one"
    add_day(served.folder, LedgerDay("2025-08-16", 9, "ab" * 32, {}, {}))
    assert served.client.get(PERFORMANCE).status_code == 503
    publish_record(served)
    assert served.client.get(PERFORMANCE).json()["sealed"] == 9
