"""A bundle whose accuracy falls beyond chance is taken back by the job itself, which says so everywhere."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from model_export.registry import Registry
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.features.vector import SCHEMA
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.settings import read_settings
from tests.support.ensembles import release
from tests.support.settled_seasons import BEGIN, Floats, context_at, play

PROMISED = 0.53


def register(context: JobContext, scratch: Path, versions: int = 2) -> Registry:
    """A registry whose bundles were each production in turn: 1.0.0, 1.1.0…"""
    registry = Registry(context.models, SCHEMA, FixedClock(BEGIN))
    for n in range(versions):
        made = registry.add(release(scratch, schema=SCHEMA, matches=100 + n, accuracy=PROMISED))
        registry.promote(made.name)
    return registry


def right(share: float, n: int) -> tuple[Floats, list[int]]:
    """Predictions of home wins, of which ``share`` come true, evenly spread."""
    came = np.floor(np.arange(1, n + 1) * share) > np.floor(np.arange(n) * share)
    return np.tile([0.5, 0.3, 0.2], (n, 1)), [0 if it else 1 + i % 2 for i, it in enumerate(came)]


def test_a_fall_beyond_chance_rolls_production_back_and_says_so(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with context_at(tmp_path, database_url) as (context, clock):
        registry = register(context, tmp_path)
        p, y = right(0.40, 375)
        with caplog.at_level(logging.ERROR, "sabiscore"):
            played = play(context, clock, p, y, bundle="1.1.0")
        assert registry.current() == "1.0.0"
        (said,) = played.problems
        assert "1.1.0 was rolled back and 1.0.0 is production again: accuracy fell by" in said
        assert said in caplog.text
        record = read_track_record(context.publication_dir).record
        (back,) = record.rollbacks
        assert (back.off, back.to) == ("1.1.0", "1.0.0")
        assert "standard errors" in back.because
        served = Bootstrap(read_settings({"SABISCORE_HOME": str(context.publication_dir.parent)}), clock)
        checks = {check.name: check for check in served.health.report().checks}
        assert checks["rollback"].status == "warn"
        assert back.because in checks["rollback"].detail
        assert run_job("calibrate", context).done.problems == ()
        assert registry.current() == "1.0.0", "once, not a step a run"
        registry.promote("1.1.0")
        assert served.production.fallen() is None


def test_a_fall_that_may_be_chance_changes_nothing(tmp_path: Path) -> None:
    with context_at(tmp_path) as (context, clock):
        registry = register(context, tmp_path)
        p, y = right(PROMISED - 0.03, 375)
        assert play(context, clock, p, y, bundle="1.1.0").problems == ()
        record = read_track_record(context.publication_dir).record
        assert registry.current() == "1.1.0"
        assert record.drift is not None
        assert (record.drift.bundle, record.drift.n, record.drift.failing) == ("1.1.0", 375, False)
        assert record.drift.promised_accuracy == PROMISED
        assert record.rollbacks == ()


def test_where_nothing_can_take_its_place_that_is_said(tmp_path: Path) -> None:
    with context_at(tmp_path) as (context, clock):
        registry = register(context, tmp_path, versions=1)
        p, y = right(0.40, 200)
        problems = play(context, clock, p, y, bundle="1.0.0").problems
        assert registry.current() == "1.0.0"
        assert "no older one can replace it: No bundle was production before." in problems[-1]


def test_a_bundle_gone_back_to_is_judged_by_what_it_does_from_then_on(tmp_path: Path) -> None:
    with context_at(tmp_path) as (context, clock):
        registry = register(context, tmp_path, versions=3)
        poor, good = right(0.40, 200), right(0.55, 200)
        play(context, clock, *good, bundle="1.0.0")
        registry.rollback()
        begin = clock.at
        play(context, clock, *poor, bundle="1.1.0", begin=begin)
        assert registry.current() == "1.0.0"
        assert run_job("calibrate", context).done.sentence == "Nothing is new."
        record = read_track_record(context.publication_dir).record
        assert [(rollback.off, rollback.to) for rollback in record.rollbacks] == [("1.1.0", "1.0.0")]
