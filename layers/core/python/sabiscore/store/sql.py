"""What statements are made with everywhere: INSERT as a dialect knows it, and long lists in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

VALUES_A_STATEMENT = 500
"""Rows or keys in one statement: SQLite takes at most 32,766 values."""


def insert_into(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may say what happens ON CONFLICT; both dialects say it in the same words."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """``items`` in order, PART at a time."""
    for begin in range(0, len(items), VALUES_A_STATEMENT):
        yield items[begin : begin + VALUES_A_STATEMENT]
