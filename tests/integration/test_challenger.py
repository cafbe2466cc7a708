"""A challenger predicts a share of the matches, sealed beside production's, compared, and never served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sabiscore.inference.manifest import MODEL
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.jobs.registry import run_job
from sabiscore.learning.shadow_evaluation import in_shadow_evaluation
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import SettledOutcome
from tests.integration.test_drift_rollback import register
from tests.support.challengers import VERSION, put_on_trial
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import World
from tests.support.settled_seasons import BEGIN, GOALS, context_at, seal


@pytest.fixture
def rig(world: World, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(settings_of(world, tmp_path)) as made:
        yield made


def seals(rig: Rig) -> list[dict[str, Any]]:
    return [entry.content for entry in rig.context.ledger.entries() if entry.content["kind"] == "sealed"]


def test_a_share_of_the_matches_is_sealed_beside_production_and_settled(
    world: World, tmp_path: Path, database_url: str
) -> None:
    with rig_of(settings_of(world, tmp_path, database_url)) as rig:
        put_on_trial(rig.context.models)
        first = rig.run("odds")
        assert first.done.problems == ()
        sealed = seals(rig)
        production = {seal["match"]: seal for seal in sealed if "role" not in seal}
        theirs = {seal["match"]: seal for seal in sealed if seal.get("role") == "challenger"}
        assert set(theirs) == {key for key in production if in_shadow_evaluation(key, 0.5)}
        assert 0 < len(theirs) == first.done.figures["on_trial"] < len(production)
        for key, seal in theirs.items():
            mine = production[key]
            assert (seal["bundle"], mine["bundle"]) == (VERSION, "1.0.0")
            assert seal["p"][0] > mine["p"][0]
            assert (seal["features"], seal["odds"]) == (mine["features"], mine["odds"])
        assert rig.run("odds").done.figures["on_trial"] == 0, "each once"

        scored = rig.context.insights.scored_publication()
        assert scored.model.version == "1.0.0"
        match = next(seal for seal in rig.soon if seal.id in theirs)
        assert scored.forecasts()[match.id].p == pytest.approx(production[match.id]["p"], abs=1e-9)
        assert match.kickoff_at is not None
        rig.clock.at = match.kickoff_at + timedelta(hours=3)
        rig.play(match, (2, 0))
        rig.run("stats")
        rig.run("calibrate")
        verify(rig.context.ledger.entries())
        record = read_track_record(rig.context.publication_dir).record
        assert record.all.predictions is not None
        assert record.all.predictions.n == 1
        assert set(record.by_version) == {"1.0.0"}
        assert record.trial is not None
        assert (record.trial.challenger, record.trial.production, record.trial.n) == (VERSION, "1.0.0", 1)
        assert record.trial.difference is not None
        assert record.trial.difference < 0, "it leant to home, and home won"
        waiting = {(seal["match"]) for seal in seals(rig) if "role" not in seal} - {match.id}
        assert record.sealed == len(waiting), "the challenger's are not counted as sealed"


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_share_is_a_setting(rig: Rig, share: float) -> None:
    put_on_trial(rig.context.models)
    report = run_job("odds", replace(rig.context, challenger_share=share))
    assert report.done.figures["on_trial"] == share * report.done.figures["sealed"]


def test_a_challenger_that_cannot_be_loaded_is_said_and_in_nobodys_way(rig: Rig) -> None:
    put_on_trial(rig.context.models)
    (rig.context.models / VERSION / MODEL).write_bytes(b"torn")
    report = rig.run("odds")
    assert (report.outcome, report.done.figures["on_trial"]) == ("done", 0)
    assert report.done.figures["sealed"] > 0
    (problem,) = report.done.problems
    assert problem.startswith("The challenger is not on trial: 1.1.0/model.onnx is truncated")
    (rig.context.models / "challenger").write_text("no pointer")
    said = [rig.run(job).done.problems for job in ("odds", "calibrate")]
    assert "not on trial" in said[0][0]
    assert said[1][0].startswith("Which bundle is on trial cannot be read")
    assert read_track_record(rig.context.publication_dir).record.trial is None


def test_production_as_its_own_challenger_is_sealed_once(rig: Rig) -> None:
    put_on_trial(rig.context.models)
    moves = rig.context.models / "challenger"
    moves.write_text(json.dumps(json.loads(moves.read_text()) | {"version": "1.0.0"}) + "\n")
    report = rig.run("odds")
    assert report.done.figures["on_trial"] == 0
    rig.run("calibrate")
    assert read_track_record(rig.context.publication_dir).record.trial is None


def test_a_challenger_that_is_promoted_begins_a_record_of_its_own(tmp_path: Path, database_url: str) -> None:
    """300 matches predicted by both, then the better one serves: the record counts nobody twice."""
    with context_at(tmp_path, database_url) as (context, clock):
        registry = register(context, tmp_path)
        registry.rollback()
        registry.promote("1.1.0", "challenger")
        rng = np.random.default_rng(8)
        for n in range(300):
            kickoff = BEGIN + timedelta(hours=n)
            clock.at = kickoff - timedelta(minutes=30)
            p, better = (0.5, 0.3, 0.2), (0.6, 0.25, 0.15)
            mine = seal(n, kickoff, bundle="1.0.0", p=p, raw=p)
            theirs = replace(mine, bundle="1.1.0", p=better, raw=better, role="challenger")
            context.ledger.seal([mine], clock.at)
            context.ledger.seal([theirs], clock.at)
            clock.at = kickoff + timedelta(hours=2)
            goals = GOALS[rng.choice(3, p=[0.7, 0.2, 0.1])]
            open_ = context.ledger.unsettled(clock.at)
            context.ledger.settle(
                [
                    SettledOutcome(
                        match_id=key,
                        bundle=bundle,
                        kickoff_at=kickoff,
                        seal=entry.hash,
                        goals=goals,
                        close=None,
                        source="made-up",
                    )
                    for (key, bundle), entry in open_.items()
                ],
                clock.at,
            )
        run_job("calibrate", context)
        record = read_track_record(context.publication_dir).record
        assert record.all.predictions is not None
        assert (record.all.predictions.n, set(record.by_version)) == (300, {"1.0.0"})
        assert record.trial is not None
        assert record.trial.n == 300
        assert record.trial.verdict.startswith("The challenger is better beyond chance")
        registry.promote("1.1.0")
        assert run_job("calibrate", context).done.sentence != "Nothing is new."
        promoted = read_track_record(context.publication_dir).record
        assert (promoted.trial, promoted.all) == (None, record.all)
        verify(context.ledger.entries())
