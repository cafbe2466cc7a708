"""From what a provider says to who is in the match's room: a job, the Worker in workerd, a WebSocket."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from infra.local.edge import EDGE, NODE, LocalEdge, local_edge
from sabiscore.events.event import decode
from sabiscore.settings import read_settings
from sabiscore.store.events import EventLog
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import World

VISITOR = """
import { WebSocket } from 'ws'
const socket = new WebSocket(process.argv[1], { perMessageDeflate: false })
socket.on('message', (text) => {
  console.log(String(text))
})
socket.on('error', (error) => { console.error(String(error)); process.exit(1) })
process.stdin.on('end', () => process.exit(0)).resume()
"""
WITHIN_S = 120.0
"""Far above what it takes: the machine may be busy."""


class Visitor:
    """Somebody in a room, who remembers what was said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._said: Queue[dict[str, Any]] = Queue()
        assert process.stdout is not None
        self._reader = Thread(target=self._hear, args=(process.stdout,), daemon=True)
        self._reader.start()

    def hears(self, kind: str) -> dict[str, Any]:
        """The next word of this kind."""
        while True:
            word = self._said.get(timeout=WITHIN_S)
            if word["type"] == kind:
                return word

    def hears_of(self, kind: str) -> dict[str, Any]:
        """The next message of an event of this kind."""
        while True:
            word = self.hears("message")
            if word["data"]["kind"] == kind:
                return word

    def heard_more(self) -> list[dict[str, Any]]:
        """The messages that nobody has asked for."""
        return [word for word in self._said.queue if word["type"] == "message"]

    def _hear(self, lines: Iterator[str]) -> None:
        for line in lines:
            self._said.put(json.loads(line))


@contextmanager
def inside(edge: LocalEdge, match_id: str) -> Iterator[Visitor]:
    url = f"{edge.url.replace('http', 'ws', 1)}/ws/edge/{match_id}"
    command = [str(NODE), "--input-type=module", "--eval", VISITOR, url]
    with subprocess.Popen(
        command, cwd=EDGE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        visitor = Visitor(process)
        visitor.hears("presence")
        yield visitor
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(WITHIN_S)


@dataclass
class Chain:
    edge: LocalEdge
    rig: Rig


@pytest.fixture
def chain(world: World, tmp_path: Path) -> Iterator[Chain]:
    """A context whose shared cache and edge are those of a running chain over the same home."""
    settings = settings_of(world, tmp_path)
    with local_edge(settings.data_dir, bindings={"REQUESTS_PER_MINUTE": "1000000"}) as edge:
        environ = {
            "SABISCORE_EDGE_URL": edge.url,
            "SABISCORE_EDGE_SECRET": edge.secret,
            **edge.shared.settings,
        }
        with rig_of(read_settings({**settings.environ, **environ})) as rig:
            yield Chain(edge, rig)


def test_a_goal_is_heard_in_the_room_of_its_match_and_nowhere_else(chain: Chain) -> None:
    rig, match, other = chain.rig, chain.rig.soon[0], chain.rig.soon[-1]
    assert match.kickoff_at is not None
    assert rig.run("stats").outcome == "done"
    with inside(chain.edge, match.id) as visitor, inside(chain.edge, other.id) as elsewhere:
        rig.clock.at = match.kickoff_at + timedelta(minutes=50)
        rig.world.status[match.id], rig.world.goals[match.id] = "in_play", (1, 0)
        report = rig.run("stats")
        heard = visitor.hears("message")
        (goal,) = (decode(event.body) for event in EventLog(rig.context.store.database).recent(10, "goal"))
        assert heard["id"] == heard["data"]["event"] == goal.id
        assert (heard["data"]["kind"], heard["data"]["score"]) == ("goal", [1, 0])
        assert report.done.figures["effects"] >= 2
        # A run that died before it noted what it did makes the same call again: nobody hears it twice.
        with rig.context.store.database.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM event_effects")
            connection.exec_driver_sql("UPDATE events SET published_at = NULL")
        again = rig.run("stats")
        assert [problem for problem in again.done.problems if "edge" in problem.lower()] == []
        assert again.done.figures["effects"] >= 2
        assert visitor.heard_more() == []
        assert elsewhere.heard_more() == []

        rig.clock.at += timedelta(minutes=5)
        rig.world.goals[match.id] = (2, 0)
        assert rig.run("odds").done.problems == ()
        assert visitor.hears_of("goal")["data"]["score"] == [2, 0]

        for odds in ((2.1, 3.4, 3.6), (1.5, 4.2, 6.5)):
            rig.clock.at += timedelta(hours=6)
            rig.quote(other, odds)
            assert rig.run("odds").done.figures["prices"] > 0
        moved = elsewhere.hears_of("odds_moved")
        assert moved["data"]["new"] == [1.52, 4.22, 6.52]


def test_a_room_that_cannot_be_reached_is_notified_by_the_next_run(chain: Chain) -> None:
    rig, match = chain.rig, chain.rig.soon[0]
    assert match.kickoff_at is not None
    rig.run("stats")
    rig.clock.at = match.kickoff_at + timedelta(minutes=50)
    rig.world.status[match.id], rig.world.goals[match.id] = "in_play", (1, 0)
    chain.edge.worker.stop()
    report = rig.run("stats")
    assert report.outcome == "done"
    assert any("will be sent again" in problem for problem in report.done.problems)
    chain.edge.worker.start()
    with inside(chain.edge, match.id) as visitor:
        rig.clock.at += timedelta(minutes=3)
        assert rig.run("odds").outcome == "done"
        assert visitor.hears("message")["data"]["score"] == [1, 0]
