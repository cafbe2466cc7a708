"""What readers see of live calibration: corrected probabilities, the correction, and no older answer."""

from __future__ import annotations

import pytest

from sabiscore.domain.calibration import temperature
from sabiscore.publication.corrections import CORRECTIONS_FILE, LearnedCorrection, put_corrections
from tests.support.served import world

INSIGHT = "/api/v1/insights/epl-2526-arsenal-chelsea"
SOFTER = LearnedCorrection(temperature(1.2), n=300, judged=275, gain_nats=2.0)


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def read_insight(served, path=INSIGHT):
    response = served.client.get(path)
    assert response.status_code == 200
    return response


def three(document):
    p = document["probabilities"]
    return [p["home"], p["draw"], p["away"]]


def test_a_new_calibration_is_served_at_once_and_shown(served):
    before = read_insight(served)
    assert before.json()["model"]["calibration"]["method"] == "identity"
    put_corrections(served.folder, {"1.2.3": SOFTER})
    after = read_insight(served)
    assert three(after.json()) == pytest.approx(SOFTER.calibration.apply(three(before.json())), abs=1e-9)
    assert after.json()["model"]["calibration"]["method"] == "matrix"
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["cache-tag"] != before.headers["cache-tag"]


def test_lists_are_of_the_same_calibration(served):
    read_insight(served, "/api/v1/matches")
    put_corrections(served.folder, {"1.2.3": SOFTER})
    row = next(
        row for row in read_insight(served, "/api/v1/matches").json()["matches"] if row["href"] == INSIGHT
    )
    assert three(row) == three(read_insight(served).json())


def test_the_calibration_of_another_bundle_changes_nothing(served):
    before = read_insight(served)
    put_corrections(served.folder, {"1.2.2": SOFTER})
    assert read_insight(served).headers["etag"] == before.headers["etag"]


def test_a_calibration_that_was_altered_leaves_the_last_good_one_serving(served):
    put_corrections(served.folder, {"1.2.3": SOFTER})
    corrected = read_insight(served).json()
    file = served.folder / CORRECTIONS_FILE
    file.write_text(file.read_text().replace('"n": 300', '"n": 301'))
    assert three(read_insight(served).json()) == three(corrected)
    assert served.client.get("/health/ready").json()["status"] == "degraded"
