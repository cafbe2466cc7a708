"""Every disaster that docs/recovery.md names, caused and ended: no sealed prediction is lost."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from infra.drills.disasters import DRILLS, migrate
from infra.drills.scene import AFTER_IT, FLEET, IN_BACKUP, scene
from infra.project import ROOT
from sabiscore.errors import BadStore
from sabiscore.store.jobs import Jobs
from sabiscore.store.session import Database


@pytest.mark.parametrize("name", DRILLS)
def test_a_disaster_ends_and_no_sealed_prediction_is_lost(name: str, s3: str, tmp_path: Path) -> None:
    fleet = scene(tmp_path, s3)
    assert len(fleet.entries()) == IN_BACKUP + AFTER_IT + 10
    found = DRILLS[name].act(fleet)
    assert found.lost == 0
    assert found.behind_h in (None, 2.0)


@pytest.mark.parametrize("name", DRILLS)
def test_operations_say_what_ends_it(name: str) -> None:
    text = (ROOT / "docs/recovery.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    assert [command for command in DRILLS[name].ended_by.split(", ") if command not in row] == []


def test_code_of_before_refuses_a_store_whose_migration_took_something_away(s3: str, tmp_path: Path) -> None:
    fleet = scene(tmp_path, s3)
    assert migrate(fleet, "9999", ["DROP TABLE push_topics"])
    with closing(Database(fleet.store(FLEET))) as database, pytest.raises(BadStore, match="migration 9999"):
        Jobs(database).last("odds")
