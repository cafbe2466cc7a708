"""Options and answers that several commands share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sabiscore.domain.data_kind import DataKind
from sabiscore.errors import BadSetting
from sabiscore.settings import path_of

Simulated = Annotated[
    bool,
    typer.Option("--simulated", help="Work on the simulated seasons and models instead of the real ones."),
]
PLAIN_HELP: Literal["markdown", "rich"] | None = None
"""How help is set: drawing it with rich takes longer to import than all else that a command does."""
WIDE = 140
"""Columns of what is printed where there is no terminal."""

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program to read.")]


def expanded(text: str) -> Path:
    """The path of an option or its variable, ``~`` as the home folder; raises BadSetting."""
    return path_of("The path", text)


def kind_from(simulated: bool) -> DataKind:
    """The kind of data folder that the option asks for."""
    return "simulated" if simulated else "real"


def day_from(text: str | None, option: str) -> date | None:
    """The date that ``text`` writes as YYYY-MM-DD, None for None; raises BadSetting naming ``option``.

    >>> day_from("2025-05-10", "--as-of")
    datetime.date(2025, 5, 10)
    """
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise BadSetting(
            f"{option} is {text[:40]!r}, which is no date.", hint="Write it like 2025-05-10."
        ) from None


def answer(document: Any) -> None:
    """Prints ``document`` as JSON on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=str))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Prints rows under their heads; columns of numbers stand to the right, and only words are folded."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title or None, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, name in enumerate(head):
        numeric = bool(rows) and all(_is_number(row[index]) for row in rows)
        justify: Literal["right", "left"] = "right" if numeric else "left"
        shown.add_column(name, justify=justify, overflow="fold", no_wrap=numeric or index == 0)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    # A file or a pipe has no width of its own.
    console = Console(highlight=False)
    (console if console.is_terminal else Console(highlight=False, width=WIDE)).print(shown)


def _is_number(text: str) -> bool:
    return text in ("", "-") or text.lstrip("+-").replace(".", "", 1).rstrip("%").isdigit()
