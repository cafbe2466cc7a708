"""What is sealed is counted once, with it or not at all, and told beside drift when it moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from sabiscore.errors import BadBundle
from sabiscore.features.vector import FEATURES, NAMES
from sabiscore.inference.bundle import read_bundle, read_verified
from sabiscore.inference.manifest import MANIFEST, POPULATION
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.learning.feature_drift import DRIFT_BINS, FeatureDistribution
from sabiscore.ledger.chain import verify
from sabiscore.pipeline import feature_drift
from sabiscore.pipeline.feature_drift import count_beside, measure_shift, reference_of
from sabiscore.store.feature_counts import COUNTS_KEPT_FOR
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import World
from tests.support.settled_seasons import BEGIN, context_at, seal

P = (0.5, 0.3, 0.2)


@pytest.fixture
def rig(world: World, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(settings_of(world, tmp_path)) as made:
        yield made


def counted(rig: Rig) -> int:
    found = rig.context.feature_counts.newest("1.0.0", 10**9)
    return found.seals if found else 0


def test_each_seal_is_counted_once_whatever_runs_again(
    world: World, tmp_path: Path, database_url: str
) -> None:
    with rig_of(settings_of(world, tmp_path, database_url)) as rig:
        for minutes in (0, 5, 60, 61, 24 * 60):
            rig.clock.at += timedelta(minutes=minutes)
            rig.run("odds")
            rig.run("odds")
            assert counted(rig) == verify(rig.context.ledger.entries()).sealed > 0
        found = rig.context.feature_counts.newest("1.0.0", 10**9)
        assert found is not None
        spread = np.reshape(found.counts, (len(NAMES), DRIFT_BINS))
        assert (spread.sum(axis=1) == found.seals).all()


def test_who_dies_between_sealing_and_counting_has_done_neither(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("sabiscore.store.feature_counts._add", dies)
        with pytest.raises(ZeroDivisionError):
            rig.run("odds")
        assert (counted(rig), rig.context.ledger.head()) == (0, None)
    rig.run("odds")
    assert counted(rig) == verify(rig.context.ledger.entries()).sealed > 0


def test_a_bundle_from_before_is_loaded_sealed_with_and_its_shift_is_not_known(rig: Rig) -> None:
    folder = rig.context.models / "1.0.0"
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["files"][POPULATION]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / POPULATION).unlink()
    assert read_verified(folder, POPULATION) is None
    assert read_bundle(folder, manifest["schema"]).manifest.version == "1.0.0"
    assert rig.run("odds").done.figures["sealed"] > 0
    assert counted(rig) == 0
    assert rig.run("calibrate").done.problems == ()
    record = read_track_record(rig.context.publication_dir).record
    assert record.population is not None
    assert record.population.index is None
    assert "before bundles held" in record.population.because


def test_a_population_that_was_altered_is_refused_and_sealing_goes_on(rig: Rig) -> None:
    rig.context.insights.scored_publication()  # the model is loaded while its bundle is whole
    file = rig.context.models / "1.0.0" / POPULATION
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(BadBundle, match="its hash differs"):
        reference_of(rig.context.models, "1.0.0")
    assert rig.run("odds").done.figures["sealed"] > 0
    (problem,) = rig.run("calibrate").done.problems
    assert "its hash differs" in problem


def test_what_moved_is_reported_with_its_features_and_takes_nothing_back(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    shape = len(NAMES), DRIFT_BINS
    then = FeatureDistribution(
        np.tile(np.linspace(-1, 1, DRIFT_BINS - 2, dtype=np.float32), (shape[0], 1)),
        np.full(shape, 1 / DRIFT_BINS),
    )
    monkeypatch.setattr(feature_drift, "reference_of", lambda *_: then)
    form = np.array([feature.group == "form" for feature in FEATURES])
    with context_at(tmp_path, database_url) as (context, clock):

        def seal_day(day: int, vectors: np.ndarray) -> None:
            clock.at = BEGIN + timedelta(days=day)
            kickoff = clock.at + timedelta(hours=1)
            seals = [seal(1_000 * day + n, kickoff, bundle="1.0.0", p=P, raw=P) for n in range(len(vectors))]
            spread = {seal_.match_id: row.tobytes() for seal_, row in zip(seals, vectors, strict=True)}
            counting = count_beside(
                "1.0.0", spread, clock.at, models=context.models, feature_counts=context.feature_counts
            )
            context.ledger.seal(seals, clock.at, counting)

        def drawn(n: int) -> np.ndarray:
            """Vectors that fall into each of the bins equally often, the last one too."""
            place = rng.integers(0, DRIFT_BINS, (n, shape[0]))
            values = (np.linspace(-1.25, 1.25, DRIFT_BINS - 1)[np.minimum(place, DRIFT_BINS - 2)]).astype(
                np.float32
            )
            return np.where(place == DRIFT_BINS - 1, np.float32(np.nan), values)

        seal_day(0, drawn(200))
        few, _ = measure_shift("1.0.0", context.models, context.feature_counts)
        assert (few.n, few.index, few.because) == (
            200,
            None,
            "Only 200 predictions are sealed; it takes 400.",
        )
        seal_day(1, drawn(600))
        calm, said = measure_shift("1.0.0", context.models, context.feature_counts)
        assert (calm.n, calm.shifted, said) == (800, False, ())
        assert calm.index is not None
        assert calm.index < 0.05
        fewer = drawn(800)
        fewer[:600, form] = np.nan
        seal_day(2, fewer)
        missed, said = measure_shift("1.0.0", context.models, context.feature_counts)
        assert (missed.n, missed.shifted, missed.beyond, said) == (800, False, 0, ())
        ((group, missing, expected),) = ((a.group, a.missing, a.expected) for a in missed.absent)
        assert (group, expected) == ("form", pytest.approx(1 / DRIFT_BINS))
        assert missing == pytest.approx(0.75 + 0.25 / DRIFT_BINS, abs=0.01)
        assert missed.absence is not None
        assert missed.absence.endswith(f"evaluated: form {missing:.0%} (9% then).")
        gone = drawn(800)
        gone[:, form] = np.float32(0.1)
        seal_day(3, gone)
        moved, said = measure_shift("1.0.0", context.models, context.feature_counts)
        assert (moved.n, moved.shifted, moved.beyond) == (800, True, int(form.sum()))
        assert all(seal_.feature.startswith("form.") for seal_ in moved.largest)
        assert (moved.absent, moved.absence) == ((), None)
        assert said == (f"Bundle 1.0.0: {moved.because}",)
        assert "form by" in moved.because
        seal_day(3 + COUNTS_KEPT_FOR.days, drawn(1))
        left = context.feature_counts.newest("1.0.0", 10**9)
        assert left is not None
        assert left.seals == 801, "days that nobody looks at any more are forgotten"


def test_two_bundles_are_counted_apart(tmp_path: Path, database_url: str) -> None:
    with context_at(tmp_path, database_url) as (context, clock):
        seals = [seal(n, BEGIN + timedelta(hours=1), bundle="1.0.0", p=P, raw=P) for n in range(3)]
        others = [replace(feature, bundle="1.1.0") for feature in seals[:2]]
        places = {feature.match_id: bytes([0, 1, 1]) for feature in seals}
        beside = context.feature_counts.counting(places, 2, clock.at)
        for _ in range(2):
            assert context.ledger.seal([*seals, *others], clock.at, beside) in (5, 0)
        first, second = (context.feature_counts.newest(version, 10) for version in ("1.0.0", "1.1.0"))
        assert first is not None
        assert second is not None
        assert (first.seals, first.counts) == (3, (3, 0, 0, 3, 0, 3))
        assert (second.seals, second.counts) == (2, (2, 0, 0, 2, 0, 2))
        assert context.feature_counts.newest("2.0.0", 10) is None
