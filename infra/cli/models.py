"""``sabiscore models``: the bundles we have, which of them serves, and how it does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import PLAIN_HELP, AsJson, Simulated, answer, kind_from, table
from infra.cli.sync import shared
from infra.local.data_dirs import data_dir_settings
from infra.local.first_day import holds, reading

if TYPE_CHECKING:
    from model_export.registry import Registry, RegistryEntry
    from sabiscore.insights.track_record import DriftView, PopulationShift, TrialView

app = typer.Typer(
    help="Bundles: list, show, compare and watch them; promote, roll back and archive.",
    no_args_is_help=True,
    rich_markup_mode=PLAIN_HELP,
)

Version = Annotated[str, typer.Argument(help="A bundle's version, such as 1.2.0.")]
Pointer = Annotated[str, typer.Option("--as", help="production, or challenger for the one on trial.")]


def registry_of(simulated: bool) -> Registry:
    """The registry of the real or the simulated data folder."""
    from model_export.registry import Registry
    from sabiscore.features.vector import SCHEMA

    return Registry(data_dir_settings(kind_from(simulated)).registry, SCHEMA)


def _plain(entry: RegistryEntry) -> dict[str, object]:
    return {**asdict(entry), "pointers": list(entry.pointers)}


def _state(entry: RegistryEntry) -> str:
    return ", ".join(entry.pointers) or ("archived" if entry.archived else "")


@app.command("list")
def list_bundles(simulated: Simulated = False, as_json: AsJson = False) -> None:
    """Every bundle, oldest version first, and what each is used for."""
    entries = registry_of(simulated).entries()
    if as_json:
        answer([_plain(entry) for entry in entries])
    elif not entries:
        where = holds(data_dir_settings(kind_from(simulated)))
        typer.echo(f"No bundle has been registered yet. {where} Make one with: sabiscore train")
    else:
        table(
            ("version", "created", "kind", "leagues", "used as"),
            [
                (entry.version, entry.manifest.created_at[:16], entry.manifest.kind,
                 " ".join(entry.manifest.leagues), _state(entry))
                if entry.manifest
                else (entry.version, "", "", f"broken: {entry.problem}", _state(entry))
                for entry in entries
            ],
        )  # fmt: skip


@app.command()
def show(
    version: Version,
    card: Annotated[bool, typer.Option("--card", help="Its model card as a page (Markdown).")] = False,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """All that a bundle says of itself, as JSON; with --card its model card, a page or (--json) JSON."""
    registry = registry_of(simulated)
    if not card:
        answer(_plain(registry.show(version)))
        return
    from model_export.card import read_card
    from model_export.card_page import as_page

    card_of = read_card(registry.folder(version))
    if as_json:
        answer(card_of)
    else:
        typer.echo(as_page(card_of), nl=False)


@app.command()
def compare(first: Version, second: Version, simulated: Simulated = False, as_json: AsJson = False) -> None:
    """Every figure of two bundles side by side; the change is SECOND minus FIRST."""
    differences = registry_of(simulated).compare(first, second)
    if as_json:
        answer([asdict(difference) for difference in differences])
        return
    rows = [(d.name, _figure(d.first), _figure(d.second), _figure(d.change)) for d in differences]
    table(("figure", first, second, "change"), rows)


@app.command()
def watch(simulated: Simulated = False, as_json: AsJson = False) -> None:
    """How the bundle in production fares against its promise, what moved, and the challenger's trial.

    It shows what `sabiscore cron calibrate` found last; nothing is computed here.
    """
    from sabiscore.insights.stored_track_record import read_track_record

    with reading(kind_from(simulated)) as settings:
        record = read_track_record(settings.publication).record
    parts = {"drift": record.drift, "population": record.population, "trial": record.trial}
    if as_json:
        answer({name: part.model_dump(mode="json") if part else None for name, part in parts.items()})
        return
    show_drift(record.drift)
    show_population(record.population)
    show_trial(record.trial)


def show_drift(drift: DriftView | None) -> None:
    """Prints what the newest settled predictions came to, beside what the bundle promised."""
    if drift is None:
        typer.echo("Drift: no settled predictions of the bundle in production yet, so it cannot be measured.")
        return
    rows = [
        ("accuracy", drift.accuracy, drift.promised_accuracy, drift.accuracy_z),
        ("log loss", drift.log_loss, drift.promised_log_loss, drift.log_loss_z),
        ("log loss - market", drift.against_market, drift.promised_against_market, drift.market_z),
    ]
    table(
        ("figure", "now", "promised", "worse by errors"),
        [(name, *(_figure(value) for value in values)) for name, *values in rows],
        title=f"Bundle {drift.bundle}, the newest {drift.n} settled: {drift.because}",
    )


def show_population(moved: PopulationShift | None) -> None:
    """Prints how far the features moved, group by group, and those that moved farthest."""
    if moved is None or moved.index is None:
        typer.echo(f"Population: {moved.because if moved else 'no bundle in production was looked at yet.'}")
    if moved is not None and moved.absence:
        typer.echo(moved.absence)
    if moved is None or moved.index is None:
        return
    rows = [("all features", moved.index), *moved.by_group.items()]
    rows += [(shift.feature, shift.index) for shift in moved.largest]
    table(
        ("group or feature", "index"),
        [(name, f"{index:.3f}") for name, index in rows],
        title=f"{moved.because} Population stability index: median of each group, then the largest.",
    )


def show_trial(trial: TrialView | None) -> None:
    """Prints the challenger's verdict."""
    if trial is None:
        typer.echo("Trial: no challenger is on trial.")
        return
    known = trial.difference is not None and trial.low is not None and trial.high is not None
    by = f" ({trial.difference:+.4f} [{trial.low:+.4f}, {trial.high:+.4f}] log loss)" if known else ""
    typer.echo(f"Trial of {trial.challenger} against {trial.production}: {trial.verdict}{by}")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"


@app.command()
def promote(version: Version, pointer: Pointer = "production", simulated: Simulated = False) -> None:
    """Verifies a bundle and makes it the one that serves; running servers take it up by themselves.

    With SABISCORE_BUCKET it is the whole fleet's within a minute.
    """
    with shared(data_dir_settings(kind_from(simulated))):
        registry_of(simulated).promote(version, pointer)
    typer.echo(f"Bundle {version} is {pointer} now.")


@app.command()
def rollback(pointer: Pointer = "production", simulated: Simulated = False) -> None:
    """Goes back to the bundle that served before the newest promotion."""
    with shared(data_dir_settings(kind_from(simulated))):
        version = registry_of(simulated).rollback(pointer)
    typer.echo(f"Bundle {version} is {pointer} again.")


@app.command()
def archive(version: Version, simulated: Simulated = False) -> None:
    """Puts a bundle away that nothing points at."""
    registry_of(simulated).archive(version)
    typer.echo(f"Bundle {version} is archived.")
