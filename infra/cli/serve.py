"""``sabiscore run``, ``up`` and ``bench``: from nothing to a served page, and how fast it is."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, day_from, expanded, kind_from, table
from infra.local.data_dirs import data_dir_settings
from infra.local.first_day import reading

if TYPE_CHECKING:
    from infra.bench.spine import SpineFigure
    from infra.cli.progress import Steps
    from infra.local.seasons import Seasons
    from sabiscore.settings import Settings

Data = Annotated[
    Path | None,
    typer.Option(
        envvar=["SABISCORE_DATA", "DATA"],
        metavar="DIR",
        help="Folder of season files; downloaded by default.",
        parser=expanded,
    ),
]
Port = Annotated[int, typer.Option(envvar=["SABISCORE_PORT", "PORT"], help="Port of 127.0.0.1 to serve on.")]
DEFAULT_PORT = 8787


def add_to(app: typer.Typer) -> None:
    """Adds this module's commands."""
    for command in (run, up, bench):
        app.command()(command)


def run(
    data: Data = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Set the clock to the start of this day.")
    ] = None,
    port: Port = DEFAULT_PORT,
    serving: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Whether to serve what was made, or leave.")
    ] = True,
) -> None:
    """Gets data, trains, publishes and serves: everything, with one command.

    Data is read from --data, or downloaded from football-data.co.uk, or, when that cannot be reached,
    simulated, and then says so everywhere. When the newest match is more than 30 days old the clock is
    set back to the last match week, and the page says so. What was trained before on the same data, by
    the same code, is not trained again.
    """
    from infra.local.cloud import reserve

    day = day_from(as_of, "--as-of")
    # Asked for first: nobody should wait minutes to learn that the port is taken.
    listener = reserve(port) if serving else None
    from infra.cli.progress import Steps

    settings = prepared(data, day, Steps())
    if listener is not None:
        _serve(settings, listener)


def prepared(data: Path | None, day: date | None, steps: Steps) -> Settings:
    """The data folder in which everything that ``run`` makes has been made."""
    from datetime import UTC, datetime

    from infra.local.run import prepare
    from infra.local.training import train

    seasons = _seasons(data, steps)
    settings = data_dir_settings(seasons.kind)
    ready = prepare(seasons, settings, now=datetime.now(UTC), as_of=day, train=train, steps=steps)
    steps.say(f"{ready.coming} coming matches, bundle {ready.version}, {seasons.kind} data.")
    return settings


def _seasons(data: Path | None, steps: Steps) -> Seasons:
    from infra.local.seasons import downloaded, given, simulated, today_utc
    from sabiscore.errors import SourceUnavailable

    if data is not None:
        return given(data)
    try:
        with steps.step("Downloading seasons") as report:
            seasons, sentence = downloaded(today_utc(), report)
        steps.say(sentence)
        return seasons
    except SourceUnavailable as error:
        steps.say(f"{error} Simulated seasons are used instead; for your own: DATA=DIR make run")
    with steps.step("Simulating seasons"):
        return simulated(today_utc())


def up(
    simulated: Simulated = False,
    port: Port = DEFAULT_PORT,
    schedules: Annotated[
        bool, typer.Option("--schedules", help="Also run every schedule at its times, each once at once.")
    ] = False,
) -> None:
    """Serves what was published last: every function, and the page, in one process on 127.0.0.1."""
    from infra.local.cloud import reserve
    from sabiscore.publication.publish import read

    kind = kind_from(simulated)
    with reading(kind) as settings:
        read(settings.publication)
    listener = reserve(port)
    if not schedules:
        _serve(settings, listener)
        return
    from infra.local.schedules import running

    with running(settings, kind, typer.echo):
        _serve(settings, listener)


def _serve(settings: Settings, listener: socket.socket) -> None:
    """Serves from the data folder of ``settings`` until it is interrupted."""
    # The functions read their own settings, as they do in the cloud. DATABASE_URL is for real data only.
    os.environ["SABISCORE_HOME"] = str(settings.data_dir)
    os.environ["DATABASE_URL"] = settings.database_url
    if settings.bucket is None:
        os.environ.pop("SABISCORE_BUCKET", None)  # the simulated home is shared with nobody
    from infra.local.cloud import HOST, assemble, serve

    url = f"http://{HOST}:{listener.getsockname()[1]}"
    serve(assemble(), listener, lambda: typer.echo(f"Serving {url}  (Ctrl+C stops)"))


def bench(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar=["SABISCORE_DATA", "DATA"],
            metavar="DIR",
            help="Folder of season files; simulated ones by default.",
            parser=expanded,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measures what the README quotes: reading, replaying, training, and the graph beside the ensemble.

    Holds line N3 (the graph agrees with the ensemble), and limits of time and memory that are no lines of the
    reliability bar; `make load` holds those that are. Ends with 1 when a limit is exceeded. Works in a folder
    of its own that is thrown away. Takes some minutes; leave the machine alone.
    """
    import tempfile

    from infra.bench.spine import figures
    from infra.cli.progress import Steps
    from infra.local.seasons import SEED, SIMULATED_SEASONS, simulate_into, today_utc

    with tempfile.TemporaryDirectory() as scratch:
        if data is None:
            data = Path(scratch)
            simulate_into(data, SEED, SIMULATED_SEASONS, today_utc())
        measured = figures(data, Steps(quiet=as_json))
    exceeded = [figure.name for figure in measured if figure.holds is False]
    if as_json:
        answer([figure.to_json() for figure in measured])
    else:
        _show_figures(measured)
    if exceeded:
        typer.echo(f"{len(exceeded)} of the limits are exceeded: {'; '.join(exceeded)}.", err=True)
        raise typer.Exit(1)


def _show_figures(measured: Sequence[SpineFigure]) -> None:
    verdict = {True: "holds", False: "FAILS", None: ""}
    rows = [
        (f.name, f"{f.value:.4g}", f.unit, "" if f.limit is None else f"{f.limit:.4g}", verdict[f.holds])
        for f in measured
    ]
    table(("figure", "measured", "unit", "at most", ""), rows)
