"""All real season files: every row accounted for, against the counts of their manifest."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sabiscore.history import History
from sabiscore.seasons.ingest import ingest
from sabiscore.seasons.report import IngestReport
from sabiscore.store.database import Store

FILES, ROWS = 450, 166_628

Ingested = tuple[IngestReport, IngestReport, History]


@pytest.fixture(scope="module")
def ingested(real_seasons: Path, tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    folder = tmp_path_factory.mktemp("real")
    with Store.open(f"sqlite:///{folder}/store.db", folder / "archive") as store:
        return ingest(real_seasons, store), ingest(real_seasons, store), store.history()


def test_every_row_of_every_file_is_a_match_or_a_counted_refusal(
    ingested: Ingested, real_seasons: Path
) -> None:
    with (real_seasons / "manifest.csv").open() as file:
        expected = {line["file"]: int(line["rows"]) for line in csv.DictReader(file)}
    report, again, history = ingested
    assert {file.name: file.rows for file in report.files} == expected
    assert {file.name: file.matches + sum(file.refused.values()) for file in report.files} == expected
    assert (len(expected), sum(expected.values())) == (FILES, ROWS)
    assert len(history) == sum(file.matches for file in report.files)
    assert {file.status for file in report.files} == {"new"}
    assert {file.status for file in again.files} == {"unchanged"}
    assert report.ignored == ("manifest.csv",)


def test_one_abandoned_match_is_refused_and_few_quotes_are_set_aside(ingested: Ingested) -> None:
    report, _, history = ingested
    assert report.refused == {"begun and not finished: no final score": 1}
    set_aside: Counter[str] = Counter()
    for file in report.files:
        set_aside.update(file.set_aside)
    quotes = sum(int((~np.isnan(column[..., 0])).sum()) for column in (history.odds, history.totals))
    lost = sum(count for what, count in set_aside.items() if what.startswith(("1x2", "ou25")))
    assert lost < quotes / 2_000
    assert not any(file.unknown_columns for file in report.files)


def test_nobody_plays_twice_on_one_day(ingested: Ingested) -> None:
    history = ingested[2]
    sides = np.concatenate([history.home, history.away]).astype(np.int64)
    days = np.concatenate([history.day, history.day]).astype(np.int64)
    assert len(np.unique(days * len(history.teams) + sides)) == 2 * len(history)


def test_awarded_matches_are_few_and_every_match_has_its_own_id(ingested: Ingested) -> None:
    history = ingested[2]
    assert 50 <= int((~history.rated).sum()) <= 80
    keys = zip(
        history.league.tolist(),
        history.season.tolist(),
        history.home.tolist(),
        history.away.tolist(),
        history.leg.tolist(),
        strict=True,
    )
    assert len(set(keys)) == len(history)
    assert history.leg.max() == 3
