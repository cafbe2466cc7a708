"""``sabiscore events``: what happened, the newest last, and what could not be believed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import AsJson, Simulated, kind_from

if TYPE_CHECKING:
    from sabiscore.events.stored_event import StoredEvent
    from sabiscore.store.consumer_state import DeadLetter, SqlConsumerState
    from sabiscore.store.events import EventLog

LOOK_S = 1.0
"""Between two looks while following."""
MOST_AT_ONCE = 1_000


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(events)


def events(
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what happens, until Ctrl+C.")] = False,
    kind: Annotated[str | None, typer.Option(help="Only this kind, like goal.")] = None,
    *,
    match: Annotated[str | None, typer.Option(help="Only of this match, by its id.")] = None,
    last: Annotated[int, typer.Option(min=1, max=MOST_AT_ONCE, help="How many.")] = 20,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Shows what happened, the newest last, and what was set aside with its reason.

    Goals, moves of odds, value bets, sealed and settled predictions. With --json a line is one object.
    """
    from sabiscore.errors import BadSetting
    from sabiscore.events.event import KINDS

    if kind is not None and kind not in KINDS:
        raise BadSetting(f"There is no kind {kind[:40]!r}.", hint=f"Known: {', '.join(KINDS)}.")
    with _opened(simulated) as (log, effects):
        shown = log.recent(MOST_AT_ONCE, kind, match)
        for event in shown[-last:]:
            _say(event, as_json)
        _say_rest(log, effects, last, as_json)
        if follow:
            with suppress(KeyboardInterrupt):
                for event in _news(log, shown, kind, match):
                    _say(event, as_json)


def _news(
    log: EventLog, shown: list[StoredEvent], kind: str | None, match: str | None
) -> Iterator[StoredEvent]:
    """What is stored from now on; the numbers of two that are stored at once may come in either order."""
    known = {event.seq for event in shown}
    while True:
        for event in log.recent(MOST_AT_ONCE, kind, match):
            if event.seq not in known:
                known.add(event.seq)
                yield event
        time.sleep(LOOK_S)


def _say(event: StoredEvent, as_json: bool) -> None:
    body: dict[str, Any] = json.loads(event.body)
    sent = event.published_at.isoformat() if event.published_at else None
    if as_json:
        typer.echo(json.dumps({"seq": event.seq, **body, "published_at": sent}, ensure_ascii=False))
        return
    own = {name: value for name, value in body.items() if name not in ("id", "kind", "match_id", "at")}
    words = " ".join(f"{name}={_plain(value)}" for name, value in own.items())
    waits = "" if sent else "  (not sent yet)"
    typer.echo(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind:<18} {event.match_id}  {words}{waits}")


def _plain(value: Any) -> str:
    """A value in few letters: a score as 2-1, prices with a slash between, the start of a hash.

    >>> _plain([2, 1]), _plain([2.1, 3.4, 3.6]), _plain("a" * 64)
    ('2-1', '2.1/3.4/3.6', 'aaaaaaaaaaaa')
    """
    if isinstance(value, list):
        return ("-" if all(isinstance(part, int) for part in value) else "/").join(map(str, value))
    return str(value)[:12] if len(str(value)) == 64 else str(value)


def _say_rest(log: EventLog, effects: SqlConsumerState, last: int, as_json: bool) -> None:
    """What was set aside, and how much of all there is."""
    letters = effects.letters(last)
    for letter in letters:
        typer.echo(_letter(letter, as_json))
    if not as_json:
        count, waiting = effects.letters_count(), log.unsent_count()
        typer.echo(f"{waiting} not sent yet, {count} set aside.")


def _letter(letter: DeadLetter, as_json: bool) -> str:
    if as_json:
        members = {"set_aside": letter.id, "consumer": letter.consumer or None, "reason": letter.reason}
        return json.dumps({**members, "at": letter.at.isoformat(), "body": letter.body}, ensure_ascii=False)
    who = f" by {letter.consumer}" if letter.consumer else ""
    return f"{letter.at:%Y-%m-%d %H:%M:%S}  set aside{who}: {letter.reason}  {letter.body[:60]!r}"


@contextmanager
def _opened(simulated: bool) -> Iterator[tuple[EventLog, SqlConsumerState]]:
    from infra.local.first_day import reading
    from sabiscore.store.consumer_state import SqlConsumerState
    from sabiscore.store.events import EventLog
    from sabiscore.store.session import Database

    with (
        reading(kind_from(simulated)) as settings,
        closing(Database(settings.database_url, make=False)) as database,
    ):
        yield EventLog(database), SqlConsumerState(database)
