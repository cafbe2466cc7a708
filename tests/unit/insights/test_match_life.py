"""Where matches stand, as readers see it: judged by the clock, told with the score and what was sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sabiscore.publication.matchday import MatchLife, SealSummary, SettledEntry, matchday_file
from sabiscore.publication.supplements import MATCHDAY, put_supplements
from tests.support.served import KICKOFF, MATCHES, NOW, match, world

ID = "epl-2526-arsenal-chelsea"
ALONE = replace(MATCHES[0], prices={}, lines={}, priced_at=None)
SEAL = SealSummary(seq=3, hash="ab" * 32, sealed_at=NOW, stage="day", bundle="1.0.0", p=(0.5, 0.3, 0.2))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def life(goals=None, status="in_play", minutes=30, **changes) -> MatchLife:
    fields = {"match": ALONE, "seals": (SEAL,), **changes}
    fields["match"] = replace(fields["match"], goals=goals)
    return MatchLife(status=status, source="espn.com", known_at=KICKOFF + minutes * MINUTE, **fields)


def tell(served, *lives: MatchLife) -> None:
    put_supplements(served.folder, {MATCHDAY: matchday_file(lives)})


def state(served, path=f"/api/v1/matches/{ID}") -> dict:
    return served.client.get(path).json()["state"]


def listed(served, query="") -> dict:
    return served.client.get(f"/api/v1/matches{query}").json()


def test_a_match_to_come_is_scheduled_and_says_nothing_else(served):
    assert state(served) == {
        "status": "scheduled",
        "because": None,
        "score": None,
        "minute": None,
        "minute_estimated": False,
        "freshness": None,
    }


@pytest.mark.parametrize("path", [f"/api/v1/matches/{ID}", f"/api/v1/insights/{ID}"])
def test_from_kick_off_on_no_match_is_coming_whatever_the_age_of_the_publication(served, path):
    assert state(served, path)["status"] == "scheduled"
    served.clock.at = KICKOFF
    begun = state(served, path)
    assert begun["status"] == "kicked_off"
    assert begun["because"] == "It kicked off 0 minutes ago, and no source has reported a score."
    served.clock.at = KICKOFF + timedelta(days=3)
    assert state(served, path)["because"] == "It has been played by now, and no result of it was found yet."


def test_a_list_turns_at_the_kick_off_and_is_kept_no_longer(served):
    served.clock.at = KICKOFF - timedelta(seconds=20)
    answer = served.client.get("/api/v1/matches?league=epl")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "ttl=20" in answer.headers["cache-status"]
    served.clock.at = KICKOFF
    rows = listed(served, "?league=epl")["matches"]
    assert [row["state"]["status"] for row in rows] == ["kicked_off", "scheduled", "scheduled"]


def test_the_score_and_minute_are_shown_while_it_is_on(served):
    tell(served, life((1, 0)))
    served.clock.at = KICKOFF + 33 * MINUTE
    on = state(served)
    assert (on["status"], on["score"], on["minute"], on["minute_estimated"]) == (
        "in_play",
        {"home": 1, "away": 0},
        33,
        True,
    )
    assert (on["freshness"]["source"], on["freshness"]["age_s"], on["freshness"]["stale"]) == (
        "espn.com",
        180,
        False,
    )
    served.clock.at = KICKOFF + 50 * MINUTE
    assert state(served)["freshness"]["stale"] is True


def test_a_score_of_a_match_that_must_be_over_is_no_result(served):
    tell(served, life((1, 0)))
    served.clock.at = KICKOFF + 136 * MINUTE
    over = state(served)
    assert (over["status"], over["score"]) == ("kicked_off", {"home": 1, "away": 0})
    assert over["because"] == "It should be over, and no source has said how it ended."


def test_a_new_score_shows_at_once_in_every_answer(served):
    tell(served, life((0, 0)))
    served.clock.at = KICKOFF + 10 * MINUTE
    paths = [f"/api/v1/matches/{ID}", f"/api/v1/insights/{ID}"]
    assert [state(served, path)["score"]["home"] for path in paths] == [0, 0]
    assert listed(served)["matches"][0]["state"]["score"]["home"] == 0
    tell(served, life((1, 0)))
    assert [state(served, path)["score"]["home"] for path in paths] == [1, 1]
    assert listed(served)["matches"][0]["state"]["score"]["home"] == 1


def test_a_score_of_another_match_leaves_an_insight_as_it_is(served):
    path = "/api/v1/insights/laliga-2526-barcelona-real-madrid"
    served.client.get(path)
    tell(served, life((1, 0)))
    assert "hit" in served.client.get(path).headers["cache-status"]


def test_a_match_that_is_over_has_its_result_and_what_was_sealed(tmp_path):
    served = world(tmp_path, MATCHES[1:], as_of=KICKOFF + timedelta(days=1))
    settled = SettledEntry(4, "cd" * 32, KICKOFF + timedelta(hours=3))
    tell(served, life((2, 2), "finished", settled=settled))
    served.clock.at = KICKOFF + timedelta(days=1)
    (row,) = listed(served, "?day=2025-08-16&team=arsenal")["matches"]
    assert (row["state"]["status"], row["state"]["score"]) == ("finished", {"home": 2, "away": 2})
    assert (row["probabilities"], row["favourite"], row["knowledge"]) == (None, None, None)
    assert row["sealed"]["probabilities"] == {"home": 0.5, "draw": 0.3, "away": 0.2}
    assert (row["sealed"]["outcome"], row["sealed"]["outcome_probability"]) == ("draw", 0.3)
    assert (row["sealed"]["seq"], row["sealed"]["hash"]) == (3, "ab" * 32)
    report = served.client.get(row["href"]).json()
    assert report["settled"] == {"seq": 4, "hash": "cd" * 32, "settled_at": "2025-08-16T17:00:00Z"}
    assert report["insight_href"] is None
    assert "insight_href" in report["unknown"]


@pytest.mark.parametrize("status", ["postponed", "abandoned"])
def test_a_match_that_was_put_off_says_so(tmp_path, status):
    served = world(tmp_path, MATCHES[1:])
    tell(served, life(None, status))
    assert state(served)["status"] == status
    again = replace(MATCHES[0], day=date(2025, 8, 20), kickoff_at=KICKOFF + timedelta(days=4))
    served = world(tmp_path, [again])
    assert state(served)["status"] == "scheduled", "it has a new day"


def test_days_and_teams_choose_and_neighbouring_days_are_named(served):
    day = listed(served, "?day=2025-08-16&league=epl")
    assert [row["match"]["home"]["key"] for row in day["matches"]] == ["arsenal", "man-united"]
    assert (day["day"], day["next_day"], day["previous_day"]) == ("2025-08-16", "2025-08-17", None)
    assert day["days"] == [{"day": "2025-08-16", "matches": 2}, {"day": "2025-08-17", "matches": 1}]
    of_team = listed(served, "?team=spurs")
    assert [row["match"]["away"]["key"] for row in of_team["matches"]] == ["tottenham"]


def test_an_empty_day_says_why_and_when_the_next_matches_are(served):
    empty = listed(served, "?day=2025-08-15&league=epl")
    assert empty["matches"] == []
    assert empty["next_day"] == "2025-08-16"
    assert empty["unknown"] == {
        "matches": "No match in Premier League is known on 2025-08-15; the next are on 2025-08-16."
    }
    late = listed(served, "?day=2025-08-18&team=arsenal")
    assert (late["next_day"], late["previous_day"]) == (None, "2025-08-16")
    assert late["unknown"]["matches"].endswith("the last were on 2025-08-16.")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?day=2025-08-16&from=2025-08-15", "day is given beside from or to."),
        ("?day=tomorrow", "a date is written YYYY-MM-DD"),
        ("?team=arsnal", "There is no team called 'arsnal' here."),
        ("?team=", "should have at least 1 character"),
        ("?team=a&team=b", "given more than once"),
    ],
)
def test_what_cannot_be_chosen_by_is_refused(served, query, detail):
    answer = served.client.get(f"/api/v1/matches{query}")
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


def test_a_team_that_is_not_known_gets_candidates(served):
    assert served.client.get("/api/v1/matches?team=arsnal").json()["candidates"][0] == "arsenal"


def test_an_unknown_match_is_a_404(served):
    answer = served.client.get("/api/v1/matches/epl-2526-arsenal-arsenal")
    assert (answer.status_code, answer.json()["title"]) == (404, "No such match")


def test_a_match_without_a_kick_off_is_begun_when_its_day_is_over(tmp_path):
    served = world(tmp_path, [match("man-united", "tottenham", kickoff_at=None)])
    path = "/api/v1/matches/epl-2526-man-united-tottenham"
    served.clock.at = KICKOFF + timedelta(hours=9)
    assert state(served, path)["status"] == "scheduled"
    served.clock.at = KICKOFF + timedelta(hours=11)
    assert state(served, path)["because"] == "Its day is over, and no result of it was found yet."
