"""The simulator's seasons obey the laws of football seasons, and its truth is the truth."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from infra.simulator.country import MOVING, SIZES, table
from infra.simulator.files import COMING_DAYS, write_seasons
from infra.simulator.fixtures import round_robin
from infra.simulator.play import score_grid
from infra.simulator.seasons import SimulatedSeason, simulate
from sabiscore.domain.league import BY_DIVISION
from sabiscore.history import day_number
from sabiscore.identity.slugs import slug
from sabiscore.sources.football_data import FootballData

SEED = 20
TODAY = date(2026, 3, 14)


@pytest.fixture(scope="module")
def seasons() -> list[SimulatedSeason]:
    return simulate(SEED, 2018, 2025)


def _outcomes(season: SimulatedSeason) -> np.ndarray:
    return np.sign(season.goals[:, 1] - season.goals[:, 0]) + 1


def test_every_division_we_know_is_played_every_year(seasons: list[SimulatedSeason]) -> None:
    lower = {"EC", "SC1", "SC2", "SC3"}
    assert set(SIZES) == set(BY_DIVISION) - lower, "they feed ratings, which the others do in made-up seasons"
    assert Counter(season.division for season in seasons) == dict.fromkeys(SIZES, 8)


@pytest.mark.parametrize(("clubs", "cycles"), [(4, 2), (12, 4), (20, 2)])
def test_in_a_round_robin_everybody_meets_everybody_at_both_grounds(clubs: int, cycles: int) -> None:
    rounds = round_robin(clubs, cycles)
    pairs = Counter(map(tuple, rounds.reshape(-1, 2).tolist()))
    assert len(pairs) == clubs * (clubs - 1)
    assert set(pairs.values()) == {cycles // 2}
    assert all(len(set(round_.ravel().tolist())) == clubs for round_ in rounds)


def test_nobody_plays_twice_on_one_day(seasons: list[SimulatedSeason]) -> None:
    for season in seasons:
        appearances = Counter(zip(np.repeat(season.day, 2).tolist(), season.names.ravel(), strict=True))
        assert max(appearances.values()) == 1


def test_the_grounds_alternate_fairly(seasons: list[SimulatedSeason]) -> None:
    for season in seasons:
        assert Counter(season.names[:, 0]) == Counter(season.names[:, 1])


def test_every_book_keeps_its_margin_and_the_best_price_is_the_best(seasons: list[SimulatedSeason]) -> None:
    for season in seasons:
        prices = season.prices
        for code in ("B365", "PS", "BW", "WH", "Avg", "AvgC"):
            odds = np.stack([prices[f"{code}{side}"] for side in "HDA"])
            above_floor = odds.min(0) > 1.03
            margin = (1 / odds).sum(0)[above_floor] - 1
            assert margin.min() > 0.01
            assert margin.max() < 0.1
        for side in "HDA":
            books = [prices[f"{code}{side}"] for code in ("B365", "PS", "BW", "WH")]
            assert np.array_equal(prices[f"Max{side}"], np.max(books, 0))


def test_the_true_probabilities_are_the_frequencies(seasons: list[SimulatedSeason]) -> None:
    truth = np.concatenate([season.truth for season in seasons])
    outcome = np.concatenate([_outcomes(season) for season in seasons])
    loss = -np.log(truth[np.arange(len(truth)), outcome])
    expected = -(truth * np.log(truth)).sum(1)
    standard_error = loss.std() / np.sqrt(len(loss))
    assert abs(loss.mean() - expected.mean()) < 4 * standard_error
    assert np.abs(truth.mean(0) - np.bincount(outcome) / len(outcome)).max() < 0.01


def test_the_market_knows_less_than_the_truth_and_more_at_the_close(seasons: list[SimulatedSeason]) -> None:
    outcome = np.concatenate([_outcomes(season) for season in seasons])

    def loss(probabilities: np.ndarray) -> float:
        fair = probabilities / probabilities.sum(1, keepdims=True)
        return float(-np.log(fair[np.arange(len(fair)), outcome]).mean())

    def market(code: str) -> np.ndarray:
        return np.concatenate([1 / np.stack([s.prices[f"{code}{x}"] for x in "HDA"], 1) for s in seasons])

    truth = loss(np.concatenate([season.truth for season in seasons]))
    assert truth < loss(market("AvgC")) < loss(market("Avg")) < truth + 0.01


def test_shots_follow_the_better_side(seasons: list[SimulatedSeason]) -> None:
    for season in seasons:
        shots, on_target = season.statistics["shots"], season.statistics["on_target"]
        assert (shots >= on_target).all()
        assert (on_target >= season.goals).all()
        assert (season.statistics["half_time"] <= season.goals).all()
    lead = np.concatenate([s.rates[:, 0] - s.rates[:, 1] for s in seasons])
    more = np.concatenate([s.statistics["shots"][:, 0] - s.statistics["shots"][:, 1] for s in seasons])
    assert np.corrcoef(lead, more)[0, 1] > 0.4


def test_clubs_move_between_tiers_by_the_table(seasons: list[SimulatedSeason]) -> None:
    clubs = {(s.division, s.start_year): set(s.names.ravel()) for s in seasons}
    for year in range(2018, 2025):
        came = clubs["E0", year + 1] - clubs["E0", year]
        assert len(came) == MOVING
        assert came <= clubs["E1", year]


def test_a_table_counts_three_points_for_a_win() -> None:
    home, away = np.array([0, 1, 2]), np.array([1, 2, 0])
    goals = np.array([[1, 0], [2, 2], [0, 3]])
    assert table(np.array([0, 1, 2]), home, away, goals).tolist() == [0, 1, 2]


def test_a_score_grid_is_a_distribution_with_the_rates_as_means() -> None:
    grid = score_grid(np.array([[1.6, 0.9]]))[0]
    goals = np.arange(grid.shape[0])
    assert grid.min() > 0
    assert float(grid.sum()) == pytest.approx(1)
    assert float(grid.sum(1) @ goals) == pytest.approx(1.6, abs=0.01)
    assert float(grid.sum(0) @ goals) == pytest.approx(0.9, abs=0.01)


def test_invented_names_stay_different_as_slugs(seasons: list[SimulatedSeason]) -> None:
    names = {str(name) for season in seasons for name in season.names.ravel()}
    assert len({slug(name) for name in names}) == len(names)


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for folder, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_seasons(tmp_path / folder, seed, 2024, TODAY, ["D1", "D2"])
    first, again, other = (
        {path.name: path.read_bytes() for path in sorted((tmp_path / folder).iterdir())}
        for folder in ("one", "again", "other")
    )
    assert first == again
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first)


def test_a_choice_of_countries_does_not_change_their_matches() -> None:
    alone = simulate(SEED, 2024, 2024, ["D1", "D2"])
    everybody = {s.division: s for s in simulate(SEED, 2024, 2024)}
    for season in alone:
        assert np.array_equal(season.goals, everybody[season.division].goals)


def test_files_hold_what_was_known_that_day(tmp_path: Path) -> None:
    written = write_seasons(tmp_path, SEED, 2025, TODAY, ["E0"])
    with (tmp_path / "E0_2526.csv").open(encoding="utf-8", newline="") as file:
        past = list(csv.DictReader(file))
    with (tmp_path / "fixtures.csv").open(encoding="utf-8", newline="") as file:
        coming = list(csv.DictReader(file))
    assert len(past) == written > 200
    assert max(_day(row) for row in past) < TODAY <= min(_day(row) for row in coming)
    assert (max(_day(row) for row in coming) - TODAY).days < COMING_DAYS
    assert all(row["FTR"] == _letter(int(row["FTHG"]), int(row["FTAG"])) for row in past)
    assert not {"FTHG", "FTR", "HS", "AvgCH", "PSCH", "PC>2.5", "AHCh"} & coming[0].keys()
    assert {"AvgH", "B365>2.5", "AHh", "PAHH"} <= coming[0].keys()


def _day(row: dict[str, str]) -> date:
    day, month, year = map(int, row["Date"].split("/"))
    return date(year, month, day)


def _letter(home: int, away: int) -> str:
    return "H" if home > away else "A" if home < away else "D"


def test_files_pass_through_the_parser_without_a_loss(tmp_path: Path) -> None:
    written = write_seasons(tmp_path, SEED, 2024, TODAY, ["E0", "E1", "SC0", "T1"])
    source = FootballData()
    parsed = {path.name: source.parse(path.name, path.read_bytes()) for path in sorted(tmp_path.iterdir())}
    for name, document in parsed.items():
        assert document.refused == (), name
        assert not document.notes.unknown_columns, name
        assert not document.notes.set_aside, name
    coming = parsed.pop("fixtures.csv")
    assert sum(len(document.matches) for document in parsed.values()) == written
    assert all(match.goals is None and ("1x2", "avg", "pre") in match.prices for match in coming.matches)
    assert not any(phase == "close" for match in coming.matches for _, _, phase in match.prices)


def test_the_parser_reads_back_what_was_simulated(tmp_path: Path) -> None:
    write_seasons(tmp_path, SEED, 2024, TODAY, ["D1"])
    season = next(s for s in simulate(SEED, 2024, 2025, ["D1"]) if s.start_year == 2024)
    name = "D1_2425.csv"
    matches = FootballData().parse(name, (tmp_path / name).read_bytes()).matches
    by_fixture = {(match.home, match.away): match for match in matches}
    assert len(by_fixture) == len(season.day)
    for row, (home, away) in enumerate(season.names):
        match = by_fixture[slug(home), slug(away)]
        assert match.goals == tuple(season.goals[row])
        assert day_number(match.day) == season.day[row]
        assert match.statistics["shots"] == tuple(season.statistics["shots"][row])
        closing = tuple(season.prices[f"AvgC{side}"][row] for side in "HDA")
        assert match.prices["1x2", "avg", "close"] == closing
        assert match.lines["pre"] == season.prices["AHh"][row]
