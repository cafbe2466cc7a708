"""The bytes of a football-data.co.uk file → its rows, or a clear word on why there are none."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from sabiscore.errors import BadSeasonFile
from sabiscore.sources.base import MEBIBYTE

MOST_TABLE_BYTES = 8 * MEBIBYTE
_MARKUP = re.compile(r"\s*<(!doctype|html|head|body|\?xml|!--|meta|script|svg)", re.IGNORECASE)
FETCH_AGAIN = "Fetch the file again; it should be plain CSV text."


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands at ``line`` (from 1) of the file, its cells stripped."""

    line: int
    cells: list[str]

    def padded(self, width: int) -> list[str]:
        """The cells, with blank ones after them up to ``width``."""
        missing = width - len(self.cells)
        return self.cells + [""] * missing if missing > 0 else self.cells


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header and the rows below it that are not blank."""

    header: list[str]
    rows: list[Row]
    blank_rows: int


def read_table(data: bytes) -> Table:
    """The table in ``data``: UTF-8 with or without a mark, else Windows-1252.

    Raises BadSeasonFile for what is no table of text, and for a file cut off within its last row.
    """
    text = _text(data)
    if _MARKUP.match(text):
        raise BadSeasonFile(
            "it is a web page, not a table.",
            hint="Save the file that the page links to; a page in its place may say why there is none.",
        )
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    rows = []
    blank = 0
    try:
        for cells in reader:
            stripped = list(map(str.strip, cells))
            if any(stripped):
                rows.append(Row(reader.line_num, stripped))
            else:
                blank += 1
    except csv.Error as error:
        raise BadSeasonFile(f"line {reader.line_num}: {error}.", hint=FETCH_AGAIN) from error
    if not rows:
        raise BadSeasonFile("it is empty.", hint=FETCH_AGAIN)
    if text[-1] not in "\r\n" and len(rows) > 1 and len(rows[-1].cells) < len(rows[-2].cells):
        raise BadSeasonFile(
            f"it ends in the middle of line {rows[-1].line}.",
            hint="It was cut off on its way here: fetch it again.",
        )
    return Table(rows[0].cells, rows[1:], blank)


def _text(data: bytes) -> str:
    if len(data) > MOST_TABLE_BYTES:
        raise BadSeasonFile(
            f"it has more than {MOST_TABLE_BYTES // MEBIBYTE} MiB.", hint="A season takes well under one."
        )
    if b"\0" in data:
        raise BadSeasonFile("it is binary.", hint=FETCH_AGAIN)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
