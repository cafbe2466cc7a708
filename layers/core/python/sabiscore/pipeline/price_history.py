"""From the prices seen of coming matches to the published history of each; only what is new is read."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sabiscore.domain.match import BOOKS, Market
from sabiscore.errors import BadPublication
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.publication.price_history import (
    PriceHistory,
    PricePoint,
    PriceSeries,
    plain_history,
    thinned,
)
from sabiscore.publication.supplements import (
    PRICES,
    join_lines,
    line_of,
    lines_in,
    put_supplements,
    read_supplements,
)
from sabiscore.store.snapshots import Snapshot, Snapshots

MARKETS: tuple[Market, ...] = ("1x2", "ou25", "ah")
PUBLISHED_KEY = "schedules:prices"
"""The key of the CAS store that holds what the published histories were made from."""
_RANK = {book: place for place, book in enumerate(BOOKS)}


def publish_prices(
    folder: Path, match_ids: Iterable[str], now: datetime, snapshots: Snapshots, cas_store: CasStore
) -> int:
    """Publishes the history of the prices of ``match_ids`` in ``folder``; how many histories are new.

    A match of which no price was added since keeps its part, and other matches lose theirs. While the store
    holds the very same prices, the ones published stay as they are.
    """
    wanted = sorted(match_ids)
    held = snapshots.held()
    if held is not None and cas_store.read(PUBLISHED_KEY) == _basis(folder, held, wanted):
        return 0
    new = _publish(folder, wanted, now, snapshots)
    if held is not None:
        basis = _basis(folder, held, wanted)
        compare_and_swap(cas_store, PUBLISHED_KEY, lambda _: basis)
    return new


def _basis(folder: Path, held: str, match_ids: Sequence[str]) -> str:
    """From what the published histories were made, and the hash of their file as it lies there."""
    try:
        file = read_supplements(folder).files.get(PRICES)
        published = hashlib.sha256(file.read()).hexdigest() if file is not None else "none"
    except BadPublication:
        published = "unreadable"
    return f"{held} {hashlib.sha256(' '.join(match_ids).encode()).hexdigest()} {published}"


def _publish(folder: Path, wanted: Sequence[str], now: datetime, snapshots: Snapshots) -> int:
    seen = snapshots.counts(wanted)
    published = _published(folder)
    known = published or {}
    kept = {key: known[key] for key in seen if key in known and known[key].startswith(_begin(seen[key]))}
    new = [key for key in wanted if key in seen and key not in kept]
    if published is not None and not new and kept.keys() == published.keys():
        return 0
    made = _made(snapshots, new, now, seen)
    lines = {**kept, **{key: line_of(plain_history(history)) for key, history in made.items()}}
    put_supplements(folder, {PRICES: (join_lines(lines), "jsonl")})
    return len(new)


def _begin(basis: str) -> bytes:
    """How the line of a history with this ``basis`` begins."""
    return line_of({"basis": basis}).rstrip(b"}\n")


def history_of(seen: Iterable[Snapshot], basis: str = "") -> PriceHistory:
    """The thinned history of one match from all its prices, the match's outcome first."""
    series: defaultdict[tuple[int, int, float], list[Snapshot]] = defaultdict(list)
    count = 0
    for snapshot in sorted(seen, key=lambda snapshot: snapshot.quoted_at):
        place = MARKETS.index(snapshot.market), _RANK.get(snapshot.book, len(BOOKS)), snapshot.line or 0.0
        series[place].append(snapshot)
        count += 1
    return PriceHistory(thinned([_series(of) for _, of in sorted(series.items())]), count, basis)


def _series(of: list[Snapshot]) -> PriceSeries:
    points = tuple(PricePoint(snapshot.quoted_at, snapshot.odds, snapshot.source) for snapshot in of)
    return PriceSeries(of[0].market, of[0].book, of[0].line, points)


def _made(
    snapshots: Snapshots, match_ids: list[str], now: datetime, basis: Mapping[str, str]
) -> dict[str, PriceHistory]:
    found = snapshots.every(match_ids)
    return {
        key: history_of((price for price in of if price.quoted_at <= now), basis[key])
        for key, of in found.items()
    }


def _published(folder: Path) -> Mapping[str, bytes] | None:
    """The lines that are published; None where there are none that can be read: all are then made anew."""
    try:
        file = read_supplements(folder).files.get(PRICES)
        return lines_in(file.read()) if file is not None else None
    except BadPublication:
        return None
