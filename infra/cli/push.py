"""``sabiscore push``: the keys that push messages are signed with, and how many browsers get them."""

from __future__ import annotations

from contextlib import closing

import typer

from infra.cli.options import AsJson, answer

app = typer.Typer(help="Push messages to browsers: goals, kick-offs and value alerts.", no_args_is_help=True)


@app.command()
def keys(as_json: AsJson = False) -> None:
    """Makes a pair of keys and prints the settings that hold it; subscriptions end with the pair they have.

    Example: sabiscore push keys
    """
    from sabiscore.net.web_push import new_keys

    made = new_keys()
    settings = {
        "SABISCORE_PUSH_PUBLIC_KEY": made.public,
        "SABISCORE_PUSH_PRIVATE_KEY": made.private,
        "SABISCORE_PUSH_CONTACT": "mailto:push@example.com",
    }
    if as_json:
        answer(settings)
        return
    for name, value in settings.items():
        typer.echo(f"{name}={value}")
    typer.echo("Put your own address into the last one: push services write there.", err=True)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Shows how many browsers subscribed, how many fail and how many messages wait."""
    from infra.local.first_day import reading
    from sabiscore.store.push import SqlPushStore
    from sabiscore.store.session import Database

    with reading("real") as settings, closing(Database(settings.database_url, make=False)) as database:
        counts = SqlPushStore(database).counts()
    if as_json:
        answer({**counts, "sends": settings.push_private_key is not None})
        return
    sends = "are sent" if settings.push_private_key is not None else "are not sent: no key is set"
    typer.echo(
        f"{counts['subscriptions']} subscriptions, {counts['failing']} failing, "
        f"{counts['waiting']} messages wait. Messages {sends}."
    )
