"""Who plays where in a season: made-up leagues of real clubs for tests, and all real ones where data are."""

from __future__ import annotations

import csv
import io
from functools import cache

from sabiscore.domain.league import BY_DIVISION, LEAGUE_BY_KEY
from sabiscore.identity.names import team_slug
from sabiscore.sources.football_data_names import is_season_file, read_file_name
from tests.support.provider_replies import data_folder

SOME = {
    ("epl", "3132"): """arsenal aston-villa bournemouth brighton burnley chelsea crystal-palace everton fulham
        leeds leicester liverpool man-city man-united newcastle nottm-forest sheffield-united sheffield-weds
        tottenham west-ham wolves""",
    ("championship", "3132"): """bristol-city birmingham blackburn coventry derby hull middlesbrough
        millwall norwich portsmouth preston qpr stoke sunderland swansea watford west-brom""",
    ("laliga", "3132"): """ath-bilbao ath-madrid barcelona betis celta espanol real-madrid sevilla sociedad
        valladolid vallecano la-coruna""",
    ("segunda", "3132"): "sociedad-b barcelona-b villarreal-b sp-gijon santander oviedo zaragoza murcia",
    ("bundesliga", "3132"): """bayern-munich dortmund ein-frankfurt fc-koln leverkusen mainz mgladbach
        st-pauli union-berlin rb-leipzig nurnberg hamburg""",
    ("bundesliga-2", "3132"): "frankfurt-fsv munich-1860 braunschweig hertha greuther-furth hannover",
    ("serie-a", "3132"): "inter milan juventus torino roma lazio verona napoli parma spal",
    ("serie-b", "3132"): "reggina reggiana chievo catania catanzaro virtus-entella",
    ("ligue-1", "3132"): "paris-fc paris-sg ajaccio ajaccio-gfco bastia st-etienne lyon lille",
    ("ligue-2", "3132"): "ca-bastia red-star grenoble guingamp",
    ("scottish-premiership", "3132"): "celtic rangers dundee dundee-united hearts hibernian st-mirren",
    ("super-league", "3132"): "aek larisa paok aris olympiakos",
}


def some_rosters() -> dict[tuple[str, str], frozenset[str]]:
    """A season in which clubs that are easily taken for each other meet."""
    return {season: frozenset(teams.split()) for season, teams in SOME.items()}


@cache
def real_rosters() -> dict[tuple[str, str], frozenset[str]]:
    """All league-seasons of the real season files; empty without them."""
    folder = data_folder()
    rosters = {}
    for path in sorted(folder.glob("football-data/*.csv")) if folder else ():
        if is_season_file(path.name) and path.name.split("_")[0] in BY_DIVISION:
            file = read_file_name(path.name)
            rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
            names = {(row.get(side) or "").strip() for row in rows for side in ("HomeTeam", "AwayTeam", "HT")}
            slugs = {team_slug(name, file.league.country) for name in names if name}
            rosters[file.league.key, file.season] = frozenset(slugs)
    return rosters


def country_of(league: str) -> str:
    return LEAGUE_BY_KEY[league].country
