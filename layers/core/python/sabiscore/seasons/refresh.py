"""Season files brought from football-data.co.uk into a folder, for the store to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sabiscore.errors import SourceUnavailable
from sabiscore.net.client import Client
from sabiscore.net.hosts import News
from sabiscore.seasons.download import download, seasons_until
from sabiscore.store.database import Store

FIRST_SEASONS = 15
"""Fetched into an empty store: enough for the ratings to settle."""
SEASONS = 2
"""Fetched afterwards; of them only the newest anew."""


class FootballDataFiles:
    """The files of ``folder`` brought up to date; ``news`` takes what becomes of the provider's hosts.

    ``site`` stands in for the real one in tests.
    """

    def __init__(
        self, folder: Path, store: Store, client: Client, news: News, site: str | None = None
    ) -> None:
        self._folder = folder
        self._store = store
        self._client = client
        self._news = news
        self._site = site
        self._absent: dict[str, date] = {}

    def __call__(self, day: date) -> list[Path]:
        """The files that were fetched. Raises SourceUnavailable when none could be.

        One that was not there is asked for again the next day, and never where its season is over.
        """
        seasons = seasons_until(day, SEASONS if self._store.archived() else FIRST_SEASONS)
        absent = {name for name, on in self._absent.items() if on == day or seasons[-1] not in name}
        fetched = download(self._folder, seasons, self._client, site=self._site, without=absent)
        self._absent |= dict.fromkeys(fetched.not_there, day)
        for sentence in fetched.news:
            self._news(sentence)
        if fetched.failed and not fetched.fetched:
            raise SourceUnavailable(
                f"None of {len(fetched.failed)} season files could be had.", hint=min(fetched.failed.values())
            )
        return [self._folder / name for name in (*fetched.fetched, *fetched.kept)]


def no_files(day: date) -> Sequence[Path]:  # noqa: ARG001
    """Nothing new, for a made-up world."""
    return ()
