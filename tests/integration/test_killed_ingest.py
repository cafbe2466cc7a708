"""An ingest that is killed with no warning leaves whole seasons, and the next one completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sabiscore.identity.leagues import find_league
from sabiscore.seasons.ingest import ingest
from sabiscore.store.database import Store
from tests.support.season_files import season, write

SEASONS = range(2005, 2025)
KILLED_AFTER = (1, 7, 19)
"""Files reported by the child before it is killed, in one life after another."""

CHILD = """
import sys
from pathlib import Path
from sabiscore.seasons.ingest import ingest
from sabiscore.store.database import Store
folder, url, archive = sys.argv[1:]
with Store.open(url, Path(archive)) as store:
    ingest(Path(folder), store, on_progress=lambda done, total, name: print(done, flush=True))
"""


def name(start_year: int) -> str:
    return f"E0_{start_year % 100:02d}{(start_year + 1) % 100:02d}.csv"


def killed_after(files: int, folder: Path, url: str, archive: Path) -> int:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(("layers/core/python", "."))}
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), url, str(archive)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= files:
                child.send_signal(signal.SIGKILL)
                break
        return child.wait()


def test_a_killed_ingest_leaves_the_old_season_or_the_new_one(database_url: str, tmp_path: Path) -> None:
    folder, archive = tmp_path / "files", tmp_path / "archive"
    for seed, files in enumerate(KILLED_AFTER):
        for start_year in SEASONS:
            write(folder, name(start_year), season(start_year=start_year, seed=seed))
        assert killed_after(files, folder, database_url, archive) == -signal.SIGKILL
        with Store.open(database_url, archive) as store:
            seasons = store.season_files()
            history = store.history()
            recent = store.recent(find_league("epl"))
        assert len(history) == 30 * len(seasons) >= 30 * files
        assert len(recent) == 30 * min(2, len(seasons))
        assert all(match.prices for match in recent)
    with Store.open(database_url, archive) as store:
        report = ingest(folder, store)
        assert report.useful
        assert not report.failed
        assert len(store.history()) == 30 * len(SEASONS)
        assert {file.status for file in ingest(folder, store).files} == {"unchanged"}
