"""``sabiscore revalidate``: signs and makes the call that puts answers out of date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from infra.cli.options import AsJson, answer
from sabiscore.errors import BadSetting

if TYPE_CHECKING:
    import httpx

URL = "http://127.0.0.1:8787"
PATH = "/api/revalidate"
INSIGHTS = "/api/v1/insights"
DEADLINE_S = 20.0


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(revalidate)


def revalidate(
    match: Annotated[str | None, typer.Option(metavar="ID", help="A match, by its id.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="A tag as in Cache-Tag; may be repeated.")
    ] = None,
    path: Annotated[str | None, typer.Option(metavar="PATH", help="A path, such as /match/ID.")] = None,
    url: Annotated[str, typer.Option(help="Where the functions answer.")] = URL,
    as_json: AsJson = False,
) -> None:
    """Puts what is kept of a match, of tags or of a path out of date, in every cache.

    Signed with the first secret of SABISCORE_REVALIDATE_SECRET, which the functions must have too. Example:

        sabiscore revalidate --match epl-2526-arsenal-chelsea
    """
    asked: dict[str, Any] = {"match": match, "tags": tag or None, "path": path}
    if sum(bool(value) for value in asked.values()) != 1:
        raise BadSetting(
            "Nothing, or more than one thing, is named.", hint="Name one of --match, --tag and --path."
        )
    base = url.rstrip("/")
    if match is not None:
        _require_match(base, match)
    result = _called(base, {name: value for name, value in asked.items() if value is not None})
    if as_json:
        answer(result)
    else:
        _show(result)


def _require_match(url: str, match: str) -> None:
    """Raises UnknownMatch where no coming match has the id ``match``: the call itself would not say so."""
    import httpx

    from sabiscore.errors import UnknownMatch

    try:
        response = httpx.get(f"{url}{INSIGHTS}/{quote(match, safe='')}", timeout=DEADLINE_S)
    except httpx.HTTPError:
        return  # the call says so
    if response.status_code == 404:
        raise UnknownMatch(
            f"No coming match has the id {match[:80]!r}.",
            hint=f"For one that is over: sabiscore revalidate --tag match:{match[:80]}",
        )


def _called(url: str, asked: dict[str, Any]) -> Any:
    """What the functions answer. Raises BadSetting, Refused or SourceUnavailable."""
    import httpx

    from sabiscore.clock import SystemClock
    from sabiscore.errors import SourceUnavailable
    from sabiscore.http.signatures import signed_headers
    from sabiscore.settings import read_settings, require_address

    require_address("--url", url, "Give the address that deploying the functions printed.")
    secrets = read_settings().revalidate_secrets
    if not secrets:
        raise BadSetting(
            "SABISCORE_REVALIDATE_SECRET is not set.", hint="Set it to the one that the functions have."
        )
    body = json.dumps(asked).encode()
    signed = signed_headers(secrets[:1], body, SystemClock().now())
    headers = {"Content-Type": "application/json", **signed}
    try:
        response = httpx.post(url + PATH, content=body, headers=headers, timeout=DEADLINE_S)
    except httpx.HTTPError as error:
        raise SourceUnavailable(
            f"{url} did not answer ({type(error).__name__}).", hint="Is it running? See sabiscore up."
        ) from error
    return _understood(response)


def _understood(response: httpx.Response) -> Any:
    from sabiscore.errors import Refused, SourceUnavailable

    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if response.status_code == 200:
        return problem
    kind = SourceUnavailable if response.status_code >= 500 else Refused
    detail = problem.get("detail", "No reason was given.")
    reasons = [error["message"] for error in problem.get("errors", ()) if error["message"] not in detail]
    raise kind(" ".join([f"{response.status_code}: {detail}", *reasons]), hint=problem.get("hint", ""))


def _show(result: Any) -> None:
    typer.echo(f"Forgotten: {', '.join(result['tags']) or result['path']}")
    typer.echo(f"Made anew: {result['recomputed']} of {result['hot']} that readers will ask for next")
    typer.echo("The edge was purged." if result["edge"]["told"] else result["edge"]["reason"])
