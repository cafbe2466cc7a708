"""A server of this machine that speaks as The Odds API, ESPN, football-data.co.uk and others do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sabiscore.domain.match import Match, season_start_year
from sabiscore.sources.api_football_reading import LEAGUE_NUMBERS
from sabiscore.sources.espn import SLUGS
from sabiscore.sources.the_odds_api import SPORTS
from sabiscore.sources.understat import NAMES as UNDERSTAT_NAMES

ODDS, SCORES, FILES = "the-odds-api.com", "espn.com", "football-data.co.uk"
XG, TABLES = "understat.com", "api-football.com"
NAMES = (ODDS, SCORES, FILES, XG, TABLES)
BOOKS = ("pinnacle", "williamhill", "unibet_eu")
KEY = "SABISCORE_THE_ODDS_API_KEY"
BEGINS = {"v4": ODDS, "apis": SCORES, "getLeagueData": XG, "standings": TABLES, "fixtures": TABLES}

STATES = {
    "scheduled": ("STATUS_SCHEDULED", "pre"),
    "postponed": ("STATUS_POSTPONED", "post"),
    "in_play": ("STATUS_IN_PROGRESS", "in"),
    "finished": ("STATUS_FULL_TIME", "post"),
}
SHORT = {"scheduled": "NS", "postponed": "PST", "in_play": "2H", "finished": "FT"}


@dataclass(kw_only=True)
class World:
    """What the providers know: ``names`` by slug, ``odds`` by match with the instant they were quoted at,
    ``status``, ``goals`` and ``xg`` by match, ``points`` by league and team. Those in ``away`` answer 503.
    ``files`` are season files."""

    names: Mapping[str, str]
    matches: list[Match] = field(default_factory=list)
    odds: dict[str, tuple[tuple[float, float, float], datetime]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    goals: dict[str, tuple[int, int]] = field(default_factory=dict)
    xg: dict[str, tuple[float, float]] = field(default_factory=dict)
    points: dict[tuple[str, str], int] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    files: Path | None = None
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> bytes | None:
        """What is sent for ``path``; None for 503."""
        parts = urlsplit(path).path.strip("/").split("/")
        who = BEGINS.get(parts[0], FILES)
        self.asked.append(who)
        if who in self.unreachable:
            return None
        if who == ODDS:
            league = next(key for key, sport in SPORTS.items() if sport == parts[2])
            events = [
                self._priced(match)
                for match in self.matches
                if match.league == league and match.id in self.odds
            ]
            return json.dumps(events).encode()
        if who == SCORES:
            return json.dumps(self._scoreboard(next(k for k, v in SLUGS.items() if v == parts[-2]))).encode()
        if who == XG:
            league = next(key for key, name in UNDERSTAT_NAMES.items() if name == parts[1])
            events = [
                self._expected(match)
                for match in self.matches
                if match.league == league and match.id in self.xg
            ]
            return json.dumps({"dates": events}).encode()
        if who == TABLES:
            query = parse_qs(urlsplit(path).query)
            ask = self._fixtures if parts[0] == "fixtures" else self._standings
            return json.dumps(ask(query)).encode()
        return self._file(parts)

    def _expected(self, match: Match) -> dict[str, object]:
        (home, away), goals = self.xg[match.id], self.goals[match.id]
        assert match.kickoff_at is not None
        return {
            "id": str(abs(hash(match.id)) % 10**9),
            "isResult": True,
            "h": {"title": self.names[match.home]},
            "a": {"title": self.names[match.away]},
            "goals": {"h": str(goals[0]), "a": str(goals[1])},
            "xG": {"h": str(home), "a": str(away)},
            "datetime": match.kickoff_at.strftime("%Y-%m-%d %H:%M:%S"),
        }

    def _standings(self, query: Mapping[str, list[str]]) -> dict[str, object]:
        league = next(key for key, number in LEAGUE_NUMBERS.items() if str(number) == query["league"][0])
        mine = {team: points for (of, team), points in self.points.items() if of == league}
        rows = [
            {
                "rank": rank,
                "team": {"name": self.names[team]},
                "points": mine[team],
                "group": "",
                "all": {
                    "played": mine[team],
                    "win": 0,
                    "draw": mine[team],
                    "lose": 0,
                    "goals": {"for": 0, "against": 0},
                },
            }
            for rank, team in enumerate(sorted(mine, key=lambda team: -mine[team]), 1)
        ]
        events = {"id": int(query["league"][0]), "season": int(query["season"][0]), "standings": [rows]}
        return {"get": "standings", "errors": [], "response": [{"league": events}]}

    def _fixtures(self, query: Mapping[str, list[str]]) -> dict[str, object]:
        """The matches of one day, or of a league between two, as API-Football tells them."""
        first, last = (query.get(name, query.get("date", [""]))[0] for name in ("from", "to"))
        number = query.get("league", [""])[0]
        rows = [
            self._fixture(match)
            for match in self.matches
            if match.id in self.status
            and first <= zulu(match.kickoff_at)[:10] <= last
            and number in ("", str(LEAGUE_NUMBERS[match.league]))
        ]
        return {"get": "fixtures", "errors": [], "response": rows}

    def _fixture(self, match: Match) -> dict[str, object]:
        status = self.status[match.id]
        known = status in ("in_play", "finished")
        goals = dict(zip(("home", "away"), self.goals.get(match.id, (0, 0)), strict=True)) if known else None
        nothing = {"home": None, "away": None}
        return {
            "fixture": {
                "id": abs(hash(match.id)) % 10**9,
                "date": zulu(match.kickoff_at),
                "status": {"short": SHORT[status]},
            },
            "league": {
                "id": LEAGUE_NUMBERS[match.league],
                "season": season_start_year(match.season),
                "round": "Regular Season - 1",
            },
            "teams": {
                "home": {"id": 1, "name": self.names[match.home]},
                "away": {"id": 2, "name": self.names[match.away]},
            },
            "goals": goals or nothing,
            "score": {"halftime": nothing, "fulltime": goals if goals and status == "finished" else nothing},
        }

    def _file(self, parts: list[str]) -> bytes | None:
        if self.files is None:
            return None
        if parts[0] == "fixtures.csv":
            return (self.files / "fixtures.csv").read_bytes()
        path = self.files / f"{parts[2].removesuffix('.csv')}_{parts[1]}.csv"
        return path.read_bytes() if path.exists() else b""

    def _priced(self, match: Match) -> dict[str, object]:
        odds, at = self.odds[match.id]
        home, away = self.names[match.home], self.names[match.away]
        rows = []
        for number, book in enumerate(BOOKS):
            prices = [round(price + 0.02 * number, 2) for price in odds]
            outcomes = [{"name": n, "price": p} for n, p in zip((home, "Draw", away), prices, strict=True)]
            markets = [{"key": "h2h", "last_update": zulu(at), "outcomes": outcomes}]
            rows.append({"key": book, "title": book, "last_update": zulu(at), "markets": markets})
        return {
            "id": f"odds-{match.id}",
            "sport_key": SPORTS[match.league],
            "sport_title": match.league,
            "commence_time": zulu(match.kickoff_at),
            "home_team": home,
            "away_team": away,
            "bookmakers": rows,
        }

    def _scoreboard(self, league: str) -> dict[str, object]:
        events = [
            self._event(match) for match in self.matches if match.league == league and match.id in self.status
        ]
        return {"leagues": [{"id": "1", "slug": SLUGS[league]}], "events": events}

    def _event(self, match: Match) -> dict[str, object]:
        name, state = STATES[self.status[match.id]]
        goals = self.goals.get(match.id, (0, 0))
        number = str(abs(hash(match.id)) % 10**9)
        sides = [
            {"homeAway": side, "score": str(goals[k]), "team": {"displayName": self.names[team]}}
            for k, (side, team) in enumerate((("home", match.home), ("away", match.away)))
        ]
        competition = {
            "id": number,
            "date": zulu(match.kickoff_at),
            "timeValid": True,
            "competitors": sides,
            "status": {"type": {"name": name, "state": state}},
        }
        year = season_start_year(match.season)
        return {
            "id": number,
            "date": zulu(match.kickoff_at),
            "season": {"year": year},
            "competitions": [competition],
        }


def zulu(at: datetime | None) -> str:
    """An instant as these providers write it."""
    assert at is not None
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def serving(world: World) -> Iterator[str]:
    """The address at which ``world`` is told of."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = world.answer(self.path)
            self.send_response(200 if content else 503 if content is None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
