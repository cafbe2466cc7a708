"""Whatever of the data folder is damaged, cold or while it serves, health says which file it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from infra.rigs.made_up import AS_OF, made_up_data_dir, publish_priced
from infra.rigs.part import HOST, free_port
from infra.rigs.redis import RedisRig
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import Calibration
from sabiscore.errors import BadPublication
from sabiscore.insights.health import HealthResult
from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.publication.corrections import LearnedCorrection, put_corrections
from sabiscore.publication.daily_anchors import LedgerDay, add_day
from sabiscore.publication.digest import digest_of
from sabiscore.settings import read_settings
from tests.support.every_supplement import put_every_supplement
from tests.support.waiting import until


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with each of the files that answers are made of."""
    data_dir = tmp_path_factory.mktemp("whole") / "data"
    made_up_data_dir(data_dir)
    folder = data_dir / "publication"
    put_track_record(folder, EMPTY)
    put_corrections(folder, {"1.0.0": LearnedCorrection(Calibration(), 300, 100, 0.5)})
    add_day(folder, LedgerDay("2025-05-09", 9, "ab" * 32, {}, {}))
    publish_priced(data_dir, (1.8, 3.7, 4.6))
    put_every_supplement(folder)
    return data_dir


def checks(data_dir: Path, serving: Bootstrap | None = None) -> dict[str, str]:
    """What health says of each thing, by name."""
    asked = serving or bootstrap(data_dir)
    return {check.name: check.status for check in answered(asked, "database").checks}


def bootstrap(data_dir: Path) -> Bootstrap:
    return Bootstrap(read_settings({"SABISCORE_HOME": str(data_dir)}), FixedClock(AS_OF))


FILES = {
    "publication": "publication/coming.json",
    "states": "publication/states-*.npz",
    "record": "publication/record.json",
    "days": "publication/days.json",
    "calibration": "publication/calibration.json",
    "bundle": "models/production",
    "supplements": "publication/supplements.json",
}
SUPPLEMENTS = ("matchday", "prices", "clubs", "ledger", "system", "lookup", "entries")
DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "empty": lambda path: path.write_bytes(b""),
    "nested": lambda path: path.write_bytes(b"[" * 200_000),
    "no text": lambda path: path.write_bytes(b"\xff\x00" * 40),
    "another": lambda path: path.write_bytes(json.dumps({"digest": "x", "record": {}, "days": []}).encode()),
}


def test_all_of_a_sound_folder_passes(whole: Path) -> None:
    assert checks(whole) == dict.fromkeys((*FILES, "database"), "pass")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damaged_file_is_named_cold_and_while_it_serves(
    whole: Path, tmp_path: Path, name: str, damage: str
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    serving = bootstrap(data_dir)
    assert set(checks(data_dir, serving).values()) == {"pass"}
    (path,) = data_dir.glob(FILES[name])
    DAMAGES[damage](path)
    assert checks(data_dir, serving)[name] == "warn", "the last good copy serves"
    found = checks(data_dir)
    assert found["publication" if name == "states" else name] in ("warn", "fail")


@pytest.mark.parametrize("name", ["publication", "states", "record"])
def test_a_file_that_goes_missing_while_it_serves_is_named(whole: Path, tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    serving = bootstrap(data_dir)
    checks(data_dir, serving)
    (path,) = data_dir.glob(FILES[name])
    path.unlink()
    assert checks(data_dir, serving)[name] == "warn"


def damaged(data_dir: Path, whole: Path, name: str, how: Callable[[Path], object]) -> Path:
    """A copy of ``whole`` whose supplement ``name`` is not what it was."""
    shutil.copytree(whole, data_dir)
    how(min((data_dir / "publication" / "supplements").glob(f"{name}-*")))
    return data_dir


@pytest.mark.parametrize("name", SUPPLEMENTS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damaged_supplement_is_told(whole: Path, tmp_path: Path, name: str, damage: str) -> None:
    assert checks(damaged(tmp_path / "data", whole, name, DAMAGES[damage]))["supplements"] == "warn"


@pytest.mark.parametrize("name", SUPPLEMENTS)
@pytest.mark.parametrize("bucket", [None, "s3://shared"])
def test_only_a_bucket_may_still_bring_what_is_missing(
    whole: Path, tmp_path: Path, name: str, bucket: str | None
) -> None:
    data_dir = damaged(tmp_path / "data", whole, name, Path.unlink)
    settings = read_settings({"SABISCORE_HOME": str(data_dir)})
    serving = Bootstrap(replace(settings, bucket=bucket), FixedClock(AS_OF))
    may_come = bucket is not None and name in ("prices", "clubs", "lookup", "entries")
    assert of(serving.health.report(), "supplements")[0] == ("pass" if may_come else "warn")


def test_a_missing_list_of_supplements_is_told_cold_too(whole: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    (data_dir / "publication" / "supplements.json").unlink()
    assert checks(data_dir)["supplements"] == "warn"


def with_settings(data_dir: Path, **settings: str) -> Bootstrap:
    return Bootstrap(read_settings({"SABISCORE_HOME": str(data_dir), **settings}), FixedClock(AS_OF))


def answered(serving: Bootstrap, name: str) -> HealthResult:
    """The report once the dependency ``name`` was heard of."""
    return until(
        serving.health.report, lambda report: "not answered yet" not in str(of(report, name)), hang_s=60
    )


def of(report: HealthResult, name: str) -> tuple[str, str]:
    (check,) = (check for check in report.checks if check.name == name)
    return check.status, check.detail


def test_a_dead_redis_and_a_dead_database_are_named_with_the_reason(whole: Path) -> None:
    serving = with_settings(
        whole,
        UPSTASH_REDIS_REST_URL=f"http://{HOST}:{free_port()}",
        UPSTASH_REDIS_REST_TOKEN="a-token",
        DATABASE_URL=f"postgresql+psycopg://user:secret@{HOST}:{free_port()}/db",
    )
    for name in ("redis", "database"):
        report = answered(serving, name)
        assert report.status == "degraded"
        status, detail = of(report, name)
        assert (status, "connection refused" in detail) == ("warn", True)
        assert HOST not in detail
        assert "secret" not in detail


def test_what_answers_passes(whole: Path, redis: RedisRig, postgres_server: str) -> None:
    serving = with_settings(whole, DATABASE_URL=postgres_server, **redis.settings)
    for name in ("redis", "database"):
        assert of(answered(serving, name), name)[0] == "pass"
    assert serving.health.report().status == "ok"


def test_a_store_that_is_damaged_or_gone_is_named(whole: Path, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    assert of(answered(bootstrap(data_dir), "database"), "database")[0] == "pass", "none is needed to serve"
    (data_dir / "archive").mkdir()
    assert "is missing" in of(answered(bootstrap(data_dir), "database"), "database")[1]
    (data_dir / "sabiscore.db").write_bytes(b"not a database, whatever it is called" * 99)
    assert of(answered(bootstrap(data_dir), "database"), "database")[0] == "warn"


def rewritten(data_dir: Path, **members: object) -> None:
    """The publication as a build wrote it that says this of records; without a value it says nothing."""
    path = data_dir / "publication" / "coming.json"
    body = json.loads(path.read_bytes())["publication"]
    del body["has_record"]
    body |= members
    path.write_text(json.dumps({"digest": digest_of(body), "publication": body}))


@pytest.mark.parametrize("members", [{}, {"has_record": True}])
def test_that_nothing_is_sealed_is_not_said_where_it_is_not_known(
    whole: Path, tmp_path: Path, members: dict[str, object]
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    for name in ("record", "days", "calibration"):
        (data_dir / "publication" / f"{name}.json").unlink()
    rewritten(data_dir, **members)
    serving = bootstrap(data_dir)
    with pytest.raises(BadPublication, match="is missing"):
        serving.insights.performance()
    assert checks(data_dir, serving)["record"] == "warn"
