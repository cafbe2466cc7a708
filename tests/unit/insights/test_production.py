"""Saved states and the registry as the ports that forecasts are made through."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import numpy as np
import pytest

from sabiscore.domain.match import Match
from sabiscore.errors import BadPublication
from sabiscore.features import vector
from sabiscore.features.replay import replay, vectors
from sabiscore.features.state import State
from sabiscore.history import columns_of
from sabiscore.insights.forecast import explained, forecast, read
from sabiscore.insights.production import Production, open_states
from sabiscore.publication.publish import PublishedStates
from tests.support.served import FakeModel

TEAMS = ("ashby", "barton", "colby", "denby", "eastby", "farnby")


def season() -> list[Match]:
    """Ten rounds between six made-up teams, with prices that say little."""
    rng = np.random.default_rng(3)
    matches = []
    for week in range(10):
        order = rng.permutation(TEAMS)
        for home, away in zip(order[::2], order[1::2], strict=True):
            goals = (int(rng.poisson(1.5)), int(rng.poisson(1.1)))
            prices = {("1x2", "avg", "pre"): (2.2, 3.3, 3.4), ("1x2", "avg", "close"): (2.1, 3.4, 3.5)}
            day = date(2025, 8, 2) + timedelta(weeks=week)
            matches.append(
                Match(
                    league="epl",
                    season="2526",
                    day=day,
                    home=str(home),
                    away=str(away),
                    goals=goals,
                    prices=prices,
                )
            )
    return matches


COMING = Match(
    league="epl",
    season="2526",
    day=date(2025, 10, 18),
    home="ashby",
    away="denby",
    prices={("1x2", "b365", "pre"): (2.0, 3.5, 3.9)},
)


class Uniform(FakeModel):
    """A model over the real features that leans on every column a little."""

    schema = vector.SCHEMA

    def over(self, X):
        return 1.0 / (1.0 + np.exp(-np.nan_to_num(X[:, vector.INDEX["market_now.consensus_home"]])))

    def predict(self, X):
        lean = np.nan_to_num(X.astype(np.float64)) * np.linspace(-0.01, 0.01, X.shape[1])
        z = np.exp(np.stack([lean.sum(axis=1), np.zeros(len(X)), -lean.sum(axis=1)], axis=1))
        return z / z.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("states") / "states.npz"
    replay(columns_of(season())).state.save(path)
    return published(path)


def published(path):
    return PublishedStates(path, sha256(path.read_bytes()).hexdigest())


def test_vectors_from_saved_states_are_those_of_the_features(saved):
    ours = open_states(saved)([COMING])
    assert ours.tobytes() == vectors(State.load(saved.path), columns_of([COMING])).tobytes()
    assert ours.shape == (1, vector.SIZE)


def test_every_column_belongs_to_one_group_and_flags_are_absent_as_zero(saved):
    states = open_states(saved)
    columns = sorted(column for group in states.groups.values() for column in group)
    assert columns == list(range(vector.SIZE))
    assert all(states.absent[flag] == 0 for flag in states.flags)
    assert np.isnan(states.absent).sum() > 200


def test_what_is_taken_away_is_what_the_features_themselves_call_unknown(saved):
    states = open_states(saved)
    seen = []

    class Watching(Uniform):
        def predict(self, X):
            seen.append(X)
            return super().predict(X)

    model = Watching(baseline=np.zeros(vector.SIZE, np.float32))
    explained(states, model, COMING)
    present = [group for group in states.groups if group != "panic"]
    (X,) = seen
    unpriced = states([replace(COMING, prices={})])[0]
    rows = [row for row in X[1:] if np.array_equal(row, unpriced, equal_nan=True)]
    assert rows, f"none of {present} taken away gives the vector without prices"


def test_a_match_with_prices_knows_odds_and_one_without_does_not(saved):
    model = Uniform(baseline=np.zeros(vector.SIZE, np.float32))
    states = open_states(saved)
    readings = read(states, model, [COMING, replace(COMING, prices={})])
    with_odds, without = (forecast(states, reading) for reading in readings)
    assert (with_odds.knowledge, without.knowledge) == ("with_odds", "past_odds")
    assert [with_odds.over, without.over] == [reading.over for reading in readings]
    assert with_odds.over != without.over


def test_teams_that_were_never_seen_are_newcomers(saved):
    model = Uniform(baseline=np.zeros(vector.SIZE, np.float32))
    forecast, _ = explained(open_states(saved), model, replace(COMING, home="newcomer", away="another"))
    assert sum(forecast.p) == pytest.approx(1)


@pytest.mark.parametrize("content", [b"", b"states", None])
def test_states_that_cannot_be_read_are_refused(tmp_path, content):
    path = tmp_path / "states.npz"
    if content is None:
        np.savez(path, teams=np.array(["ashby"]))
    else:
        path.write_bytes(content)
    with pytest.raises(BadPublication, match=r"states\.npz"):
        open_states(published(path))


def test_states_that_were_replaced_after_they_were_verified_are_not_used(tmp_path):
    path = tmp_path / "states.npz"
    replay(columns_of(season())).state.save(path)
    named = published(path)
    replay(columns_of(season()[:20])).state.save(path)
    with pytest.raises(BadPublication, match="not those published"):
        open_states(named)
    path.unlink()
    with pytest.raises(BadPublication, match="cannot be read"):
        open_states(named)


def test_the_version_follows_the_pointer_and_loads_nothing(tmp_path):
    production = Production(tmp_path)
    assert production.version() == "none"
    assert production.refused is None
    pointer = tmp_path / "production"
    move(pointer, "1.0.0", "promote")
    assert production.version() == "1.0.0"
    move(pointer, "1.1.0", "promote")
    assert [production.version(), production.version()] == ["1.1.0", "1.1.0"]
    move(pointer, "1.1.0", "rollback")
    assert production.version() == "1.0.0"


def test_a_torn_pointer_leaves_the_version_as_it_was(tmp_path):
    production = Production(tmp_path)
    pointer = tmp_path / "production"
    move(pointer, "1.0.0", "promote")
    assert production.version() == "1.0.0"
    pointer.write_text("{half")
    assert production.version() == "1.0.0"
    assert Production(tmp_path).version() == "none"


def move(pointer, version, why):
    """One more line of the pointer, put in place in one step."""
    before = pointer.read_text() if pointer.exists() else ""
    line = json.dumps({"version": version, "moved_at": "2025-08-15T09:00:00+00:00", "why": why})
    following = pointer.with_name("next")
    following.write_text(before + line + "\n")
    following.replace(pointer)
