"""Examples for the API document, made by the very code that answers, from a made-up match."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from starlette.exceptions import HTTPException
from starlette.responses import Response

from sabiscore.cache.targets import of_match
from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.domain.match import Match
from sabiscore.domain.value import THRESHOLD
from sabiscore.errors import (
    AccountsOff,
    BadSetting,
    CallConflict,
    NotAllowed,
    NothingPublished,
    SignedOut,
    UnknownMatch,
    UnknownTeam,
    WrongCredentials,
)
from sabiscore.http.account_views import (
    AccountExport,
    AccountList,
    AccountView,
    ApiKeyList,
    ApiKeyView,
    NewApiKey,
    SessionEnded,
    SessionFacts,
    SessionView,
    SignUpTaken,
)
from sabiscore.http.problems import from_error, from_http, problem, unexpected
from sabiscore.http.schema import EdgeTold, LastRun, Revalidated, RunReport, ScheduleList, ScheduleView
from sabiscore.http.signatures import unsigned
from sabiscore.insights import compose
from sabiscore.insights.document import (
    DayCount,
    Document,
    Insight,
    LeagueList,
    LeagueRow,
    MatchList,
    MatchReport,
    ValueBetList,
    ValueBetRow,
)
from sabiscore.insights.evaluation import BundleEvaluation, EvaluationScores, MarketDifference
from sabiscore.insights.fixtures import Fixture
from sabiscore.insights.forecast import Forecast, GroupShift
from sabiscore.insights.health import HealthCheck, HealthResult
from sabiscore.insights.ledger_documents import EntryRef, LedgerPageView, LedgerProof
from sabiscore.insights.ledger_pages import entry_view
from sabiscore.insights.listing import match_report, match_row
from sabiscore.insights.price_history import price_list
from sabiscore.insights.stored_track_record import EMPTY, track_record_document
from sabiscore.insights.system_board import SystemBoard, system_board
from sabiscore.insights.time_bucket import TimeBucket
from sabiscore.insights.track_record import Anchor, Performance, Point, RecordDays
from sabiscore.ledger.entry import GENESIS, Seal, sealed_entry
from sabiscore.observability.metrics import Metrics
from sabiscore.publication.club_forms import ClubForm, PastResult
from sabiscore.publication.matchday import Matchday, MatchLife, SealSummary
from sabiscore.publication.publish import Publication
from sabiscore.publication.system_state import ScheduleLine, SourceLine, SystemState

NOW = datetime(2025, 8, 15, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Model:
    """A bundle that is only spoken of."""

    version: str = "1.0.0"
    kind: Literal["real", "simulated"] = "real"
    schema: str = "0123456789abcdef"
    created_at: datetime = NOW - timedelta(days=2)
    calibration: Calibration = IDENTITY


MATCH = Match(
    league="epl",
    season="2526",
    day=date(2025, 8, 16),
    home="arsenal",
    away="chelsea",
    kickoff_at=datetime(2025, 8, 16, 16, 30, tzinfo=UTC),
    prices={("1x2", "b365", "pre"): (2.0, 3.6, 3.9), ("ou25", "b365", "pre"): (1.8, 2.05)},
    priced_at=NOW - timedelta(hours=3),
)
PUBLICATION = Publication(
    as_of=NOW - timedelta(minutes=30),
    published_at=NOW - timedelta(minutes=30),
    kind="real",
    rehearsal=False,
    source="football-data.co.uk",
    matches={MATCH.id: MATCH},
    served={MATCH.id: MATCH},
    rosters={"epl": ("arsenal", "chelsea")},
    states=Path("states.npz"),
    states_sha256="0" * 64,
    digest="",
)
FORECAST = Forecast(
    (0.53, 0.25, 0.22),
    0.52,
    "with_odds",
    (
        ("ratings", (0.47, 0.27, 0.26)),
        ("no_odds", (0.49, 0.26, 0.25)),
        ("past_odds", (0.5, 0.26, 0.24)),
        ("with_odds", (0.53, 0.25, 0.22)),
    ),
)
METRICS = {
    "seasons": ["2223", "2324", "2425"],
    "scores": {
        "epl": {
            "with_odds": {
                "n": 1140,
                "brier": 0.562,
                "log_loss": 0.9478,
                "accuracy": 0.553,
                "calibration_error": 0.0124,
                "divergence": {"n": 1140, "difference": 0.0021},
            }
        }
    },
}
"""What a bundle's manifest says of its evaluation."""
FORMS = {
    "arsenal": ClubForm(
        (
            PastResult(
                match_id="epl-2425-southampton-arsenal",
                day=date(2025, 5, 25),
                opponent="southampton",
                at_home=False,
                scored=2,
                conceded=1,
            ),
        ),
        ((date(2025, 5, 18), 1741.2), (date(2025, 5, 25), 1743.0)),
    )
}
SHIFTS = (GroupShift("market_now", (0.041, -0.009, -0.032)), GroupShift("ratings", (0.022, -0.004, -0.018)))


def _insight() -> Insight:
    return compose.insight(
        MATCH,
        FORECAST,
        shifts=SHIFTS,
        publication=PUBLICATION,
        model=_Model(),
        at=NOW,
        metrics=METRICS,
        forms=FORMS,
    )


LIFE = MatchLife(
    match=MATCH,
    seals=(
        SealSummary(
            seq=812,
            hash="5c0f" * 16,
            sealed_at=NOW - timedelta(minutes=10),
            stage="day",
            bundle="1.0.0",
            p=FORECAST.p,
        ),
    ),
)
FIXTURE = Fixture(MATCH, LIFE, published=True)


def _matches() -> MatchList:
    return MatchList(
        matches=(match_row(FIXTURE, FORECAST, NOW),),
        count=1,
        day=None,
        days=(DayCount(day=MATCH.day, matches=1),),
        next_day=None,
        previous_day=None,
        model_version="1.0.0",
        freshness=compose.freshness(PUBLICATION, NOW),
        generated_at=NOW,
        simulated=False,
        rehearsal=False,
        unknown={},
    )


def _match() -> MatchReport:
    over = replace(
        LIFE, match=replace(MATCH, goals=(2, 1)), status="finished", source="espn.com", known_at=NOW
    )
    return match_report(Fixture(over.match, over, published=False), PUBLICATION, NOW)


ENTRY = sealed_entry(
    1,
    GENESIS,
    Seal(
        match_id=MATCH.id,
        league=MATCH.league,
        kickoff_at=datetime(2025, 8, 16, 16, 30, tzinfo=UTC),
        stage="day",
        bundle="1.0.0",
        p=FORECAST.p,
        raw=FORECAST.p,
        calibration=(),
        features="7d9f" * 16,
        early=None,
        odds={"b365": (2.0, 3.6, 3.9)},
        priced_at=NOW - timedelta(hours=3),
        source=PUBLICATION.source,
    ),
    NOW,
)


_NO_HISTORY = "No earlier prices were collected."


def _system() -> SystemBoard:
    check = HealthCheck("publication", "pass", "The publication is verified.")
    health = HealthResult("ok", (check,), bundle="1.0.0", as_of=PUBLICATION.as_of, age_s=1800)
    source = SourceLine(
        name="the-odds-api.com",
        state="on",
        breaker="closed",
        used=112,
        quota=500,
        per="month",
        renews_at="2025-09-01T00:00:00+00:00",
        last_good_at="2025-08-15T08:55:01+00:00",
        failures=2,
    )
    schedule = ScheduleLine(
        name="odds",
        due_at="2025-08-15T09:00:00+00:00",
        started_at="2025-08-15T08:50:00+00:00",
        finished_at="2025-08-15T08:50:02+00:00",
        outcome="done",
        problems=0,
    )
    return system_board(
        health,
        publication=PUBLICATION,
        matchday=Matchday(),
        state=SystemState(NOW - timedelta(minutes=4), (source,), (schedule,)),
        metrics=Metrics(),
        at=NOW,
    )


def _ledger() -> LedgerPageView:
    return LedgerPageView(
        entries=(entry_view(ENTRY),),
        count=1,
        head=EntryRef(seq=1, hash=ENTRY.hash),
        next=None,
        freshness=compose.freshness(PUBLICATION, NOW),
        generated_at=NOW,
        simulated=False,
        rehearsal=False,
        unknown={},
    )


def _proof() -> LedgerProof:
    return LedgerProof(
        entry=entry_view(ENTRY),
        previous=None,
        settles=None,
        head=EntryRef(seq=1, hash=ENTRY.hash),
        anchor=None,
        chain_href="/api/v1/ledger?cursor=0&limit=100&format=jsonl",
        freshness=compose.freshness(PUBLICATION, NOW),
        generated_at=NOW,
        simulated=False,
        rehearsal=False,
        unknown={
            "previous": "It is the first.",
            "settles": "It is a prediction.",
            "anchor": "No day that ended since then is published yet.",
        },
    )


def _value_bets() -> ValueBetList:
    odds_on = replace(MATCH, prices={**MATCH.prices, ("1x2", "b365", "pre"): (2.05, 3.6, 3.9)})
    (bet,) = compose.bets_on(odds_on, FORECAST, NOW, PUBLICATION.source, metrics=METRICS)
    row = ValueBetRow(
        match=compose.summary(odds_on),
        bet=bet,
        expected_closing_line_value=None,
        href=f"/api/v1/insights/{MATCH.id}",
    )
    return ValueBetList(
        value_bets=(row,),
        count=1,
        min_edge=THRESHOLD,
        model_version="1.0.0",
        freshness=compose.freshness(PUBLICATION, NOW),
        generated_at=NOW,
        simulated=False,
        rehearsal=False,
        unknown={
            "value_bets.expected_closing_line_value": "Too few settled matches tell how closing prices move."
        },
    )


def _performance() -> Performance:
    score = EvaluationScores(
        n=19331,
        log_loss=0.9909,
        brier=0.5917,
        rps=0.2009,
        accuracy=0.513,
        calibration_error=0.0044,
        against_early_odds=MarketDifference(n=19331, difference=-0.0006, low=-0.0009, high=-0.0003),
        against_closing_odds=MarketDifference(n=19331, difference=0.0022, low=0.0012, high=0.0032),
    )
    shown = BundleEvaluation(
        bundle="1.0.0",
        seasons=("2223", "2324", "2425"),
        all={"with_odds": score},
        by_league={},
        by_season={},
    )
    return track_record_document(EMPTY, PUBLICATION, TimeBucket(NOW, 180, 0, 1800), shown)


def _record_days() -> RecordDays:
    return RecordDays(
        season="2425",
        timeline=(
            Point(day="2025-05-25", n=1752, log_loss=0.9635, closing_log_loss=0.9602, profit_units=-4.2),
        ),
        anchors=(Anchor(day="2025-05-26", entries=1, head=ENTRY.hash),),
        previous=None,
        next="/api/v1/performance/2526",
        freshness=compose.freshness(PUBLICATION, NOW),
        generated_at=NOW,
        simulated=False,
        rehearsal=False,
        unknown={"previous": "It is the first on record."},
    )


def _leagues() -> LeagueList:
    summary = compose.summary(MATCH)
    row = LeagueRow(
        league=summary.league,
        coming=1,
        first_day=MATCH.day,
        last_day=MATCH.day,
        teams=(summary.home, summary.away),
    )
    return LeagueList(
        leagues=(row,),
        freshness=compose.freshness(PUBLICATION, NOW),
        generated_at=NOW,
        simulated=False,
        rehearsal=False,
    )


def _revalidated() -> Revalidated:
    tags = of_match(MATCH.id).tags
    edge = EdgeTold(purged=True, reason=None)
    return Revalidated(revalidated=True, timestamp=NOW, tags=tags, hot=3, recomputed=3, edge=edge)


def _schedules() -> Any:
    last = LastRun(started_at=NOW, finished_at=NOW + timedelta(seconds=2), outcome="done")
    view = ScheduleView(name="odds", due_at=NOW + timedelta(minutes=5), last=last)
    return _plain(ScheduleList(status="ready", schedules=(view,)))


def _run() -> Any:
    report = RunReport(
        job="odds",
        outcome="done",
        started_at=NOW,
        took_s=1.8,
        sentence="5 leagues asked, 412 new prices, 38 matches.",
        figures={"leagues_asked": 5, "prices": 412, "matches": 38},
        problems=(),
    )
    return _plain(report)


def _problems() -> Mapping[str, Mapping[str, Any]]:
    scope = {"path": "/api/v1/insights", "method": "POST", "request_id": "7d9f2c41"}
    unknown = UnknownTeam(
        "There is no team called 'Arsnal' here.", candidates=("arsenal",), hint="Did you mean Arsenal?"
    )
    missing = UnknownMatch(
        "No coming match has the id 'epl-2526-arsenal-arsenal'.",
        hint="See /api/v1/matches for those that are.",
    )
    reused = CallConflict("This id was used for another call.", hint="Give every call an id of its own.")
    nothing_published = NothingPublished("No matches have been published yet.")
    bad_date = {"where": "query.from", "message": "a date is written YYYY-MM-DD"}
    responses = {
        400: {"not JSON": from_http(scope, HTTPException(400))},
        401: {
            "not signed": from_error(scope, unsigned()),
            "signed out": from_error(scope, SignedOut("Nobody is signed in.", hint="Sign in.")),
            "wrong password": from_error(scope, WrongCredentials("E-mail or password is wrong.")),
        },
        403: {"another site": from_error(scope, NotAllowed("A page of another site may not do this."))},
        404: {"unknown match": from_error(scope, missing)},
        405: {"wrong method": from_http({**scope, "method": "PUT"}, HTTPException(405))},
        409: {
            "another body": from_error(scope, reused),
            "busy": problem(scope, 409, "busy", "Another run of this schedule is under way."),
        },
        412: {"another": problem(scope, 412, "precondition-failed", "The answer is another one.")},
        414: {"too long": problem(scope, 414, "uri-too-long", "Path and query are longer than 4096 bytes.")},
        416: {"past the end": problem(scope, 416, "range-not-satisfiable", "The answer has 3085 bytes.")},
        431: {"too large": problem(scope, 431, "fields-too-large", "The fields are longer than 8192 bytes.")},
        413: {"too large": problem(scope, 413, "body-too-large", "The body is longer than 65536 bytes.")},
        415: {"not JSON": from_http(scope, HTTPException(415))},
        422: {
            "unknown team": from_error(scope, unknown),
            "bad date": problem(scope, 422, "invalid", bad_date["message"], errors=[bad_date]),
        },
        429: {"too many": problem(scope, 429, "too-many-requests", "At most 100 requests a minute.")},
        500: {"unexpected": unexpected(scope)},
        504: {"too slow": problem(scope, 504, "timeout", "The answer was not there within 10 s.")},
        503: {
            "nothing published": from_error(scope, nothing_published),
            "no accounts": from_error(scope, AccountsOff("SABISCORE_ACCOUNT_SECRET")),
            "bad setting": from_error(scope, BadSetting("", setting="UPSTASH_REDIS_REST_TOKEN")),
        },
    }
    return {f"Problem {status}": _bodies(of_status) for status, of_status in responses.items()}


def _accounts() -> Mapping[str, Mapping[str, Any]]:
    """Of calls about accounts; the tokens are only shaped like some."""
    account = AccountView(
        id="4f" * 16, email="reader@example.com", role="reader", created_at=datetime(2025, 8, 1, tzinfo=UTC)
    )
    key = ApiKeyView(id="0123456789abcdef", name="home server", created_at=NOW, used_at=None)
    session = SessionView(account=account, access_token="eyJ…", expires_in=600, csrf_token="9c" * 32)  # noqa: S106 - no token
    facts = SessionFacts(created_at=NOW, used_at=NOW, expires_at=NOW + timedelta(days=30))
    password = "correct horse battery"  # noqa: S105 - nobody's
    return {
        "SignUp": {"a reader": {"email": account.email, "password": password}},
        "SignIn": {"a reader": {"email": account.email, "password": password}},
        "PasswordAgain": {"the password": {"password": password}},
        "PasswordChange": {"a new one": {"current": password, "password": "staple of the new one"}},
        "NewKey": {"a name": {"name": key.name}},
        "SignUpTaken": {"known or not": _plain(SignUpTaken())},
        "AccountView": {"a reader": _plain(account)},
        "AccountList": {"one account": _plain(AccountList(accounts=(account,)))},
        "SessionView": {"signed in": _plain(session)},
        "SessionEnded": {"signed out": _plain(SessionEnded(status="signed out"))},
        "Departure": {"a provider": {"location": "https:…/authorize?state=…"}},
        "ApiKeyList": {"one key": _plain(ApiKeyList(keys=(key,)))},
        "NewApiKey": {"shown once": _plain(NewApiKey(key=key, secret=f"sbk_{key.id}_…"))},
        "AccountExport": {
            "all of it": _plain(AccountExport(account=account, sessions=(facts,), keys=(key,), identities=()))
        },
    }


def _bodies(responses: Mapping[str, Response]) -> Mapping[str, Any]:
    return {title: json.loads(bytes(response.body)) for title, response in responses.items()}


def _plain(document: Document) -> Any:
    return document.model_dump(mode="json")


def examples() -> Mapping[str, Mapping[str, Any]]:
    """Values by title, by the name of the model, or ``Problem`` and its status."""
    scheduled = _insight()
    imagined = compose.insight(
        replace(MATCH, kickoff_at=None, prices={}, priced_at=None),
        replace(FORECAST, knowledge="past_odds", levels=()),
        shifts=SHIFTS[1:],
        publication=PUBLICATION,
        model=_Model(),
        at=NOW,
        scheduled=False,
    )
    check = {"status": "pass", "detail": "The publication is verified."}
    report = {
        "status": "ok",
        "checks": [{"name": "publication", **check}],
        "bundle": "1.0.0",
        "as_of": PUBLICATION.as_of.isoformat(),
        "age_s": 1800,
    }
    return {
        "Insight": {"scheduled": _plain(scheduled), "not scheduled": _plain(imagined)},
        "MatchList": {"one match": _plain(_matches())},
        "LedgerPageView": {"one entry": _plain(_ledger())},
        "LedgerProof": {"a seal": _plain(_proof())},
        "PriceList": {"two markets": _plain(price_list(MATCH, _NO_HISTORY, PUBLICATION, NOW))},
        "SystemBoard": {"all well": _plain(_system())},
        "MatchReport": {"played": _plain(_match())},
        "ValueBetList": {"one value bet": _plain(_value_bets())},
        "Performance": {"before the first result": _plain(_performance())},
        "RecordDays": {"the end of a season": _plain(_record_days())},
        "LeagueList": {"one league": _plain(_leagues())},
        "Matchup": {
            "with a league": {"matchup": "Arsenal vs Chelsea", "league": "EPL"},
            "nicknames": {"matchup": "spurs v man utd"},
        },
        "HealthReport": {"all well": report},
        "Live": {"alive": {"status": "ok"}},
        "Revalidate": {
            "a match": {"match": MATCH.id},
            "by tag": {"tags": ["league:epl", "odds"]},
            "by path": {"path": f"/match/{MATCH.id}"},
            "an old caller": {"secret": "the secret we share with you", "path": f"/match/{MATCH.id}"},
        },
        "Revalidated": {"signed": _plain(_revalidated())},
        "ScheduleList": {"calls are taken": _schedules()},
        "CronCall": {
            "signed": {"job": "odds"},
            "an old caller": {"secret": "the secret we share with you"},
        },
        "RunReport": {"new prices": _run()},
        "RunUnderWay": {"a long run": {"job": "stats", "outcome": "running"}},
        **_accounts(),
        "RevalidationState": {"calls are taken": {"status": "ready", "edge": True}},
        **_problems(),
    }
