"""Expected goals as season files tell them, read from the archive of the newest season of a league."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sabiscore.domain.league import League
from sabiscore.domain.match import STATISTICS, season_start_year
from sabiscore.store.database import SeasonFile, Store
from sabiscore.store.expectations import MatchExpectedGoals
from sabiscore.store.rows import ids

FILES_SOURCE = "football-data.co.uk"
_XG = STATISTICS.index("xg")


def expected_of_file(store: Store, league: League) -> list[MatchExpectedGoals]:
    """The expected goals in the newest season file of ``league``, in the order of its matches.

    Empty where no file was read, or it tells none. Raises BadArchive.
    """
    files = [file for (division, _), file in store.season_files().items() if division == league.division]
    if not files:
        return []
    return list(_expected(store, league, max(files, key=lambda file: season_start_year(file.season))))


def _expected(store: Store, league: League, file: SeasonFile) -> Iterator[MatchExpectedGoals]:
    history = store.archive.read(file.archive_sha256)
    expected_goals = history.statistics[:, _XG]
    both = np.flatnonzero(~np.isnan(expected_goals).any(axis=1))
    matches = ids(history.take(both))
    for match_id, (home, away) in zip(
        matches, expected_goals[both].astype(float).round(3).tolist(), strict=True
    ):
        if file.ingested_at is not None:
            yield MatchExpectedGoals(
                match_id=match_id,
                league=league.key,
                season=file.season,
                home=home,
                away=away,
                source=FILES_SOURCE,
                known_at=file.ingested_at,
            )
