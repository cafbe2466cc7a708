"""All steps of a local run, from season files to a publication and a bundle that can be served."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from infra.cli.progress import Report, Steps
from infra.local.as_of import AsOf, choose_moment
from infra.local.seasons import Seasons
from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import BadBundle, BadSeasonFile, NothingStored, Refused
from sabiscore.files import write_atomically
from sabiscore.history import COLUMNS, History, split
from sabiscore.settings import Settings

if TYPE_CHECKING:
    from sabiscore.seasons.report import IngestReport

CODE = ("layers/core/python/sabiscore/features", "layers/core/python/sabiscore/history.py", "model_export")
"""What a bundle's content depends on besides the data."""

TRAINED = "trained.json"


class Train(Protocol):
    """Fits, evaluates, exports and registers a bundle from what is past; its version."""

    def __call__(self, past: History, settings: Settings, /, *, kind: DataKind, report: Report) -> str: ...


@dataclass(frozen=True, slots=True)
class ReadyToServe:
    """What can be served now: under which clock, with which bundle."""

    moment: AsOf
    version: str
    coming: int


def prepare(
    seasons: Seasons, settings: Settings, *, now: datetime, as_of: date | None, train: Train, steps: Steps
) -> ReadyToServe:
    """Ingests ``seasons``, chooses the clock, trains what is not trained yet and publishes.

    Nothing after the clock reaches training or the publication: both get what ``split`` leaves.
    """
    report = ingest_folder(seasons.folder, settings, seasons.kind, steps)
    if not report.useful:
        first = report.failed[0]
        raise BadSeasonFile(first.error, hint=first.hint)
    with steps.step("Opening the archive"):
        history = history_of(settings)
    moment = choose_moment(history, now, as_of)
    steps.say(f"Clock: {moment}")
    version = trained(history, moment, settings=settings, kind=seasons.kind, train=train, steps=steps)
    from sabiscore.pipeline.coming_matches import publish_coming

    with steps.step("Publishing coming matches"):
        publication = publish_coming(
            settings.publication,
            history,
            moment.as_of,
            rehearsal=moment.rehearsal,
            kind=seasons.kind,
            source=seasons.source,
            now=now,
            has_record=_is_sealed(settings),
        )
    return ReadyToServe(moment, version, len(publication.matches))


def ingest_folder(
    folder: Path, settings: Settings, kind: DataKind, steps: Steps, *, accept: bool = False
) -> IngestReport:
    """Reads the season files of ``folder`` into the store of ``settings``, with a bar.

    ``accept`` takes those that look cut too.
    """
    from sabiscore.seasons.ingest import ingest, season_files_in
    from sabiscore.store.database import Store

    season_files_in(folder)  # refuses a folder without any before a store is made
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (
        Store.open(settings.database_url, settings.archive) as store,
        steps.step("Reading season files") as at,
    ):
        return ingest(
            folder,
            store,
            kind=kind,
            on_progress=lambda done, total, name: at(name, done / max(total, 1)),
            accept=accept,
        )


def history_of(settings: Settings, *, played: bool = False) -> History:
    """All matches of the store, or those ``played``; raises NothingStored when nothing was ingested yet."""
    from sabiscore.store.connection import FILL
    from sabiscore.store.database import Store

    with Store.open(settings.database_url, settings.archive, make=False) as store:
        history = store.history(played=played)
    if not len(history):
        raise NothingStored("The store has no matches yet.", hint=FILL)
    return history


def _is_sealed(settings: Settings) -> bool:
    """Whether a prediction was ever sealed in the store."""
    from sabiscore.store.ledger import Ledger
    from sabiscore.store.session import Database

    with closing(Database(settings.database_url, make=False)) as database:
        return Ledger(database).head() is not None


def trained(
    history: History, moment: AsOf, *, settings: Settings, kind: DataKind, train: Train, steps: Steps
) -> str:
    """The version in production that was trained on exactly this past by this code; trains it if need be."""
    past, _ = split(history, moment.as_of)
    past = past.take(past.played)
    inputs = fingerprint(past)
    record = settings.registry / TRAINED
    version = _recorded(record, inputs)
    if version is not None and _promoted(settings, version, steps):
        steps.say(f"Bundle {version} was trained on the same data by the same code: kept.")
        return version
    with steps.step("Training the ensemble") as report:
        version = train(past, settings, kind=kind, report=report)
    _promote(settings, version)
    write_atomically(record, json.dumps({"inputs": inputs, "version": version}).encode())
    return version


def fingerprint(past: History, code: Callable[[], str] | None = None) -> str:
    """The SHA-256 of everything a bundle is made of: each match of ``past``, and our code."""
    digest = sha256((code or _code)().encode())
    digest.update("\n".join(past.teams).encode())
    for name in COLUMNS:
        digest.update(getattr(past, name).tobytes())
    return digest.hexdigest()


def _code() -> str:
    from infra.project import ROOT

    digest = sha256()
    for place in CODE:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _recorded(record: Path, inputs: str) -> str | None:
    try:
        known: Mapping[str, str] = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # never trained, or a record nobody can read: training makes a new one
    return known.get("version") if known.get("inputs") == inputs else None


def _promoted(settings: Settings, version: str, steps: Steps) -> bool:
    """Whether ``version`` is whole and in production now; says why when it is not."""
    try:
        _promote(settings, version)
    except (BadBundle, Refused) as error:
        steps.say(f"Bundle {version} cannot be used, so a new one is trained. {error}")
        return False
    return True


def _promote(settings: Settings, version: str) -> None:
    from model_export.registry import Registry
    from sabiscore.features.vector import SCHEMA

    Registry(settings.registry, SCHEMA).promote(version)
