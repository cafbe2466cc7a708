"""A local run from season files to a publication: what it may know, and what it does again."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from infra.cli.progress import Report, Steps
from infra.local.as_of import AsOf
from infra.local.data_dirs import data_dir_settings, kind_of, refuse_mixing
from infra.local.run import fingerprint, history_of, prepare, trained
from infra.local.seasons import given, simulate_into
from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import BadSeasonFile, BadStore, Refused
from sabiscore.history import COLUMNS, History, columns_of, day_number, matches_of, split
from sabiscore.pipeline.coming_matches import publish_coming, rosters
from sabiscore.publication.publish import read
from sabiscore.settings import Settings
from tests.support.local_world import NOW, SEED, TODAY, World, make_world, train_small

QUIET = Steps(quiet=True)
AS_OF = datetime(2026, 1, 10, tzinfo=UTC)


@dataclass
class Recorder:
    """A training that only remembers what it was given."""

    pasts: list[History] = field(default_factory=list)

    def __call__(self, past: History, settings: Settings, *, kind: DataKind, report: Report) -> str:
        self.pasts.append(past)
        return train_small(past, settings, kind=kind, report=report)


def _forbidden(past: History, settings: Settings, *, kind: DataKind, report: Report) -> str:
    raise AssertionError("this must not be trained again")


@pytest.fixture(scope="module")
def history(world: World) -> History:
    return history_of(world.settings)


def _noise_from(history: History, at: datetime) -> History:
    """``history`` with everything that became known from ``at`` on replaced by noise."""
    rng = np.random.default_rng(5)
    changed = history.take(np.arange(len(history)))
    later = changed.day >= day_number(at.date())
    n = int(later.sum())
    assert n > 100
    changed.goals[later] = rng.integers(0, 9, (n, 2))
    changed.statistics[later] = rng.integers(0, 40, changed.statistics[later].shape)
    changed.rated[later] = rng.random(n) < 0.5
    for column in (changed.odds, changed.totals, changed.handicap):
        column[later, 1] = rng.uniform(1.1, 9, column[later, 1].shape)
    unpriced = later & (changed.priced_at > int(at.timestamp()))
    assert unpriced.any()
    for column in (changed.odds, changed.totals, changed.handicap):
        column[unpriced] = rng.uniform(1.1, 9, column[unpriced].shape)
    return changed


def test_nothing_after_the_clock_reaches_training_or_the_publication(
    history: History, tmp_path: Path
) -> None:
    moment = AsOf(AS_OF, rehearsal=True)
    published, taught = [], []
    for name, known in (("true", history), ("noise", _noise_from(history, AS_OF))):
        settings = replace(data_dir_settings("simulated", {}), data_dir=tmp_path / name)
        recorder = Recorder()
        trained(known, moment, settings=settings, kind="simulated", train=recorder, steps=QUIET)
        publication = publish_coming(
            settings.publication, known, AS_OF, rehearsal=True, kind="simulated", source="test", now=NOW
        )
        published.append((publication.digest, publication.matches, publication.states.read_bytes()))
        taught.append(recorder.pasts)
    assert len(published[0][1]) > 20
    assert published[0] == published[1]
    assert len(taught[0]) == len(taught[1]) == 1
    for name in COLUMNS:
        assert np.array_equal(getattr(taught[0][0], name), getattr(taught[1][0], name), equal_nan=True), name


def test_training_sees_only_what_was_played_before_the_clock(history: History) -> None:
    past, coming = split(history, AS_OF)
    assert past.day.max() < day_number(AS_OF.date()) <= coming.day.min()
    assert fingerprint(past) == fingerprint(split(_noise_from(history, AS_OF), AS_OF)[0])


def test_a_second_run_on_the_same_data_trains_nothing(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.settings.data_dir, tmp_path / "home" / "simulated")
    settings = data_dir_settings("simulated", {"SABISCORE_HOME": str(tmp_path / "home" / "real")})
    again = prepare(given(world.folder), settings, now=NOW, as_of=None, train=_forbidden, steps=QUIET)
    assert again == world.ready


def test_new_results_train_again(world: World, tmp_path: Path) -> None:
    simulate_into(tmp_path / "seasons", SEED, 3, TODAY + timedelta(days=7), ("E0", "SP1", "D1", "I1", "F1"))
    shutil.copytree(world.settings.data_dir, tmp_path / "home" / "simulated")
    settings = data_dir_settings("simulated", {"SABISCORE_HOME": str(tmp_path / "home" / "real")})
    recorder = Recorder()
    later = NOW + timedelta(days=7)
    ready = prepare(given(tmp_path / "seasons"), settings, now=later, as_of=None, train=recorder, steps=QUIET)
    assert len(recorder.pasts) == 1
    assert ready.version != world.ready.version
    assert read(settings.publication).as_of == later


def test_a_broken_bundle_is_trained_anew_and_never_served(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.settings.data_dir, tmp_path / "home" / "simulated")
    settings = data_dir_settings("simulated", {"SABISCORE_HOME": str(tmp_path / "home" / "real")})
    graph = settings.registry / world.ready.version / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:-100])
    recorder = Recorder()
    ready = prepare(given(world.folder), settings, now=NOW, as_of=None, train=recorder, steps=QUIET)
    assert len(recorder.pasts) == 1
    assert ready.version != world.ready.version


def test_a_date_sets_the_clock_of_the_whole_run(tmp_path: Path) -> None:
    world = make_world(tmp_path, as_of=date(2026, 2, 14))
    publication = read(world.settings.publication)
    assert publication.rehearsal
    assert publication.as_of == datetime(2026, 2, 14, tzinfo=UTC)
    assert min(match.day for match in publication.matches.values()) >= date(2026, 2, 14)
    assert all(
        match.priced_at is None or match.priced_at <= publication.as_of
        for match in publication.matches.values()
    )


def test_the_publication_says_that_it_is_simulated(world: World) -> None:
    publication = read(world.settings.publication)
    assert publication.kind == "simulated"
    assert not publication.rehearsal
    assert set(publication.rosters) == {"epl", "laliga", "bundesliga", "serie-a", "ligue-1"}
    assert all(len(teams) in (18, 20) for teams in publication.rosters.values())


def test_rosters_are_those_of_the_running_season(history: History) -> None:
    past, coming = split(history, NOW)
    running = {
        team for match in matches_of(coming) if match.league == "epl" for team in (match.home, match.away)
    }
    assert running <= set(rosters(past, coming)["epl"])


def test_columns_and_matches_say_the_same(history: History) -> None:
    _, coming = split(history, NOW)
    assert len(coming) > 20
    again = columns_of(matches_of(coming))
    teams = np.array(coming.teams)
    assert np.array_equal(np.array(again.teams)[again.home], teams[coming.home])
    assert np.array_equal(np.array(again.teams)[again.away], teams[coming.away])
    for name in set(COLUMNS) - {"home", "away"}:
        assert np.allclose(getattr(again, name), getattr(coming, name), rtol=0, atol=1e-6, equal_nan=True), (
            name
        )


def test_simulated_seasons_are_marked_and_refused_among_real_ones(world: World) -> None:
    assert kind_of(world.folder) == "simulated"
    with pytest.raises(Refused, match="simulated") as refused:
        refuse_mixing(world.folder, "real")
    assert "--simulated" in refused.value.hint


def test_a_home_takes_one_kind_only(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.settings.data_dir, tmp_path / "home")
    settings = data_dir_settings("real", {"SABISCORE_HOME": str(tmp_path / "home")})
    real = replace(given(world.folder), kind="real")
    with pytest.raises(BadStore, match="simulated"):
        prepare(real, settings, now=NOW, as_of=None, train=_forbidden, steps=QUIET)


def test_homes_share_nothing() -> None:
    real, simulated = data_dir_settings("real", {}), data_dir_settings("simulated", {})
    assert real.data_dir == Path(".sabiscore/real")
    assert simulated.data_dir == Path(".sabiscore/simulated")
    own = {"SABISCORE_HOME": "/somewhere", "DATABASE_URL": "postgresql://localhost/real"}
    assert data_dir_settings("simulated", own).data_dir == Path("/somewhere/simulated")
    assert data_dir_settings("simulated", own).database_url == "sqlite:////somewhere/simulated/sabiscore.db"


def test_a_folder_of_rubbish_publishes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "seasons"
    folder.mkdir()
    (folder / "E0_2425.csv").write_bytes(b"\x00\x01\x02 not a table")
    settings = data_dir_settings("real", {"SABISCORE_HOME": str(tmp_path / "home")})
    with pytest.raises(BadSeasonFile, match=r"E0_2425\.csv"):
        prepare(given(folder), settings, now=NOW, as_of=None, train=_forbidden, steps=QUIET)
    assert not settings.publication.exists()
    assert not settings.registry.exists()


def test_what_was_trained_on_is_recorded(world: World) -> None:
    record = json.loads((world.settings.registry / "trained.json").read_text())
    assert record["version"] == world.ready.version
    assert len(record["inputs"]) == 64
