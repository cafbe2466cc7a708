"""One of every file that is published beside a publication, about the made-up data folder's matches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from infra.rigs.made_up import AS_OF, MATCH_ID, TEAMS
from sabiscore.domain.match import Match
from sabiscore.publication.club_forms import ClubForm, PastResult, forms_file
from sabiscore.publication.ledger_pages import ENTRIES_A_PAGE, publish_ledger
from sabiscore.publication.matchday import MatchLife, matchday_file
from sabiscore.publication.price_history import PriceHistory, PricePoint, PriceSeries, plain_history
from sabiscore.publication.supplements import CLUBS, MATCHDAY, PRICES, SYSTEM, encode_parts, put_supplements
from sabiscore.publication.system_state import ScheduleLine, SourceLine, system_file
from tests.support.ledgers import chain, reader

HOUR = timedelta(hours=1)
SERIES = PriceSeries(
    "1x2",
    "b365",
    None,
    tuple(PricePoint(AS_OF - hours * HOUR, (1.8 + hours / 50, 3.7, 4.6), "made up") for hours in (9, 1)),
)
SOURCE = SourceLine(
    name="made up", state="on", breaker="closed", used=3, quota=500, per="month", renews_at=None,
    last_good_at=AS_OF.isoformat(), failures=0,
)  # fmt: skip
SCHEDULE = ScheduleLine(
    name="odds", due_at=AS_OF.isoformat(), started_at=AS_OF.isoformat(), finished_at=AS_OF.isoformat(),
    outcome="done", problems=0,
)  # fmt: skip
PLAYED = PastResult(
    match_id="epl-2425-chelsea-arsenal", day=AS_OF.date(), opponent="chelsea", at_home=False, scored=6,
    conceded=4,
)  # fmt: skip


def put_every_supplement(folder: Path) -> None:
    """Publishes in ``folder`` a match that was played, prices, forms, sources, and a ledger of two pages."""
    form = ClubForm((PLAYED,), ((AS_OF.date(), 1741.2),))
    yesterday = Match(
        league="epl", season="2425", day=AS_OF.date() - timedelta(days=1), home=TEAMS[1], away=TEAMS[0],
        goals=(5, 6), kickoff_at=AS_OF - 20 * HOUR,
    )  # fmt: skip
    life = MatchLife(match=yesterday, status="finished", source="made up", known_at=AS_OF - 18 * HOUR)
    prices = {MATCH_ID: plain_history(PriceHistory((SERIES,), 2, "basis"))}
    put_supplements(
        folder,
        {
            MATCHDAY: matchday_file([life]),
            CLUBS: forms_file({"epl": dict.fromkeys(TEAMS, form)}),
            PRICES: (encode_parts(prices), "jsonl"),
            SYSTEM: system_file(AS_OF, [SOURCE], [SCHEDULE]),
        },
    )
    entries = chain(ENTRIES_A_PAGE + 1)
    publish_ledger(folder, entries[-1].hash, reader(entries))
