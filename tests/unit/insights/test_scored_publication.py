"""One publication read by one model: what was read of a match stands as long as nothing of it changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.domain.calibration import IDENTITY, temperature
from sabiscore.insights.scored_publication import ScoredPublication
from tests.support.served import MATCHES, NOW, FakeModel, FakeVectors, put

SERVED = 5
"""Of MATCHES; the others are of a league that is followed only."""
STATES = FakeVectors()


def scored_publication(publication, model, before=None, states=STATES, calibration=IDENTITY):
    return ScoredPublication(
        publication, model, open_states=lambda _: states, calibration=calibration, before=before
    )


def repriced(index: int):
    """MATCHES, one of them with newer prices."""
    newer = replace(MATCHES[index], prices={}, lines={}, priced_at=NOW - timedelta(hours=1))
    return [newer if at == index else match for at, match in enumerate(MATCHES)]


def test_of_a_newer_publication_only_what_changed_is_read(tmp_path):
    model = FakeModel()
    first = scored_publication(put(tmp_path / "first"), model)
    first.forecasts()
    second = scored_publication(put(tmp_path / "second", repriced(0)), model, first)
    predictions = second.forecasts()
    assert model.batches == [SERVED, 1]
    assert predictions == scored_publication(second.publication, FakeModel()).forecasts()
    assert predictions[MATCHES[0].id] != first.forecasts()[MATCHES[0].id]


def test_what_is_sealed_is_what_was_predicted_and_not_read_again(tmp_path):
    model = FakeModel()
    match = scored_publication(put(tmp_path), model)
    predictions = match.forecasts()
    readings = match.uncalibrated(MATCHES[:2])
    assert model.batches == [SERVED]
    assert [reading.match for reading in readings] == list(MATCHES[:2])
    for reading in readings:
        assert reading.p == pytest.approx(predictions[reading.match.id].p)


@pytest.mark.parametrize("other", ["model", "states"])
def test_another_model_or_other_states_read_everything(tmp_path, other):
    first = scored_publication(put(tmp_path), FakeModel())
    first.forecasts()
    model = FakeModel() if other == "model" else first.model
    states = FakeVectors() if other == "states" else STATES
    second = scored_publication(first.publication, model, first, states)
    second.forecasts()
    assert model.batches[-1] == SERVED
    assert second.readings.model is model
    assert second.readings.vectors is states


@given(changes=st.lists(st.integers(0, 5), max_size=6), calibrated=st.booleans())
def test_any_chain_of_publications_predicts_what_the_last_alone_does(tmp_path_factory, changes, calibrated):
    folder, model, last = tmp_path_factory.mktemp("chain"), FakeModel(), None
    correction = temperature(1.2) if calibrated else IDENTITY
    for step, changed in enumerate([0, *changes]):
        last = scored_publication(
            put(folder / str(step), repriced(changed)), model, last, calibration=correction
        )
        if step % 2 == 0:  # some are replaced before anybody asked
            last.forecasts()
    alone = scored_publication(last.publication, FakeModel(), calibration=correction)
    assert last.forecasts() == alone.forecasts()
    assert set(last.readings.scored) == set(last.publication.served)
