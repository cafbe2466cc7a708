"""``sabiscore ingest``, ``simulate`` and ``clean``: the seasons we keep."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, day_from, expanded, kind_from, table
from infra.local.data_dirs import data_dir_settings, refuse_mixing
from sabiscore.errors import BadSetting

if TYPE_CHECKING:
    from sabiscore.seasons.report import FileReport, IngestReport


def add_to(app: typer.Typer) -> None:
    """Adds this module's commands."""
    for command in (ingest, simulate, clean):
        app.command()(command)


def ingest(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="DIR",
            help="Folder of season files such as E0_2425.csv, and fixtures.csv.",
            parser=expanded,
        ),
    ] = None,
    old_data: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", hidden=True, parser=expanded)
    ] = None,  # its name up to 0.1
    *,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take files that look cut too; what is lost is shown first.")
    ] = False,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Reads season files into the store; reading the same files again changes nothing.

    Says for each division what was read, what was refused, and why. Files that cannot be used are
    reported and the others go on; when none could be used, the exit code is 2.
    """
    from infra.cli.progress import Steps
    from infra.local.run import ingest_folder

    kind, folder = kind_from(simulated), data or old_data
    if folder is None:
        raise BadSetting("There is no folder to read from.", hint="Name it: sabiscore ingest --data DIR")
    refuse_mixing(folder, kind)
    report = ingest_folder(folder, data_dir_settings(kind), kind, Steps(quiet=as_json))
    if accept and any(file.lost for file in report.failed):
        show_losses(report)
        taken = ingest_folder(folder, data_dir_settings(kind), kind, Steps(quiet=True), accept=True)
        report = report.with_taken(taken)
    if as_json:
        answer(report.as_json())
    else:
        show_report(report)
    if not report.useful:
        raise typer.Exit(2)


def show_losses(report: IngestReport) -> None:
    """Prints, of every file that looks cut, the matches stored that it lacks."""
    for file in report.failed:
        if file.lost:
            typer.echo(f"{file.error} Lost when {file.name} is taken:", err=True)
            for match_id in file.lost:
                typer.echo(f"  {match_id}", err=True)


def show_report(report: IngestReport) -> None:
    """Prints what became of the files, a line a division, then every correction, name and failure."""
    divisions = sorted({file.division for file in report.files if file.status != "failed"})
    rows = [
        _division_row(division, [f for f in report.files if f.division == division]) for division in divisions
    ]
    if rows:
        table(("division", "seasons", "matches", "new", "changed", "gone", "refused", "why"), rows)
    for file in report.files:
        _show_corrections(file)
    for file in report.failed:
        typer.echo(f"{file.error} {file.hint}".strip(), err=True)
    extra = report.extra_leagues
    if extra:
        named = ", ".join(f"{name} ({country})" for name, country in extra.items())
        typer.echo(f"Extra leagues, every season in one table of another layout, not read: {named}")
    if others := [name for name in report.ignored if name not in extra]:
        typer.echo(f"Not season files by their name, left alone: {', '.join(others[:10])}")
    for code, names in report.unknown_books.items():
        where = names[0] if len(names) == 1 else f"{len(names)} files"
        typer.echo(
            f"{code} in {where} is a book that is not listed: its prices count, but nobody bets at them."
        )
    if report.useful and all(file.status in ("unchanged", "failed") for file in report.files):
        typer.echo("Nothing changed.")


def _show_corrections(file: FileReport) -> None:
    """Prints what a file says otherwise than before, and the names in it that mean no club."""
    counts = {name: getattr(file, name) for name in ("renamed", "moved", "turned", "gone")}
    if any(counts.values()) or file.clubs:
        counted = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        names = ", ".join(f"{old} is {new}" for old, new in sorted(file.clubs.items()))
        typer.echo(f"{file.name}: {'; '.join(filter(None, (counted, names)))}.")
    if file.unknown_names:
        typer.echo(f"{file.name} names clubs that nobody knows. Once checked, add to the tables of names:")
        for line in file.unknown_names:
            typer.echo(f"  {line}")


def _division_row(division: str, files: list[FileReport]) -> tuple[str, ...]:
    good = [file for file in files if file.status != "failed"]
    seasons = sorted(file.season for file in good if file.season)
    refused: Counter[str] = Counter()
    for file in good:
        refused.update(file.refused)
    counts = [sum(getattr(file, name) for file in good) for name in ("matches", "new", "changed", "gone")]
    why = ", ".join(f"{reason} ({count})" for reason, count in refused.most_common())
    return (division or "coming", str(len(seasons)), *map(str, counts), str(refused.total()), why)


def simulate(
    folder: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Folder to write season files to.", parser=expanded)
    ],
    seasons: Annotated[
        int, typer.Option(min=1, max=60, help="How many seasons, the newest one included.")
    ] = 12,
    seed: Annotated[int, typer.Option(help="Other seeds give other clubs and matches.")] = 1,
    today: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day the files stand at; today by default.")
    ] = None,
    division: Annotated[
        list[str] | None, typer.Option(help="A division code such as E0; all divisions by default.")
    ] = None,
) -> None:
    """Writes seasons of invented clubs, in the layout of football-data.co.uk, with coming fixtures.

    The folder is marked as simulated: it can only be ingested with --simulated.
    """
    from infra.local.data_dirs import kind_of
    from infra.local.seasons import simulate_into, today_utc
    from sabiscore.errors import Refused

    if folder.exists() and any(folder.iterdir()) and kind_of(folder) == "real":
        raise Refused(f"{folder} holds files that were not simulated.", hint="Choose an empty folder.")
    day = day_from(today, "--today") or today_utc()
    typer.echo(f"{simulate_into(folder, seed, seasons, day, division)} matches written to {folder}.")


def clean(
    simulated: Simulated = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Removes the data folder: its store, archive, models and publication."""
    import shutil

    data_dir = data_dir_settings(kind_from(simulated)).data_dir
    if not data_dir.exists():
        typer.echo(f"There is nothing at {data_dir}.")
        return
    if not yes and not typer.confirm(f"Remove {data_dir} with all its data and models?"):
        typer.echo("Nothing was removed.")
        return
    shutil.rmtree(data_dir)
    typer.echo(f"{data_dir} is gone.")
