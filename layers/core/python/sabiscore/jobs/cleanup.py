"""``cron/cleanup``: the ledger verified, a backup that restores, old rows put away, the day on record."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sabiscore.errors import CacheUnavailable, Untrusted
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.ledger.chain import Verified, verify
from sabiscore.observability.log import log
from sabiscore.pipeline.cold_storage import BETS, PRICES, keeper
from sabiscore.publication.daily_anchors import LedgerDay, add_day, anchored, read_days
from sabiscore.store.backup import back_up, check_restores

KEPT_FOR = timedelta(days=400)
"""A season and a summer; older prices and settled bets are put away."""
RUNS_KEPT_FOR = timedelta(days=30)
EVENTS_KEPT_FOR = timedelta(days=30)
BACKUPS_KEPT = 7
LEFT_BEHIND = timedelta(days=1)
"""A file that is being written is not this old: whoever wrote it was killed."""


def work(desk: JobContext, turn: JobRun) -> JobResult:
    """Raises BrokenLedger or BadStore when the ledger, or its backup, is not what it should be."""
    now = desk.now()
    chain = _verified(desk)
    backed_up = _back_up(desk, now)
    turn.require()
    before = now - KEPT_FOR
    figures = {
        "entries": chain.entries,
        "backed_up": backed_up,
        "prices_put_away": len(
            desk.snapshots.forget(before, keeper(desk.away / PRICES, now, desk.hand_over))
        ),
        "bets_put_away": len(desk.bets.forget(before, keeper(desk.away / BETS, now, desk.hand_over))),
        "runs_forgotten": desk.jobs.forget(now - RUNS_KEPT_FOR),
        "events_forgotten": desk.relay.forget(now - EVENTS_KEPT_FOR),
        "files_left_behind": _sweep_files(desk, now),
    }
    problems: tuple[str, ...] = ()
    try:
        figures["cache_members_dropped"] = desk.sweep_cache()
    except CacheUnavailable as error:
        problems = (f"The cache was not swept: {error}",)
    runs = desk.jobs.outcomes(now - timedelta(days=1))
    add_day(
        desk.folder, LedgerDay(f"{now.astimezone(UTC):%Y-%m-%d}", chain.entries, chain.head, runs, figures)
    )
    return JobResult(_sentence(figures), figures, problems)


def _verified(desk: JobContext) -> Verified:
    """The whole chain, against the anchors that were published; what is wrong with it is logged too."""
    try:
        return verify(anchored(desk.ledger.entries(), read_days(desk.folder)))
    except Untrusted as error:
        log().error(f"The ledger cannot be trusted: {error}")
        raise


def _back_up(desk: JobContext, now: datetime) -> int:
    """Rows in today's backup, which was restored to see whether it does."""
    path = desk.backups / f"{now.astimezone(UTC):%Y-%m-%d}.jsonl.gz"
    written = back_up(desk.store.database, path)
    with tempfile.TemporaryDirectory() as scratch:
        check_restores(path, Path(scratch))
    for old in sorted(desk.backups.glob("*.jsonl.gz"))[:-BACKUPS_KEPT]:
        old.unlink()
    return sum(written.values())


def _sweep_files(desk: JobContext, now: datetime) -> int:
    """How many files of writers that were killed were removed."""
    folders = (desk.folder, desk.backups, desk.away / PRICES, desk.away / BETS)
    oldest = (now - LEFT_BEHIND).timestamp()
    left = [
        path
        for folder in folders
        for path in folder.glob(".*")
        if path.is_file() and path.stat().st_mtime < oldest
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _sentence(figures: dict[str, int]) -> str:
    """
    >>> _sentence({"entries": 900, "backed_up": 1200, "prices_put_away": 40, "bets_put_away": 3})
    'The chain of 900 entries holds, the backup of 1200 rows restores, 40 prices and 3 bets were put away.'
    """
    prices, bets = figures["prices_put_away"], figures["bets_put_away"]
    return (
        f"The chain of {figures['entries']} entries holds, the backup of {figures['backed_up']} rows "
        f"restores, {prices} prices and {bets} bets were put away."
    )
