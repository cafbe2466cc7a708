"""The bundle in production and the saved states, as the ports that forecasts are made through.

Features and the graph's runtime bring numpy and onnxruntime with them, so they are imported by the
first forecast and not before.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from sabiscore.cache.file_stamp import FileStamp
from sabiscore.cache.last_good import LastGood
from sabiscore.domain.calibration import Calibration, Row
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.match import Match
from sabiscore.errors import BadBundle, BadPublication, SabiScoreError
from sabiscore.observability.metrics import METRICS
from sabiscore.publication.publish import PUBLISH_AGAIN, PublishedStates
from sabiscore.untrusted import untrusted

NO_VERSION = "none"

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sabiscore.features.state import State
    from sabiscore.inference.loader import Loader
    from sabiscore.inference.predict import OnnxModel


class ServedModel:
    """A loaded bundle as ``forecast.Model``."""

    def __init__(self, model: OnnxModel) -> None:
        manifest = model.bundle.manifest
        self._model = model
        self.version = manifest.version
        self.kind = cast("DataKind", manifest.kind)
        self.schema = manifest.schema
        self.created_at = datetime.fromisoformat(manifest.created_at)
        self.metrics: Mapping[str, Any] = manifest.metrics
        matrix = cast("tuple[Row, Row, Row]", manifest.calibration.matrix)
        self.calibration = Calibration(matrix, cast("Row", manifest.calibration.bias))

    @property
    def baseline(self) -> npt.NDArray[np.float32]:
        """float32 [F]: the typical served vector, in place of a feature group that is left out."""
        return self._model.baseline

    def predict(self, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64 [n, 3] for ``X`` float32 [n, F]: home, draw, away; each row sums to 1."""
        began = perf_counter()
        p = self._model.predict(X)
        METRICS.inferred(perf_counter() - began)
        return p

    def over(self, X: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64 [n] for ``X`` float32 [n, F]: the probability of three goals or more."""
        return self._model.over(X)


class Production:
    """The bundle that a registry's pointer names, or the last good one before it."""

    def __init__(self, registry: Path, pointer: str = "production") -> None:
        self._registry = registry
        self._pointer = pointer
        self._pointer_file = registry / pointer
        self._loader: Loader | None = None
        self._named: LastGood[str] = LastGood(
            load=self._named_version, stamp=FileStamp(self._pointer_file), fallback=lambda _: NO_VERSION
        )
        self._served: tuple[OnnxModel, ServedModel] | None = None
        self._metrics: tuple[str, Mapping[str, Any]] | None = None

    @property
    def refused(self) -> SabiScoreError | None:
        degraded = self._loader.degraded if self._loader else None
        return BadBundle(degraded) if degraded else None

    def version(self) -> str:
        """The version that the pointer names, read when the pointer moved; "none" before the first.

        Nothing is loaded for it: it names the model in caches that processes share. A pointer that cannot be
        read leaves the version before; ``get`` reports it.
        """
        return self._named.get()

    def _named_version(self) -> str:
        # Its package verifies bundles and brings more than a cached answer needs.
        from sabiscore.inference.pointer import read_changes, standing

        return (standing(read_changes(self._pointer_file)) or (NO_VERSION,))[-1]

    def metrics(self) -> Mapping[str, Any]:
        """What the manifest of the version that the pointer names reports of its evaluation.

        Empty while there is no bundle, or its manifest cannot be read: ``get`` raises why.
        """
        from sabiscore.inference.bundle import read_manifest

        version = self.version()
        if self._metrics is None or self._metrics[0] != version:
            try:
                self._metrics = version, read_manifest(self._registry / version).metrics
            except BadBundle:
                return {}  # not kept: it may be brought yet
        return self._metrics[1]

    def fallen(self) -> str | None:
        """Why the system itself took the bundle back that was in production before; None if it did not."""
        from sabiscore.inference.pointer import read_changes  # as above

        try:
            moves = read_changes(self._pointer_file)
        except BadBundle:
            return None  # ``get`` raises it
        last = moves[-1] if moves else None
        return last.because if last is not None and last.because else None

    def get(self) -> ServedModel:
        """The model to predict with. Raises NothingPublished or BadBundle."""
        if self._loader is None:
            from sabiscore.features.vector import SCHEMA
            from sabiscore.inference.loader import Loader

            self._loader = Loader(self._registry, SCHEMA, self._pointer)
        model = self._loader.model()
        served = self._served
        if served is None or served[0] is not model:
            served = self._served = (model, ServedModel(model))
        return served[1]


class SavedStates:
    """States as ``forecast.Vectors``: the vector of any fixture, as known when they were saved."""

    def __init__(self, state: State) -> None:
        from sabiscore.features import vector

        self._state = state
        self.schema = vector.SCHEMA
        self.flags = vector.FLAGS
        self.absent = tuple(0.0 if feature.unit == "flag" else float("nan") for feature in vector.FEATURES)
        self.groups: Mapping[str, tuple[int, ...]] = {
            group: tuple(i for i, feature in enumerate(vector.FEATURES) if feature.group == group)
            for group in vector.GROUPS
        }

    def __call__(self, matches: Sequence[Match]) -> npt.NDArray[np.float32]:
        """float32 [n, F]: the vectors of ``matches``, in their order."""
        from sabiscore.features.replay import vectors
        from sabiscore.history import columns_of

        return vectors(self._state, columns_of(matches))


@lru_cache(maxsize=2)
def open_states(published: PublishedStates) -> SavedStates:
    """The states that were published; many publications in a row have the same.

    The bytes that are used are those whose hash was checked. Raises BadPublication when the file holds
    others, or states of another layout.
    """
    from sabiscore.features.state import State

    data = published.read()
    sentence = f"{published.path.name} holds no states that can be read"
    with untrusted(BadPublication, sentence, hint=PUBLISH_AGAIN):
        return SavedStates(State.load(io.BytesIO(data)))
