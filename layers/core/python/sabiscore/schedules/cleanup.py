"""``cron/cleanup``: the chain verified, a backup that restores, old rows archived, the day's figures kept."""

from __future__ import annotations

import gzip
import json
import tempfile
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from sabiscore.insights.whole import put_whole
from sabiscore.ledger.chain import verify
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.job import Turn
from sabiscore.schedules.report import Done
from sabiscore.store.backup import back_up, check_restores
from sabiscore.store.snapshots import Snapshot

SNAPSHOTS_KEPT = timedelta(days=400)
"""A season and a summer; older prices go to the archive."""
RUNS_KEPT = timedelta(days=30)
BACKUPS_KEPT = 7


def work(desk: Desk, turn: Turn) -> Done:
    """Raises BrokenLedger or BadStore when the ledger, or its backup, is not what it should be."""
    now = desk.now()
    chain = verify(desk.ledger.entries())
    backup = desk.kept / "backups" / f"{now:%Y-%m-%d}.jsonl.gz"
    rows = back_up(desk.store.database, backup)
    with tempfile.TemporaryDirectory() as scratch:
        check_restores(backup, Path(scratch))
    for old in sorted(backup.parent.glob("*.jsonl.gz"))[:-BACKUPS_KEPT]:
        old.unlink()
    turn.require()
    archived = _archive(desk, now)
    figures = {
        "sealed": chain.sealed,
        "settled": chain.settled,
        "backed_up": sum(rows.values()),
        "archived": archived,
        "runs_forgotten": desk.jobs.forget(now - RUNS_KEPT),
    }
    day = desk.kept / "days" / f"{now:%Y-%m-%d}.json"
    day.parent.mkdir(parents=True, exist_ok=True)
    put_whole(day, json.dumps({"at": now.isoformat(), "head": chain.head, **figures}, indent=2).encode())
    sentence = f"the chain of {chain.entries} entries holds, its backup restores, {archived} prices archived."
    return Done(sentence, figures)


def _archive(desk: Desk, now: datetime) -> int:
    """How many old prices left the store for a file; the file is whole before they leave."""
    before = now - SNAPSHOTS_KEPT
    old = desk.snapshots.before(before)
    if old:
        file = desk.kept / "prices" / f"until-{before:%Y-%m-%d}.jsonl.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        put_whole(file, gzip.compress("".join(map(_line, old)).encode()))
        desk.snapshots.forget(before)
    return len(old)


def _line(one: Snapshot) -> str:
    return json.dumps(asdict(one), default=lambda at: at.isoformat()) + "\n"
