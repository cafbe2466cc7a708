"""Telling a room: only the Worker's own answer counts as told, and a call that it knows counts once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sabiscore.cache.targets import Targets
from sabiscore.errors import EdgeUnavailable
from sabiscore.events.consumers import RevalidationConsumer, RoomBroadcaster
from sabiscore.http.signatures import signed_headers, verified
from sabiscore.net.edge import MADE_BEFORE, EdgeClient
from tests.support.sample_events import AT, every_kind

SECRET = "made-up-secret-of-the-edge"
ROOM = "epl-2526-arsenal-chelsea"
Answer = Callable[[str, bytes], tuple[int, object]]


@contextmanager
def worker(answer: Answer, seen: list[tuple[str, str]]) -> Iterator[EdgeClient]:
    """An edge that answers so; ``seen`` gets the path and the id of every call whose signature holds."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.append((self.path, verified(headers, body, [SECRET], AT).id))
            status, broadcast_answer = answer(self.path, body)
            content = json.dumps(broadcast_answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        yield EdgeClient(url, lambda body, call=None: signed_headers([SECRET], body, AT, call))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def broadcast_answer(status: int, answer: object) -> int:
    seen: list[tuple[str, str]] = []
    with worker(lambda *_: (status, answer), seen) as edge:
        reached = asyncio.run(edge.broadcast(ROOM, {"goals": [1, 0]}, "evt_1"))
    assert seen == [(f"/edge/broadcast/{ROOM}", "evt_1")]
    return reached


def test_a_room_is_notified_and_says_how_many_heard() -> None:
    assert broadcast_answer(200, {"match_id": ROOM, "reached": 3}) == 3


def test_a_call_that_was_taken_before_is_done() -> None:
    assert broadcast_answer(401, {"detail": MADE_BEFORE}) == 0


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"detail": "The call is not signed as it should be."}),
        (503, {"detail": "The room cannot be reached."}),
        (404, {}),
        (200, {}),
        (200, [1]),
        (200, {"match_id": "epl-2526-leeds-fulham", "reached": 3}),
        (200, {"match_id": ROOM, "reached": "three"}),
        (302, {"match_id": ROOM, "reached": 3}),
    ],
)
def test_every_other_answer_leaves_it_to_be_sent_again(status: int, answer: object) -> None:
    with pytest.raises(EdgeUnavailable):
        broadcast_answer(status, answer)


def test_rooms_hear_every_field_of_an_event_under_its_id() -> None:
    bodies: list[dict[str, object]] = []

    def hear(path: str, body: bytes) -> tuple[int, object]:
        bodies.append(json.loads(body))
        return 200, {"match_id": path.rpartition("/")[2], "reached": 1}

    seen: list[tuple[str, str]] = []
    events = [event for event in every_kind(1) if event.kind in RoomBroadcaster.kinds]
    with worker(hear, seen) as edge:
        assert RoomBroadcaster(edge.broadcast).take(events) == {}
    assert [call for _, call in seen] == [event.id for event in events]
    goal = next(item["data"] for item in bodies if '"goal"' in json.dumps(item))
    assert goal == {
        "event": events[1].id,
        "kind": "goal",
        "at": "2026-03-14T15:00:00Z",
        "before": [0, 0],
        "score": [1, 0],
        "corrections": 0,
        "source": "espn.com",
    }


def test_all_goals_at_hand_put_their_matches_out_of_date_in_one_go() -> None:
    asked: list[Targets] = []
    goals = [
        event
        for number in range(3)
        for event in every_kind(number)
        if event.kind in RevalidationConsumer.kinds
    ]
    assert RevalidationConsumer(asked.append).take(goals) == {}
    (targets,) = asked
    matches = {f"match:epl-2526-home{number}-away" for number in range(3)}
    assert set(targets.tags) == {"list:epl", *matches}
