"""``cron/cleanup``: verifies the ledger, takes a backup that restores, archives old rows, records the day."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sabiscore.errors import CacheUnavailable, Untrusted
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.ledger.chain import PublishedHead, Verified, verify, verify_since
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.observability.log import log
from sabiscore.observability.metrics import METRICS
from sabiscore.pipeline.cold_storage import BETS, PRICES, archiver
from sabiscore.publication.daily_anchors import LedgerDay, add_day, read_days
from sabiscore.publication.published_heads import published_heads
from sabiscore.store.backup import back_up, check_restores, check_whole
from sabiscore.store.backup_parts import PARTS as BACKUP_PARTS
from sabiscore.store.backup_parts import forget_parts

PRICES_KEPT_FOR = timedelta(days=400)
"""A season and a summer; older prices and settled bets move to cold storage."""
RUNS_KEPT_FOR = timedelta(days=30)
EVENTS_KEPT_FOR = timedelta(days=30)
BACKUPS_KEPT = 7
WHOLE_EVERY = timedelta(days=7)
"""So often the ledger is verified from its first entry, and a backup restored as a whole."""
WHOLE_KEY = "schedules:backup-restored"
"""The key of the CAS store that holds when both were done last."""
TEMPORARY_FOR = timedelta(days=1)
"""A temporary file older than this was left by a process that was killed."""


def work(context: JobContext, run: JobRun) -> JobResult:
    """Verifies, backs up and archives. Raises BrokenLedger or BadStore when ledger or backup is not valid."""
    now = context.now()
    whole = _whole_is_due(context, now)
    chain = _verified(context, None if whole else _anchor(context))
    backed_up = _back_up(context, now, whole=whole)
    run.require_alive()
    before = now - PRICES_KEPT_FOR
    archive_prices = archiver(context.cold_storage / PRICES, now, context.push)
    archive_bets = archiver(context.cold_storage / BETS, now, context.push)
    figures = {
        "entries": chain.entries,
        "backed_up": backed_up,
        "prices_put_away": len(context.snapshots.forget(before, archive_prices)),
        "bets_put_away": len(context.bets.forget(before, archive_bets)),
        "runs_forgotten": context.jobs.forget(now - RUNS_KEPT_FOR),
        "events_forgotten": context.outbox.forget(now - EVENTS_KEPT_FOR),
        "files_left_behind": _sweep_files(context, now),
    }
    problems: tuple[str, ...] = ()
    try:
        figures["cache_members_dropped"] = context.sweep_cache()
    except CacheUnavailable as error:
        problems = (f"The cache was not swept: {error}",)
    runs = context.jobs.outcomes(now - timedelta(days=1))
    day = LedgerDay(f"{now.astimezone(UTC):%Y-%m-%d}", chain.entries, chain.head, runs, figures)
    add_day(context.publication_dir, day)
    return JobResult(_sentence(figures), figures, problems)


def _anchor(context: JobContext) -> PublishedHead | None:
    """The newest head of a day that was published, up to which the chain was verified; None before one."""
    days = read_days(context.publication_dir)
    newest = days[-1] if days and days[-1].entries else None
    return PublishedHead(newest.head, f"on {newest.day}", newest.entries) if newest else None


def _verified(context: JobContext, anchor: PublishedHead | None) -> Verified:
    """The chain from ``anchor`` on, or the whole one, verified against the heads published since.

    Logs and raises Untrusted if it is broken.
    """
    ledger, heads = context.ledger, published_heads(context.publication_dir)
    try:
        if anchor is None or anchor.entries is None:
            verified = verify(ledger.checked_entries(), heads)
            ledger.require_open_seals()
        else:
            last = anchor.entries
            verified = verify_since(
                anchor,
                ledger.checked_entries(last - 1),
                [head for head in heads if head.entries is not None and head.entries > last],
                was_sealed=lambda digest: ledger.was_sealed(digest, last),
            )
            ledger.require(head for head in heads if head.entries is None)
            ledger.require_open_seals(last)
    except Untrusted as error:
        METRICS.ledger_verified("broken")
        log().error(f"The ledger cannot be trusted: {error}")
        raise
    METRICS.ledger_verified("intact")
    return verified


def _back_up(context: JobContext, now: datetime, *, whole: bool) -> int:
    """How many rows today's backup holds, whose every part was looked at; ``whole``: it was restored too."""
    path = context.backups / f"{now.astimezone(UTC):%Y-%m-%d}.jsonl.gz"
    written = back_up(context.store.database, path)
    check_whole(path)
    if whole:
        with tempfile.TemporaryDirectory() as scratch:
            check_restores(path, Path(scratch))
        compare_and_swap(context.cas_store, WHOLE_KEY, lambda _: now.isoformat())
    for old in sorted(context.backups.glob("*.jsonl.gz"))[:-BACKUPS_KEPT]:
        old.unlink()
    forget_parts(context.backups)
    return sum(written.values())


def _whole_is_due(context: JobContext, now: datetime) -> bool:
    """Whether the chain was not verified as a whole, and no backup restored, within the last week."""
    last = context.cas_store.read(WHOLE_KEY)
    return last is None or not timedelta(0) <= now - datetime.fromisoformat(last) < WHOLE_EVERY


def _sweep_files(context: JobContext, now: datetime) -> int:
    """How many temporary files of processes that were killed were removed."""
    folders = (
        context.publication_dir,
        context.backups,
        context.backups / BACKUP_PARTS,
        context.learning,
        context.cold_storage / PRICES,
        context.cold_storage / BETS,
    )
    oldest = (now - TEMPORARY_FOR).timestamp()
    left = [
        path
        for folder in folders
        for path in folder.glob(".*")
        if path.is_file() and path.stat().st_mtime < oldest
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _sentence(figures: Mapping[str, int]) -> str:
    """
    >>> _sentence({"entries": 900, "backed_up": 1200, "prices_put_away": 40, "bets_put_away": 3})
    'The chain of 900 entries holds, the backup of 1200 rows is whole, 40 prices and 3 bets were archived.'
    """
    prices, bets = figures["prices_put_away"], figures["bets_put_away"]
    return (
        f"The chain of {figures['entries']} entries holds, the backup of {figures['backed_up']} rows "
        f"is whole, {prices} prices and {bets} bets were archived."
    )
