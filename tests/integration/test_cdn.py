"""A real nginx, configured by infra/cdn/nginx.conf, obeys what the functions say to any CDN."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.client import HTTPConnection, HTTPMessage

import pytest

from infra.cdn.nginx import cdn
from tests.services.origin import Origin, origin
from tests.support.waiting import until

PATIENCE_S = 120
READERS = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader got."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def how(self) -> str:
        """What nginx says of itself in Cache-Status."""
        return next(value for value in self.headers.get_all("Cache-Status", ()) if value.startswith("nginx"))


@dataclass(frozen=True, slots=True)
class Reader:
    """Asks at a port of this machine."""

    port: int

    def get(self, path: str = "/api/v1/leagues", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def until(self, how: str) -> Answer:
        """The first answer of which nginx says ``how``: time has to pass, and only the clock can say so."""
        return until(self.get, lambda answer: answer.how == how)


@pytest.fixture(scope="module")
def chain() -> Iterator[tuple[Origin, Reader]]:
    with origin() as behind, cdn(behind.port) as nginx:
        yield behind, Reader(nginx.port)


@pytest.fixture
def behind(chain) -> Origin:
    chain[0].asked.clear()
    return chain[0]


@pytest.fixture
def reader(chain) -> Reader:
    return chain[1]


def life(ttl: int, *, of: int = 300, stale: int = 0, age: int = 0) -> dict[str, str]:
    """The headers of an answer as http/caching.py writes them, ``ttl`` seconds before it is stale."""
    grace = f"stale-while-revalidate={stale}, stale-if-error={stale}" if stale else "must-revalidate"
    return {
        "Cache_Control": f"public, max-age={of}",
        "CDN_Cache_Control": f"public, max-age={of}, {grace}",
        "Cache_Status": f"SabiScore; hit; ttl={ttl}; detail=memory",
        "Cache_Tag": "odds",
        "Age": str(age),
        "Vary": "Accept-Encoding",
    }


@contextmanager
def held(behind: Origin) -> Iterator[None]:
    """The origin answers nobody meanwhile."""
    behind.gate.clear()
    try:
        yield
    finally:
        behind.gate.set()


def test_the_second_reader_is_answered_from_the_cache(behind, reader):
    behind.says(b"hit", **life(300))
    assert [reader.get("/hit").how for _ in range(3)] == ["nginx; fwd=uri-miss", "nginx; hit", "nginx; hit"]
    assert len(behind.asked) == 1


def test_a_reader_can_count_the_age_and_finds_it_stale_when_the_origin_does(behind, reader):
    arrived = formatdate(time.time() - 30, usegmt=True)
    behind.says(b"aged", Date=arrived, **life(200, age=100))
    for _ in range(2):
        headers = reader.get("/aged").headers
        assert "Age" not in headers
        assert headers.get_all("Date") == [arrived]
        assert headers.get_all("Cache-Control") == ["public, max-age=200"]
    assert "hit" in reader.get("/aged").how


def test_what_is_said_to_shared_caches_only_stays_with_them(behind, reader):
    behind.says(b"told", **life(300))
    headers = reader.get("/told").headers
    assert not {"cdn-cache-control", "cache-tag", "x-for-readers"} & {name.lower() for name in headers}


def test_stale_is_served_at_once_while_one_request_refreshes_it(behind, reader):
    behind.says(b"old", **life(1, stale=600))
    assert reader.get().body == b"old"
    behind.says(b"new", **life(300))
    with held(behind):
        assert reader.until("nginx; hit; detail=stale-while-revalidate").body == b"old"
        with ThreadPoolExecutor(READERS) as readers:
            answers = list(readers.map(lambda _: reader.get(), range(READERS)))
        assert {answer.body for answer in answers} == {b"old"}
        assert len(behind.asked) == 2
    assert reader.until("nginx; hit").body == b"new"
    assert len(behind.asked) == 2


def test_stale_is_served_while_the_origin_fails_and_no_error_is_kept(behind, reader):
    path = "/api/v1/failing"
    behind.says(b"good", **life(1, stale=600))
    assert reader.get(path).body == b"good"
    behind.says(b"bad", 503, Cache_Control="no-store")
    shown = []
    # It is asked again and again, since its error is not kept.
    until(lambda: shown.append(reader.get(path)), lambda _: len(behind.asked) >= 3)
    assert {(answer.status, answer.body) for answer in shown} == {(200, b"good")}
    assert "stale" in reader.get(path).how


def test_without_grace_an_answer_that_is_stale_is_waited_for(behind, reader):
    behind.says(b"old", **life(1))
    path = "/api/v1/strict"
    reader.get(path)
    behind.says(b"bad", 503, Cache_Control="no-store")
    shown: list[Answer] = []
    until(lambda: shown.append(reader.get(path)), lambda _: shown[-1].status != 200)
    assert {answer.how for answer in shown[:-1]} <= {"nginx; hit"}
    assert (shown[-1].status, shown[-1].body) == (503, b"bad")


def test_a_cold_key_is_asked_for_once(behind, reader):
    behind.says(b"cold", **life(300))
    with ThreadPoolExecutor(READERS) as readers:
        answers = list(readers.map(lambda _: reader.get("/cold"), range(READERS)))
    assert {answer.body for answer in answers} == {b"cold"}
    assert len(behind.asked) == 1


def test_an_answer_that_is_stale_at_the_origin_is_not_kept_as_if_it_were_fresh(behind, reader):
    behind.says(b"stale", **life(-7, stale=600, age=307))
    for _ in range(2):
        answer = reader.get("/stale")
        assert answer.how == "nginx; fwd=uri-miss"
        assert answer.headers["Cache-Control"] == "no-cache"
    assert len(behind.asked) == 2


def test_a_reader_who_holds_the_answer_gets_304_from_the_cache(behind, reader):
    behind.says(b"same", ETag='"same"', **life(300))
    reader.get("/same")
    answer = reader.get("/same", If_None_Match='"same"')
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", '"same"')
    assert len(behind.asked) == 1


def test_a_stale_answer_is_revalidated_by_its_etag(behind, reader):
    path = "/api/v1/revalidated"
    behind.says(b"same", ETag='"same"', **life(1))
    reader.get(path)
    answer = until(lambda: reader.get(path), lambda answer: answer.how == "nginx; fwd=stale; fwd-status=304")
    assert (answer.status, answer.body) == (200, b"same")
    assert behind.asked[-1].headers["If-None-Match"] == '"same"'


def test_what_varies_is_kept_apart(behind, reader):
    headers = {**life(300), "Vary": "Accept-Language"}
    for language in ("de", "en"):
        behind.says(language.encode(), **headers)
        reader.get("/varies", Accept_Language=language)
    assert [reader.get("/varies", Accept_Language=it).body for it in ("de", "en")] == [b"de", b"en"]
    assert len(behind.asked) == 2


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_no_error_is_kept(behind, reader, status):
    behind.says(b"{}", status, Cache_Control="no-store", Retry_After="1")
    for _ in range(2):
        answer = reader.get(f"/error/{status}")
        assert (answer.status, answer.headers["Cache-Control"]) == (status, "no-store")
        assert answer.headers["Retry-After"] == "1"
    assert len(behind.asked) == 2


@pytest.mark.parametrize("refusing", ["no-store", "private, max-age=60", "no-cache"])
def test_what_may_not_be_shared_is_not(behind, reader, refusing):
    behind.says(b"mine", Cache_Control=refusing)
    answers = [reader.get(f"/{refusing.partition(',')[0]}") for _ in range(2)]
    assert [answer.headers["Cache-Control"] for answer in answers] == [refusing] * 2
    assert len(behind.asked) == 2


def test_an_answer_to_somebody_who_is_known_is_nobody_elses(behind, reader):
    behind.says(b"mine", **life(300))
    reader.get("/known", Authorization="Bearer one")
    behind.says(b"ours", **life(300))
    assert reader.get("/known").body == b"ours"
    behind.says(b"yours", **life(300))
    assert reader.get("/known", Authorization="Bearer two").body == b"yours"
    assert reader.get("/known").body == b"ours"


def test_the_address_of_a_reader_is_what_nginx_saw(behind, reader):
    behind.says(b"address", **life(300))
    reader.get("/address", X_Forwarded_For="1.2.3.4")
    assert behind.asked[-1].headers.get_all("X-Forwarded-For") == ["127.0.0.1"]


def test_without_an_origin_it_says_so_as_we_do():
    with origin() as gone:
        port = gone.port
    with cdn(port) as nginx:
        answer = Reader(nginx.port).get("/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
