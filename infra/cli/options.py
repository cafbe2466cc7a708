"""Options and answers that several commands share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer

from infra.homes import Kind
from sabiscore.errors import BadSetting

Simulated = Annotated[
    bool,
    typer.Option("--simulated", help="Work on the simulated seasons and models instead of the real ones."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program to read.")]


def kind_from(simulated: bool) -> Kind:
    """The kind of home that the option asks for."""
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
    """Prints rows under their heads; columns after the first stand to the right when they are numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for index, name in enumerate(head):
        numeric = all(_is_number(row[index]) for row in rows) and bool(rows)
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(shown)


def _is_number(text: str) -> bool:
    return text in ("", "-") or text.lstrip("+-").replace(".", "", 1).rstrip("%").isdigit()
