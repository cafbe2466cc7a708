"""The figures of a rehearsal are those of its ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from infra.backtest.season import Played, read_season
from infra.backtest.summary import REPAIRED_BY, summarize
from sabiscore.domain.calibration import temperature
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.odds import OutcomeProbabilities
from sabiscore.errors import BrokenLedger
from sabiscore.ledger.entry import (
    GENESIS,
    LedgerEntry,
    Seal,
    SettledOutcome,
    sealed_entry,
    settled_entry,
)
from tests.support.season_files import csv, season

P: OutcomeProbabilities = (0.5, 0.3, 0.2)
HOUR = timedelta(hours=1)
KICKOFF = datetime(2024, 8, 17, 14, tzinfo=UTC)


def seal(
    match_id: str, kickoff_at: datetime, p: OutcomeProbabilities = P, raw: OutcomeProbabilities = P
) -> Seal:
    corrected = () if p == raw else (1.1, 1.0, 1.0, 0.0, 0.0, 0.0)
    return Seal(
        match_id=match_id,
        league="epl",
        kickoff_at=kickoff_at,
        stage="hour",
        bundle="1.0.0",
        p=p,
        raw=raw,
        calibration=corrected,
        features="ab" * 32,
        early=(0.45, 0.3, 0.25),
        odds={"avg": (2.1, 3.2, 3.9)},
        priced_at=kickoff_at - 5 * HOUR,
        source="test",
    )


def chain(*pairs: tuple[Seal, tuple[int, int] | None]) -> list[LedgerEntry]:
    """A ledger in which each seal is followed by its settlement, if it has a result."""
    entries: list[LedgerEntry] = []
    for pair, goals in pairs:
        head = entries[-1].hash if entries else GENESIS
        entries.append(sealed_entry(len(entries) + 1, head, pair, pair.kickoff_at - HOUR))
        if goals is not None:
            close = (0.5, 0.28, 0.22)
            outcome = SettledOutcome(
                match_id=pair.match_id,
                bundle=pair.bundle,
                kickoff_at=pair.kickoff_at,
                seal=entries[-1].hash,
                goals=goals,
                close=close,
                source="test",
            )
            at = pair.kickoff_at + 2 * HOUR
            entries.append(settled_entry(len(entries) + 1, entries[-1].hash, outcome, at))
    return entries


@pytest.fixture(scope="module")
def matches(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    path: Path = tmp_path_factory.mktemp("seasons") / "E0_2425.csv"
    path.write_bytes(csv(season("E0", 2024)))
    return read_season([path], "2425", [LEAGUE_BY_KEY["epl"]]).matches


def test_a_match_that_nobody_sealed_is_named(matches: list[Played]) -> None:
    sealed = [(seal(match.match.id, match.kickoff_at), match.match.goals) for match in matches[1:]]
    summary = summarize("2425", matches, chain(*sealed), None).sealed
    assert (summary.matches, summary.sealed, summary.late) == (len(matches), len(matches) - 1, 0)
    assert summary.missing == (matches[0].match.id,)
    assert (summary.settled, summary.entries) == (len(matches) - 1, 2 * len(matches) - 2)


def test_a_seal_that_was_early_only_by_a_wrong_kick_off_is_late(matches: list[Played]) -> None:
    match = matches[0]
    wrong = chain((seal(match.match.id, match.kickoff_at + 3 * HOUR), None))
    summary = summarize("2425", matches[:1], wrong, None).sealed
    assert (summary.sealed, summary.late) == (0, 1)


def test_losses_are_means_over_settled_matches_with_the_markets_beside_them(matches: list[Played]) -> None:
    both = [(seal("a", KICKOFF), (1, 0)), (seal("b", KICKOFF), (0, 2)), (seal("c", KICKOFF), None)]
    loss = summarize("2425", matches, chain(*both), None).loss
    assert loss is not None
    assert loss.n == loss.early_n == loss.close_n == 2
    assert loss.sealed == loss.model == pytest.approx(-np.log([0.5, 0.2]).mean())
    assert loss.early == pytest.approx(-np.log([0.45, 0.25]).mean())
    assert loss.close == pytest.approx(-np.log([0.5, 0.22]).mean())


def test_a_correction_is_weighed_against_the_model_alone(matches: list[Played]) -> None:
    later = KICKOFF + timedelta(days=7)
    entries = chain((seal("a", KICKOFF), (1, 0)), (seal("b", later, p=(0.6, 0.25, 0.15)), (1, 0)))
    learnt = summarize("2425", matches, entries, None).calibrated
    assert learnt is not None
    assert (learnt.matches, learnt.first) == (1, "2024-08-24T14:00:00Z")
    assert learnt.gain == pytest.approx(np.log(0.6 / 0.5) / 2)


def test_what_is_left_of_a_distortion_is_measured_after_three_hundred_matches(matches: list[Played]) -> None:
    spoilt = temperature(1.5).apply(P)
    pairs = []
    for number in range(REPAIRED_BY + 10):
        kickoff = KICKOFF + number * HOUR
        p = P if number >= REPAIRED_BY else spoilt
        pairs.append((seal(f"{number:03d}", kickoff, p, spoilt), (1, 0)))
    repair = summarize("2425", matches, chain(*pairs), None, 1.5).repair
    assert repair is not None
    assert repair.n == 10
    assert repair.left == pytest.approx(0, abs=1e-8)
    assert repair.spoilt == pytest.approx(-np.log(spoilt[0]))


def test_a_broken_chain_has_no_figures(matches: list[Played]) -> None:
    entries = chain((seal("a", KICKOFF), (1, 0)), (seal("b", KICKOFF), (1, 0)))
    altered = replace(entries[1], body=entries[1].body.replace('"goals":[1,0]', '"goals":[0,1]'))
    with pytest.raises(BrokenLedger, match="Entry 2"):
        summarize("2425", matches, [entries[0], altered, *entries[2:]], None)


def test_nothing_settled_gives_no_number(matches: list[Played]) -> None:
    summary = summarize("2425", matches, chain((seal("a", KICKOFF), None)), None)
    assert (summary.loss, summary.calibrated, summary.repair, summary.bets) == (None, None, None, None)
    assert summary.to_json()["loss"] is None
