"""Outgoing webhooks from an event in the store to a receiver that verifies it, and the command round them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from standardwebhooks import Webhook
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.bootstrap.events import outbox_publisher
from sabiscore.clock import Clock, FixedClock, SystemClock
from sabiscore.errors import BadSetting
from sabiscore.events.event import Event, Goal
from sabiscore.events.webhooks import TYPES, WebhookSubscription, message_of
from sabiscore.settings import read_settings
from sabiscore.store.events import record
from sabiscore.store.session import Database
from sabiscore.store.webhooks import MOST_SUBSCRIPTIONS, WebhookStore
from tests.support.sample_events import AT, every_kind

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MINUTE = timedelta(minutes=1)


@dataclass
class Receiver:
    """A subscriber's server: it keeps what it was sent, and answers ``status``."""

    status: int = 204
    port: int = 0
    calls: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def verified(self, secret: str = SECRET) -> list[dict]:
        """Every message, as the specification's own library reads it."""
        return [Webhook(secret).verify(body, dict(headers)) for body, headers in self.calls]


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(receiver.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening(Receiver()) as receiver:
        yield receiver


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def subscribe(
    database: Database, receiver: Receiver, *types: str, name: str = "whk_1", secret=SECRET
) -> None:
    WebhookStore(database).add(
        WebhookSubscription(
            id=name,
            url=receiver.url,
            secret=secret,
            types=types or tuple(TYPES.values()),
            is_local=True,
            created_at=AT,
        )
    )


def happen(database: Database, *events: Event) -> None:
    with database.transaction() as connection:
        record(connection, events)


def published(database: Database, clock: Clock, kind="real"):
    settings = read_settings({})
    publisher = outbox_publisher(settings, clock, database=database, kind=kind, edge=None, tell=None)
    return publisher.run()


def now_events() -> list[Event]:
    """Events of the last minutes, one of each kind, oldest first."""
    now = SystemClock().now()
    kinds = range(len(every_kind(1)))
    return [every_kind(1, now - MINUTE * (len(kinds) - number))[number] for number in kinds]


def test_a_receiver_gets_each_fact_once_signed_and_in_order(database: Database, receiver: Receiver) -> None:
    subscribe(database, receiver)
    events = now_events()
    happen(database, *events, *events)
    result = published(database, SystemClock())
    expected = [event for event in events if event.kind in TYPES]
    assert result.figures["webhooks_delivered"] == len(expected)
    assert [message["type"] for message in receiver.verified()] == [TYPES[event.kind] for event in expected]
    goal = next(message for message in receiver.verified() if message["type"] == "match.goal")
    assert goal["data"]["score"] == [1, 0]
    assert [headers["webhook-id"] for _, headers in receiver.calls] == [event.id for event in expected]
    happen(database, *events)
    assert "webhooks_delivered" not in published(database, SystemClock()).figures


def test_each_subscriber_gets_its_types_under_its_own_secret(database: Database, receiver: Receiver) -> None:
    with listening(Receiver()) as other:
        subscribe(database, receiver, "match.goal")
        subscribe(database, other, "prediction.sealed", name="whk_2", secret=OTHER_SECRET)
        happen(database, *now_events())
        published(database, SystemClock())
        assert [message["type"] for message in receiver.verified()] == ["match.goal"]
        assert [message["type"] for message in other.verified(OTHER_SECRET)] == ["prediction.sealed"]


def test_what_was_not_taken_comes_again_with_the_same_id(database: Database, receiver: Receiver) -> None:
    subscribe(database, receiver, "match.goal")
    receiver.status = 503
    clock = FixedClock(AT + MINUTE)
    happen(database, *every_kind(1))
    result = published(database, clock)
    assert (result.figures["webhooks_failed"], result.problems) == (1, ())
    (subscription,) = WebhookStore(database).subscriptions()
    assert (subscription.failing_since, subscription.failure) == (clock.at, "It answered 503.")
    receiver.status, clock.at = 204, clock.at + timedelta(minutes=6)
    assert published(database, clock).figures["webhooks_delivered"] == 1
    (subscription,) = WebhookStore(database).subscriptions()
    assert (subscription.failing_since, subscription.delivered_at) == (None, clock.at)
    first, second = receiver.calls
    assert first[0] == second[0]
    assert first[1]["webhook-id"] == second[1]["webhook-id"]


def test_whoever_is_gone_gets_nothing_more_until_a_test_message_is_taken(
    database: Database, receiver: Receiver
) -> None:
    subscribe(database, receiver, "match.goal")
    receiver.status = 410
    happen(database, *every_kind(1))
    assert "switched off" in " ".join(published(database, FixedClock(AT)).problems)
    happen(database, *every_kind(2))
    assert published(database, FixedClock(AT)).figures.get("webhooks_delivered") is None
    WebhookStore(database).switch_on("whk_1", AT)
    receiver.status = 204
    happen(database, *every_kind(3))
    assert published(database, FixedClock(AT)).figures["webhooks_delivered"] == 1


def test_made_up_matches_are_told_to_nobody(database: Database, receiver: Receiver) -> None:
    subscribe(database, receiver)
    happen(database, *now_events())
    published(database, SystemClock(), kind="simulated")
    assert receiver.calls == []


def test_two_runs_at_once_send_a_message_once(database: Database) -> None:
    store = WebhookStore(database)
    with listening(Receiver()) as receiver:
        subscribe(database, receiver, "match.goal")
    goal = next(event for event in every_kind(1) if isinstance(event, Goal))
    store.enqueue([message_of(goal)])
    (mine,), (other,) = store.due(AT, 10), store.due(AT, 10)
    assert store.claim(mine, AT + MINUTE)
    assert not store.claim(other, AT + MINUTE)
    assert store.due(AT, 10) == []
    assert store.due(AT + MINUTE, 10), "whoever claimed it may have been killed"


def test_there_is_a_bound_on_subscriptions(database: Database) -> None:
    with listening(Receiver()) as receiver:
        for number in range(MOST_SUBSCRIPTIONS):
            subscribe(database, receiver, name=f"whk_{number}")
        with pytest.raises(BadSetting, match="already"):
            subscribe(database, receiver, name="whk_more")


def test_a_subscription_that_is_removed_takes_its_messages_with_it(
    database: Database, receiver: Receiver
) -> None:
    store = WebhookStore(database)
    subscribe(database, receiver, "match.goal")
    store.enqueue([message_of(event) for event in every_kind(1) if isinstance(event, Goal)])
    assert store.waiting() == {"whk_1": 1}
    assert store.remove("whk_1")
    assert (store.subscriptions(), store.waiting(), store.remove("whk_1")) == ([], {}, False)


def test_old_messages_are_forgotten(database: Database, receiver: Receiver) -> None:
    store = WebhookStore(database)
    subscribe(database, receiver, "match.goal")
    store.enqueue([message_of(event) for event in every_kind(1) if isinstance(event, Goal)])
    assert (store.forget(AT), store.forget(AT + MINUTE)) == (0, 1)


@dataclass
class Command:
    """``sabiscore webhooks`` over a data folder with a store."""

    runner: CliRunner = field(default_factory=CliRunner)

    def __call__(self, *words: str, ends: int = 0) -> str:
        done = self.runner.invoke(app, ["webhooks", *words])
        assert done.exit_code == ends or done.exception, done.output
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = Database(f"sqlite:///{tmp_path / 'home' / 'sabiscore.db'}")
    WebhookStore(database).subscriptions()
    database.close()
    return Command()


def test_from_adding_to_removing_by_the_command(command: Command, receiver: Receiver) -> None:
    added = json.loads(command("add", receiver.url, "--local", "--type", "match.goal", "--json"))
    (row,) = json.loads(command("list", "--json"))
    assert (row["id"], row["types"], row["waiting"]) == (added["id"], ["match.goal"], 0)
    assert added["secret"] not in command("list"), "a secret is shown once"
    assert "nothing sent yet" in command("list")
    assert "took the message (204)" in command("test", added["id"])
    (ping,) = receiver.verified(added["secret"])
    assert (ping["type"], ping["data"]) == ("webhook.ping", {"webhook": added["id"]})
    assert "took a message at" in command("list")
    command("remove", added["id"])
    assert json.loads(command("list", "--json")) == []


def test_a_receiver_that_refuses_the_test_message_is_reported(command: Command, receiver: Receiver) -> None:
    receiver.status = 500
    added = json.loads(command("add", receiver.url, "--local", "--json"))
    with pytest.raises(Exception, match="The receiver answered 500"):
        command("test", added["id"])


@pytest.mark.parametrize("words", [("remove", "whk_none"), ("test", "whk_none")])
def test_an_unknown_webhook_is_refused_with_where_to_look(command: Command, words: tuple[str, ...]) -> None:
    with pytest.raises(BadSetting, match="no webhook 'whk_none'"):
        command(*words)


def test_an_unknown_type_is_refused_with_those_there_are(command: Command, receiver: Receiver) -> None:
    with pytest.raises(BadSetting, match=r"no message of the type 'match\.own_goal'"):
        command("add", receiver.url, "--local", "--type", "match.own_goal")


def test_times_are_those_of_the_zone_of_everybody() -> None:
    assert datetime.fromisoformat(json.loads(message_of(every_kind(1)[1]).body)["timestamp"]).tzinfo == UTC
