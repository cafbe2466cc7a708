"""A small published world for tests of serving: made-up prices, a fake model, and the real app over both."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import numpy as np
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from sabiscore.cache.file_stamp import FileStamp
from sabiscore.cache.last_good import LastGood
from sabiscore.cache.memory import MemoryTier
from sabiscore.cache.tier import NullTier, Tier
from sabiscore.cache.tiered_cache import TieredCache
from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.domain.match import Match
from sabiscore.errors import EdgeUnavailable, NothingPublished, SabiScoreError
from sabiscore.http.about_routes import about_routes
from sabiscore.http.app import create_app
from sabiscore.http.cached_responder import CachedResponder, milliseconds
from sabiscore.http.compute_pool import ComputePool
from sabiscore.http.cron_routes import cron_routes
from sabiscore.http.export_routes import export_routes
from sabiscore.http.health_routes import health_routes
from sabiscore.http.insights_routes import insights_routes
from sabiscore.http.ledger_routes import ledger_routes
from sabiscore.http.middleware.problem_pages import ProblemPages
from sabiscore.http.pages.routes import page_routes
from sabiscore.http.push_body import PushSubscribe
from sabiscore.http.push_routes import push_routes
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.http.revalidate_routes import revalidate_routes
from sabiscore.http.schema import LastRun, ScheduleView
from sabiscore.http.system_routes import system_routes
from sabiscore.http.webhooks import SignedCalls
from sabiscore.insights.gauges import health_gauges
from sabiscore.insights.health import Health, HealthResult
from sabiscore.insights.last_track_record import last_track_record
from sabiscore.insights.revalidation import Revalidation
from sabiscore.insights.service import Insights
from sabiscore.jobs.report import JobReport, JobResult
from sabiscore.limits.bucket import Buckets
from sabiscore.observability.exposition import exposition
from sabiscore.observability.metrics import METRICS
from sabiscore.publication.corrections import last_corrections
from sabiscore.publication.publish import COMING, Publication, publish, read
from sabiscore.publication.supplements import last_supplements

SECRET = "whsec_" + "Y2FuYXJ5" * 5
"""Signs calls to the world's webhook."""
PUSH_KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
"""A public key, of RFC 8291."""
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NOW = datetime(2025, 8, 15, 9, tzinfo=UTC)
KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)

ROSTERS = {
    "epl": ("arsenal", "chelsea", "liverpool", "man-city", "man-united", "tottenham"),
    "laliga": ("ath-madrid", "barcelona", "real-madrid", "sevilla"),
    "serie-a": ("inter", "juventus", "milan", "roma"),
    "ligue-1": ("lyon", "paris-sg"),
    "national-league": ("altrincham", "southend"),
}
GROUPS = {"ratings": (0, 1), "form": (2,), "market_past": (3, 4), "market_now": (5, 6), "panic": (7,)}
FLAGS = (3, 5)
GOALS = slice(8, 10)
FEATURES = 10


async def _metrics(report: HealthResult) -> str:
    """What this process counted, which is alone."""
    return exposition(METRICS.totals(), health_gauges(report))


def match(home: str, away: str, league: str = "epl", **changes: Any) -> Match:
    """A priced match of tomorrow, unless ``changes`` say otherwise."""
    fields: dict[str, Any] = {
        "kickoff_at": KICKOFF,
        "prices": {
            ("1x2", "b365", "pre"): (2.0, 3.6, 3.9),
            ("1x2", "avg", "pre"): (1.98, 3.5, 3.85),
            ("1x2", "max", "pre"): (2.06, 3.7, 4.0),
            ("ou25", "b365", "pre"): (1.8, 2.05),
            ("ah", "ps", "pre"): (1.95, 1.95),
        },
        "lines": {"pre": -0.5},
        "priced_at": NOW - timedelta(hours=3),
        **changes,
    }
    return Match(
        league=league, season="2526", day=fields.pop("day", date(2025, 8, 16)), home=home, away=away, **fields
    )


MATCHES = (
    match("arsenal", "chelsea"),
    match("man-united", "tottenham", kickoff_at=None, prices={}, lines={}, priced_at=None),
    match("liverpool", "man-city", day=date(2025, 8, 17), kickoff_at=KICKOFF + timedelta(days=1)),
    match("barcelona", "real-madrid", "laliga"),
    match("inter", "milan", "serie-a", priced_at=NOW - timedelta(days=4)),
    match("altrincham", "southend", "national-league"),
)


class FakeVectors:
    """Vectors drawn from the names of the teams."""

    schema = "fake"
    groups = GROUPS
    flags = FLAGS
    absent = tuple(0.0 if column in FLAGS else float("nan") for column in range(FEATURES))

    def __call__(self, matches: Sequence[Match]) -> np.ndarray:
        return np.stack([self._vector(match) for match in matches])

    def _vector(self, match: Match) -> np.ndarray:
        seed = hashlib.sha256(f"{match.home}-{match.away}".encode()).digest()
        x = np.random.default_rng(list(seed)).normal(0, 0.4, FEATURES).astype(np.float32)
        x[3] = 1.0
        x[GOALS] = np.exp(0.3 + 0.3 * x[GOALS])
        if match.prices:
            x[5] = 1.0
        else:
            x[[6, 7]], x[5] = np.nan, 0.0
        return x


@dataclass(kw_only=True)
class FakeModel:
    """A fixed softmax over the fake columns, NaN counting as 0."""

    version: str = "1.2.3"
    kind: Literal["real", "simulated"] = "real"
    schema: str = "fake"
    created_at: datetime = NOW - timedelta(days=3)
    calibration: Calibration = IDENTITY
    baseline: np.ndarray = field(default_factory=lambda: np.zeros(FEATURES, np.float32))
    batches: list[int] = field(default_factory=list)
    metrics: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, X: np.ndarray) -> np.ndarray:
        self.batches.append(len(X))
        weights = np.random.default_rng(7).normal(0, 0.5, (FEATURES, 3))
        z = np.exp((np.nan_to_num(X.astype(np.float64))[:, :, None] * weights).sum(axis=1))
        return z / z.sum(axis=1, keepdims=True)

    def over(self, X: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(2.7 - X[:, GOALS].astype(np.float64).sum(axis=1)))


@dataclass
class FakeModels:
    """A model source whose model and fault are set by hand."""

    model: FakeModel | None = field(default_factory=FakeModel)
    refused: SabiScoreError | None = None
    taken_back: str | None = None
    evaluated: dict[str, Any] = field(default_factory=dict)

    def fallen(self) -> str | None:
        return self.taken_back

    def version(self) -> str:
        return self.model.version if self.model else "none"

    def metrics(self) -> dict[str, Any]:
        return self.evaluated

    def get(self) -> FakeModel:
        if self.model is None:
            raise NothingPublished("No bundle is in production.", hint="Train one.")
        self.model.metrics = self.evaluated
        return self.model


def put(folder: Path, matches: Sequence[Match] = MATCHES, **changes: Any) -> Publication:
    """The publication of ``matches``, written to ``folder``."""
    fields: dict[str, Any] = {
        "as_of": NOW - timedelta(minutes=30),
        "published_at": NOW - timedelta(minutes=30),
        "kind": "real",
        "rehearsal": False,
        "source": "football-data.co.uk",
        "rosters": ROSTERS,
        **changes,
    }
    save_states = fields.pop("save_states", lambda path: path.write_bytes(b"states"))
    return publish(folder, matches, save_states, **fields)


@dataclass(frozen=True)
class Answer:
    """What the app sent."""

    path: str
    status_code: int
    headers: Headers
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks an ASGI app as a server would; an error that the app does not answer fails the test."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._headers = headers or {}

    def get(self, url: str, **fields: Any) -> Answer:
        return self.request("GET", url, **fields)

    def post(self, url: str, **fields: Any) -> Answer:
        return self.request("POST", url, **fields)

    def request(self, method: str, url: str, **fields: Any) -> Answer:
        """As ``ask``, on an event loop of its own."""
        return asyncio.run(self.ask(method, url, **fields))

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | bytes] | None = None,
        content: bytes | str | Iterable[bytes] = b"",
        json: Any = None,
    ) -> Answer:
        """``content`` as pieces is sent without a length, as a chunked body is."""
        path, _, query = url.partition("?")
        if json is not None:
            content, headers = dumps(json), {"content-type": "application/json", **(headers or {})}
        whole = content.encode() if isinstance(content, str) else content
        sent = {**self._headers, **(headers or {})}
        raw = [(name.encode(), _raw(value)) for name, value in sent.items()]
        if isinstance(whole, bytes):
            raw.append((b"content-length", str(len(whole)).encode()))
        pieces = [whole] if isinstance(whole, bytes) else whole
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "query_string": query.encode(),
            "headers": raw,
        }
        return await self._ask(scope, iter(pieces))

    async def _ask(self, scope: dict[str, Any], pieces: Iterator[bytes]) -> Answer:
        sent: list[Message] = []

        async def receive() -> Message:
            piece = next(pieces, None)
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, *bodies = sent
        content = b"".join(message.get("body", b"") for message in bodies)
        return Answer(scope["path"], start["status"], Headers(raw=start["headers"]), content)


def _raw(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


@dataclass
class FakeEdge:
    """Remembers what it was told; ``away`` is what it raises instead."""

    purges: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    error: EdgeUnavailable | None = None

    async def purge(self, tags: Sequence[str], paths: Sequence[str]) -> None:
        if self.error is not None:
            raise self.error
        self.purges.append((tuple(tags), tuple(paths)))


@dataclass
class FakeRuns:
    """Remembers which runs were called for; ``told`` is put into their reports, ``away`` raised instead.

    ``elsewhere``: they go on and nobody waits. ``wait`` is called by each run before it is done.
    """

    made: list[tuple[str, str]] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    elsewhere: bool = False
    wait: Callable[[], object] = lambda: None

    def __call__(self, job: str, call_id: str) -> dict[str, Any] | None:
        if self.error is not None:
            raise self.error
        self.made.append((job, call_id))
        self.wait()
        if self.elsewhere:
            return None
        report = JobReport(
            job=job,
            outcome="done",
            started_at=NOW,
            took_s=1.25,
            done=JobResult("3 new prices.", {"prices": 3}, ("espn.com is away.",)),
        )
        return {**report.as_json(), **self.changes}


SCHEDULED = (
    ScheduleView(name="odds", due_at=NOW + timedelta(minutes=5), last=None),
    ScheduleView(
        name="cleanup",
        due_at=NOW + timedelta(hours=17),
        last=LastRun(started_at=NOW - timedelta(hours=7), finished_at=None, outcome="died"),
    ),
)


class KeptSubscriptions:
    """Browsers' subscriptions in memory, by endpoint."""

    def __init__(self) -> None:
        self.kept: dict[str, PushSubscribe] = {}

    def subscribe(self, asked: PushSubscribe) -> None:
        self.kept[asked.endpoint] = asked

    def unsubscribe(self, endpoint: str) -> None:
        self.kept.pop(endpoint, None)


@dataclass
class World:
    """Everything that a test of serving may want to move."""

    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    models: FakeModels = field(default_factory=FakeModels)
    site: str | None = None
    guard: RequestPolicy = field(default_factory=lambda: RequestPolicy(limiter=Buckets(1_000_000)))

    def __post_init__(self) -> None:
        self.publications: LastGood[Publication] = LastGood(
            load=lambda: read(self.folder), stamp=FileStamp(self.folder / COMING)
        )
        self.records = last_track_record(self.folder, self.publications)
        self.corrections = last_corrections(self.folder)
        self.supplements = last_supplements(self.folder)
        self.insights = Insights(
            self.publications,
            self.records,
            corrections=self.corrections,
            models=self.models,
            open_states=lambda _: FakeVectors(),
            clock=self.clock,
            supplements=self.supplements,
        )
        self.failures: list[Exception] = []
        self.requests_per_minute = 100
        self.compute_pool = ComputePool()
        self.edge = FakeEdge()
        self.runs = FakeRuns()
        self.subscriptions = KeptSubscriptions()
        self.patience_s = 60.0
        self.over(NullTier())
        self.health = Health(self.publications, self.models, self.clock, self.corrections)

    def over(self, shared: Tier) -> None:
        """Answer, and take calls, as a new process over ``shared``."""
        self.answers = self.answers_over(shared)
        self.calls, self.cron_calls = (
            SignedCalls(
                [SECRET], MemoryTier(self.now), l2=shared, clock=self.clock, failed=self.failures.append
            )
            for _ in range(2)
        )
        self.revalidation = Revalidation(
            self.insights, self.answers, edge=self.edge, failed=self.failures.append
        )

    def answers_over(self, shared: Tier) -> CachedResponder:
        """What a process of its own, with an empty memory, answers with."""
        chain = TieredCache(MemoryTier(self.now), shared, now=self.now, failed=self.failures.append)
        return CachedResponder(chain, self.clock, self.compute_pool)

    def now(self) -> int:
        """The clock in milliseconds."""
        return milliseconds(self.clock.now())

    @property
    def routes(self) -> list[Route]:
        """All routes of all functions."""
        return [
            *insights_routes(lambda: self.insights, lambda: self.answers),
            *ledger_routes(lambda: self.insights, lambda: self.answers),
            *export_routes(lambda: self.insights, lambda: self.answers),
            *system_routes(lambda: self.insights, lambda: self.answers, lambda: self.health),
            *revalidate_routes(lambda: self.revalidation, lambda: self.calls, self.clock.now),
            *cron_routes(
                lambda: self.runs, lambda: self.cron_calls, lambda: SCHEDULED, patience_s=self.patience_s
            ),
            *push_routes(lambda: PUSH_KEY, lambda: self.subscriptions),
            *about_routes(),
            *health_routes(lambda: self.health, _metrics),
        ]

    @property
    def app(self) -> Starlette:
        return create_app(self.routes, lambda: self.guard)

    @property
    def client(self) -> Client:
        return Client(self.app)

    @property
    def pages(self) -> Client:
        """Asks for pages as a browser does."""
        routes = page_routes(
            lambda: self.insights,
            lambda: self.answers,
            lambda: self.health,
            lambda: self.site,
            lambda: self.requests_per_minute,
        )
        return Client(ProblemPages(create_app(routes, lambda: self.guard)), {"accept": BROWSER})


def world(folder: Path, matches: Sequence[Match] = MATCHES, **changes: Any) -> World:
    """A world in which ``matches`` are published in ``folder``."""
    put(folder, matches, **changes)
    return World(folder)
