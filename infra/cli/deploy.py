"""``sabiscore deploy``: functions on AWS and the Worker on Cloudflare, brought up, looked at, taken down."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import PLAIN_HELP, AsJson, answer, table
from infra.cli.verify import UNSOUND, findings_at, polled
from sabiscore.errors import BadSetting, Refused, SabiScoreError

if TYPE_CHECKING:
    from infra.deploy.clouds import Clouds
    from infra.deploy.preparation import Prepared
    from infra.deploy.run import StepDone
    from infra.deploy.steps import Step
    from infra.deploy.undo import WentBack
    from infra.verification.findings import Finding

DEFAULT_REGION = "eu-west-1"
LATER = "schedules"
"""The part of findings that only mends by itself: a new deployment's jobs run within a day."""

Stage = Annotated[str | None, typer.Option(metavar="STAGE", help="Which deployment, like production.")]
Region = Annotated[
    str, typer.Option(envvar="AWS_REGION", metavar="REGION", help="Where its functions run, as AWS names it.")
]

app = typer.Typer(
    help="Functions on AWS and the Worker on Cloudflare: brought up with one command, and kept so.",
    rich_markup_mode=PLAIN_HELP,
    invoke_without_command=True,
)


@app.callback()
def deploy(
    context: typer.Context,
    stage: Stage = None,
    region: Region = DEFAULT_REGION,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", metavar="NAME=VALUE", help="Goes to serverless.yml, like quotas=…; repeatable."
        ),
    ] = None,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change, and change nothing.")] = False,
    or_rollback: Annotated[
        bool, typer.Option("--or-rollback", help="Go back to what served before where this is unsound.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Brings both clouds to what this folder holds: each step only where it changes something.

    Prepared by `sabiscore deploy init`. Interrupted anywhere, the next run goes on from there. It ends with
    what `sabiscore verify` finds, and exits with 1 where that is anything.
    """
    if context.invoked_subcommand is not None:
        return
    if plan:
        _show_plan(_clouds(stage, region, param or ()), as_json=as_json)
    else:
        _deploy(_clouds(stage, region, param or ()), or_rollback=or_rollback, as_json=as_json)


@app.command()
def init(
    stage: Stage = None,
    region: Region = DEFAULT_REGION,
    account: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The Cloudflare account; CLOUDFLARE_ACCOUNT_ID by default."),
    ] = None,
    edge_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The Worker's address on a domain of yours; workers.dev by default."
        ),
    ] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Give or generate this parameter anew; repeatable."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Asks for what a deployment needs, generates its secrets, and stores each once in AWS.

    A value is taken from the variable of its setting where that is set, else asked for; no value is ever
    shown. What is stored already stays.
    """
    from infra.deploy.factory import account_of, keep_account, stores
    from infra.deploy.preparation import prepare

    parameters, records = stores(_deployment(stage, region))
    given = {**os.environ, **({"SABISCORE_EDGE_URL": edge_url} if edge_url else {})}
    prepared = prepare(parameters, given, _ask, replace=replace or ())
    account = account or account_of(records) or _ask("Id of the Cloudflare account", secret=False)
    kept = keep_account(records, account) if account else False
    if as_json:
        answer({**asdict(prepared), "account": account or None, "changed": prepared.changed or kept})
    else:
        _say_prepared(prepared, account, kept=kept)


@app.command()
def status(stage: Stage = None, region: Region = DEFAULT_REGION, as_json: AsJson = False) -> None:
    """Shows every step, whether it is done and what it would change; changes nothing."""
    _show_plan(_clouds(stage, region), as_json=as_json)


@app.command()
def pull(stage: Stage = None, region: Region = DEFAULT_REGION, as_json: AsJson = False) -> None:
    """Brings the data folder to what the stage's bucket holds: on a machine that did not publish it.

    What is deployed is built from the data folder, the bundle in production among it.
    """
    from infra.deploy.aws import Aws
    from infra.deploy.data_steps import synced
    from infra.local.data_dirs import data_dir_settings

    aws = Aws(_deployment(stage, region))
    files = synced(aws, aws.deployed(), data_dir_settings("real").data_dir).everything()
    if as_json:
        answer({"files": files})
    else:
        typer.echo("\n".join([*files, f"{len(files)} brought here."]))


@app.command()
def rollback(stage: Stage = None, region: Region = DEFAULT_REGION, as_json: AsJson = False) -> None:
    """Takes functions and Worker back to what served before them; bucket and database stay as they are."""
    from infra.deploy.undo import rollback as go_back

    done = go_back(_clouds(stage, region))
    if as_json:
        answer(asdict(done))
    else:
        _say_went_back(done)


@app.command()
def remove(
    stage: Stage = None,
    region: Region = DEFAULT_REGION,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Removes the Worker and the functions; the bucket and what init stored stay."""
    from infra.deploy.undo import remove as take_down

    clouds = _clouds(stage, region)
    if not yes:
        typer.confirm(f"Remove {clouds.deployment.name} from both clouds?", abort=True, err=True)
    removed = take_down(clouds)
    if as_json:
        answer({"removed": list(removed)})
    else:
        typer.echo(f"Removed: {', '.join(removed)}." if removed else "There was nothing to remove.")


def _say_went_back(done: WentBack) -> None:
    typer.echo(f"The functions of {done.functions} and version {done.worker} of the Worker serve again.")


def _deployment(stage: str | None, region: str) -> Any:
    from infra.deploy.deployment import Deployment

    if stage is None:
        raise BadSetting("No stage is named.", hint="Add --stage, like --stage production.")
    return Deployment(stage, region)


def _clouds(stage: str | None, region: str, options: Sequence[str] = ()) -> Clouds:
    from infra.deploy.factory import clouds_of
    from infra.local.data_dirs import data_dir_settings

    if bad := next((option for option in options if "=" not in option), None):
        raise BadSetting(
            f"--param is {bad[:40]!r}.", hint="Write it like quotas=the-odds-api.com=20000/month."
        )
    return clouds_of(_deployment(stage, region), data_dir_settings("real").data_dir, options)


def _ask(question: str, secret: bool) -> str:
    """What a person answers; "" where nobody sits at the terminal."""
    if not sys.stdin.isatty():
        return ""
    return str(typer.prompt(question, default="", show_default=False, hide_input=secret, err=True))


def _say_prepared(prepared: Prepared, account: str, *, kept: bool) -> None:
    rows = {
        "stored already": prepared.found,
        "stored as given": prepared.stored,
        "generated": prepared.generated,
        "left out": prepared.left_out,
    }
    table(("parameters", "names"), [(state, ", ".join(names)) for state, names in rows.items() if names])
    for name in prepared.differing:
        typer.echo(f"{name} was given and differs from what is stored, which stays: --replace {name}")
    if not account:
        typer.echo("The Cloudflare account is not known yet: run this again with --account ID.")
    typer.echo("Stored." if prepared.changed or kept else "Nothing changed.")


def _show_plan(clouds: Clouds, *, as_json: bool) -> None:
    from infra.deploy.run import plan
    from infra.deploy.steps import steps

    planned = plan(steps(clouds))
    if as_json:
        answer(
            {
                "stage": clouds.deployment.stage,
                "region": clouds.deployment.region,
                "steps": [asdict(s) for s in planned],
            }
        )
        return
    states = {True: "done", False: "to do", None: "unknown"}
    table(
        ("step", "state", "what it does"),
        [(step.step, states[step.is_done], step.reason or step.changes) for step in planned],
    )
    if all(step.is_done for step in planned):
        typer.echo("Nothing would change.")


def _deploy(clouds: Clouds, *, or_rollback: bool, as_json: bool) -> None:
    from infra.deploy.steps import steps

    done = _run(steps(clouds))
    changed = any(step.outcome == "changed" for step in done)
    origin, edge = clouds.stack().origin, clouds.parameters.values()["EDGE_URL"]
    found = polled(edge, later=(LATER,)) if changed else findings_at(edge)
    faults = [finding for finding in found if finding.part != LATER]
    back = _gone_back(clouds) if faults and changed and or_rollback else None
    if as_json:
        answer(
            {
                "stage": clouds.deployment.stage,
                "region": clouds.deployment.region,
                "changed": changed,
                "steps": [asdict(step) for step in done],
                "functions": origin,
                "edge": edge,
                "sound": not faults,
                "findings": [asdict(finding) for finding in found],
                "went_back": asdict(back) if back else None,
            }
        )
    else:
        _say_deployed(found, origin, edge, changed=changed)
        if back is not None:
            _say_went_back(back)
    if faults:
        raise typer.Exit(UNSOUND)


def _gone_back(clouds: Clouds) -> WentBack | None:
    """What serves again; None, with the reason on stderr, after a first deployment."""
    from infra.deploy.undo import rollback as go_back

    try:
        return go_back(clouds)
    except Refused as error:
        typer.echo(f"Not taken back: {error}", err=True)
        return None


def _run(found: Sequence[Step]) -> tuple[StepDone, ...]:
    """Runs the steps, each shown on stderr with what it took."""
    from infra.deploy.run import run

    current = ""

    def begun(step: Step) -> None:
        nonlocal current
        current = step.name
        typer.echo(f"{step.name:<12}{step.changes} …", err=True)

    def ended(step: StepDone) -> None:
        typer.echo(f"{step.step:<12}{step.outcome}, {step.took_s:.1f} s", err=True)

    try:
        return run(found, begun, ended)
    except (SabiScoreError, KeyboardInterrupt):
        typer.echo(f"{current:<12}did not end. The next run of this command goes on from here.", err=True)
        raise


def _say_deployed(found: Sequence[Finding], origin: str, edge: str, *, changed: bool) -> None:
    typer.echo("Deployed." if changed else "Nothing changed.")
    typer.echo(f"functions  {origin}\nedge       {edge}")
    for finding in found:
        typer.echo(f"{finding.part}: {finding.cause}\n    {finding.remedy}")
    typer.echo("Sound." if not found else f"{len(found)} found; look again: sabiscore verify {edge} --poll")
