"""``sabiscore cost``: what readers cost in a month."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import AsJson, answer, table
from sabiscore.errors import BadSetting

if TYPE_CHECKING:
    from infra.cost.bill import Bill, BillLine
    from infra.cost.prices import ProviderPrices
    from infra.cost.usage import VisitKind, VisitUsage

MOST_READERS = 10**12
HEAD = ("service", "US$ a month", "share", "not known")
CHECK = "Check prices at their sources (infra/cost/prices.toml) before you plan with them."


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(cost)


def cost(
    readers: Annotated[
        float, typer.Option(metavar="N", help="Visits a month, like 1e6.", show_default="1e6")
    ] = 1e6,
    visit: Annotated[
        str,
        typer.Option(
            metavar="KIND", help="page: the start page and a match in a browser; api: ten insights."
        ),
    ] = "page",
    as_json: AsJson = False,
) -> None:
    """What readers cost in a month: each service with its share, the total, and the number that dominates.

    From dated prices and from what a visit was measured to take; what was not measured is named and left out,
    so the total is a least one. Schedules and stored bytes cost the same for any number of readers: left out.
    """
    from infra.cost.bill import bill_of
    from infra.cost.prices import read_prices
    from infra.cost.usage import read_usage

    visits, prices, taken = _visits(readers), read_prices(), read_usage(_kind(visit))
    bill = bill_of(visits, taken, prices)
    if as_json:
        answer(_document(bill, taken, prices))
    else:
        _show(bill, taken, prices)


def _visits(readers: float) -> int:
    if not math.isfinite(readers) or not 0 <= readers <= MOST_READERS or readers != int(readers):
        raise BadSetting(
            f"--readers is {readers:g}, which is no number of visits.",
            hint=f"Give a whole number from 0 to {MOST_READERS:.0e}, like 1e6.",
        )
    return int(readers)


def _kind(text: str) -> VisitKind:
    from infra.cost.usage import VISIT_KINDS

    for kind in VISIT_KINDS:
        if kind == text:
            return kind
    raise BadSetting(f"--visit is {text[:40]!r}.", hint=f"Choose one of {', '.join(VISIT_KINDS)}.")


def _document(bill: Bill, taken: VisitUsage, prices: ProviderPrices) -> dict[str, Any]:
    return {
        "readers": bill.visits,
        "visit": taken.what,
        "measured_on": taken.measured_on,
        "usd_a_month": bill.total,
        "dominant": asdict(bill.dominant) if bill.dominant else None,
        "services": [asdict(service) for service in bill.services],
        "lines": [asdict(line) for line in bill.lines],
        "prices": [*map(asdict, prices.plans), *map(asdict, prices.prices.values())],
        "left_out": taken.left_out,
        "note": CHECK,
    }


def _show(bill: Bill, taken: VisitUsage, prices: ProviderPrices) -> None:
    typer.echo(f"{bill.visits:,} visits a month, each: {taken.what}\n")
    rows = [
        (
            service.service,
            f"{service.usd:.2f}",
            "-" if service.share is None else f"{service.share:.0%}",
            ", ".join(service.not_known),
        )
        for service in bill.services
    ]
    table(HEAD, rows)
    typer.echo(f"\nTotal: at least US$ {bill.total:,.2f} a month.")
    if bill.dominant is not None:
        typer.echo(f"Most of it: {_words(bill.dominant)}.")
    typer.echo(f"Left out: {taken.left_out}")
    typer.echo(f"Prices as of {prices.oldest}, a visit as measured on {taken.measured_on}. {CHECK}")


def _words(line: BillLine) -> str:
    if line.a_visit is None:
        return f"{line.service}, {line.what} (US$ {line.usd:,.2f})"
    return f"{line.service}, {line.a_visit:g} {line.what} a visit (US$ {line.usd:,.2f})"
