"""``sabiscore sources``: where facts come from, and how each source stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, answer, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sabiscore.fetching.source_states import SourceState
    from sabiscore.fetching.sources import ReparsedReply

HEAD = ("source", "state", "breaker", "quota left", "now", "last good", "unmatched", "remark")


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(sources)


def sources(
    ask: Annotated[
        str | None,
        typer.Option(metavar="LEAGUE", help="First ask every source that is on for a week of this league."),
    ] = None,
    reread: Annotated[
        bool,
        typer.Option("--reread", help="Read the kept answers again (SABISCORE_KEEP_REPLIES_MB) instead."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Every source: whether it is on, what is left of its quota, when it last said something, what is odd.

    Nobody is asked unless you say --ask, which spends a call or two of each quota. "now" is how many calls
    the plan allows at this moment, so that the rest of the period is not left without any.
    """
    from infra.local.data_dirs import data_dir_settings
    from infra.local.first_day import has_store
    from sabiscore.bootstrap.job_context import known_matches, open_sources
    from sabiscore.clock import SystemClock
    from sabiscore.identity.leagues import find_league

    settings = data_dir_settings("real")
    if ask is None and not has_store(settings):
        settings = replace(
            settings, database_url="sqlite://"
        )  # nobody was asked yet: in memory, nothing is made
    with open_sources(settings, SystemClock()) as opened:
        if reread:
            _show_reread(opened.reread(), as_json)
            return
        if ask is not None:
            league = find_league(ask)
            opened.ask_week(league, known_matches(settings, league))
        found = opened.states()
    if as_json:
        answer([state.as_json() for state in found])
    else:
        table(HEAD, [_row(state) for state in found])
        _show_news(found)
        _show_unmatched(found)
        _show_preference(found)


def _show_news(found: Sequence[SourceState]) -> None:
    """Prints what became of hosts: a redirect that was not followed, another host that stands in."""
    for state in found:
        if state.record and state.record.news:
            times = f"{state.record.news_count} times, last at {state.record.news_at}"
            typer.echo(f"\nNews of {state.name} ({times}): {state.record.news}")


def _show_unmatched(found: Sequence[SourceState]) -> None:
    """Prints the aliases that are missing, ready to be pasted once somebody has looked at them."""
    for state in found:
        if state.record and state.record.unmatched:
            typer.echo(f"\nNo team has these names of {state.name}. Check, then paste:")
            for line in state.record.unmatched:
                typer.echo(f"  {line}")


def _show_preference(found: Sequence[SourceState]) -> None:
    """Prints who is asked first for what, and who next; those that are off in brackets."""
    from sabiscore.sources.registry import PREFERENCE

    off = {state.name for state in found if state.missing}
    typer.echo("\nAsked in this order, the next where one fails or has none; those in brackets are off:")
    for kind, names in PREFERENCE.items():
        order = " > ".join(f"[{name}]" if name in off else name for name in names)
        typer.echo(f"  {kind.replace('_', ' '):<14}{order}")


def _show_reread(found: Sequence[ReparsedReply], as_json: bool) -> None:
    """Prints what each kept answer says now."""
    rows = [
        {
            "source": state.kept.provider,
            "document": state.kept.request.name,
            "kept_at": state.kept.at.isoformat(timespec="seconds"),
            "events": len(state.reply.events) if state.reply else None,
            "facts": len(state.reply.facts) if state.reply else None,
            "refused": len(state.reply.refused) if state.reply else None,
            "problem": state.problem,
        }
        for state in found
    ]
    if as_json:
        answer(rows)
    elif not rows:
        typer.echo("No answer was kept. Set SABISCORE_KEEP_REPLIES_MB to keep some.")
    else:
        cells = [["-" if value is None else str(value) for value in row.values()] for row in rows]
        table([name.replace("_", " ") for name in rows[0]], cells)


def _row(state: SourceState) -> tuple[str, ...]:
    record, quota = state.record, state.quota
    return (
        state.name,
        state.state,
        state.breaker,
        f"{quota.left} of {quota.plan.calls} a {quota.plan.unit}" if quota else "no limit",
        str(quota.allowed_now) if quota else "-",
        "never" if state.age_s is None else f"{_age(state.age_s)} ago",
        str(len(record.unmatched)) if record else "-",
        _remark(state),
    )


def _remark(state: SourceState) -> str:
    if state.missing:
        return f"set {' and '.join(state.missing)}"
    if state.record and state.record.failure:
        return state.record.failure
    return state.note


def _age(seconds: float) -> str:
    """An age in its largest fitting unit.

    >>> [_age(seconds) for seconds in (5, 119, 7_300, 200_000)]
    ['5 s', '1 min', '2 h', '2 d']
    """
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
