"""The challenger is named by its pointer, compared on matches that both predicted, and never in the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from sabiscore.clock import FixedClock
from sabiscore.insights.production import NO_VERSION
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.learning.settled import Settled
from sabiscore.learning.shadow_evaluation import LEAST_PAIRS
from sabiscore.pipeline.challenger import CHALLENGER, challenger, evaluate_challenger, seal_challenger
from sabiscore.pipeline.sealing import Sealer
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.ledger import Ledger
from tests.support.served import KICKOFF, FakeModel, FakeVectors, put

SURE, UNSURE = (0.8, 0.1, 0.1), (0.4, 0.3, 0.3)


def point(models: Path, *lines: str) -> None:
    models.mkdir(exist_ok=True)
    (models / CHALLENGER).write_text("\n".join(lines))


def move(version: str, why: str = "promote") -> str:
    return f'{{"version": "{version}", "moved_at": "2026-01-01T00:00:00+00:00", "why": "{why}"}}'


def settled(bundle: str, p, count: int) -> list[Settled]:
    return [
        Settled(
            match_id=f"epl-2526-a-b{n}", league="epl", bundle=bundle, kickoff_at=KICKOFF,
            sealed_at=KICKOFF - timedelta(minutes=50), settled_at=KICKOFF + timedelta(hours=3), p=p, raw=p,
            outcome=int(np.random.default_rng(n).integers(5) == 0),
        )
        for n in range(count)
    ]  # fmt: skip


def evaluated(models: Path, production="1.0.0", count=LEAST_PAIRS + 50):
    return evaluate_challenger(
        production,
        settled=settled("1.0.0", UNSURE, count),
        challenged=settled("1.1.0", SURE, count),
        models=models,
    )


def test_the_newest_promotion_that_was_not_rolled_back_is_the_challenger(tmp_path):
    assert challenger(tmp_path) is None
    point(tmp_path, move("1.1.0"), move("1.2.0"))
    assert challenger(tmp_path) == "1.2.0"
    point(tmp_path, move("1.1.0"), move("1.2.0"), move("1.1.0", "rollback"))
    assert challenger(tmp_path) == "1.1.0"


def test_a_better_challenger_is_better_beyond_chance_on_enough_matches(tmp_path):
    point(tmp_path, move("1.1.0"))
    view, problems = evaluated(tmp_path)
    assert (view.challenger, view.production, view.n, problems) == ("1.1.0", "1.0.0", LEAST_PAIRS + 50, ())
    assert view.difference < 0
    assert view.verdict.startswith("The challenger is better beyond chance")


def test_too_few_matches_give_no_verdict(tmp_path):
    point(tmp_path, move("1.1.0"))
    view, _ = evaluated(tmp_path, count=LEAST_PAIRS - 1)
    assert view.verdict.startswith("Too early to tell")


@pytest.mark.parametrize("production", ["1.1.0", NO_VERSION])
def test_a_challenger_that_is_in_production_or_alone_is_not_on_trial(tmp_path, production):
    point(tmp_path, move("1.1.0"))
    assert evaluated(tmp_path, production) == (None, ())


def test_without_a_challenger_nothing_is_said(tmp_path):
    assert evaluated(tmp_path) == (None, ())


def test_a_pointer_that_cannot_be_read_is_a_problem_and_no_error(tmp_path):
    point(tmp_path, "no json")
    view, (problem,) = evaluated(tmp_path)
    assert view is None
    assert problem.startswith("Which bundle is on trial cannot be read:")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), None),
        ((move("1.2.3"),), None),
        ((move("9.9.9"),), "The challenger is not on trial:"),
        (("x",), "on trial"),
    ],
)
def test_a_challenger_that_cannot_be_used_seals_nothing_and_says_why(database, tmp_path, lines, said):
    models = tmp_path / "models"
    if lines:
        point(models, *lines)
    sealer = Sealer(
        Ledger(database), FeatureCountStore(database), models, FixedClock(KICKOFF - timedelta(hours=2))
    )
    vectors = FakeVectors()
    production = ScoredPublication(put(tmp_path / "publication"), FakeModel(), open_states=lambda _: vectors)
    sealed, problem = seal_challenger(production, sealer, publication_dir=tmp_path / "publication", share=1.0)
    assert sealed == 0
    assert (said is None and problem is None) or said in problem
    assert list(sealer.ledger.entries()) == []
