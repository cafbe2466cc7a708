"""``cron/calibrate`` on a real ledger: what it learns, publishes, repairs, and leaves alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from infra.bench import growth_case
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import temperature
from sabiscore.features import market
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.publication.corrections import CORRECTIONS_FILE, read_corrections
from sabiscore.publication.publish import TRACK_RECORD_FILE as RECORD
from sabiscore.seasons.ingest import ingest
from sabiscore.settings import read_settings
from sabiscore.store.database import Store
from tests.support.settled_seasons import BEGIN, Floats, context_at, play
from tests.unit.learning.test_calibrate import distorted, losses, season

Market = tuple[Floats, npt.NDArray[np.int64], float]

SERVED = ("E0", "SP1", "D1", "I1", "F1")
REPAIRED_IN = 300
LATER = datetime(2040, 1, 1, tzinfo=UTC)


def files(context: JobContext) -> dict[str, tuple[int, bytes]]:
    found = {path.name: path for path in context.publication_dir.rglob("*") if path.is_file()}
    return {name: (path.stat().st_mtime_ns, path.read_bytes()) for name, path in found.items()}


def test_a_distorted_model_is_repaired_within_three_hundred_settled_matches(
    tmp_path: Path, database_url: str
) -> None:
    p, y = season(3, 2_000)
    wrong = distorted(p, 1.5)
    with context_at(tmp_path, database_url) as (context, clock):
        corrected = play(context, clock, wrong[:REPAIRED_IN], y[:REPAIRED_IN].tolist())
        live = read_corrections(context.publication_dir).of("1.0.0")
        record = read_track_record(context.publication_dir).record
        sealed = [entry.content for entry in context.ledger.entries() if entry.content["kind"] == "sealed"]
    assert corrected.problems == ()
    assert not live.calibration.is_identity
    repaired = np.array([live.calibration.apply(row) for row in wrong[REPAIRED_IN:]])
    rest = p[REPAIRED_IN:], y[REPAIRED_IN:]
    assert losses(wrong[REPAIRED_IN:], rest[1]).mean() - losses(*rest).mean() > 0.005
    assert losses(repaired, rest[1]).mean() - losses(*rest).mean() <= 0.003
    assert record.live_calibration["1.0.0"].in_use
    assert record.all.predictions is not None
    assert record.all.predictions.n == REPAIRED_IN
    assert sealed[0]["calibration"] == []
    assert len(sealed[-1]["calibration"]) == 6, "what was sealed names the correction it was told with"
    assert corrected.used[-1].matrix[0][0] == pytest.approx(sealed[-1]["calibration"][0], abs=1e-9)


def test_live_calibration_is_never_worse_than_none(tmp_path: Path, market_season: Market) -> None:
    raw, y, allowed = market_season
    with context_at(tmp_path) as (context, clock):
        corrected = play(context, clock, raw, y.tolist())
    assert losses(corrected.p, y).mean() - losses(raw, y).mean() <= allowed


def test_a_real_season_distorted_is_repaired(tmp_path: Path, market_season: Market) -> None:
    raw, y, _ = market_season
    wrong = distorted(raw, 1.5)
    with context_at(tmp_path) as (context, clock):
        play(context, clock, wrong[:REPAIRED_IN], y[:REPAIRED_IN].tolist())
        live = read_corrections(context.publication_dir).of("1.0.0").calibration
    repaired = np.array([live.apply(row) for row in wrong[REPAIRED_IN:]])
    rest = y[REPAIRED_IN:]
    assert losses(repaired, rest).mean() - losses(raw[REPAIRED_IN:], rest).mean() <= 0.003


@pytest.fixture(scope="module")
def market_season(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A season of five leagues as the market predicted it: the real 2425 where there is one, else made up.

    What may be lost on a made-up one is what chance takes at most: see tests/unit/learning.
    """
    folder = Path(os.environ.get("SABISCORE_TEST_DATA", "")) / "football-data"
    paths = [path for division in SERVED if (path := folder / f"{division}_2425.csv").is_file()]
    if not paths:
        return *season(5), 0.002
    data_dir = tmp_path_factory.mktemp("market")
    with Store.open(f"sqlite:///{data_dir}/store.db", data_dir / "archive") as store:
        ingest(paths, store)
        history = store.history().in_order()
    p = market.fair(market.book_odds(history, market.PRE)[market.AVERAGE]).T
    known = ~np.isnan(p[:, 0]) & history.played
    y = 1 - np.sign(history.goals[:, 0].astype(int) - history.goals[:, 1].astype(int))
    return p[known].astype(float), y[known], 0.0005


WEEKS_PLAYED = (0, 1, 2, 3, 4, 5, 6, 9, 8, 7, 10, 11, 12)
"""Of some the results came late: what was computed of those after them does not stand."""


def test_a_record_that_processes_go_on_with_is_the_one_computed_at_once(tmp_path: Path) -> None:
    for week in WEEKS_PLAYED:
        with growth_case.opened(tmp_path / "each") as (context, clock):
            growth_case.play_week(context, clock, 0, week)
            clock.at = LATER
            assert run_job("calibrate", context).done.figures["settled"] > 0
            by_week = published(context)
    with growth_case.opened(tmp_path / "once") as (context, clock):
        for week in WEEKS_PLAYED:
            growth_case.play_week(context, clock, 0, week)
        clock.at = LATER
        run_job("calibrate", context)
        assert published(context) == by_week


def published(context: JobContext) -> dict[str, bytes]:
    """The files that the record consists of, and the calibration, by name."""
    pages = [page.file.path for page in read_track_record(context.publication_dir).pages]
    paths = [context.publication_dir / CORRECTIONS_FILE, context.publication_dir / RECORD, *pages]
    return {path.name: path.read_bytes() for path in paths}


def test_nothing_to_do_writes_nothing_and_what_is_spoilt_is_made_again(
    tmp_path: Path, database_url: str
) -> None:
    with context_at(tmp_path, database_url) as (context, clock):
        assert run_job("calibrate", context).done.sentence == "Nothing is sealed yet."
        assert not context.publication_dir.exists()
        p, y = season(1, 60)
        play(context, clock, p, y.tolist())
        before = files(context)
        assert run_job("calibrate", context).done.sentence == "Nothing is new."
        assert files(context) == before
        (page,) = [page.file.path for page in read_track_record(context.publication_dir).pages]
        for path in (context.publication_dir / CORRECTIONS_FILE, context.publication_dir / RECORD, page):
            content = path.read_bytes()
            path.write_bytes(content.replace(b'"n": 60', b'"n": 61').replace(b'"n":60', b'"n":61'))
            assert path.read_bytes() != content
            assert run_job("calibrate", context).done.figures["settled"] == 60
            path.unlink()
            assert run_job("calibrate", context).done.figures["settled"] == 60
        assert {name: content for name, (_, content) in files(context).items()} == {
            name: content for name, (_, content) in before.items()
        }


def test_a_spoilt_calibration_leaves_the_models_own_word_and_health_says_so(tmp_path: Path) -> None:
    settings = read_settings({"SABISCORE_HOME": str(tmp_path)})
    settings.publication.mkdir(parents=True)
    (settings.publication / CORRECTIONS_FILE).write_text('{"digest": "0", "calibrations": {}}')
    served = Bootstrap(settings, FixedClock(BEGIN))
    assert served.corrections.get().of("1.0.0").calibration.is_identity
    checks = {check.name: check.status for check in served.health.report().checks}
    assert checks["calibration"] == "warn"


def test_temperature_is_what_the_correction_undoes() -> None:
    p, _ = season(2, 10)
    back = [temperature(1 / 1.5).apply(row) for row in distorted(p, 1.5)]
    assert np.abs(np.array(back) - p).max() < 1e-12
