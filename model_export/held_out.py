"""The forecasts of held-out seasons that a bundle keeps, so that two bundles can be paired match by match."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from model_export.against import Against, mean_of
from model_export.evaluate import Evaluation, closing_odds
from model_export.goals import as_classes, closing_totals
from model_export.samples import VARIANTS
from sabiscore.domain.match import match_id
from sabiscore.errors import BadBundle, Refused
from sabiscore.history import Floats, History, league_key, season_name
from sabiscore.inference.bundle import read_verified
from sabiscore.inference.manifest import HELD_OUT
from sabiscore.learning import metrics

_OVER = "over_"
"""Before a variant's name: its forecasts of three goals or more."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Forecasts [n, 3] of each variant, by the ids of their matches, each made without knowing its season.

    ``over`` [n] is how likely each held three goals or more; without variants in bundles that kept none.
    """

    ids: tuple[str, ...]
    forecasts: dict[str, Floats]
    over: dict[str, Floats]

    def to_bytes(self) -> bytes:
        """A compressed .npz without pickles; float32 is a hundred times finer than any interval."""
        buffer = io.BytesIO()
        kept = {**self.forecasts, **{_OVER + variant: p for variant, p in self.over.items()}}
        arrays = {name: p.astype(np.float32) for name, p in kept.items()}
        np.savez_compressed(buffer, ids=np.array(self.ids, np.bytes_), **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> HeldOut:
        """What ``to_bytes`` gave; raises BadBundle for anything else."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as stored:
                forecasts = {variant: stored[variant].astype(np.float64) for variant in VARIANTS}
                over = {v: stored[_OVER + v].astype(np.float64) for v in VARIANTS if _OVER + v in stored}
                ids = tuple(name.decode() for name in stored["ids"].tolist())
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise BadBundle(f"{HELD_OUT} holds no forecasts of held-out seasons.") from error
        shapes = [*(p.shape == (len(ids), 3) for p in forecasts.values())]
        shapes += [p.shape == (len(ids),) for p in over.values()]
        if not all(shapes):
            raise BadBundle(f"{HELD_OUT} has forecasts of other matches than it names.")
        return cls(ids, forecasts, over)


def held_out(evaluation: Evaluation) -> HeldOut:
    """The forecasts of ``evaluation``, as a bundle keeps them."""
    return HeldOut(match_ids(evaluation.matches.history), dict(evaluation.forecasts), dict(evaluation.over))


def match_ids(history: History) -> tuple[str, ...]:
    """The id of each match of ``history``."""
    return tuple(
        match_id(
            league_key(history.league[row]),
            season_name(int(history.season[row])),
            history.teams[history.home[row]],
            history.teams[history.away[row]],
            int(history.leg[row]),
        )
        for row in range(len(history))
    )


def read_held_out(folder: Path) -> HeldOut:
    """The held-out forecasts of the bundle in ``folder``. Raises Refused when it keeps none, BadBundle."""
    content = read_verified(folder, HELD_OUT)
    if content is None:
        raise Refused(
            f"Bundle {folder.name} keeps no forecasts of held-out seasons, so it cannot be paired.",
            hint="Bundles made before November 2026 keep none: train one of that data with this code.",
        )
    return HeldOut.from_bytes(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One forecaster less another on the same matches: KL(close‖forecast), and log loss; lower is better.

    ``over_divergence`` and ``over_log_loss`` are the same of over and under 2.5 goals, None where the other
    kept no such forecasts.
    """

    divergence: Against | None
    log_loss: Against | None
    over_divergence: Against | None
    over_log_loss: Against | None


def pair(evaluation: Evaluation, other: HeldOut) -> dict[str, Paired]:
    """``evaluation`` less ``other``, by variant, on the matches that both predicted.

    Raises Refused when there is no such match.
    """
    place = {name: row for row, name in enumerate(other.ids)}
    both = [
        (row, place[name]) for row, name in enumerate(match_ids(evaluation.matches.history)) if name in place
    ]
    if not both:
        raise Refused(
            "The two have no match in common.", hint="Test the seasons that the bundle was evaluated on."
        )
    ours, theirs = np.array(both).T
    matches = evaluation.matches
    close, y = closing_odds(matches)[ours], matches.y[ours]
    closing, under = as_classes(closing_totals(matches)[ours]), matches.under[ours]
    paired = {}
    for variant in VARIANTS:
        outcome = _less(evaluation.forecasts[variant][ours], other.forecasts[variant][theirs], close, y)
        over: tuple[Against | None, Against | None] = None, None
        if variant in other.over:
            p, q = evaluation.over[variant][ours], other.over[variant][theirs]
            over = _less(as_classes(p), as_classes(q), closing, under)
        paired[variant] = Paired(
            divergence=outcome[0],
            log_loss=outcome[1],
            over_divergence=over[0],
            over_log_loss=over[1],
        )
    return paired


def _less(p: Floats, q: Floats, close: Floats, y: metrics.Outcomes) -> tuple[Against | None, Against | None]:
    """KL(close‖p) and log loss of ``p`` less those of ``q``; each [n, K], what happened ``y`` [n]."""
    return (
        mean_of(metrics.divergences(close, p) - metrics.divergences(close, q)),
        mean_of(metrics.log_losses(p, y) - metrics.log_losses(q, y)),
    )
