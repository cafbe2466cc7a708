"""The drill of a lost database: it comes back whole, with every prediction that was sealed and published."""

from __future__ import annotations

import gzip
import json
import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.rigs.made_up import AS_OF, made_up_data_dir
from sabiscore.errors import BadPublication, BadSetting, BadStore, BrokenLedger, NothingStored
from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.ledger.chain import verify
from sabiscore.publication.daily_anchors import LedgerDay, add_day
from sabiscore.publication.ledger_pages import publish_ledger
from sabiscore.store import backup, backup_parts
from sabiscore.store.backup import BACKED_UP_TABLES, back_up
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.integration.conftest import new_database
from tests.integration.test_ledger import BEFORE, KICKOFF, outcome, seal
from tests.support.buckets import make_bucket
from tests.support.synced_data_dirs import Fleet

ROWS_A_PART = 4
"""So that of the newer backup's five entries four are in a part."""
DAY, DAY_BEFORE = "2025-08-16", "2025-08-15"
PRICE = Snapshot(
    match_id="epl-2526-home-1",
    market="1x2",
    book="b365",
    odds=(2.0, 3.5, 4.0),
    quoted_at=AS_OF - timedelta(hours=3),
    source="test",
    fetched_at=AS_OF - timedelta(hours=2),
)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose ledger went on after the backup, and was published after that."""
    folder = tmp_path / "data_dir"
    monkeypatch.setenv("SABISCORE_HOME", str(folder))
    for name in ("DATABASE_URL", "SABISCORE_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    for module in (backup, backup_parts):
        monkeypatch.setattr(module, "ROWS_A_PART", ROWS_A_PART)
    made_up_data_dir(folder)
    begin(folder)
    return folder


def begin(folder: Path) -> None:
    with closing(Database(f"sqlite:///{folder / 'sabiscore.db'}")) as database:
        ledger = Ledger(database)
        ledger.seal([seal(number) for number in range(3)], BEFORE)
        back_up(database, folder / "backups" / f"{DAY_BEFORE}.jsonl.gz")
        ledger.seal([seal(number) for number in range(3, 5)], BEFORE)
        Snapshots(database).add([PRICE])
        add_day(folder / "publication", LedgerDay(DAY, 5, ledger.head() or "", {}, {}))
        back_up(database, folder / "backups" / f"{DAY}.jsonl.gz")
        ledger.seal([seal(number) for number in range(5, 8)], BEFORE)
        waiting = ledger.unsettled(KICKOFF + timedelta(hours=2))
        done = [outcome(0, waiting["epl-2526-home-0", "1.0.0"].hash)]
        ledger.settle(done, KICKOFF + timedelta(hours=3))
        publish_ledger(folder / "publication", ledger.head(), ledger.entries)
        put_track_record(folder / "publication", EMPTY.model_copy(update={"ledger_head": ledger.head()}))


def entries(url: str) -> list[tuple[int, str, str]]:
    with closing(Database(url, make=False)) as database:
        return [(entry.seq, entry.hash, entry.body) for entry in Ledger(database).checked_entries()]


def store_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'sabiscore.db'}"


def restore(*words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["restore", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_lost_database_comes_back_with_every_sealed_prediction(data_dir: Path) -> None:
    before = entries(store_of(data_dir))
    (data_dir / "sabiscore.db").unlink()
    found = restore()
    assert entries(store_of(data_dir)) == before
    assert (found["lost_entries"], found["published_entries"]) == (0, 9)
    assert found["ledger"] == {
        "sealed": 8, "settled": 1, "head": before[-1][1], "before": 0, "from_published_pages": 4
    }  # fmt: skip
    assert found["rows"]["ledger"] == 5
    assert set(found["rows"]) == {table.name for table in BACKED_UP_TABLES}
    assert found["prices_behind_s"] == 2 * 3600
    assert found["took_s"] >= 0
    assert not list(data_dir.glob(".*restoring*"))


def test_the_ledger_goes_on_from_where_it_was(data_dir: Path) -> None:
    (data_dir / "sabiscore.db").unlink()
    restore()
    with closing(Database(store_of(data_dir))) as database:
        ledger = Ledger(database)
        assert ledger.seal([seal(3), seal(20)], BEFORE) == 1, "what was sealed is not sealed again"
        assert verify(ledger.checked_entries()).entries == 10


def test_what_is_there_is_overwritten_by_nobody(data_dir: Path) -> None:
    before = entries(store_of(data_dir))
    with pytest.raises(BadStore, match="There is a database at") as refused:
        restore()
    assert "--replace" in refused.value.hint
    assert entries(store_of(data_dir)) == before
    (data_dir / "sabiscore.db.replaced-1").write_bytes(b"an earlier one")
    found = restore("--replace")
    assert found["replaced"] == str(data_dir / "sabiscore.db.replaced-2")
    assert entries(f"sqlite:///{found['replaced']}") == before == entries(store_of(data_dir))
    assert (data_dir / "sabiscore.db.replaced-1").read_bytes() == b"an earlier one"


def test_a_folder_of_its_own_takes_an_older_backup(data_dir: Path, tmp_path: Path) -> None:
    before = entries(store_of(data_dir))
    found = restore("--from", DAY_BEFORE, "--to", str(tmp_path / "elsewhere"))
    assert found["rows"]["ledger"] == 3
    assert found["ledger"]["from_published_pages"] == 6
    assert entries(store_of(tmp_path / "elsewhere")) == before == entries(store_of(data_dir))


def test_a_server_is_filled_and_only_when_it_is_empty(data_dir: Path, postgres_server: str) -> None:
    before, postgres_url = entries(store_of(data_dir)), new_database(postgres_server)
    found = restore("--to", postgres_url.replace("sabiscore@", "sabiscore:hunter22@"))
    assert "hunter22" not in found["database"]
    assert entries(postgres_url) == before
    with pytest.raises(BadStore, match="is not empty"):
        restore("--to", postgres_url, "--replace")


def test_backups_are_listed_the_newest_first(data_dir: Path) -> None:
    assert [(each["day"], each["place"]) for each in restore("--list")] == [
        (DAY, "here"), (DAY_BEFORE, "here")
    ]  # fmt: skip
    said = CliRunner().invoke(app, ["restore", "--list"], catch_exceptions=False).output
    assert said.index(DAY) < said.index(DAY_BEFORE)


def test_a_day_without_a_backup_is_refused_with_those_that_have_one(data_dir: Path) -> None:
    with pytest.raises(BadSetting) as refused:
        restore("--from", "2020-01-01", "--replace")
    assert DAY in refused.value.hint
    shutil.rmtree(data_dir / "backups")
    with pytest.raises(NothingStored, match="There is no backup"):
        restore("--replace")


def test_an_altered_backup_takes_no_place(data_dir: Path) -> None:
    before = entries(store_of(data_dir))
    path = data_dir / "backups" / f"{DAY}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        text = file.read()
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(
            text.replace("[0.5,0.3,0.2]", "[0.6,0.2,0.2]").replace("[0.5, 0.3, 0.2]", "[0.6, 0.2, 0.2]")
        )
    with pytest.raises(BrokenLedger):
        restore("--replace")
    assert entries(store_of(data_dir)) == before
    assert not list(data_dir.glob(".*restoring*"))
    assert not list(data_dir.glob("*.replaced-*"))


def test_a_backup_that_ends_before_a_published_head_is_refused(data_dir: Path) -> None:
    (data_dir / "sabiscore.db").unlink()
    put_track_record(data_dir / "publication", EMPTY.model_copy(update={"ledger_head": "ab" * 32}))
    with pytest.raises(BrokenLedger, match="published in the track record"):
        restore()
    assert not (data_dir / "sabiscore.db").exists()


def test_without_the_published_pages_nothing_is_restored_in_silence(data_dir: Path) -> None:
    (data_dir / "sabiscore.db").unlink()
    (data_dir / "publication" / "supplements.json").unlink()
    with pytest.raises(BadPublication) as refused:
        restore()
    assert "sabiscore sync pull" in refused.value.hint
    assert not (data_dir / "sabiscore.db").exists()


def test_a_new_machine_restores_from_the_bucket(
    data_dir: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = entries(store_of(data_dir))
    fleet = Fleet(tmp_path, s3, f"{make_bucket(s3)}/data")
    fleet.data_sync("data_dir").push()
    shutil.rmtree(data_dir)
    for name, value in fleet.environ("laptop").items():
        monkeypatch.setenv(name, value)
    assert [(each["day"], each["place"]) for each in restore("--list")] == [
        (DAY, "bucket"), (DAY_BEFORE, "bucket")
    ]  # fmt: skip
    found = restore()
    assert len(list((tmp_path / "laptop" / "backups" / "parts").iterdir())) == 1
    assert entries(store_of(tmp_path / "laptop")) == before
    assert found["lost_entries"] == 0


def test_a_person_reads_what_was_lost_and_how_long_it_took(data_dir: Path) -> None:
    (data_dir / "sabiscore.db").unlink()
    said = CliRunner().invoke(app, ["restore"], catch_exceptions=False).stdout
    assert "8 sealed, 1 settled, of which 4 came from the published pages. Lost: 0." in said
    assert "Prices and results end 2.0 h before what was published." in said
    assert "RTO: recovery took" in said
    assert "RPO: 0 entries" in said
