"""A small published world with a real model, its edge model, and what Node's evaluator makes of it.

``python -m tests.support.edge_models`` writes what ``functions/edge/test/model.test.ts`` reads.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.local.edge import EDGE, NODE
from model_export.bundle import Release
from model_export.ensemble import CLASSES, Ensemble, Linear
from model_export.graph import to_graph
from model_export.registry import Registry
from model_export.verify import verify
from sabiscore.cache.file_stamp import FileStamp
from sabiscore.cache.last_good import LastGood
from sabiscore.clock import FixedClock
from sabiscore.edge_model.published import published_edge_model
from sabiscore.features import vector
from sabiscore.features.replay import replay
from sabiscore.history import History, date_of
from sabiscore.insights.last_track_record import last_track_record
from sabiscore.insights.production import Production, open_states
from sabiscore.insights.service import Insights
from sabiscore.pipeline.coming_matches import publish_coming
from sabiscore.publication.corrections import last_corrections
from sabiscore.publication.publish import COMING, read
from sabiscore.publication.supplements import last_supplements
from tests.support.ensembles import fit_on, made_up_head
from tests.support.histories import made_up

VECTORS = Path(__file__).parents[1] / "vectors"
ASSET, ANSWERS = VECTORS / "edge_model.bin", VECTORS / "edge_model.json"
EVALUATE = EDGE / "test" / "model" / "evaluate.ts"
SEED = 5


def ensemble_on(X: npt.NDArray[np.float32], rng: np.random.Generator) -> Ensemble:
    """A small ensemble fitted on real vectors ``X``."""
    columns = tuple(
        np.flatnonzero(~np.isnan(X).all(axis=0) & np.isin(np.arange(vector.SIZE), vector.columns(*groups)))
        for groups in (("ratings", "form"), ("ratings", "market_past"), ("ratings", "market_now"))
    )

    def linear(classes: int) -> Linear:
        return Linear(
            columns,
            tuple(np.nanmean(X[:, c], axis=0).astype(np.float64) for c in columns),
            tuple(1 / (np.nanstd(X[:, c], axis=0).astype(np.float64) + 1) for c in columns),
            tuple(rng.normal(size=(len(c), classes)) * 0.1 for c in columns),
            tuple(rng.normal(size=classes) * 0.1 for _ in columns),
        )

    members = {"linear": linear(CLASSES), "totals": linear(2)}
    return replace(fit_on(X, rng), **members, head=made_up_head(rng), flags=vector.FLAGS)


def published_world(folder: Path, history: History, day: int) -> Insights:
    """``history`` up to ``day`` (since 1970), published and read by a bundle that was fitted on it."""
    rng = np.random.default_rng(SEED)
    past = history.take(history.day < day)
    played = replay(past)
    ensemble = ensemble_on(played.vectors, rng)
    graph = to_graph(ensemble, vector.SIZE).SerializeToString()
    states = folder / "states.npz"
    played.state.save(states)
    release = Release(
        model=graph,
        agreement=verify(graph, ensemble, played.vectors[:200], alone=5),
        states=states,
        baseline=np.nan_to_num(played.vectors[-1]),
        schema=vector.SCHEMA,
        kind="simulated",
        training={},
        leagues=("epl",),
        metrics={
            "seasons": ["1516"],
            "scores": {"all": {"past_odds": {"divergence": {"difference": 0.004, "n": 90}}}},
        },
    )
    registry = Registry(folder / "models", vector.SCHEMA)
    registry.promote(registry.add(release).name)
    as_of = datetime.combine(date_of(day), time(9), UTC)
    publish_coming(
        folder / "publication",
        history,
        as_of,
        rehearsal=False,
        kind="simulated",
        source="made up",
        now=as_of,
    )
    return world_of(folder, as_of)


def world_of(folder: Path, at: datetime) -> Insights:
    """What is published in ``folder``, as it is answered ``at`` that instant."""
    publication = folder / "publication"
    publications = LastGood(load=lambda: read(publication), stamp=FileStamp(publication / COMING))
    return Insights(
        publications,
        last_track_record(publication, publications),
        corrections=last_corrections(publication),
        models=Production(folder / "models"),
        open_states=open_states,
        clock=FixedClock(at),
        supplements=last_supplements(publication),
    )


@cache
def shared_world() -> tuple[Path, Insights]:
    """The folder and the world that most tests share: the last season of three leagues, half played."""
    history = by_the_calendar(made_up(3))
    folder = Path(mkdtemp(prefix="sabiscore-edge-model-"))
    return folder, published_world(folder, history, middle_of(history))


def by_the_calendar(history: History) -> History:
    """``history`` with its days in the seasons that it names."""
    return replace(history, day=history.day + 365)


def middle_of(history: History) -> int:
    """The day in the middle of the last season."""
    days = history.day[history.season == history.season.max()]
    return int(np.median(days))


def by_node(what: str, *arguments: str | Path) -> Any:
    """What ``evaluate.ts`` prints, as JSON. Raises CalledProcessError with what it says."""
    command = [NODE, EVALUATE, what, *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=600).stdout)


def documents(insights: Insights, pairings: Sequence[tuple[str, str, str]]) -> list[Any]:
    """The functions' insight about each (league, home team, away team)."""
    answers = [insights.matchup(f"{home} vs {away}", league) for league, home, away in pairings]
    return [json.loads(answer.make(answer.time_bucket()).to_json()) for answer in answers]


def every_pairing(header: Any) -> list[tuple[str, str, str]]:
    """The (league, home team, away team) of an edge model that are in no calendar."""
    found = []
    for league, known in header["leagues"].items():
        teams = [team["key"] for team in known["teams"]]
        scheduled = {tuple(pair) for pair in known["scheduled"]}
        found += [
            (league, home, away)
            for i, home in enumerate(teams)
            for j, away in enumerate(teams)
            if i != j and (i, j) not in scheduled
        ]
    return found


def main() -> None:
    """Writes an edge model of one league, and what is answered from it."""
    folder, insights = shared_world()
    model = published_edge_model(insights.inputs, folder / "models")
    assert model is not None
    ASSET.write_bytes(model.to_bytes())
    pairings = every_pairing(model.header)[::60]
    answers = zip(pairings, documents(insights, pairings), strict=True)
    at = int(insights.inputs.clock.now().timestamp() * 1000)
    text = json.dumps(
        {"at": at, "answers": [{"asked": list(p), "document": d} for p, d in answers]}, indent=1
    )
    ANSWERS.write_text(text + "\n")


if __name__ == "__main__":
    main()
