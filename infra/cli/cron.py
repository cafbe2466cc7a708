"""``sabiscore cron``: one run of a schedule, by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, kind_from
from infra.local.data_dirs import data_dir_settings


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(cron)


def cron(
    job: Annotated[str, typer.Argument(metavar="NAME", help="odds, stats, calibrate or cleanup.")],
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Runs one schedule now and says what it did: odds, stats, calibrate or cleanup.

    One run of a schedule is under way at a time, wherever it was started; a second one does nothing.
    Exits with 3 when the run failed.
    """
    from sabiscore.bootstrap.job_context import open_job_context
    from sabiscore.clock import SystemClock
    from sabiscore.errors import BadSetting
    from sabiscore.jobs.registry import JOBS, run_job

    if job not in JOBS:
        raise BadSetting(f"There is no schedule {job[:40]!r}.", hint=f"Known: {', '.join(JOBS)}.")
    kind = kind_from(simulated)
    with open_job_context(data_dir_settings(kind), SystemClock(), kind) as context:
        report = run_job(job, context)
    if as_json:
        answer(report.as_json())
    else:
        typer.echo(str(report))
    if report.outcome == "failed":
        raise typer.Exit(3)
