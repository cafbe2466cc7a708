"""One publication read by one model: everything that answers are made from, computed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.domain.match import Match
from sabiscore.errors import BadBundle, BadPublication
from sabiscore.insights.forecast import Forecast, Model, Shift, Triple, Vectors, explained_each, forecasts
from sabiscore.insights.publish import Publication


class Edition:
    """The served matches of ``publication`` with what ``model`` says of them, corrected by ``calibration``.

    States are opened, and numpy and onnxruntime imported, by the first forecast. Raises
    BadPublication when made-up matches would be answered by a model of real ones or the other way.
    """

    def __init__(
        self,
        publication: Publication,
        model: Model,
        open_states: Callable[[Path], Vectors],
        calibration: Calibration = IDENTITY,
    ) -> None:
        if publication.kind != model.kind:
            raise BadPublication(
                f"The matches are {publication.kind}, but the model was fitted on {model.kind} ones.",
                hint="Publish and train from the same data.",
            )
        self.publication = publication
        self.model = model
        self.calibration = calibration
        self._open_states = open_states
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None
        self._forecasts: Mapping[str, Forecast] | None = None
        self._explained: dict[str, tuple[Forecast, tuple[Shift, ...]]] = {}

    def is_of(self, publication: Publication, model: Model, calibration: Calibration) -> bool:
        """Whether it is made from exactly these."""
        same = self.publication is publication and self.model is model
        return same and self.calibration == calibration

    def forecasts(self) -> Mapping[str, Forecast]:
        """The forecast of every served match by id, from one batch."""
        with self._lock:
            if self._forecasts is None:
                matches = tuple(self.publication.served.values())
                made = forecasts(self._opened(), self.model, matches, self.calibration)
                self._forecasts = dict(zip(self.publication.served, made, strict=True))
            return self._forecasts

    def prepare(self, matches: Sequence[Match]) -> None:
        """Forecasts and explains these served ``matches`` in one batch, for whoever asks for them next."""
        made = self._explain(matches)
        self._explained |= {match.id: one for match, one in zip(matches, made, strict=True)}

    def explained(self, match: Match) -> tuple[Forecast, tuple[Shift, ...]]:
        """The forecast of any match within a league, and what moved it."""
        prepared = self._explained.get(match.id)
        if prepared is not None and self.publication.served.get(match.id) == match:
            return prepared
        return self._explain([match])[0]

    def uncalibrated(self, matches: Sequence[Match]) -> tuple[list[bytes], list[Triple]]:
        """The vector of each match as bytes, and what the graph says of it without live calibration."""
        with self._lock:
            X = self._opened()(matches)
        p = self.model.predict(X).tolist()
        return [row.tobytes() for row in X], [(home, draw, away) for home, draw, away in p]

    def _explain(self, matches: Sequence[Match]) -> list[tuple[Forecast, tuple[Shift, ...]]]:
        with self._lock:
            vectors = self._opened()
        return explained_each(vectors, self.model, matches, self.calibration)

    def _opened(self) -> Vectors:
        if self._vectors is None:
            vectors = self._open_states(self.publication.states)
            if vectors.schema != self.model.schema:
                raise BadBundle(
                    f"Bundle {self.model.version} was made for other features than this code computes.",
                    hint="Train again, or roll back the code.",
                )
            self._vectors = vectors
        return self._vectors
