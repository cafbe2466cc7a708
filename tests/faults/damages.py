"""Every file of a data folder, damaged in fourteen ways, cold and while it serves (reliability F14).

``python -m tests.faults.damages``, or ``make damages``: shows that no answer is a 500, that none has other
numbers than the sound folder gives, and that health tells of each damage. All chance is seeded. Ends with 1
where one of them does not hold.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx

from infra.rigs.made_up import AS_OF, MATCH_ID, made_up_data_dir, publish_priced
from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.http_apps import insights_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import Calibration
from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.insights.track_record import Anchor, LiveCalibration
from sabiscore.net.probes import LIFE_S
from sabiscore.publication.corrections import LearnedCorrection, put_corrections
from sabiscore.publication.daily_anchors import LedgerDay, add_day
from sabiscore.publication.digest import digest_of
from sabiscore.settings import read_settings
from sabiscore.store.database import Store
from tests.support.every_supplement import put_every_supplement
from tests.support.ledgers import chain
from tests.support.waiting import until

BOARD = "/api/v1/system"
"""Counts and speaks of the very damages; its numbers are of no match."""
PATHS = (
    f"/api/v1/insights/{MATCH_ID}",
    "/api/v1/matches",
    "/api/v1/value-bets",
    "/api/v1/leagues",
    "/api/v1/performance",
    "/api/v1/performance/2425",
    f"/api/v1/matches/{MATCH_ID}",
    f"/api/v1/matches/{MATCH_ID}/prices",
    "/api/v1/matches?day=2025-05-09",
    "/api/v1/ledger",
    "/api/v1/ledger?order=newest",
    f"/api/v1/ledger?match={chain(2)[1].content['match']}",
    f"/api/v1/ledger/{chain(2)[1].hash}",
    BOARD,
)
CHANGE_BY_THEMSELVES = {"generated_at", "age_s", "freshness", "unknown"}
"""Members that differ from one moment to the next, and the reasons of what is not known."""
LATER = timedelta(hours=1)
"""After which answers that were kept are made again."""
RECORD = EMPTY.model_copy(
    update={
        "live_calibration": {"1.0.0": LiveCalibration(n=300, judged=100, gain_nats=0.5, in_use=True)},
        "anchors": (Anchor(day="2025-05-09", entries=9, head="ab" * 32),),
    }
)
NOT_SEEN = {("sabiscore.db", "a bit flipped")}
"""SQLite has no checksums: what answers are made of has, and so have the ledger and the archives."""
NO_ANSWER_USES = ("states.npz",)
"""Left in the data folder by the training of the made-up bundle."""
FOREIGN = {"not": "ours", "digest": "0" * 64, "list": [1, 2.5, None], "files": {}}

OF_THE_MOMENT = (".lock", "-shm", "-wal")
"""They are there while a store is open, and made anew by whoever opens it."""

Damage = Callable[[Path, Random], object]
Answers = Mapping[str, tuple[int, Any]]


def _replace(change: Callable[[bytes, Random], bytes]) -> Damage:
    return lambda path, chance: path.write_bytes(change(path.read_bytes(), chance))


def _flip(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data))
    return b"%b%c%b" % (data[:place], data[place] ^ 1 << chance.randrange(8), data[place + 1 :])


def _each_value(change: Callable[[Any], Any]) -> Damage:
    """Changes every value of a JSON document, and its digest with it; other files become ``FOREIGN``."""
    return _replace(lambda data, _: _rewritten(data, change))


def _rewritten(data: bytes, change: Callable[[Any], Any]) -> bytes:
    try:
        whole = json.loads(data)
    except ValueError:
        whole = dict(FOREIGN)
    changed = _mapped(whole, change)
    for name, body in dict(changed).items() if isinstance(changed, dict) else ():
        if name != "digest" and "digest" in changed:
            changed["digest"] = digest_of({"days": body} if name == "days" else body)
    return json.dumps(changed).encode()


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return [_mapped(item, change) for item in value] if isinstance(value, list) and value else change(value)


def _other_type(value: Any) -> Any:
    return 7 if isinstance(value, str) else [] if value is None else {"was": str(value)}


def _twice(data: bytes, _: Random) -> bytes:
    """The first member of the object once more, with nothing in it; other files get one in front."""
    try:
        (name, *_rest) = json.loads(data)
    except (ValueError, TypeError):
        return b'{"digest":null}' + data
    return b"%b,%b:null}" % (data.rstrip()[:-1], json.dumps(name).encode())


def _folder(path: Path, _: Random) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: Mapping[str, Damage] = {
    "missing": lambda path, _: path.unlink(),
    "empty": _replace(lambda *_: b""),
    "truncated": _replace(lambda data, chance: data[: chance.randrange(1, max(2, len(data)))]),
    "a bit flipped": _replace(_flip),
    "zeroed": _replace(lambda data, _: bytes(len(data))),
    "random bytes": _replace(lambda data, chance: chance.randbytes(len(data))),
    "another JSON": _replace(lambda *_: json.dumps(FOREIGN).encode()),
    "nested": _replace(lambda *_: b"[" * 200_000),
    "huge numbers": _replace(lambda *_: b'{"digest": 1' + b"0" * 5000 + b', "n": 1e999}'),
    "NaN": _replace(lambda data, _: data.replace(b":", b":NaN,", 1) if b":" in data else b"NaN"),
    "duplicate keys": _replace(_twice),
    "wrong types": _each_value(_other_type),
    "a folder": _folder,
    "another file's content": lambda path, _: shutil.copyfile(_neighbour(path), path),
}


def _neighbour(path: Path) -> Path:
    """Another file of the same data folder."""
    others = sorted(other for other in path.parent.iterdir() if other.is_file() and other != path)
    return others[0] if others else path.parent.parent / "publication" / "coming.json"


def sound_data_dir(data_dir: Path) -> Path:
    """``data_dir`` with each of the files that answers are made of, and a store."""
    made_up_data_dir(data_dir)
    folder = data_dir / "publication"
    put_track_record(folder, RECORD)
    leaning = Calibration(bias=(0.1, 0.0, -0.1))
    put_corrections(folder, {"1.0.0": LearnedCorrection(leaning, 300, 100, 0.5)})
    add_day(folder, LedgerDay("2025-05-09", 9, "ab" * 32, {}, {}))
    publish_priced(data_dir, (1.8, 3.7, 4.6))
    put_every_supplement(folder)
    settings = read_settings({"SABISCORE_HOME": str(data_dir)})
    settings.archive.mkdir()
    with closing(Store.open(settings.database_url, settings.archive)):
        return data_dir


def files_of(data_dir: Path) -> list[str]:
    """The files of ``data_dir`` that somebody reads."""
    paths = (path for path in data_dir.rglob("*") if path.is_file())
    names = {path.relative_to(data_dir).as_posix() for path in paths}
    return sorted(name for name in names if name not in NO_ANSWER_USES and not name.endswith(OF_THE_MOMENT))


@dataclass
class Serving:
    """A process over ``data_dir``, whose clock can be moved."""

    data_dir: Path

    def __post_init__(self) -> None:
        self.clock = FixedClock(AS_OF)
        settings = read_settings(
            {"SABISCORE_HOME": str(self.data_dir), "SABISCORE_REQUESTS_PER_MINUTE": "1000000"}
        )
        self._bootstrap = Bootstrap(settings, self.clock)

    def answers(self) -> Answers:
        """Path → (status, document) of all that is answered from files."""
        return asyncio.run(self._asked())

    async def _asked(self) -> Answers:
        transport = httpx.ASGITransport(insights_app(self._bootstrap), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sabiscore") as client:
            responses = {path: await client.get(path) for path in PATHS}
        return {path: (response.status_code, response.json()) for path, response in responses.items()}

    def warnings(self) -> list[str]:
        """What health says is not as it should be, once the database was heard of."""
        return until(self._warnings, lambda found: found is not None) or []

    def reports(self) -> bool:
        """Whether health comes to say that something is wrong: a probe is asked every few seconds only."""
        try:
            return bool(until(self._warnings, hang_s=2 * LIFE_S))
        except AssertionError:
            return False

    def _warnings(self) -> list[str] | None:
        report = asyncio.run(self._health())
        if "not answered yet" in str(report):
            return None
        return [check["name"] for check in report["checks"] if check["status"] != "pass"]

    async def _health(self) -> Any:
        transport = httpx.ASGITransport(health_app(self._bootstrap), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sabiscore") as client:
            response = await client.get("/health")
        assert response.status_code == 200, response.text
        return response.json()


def numbers(document: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """(where, number) of each number of ``document`` that is a figure, not the time that passed."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in CHANGE_BY_THEMSELVES:
                yield from numbers(value, f"{path}/{name}")
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from numbers(value, f"{path}/{index}")
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield path, document


def faults(found: Answers, sound: Sequence[Answers]) -> Iterator[str]:
    """What is wrong with the answers ``found``: each 500, and each number that no ``sound`` answer has.

    The last of ``sound`` know of nothing that is published beside the publication: an answer may only agree
    with them where it says that something cannot be read.
    """
    *whole, bare = sound
    for path, (status, document) in found.items():
        if status not in (200, 404, 503):
            yield f"{path} was {status}"
        if (
            status == 200
            and path != BOARD
            and not any(
                _agrees(document, answers[path])
                for answers in (*whole, *([bare] if _admits(document) else []))
            )
        ):
            yield f"{path} has other numbers"


def _admits(document: Any) -> bool:
    """Whether ``document`` says that something cannot be read."""
    return any("cannot be read" in why for why in document.get("unknown", {}).values())


def _agrees(document: Any, sound: tuple[int, Any]) -> bool:
    """Whether every number of ``document`` is the one of the answer ``sound``; some may be unknown."""
    known = dict(numbers(sound[1]))
    return all(known.get(path) == value for path, value in numbers(document))


@dataclass
class Damaging:
    """A sound data folder, and what it answers; ``scratch`` is where copies of it are damaged."""

    sound: Path
    scratch: Path

    def __post_init__(self) -> None:
        uncorrected = self._copied("uncorrected")
        (uncorrected / "publication" / "calibration.json").unlink()
        bare = self._copied("bare")
        shutil.rmtree(bare / "publication" / "supplements")
        (bare / "publication" / "supplements.json").unlink()
        # Corrections that cannot be read are none, and health says so.
        self.references = [Serving(folder).answers() for folder in (self.sound, uncorrected, bare)]
        assert [status for status, _ in self.references[0].values()] == [200] * len(PATHS)

    def _copied(self, name: str) -> Path:
        data_dir = self.scratch / name
        shutil.rmtree(data_dir, ignore_errors=True)
        return Path(shutil.copytree(self.sound, data_dir))

    def wrong(self, file: str, damage: str, *, cold: bool) -> list[str]:
        """What is wrong once ``file`` was damaged: nothing, where all holds."""
        data_dir = self._copied("damaged")
        serving = Serving(data_dir)
        if not cold:
            serving.answers()
            serving.warnings()
        before = _content(data_dir / file)
        DAMAGES[damage](data_dir / file, Random(f"{file} {damage}"))
        if _content(data_dir / file) == before:
            return []
        if cold:
            serving = Serving(data_dir)
        serving.clock.at += LATER
        serving.data_dir = data_dir
        found = list(faults(serving.answers(), self.references))
        found += list(faults(serving.answers(), self.references))
        reported = (file, damage) in NOT_SEEN or serving.reports()
        return [*dict.fromkeys(found), *(() if reported else ("health does not tell",))]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def main() -> int:
    """Do all damages, and print what is wrong."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-damages-") as folder:
        sound = sound_data_dir(Path(folder) / "sound")
        damaging, count, failed = Damaging(sound, Path(folder)), 0, 0
        for file in files_of(sound):
            for damage in DAMAGES:
                for cold in (True, False):
                    count += 1
                    wrong = damaging.wrong(file, damage, cold=cold)
                    failed += bool(wrong)
                    for each in wrong:
                        print(f"{file}, {damage}, {'cold' if cold else 'while serving'}: {each}", flush=True)
    print(f"F14: {count} damages, {failed} of them with something wrong.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
