"""The record as a table, in CSV (RFC 4180) or Parquet: a row for each part of it and of the evaluation."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, cast

from sabiscore.http.caching import Headers
from sabiscore.http.representation import JSON, Representation
from sabiscore.insights.document import Document
from sabiscore.insights.track_record import Performance, RecordDays, Slice

CSV_TYPE = "text/csv; charset=utf-8"
PARQUET_TYPE = "application/vnd.apache.parquet"

SCORES = ("n", "log_loss", "brier", "rps", "accuracy", "calibration_error")
AGAINST = ("against_early_odds", "against_closing_odds")
PARTS = ("difference", "low", "high")
BETS = ("n", "won", "profit_units", "roi", "roi_low", "roi_high", "closing_line_value")
WORDS = ("source", "part", "key", "forecaster")
COUNTS = ("n", "bets_n", "bets_won")
"""Columns of text and of whole numbers; all others are numbers, or empty where something is not known."""
HEAD = (
    *WORDS,
    *SCORES,
    *(f"{name}_{part}" for name in AGAINST for part in PARTS),
    *(f"bets_{name}" for name in BETS),
)
"""``source``: ``record``, sealed before kick-off; ``evaluation``, of seasons that the model had not seen."""


def record_csv(document: Document) -> bytes:
    """The table as CSV; a cell is empty where something is not known."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEAD)
    table.writerows(_rows(document))
    return text.getvalue().encode()


def record_parquet(document: Document) -> bytes:
    """The table as Parquet; a cell is null where something is not known."""
    # Imported by the first reader who wants it: nothing else that one asks for needs it.
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    kinds = {**dict.fromkeys(WORDS, DataType.utf8()), **dict.fromkeys(COUNTS, DataType.int64())}
    columns = zip(HEAD, zip(*_rows(document), strict=True), strict=True)
    arrays = [Array(cells, kinds.get(name, DataType.float64())) for name, cells in columns]
    file = io.BytesIO()
    write_parquet(Table.from_arrays(arrays, names=HEAD), file)
    return file.getvalue()


def _rows(document: Document) -> Iterator[list[Any]]:
    record = cast("Performance", document)
    yield from _record_rows(record)
    yield from _evaluation_rows(record)


def _record_rows(record: Performance) -> Iterator[list[Any]]:
    yield _slice_row("all", "", record.all)
    yield _slice_row("last_month", "", record.last_month)
    for league, of_league in record.by_league.items():
        yield _slice_row("league", league, of_league)
    for version, of_version in record.by_version.items():
        yield _slice_row("bundle", version, of_version)


def _evaluation_rows(record: Performance) -> Iterator[list[Any]]:
    shown = record.evaluation
    if shown is None:
        return
    parts = (("all", {"": shown.all}), ("league", shown.by_league), ("season", shown.by_season))
    for part, slices in parts:
        for key, forecasters in slices.items():
            for forecaster, scores in forecasters.items():
                yield ["evaluation", part, key, forecaster, *_score_cells(scores), *([None] * len(BETS))]


def _slice_row(part: str, key: str, of: Slice) -> list[Any]:
    bets = [getattr(of.bets, name) if of.bets else None for name in BETS]
    return ["record", part, key, "sealed", *_score_cells(of.predictions), *bets]


def _score_cells(scores: object | None) -> list[Any]:
    plain = [getattr(scores, name, None) for name in SCORES]
    against = [getattr(getattr(scores, name, None), part, None) for name in AGAINST for part in PARTS]
    return [*plain, *against]


def _neighbours(document: Document) -> Headers:
    """Where the seasons before and after are (RFC 8288)."""
    page = cast("RecordDays", document)
    links = {"prev": page.previous, "next": page.next}
    named = [f'<{href}>; rel="{name}"' for name, href in links.items() if href is not None]
    return (("link", ", ".join(named)),) if named else ()


RECORD_DAYS = Representation(JSON.media_type, JSON.encode, headers_of=_neighbours)
RECORD_FORMS = {
    "json": JSON,
    "csv": Representation(CSV_TYPE, record_csv),
    "parquet": Representation(PARQUET_TYPE, record_parquet),
}
"""By the name that ``format=`` has for them."""
