"""From the prices seen of coming matches to the published history of each; only what is new is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sabiscore.domain.match import BOOKS, Market
from sabiscore.errors import BadPublication
from sabiscore.publication.price_history import (
    PriceHistory,
    PricePoint,
    PriceSeries,
    plain_history,
    thinned,
)
from sabiscore.publication.supplements import (
    PRICES,
    encode_parts,
    parts_of,
    put_supplements,
    read_supplements,
)
from sabiscore.store.snapshots import Snapshot, Snapshots

MARKETS: tuple[Market, ...] = ("1x2", "ou25", "ah")
_RANK = {book: place for place, book in enumerate(BOOKS)}


def publish_prices(folder: Path, match_ids: Iterable[str], now: datetime, snapshots: Snapshots) -> int:
    """Publishes the history of the prices of ``match_ids`` in ``folder``; how many histories are new.

    A match of which no price was added since keeps its part, and other matches lose theirs.
    """
    wanted = sorted(match_ids)
    seen = snapshots.counts(wanted)
    known = _published(folder)
    kept = {key: known[key] for key in wanted if key in known and known[key].get("basis") == seen.get(key)}
    new = [key for key in wanted if key in seen and key not in kept]
    parts = {**kept, **{key: plain_history(made) for key, made in _made(snapshots, new, now, seen).items()}}
    put_supplements(folder, {PRICES: (encode_parts(parts), "jsonl")})
    return len(new)


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


def _published(folder: Path) -> Mapping[str, Any]:
    """The parts that are published; none where they cannot be read: all are then made anew."""
    try:
        file = read_supplements(folder).files.get(PRICES)
        return parts_of(file.read()) if file is not None else {}
    except BadPublication:
        return {}
