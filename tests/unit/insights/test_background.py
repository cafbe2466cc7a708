"""What stands behind the chances: levels that end in them, ranges, evidence, form, and the grid of scores."""

from __future__ import annotations

from datetime import date
from math import fsum

import pytest

from sabiscore.publication.club_forms import ClubForm, PastResult, forms_file
from sabiscore.publication.supplements import CLUBS, put_supplements, read_supplements
from tests.support.served import match, put, world

ID = "epl-2526-arsenal-chelsea"
SCORE = {
    "n": 1140,
    "brier": 0.56,
    "log_loss": 0.95,
    "accuracy": 0.55,
    "calibration_error": 0.012,
    "divergence": {"n": 1100, "difference": 0.0025},
}


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def insight(served, match_id=ID) -> dict:
    return served.client.get(f"/api/v1/insights/{match_id}").json()


@pytest.mark.parametrize(
    ("match_id", "names"),
    [
        (ID, ["ratings", "no_odds", "past_odds", "with_odds"]),
        ("epl-2526-man-united-tottenham", ["ratings", "no_odds", "past_odds"]),
    ],
)
def test_levels_go_from_ratings_alone_to_what_is_shown(served, match_id, names):
    document = insight(served, match_id)
    assert [level["level"] for level in document["levels"]] == names
    assert document["levels"][-1]["probabilities"] == document["probabilities"]
    for level in document["levels"]:
        assert fsum(level["probabilities"].values()) == pytest.approx(1)
    favourite = document["confidence"]["favourite"]
    last = document["levels"][-1]["probabilities"][favourite]
    assert document["levels_text"].endswith(f" {100 * last:.0f}%.")


def test_a_level_knows_nothing_of_what_comes_after_it(tmp_path):
    served = world(tmp_path)
    with_prices = {level["level"]: level["probabilities"] for level in insight(served)["levels"]}
    put(served.folder, [match("arsenal", "chelsea", prices={}, lines={}, priced_at=None)])
    assert insight(served)["probabilities"] == pytest.approx(with_prices["past_odds"])


def test_levels_take_no_batch_of_their_own(served):
    insight(served)
    assert len(served.models.model.batches) == 1


def test_the_range_of_a_chance_is_as_wide_as_forecasts_lay_from_the_close(served):
    served.models.evaluated = {"seasons": ["2425"], "scores": {"epl": {"with_odds": SCORE}}}
    document = insight(served)
    p = document["probabilities"]["home"]
    assert document["ranges"]["divergence"] == pytest.approx(0.0025 * (32 / 24) ** 0.25)  # 32 hours to go
    spread = 1.6449 * (p * (1 - p) * document["ranges"]["divergence"]) ** 0.5
    assert document["ranges"]["home"] == pytest.approx({"low": p - spread, "high": p + spread})
    assert (document["ranges"]["of"], document["ranges"]["n"]) == ("league", 1100)
    assert document["evidence"] == {
        "source": "evaluation",
        "knowledge": "with_odds",
        "seasons": ["2425"],
        "n": 1140,
        "brier": 0.56,
        "log_loss": 0.95,
        "accuracy": 0.55,
        "calibration_error": 0.012,
    }


def test_a_league_that_was_not_evaluated_has_the_range_of_all_and_no_evidence(served):
    served.models.evaluated = {"seasons": ["2425"], "scores": {"all": {"with_odds": SCORE}}}
    document = insight(served)
    assert document["ranges"]["of"] == "all"
    assert document["evidence"] is None
    assert document["unknown"]["evidence"].endswith("was not evaluated on Premier League.")


@pytest.mark.parametrize("evaluated", [{}, {"scores": None}, {"scores": {"epl": {"with_odds": {"n": 1}}}}])
def test_without_an_evaluation_ranges_and_evidence_are_unknown(served, evaluated):
    served.models.evaluated = evaluated
    document = insight(served)
    assert (document["ranges"], document["evidence"]) == (None, None)
    assert {"ranges", "evidence"} <= document["unknown"].keys()


def test_the_grid_holds_the_chances_of_all_likely_scores(served):
    goals = insight(served)["goals"]
    assert [len(row) for row in goals["grid"]] == [6] * 6
    best = goals["top_scores"][0]
    assert goals["grid"][best["home"]][best["away"]] == best["probability"]
    assert 0.9 < fsum(map(fsum, goals["grid"])) <= 1


def test_form_is_what_each_team_did_last(served):
    past = PastResult(
        match_id="epl-2425-chelsea-arsenal", day=date(2025, 5, 4), opponent="chelsea", at_home=False,
        scored=0, conceded=2,
    )  # fmt: skip
    forms = {"epl": {"arsenal": ClubForm((past,), ((date(2025, 5, 4), 1712.5),))}}
    assert insight(served)["unknown"]["form"] == "No results of clubs are published yet."
    put_supplements(served.folder, {CLUBS: forms_file(forms)})
    form = insight(served)["form"]
    (result,) = form["home"]["results"]
    assert (
        result["opponent"],
        result["at_home"],
        result["scored"],
        result["conceded"],
        result["outcome"],
    ) == (
        {"key": "chelsea", "name": "Chelsea"},
        False,
        0,
        2,
        "loss",
    )
    assert form["home"]["ratings"] == [{"day": "2025-05-04", "rating": 1712.5}]
    assert form["away"]["results"] == []
    unknown = insight(served, "laliga-2526-barcelona-real-madrid")["unknown"]
    assert unknown["form"] == "No results of clubs are published yet."


def test_results_that_were_altered_are_not_shown(served):
    put_supplements(served.folder, {CLUBS: forms_file({"epl": {}})})
    read_supplements(served.folder).files[CLUBS].path.write_bytes(b"")
    document = insight(served)
    assert document["form"] is None
    assert document["unknown"]["form"] == "The published results of clubs cannot be read."
