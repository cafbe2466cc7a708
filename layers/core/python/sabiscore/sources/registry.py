"""Every live source, declared once: its free plan, what it needs, and where it ranks for each kind of fact.

| setting | source |
|---|---|
| ``SABISCORE_THE_ODDS_API_KEY`` | the-odds-api.com |
| ``SABISCORE_API_FOOTBALL_KEY`` | api-football.com |
| ``SABISCORE_RAPIDAPI_KEY`` | api-football (RapidAPI) |
| ``SABISCORE_BETFAIR_APP_KEY``, ``SABISCORE_BETFAIR_SESSION`` | betfair.com |
| ``SABISCORE_PINNACLE_AUTHORIZATION`` | pinnacle.com |
| ``SABISCORE_FBREF_FEED_URL`` and alike | fbref.com, transfermarkt.com, opta: with a licence only |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sabiscore.domain.facts import Kind
from sabiscore.errors import BadSetting
from sabiscore.net.allowed import origin_of
from sabiscore.net.quota import QuotaPlan
from sabiscore.sources.api_football import ApiFootball, RapidApi
from sabiscore.sources.base import Provider
from sabiscore.sources.betfair import Betfair
from sabiscore.sources.espn import Espn
from sabiscore.sources.football_data_live import FootballDataLive
from sabiscore.sources.licensed_feed import LicensedFeed, fbref, opta, transfermarkt
from sabiscore.sources.pinnacle import Pinnacle
from sabiscore.sources.the_odds_api import TheOddsApi
from sabiscore.sources.understat import Understat


@dataclass(frozen=True, slots=True)
class Declared:
    """A source, the quota of its free plan, the setting of its feed if it is ``licensed``, and a remark.

    A licensed source is off unless that setting holds the address of a feed you are entitled to.
    """

    provider: Provider
    plan: QuotaPlan | None = None
    feed: str = ""
    note: str = ""

    @property
    def licensed(self) -> bool:
        return bool(self.feed)

    @property
    def needs(self) -> tuple[str, ...]:
        """The settings without which it is off."""
        return (*self.provider.keys, *([self.feed] if self.feed else []))


OPEN = (
    Declared(FootballDataLive()),
    Declared(Espn()),
    Declared(Understat()),
    Declared(TheOddsApi(), QuotaPlan(500, "month")),
    Declared(ApiFootball(), QuotaPlan(100, "day")),
    Declared(RapidApi(), QuotaPlan(500, "month")),
    Declared(Betfair(), note="optional"),
    Declared(Pinnacle(), note="optional: public access ended in January 2026"),
)
"""Without a licence; those that need no key come first."""

LICENSED: Mapping[str, Callable[[str], LicensedFeed]] = {
    "SABISCORE_FBREF_FEED_URL": fbref,
    "SABISCORE_TRANSFERMARKT_FEED_URL": transfermarkt,
    "SABISCORE_OPTA_FEED_URL": opta,
}

PREFERENCE: Mapping[Kind, tuple[str, ...]] = {
    "odds": ("the-odds-api.com", "pinnacle.com", "betfair.com", "football-data.co.uk"),
    "depth": ("betfair.com",),
    "fixtures": (
        "football-data.co.uk",
        "espn.com",
        "api-football.com",
        "the-odds-api.com",
        "pinnacle.com",
    ),
    "results": ("espn.com", "api-football.com", "football-data.co.uk", "opta", "fbref.com"),
    "scores": ("espn.com", "api-football.com"),
    "standings": ("api-football.com",),
    "statistics": (
        "opta",
        "api-football.com",
        "api-football (RapidAPI)",
        "espn.com",
        "football-data.co.uk",
        "fbref.com",
    ),
    "head_to_head": ("api-football.com", "api-football (RapidAPI)"),
    "xg": ("opta", "understat.com", "fbref.com"),
    "squad_value": ("transfermarkt.com",),
}
"""Names of the sources of each kind of fact. The first is asked first, the next where it fails or has none.

Bought before free where both are set, and of free ones those that nobody counts before those with a quota.
"""


def declare(environ: Mapping[str, str]) -> tuple[Declared, ...]:
    """Every source, whether it is on or not. Raises BadSetting for a feed's address that is none."""
    feeds = ((setting, environ.get(setting, "").strip(), make) for setting, make in LICENSED.items())
    return (*OPEN, *(Declared(make(_checked(setting, url)), feed=setting) for setting, url, make in feeds))


def _checked(setting: str, url: str) -> str:
    try:
        if url:
            origin_of(url)
    except BadSetting as error:
        raise BadSetting(f"{setting} cannot be used.", hint=error.hint) from error
    return url
