"""The record as a table (RFC 4180): a row for each part of the record, and of the bundle's evaluation."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, cast

from sabiscore.http.representation import Representation
from sabiscore.insights.document import Document
from sabiscore.insights.track_record import Performance, Slice

CSV_TYPE = "text/csv; charset=utf-8"

SCORES = ("n", "log_loss", "brier", "rps", "accuracy", "calibration_error")
AGAINST = ("against_early_odds", "against_closing_odds")
PARTS = ("difference", "low", "high")
BETS = ("n", "won", "profit_units", "roi", "roi_low", "roi_high", "closing_line_value")
HEAD = (
    "source",
    "part",
    "key",
    "forecaster",
    *SCORES,
    *(f"{name}_{part}" for name in AGAINST for part in PARTS),
    *(f"bets_{name}" for name in BETS),
)
"""``source``: ``record``, sealed before kick-off; ``evaluation``, of seasons that the model had not seen."""


def record_table(document: Document) -> bytes:
    """The table; a cell is empty where something is not known."""
    record = cast("Performance", document)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(HEAD)
    table.writerows(_record_rows(record))
    table.writerows(_evaluation_rows(record))
    return text.getvalue().encode()


def _record_rows(record: Performance) -> Iterator[list[Any]]:
    yield _slice_row("all", "", record.all)
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
                yield ["evaluation", part, key, forecaster, *_score_cells(scores), *([""] * len(BETS))]


def _slice_row(part: str, key: str, of: Slice) -> list[Any]:
    bets = [getattr(of.bets, name) if of.bets else None for name in BETS]
    return ["record", part, key, "sealed", *_score_cells(of.predictions), *map(_cell, bets)]


def _score_cells(scores: object | None) -> list[Any]:
    plain = [_cell(getattr(scores, name, None)) for name in SCORES]
    against = [getattr(getattr(scores, name, None), part, None) for name in AGAINST for part in PARTS]
    return [*plain, *map(_cell, against)]


def _cell(value: Any) -> Any:
    return "" if value is None else value


RECORD_TABLE = Representation(CSV_TYPE, record_table)
