"""``sabiscore accounts``: readers' accounts, for operators. No e-mails are sent from here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, answer, table

if TYPE_CHECKING:
    from sabiscore.accounts.account import Account
    from sabiscore.store.accounts import SqlAccountStore

app = typer.Typer(
    help="Readers' accounts: list, reset a password, give a role, delete.", no_args_is_help=True
)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="As sabiscore accounts list shows it.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Shows every account and how many sessions and API keys it has.

    Example: sabiscore accounts list
    """
    with _opened() as store:
        rows = [
            {
                "email": account.email,
                "role": account.role,
                "created_at": account.created_at,
                "sessions": len(store.sessions(account.id)),
                "keys": len(store.keys(account.id)),
            }
            for account in store.every()
        ]
    if as_json:
        answer(rows)
        return
    table(
        ("account", "role", "since", "sessions", "keys"),
        [
            (str(row["email"]), str(row["role"]), f"{row['created_at']:%Y-%m-%d}", *_counts(row))
            for row in rows
        ],
    )


@app.command()
def reset(email: Email, as_json: AsJson = False) -> None:
    """Gives an account a new password, shows it once, and ends its sessions; API keys stay.

    Example: sabiscore accounts reset reader@example.com
    """
    from secrets import token_urlsafe

    from sabiscore.accounts.passwords import Passwords

    password = token_urlsafe(15)
    with _opened() as store:
        account = _found(store, email)
        store.set_password(account.id, Passwords().hash(password), ends_sessions=True)
    if as_json:
        answer({"email": account.email, "password": password})
        return
    typer.echo(f"{account.email} signs in with: {password}")
    typer.echo("It is not shown again. Hand it over safely; the reader may change it.", err=True)


@app.command()
def role(
    email: Email,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="reader or operator.")],
    as_json: AsJson = False,
) -> None:
    """Gives an account a role, at once: operators may list accounts over HTTP.

    Example: sabiscore accounts role reader@example.com operator
    """
    from sabiscore.accounts.account import ROLES
    from sabiscore.errors import BadSetting

    given = next((each for each in ROLES if each == role), None)
    if given is None:
        raise BadSetting(f"There is no role {role[:40]!r}.", hint=f"Give one of: {', '.join(ROLES)}.")
    with _opened() as store:
        account = _found(store, email)
        store.set_role(account.id, given)
    _say({"email": account.email, "role": given}, f"{account.email} is {given} now.", as_json)


@app.command()
def delete(email: Email, as_json: AsJson = False) -> None:
    """Deletes an account, with its sessions and API keys.

    Example: sabiscore accounts delete reader@example.com
    """
    with _opened() as store:
        account = _found(store, email)
        store.remove(account.id)
    _say({"email": account.email, "deleted": True}, f"{account.email} is deleted.", as_json)


def _say(document: dict[str, object], sentence: str, as_json: bool) -> None:
    if as_json:
        answer(document)
    else:
        typer.echo(sentence)


def _counts(row: dict[str, object]) -> tuple[str, str]:
    return str(row["sessions"]), str(row["keys"])


def _found(store: SqlAccountStore, email: str) -> Account:
    from sabiscore.errors import BadSetting

    account = store.by_email(email.strip().lower())
    if account is None:
        raise BadSetting(f"There is no account {email[:80]!r}.", hint="See: sabiscore accounts list")
    return account


@contextmanager
def _opened() -> Iterator[SqlAccountStore]:
    from infra.local.first_day import reading
    from sabiscore.store.accounts import SqlAccountStore
    from sabiscore.store.session import Database

    with reading("real") as settings, closing(Database(settings.database_url, make=False)) as database:
        yield SqlAccountStore(database)
