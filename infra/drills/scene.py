"""A fleet's data folder some hours after a backup, shared by a bucket, and commands run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from infra.project import ROOT
from infra.rigs.made_up import AS_OF, made_up_data_dir
from sabiscore.errors import Unavailable
from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.ledger.entry import Seal, SettledOutcome
from sabiscore.publication.daily_anchors import LedgerDay, add_day
from sabiscore.publication.ledger_pages import publish_ledger
from sabiscore.store.backup import back_up
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots

KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)
BEFORE = KICKOFF - timedelta(minutes=30)
DAY = "2025-08-16"
FLEET = "fleet"
IN_BACKUP, AFTER_IT = 50, 30
"""Predictions that were sealed before the newest backup, and since."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Data folders below ``folder``, and a bucket of the AWS at ``aws``; FLEET is where schedules run."""

    folder: Path
    aws: str
    bucket: str
    region: str = "eu-west-1"

    def data_dir(self, name: str = FLEET) -> Path:
        return self.folder / name

    def store(self, name: str = FLEET) -> str:
        """The SQLAlchemy URL of a folder's database."""
        return f"sqlite:///{self.data_dir(name) / 'sabiscore.db'}"

    def environ(self, name: str) -> Mapping[str, str]:
        """The environment of a machine with the data folder ``name``."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SABISCORE_", "AWS_"))}
        kept.pop("DATABASE_URL", None)
        return kept | {
            "SABISCORE_HOME": str(self.data_dir(name)),
            "SABISCORE_BUCKET": f"s3://{self.bucket}/data",
            "AWS_ENDPOINT_URL_S3": self.aws,
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "a-secret-of-drills",
        }

    def run(self, name: str, *words: str, code: int = 0) -> str:
        """What ``sabiscore words`` writes on a machine. Raises Unavailable for another end than ``code``."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", *words],
            cwd=ROOT,
            env=self.environ(name),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != code:
            raise Unavailable(
                f"sabiscore {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-500:]}",
                hint="The drill failed.",
            )
        return done.stdout

    def answer(self, name: str, *words: str) -> Any:
        """The document of a command that ended well."""
        return json.loads(self.run(name, *words, "--json"))

    def entries(self, name: str = FLEET) -> list[str]:
        """The hashes of the ledger in a folder's database."""
        with closing(Database(self.store(name), make=False)) as database:
            return [entry.hash for entry in Ledger(database).checked_entries()]

    def objects(self) -> list[str]:
        """The keys of all that the bucket holds."""
        return [each["Key"] for each in self._s3().list_objects_v2(Bucket=self.bucket).get("Contents", ())]

    def lose(self, *keys: str) -> None:
        """The bucket has these objects no more."""
        for key in keys:
            self._s3().delete_object(Bucket=self.bucket, Key=key)

    def _s3(self) -> Any:
        return client_of(self.aws, self.region)


def client_of(aws: str, region: str) -> Any:
    """A client of S3."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=aws,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - of nothing but the stand-in
    )


def new_bucket(aws: str, region: str) -> str:
    """The name of an empty bucket in ``region``."""
    name = f"drill-{uuid4().hex[:12]}"
    place = {"LocationConstraint": region}
    client_of(aws, region).create_bucket(Bucket=name, CreateBucketConfiguration=place)
    return name


def scene(folder: Path, aws: str) -> Scene:
    """A fleet that has published since its newest backup; the bucket has all of it."""
    made = Scene(folder, aws, new_bucket(aws, "eu-west-1"))
    made_up_data_dir(made.data_dir())
    _seal_and_publish(made)
    made.run(FLEET, "sync", "push")
    return made


def _seal_and_publish(made: Scene) -> None:
    publication = made.data_dir() / "publication"
    with closing(Database(made.store())) as database:
        ledger = Ledger(database)
        ledger.seal([_seal(number) for number in range(IN_BACKUP)], BEFORE)
        Snapshots(database).add([_PRICE])
        add_day(publication, LedgerDay(DAY, IN_BACKUP, ledger.head() or "", {}, {}))
        back_up(database, made.data_dir() / "backups" / f"{DAY}.jsonl.gz")
        ledger.seal([_seal(number) for number in range(IN_BACKUP, IN_BACKUP + AFTER_IT)], BEFORE)
        waiting = ledger.unsettled(KICKOFF + timedelta(hours=2))
        outcomes = [_outcome(match_id, entry.hash) for (match_id, _), entry in waiting.items()]
        ledger.settle(outcomes[:10], KICKOFF + timedelta(hours=3))
        publish_ledger(publication, ledger.head(), ledger.entries)
        put_track_record(publication, EMPTY.model_copy(update={"ledger_head": ledger.head()}))


_PRICE = Snapshot(
    match_id="epl-2526-home-1",
    market="1x2",
    book="b365",
    odds=(2.0, 3.5, 4.0),
    quoted_at=AS_OF - timedelta(hours=3),
    source="made up",
    fetched_at=AS_OF - timedelta(hours=2),
)


def _seal(number: int) -> Seal:
    return Seal(
        match_id=f"epl-2526-home-{number}",
        league="epl",
        kickoff_at=KICKOFF,
        stage="hour",
        bundle="1.0.0",
        p=(0.5, 0.3, 0.2),
        raw=(0.52, 0.29, 0.19),
        calibration=(1.1, 1.1, 1.1, 0.0, 0.0, 0.0),
        features="ab" * 32,
        early=(0.48, 0.29, 0.23),
        odds={"b365": (2.0, 3.4, 4.2)},
        priced_at=BEFORE - timedelta(hours=1),
        source="made up",
    )


def _outcome(match_id: str, seal: str) -> SettledOutcome:
    return SettledOutcome(
        match_id=match_id,
        bundle="1.0.0",
        kickoff_at=KICKOFF,
        seal=seal,
        goals=(2, 1),
        close=(0.5, 0.28, 0.22),
        source="made up",
    )
