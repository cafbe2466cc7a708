"""Push messages from a subscription over an event in the store to what the service worker is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.bootstrap.events import outbox_publisher
from sabiscore.bootstrap.push import push_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.errors import BadSetting, Overloaded
from sabiscore.events.event import Event, Goal, ScoreCorrected, ValueBetOpened
from sabiscore.events.push import MOST_A_DAY, WELCOME, PushSubscription, subscription_id, welcome
from sabiscore.net.web_push import new_keys
from sabiscore.settings import Settings, read_settings
from sabiscore.store import push as push_store
from sabiscore.store.events import record
from sabiscore.store.observations import Observation, Observations
from sabiscore.store.push import SqlPushStore
from sabiscore.store.session import Database
from tests.support.push_service import Browser, PushService, claims_of, push_service
from tests.support.sample_events import AT

MATCH = "epl-2526-arsenal-chelsea"
MINUTE = timedelta(minutes=1)
KEYS = new_keys()
ENVIRON = {
    "SABISCORE_PUSH_PUBLIC_KEY": KEYS.public,
    "SABISCORE_PUSH_PRIVATE_KEY": KEYS.private,
    "SABISCORE_PUSH_CONTACT": "mailto:push@example.com",
}
SUBSCRIPTIONS = "/api/v1/push/subscriptions"
ENDPOINT = "https://push.example.com/send/abc"


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def browser() -> Browser:
    return Browser()


def observe(database: Database, at=AT, status="in_play", goals=(0, 0), kickoff_at=AT) -> None:
    Observations(database).add(
        [
            Observation(
                league="epl", season="2526", day=date(2026, 3, 14), home="arsenal", away="chelsea",
                status=status, source="espn.com", known_at=at, kickoff_at=kickoff_at, goals=goals,
            )
        ]
    )  # fmt: skip


def subscribe(database: Database, endpoint: str, browser: Browser, *topics: str) -> str:
    subscription = PushSubscription(
        id=subscription_id(endpoint),
        endpoint=endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        topics=topics,
        created_at=AT,
    )
    SqlPushStore(database).save(subscription)
    return subscription.id


def happen(database: Database, *events: Event) -> None:
    with database.transaction() as connection:
        record(connection, events)


def published(database: Database, at=AT, kind: Any = "real", environ=ENVIRON):
    settings, clock = read_settings(environ), FixedClock(at)
    publisher = outbox_publisher(settings, clock, database=database, kind=kind, edge=None, tell=None)
    return publisher.run()


def goal(at=AT, before=(0, 0), score=(1, 0)) -> Goal:
    return Goal(match_id=MATCH, at=at, before=before, score=score, source="espn.com")


def value_bet(at=AT, match_id: str = MATCH, odds: float = 3.6) -> ValueBetOpened:
    return ValueBetOpened(match_id=match_id, at=at, outcome="draw", bundle="1.0.0", odds=odds)


@pytest.mark.parametrize("topic", [f"match:{MATCH}", "team:arsenal", "team:chelsea"])
def test_a_goal_reaches_whoever_subscribed_to_the_match_or_a_team(
    database: Database, service: PushService, browser: Browser, topic: str
) -> None:
    observe(database, at=AT - timedelta(hours=1), kickoff_at=AT - timedelta(hours=1))
    subscribe(database, service.endpoint(), browser, topic)
    subscribe(database, service.endpoint("other"), Browser(), "team:everton", "value")
    happen(database, goal())
    report = published(database)
    assert report.figures["push_delivered"] == 1
    assert "1 push messages sent" in report.sentence
    assert [path for path, _, _ in service.calls] == ["/push/a"]
    assert service.shown(browser) == [
        {"title": "Goal: 1–0", "body": "Arsenal – Chelsea", "url": f"/match/{MATCH}", "tag": MATCH}
    ]
    assert published(database).push.delivered == 0, "nothing is sent twice"


def test_a_message_is_signed_for_its_push_service_and_kept_there_while_it_is_news(
    database: Database, service: PushService, browser: Browser
) -> None:
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    happen(database, goal())
    published(database, AT + 10 * MINUTE)
    (_, body, fields), claims = service.calls[0], claims_of(service.calls[0][2]["authorization"])
    assert claims == {
        "aud": f"http://127.0.0.1:{service.port}",
        "exp": int((AT + 10 * MINUTE + timedelta(hours=12)).timestamp()),
        "sub": "mailto:push@example.com",
        "k": KEYS.public,
    }
    assert {name: fields[name] for name in ("ttl", "urgency", "content-encoding")} == {
        "ttl": "1200",
        "urgency": "high",
        "content-encoding": "aes128gcm",
    }
    assert len(fields["topic"]) == 32
    assert b"Goal" not in body


def test_each_push_service_gets_a_token_of_its_own(database: Database, browser: Browser) -> None:
    with push_service() as first, push_service() as second:
        subscribe(database, first.endpoint(), browser, "team:arsenal", f"match:{MATCH}")
        subscribe(database, second.endpoint(), browser, f"match:{MATCH}")
        happen(database, goal())
        published(database)
        for service in (first, second):
            assert claims_of(service.calls[0][2]["authorization"])["aud"].endswith(f":{service.port}")
            assert len(service.calls) == 1, "two topics of one message are one message"


def test_a_goal_that_is_taken_back_replaces_the_notification(
    database: Database, service: PushService, browser: Browser
) -> None:
    observe(database, at=AT - timedelta(hours=1), kickoff_at=AT - timedelta(hours=1))
    subscribe(database, service.endpoint(), browser, "team:arsenal")
    back = ScoreCorrected(match_id=MATCH, at=AT + MINUTE, before=(1, 0), score=(0, 0), source="espn.com")
    happen(database, goal(), back)
    published(database, AT + MINUTE)
    shown = service.shown(browser)
    assert [each["title"] for each in shown] == ["Goal: 1–0", "Score corrected: 0–0"]
    assert shown[0]["tag"] == shown[1]["tag"]


def test_a_kick_off_is_announced_once_and_not_when_it_is_old(
    database: Database, service: PushService, browser: Browser
) -> None:
    subscribe(database, service.endpoint(), browser, "team:chelsea")
    observe(database, at=AT - MINUTE, status="scheduled", goals=None)
    assert published(database).push.delivered == 0
    observe(database, at=AT + MINUTE)
    assert published(database, AT + 2 * MINUTE).push.delivered == 1
    observe(database, at=AT + 3 * MINUTE, goals=(1, 0))
    assert published(database, AT + 4 * MINUTE).push.delivered == 1, "the goal"
    assert [each["title"] for each in service.shown(browser)] == ["Kick-off", "Goal: 1–0"]


def test_a_match_that_was_seen_late_is_not_said_to_kick_off(
    database: Database, service: PushService, browser: Browser
) -> None:
    subscribe(database, service.endpoint(), browser, "team:chelsea")
    observe(database, at=AT + timedelta(hours=1))
    assert published(database, AT + timedelta(hours=1)).push.delivered == 0


def test_there_is_one_value_alert_a_day(database: Database, service: PushService, browser: Browser) -> None:
    subscribe(database, service.endpoint(), browser, "value")
    happen(database, value_bet(), value_bet(match_id="epl-2526-everton-fulham"))
    published(database)
    happen(database, value_bet(AT + MINUTE, odds=4.0))
    published(database, AT + MINUTE)
    (alert,) = service.shown(browser)
    assert alert["body"] == "Draw at 3.60. 18+. Most people who bet lose money."
    assert service.calls[0][2]["urgency"] == "normal"
    tomorrow = AT + timedelta(days=1)
    happen(database, value_bet(tomorrow))
    published(database, tomorrow)
    assert len(service.calls) == 2


def test_nobody_gets_more_than_so_many_messages_a_day(
    database: Database, service: PushService, browser: Browser
) -> None:
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    goals = [goal(AT, (n, 0), (n + 1, 0)) for n in range(MOST_A_DAY + 5)]
    happen(database, *goals)
    published(database)
    assert len(service.calls) == MOST_A_DAY


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_removed(
    database: Database, service: PushService, browser: Browser, status: int
) -> None:
    service.status = status
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    happen(database, goal())
    report = published(database)
    assert report.problems == (), "nothing that an operator could mend"
    assert SqlPushStore(database).counts() == {"subscriptions": 0, "failing": 0, "waiting": 0}


def test_a_push_service_that_is_busy_is_asked_again_when_it_says(
    database: Database, service: PushService, browser: Browser
) -> None:
    service.status, service.fields = 429, {"Retry-After": "600"}
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    happen(database, goal())
    assert published(database).push.failed == 1
    service.status = 201
    assert published(database, AT + 9 * MINUTE).push.figures == {}
    assert published(database, AT + 10 * MINUTE).push.delivered == 1


def test_an_old_goal_is_no_news(database: Database, service: PushService, browser: Browser) -> None:
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    happen(database, goal())
    report = published(database, AT + 31 * MINUTE)
    assert report.push.given_up == 1
    assert service.calls == []


@pytest.mark.parametrize(("kind", "environ"), [("simulated", ENVIRON), ("real", {})])
def test_made_up_matches_and_missing_keys_push_nothing(
    database: Database, service: PushService, browser: Browser, kind: str, environ: dict[str, str]
) -> None:
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    happen(database, goal())
    assert published(database, kind=kind, environ=environ).push.figures == {}
    assert service.calls == []


def test_an_endpoint_inside_is_never_called(database: Database, browser: Browser) -> None:
    subscribe(database, "https://localhost/push", browser, f"match:{MATCH}")
    happen(database, goal())
    assert published(database).push.failed == 1


def test_keys_that_are_no_pair_are_a_problem_of_the_run(
    database: Database, service: PushService, browser: Browser
) -> None:
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    happen(database, goal())
    other = {**ENVIRON, "SABISCORE_PUSH_PRIVATE_KEY": new_keys().private}
    report = published(database, environ=other)
    assert "are not a pair" in report.problems[0]
    assert published(database, AT + 5 * MINUTE).push.delivered == 1, "mended, it goes out"


class Api:
    """The app of the push function over a store."""

    def __init__(self, settings: Settings) -> None:
        self.client = TestClient(push_app(Bootstrap(settings, FixedClock(AT))))

    def send(self, method: str, **body: object):
        return self.client.request(method, SUBSCRIPTIONS, json=body)


def settings_of(database_url: str, **more: str) -> Settings:
    return read_settings({"DATABASE_URL": database_url, **ENVIRON, **more})


@pytest.fixture
def api(database: Database, database_url: str) -> Api:
    with database.transaction():
        pass  # makes the tables
    return Api(settings_of(database_url))


def asked(browser: Browser, *topics: str, endpoint: str = ENDPOINT) -> dict[str, object]:
    return {"endpoint": endpoint, "p256dh": browser.p256dh, "auth": browser.auth, "topics": list(topics)}


def test_a_browser_subscribes_changes_its_mind_and_leaves(
    api: Api, database: Database, browser: Browser
) -> None:
    state = api.client.get("/api/v1/push")
    assert state.json() == {"status": "ready", "public_key": KEYS.public, "reason": None}
    assert state.headers["cache-control"] == "public, max-age=300"
    made = api.send("POST", **asked(browser, "value", "team:arsenal"))
    assert (made.status_code, made.json()) == (200, {"topics": ["team:arsenal", "value"]})
    assert made.headers["cache-control"] == "no-store"
    assert api.send("POST", **asked(browser, "team:arsenal")).status_code == 200
    store = SqlPushStore(database)
    assert store.counts() == {"subscriptions": 1, "failing": 0, "waiting": 1}
    (first,) = store.due(AT, 10)
    assert first.type == WELCOME, "the first message of a subscription, and once"
    store.give_up(first)
    happen(database, value_bet())
    assert published(database).push.figures == {}, "it does not want value alerts any more"
    for _ in range(2):
        gone = api.send("DELETE", endpoint=ENDPOINT)
        assert (gone.status_code, gone.json()) == (200, {"topics": []})
    assert SqlPushStore(database).counts()["subscriptions"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://push.example.com/x"},
        {"endpoint": "https://10.0.0.1/x"},
        {"endpoint": "https://localhost/x"},
        {"endpoint": "https://user@push.example.com/x"},
        {"endpoint": "https://push.example.com:22/x"},
        {"endpoint": "https://push.example.com/" + "x" * 1_000},
        {"p256dh": "B" + "A" * 86},
        {"auth": "short"},
        {"topics": []},
        {"topics": ["odds"]},
        {"topics": ["team:Arsenal"]},
        {"topics": [f"team:t{n}" for n in range(51)]},
        {"more": 1},
    ],
)
def test_a_subscription_that_cannot_be_used_is_refused(api: Api, browser: Browser, change: dict) -> None:
    answer = api.send("POST", **{**asked(browser, "value"), **change})
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/docs#problem-invalid"


def test_the_number_of_subscriptions_is_bounded(
    api: Api, database: Database, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_store, "MOST_SUBSCRIPTIONS", 1)
    assert api.send("POST", **asked(browser, "value")).status_code == 200
    assert api.send("POST", **asked(browser, "team:arsenal")).status_code == 200, "in its own place"
    full = api.send("POST", **asked(browser, "value", endpoint=f"{ENDPOINT}/2"))
    assert (full.status_code, full.json()["type"]) == (503, "/docs#problem-overloaded")
    with pytest.raises(Overloaded):
        subscribe(database, f"{ENDPOINT}/3", browser, "value")


def test_a_subscription_that_fails_makes_room(
    api: Api, database: Database, service: PushService, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_store, "MOST_SUBSCRIPTIONS", 2)
    service.status = 500
    subscribe(database, service.endpoint(), browser, f"match:{MATCH}")
    subscribe(database, f"{ENDPOINT}/well", browser, "team:everton")
    happen(database, goal())
    assert published(database).push.failed == 1
    assert api.send("POST", **asked(browser, "value", endpoint=f"{ENDPOINT}/new")).status_code == 200
    assert SqlPushStore(database).counts()["failing"] == 0
    full = api.send("POST", **asked(browser, "value", endpoint=f"{ENDPOINT}/newer"))
    assert full.status_code == 503, "those that are well stay"


def test_a_new_subscription_is_sent_a_message_at_once(
    database: Database, service: PushService, browser: Browser
) -> None:
    store = SqlPushStore(database)
    store.enqueue_for(subscribe(database, service.endpoint(), browser, "team:everton"), welcome(AT))
    assert published(database, AT + 5 * MINUTE).push.delivered == 1
    assert service.shown(browser) == [
        {"title": "Notifications are on", "body": "They come like this.", "url": "/", "tag": "welcome"}
    ]


def without_key(settings: Settings) -> Settings:
    return replace(settings, push_public_key=None)


def with_a_copy_of_a_shared_file(settings: Settings) -> Settings:
    return replace(settings, bucket="home", database_url="sqlite:////tmp/none.db")


@pytest.mark.parametrize("change", [without_key, with_a_copy_of_a_shared_file])
def test_where_nothing_can_be_kept_it_says_so(
    database_url: str, browser: Browser, change: Callable[[Settings], Settings]
) -> None:
    api = Api(change(settings_of(database_url)))
    state = api.client.get("/api/v1/push").json()
    assert state == {
        "status": "closed",
        "public_key": None,
        "reason": "No push messages are sent from here.",
    }
    assert api.send("POST", **asked(browser, "value")).status_code == 503
    assert api.send("DELETE", endpoint=ENDPOINT).status_code == 200, "nothing was kept, nothing is sent"


def test_whoever_leaves_while_no_messages_are_sent_hears_nothing_later_either(
    api: Api, database: Database, database_url: str, browser: Browser
) -> None:
    assert api.send("POST", **asked(browser, "value")).status_code == 200
    assert Api(without_key(settings_of(database_url))).send("DELETE", endpoint=ENDPOINT).status_code == 200
    assert SqlPushStore(database).counts()["subscriptions"] == 0


def test_the_command_makes_settings_that_hold(tmp_path) -> None:
    done = CliRunner().invoke(app, ["push", "keys", "--json"])
    made = json.loads(done.stdout)
    settings = read_settings(made)
    assert settings.push_public_key == made["SABISCORE_PUSH_PUBLIC_KEY"]
    assert made["SABISCORE_PUSH_PRIVATE_KEY"] not in repr(settings)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"SABISCORE_PUSH_PUBLIC_KEY": ""}, "SABISCORE_PUSH_PUBLIC_KEY is not"),
        ({"SABISCORE_PUSH_PUBLIC_KEY": "x"}, "no public key"),
        ({"SABISCORE_PUSH_PRIVATE_KEY": "x"}, "no private key"),
        ({"SABISCORE_PUSH_CONTACT": ""}, "SABISCORE_PUSH_CONTACT is not"),
        ({"SABISCORE_PUSH_CONTACT": "me"}, "no address"),
    ],
)
def test_settings_that_cannot_be_used_name_themselves(change: dict[str, str], names: str) -> None:
    with pytest.raises(BadSetting, match=names):
        read_settings({**ENVIRON, **change})
