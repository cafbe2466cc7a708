"""EventBridge: ten at a time, what is refused is sent again, and what is refused for good is told of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from sabiscore.bootstrap.events import outbox_publisher
from sabiscore.clock import FixedClock
from sabiscore.errors import BadSetting
from sabiscore.events.event_bridge import TRIES, EventBridge
from sabiscore.settings import read_settings
from sabiscore.store.events import record
from sabiscore.store.session import Database
from tests.support.sample_events import AT, every_kind, kept

HAPPENED = [event for number in range(4) for event in every_kind(number)]
EVENTS = [kept(event) for event in HAPPENED]


class FakeBus:
    """Takes entries but those whose detail is in ``refuses``, which it does not take so many times."""

    def __init__(self, refuses: dict[str, int], failures: int = 0) -> None:
        self.calls: list[int] = []
        self.taken: list[str] = []
        self._refuses = refuses
        self._failures = failures

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.calls.append(len(Entries))
        if self._failures:
            self._failures -= 1
            raise EndpointConnectionError(endpoint_url="https://events.example")
        answers: list[dict[str, str]] = []
        for entry in Entries:
            if self._refuses.get(entry["Detail"], 0):
                self._refuses[entry["Detail"]] -= 1
                answers.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
            else:
                self.taken.append(entry["Detail"])
                answers.append({"EventId": "1"})
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def sent(bus: FakeBus) -> tuple[Mapping[str, str], list[float]]:
    """Why which events failed, and how long was waited between tries."""
    waits: list[float] = []
    return EventBridge(bus, "a-bus", waits.append).take(HAPPENED), waits


def test_ten_at_a_time_and_all_of_them() -> None:
    bus = FakeBus({})
    assert sent(bus) == ({}, [])
    assert bus.calls == [10, 10, 10, 2]
    assert bus.taken == [event.body for event in EVENTS]


def test_only_what_was_refused_is_sent_again() -> None:
    bus = FakeBus({EVENTS[3].body: 1, EVENTS[5].body: 2})
    failed, waits = sent(bus)
    assert failed == {}
    assert bus.calls == [10, 2, 1, 10, 10, 2]
    assert sorted(bus.taken) == sorted(event.body for event in EVENTS)
    assert waits == sorted(waits)
    assert len(waits) == 2


def test_what_is_refused_for_good_is_reported() -> None:
    bus = FakeBus({EVENTS[3].body: TRIES})
    failed, _ = sent(bus)
    assert failed == {HAPPENED[3].id: "EventBridge did not take it: ThrottlingException."}
    assert len(bus.taken) == len(EVENTS) - 1


def test_a_bus_that_is_away_for_a_moment_is_tried_again() -> None:
    bus = FakeBus({}, failures=2)
    sent(bus)
    assert len(bus.taken) == len(EVENTS)
    unreachable = FakeBus({}, failures=TRIES)
    failed, _ = sent(unreachable)
    assert failed == {event.id: "EventBridge did not take it: EndpointConnectionError." for event in HAPPENED}
    assert len(unreachable.calls) == TRIES, "the rest is left to the next run"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of moto's AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield f"http://{host}:{port}"
    server.stop()


def test_the_real_client_reaches_a_bus_and_its_rules(aws: str, tmp_path: Path) -> None:
    import boto3

    session = boto3.Session()
    rules, queues = session.client("events"), session.client("sqs")
    rules.create_event_bus(Name="a-bus")
    queue = queues.create_queue(QueueName="goals")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["sabiscore"], "detail-type": ["goal"]})
    rules.put_rule(Name="goals", EventBusName="a-bus", EventPattern=pattern, State="ENABLED")
    rules.put_targets(Rule="goals", EventBusName="a-bus", Targets=[{"Id": "queue", "Arn": arn}])
    settings = read_settings({"SABISCORE_HOME": str(tmp_path), "SABISCORE_EVENT_BUS": "a-bus"})
    database = Database(settings.database_url)
    happened = [event for number in range(4) for event in every_kind(number)]
    with database.transaction() as connection:
        record(connection, happened[:8])
    simulated = outbox_publisher(
        settings, FixedClock(AT), database=database, kind="simulated", edge=None, tell=None
    )
    assert simulated.run().sent == 8
    with database.transaction() as connection:
        record(connection, happened)
    real = outbox_publisher(settings, FixedClock(AT), database=database, kind="real", edge=None, tell=None)
    assert real.run().sent == len(happened) - 8
    assert real.run().sent == 0
    database.close()
    # What was made up is not there.
    wanted = {event.id for event in happened[8:] if event.kind == "goal"}
    assert {detail["id"] for detail in _details(queues, queue)} == wanted


def _details(queues: Any, queue: str) -> Sequence[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while messages := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"])["detail"] for message in messages]
    return found


def test_a_bus_is_named_as_aws_names_it() -> None:
    arn = "arn:aws:events:eu-west-1:123456789012:event-bus/sabiscore-edge-production"
    for name in ("sabiscore-edge-production", arn):
        assert read_settings({"SABISCORE_EVENT_BUS": name}).event_bus == name
    assert read_settings({"SABISCORE_EVENT_BUS": " "}).event_bus is None
    with pytest.raises(BadSetting, match="SABISCORE_EVENT_BUS"):
        read_settings({"SABISCORE_EVENT_BUS": "http://evil.example"})
