"""A CSV answer → rows by column name, as JSON answers have them."""

from __future__ import annotations

from collections.abc import Iterable

from sabiscore.errors import BadSeasonFile
from sabiscore.sources.football_data_table import read_table
from sabiscore.sources.reading import bad_answer


def read_rows(provider: str, data: bytes, needed: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a table without their blank cells. Raises BadAnswer, also when a column is missing."""
    try:
        table = read_table(data)
    except BadSeasonFile as error:
        raise bad_answer(provider, str(error).rstrip(".")) from None
    names = [name for name in table.header if name]
    if len(set(names)) != len(names):
        raise bad_answer(provider, "a column is named twice")
    for name in needed:
        if name not in names:
            raise bad_answer(provider, f"there is no column {name}")
    width = len(table.header)
    rows = (zip(table.header, row.padded(width), strict=False) for row in table.rows)
    return [{name: cell for name, cell in row if name and cell} for row in rows]
