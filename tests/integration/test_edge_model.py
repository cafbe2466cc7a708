"""The edge model says what the functions say: graph, vectors and documents, evaluated by Node."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from sabiscore.domain.match import Match, season_on
from sabiscore.domain.scoreline import consistent
from sabiscore.edge_model.asset import FORMAT, league_header, vector_header
from sabiscore.edge_model.constants import constants, layout
from sabiscore.edge_model.league_states import league_states
from sabiscore.edge_model.packed import Packed, unpack
from sabiscore.edge_model.published import published_edge_model
from sabiscore.errors import BadBundle
from sabiscore.features import vector
from sabiscore.features.replay import replay, vectors
from sabiscore.features.state import TEAM, State
from sabiscore.history import columns_of, date_of, league_key
from sabiscore.identity.matchups import find_team
from sabiscore.inference.bundle import read_verified
from sabiscore.inference.manifest import EDGE_GRAPH
from sabiscore.inference.session import open_session
from tests.support.edge_models import (
    ANSWERS,
    ASSET,
    by_node,
    by_the_calendar,
    documents,
    every_pairing,
    shared_world,
)
from tests.support.histories import made_up

TOLERANCE = 1e-6
DIVISIONS = ("E0", "E1", "SP1", "D1", "I1", "F1")
FIXTURES = 10_000


def floats(encoded: str, columns: int) -> npt.NDArray[np.float32]:
    return np.frombuffer(b64decode(encoded), "<f4").reshape(-1, columns)


def test_the_graph_gives_the_runtimes_probabilities_on_ten_thousand_rows(tmp_path: Path) -> None:
    folder, insights = shared_world()
    bundle = folder / "models" / insights.inputs.models.version()
    compiled = read_verified(bundle, EDGE_GRAPH)
    assert compiled is not None
    rng = np.random.default_rng(3)
    rows = np.repeat(replay(by_the_calendar(made_up(2))).vectors, 31, axis=0)[:FIXTURES]
    rows = (rows + rng.normal(0, 0.1, rows.shape)).astype(np.float32)
    rows[:, vector.FLAGS] = rng.integers(0, 2, (len(rows), 2))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    (tmp_path / "graph").write_bytes(compiled)
    rows.tofile(tmp_path / "rows")
    ours = by_node("graph", tmp_path / "graph", tmp_path / "rows")
    session = open_session((bundle / "model.onnx").read_bytes(), vector.SIZE)
    for name, columns in (("probabilities", 3), ("over", 1)):
        (theirs,) = session.run([name], {"vectors": rows})
        assert theirs.shape == (FIXTURES, columns)
        assert np.ptp(theirs) > 0.1
        assert np.abs(floats(ours[name], columns) - theirs).max() <= TOLERANCE


def test_grids_are_those_of_python_from_the_likely_to_the_extreme(tmp_path: Path) -> None:
    """Odds of over a million to one among them, and totals that no goal rates reach."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 1, (300, 4)) * np.repeat([1.0, 4.0, 12.0], 100)[:, None]
    chances = np.exp(logits[:, :3])
    rows = np.column_stack([chances / chances.sum(axis=1, keepdims=True), 1 / (1 + np.exp(-logits[:, 3]))])
    rows.tofile(tmp_path / "rows")
    ours = np.array(by_node("grids", json.dumps(constants()["scoreline"]), tmp_path / "rows"))
    theirs = np.array([consistent(p, over).cells for *p, over in rows.tolist()])
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= TOLERANCE


def test_vectors_are_those_of_python_on_ten_thousand_fixtures(tmp_path: Path) -> None:
    """Over 33 days of six leagues, three seasons long, with a club that no state has seen."""
    history = by_the_calendar(made_up(3, DIVISIONS))
    begin, end = int(history.day.min()) + 5, int(history.day.max()) + 20
    expected = []
    for number, day in enumerate(np.linspace(begin, end, 33).astype(int).tolist()):
        state = replay(history.take(history.day < day)).state
        packed, fixtures = every_fixture(state, day)
        (tmp_path / f"{number:02d}").write_bytes(packed.to_bytes())
        expected.append(vectors(state, columns_of(fixtures)))
    ours, theirs = floats(by_node("vectors", tmp_path), vector.SIZE), np.concatenate(expected)
    assert ours.shape == theirs.shape
    assert len(ours) >= FIXTURES
    assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    assert 0.1 < np.isnan(theirs).mean() < 0.9
    assert np.nanmax(np.abs(ours - theirs)) <= TOLERANCE


def every_fixture(state: State, day: int) -> tuple[Packed, list[Match]]:
    """The states of every league on ``day``, and every pairing in the order in which Node takes them."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    leagues, fixtures = {}, []
    played_in = state.team[TEAM["league"].start].astype(int)
    for index in sorted(set(played_in.tolist())):
        league = league_key(index)
        clubs = [team for team, place in zip(state.teams, played_in, strict=True) if place == index]
        known = league_states(state, league, [*clubs, "newcomer"], date_of(day))
        arrays |= {f"team/{league}": known.team, f"league/{league}": known.league}
        arrays[f"pair/{league}"] = known.pair
        leagues[league] = league_header(league, known.teams)
        fixtures += [
            Match(league=league, season=season_on(date_of(day)), day=date_of(day), home=home, away=away)
            for home in known.teams
            for away in known.teams
            if home != away
        ]
    return Packed({**vector_header(date_of(day)), "leagues": leagues}, arrays), fixtures


def test_documents_are_those_of_the_functions(tmp_path: Path) -> None:
    folder, insights = shared_world()
    model = published_edge_model(insights.inputs, folder / "models")
    assert model is not None
    (tmp_path / "model").write_bytes(model.to_bytes())
    at = int(insights.inputs.clock.now().timestamp() * 1000)
    ours = by_node("documents", tmp_path / "model", str(at))
    pairings = every_pairing(model.header)
    assert [tuple(answer["asked"]) for answer in ours] == pairings
    assert len(pairings) > 100
    for answer, expected in zip(ours, documents(insights, pairings), strict=True):
        assert difference(answer["document"], expected) <= TOLERANCE


def test_the_shared_answers_are_those_of_this_code() -> None:
    """When it fails: ``python -m tests.support.edge_models``."""
    header = unpack(ASSET.read_bytes()).header
    assert (header["format"], header["schema"]) == (FORMAT, vector.SCHEMA)
    assert header["layout"] == layout()
    assert header["constants"] == constants()
    assert len(json.loads(ANSWERS.read_text())["answers"]) > 2


def test_words_mean_the_teams_that_the_functions_find() -> None:
    folder, insights = shared_world()
    model = published_edge_model(insights.inputs, folder / "models")
    assert model is not None
    rosters = insights.inputs.current().rosters
    for word, places in model.header["words"].items():
        for league, index in places:
            team = model.header["leagues"][league]["teams"][index]["key"]
            assert find_team(word, {league: rosters[league]}) == team


@pytest.mark.parametrize("data", [b"", b"SSEM", b"SSEM\xff\xff\xff\x7f", b"SSEM\x02\0\0\0{}", b"PK" * 40])
def test_other_bytes_are_no_packed_arrays(data: bytes) -> None:
    with pytest.raises(BadBundle, match="packed arrays"):
        unpack(data)


def difference(ours: Any, theirs: Any) -> float:
    """The largest difference of two numbers at the same place; infinite where anything else differs."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return max((difference(ours[name], theirs[name]) for name in ours), default=0.0)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return max((difference(a, b) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    if isinstance(ours, float | int) and isinstance(theirs, float | int):
        return abs(ours - theirs)
    return 0.0 if ours == theirs else float("inf")
