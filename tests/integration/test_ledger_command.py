"""The ledger as people meet it: the command, the exported file, and the scripts of the docs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.errors import BadStore, BrokenLedger
from sabiscore.store.backup import back_up, check_restores, restore
from sabiscore.store.expectations import ExpectedGoalsStore
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from sabiscore.store.standings import StandingStore
from tests.integration.test_background_facts import EXPECTED, PLACE
from tests.integration.test_ledger import BEFORE, KICKOFF, outcome, seal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = Database(f"sqlite:///{tmp_path / 'home' / 'sabiscore.db'}")
    ledger = Ledger(database)
    counting = FeatureCountStore(database).counting({"epl-2526-home-0": bytes([0, 1])}, 2, BEFORE)
    ledger.seal([seal(number, source="ünïcode £") for number in range(5)], BEFORE, counting)
    waiting = ledger.unsettled(KICKOFF + timedelta(hours=2))
    done = [outcome(number, waiting[f"epl-2526-home-{number}", "1.0.0"].hash) for number in range(3)]
    ledger.settle(done, KICKOFF + timedelta(hours=3))
    quoted = BEFORE - timedelta(hours=1)
    StandingStore(database).add([PLACE])
    ExpectedGoalsStore(database).add([EXPECTED])
    Snapshots(database).add(
        [
            Snapshot(
                match_id="m",
                market="1x2",
                book="b365",
                odds=(2.0, 3.5, 4.0),
                quoted_at=quoted,
                source="test",
                fetched_at=quoted,
            )
        ]
    )
    yield tmp_path / "home"
    database.close()


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["ledger", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_it_is_verified_shown_and_exported(data_dir: Path, tmp_path: Path) -> None:
    report = json.loads(run("verify", "--json"))
    assert (report["sealed"], report["settled"]) == (5, 3)
    assert "The chain holds: 5 sealed, 3 settled" in run("verify")
    assert [entry["kind"] for entry in json.loads(run("show", "--last", "2", "--json"))] == ["settled"] * 2
    assert len(json.loads(run("show", "epl-2526-home-0", "--json"))) == 2
    assert "50.0% / 30.0% / 20.0%" in run("show", "epl-2526-home-4")
    shown = json.loads(run("show", "--last", "3", "--json"))
    assert [(entry["seq"], entry["kind"]) for entry in shown] == [
        (6, "settled"),
        (7, "settled"),
        (8, "settled"),
    ]
    assert [entry["seq"] for entry in json.loads(run("show", "--last", str(10**30), "--json"))] == [
        *range(1, 9)
    ]
    of_match = json.loads(run("show", "--match", "epl-2526-home-0", "--last", "1", "--json"))
    assert [entry["seq"] for entry in of_match] == [6]
    file = tmp_path / "ledger.jsonl"
    assert "8 entries" in run("export", "--to", str(file))
    assert json.loads(run("verify", "--from", str(file), "--json")) == report


def test_an_exported_ledger_that_was_altered_is_refused_with_its_first_fault(
    data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.jsonl"
    run("export", "--to", str(file))
    lines = file.read_text().splitlines()
    for spoilt in ([*lines[:3], lines[3].replace("0.5", "0.6", 1), *lines[4:]], ["no json", *lines[1:]]):
        file.write_text("\n".join(spoilt) + "\n")
        with pytest.raises(BrokenLedger, match=r"Entry 4|Line 1"):
            CliRunner().invoke(app, ["ledger", "verify", "--from", str(file)], catch_exceptions=False)


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_the_scripts_of_the_readme_verify_it(data_dir: Path, tmp_path: Path, language: str) -> None:
    (script,) = re.findall(
        rf"```{language}\n(.*?sealed_at.*?)```", (ROOT / "docs/ledger.md").read_text(), re.DOTALL
    )
    file, program = (
        tmp_path / "ledger.jsonl",
        tmp_path / ("check.py" if language == "python" else "check.cjs"),
    )
    program.write_text(script)
    run("export", "--to", str(file))
    command = [sys.executable if language == "python" else "node", str(program), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == json.loads(run("verify", "--json"))["head"]
    file.write_text(file.read_text().replace("0.3", "0.4", 1))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_backup_restores_every_row(data_dir: Path, tmp_path: Path, database_url: str) -> None:
    database = Database(f"sqlite:///{data_dir / 'sabiscore.db'}")
    file = tmp_path / "backup.jsonl.gz"
    counts = back_up(database, file)
    later = {"populations": 1, "standings": 1, "expected_goals": 1, "club_spellings": 0, "renamed_matches": 0}
    assert counts == {"ledger": 8, "bets": 0, "observations": 0, "odds_snapshots": 1} | later
    assert check_restores(file, tmp_path) == counts
    assert not list(tmp_path.glob("restored-*"))
    other = Database(database_url)
    assert restore(file, other) == counts
    assert list(Ledger(other).entries()) == list(Ledger(database).entries())
    assert Snapshots(other).latest(["m"], BEFORE) == Snapshots(database).latest(["m"], BEFORE)
    with pytest.raises(BadStore, match="is not empty"):
        restore(file, other)
    other.close()
    database.close()


def test_a_backup_that_was_cut_short_or_altered_does_not_pass(data_dir: Path, tmp_path: Path) -> None:
    import gzip

    database = Database(f"sqlite:///{data_dir / 'sabiscore.db'}")
    file = tmp_path / "backup.jsonl.gz"
    back_up(database, file)
    database.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadStore, match="no whole backup"):
        check_restores(file, tmp_path)
    file.write_bytes(gzip.compress(gzip.decompress(whole).replace(b"0.5,0.3,0.2", b"0.6,0.2,0.2", 1)))
    with pytest.raises(BrokenLedger):
        check_restores(file, tmp_path)
