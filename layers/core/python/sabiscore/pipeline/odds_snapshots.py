"""From what sources quote to snapshots in the store, and from snapshots to a match's prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sabiscore.domain.book import is_offer
from sabiscore.domain.facts import Quote
from sabiscore.domain.match import BOOKS, LINE_BOOKS, Market, Match, Phase
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.resolve import Resolved
from sabiscore.sources.base import Reply
from sabiscore.store.snapshots import Snapshot

QUOTED_TOGETHER = timedelta(hours=3)
"""Prices quoted farther apart than this do not stand beside each other."""
SEEN_AGAIN = timedelta(minutes=30)
"""How often a price without a date of its own is put down again while it does not change."""
FROM_SO_MANY = 2
"""Books that make an average."""
DECIMALS = 3
KNOWN: Mapping[Market, Sequence[str]] = {"1x2": BOOKS, "ou25": LINE_BOOKS, "ah": LINE_BOOKS}

Place = tuple[str, Market, str]
"""Match, market and book."""


def seen_prices(
    gathered: FetchedFacts,
    resolved: Mapping[str, Resolved],
    kickoffs: Mapping[str, datetime | None],
    latest: Mapping[str, Sequence[Snapshot]],
    now: datetime,
) -> list[Snapshot]:
    """What the sources quote before kick-off, with an average and a best price where a source has none.

    A price is dated by its source, else by ``now``; never after either.
    """
    before = {
        (snapshot.match_id, snapshot.market, snapshot.book): snapshot
        for of in latest.values()
        for snapshot in of
    }
    return [
        snapshot
        for source, replies in sorted(gathered.replies.items())
        for place, quotes in _by_market(replies, resolved.get(source)).items()
        for snapshot in _snapshots(source, place, quotes=quotes, kickoffs=kickoffs, before=before, now=now)
    ]


def _by_market(replies: Iterable[Reply], resolved: Resolved | None) -> dict[tuple[str, Market], list[Quote]]:
    found: defaultdict[tuple[str, Market], list[Quote]] = defaultdict(list)
    ids = resolved.matches if resolved else {}
    for reply in replies:
        for quote in reply.of(Quote):
            if quote.phase == "pre" and quote.event in ids:
                found[ids[quote.event], quote.market].append(quote)
    return found


def _snapshots(
    source: str,
    place: tuple[str, Market],
    *,
    quotes: Sequence[Quote],
    kickoffs: Mapping[str, datetime | None],
    before: Mapping[Place, Snapshot],
    now: datetime,
) -> Iterator[Snapshot]:
    match_id, market = place
    kickoff_at = kickoffs.get(match_id)
    if kickoff_at is not None and now >= kickoff_at:
        quotes = [quote for quote in quotes if quote.quoted_at is not None and quote.quoted_at < kickoff_at]
    stated = {quote.book for quote in quotes}
    for quote in quotes:
        if quote.book in KNOWN[market]:
            dated = min(quote.quoted_at, now) if quote.quoted_at else None
            snapshot = Snapshot(
                match_id=match_id,
                market=market,
                book=quote.book,
                odds=quote.prices,
                quoted_at=dated or now,
                source=source,
                fetched_at=now,
                line=quote.line,
            )
            if _is_news(snapshot, before, dated=dated is not None):
                yield snapshot
    if market == "ah" or (kickoff_at is not None and now >= kickoff_at):
        return  # lines differ from book to book
    for book, prices, newest in _summaries(quotes, now):
        last = before.get((match_id, market, book))
        is_later = last is None or newest > last.quoted_at
        snapshot = Snapshot(
            match_id=match_id,
            market=market,
            book=book,
            odds=prices,
            quoted_at=newest if is_later else now,  # of one instant the first is kept
            source=source,
            fetched_at=now,
        )
        if book not in stated and _is_news(snapshot, before, dated=False):
            yield snapshot


def _is_news(snapshot: Snapshot, before: Mapping[Place, Snapshot], *, dated: bool) -> bool:
    """Whether ``snapshot`` is not put down already: ``dated`` by its source, or else the same a while ago."""
    last = before.get((snapshot.match_id, snapshot.market, snapshot.book))
    if last is not None and dated:
        return (last.quoted_at, last.source) != (snapshot.quoted_at, snapshot.source)
    if last is None or (last.odds, last.line) != (snapshot.odds, snapshot.line):
        return True
    return snapshot.quoted_at - last.quoted_at >= SEEN_AGAIN


def _summaries(quotes: Sequence[Quote], now: datetime) -> Iterator[tuple[str, tuple[float, ...], datetime]]:
    """The mean and the best price of the books that quote together, and when the newest of them did."""
    dated = [(min(quote.quoted_at or now, now), quote) for quote in quotes if is_offer(quote.book)]
    if not dated:
        return
    newest = max(at for at, _ in dated)
    prices = [quote.prices for at, quote in dated if newest - at <= QUOTED_TOGETHER]
    if len(prices) >= FROM_SO_MANY:
        columns = list(zip(*prices, strict=True))
        yield "avg", tuple(round(sum(column) / len(column), DECIMALS) for column in columns), newest
        yield "max", tuple(max(column) for column in columns), newest


def priced(match: Match, snapshots: Sequence[Snapshot], phase: Phase = "pre") -> Match:
    """``match`` with the prices that stand together, dated by the oldest of them.

    What ``match`` has already stays when nothing newer was seen.
    """
    bets = [snapshot for snapshot in snapshots if snapshot.market == "1x2"]
    if not bets:
        return match
    newest = max(bet.quoted_at for bet in bets)
    if phase == "pre" and match.priced_at is not None and match.priced_at > newest:
        return match
    kept = [snapshot for snapshot in snapshots if abs(newest - snapshot.quoted_at) <= QUOTED_TOGETHER]
    lines = [snapshot for snapshot in kept if snapshot.market == "ah" and snapshot.line is not None]
    line = (
        max(lines, key=lambda snapshot: (snapshot.quoted_at, snapshot.book == "avg", snapshot.book)).line
        if lines
        else None
    )
    prices = {
        (snapshot.market, snapshot.book, phase): snapshot.odds
        for snapshot in sorted(kept, key=lambda snapshot: (snapshot.market, snapshot.book))
        if snapshot.market != "ah" or (line is not None and snapshot.line == line)
    }
    others = {key: odds for key, odds in match.prices.items() if key[2] != phase}
    dated = min(snapshot.quoted_at for snapshot in kept) if phase == "pre" else match.priced_at
    known_lines: dict[Phase, float] = {other: value for other, value in match.lines.items() if other != phase}
    if line is not None:
        known_lines[phase] = line
    return replace(match, prices=others | prices, lines=known_lines, priced_at=dated)
