"""The disasters: what each of them takes, what ends it, how long that takes and what is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from infra.cli.verify import findings_at
from infra.drills.scene import FLEET, Scene, new_bucket
from infra.layers.build import CORE
from infra.local.edge import local_edge
from infra.rigs.made_up import MATCH_ID, made_up_bundle
from sabiscore.errors import Unavailable
from sabiscore.store.jobs import Jobs
from sabiscore.store.session import Database
from sabiscore.store.upgrade import HEAD, NUMBER

DATABASE_S, CODE_S = 3600.0, 300.0
"""Within which data and code have to be back."""
BROKEN_LEDGER = 4
"""How ``sabiscore ledger verify`` ends."""
FRESH = "fresh"
"""A machine that begins with nothing but the bucket."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """How a disaster ended: after ``rto_s``, and with so many sealed predictions ``lost``.

    ``behind_h``: hours of prices and results that are gone; None where nothing of the kind was lost.
    """

    rto_s: float
    lost: int
    behind_h: float | None = None


@dataclass(frozen=True, slots=True)
class Drill:
    """A disaster, what ends it, and within how many seconds."""

    act: Callable[[Scene], Recovered]
    ended_by: str
    most_s: float


class _Watch:
    """Seconds that went by while it ran."""

    seconds = 0.0


@contextmanager
def _watch() -> Iterator[_Watch]:
    watch, began = _Watch(), time.perf_counter()
    yield watch
    watch.seconds = round(time.perf_counter() - began, 2)


def _lost(before: list[str], after: list[str]) -> int:
    return len({*before} - {*after})


def _remove_database(data_dir: Path) -> None:
    for path in data_dir.glob("sabiscore.db*"):
        path.unlink()


def database_lost(scene: Scene) -> Recovered:
    before = scene.entries()
    _remove_database(scene.data_dir())
    with _watch() as watch:
        found = scene.answer(FLEET, "restore")
    return Recovered(watch.seconds, _lost(before, scene.entries()), found["prices_behind_s"] / 3600)


def bucket_lost(scene: Scene) -> Recovered:
    before = scene.entries()
    scene.lose(*scene.objects())
    with _watch() as watch:
        scene.run(FLEET, "sync", "push", "--again")
        scene.run(FRESH, "sync", "pull")
    scene.run(FRESH, "restore")
    return Recovered(watch.seconds, _lost(before, scene.entries(FRESH)))


def pointer_lost(scene: Scene) -> Recovered:
    before = scene.entries()
    scene.lose("data/publication/coming.json")
    with _watch() as watch:
        scene.run(FLEET, "sync", "push", "--again")
        brought = scene.answer(FRESH, "sync", "pull")["files"]
    _require("publication/coming.json" in brought, "The pointer did not come back.")
    return Recovered(watch.seconds, _lost(before, scene.entries()))


def redis_lost(scene: Scene) -> Recovered:
    """Readers are answered all the while; nothing but copies lay in it."""
    before = scene.entries()
    with local_edge(scene.data_dir()) as edge:
        path = f"{edge.url}/api/v1/insights/{MATCH_ID}"
        _require(httpx.get(path, timeout=60).status_code == 200, "It did not answer before.")
        edge.shared.server.kill()
        _require(httpx.get(path, timeout=60).status_code == 200, "It did not answer without Redis.")
        while not findings_at(edge.url):
            pass  # health tells what it heard for some seconds more
        with _watch() as watch:
            edge.shared.server.start()
            while findings_at(edge.url):
                pass
    return Recovered(watch.seconds, _lost(before, scene.entries()))


def bad_release(scene: Scene) -> Recovered:
    before = scene.entries()
    made_up_bundle(scene.data_dir())
    scene.run(FLEET, "sync", "push")
    with _watch() as watch:
        scene.run(FLEET, "models", "rollback")
        scene.run(FRESH, "sync", "pull")
    pointer = (scene.data_dir(FRESH) / "models" / "production").read_text()
    _require('"1.0.0"' in pointer, f"The bundle before does not serve: {pointer[:80]}")
    return Recovered(watch.seconds, _lost(before, scene.entries()))


def bad_migration(scene: Scene) -> Recovered:
    """A migration breaks half way; the next one ends, and its release is taken back all the same."""
    before = scene.entries()
    _require(not migrate(scene, "9999", [_ADD_TABLE, "no SQL"]), "The bad migration ended well.")
    with _watch() as watch:
        scene.run(FLEET, "ledger", "verify")
    _require(migrate(scene, f"9999.{NUMBER}", [_ADD_TABLE, _ADD_COLUMN]), "The good migration did not end.")
    with _watch() as again:
        scene.run(FLEET, "ledger", "verify")
        _begin_a_run(scene)
    return Recovered(max(watch.seconds, again.seconds), _lost(before, scene.entries()))


def region_lost(scene: Scene) -> Recovered:
    """Functions, bucket and database are gone; a machine elsewhere had followed the bucket."""
    before = scene.entries()
    scene.run(FRESH, "sync", "pull", "--backup")
    scene.lose(*scene.objects())
    _remove_database(scene.data_dir())
    region = "eu-central-1"
    with _watch() as watch:
        elsewhere = replace(scene, bucket=new_bucket(scene.aws, region), region=region)
        elsewhere.run(FRESH, "sync", "push", "--again")
        found = elsewhere.answer(FRESH, "restore")
        elsewhere.run("reader", "sync", "pull")
    elsewhere.run("reader", "restore")
    lost = max(_lost(before, elsewhere.entries(name)) for name in (FRESH, "reader"))
    return Recovered(watch.seconds, lost, found["prices_behind_s"] / 3600)


def ledger_tampered(scene: Scene) -> Recovered:
    before = scene.entries()
    engine = create_engine(scene.store(), poolclass=NullPool)
    with engine.begin() as connection:
        _tamper(connection)
    with _watch() as watch:
        scene.run(FLEET, "ledger", "verify", code=BROKEN_LEDGER)
        scene.run(FLEET, "restore", "--replace")
        scene.run(FLEET, "ledger", "verify")
    return Recovered(watch.seconds, _lost(before, scene.entries()))


DRILLS: Mapping[str, Drill] = {
    "database lost": Drill(database_lost, "sabiscore restore", DATABASE_S),
    "bucket lost": Drill(bucket_lost, "sabiscore sync push --again", DATABASE_S),
    "one pointer lost": Drill(pointer_lost, "sabiscore sync push --again", DATABASE_S),
    "Redis lost": Drill(redis_lost, "nothing", DATABASE_S),
    "bad release": Drill(bad_release, "sabiscore models rollback", CODE_S),
    "bad migration": Drill(bad_migration, "code of before", CODE_S),
    "region lost": Drill(region_lost, "sabiscore sync push --again, sabiscore restore", DATABASE_S),
    "ledger tampered with": Drill(ledger_tampered, "sabiscore restore --replace", DATABASE_S),
}


def migrate(scene: Scene, revision: str, statements: Sequence[str]) -> bool:
    """Whether newer code, whose one migration more is ``revision``, brought the fleet's database to it."""
    code = scene.folder / f"code-{revision}"
    shutil.copytree(CORE, code, ignore=shutil.ignore_patterns("__pycache__"))
    store = code / "sabiscore" / "store"
    upgrade = store / "upgrade.py"
    upgrade.write_text(upgrade.read_text().replace(f'HEAD = "{HEAD}"', f'HEAD = "{revision}"'))
    (store / "migrations" / "versions" / "9999_next.py").write_text(
        _MIGRATION.format(revision=revision, before=HEAD, statements=list(statements))
    )
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, scene.store()],
        env={**scene.environ(FLEET), "PYTHONPATH": str(code)},
        cwd=code,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


_ADD_TABLE = "CREATE TABLE added (id INTEGER PRIMARY KEY)"
_ADD_COLUMN = "ALTER TABLE job_runs ADD COLUMN added INTEGER"
_OPEN = """
import sys
from sabiscore.store.session import Database
with Database(sys.argv[1]).transaction():
    pass
"""
_MIGRATION = """
from alembic import op

revision = {revision!r}
down_revision = {before!r}


def upgrade() -> None:
    for statement in {statements!r}:
        op.execute(statement)
"""


def _begin_a_run(scene: Scene) -> None:
    with closing(Database(scene.store())) as database:
        _require(Jobs(database).begin("odds", datetime.now(UTC)) is not None, "No schedule can begin.")


def _tamper(connection: Connection) -> None:
    """What somebody who owns the database can do."""
    for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.execute(text(f'DROP TRIGGER "{name}"'))
    connection.execute(text("UPDATE ledger SET body = replace(body, '0.5', '0.6') WHERE seq = 4"))


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unavailable(otherwise, hint="The drill failed.")
