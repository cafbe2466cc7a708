"""Every job killed at counted steps (reliability F3): nothing stored is lost or doubled, and work goes on.

``python -m tests.faults.kills``, or ``make kills``. A simulated season is played through its schedules; each
run is a process of its own that ends itself, as ``kill -9`` does, at a drawn step: a statement of SQL, a
commit, or a file that is opened for writing, renamed, removed. After each death all invariants are looked at;
after the last one every job runs to its end. Ends with 1 where one of them does not hold.
"""

from __future__ import annotations

import argparse
import os
import pickle
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from infra.backtest.data_dir import BacktestPlan, prepare
from infra.backtest.network import PastNetwork
from infra.backtest.schedules import KEY, QUOTAS
from infra.backtest.season import PastSeason, read_season
from infra.cli.progress import Steps
from infra.local.run import history_of, ingest_folder
from infra.local.seasons import simulate_into
from sabiscore.clock import FixedClock
from sabiscore.errors import SabiScoreError
from sabiscore.features.vector import SCHEMA
from sabiscore.identity.leagues import find_league
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import current
from sabiscore.ledger.chain import verify
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.publication.publish import read
from sabiscore.publication.published_heads import published_heads
from sabiscore.settings import Settings, read_settings
from sabiscore.store.database import Store
from sabiscore.store.ledger import Ledger
from tests.support.deaths import Fuse, exit_code

DEATHS = 300
SEED, SEASON, DIVISIONS, SEASONS = 5, "2425", ("E0", "D1"), 3
LEAGUES = tuple(map(find_league, ("epl", "bundesliga")))
BEGIN = datetime(2025, 3, 1, 9, tzinfo=UTC)
"""A Saturday morning: its matches are sealed, played and settled while jobs die."""
APART = timedelta(minutes=7)
"""Longer than the lock of a dead run lives."""
WORKS = ("odds", "calibrate", "odds", "stats", "odds", "ingest", "calibrate", "stats", "train", "cleanup")
"""What dies, one after the other, and again from the first: each about as often as it runs, or more."""


@dataclass(frozen=True)
class Played:
    """The folder in which a season is played: its files, its data folder, and who died where."""

    folder: Path

    @property
    def seasons(self) -> Path:
        return self.folder / "seasons"

    @property
    def settings(self) -> Settings:
        data_dir = self.folder / "data" / "simulated"
        return read_settings({"SABISCORE_HOME": str(data_dir), KEY: "kills-only"})

    @property
    def deaths(self) -> Path:
        return self.folder / "deaths"

    @property
    def release(self) -> Path:
        """A fitted bundle that is not registered yet."""
        return self.folder / "release"

    @property
    def steps(self) -> Path:
        """Where a run that ended by itself wrote how many steps it took."""
        return self.folder / "steps"

    def season(self) -> PastSeason:
        return read_season(sorted(self.seasons.glob("*.csv")), SEASON, LEAGUES)


def begun(folder: Path) -> Played:
    """A season that can be played: the store knows the seasons before, a bundle is in production."""
    from infra.bench.odds_run import made_up
    from infra.rigs.made_up import made_up_release

    played = Played(folder)
    simulate_into(played.seasons, SEED, SEASONS, date(2025, 6, 30), DIVISIONS)
    plan = BacktestPlan(
        season=played.season(),
        paths=sorted(played.seasons.glob("*.csv")),
        kind="simulated",
        data_dir=folder / "data",
        leagues=LEAGUES,
    )
    prepare(plan, made_up, FixedClock(BEGIN), Steps(quiet=True))
    played.release.write_bytes(
        pickle.dumps(made_up_release(folder))
    )  # fitted once: each death comes after it
    return played


def work(name: str, folder: Path, at: datetime, left: int) -> None:
    """Does ``name`` as of ``at``, and dies after ``left`` steps; otherwise writes how many it took."""
    played = Played(folder)
    fuse = Fuse(left, played.deaths)
    fuse.count_statements()
    _count_files(fuse, played.settings.data_dir)
    if name == "ingest":
        ingest_folder(played.seasons, played.settings, "simulated", Steps(quiet=True))
    elif name == "train":
        _train(played, at)
    else:
        _job(name, played, at)
    played.steps.write_text(str(left - fuse.left))


def _job(name: str, played: Played, at: datetime) -> None:
    from dataclasses import replace

    from sabiscore.bootstrap.job_context import open_job_context
    from sabiscore.jobs.registry import run_job

    clock, settings = FixedClock(at), replace(played.settings, quotas=QUOTAS)
    network = PastNetwork(played.season(), clock)
    with open_job_context(settings, clock, "simulated", transport=network) as context:
        report = run_job(name, context)
    if report.outcome != "done":
        print(report, file=sys.stderr, flush=True)
        sys.exit(3)


def _train(played: Played, at: datetime) -> None:
    """Registers a bundle of what is past, and promotes it: the train command and the promotion after it."""
    from model_export.registry import Registry

    history_of(played.settings)
    registry = Registry(played.settings.registry, SCHEMA, FixedClock(at))
    release = pickle.loads(played.release.read_bytes())
    registry.promote(registry.add(release).name)


def _count_files(fuse: Fuse, data_dir: Path) -> None:
    """From here on whatever changes the names or the files of ``data_dir`` is a step."""
    changing, below = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}, str(data_dir)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        path = str(arguments[0]) if arguments else ""
        if not path.startswith(below):
            return
        if event in changing or (event == "open" and int(str(arguments[2])) & (os.O_WRONLY | os.O_RDWR)):
            fuse.step(f"{event} {Path(path).suffix or Path(path).name[:12]}")

    sys.addaudithook(hook)


@dataclass
class Invariants:
    """What must hold after each death; what was there at the last look must be there at the next."""

    played: Played
    entries: list[str] = field(default_factory=list)
    matches: int = 0
    broken: list[str] = field(default_factory=list)

    def look(self, after: str) -> None:
        """Adds to ``broken`` whatever does not hold ``after`` a death."""
        for check in (self._ledger, self._publication, self._registry, self._store):
            try:
                check()
            except (SabiScoreError, AssertionError) as error:
                self.broken.append(f"{after}: {type(error).__name__}: {error}")

    def _ledger(self) -> None:
        with closing(Store.open(self.played.settings.database_url, self.played.settings.archive)) as store:
            ledger = Ledger(store.database)
            found = list(ledger.checked_entries())
            verify(iter(found), published_heads(self.played.settings.publication))
        hashes = [entry.hash for entry in found]
        assert hashes[: len(self.entries)] == self.entries, "an entry was lost or changed"
        doubled = [key for key, times in Counter(map(_key, found)).items() if times > 1]
        assert not doubled, f"sealed twice: {doubled[:3]}"
        self.entries = hashes

    def _publication(self) -> None:
        folder = self.played.settings.publication
        if (folder / "coming.json").exists():
            read(folder).published_states.read()

    def _registry(self) -> None:
        read_bundle(current(self.played.settings.registry), SCHEMA)

    def _store(self) -> None:
        history = history_of(self.played.settings)
        assert len(history) >= self.matches, "matches were lost"
        self.matches = len(history)
        rows = Counter(zip(history.season, history.league, history.home, history.away, strict=True))
        assert max(rows.values()) == 1, "a match is stored twice"


def _key(entry: LedgerEntry) -> tuple[object, ...]:
    body = entry.content
    return body["match"], body["kind"], body.get("bundle"), body.get("stage"), body.get("kickoff_at")


def ran(name: str, played: Played, at: datetime) -> int:
    """How many steps ``name`` takes when nobody kills it. Raises AssertionError where it fails."""
    played.steps.unlink(missing_ok=True)
    code = exit_code(work, name, played.folder, at, sys.maxsize)
    assert code == 0, f"{name} ended with {code}"
    return int(played.steps.read_text())


def killed(played: Played, deaths: int, say: Callable[[str], None]) -> Mapping[str, int]:
    """How often each work died; AssertionError where an invariant or the run after the last death fails."""
    invariants, chance, at = Invariants(played), Random(SEED), BEGIN
    steps = {}
    for name in ("stats", "odds", *WORKS):
        if name not in steps or name == "odds":
            at += APART
            steps[name] = ran(name, played, at)
    say(f"steps: {steps}")
    died: Counter[str] = Counter()
    for turn in range(10 * deaths):
        if died.total() == deaths:
            break
        name, at = WORKS[turn % len(WORKS)], at + APART
        code = exit_code(work, name, played.folder, at, chance.randrange(steps[name]))
        assert code in (0, -signal.SIGKILL), f"{name} ended with {code}"
        died[name] += code != 0
        invariants.look(f"death {died.total()}, {name} at {at:%d %H:%M}")
        if died.total() % 25 == 0 and code:
            say(f"{died.total()} deaths, {len(invariants.entries)} entries, {len(invariants.broken)} broken")
    for name in dict.fromkeys(WORKS):
        at += APART
        ran(name, played, at)
    invariants.look("the last runs")
    assert not invariants.broken, "\n".join(invariants.broken)
    return died


def main() -> int:
    """Kill, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--deaths", type=int, default=DEATHS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sabiscore-kills-") as folder:
        played = begun(Path(folder))
        try:
            died = killed(played, given.deaths, lambda line: print(line, flush=True))
        except AssertionError as error:
            print(error)
            return 1
        places = len(set(played.deaths.read_text().splitlines()))
    print(f"F3: {sum(died.values())} deaths in {places} places, nothing lost, nothing doubled: {dict(died)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
