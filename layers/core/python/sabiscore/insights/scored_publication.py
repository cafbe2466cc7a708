"""One publication read by one model: everything that answers are made from, computed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.domain.match import Match
from sabiscore.domain.value import EXCHANGE_COMMISSION
from sabiscore.errors import BadBundle, BadPublication
from sabiscore.insights.forecast import (
    Forecast,
    ForecastModel,
    GroupShift,
    ScoredMatch,
    Vectors,
    explained_each,
    forecast,
    read,
)
from sabiscore.publication.publish import Publication, PublishedStates


@dataclass(frozen=True, slots=True)
class ScoredMatches:
    """Readings by match, and whose they are."""

    vectors: Vectors | None = None
    model: ForecastModel | None = None
    scored: Mapping[str, ScoredMatch] = field(default_factory=dict)

    def by(self, vectors: Vectors, model: ForecastModel) -> dict[str, ScoredMatch]:
        """By match id, those (x of F features, p of three outcomes) of this very model and these states."""
        return dict(self.scored) if self.vectors is vectors and self.model is model else {}


class ScoredPublication:
    """The served matches of ``publication`` with what ``model`` says of them, corrected by ``calibration``.

    Bets on them are reckoned with the ``commission`` that exchanges keep.

    States are opened, and numpy and onnxruntime imported, by the first forecast. What ``before`` has read
    of matches that are still the same, by the same model and from the same states, is not read again.
    Raises BadPublication when made-up matches would be answered by a model of real ones or the other way.
    """

    def __init__(
        self,
        publication: Publication,
        model: ForecastModel,
        *,
        open_states: Callable[[PublishedStates], Vectors],
        calibration: Calibration = IDENTITY,
        before: ScoredPublication | None = None,
        commission: float = EXCHANGE_COMMISSION,
    ) -> None:
        if publication.kind != model.kind:
            raise BadPublication(
                f"The matches are {publication.kind}, but the model was fitted on {model.kind} ones.",
                hint="Publish and train from the same data.",
            )
        self.publication = publication
        self.model = model
        self.calibration = calibration
        self.commission = commission
        self._open_states = open_states
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None
        self._readings = before.readings if before is not None else ScoredMatches()
        self._forecasts: Mapping[str, Forecast] | None = None
        self._explained: dict[str, tuple[Forecast, tuple[GroupShift, ...]]] = {}

    def is_of(self, publication: Publication, model: ForecastModel, calibration: Calibration) -> bool:
        """Whether it is made from exactly these."""
        same = self.publication is publication and self.model is model
        return same and self.calibration == calibration

    @property
    def readings(self) -> ScoredMatches:
        """All that was read so far, here and before."""
        return self._readings

    def forecasts(self) -> Mapping[str, Forecast]:
        """The forecast of every served match by id, from one batch."""
        with self._lock:
            if self._forecasts is None:
                vectors, served = self._opened(), self.publication.served
                read_each = self._read(tuple(served.values()))
                made = (forecast(vectors, scored, self.calibration) for scored in read_each)
                self._forecasts = dict(zip(served, made, strict=True))
            return self._forecasts

    def uncalibrated(self, matches: Sequence[Match]) -> list[ScoredMatch]:
        """What the graph says of served ``matches`` without live calibration, and by which vectors."""
        with self._lock:
            return self._read(matches)

    def prepare(self, matches: Sequence[Match]) -> None:
        """Forecasts and explains these served ``matches`` in one batch, for whoever asks for them next."""
        made = self._explain(matches)
        self._explained |= {match.id: forecast for match, forecast in zip(matches, made, strict=True)}

    def explained(self, match: Match) -> tuple[Forecast, tuple[GroupShift, ...]]:
        """The forecast of any match within a league, and what moved it."""
        prepared = self._explained.get(match.id)
        if prepared is not None and self.publication.served.get(match.id) == match:
            return prepared
        return self._explain([match])[0]

    def _explain(self, matches: Sequence[Match]) -> list[tuple[Forecast, tuple[GroupShift, ...]]]:
        with self._lock:
            vectors = self._opened()
        return explained_each(vectors, self.model, matches, self.calibration)

    def _read(self, matches: Sequence[Match]) -> list[ScoredMatch]:
        vectors, model = self._opened(), self.model
        known = self._readings.by(vectors, model)
        new = [match for match in matches if match.id not in known or known[match.id].match != match]
        known |= {scored.match.id: scored for scored in read(vectors, model, new)}
        served = self.publication.served
        self._readings = ScoredMatches(
            vectors, model, {key: scored for key, scored in known.items() if key in served}
        )
        return [known[match.id] for match in matches]

    def _opened(self) -> Vectors:
        if self._vectors is None:
            vectors = self._open_states(self.publication.published_states)
            if vectors.schema != self.model.schema:
                raise BadBundle(
                    f"Bundle {self.model.version} was made for other features than this code computes.",
                    hint="Train again, or roll back the code.",
                )
            self._vectors = vectors
        return self._vectors
