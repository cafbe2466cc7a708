"""Which match is meant, which moment is spoken of, and how often anything is computed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sabiscore.domain.league import SERVED
from sabiscore.domain.match import match_id
from sabiscore.identity.clubs import display_name
from sabiscore.identity.spellings import READERS, spellings
from tests.support.served import KICKOFF, NOW, ROSTERS, match, world

ID = "epl-2526-arsenal-chelsea"
READ = f"/api/v1/insights/{ID}"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def ask(served, matchup, league=None):
    return served.client.post("/api/v1/insights", json={"matchup": matchup, "league": league}).json()


@pytest.mark.parametrize(
    ("matchup", "league", "meant"),
    [
        ("Arsenal vs Chelsea", "EPL", ID),
        ("the gunners v CFC", None, ID),
        ("arsenal - chelsea", "premier league", ID),
        ("Man Utd vs. Spurs", None, "epl-2526-man-united-tottenham"),
        ("liverpool versus manchester city", "E0", "epl-2526-liverpool-man-city"),
        ("Barça vs Real Madrid", "La Liga", "laliga-2526-barcelona-real-madrid"),
        ("Inter Milan v AC Milan", None, "serie-a-2526-inter-milan"),
        ("INTER VS MILAN", "Serie A", "serie-a-2526-inter-milan"),
    ],
)
def test_readers_words_find_the_match(served, matchup, league, meant):
    assert ask(served, matchup, league)["match"]["id"] == meant


def test_a_pairing_that_is_not_scheduled_is_forecast_and_says_so(served):
    document = ask(served, "PSG vs Lyon", "Ligue 1")
    assert document["match"]["scheduled"] is False
    assert document["match"]["id"] is None
    assert document["match"]["day"] == "2025-08-15"
    assert {"match.id", "match.kickoff_at", "markets", "value_bets"} <= document["unknown"].keys()
    assert document["value_bets"] == []


def test_the_list_agrees_with_each_insight(served):
    rows = served.client.get("/api/v1/matches").json()["matches"]
    assert len(rows) == 5
    for row in rows:
        single = served.client.get(row["href"]).json()
        assert single["probabilities"] == row["probabilities"]
        assert single["match"] == row["match"]


def test_the_list_is_computed_once_for_a_publication(served):
    for league in ("epl", "laliga", "serie-a"):
        served.client.get(f"/api/v1/matches?league={league}")
    assert served.models.model.batches == [5]


@pytest.mark.parametrize(
    ("query", "teams"),
    [
        ("", ["arsenal", "barcelona", "inter", "man-united", "liverpool"]),
        ("?league=EPL", ["arsenal", "man-united", "liverpool"]),
        ("?from=2025-08-17", ["liverpool"]),
        ("?to=2025-08-16&league=serie%20a", ["inter"]),
        ("?from=2026-01-01", []),
    ],
)
def test_matches_are_chosen_by_league_and_day_in_order(served, query, teams):
    document = served.client.get(f"/api/v1/matches{query}").json()
    assert [row["match"]["home"]["key"] for row in document["matches"]] == teams
    assert document["count"] == len(teams)


def test_leagues_tell_their_teams_and_what_is_coming(served):
    rows = {row["league"]["key"]: row for row in served.client.get("/api/v1/leagues").json()["leagues"]}
    assert list(rows) == [league.key for league in SERVED]
    assert (rows["epl"]["coming"], rows["epl"]["first_day"], rows["epl"]["last_day"]) == (
        3,
        "2025-08-16",
        "2025-08-17",
    )
    assert [team["key"] for team in rows["epl"]["teams"]] == list(ROSTERS["epl"])
    assert (rows["bundesliga"]["coming"], rows["bundesliga"]["first_day"]) == (0, None)


def test_leagues_have_the_figures_of_the_bundle_in_production_or_the_reason_why_not(served):
    early = {"n": 380, "difference": 0.002, "low": 0.001, "high": 0.003}
    scores = {"with_odds": {"early": early}, "early_odds": {"log_loss": 0.97}}
    served.models.evaluated = {"seasons": ["2425"], "scores": {"epl": scores}}
    listing = served.client.get("/api/v1/leagues").json()
    rows = {row["league"]["key"]: row for row in listing["leagues"]}
    assert listing["model_version"] == served.models.version()
    assert rows["epl"]["figures"]["log_loss"] == pytest.approx(0.972)
    assert rows["epl"]["figures"]["worse_than_early_odds"]
    assert rows["epl"]["figures_unknown_because"] is None
    assert rows["laliga"]["figures"] is None
    assert rows["laliga"]["figures_unknown_because"].endswith("was not evaluated on La Liga.")


def test_a_second_reader_is_answered_from_memory_with_the_same_bytes(served):
    first = served.client.get(READ)
    served.clock.at = NOW + timedelta(seconds=42)
    second = served.client.get(READ)
    assert served.models.model.batches == [9]
    assert first.content == second.content
    assert (first.headers["age"], second.headers["age"]) == ("0", "42")
    assert first.headers["cache-control"] == "public, max-age=300"


def test_who_holds_the_answer_gets_304_and_no_body(served):
    tag = served.client.get(READ).headers["etag"]
    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        response = served.client.get(READ, headers={"if-none-match": held})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
        assert response.headers["cache-control"]
    assert served.client.get(READ, headers={"if-none-match": '"other"'}).status_code == 200


def test_after_its_life_an_answer_is_served_with_its_true_age_and_made_anew_behind(served):
    served.client.get(READ)
    served.clock.at = NOW + timedelta(seconds=300)
    stale = served.client.get(READ)
    assert stale.headers["age"] == "300"
    assert stale.headers["cache-status"] == "SabiScore; hit; ttl=0; detail=memory"
    assert stale.json()["freshness"]["age_s"] == 1800
    fresh = served.client.get(READ)
    assert fresh.headers["age"] == "0"
    assert fresh.json()["freshness"]["age_s"] == 1800 + 300
    assert served.models.model.batches == [9, 9]


def test_at_kick_off_value_bets_are_gone_at_once(tmp_path):
    prices = {("1x2", "b365", "pre"): (2.3, 2.35, 6.5)}
    served = world(
        tmp_path, [match("arsenal", "chelsea", prices=prices, priced_at=KICKOFF - timedelta(hours=2))]
    )
    served.clock.at = KICKOFF - timedelta(seconds=1)
    before = served.client.get(READ)
    assert before.json()["value_bets"]
    assert int(before.headers["age"]) < int(before.headers["cache-control"].rpartition("=")[2]) <= 60
    served.clock.at = KICKOFF
    assert served.client.get(READ).json()["value_bets"] == []
    assert served.client.get(READ).headers["cache-control"] == "public, max-age=30"


def test_in_a_rehearsal_the_clock_stands_at_the_publication(tmp_path):
    served = world(tmp_path, rehearsal=True)
    first = served.client.get(READ).json()
    served.clock.at = NOW + timedelta(days=400)
    later = served.client.get(READ).json()
    assert first == later
    assert first["rehearsal"] is True
    assert first["freshness"]["age_s"] == 0
    assert served.client.get("/health/ready").json()["status"] == "ok"


def test_a_promoted_bundle_answers_at_once(served):
    assert served.client.get(READ).json()["model"]["version"] == "1.2.3"
    served.models.model = type(served.models.model)(version="1.3.0")
    assert served.client.get(READ).json()["model"]["version"] == "1.3.0"


def test_an_old_publication_is_stale_and_health_says_degraded(served):
    served.clock.at = NOW + timedelta(days=2)
    assert served.client.get("/api/v1/matches").json()["freshness"]["stale"] is True
    assert served.client.get("/health").json()["status"] == "degraded"


def test_metrics_speak_of_routes_and_never_of_paths(served):
    served.client.get(READ)
    served.client.get("/nowhere/secret")
    text = served.client.get("/metrics").text
    assert 'method="GET",endpoint="/api/v1/insights/{match_id}",status="200"' in text
    assert 'method="GET",endpoint="unmatched",status="404"' in text
    assert "secret" not in text
    assert "sabiscore_publication_age_seconds 1800" in text
    assert "sabiscore_ready 1" in text


def test_every_word_for_a_team_means_one_team():
    assert spellings(READERS, "england")["man-utd"] == "man-united"
    assert spellings(READERS, "spain")["barca"] == "barcelona"
    assert display_name(spellings(READERS, "germany")["monchengladbach"]) == "Borussia Mönchengladbach"
    assert match_id("epl", "2526", "arsenal", "chelsea") == ID
    assert date(2025, 8, 16) == match("arsenal", "chelsea").day


def test_while_a_roster_is_not_whole_last_seasons_clubs_are_understood(tmp_path):
    sources = {"epl": {"arsenal": "football-data.co.uk", "chelsea": "table of 2425"}}
    served = world(tmp_path, may_play={"epl": ("leeds", "ipswich")}, roster_sources=sources)
    document = ask(served, "Leeds United FC vs Arsenal FC", "PL")
    assert (document["match"]["home"]["key"], document["match"]["scheduled"]) == ("leeds", False)
    row = served.client.get("/api/v1/leagues").json()["leagues"][0]
    assert row["teams_complete"] is False
    assert row["team_sources"] == sources["epl"]
    assert "leeds" not in [team["key"] for team in row["teams"]]


def test_an_id_from_before_a_club_was_renamed_answers_as_its_match(tmp_path):
    served = world(tmp_path, renamed={"epl-2526-gunners-chelsea": ID})
    answer = served.client.get("/api/v1/insights/epl-2526-gunners-chelsea")
    assert (answer.status_code, answer.json()["match"]["id"]) == (200, ID)
