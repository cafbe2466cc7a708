"""A store that cannot be had says why and what to do, and never shows a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from sabiscore.errors import BadSetting, BadStore, DiskUnavailable, StoreUnavailable
from sabiscore.store.database import Store


def test_a_sqlite_store_is_made_on_demand(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/a/b/store.db", tmp_path / "archive").close()
    assert (tmp_path / "a" / "b" / "store.db").is_file()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", ""])
def test_a_url_of_another_kind_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        Store.open(url, tmp_path)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("just a note\n" * 100)
    with pytest.raises(BadStore, match="no database of ours"):
        Store.open(f"sqlite:///{tmp_path}/store.db", tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskUnavailable, match="file could not be written: File exists"):
        Store.open(f"sqlite:///{tmp_path}/file/store.db", tmp_path)


def test_a_server_that_is_down_is_unavailable_and_its_password_stays_secret(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be used") as caught:
        Store.open("postgresql://someone:hunter2@127.0.0.1:1/none", tmp_path)
    assert "hunter2" not in str(caught.value) + caught.value.hint
