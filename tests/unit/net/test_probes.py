"""What is asked by a probe is asked seldom, never waited for long, and told in words that name no place."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.rigs.part import HOST, free_port
from sabiscore.net.probes import LATE, LIFE_S, RememberedProbe, database_probe, redis_probe
from tests.support.waiting import HANG_S, until


class Now:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


def counting(found: list[str | None]) -> Callable[[], str | None]:
    """A probe that finds these, one after the other."""
    return lambda: found.pop(0)


def test_what_was_found_is_reported_for_some_seconds_and_then_asked_again():
    now, found = Now(), ["is broken", None, "is broken again"]
    probe = RememberedProbe(counting(found), wait_s=HANG_S, now=now)
    assert (probe(), probe(), len(found)) == ("is broken", "is broken", 2)
    now.at += LIFE_S
    assert (probe(), probe(), len(found)) == (None, None, 1)


def test_a_clock_that_was_set_back_does_not_put_the_next_probe_off():
    now = Now()
    probe = RememberedProbe(counting([None, "is broken"]), wait_s=HANG_S, now=now)
    assert probe() is None
    now.at -= 3600
    assert probe() == "is broken"


def test_a_probe_that_hangs_is_not_waited_for_and_asked_only_once():
    answered, asked = threading.Event(), []

    def hangs() -> None:
        asked.append(1)
        answered.wait()

    probe = RememberedProbe(hangs, wait_s=0)
    assert [probe(), probe(), probe()] == [LATE] * 3
    answered.set()
    assert until(probe, lambda found: found is None) is None
    assert len(asked) == 1


def test_until_a_slow_one_answers_what_it_found_before_is_reported():
    now, release = Now(), threading.Event()
    release.set()

    def slow() -> None:
        release.wait()

    probe = RememberedProbe(slow, wait_s=0, now=now)
    until(probe, lambda found: found is None)
    release.clear()
    now.at += LIFE_S
    assert probe() is None
    release.set()


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of something that takes connections and never says a word."""
    with socket.create_server((HOST, 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], int]]:
    """Starts something that answers each connection with these bytes; its port."""
    servers: list[socket.socket] = []

    def start(answer: bytes) -> int:
        server = socket.create_server((HOST, 0))
        servers.append(server)

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(4096)
                        connection.sendall(answer)
            except OSError:
                return  # closed by the test

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def http(status: int, document: object) -> bytes:
    body = json.dumps(document).encode()
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (http(200, {"result": "PONG"}), None),
        (http(401, {"error": "WRONGPASS"}), "does not take our token"),
        (http(500, {"error": "x"}), "does not answer (status 500)"),
        (http(200, {"result": "x"}), "does not answer (status 200)"),
        (b"\r\n\r\n", "does not answer (BadStatusLine)"),
    ],
)
def test_redis_is_asked_over_its_api(answering, answer, found):
    assert redis_probe(f"http://{HOST}:{answering(answer)}", "token")() == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"S", None),
        (b"N", None),
        (b"HTTP", "does not answer as PostgreSQL does"),
        (b"", "does not answer as"),
    ],
)
def test_postgresql_is_asked_whether_it_speaks_its_protocol(answering, answer, found):
    said = database_probe(f"postgresql+psycopg://user:secret@{HOST}:{answering(answer)}/db", expected=bool)()
    assert said is None if found is None else said is not None and said.startswith(found)


@pytest.mark.parametrize("kind", ["redis", "database"])
def test_what_refuses_or_is_silent_does_not_answer(kind, silent):
    def asked(port: int) -> str | None:
        if kind == "redis":
            return redis_probe(f"http://{HOST}:{port}", "token")()
        return database_probe(f"postgresql://{HOST}:{port}/db", expected=bool)()

    assert asked(free_port()) == "does not answer (connection refused)"
    assert asked(silent) == "does not answer (not in time)"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE matches (id TEXT)")
        connection.executemany("INSERT INTO matches VALUES (?)", [("x" * 1000,) for _ in range(100)])
        connection.commit()
    return path


def looked_at(path: Path, *, expected: bool = False) -> str | None:
    return database_probe(f"sqlite:///{path}", expected=lambda: expected)()


def test_a_sound_file_answers_and_none_is_made(store: Path, tmp_path: Path):
    assert looked_at(store) is None
    missing = tmp_path / "none.db"
    assert (looked_at(missing), looked_at(missing, expected=True)) == (None, "is missing")
    assert not missing.exists()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda _: b"", "has no tables"),
        (lambda data: data[:-5000], "does not answer (database disk image is malformed)"),
        (lambda data: bytes(len(data)), "does not answer (file is not a database)"),
        (lambda data: b"[" * len(data), "does not answer (file is not a database)"),
    ],
)
def test_a_damaged_file_is_reported_without_its_place(store: Path, damage, found):
    store.write_bytes(damage(store.read_bytes()))
    assert looked_at(store) == found


def test_a_folder_in_the_place_of_the_file_is_reported(tmp_path: Path):
    assert str(looked_at(tmp_path)).startswith("does not answer (")
