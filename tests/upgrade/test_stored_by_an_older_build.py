"""What the build at commit 549128d stored is read by this one, or refused with advice that works.

``stored-by-549128d.tar.xz`` holds a data folder over a simulated season, the objects of its bucket, what its
Redis held and what it answered. README.md beside it says how it was made.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.rigs.redis import RedisRig
from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.http_apps import insights_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.errors import BadBundle
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.bundle import read_bundle
from sabiscore.ledger.chain import verify
from sabiscore.publication.publish import read
from sabiscore.settings import Settings, read_settings
from sabiscore.store import upgrade
from sabiscore.store.bets import BetStore
from sabiscore.store.database import Store
from sabiscore.store.ledger import Ledger
from sabiscore.sync.factory import sync_of
from tests.support.buckets import environ_of, make_bucket
from tests.support.job_contexts import rig_of
from tests.support.local_world import train_small
from tests.support.provider_server import KEY
from tests.support.served import Answer, Client

STORED = Path(__file__).with_name("stored-by-549128d.tar.xz")
OLD_SCHEMA = "d1d5923a8199c0ca"
BUCKET_PREFIX = "old"
KEPT_TABLES = (
    "season_files",
    "matches",
    "prices",
    "ledger",
    "bets",
    "odds_snapshots",
    "observations",
    "events",
)
NO_BUNDLE_NEEDED = ("/api/v1/leagues", "/api/v1/performance")
OUTLIVES_THE_TEST_MS = "3600000"


@dataclass(frozen=True, slots=True)
class Stored:
    """The unpacked archive, and what the build that made it said of it."""

    folder: Path
    made: dict[str, Any]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.made["at"])

    @property
    def answers(self) -> dict[str, Any]:
        """The documents that it gave at ``at``, by path."""
        return dict(self.made["answers"])

    @property
    def insights(self) -> list[str]:
        return [path for path in self.answers if path.startswith("/api/v1/insights/")]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    folder = tmp_path_factory.mktemp("stored")
    with tarfile.open(STORED) as archive:
        archive.extractall(folder, filter="data")
    return Stored(folder, json.loads((folder / "made.json").read_text()))


@pytest.fixture
def settings(stored: Stored, tmp_path: Path) -> Settings:
    """Of a copy that this build may change."""
    shutil.copytree(stored.folder / "data", tmp_path / "simulated")
    return read_settings({"SABISCORE_HOME": str(tmp_path / "simulated"), KEY: "made-up-key-1"})


def reader(settings: Settings, stored: Stored) -> Client:
    return Client(insights_app(Bootstrap(settings, FixedClock(stored.at))))


def lost(old: Any, new: Any, place: str = "") -> Iterator[str]:
    """Where ``new`` does not say what ``old`` said; more of it, and the words of reasons, do not count."""
    if place == "/leagues":
        served = {row["league"]["key"]: row for row in new}
        new = [served.get(row["league"]["key"]) for row in old]
    if place == "/unknown":
        if not set(old) <= set(new):
            yield f"{place}: reasons of {sorted(old)} became those of {sorted(new)}"
    elif isinstance(old, dict) and isinstance(new, dict):
        for name, value in old.items():
            yield from lost(value, new.get(name), f"{place}/{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, pair in enumerate(zip(old, new, strict=True)):
            yield from lost(*pair, f"{place}/{number}")
    elif old != new:
        yield f"{place}: {old!r} became {new!r}"


def counts(database: Path) -> dict[str, int]:
    """Rows by table, read past our own code."""
    with closing(sqlite3.connect(database)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in KEPT_TABLES
        }


def test_the_store_is_migrated_with_every_row_and_the_ledger_ends_in_the_same_hash(
    stored: Stored, settings: Settings
) -> None:
    database = settings.data_dir / "sabiscore.db"
    before = counts(database)
    with Store.open(settings.database_url, settings.archive) as store:
        with store.database.transaction() as connection:
            assert upgrade.version(connection) == upgrade.HEAD
        chain = verify(Ledger(store.database).entries())
        bets = BetStore(store.database)
        assert (chain.head, chain.sealed, chain.settled) == (
            stored.made["head"], stored.made["sealed"], stored.made["settled"],
        )  # fmt: skip
        assert len(bets.unsettled()) + len(bets.settled()) == stored.made["bets"] > 0
        assert len(store.history()) > 250
    assert counts(database) == before
    assert min(before.values()) > 0


def test_the_publication_is_read_and_what_needs_no_bundle_is_answered_as_before(
    stored: Stored, settings: Settings
) -> None:
    assert read(settings.publication).as_of == stored.at
    client = reader(settings, stored)
    for path in NO_BUNDLE_NEEDED:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        assert list(lost(stored.answers[path], answer.json())) == []


def test_a_bundle_of_other_features_is_refused_by_name_and_its_forecasts_are_not_made_up(
    stored: Stored, settings: Settings
) -> None:
    with pytest.raises(BadBundle, match=f"Bundle 1.0.0 was made for feature schema {OLD_SCHEMA}") as refused:
        read_bundle(settings.registry / "1.0.0", SCHEMA)
    assert "`sabiscore train`" in refused.value.hint
    answer = reader(settings, stored).get(stored.insights[0])
    assert (answer.status_code, answer.json()["type"]) == (503, "/docs#problem-untrusted")
    health = Client(health_app(Bootstrap(settings, FixedClock(stored.at)))).get("/health").json()
    assert {check["name"]: check["status"] for check in health["checks"]}["bundle"] == "fail"


def test_the_advice_followed_makes_every_document_answer_again(
    stored: Stored, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SABISCORE_HOME", str(settings.data_dir.with_name("real")))
    # The real one wants four seasons and minutes; the command and all else that it does are the product's.
    monkeypatch.setattr("infra.local.training.train", few_trees)
    with pytest.raises(BadBundle) as refused:
        read_bundle(settings.registry / "1.0.0", SCHEMA)
    version = ""
    for command in re.findall(r"`sabiscore ([^`]+)`", refused.value.hint):
        arguments = command.replace("VERSION", version).split()
        done = CliRunner().invoke(app, [*arguments, "--simulated"])
        assert done.exit_code == 0, done.output
        version = (re.findall(r"Bundle (\S+) is registered", done.output) or [version])[0]
    assert version == "2.0.0"
    with rig_of(settings, stored.at) as rig:
        report = rig.run("stats")
        assert (report.outcome, report.done.figures["matches"]) == ("done", 18)
        assert not [problem for problem in report.done.problems if "forecast" in problem]
        assert verify(rig.context.ledger.entries()).sealed >= stored.made["sealed"]
    client = reader(settings, stored)
    for path, old in stored.answers.items():
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        if path in stored.insights:
            new = answer.json()
            assert list(lost({"match": old["match"]}, new)) == []
            assert odds_of(new) == odds_of(old)
            assert new["model"]["version"] == version
            assert sum(new["probabilities"].values()) == pytest.approx(1, abs=1e-6)


def odds_of(insight: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Each price of an insight: its market, book and phase, its outcome and its odds."""
    return [
        (market["market"], market["book"], market["phase"], price["outcome"], price["odds"])
        for market in insight["markets"]
        for price in market["prices"]
    ]


def few_trees(
    past: Any, settings: Any, *, kind: Any, report: Any, leagues: Any = None, forced: Any = None
) -> str:
    return train_small(past, settings, kind=kind, report=report)


def test_the_bucket_of_the_older_build_is_brought_whole_and_takes_nothing_twice(
    stored: Stored, settings: Settings, s3: str, tmp_path: Path
) -> None:
    bucket, objects = make_bucket(s3), stored.folder / "bucket" / BUCKET_PREFIX
    s3_client = boto3.client(
        "s3", endpoint_url=s3, region_name="eu-west-1", aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )  # fmt: skip
    paths = [path.relative_to(objects).as_posix() for path in sorted(objects.rglob("*")) if path.is_file()]
    for path in paths:
        body = (objects / path).read_bytes()
        s3_client.put_object(
            Bucket=bucket,
            Key=f"{BUCKET_PREFIX}/{path}",
            Body=body,
            Metadata={"sha256": sha256(body).hexdigest()},
        )

    def shared(data_dir: Path) -> Any:
        environ = {"SABISCORE_HOME": str(data_dir), "SABISCORE_BUCKET": f"s3://{bucket}/{BUCKET_PREFIX}"}
        return sync_of(read_settings({**environ, **environ_of(s3)}), refuse)

    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shared(fresh).everything()
    assert read(fresh / "publication").digest == read(settings.publication).digest
    for path in paths:
        assert not (fresh / path).exists() or (fresh / path).read_bytes() == (objects / path).read_bytes()
    assert (fresh / "models" / "1.0.0" / "model.onnx").exists()
    assert shared(settings.data_dir).push() == []


def refuse(error: Exception) -> None:
    raise error


def test_cached_documents_of_the_older_build_are_served_as_they_were_or_not_at_all(
    stored: Stored, settings: Settings, shared: RedisRig
) -> None:
    for key, (kind, content) in stored.made["cache"].items():
        restore(shared, key, kind, content)
    bootstrap = Bootstrap(read_settings({**settings.environ, **shared.settings}), FixedClock(stored.at))

    async def answers() -> dict[str, Answer]:
        client = Client(insights_app(bootstrap))
        found = {path: await client.ask("GET", path) for path in stored.answers}
        assert bootstrap._upstash is not None
        await bootstrap._upstash.close()
        return found

    from_cache = 0
    for path, answer in asyncio.run(answers()).items():
        if answer.status_code == 200:
            assert list(lost(stored.answers[path], answer.json())) == []
            from_cache += "hit" in answer.headers["cache-status"]
        else:
            assert answer.status_code == 503
    print(f"\n{from_cache} of {len(stored.answers)} answers came from what the older build had cached")


def restore(shared: RedisRig, key: str, kind: str, content: str) -> None:
    if kind == "string":
        shared.run("SET", key, content, "PX", OUTLIVES_THE_TEST_MS)
    else:
        members = content.split("\n")
        for member, score in zip(members[::2], members[1::2], strict=True):
            shared.run("ZADD", key, score, member)
