"""``sabiscore sources``: what a person sees of every source, before and after they were asked."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.cli import main
from infra.rigs.redis import RedisRig
from infra.rigs.upstash_rest import TOKEN
from sabiscore.bootstrap.job_context import open_sources
from sabiscore.errors import BadSetting, CircuitOpen, DiskUnavailable, NoResponse
from sabiscore.identity.leagues import find_league
from sabiscore.net.breaker import PROVIDER_POLICY
from sabiscore.net.provider_client import RetryPolicy
from sabiscore.settings import read_settings
from sabiscore.sources.base import Wanted
from sabiscore.sources.football_data import FootballData
from tests.support.cas_stores import Hands
from tests.support.season_files import csv, season

CANARY = "c4n4ry-key"
KNOWN = FootballData().parse("E0_2526.csv", csv(season(start_year=2025))).matches
ODDS = {
    "id": "e912304de2b2ce35b473ce2ecd3d1502",
    "sport_key": "soccer_epl",
    "commence_time": "2026-04-18T14:00:00Z",
    "home_team": "Ashford",
    "away_team": "Brookvil",
    "bookmakers": [
        {
            "key": "unibet_eu",
            "last_update": "2026-04-16T11:59:00Z",
            "markets": [
                {
                    "key": "h2h",
                    "last_update": "2026-04-16T11:59:00Z",
                    "outcomes": [
                        {"name": "Ashford", "price": 2.1},
                        {"name": "Brookvil", "price": 3.9},
                        {"name": "Draw", "price": 3.5},
                    ],
                }
            ],
        }
    ],
}


class Host(BaseHTTPRequestHandler):
    """Answers for every provider: The Odds API well, the others with a failure of their own."""

    left = 433 + PROVIDER_POLICY.failures

    def do_GET(self) -> None:
        fine = self.path.startswith("/v4/sports/soccer_epl/odds") and f"apiKey={CANARY}" in self.path
        output = json.dumps([ODDS]).encode() if fine else b"<html>"
        self.send_response(200 if fine else 500)
        self.send_header("Content-Length", str(len(output)))
        Host.left -= fine
        self.send_header("x-requests-remaining", str(Host.left))
        self.end_headers()
        self.wfile.write(output)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "SABISCORE_HOME": str(tmp_path / "real"),
        "SABISCORE_THE_ODDS_API_KEY": CANARY,
        "SABISCORE_KEEP_REPLIES_MB": "1",
    }


@pytest.fixture
def sabiscore(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], environ: dict[str, str]
) -> Callable[..., str]:
    """Runs the command as ``environ`` says; what it printed."""
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["sabiscore", "sources", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        assert not end.value.code, said.err
        assert CANARY not in said.out + said.err
        return said.out

    return run


def by_name(output: str) -> dict[str, dict[str, object]]:
    return {state["name"]: state for state in json.loads(output)}


def test_with_nothing_set_those_without_keys_are_on(sabiscore: Callable[..., str]) -> None:
    found = by_name(sabiscore("--json"))
    on = {name for name, state in found.items() if state["state"] == "on"}
    assert on == {"football-data.co.uk", "espn.com", "understat.com", "the-odds-api.com"}
    assert found["api-football.com"]["missing_settings"] == ["SABISCORE_API_FOOTBALL_KEY"]
    assert found["opta"]["state"] == "off: no licence"
    assert all(state["last_good_at"] is None and state["breaker"] == "closed" for state in found.values())
    shown = sabiscore()
    assert "set SABISCORE_RAPIDAPI_KEY" in shown
    assert "500 of 500 a month" in shown
    assert "[betfair.com] > football-data.co.uk" in shown


def test_what_one_process_learnt_another_shows(
    sabiscore: Callable[..., str], environ: dict[str, str], port: int
) -> None:
    today = datetime.now(UTC)
    settings = read_settings(environ)
    here = f"http://127.0.0.1:{port}"
    names = ("football-data.co.uk", "espn.com", "understat.com", "the-odds-api.com")
    hands = Hands(today.replace(day=15))
    once = RetryPolicy(5.0, 5.0, attempts=1)
    with open_sources(settings, hands, patience=once, elsewhere=dict.fromkeys(names, here)) as opened:
        for _ in range(PROVIDER_POLICY.failures):
            found = opened.ask_week(find_league("epl"), KNOWN)
    assert found["the-odds-api.com"].won["odds", "epl"].facts == 1
    state = by_name(sabiscore("--json"))
    odds = state["the-odds-api.com"]
    assert (odds["state"], odds["fetches"], odds["refused"]) == ("on", PROVIDER_POLICY.failures, 0)
    assert odds["quota"]["used"] == 67  # what the provider counts, being more than our five
    assert state["espn.com"]["state"] == "trying again" or state["espn.com"]["state"] == "resting"
    assert "answered 500" in str(state["espn.com"]["failure"])
    shown = sabiscore()
    assert "433 of 500 a month" in shown
    assert 'brookvil = "brookvale"' in shown
    assert len(odds["unmatched"]) == 1
    (kept,) = [row for row in json.loads(sabiscore("--reread", "--json")) if row["problem"] == ""]
    assert (kept["source"], kept["events"], kept["facts"]) == ("the-odds-api.com", 1, 1)
    for path in (Path(environ["SABISCORE_HOME"]) / "replies").iterdir():
        assert CANARY.encode() not in path.read_bytes()


def test_with_a_shared_cache_breakers_are_the_fleets(
    environ: dict[str, str], port: int, shared: RedisRig
) -> None:
    known = {"UPSTASH_REDIS_REST_URL": shared.url, "UPSTASH_REDIS_REST_TOKEN": TOKEN}
    here = {"espn.com": f"http://127.0.0.1:{port}"}
    once = RetryPolicy(5.0, 5.0, attempts=1)
    hands = Hands()
    with open_sources(read_settings({**environ, **known}), hands, patience=once, elsewhere=here) as opened:
        espn = next(source.provider for source in opened.declared if source.provider.name == "espn.com")
        today = hands.now().date()
        (request,) = espn.requests(Wanted(espn.gives, ("epl",), today, today), hands.now())
        for _ in range(PROVIDER_POLICY.failures):
            with pytest.raises((NoResponse, CircuitOpen)):
                opened.live.ask(espn, request)
        with pytest.raises(CircuitOpen):
            opened.live.ask(espn, request)
    assert (
        json.loads(shared.run("GET", "sabiscore:register:breaker:espn.com"))["failures"]
        >= PROVIDER_POLICY.failures
    )
    with open_sources(
        read_settings({**environ, **known, "SABISCORE_HOME": f"{environ['SABISCORE_HOME']}2"}), hands
    ) as other:
        assert other.live.breaker("espn.com").position() == "open"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SABISCORE_OPTA_FEED_URL", f"https://{CANARY}@feeds.example.com/x"),
        ("SABISCORE_OPTA_FEED_URL", "http://169.254.169.254/latest"),
        ("SABISCORE_QUOTAS", "opta.com=5/day"),
        ("SABISCORE_THE_ODDS_API_KEY", f"{CANARY}\n" + "é"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_by_name(
    environ: dict[str, str], name: str, value: str
) -> None:
    settings = read_settings({**environ, name: value})
    with pytest.raises(BadSetting, match=name) as caught, open_sources(settings, Hands()):
        pass
    assert CANARY not in f"{caught.value}{caught.value.hint}"


def test_asking_an_unknown_league_is_refused_before_anybody_is_asked(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], environ: dict[str, str]
) -> None:
    monkeypatch.setenv("SABISCORE_HOME", environ["SABISCORE_HOME"])
    monkeypatch.setattr(sys, "argv", ["sabiscore", "sources", "--ask", "nowhere"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "nowhere" in capfd.readouterr().err


def test_a_quota_that_was_bought_takes_the_free_ones_place(environ: dict[str, str]) -> None:
    settings = read_settings({**environ, "SABISCORE_QUOTAS": "the-odds-api.com=20000/month"})
    with open_sources(settings, Hands()) as opened:
        (state,) = [source for source in opened.states() if source.name == "the-odds-api.com"]
    assert state.quota is not None
    assert state.quota.plan.calls == 20_000


def test_without_the_store_the_states_that_are_known_are_shown(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = read_settings({**environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'file' / 'x.db'}"})
    with pytest.raises(DiskUnavailable), open_sources(settings, Hands()):
        pass
    no_database = "postgresql://nobody@127.0.0.1:9/none"
    with open_sources(read_settings({**environ, "DATABASE_URL": no_database}), Hands()) as opened:
        states = {state.name: state for state in opened.states()}
    assert states["espn.com"].record is None
    assert "cannot be used" in states["espn.com"].note
    assert states["espn.com"].as_json()["last_good_at"] is None
