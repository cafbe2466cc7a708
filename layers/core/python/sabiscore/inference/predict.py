"""Probabilities from a verified bundle."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from sabiscore.errors import BadBundle
from sabiscore.inference.bundle import Bundle
from sabiscore.inference.manifest import CalibrationTable
from sabiscore.inference.session import open_session

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class OnnxModel:
    """A bundle that can predict: its graph is loaded and its baseline was put through it once."""

    def __init__(self, bundle: Bundle) -> None:
        """Raises BadBundle when the graph cannot be used."""
        self.bundle = bundle
        self._session = open_session(bundle.model, bundle.manifest.n_features)
        self._calibration = _feed(bundle.manifest.calibration)
        self.baseline = _baseline(bundle)
        self.predict(self.baseline[None])

    @property
    def version(self) -> str:
        return self.bundle.manifest.version

    def predict(
        self, vectors: npt.NDArray[np.float32], calibration: CalibrationTable | None = None
    ) -> npt.NDArray[np.float64]:
        """float64 [N, 3]: probabilities of home, draw and away for float32 ``vectors`` [N, F].

        ``calibration`` replaces the bundle's own. Every row sums to 1 in float64. Raises BadBundle
        when the graph gives something that is no probability.
        """
        import numpy as np  # loaded on a cache miss only

        feed = self._calibration if calibration is None else _feed(calibration)
        feed = {**feed, "vectors": np.ascontiguousarray(vectors, np.float32)}
        p = np.asarray(self._session.run(["probabilities"], feed)[0], np.float64)
        if not np.isfinite(p).all():
            raise BadBundle(f"Bundle {self.version} gives probabilities that are not numbers.")
        normalised: npt.NDArray[np.float64] = p / p.sum(axis=1, keepdims=True)
        return normalised


def _feed(calibration: CalibrationTable) -> dict[str, npt.NDArray[np.float32]]:
    """The calibration as inputs of the graph."""
    import numpy as np  # loaded on a cache miss only

    return {
        "calibration_matrix": np.array(calibration.matrix, np.float32),
        "calibration_bias": np.array(calibration.bias, np.float32),
    }


def _baseline(bundle: Bundle) -> npt.NDArray[np.float32]:
    """float32 [F]: the typical served vector; raises BadBundle when it is anything else."""
    import numpy as np  # loaded on a cache miss only

    try:
        baseline = np.load(io.BytesIO(bundle.baseline), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadBundle(f"The baseline of bundle {bundle.manifest.version} is not an array.") from error
    if not isinstance(baseline, np.ndarray) or baseline.dtype != np.float32:
        raise BadBundle(f"The baseline of bundle {bundle.manifest.version} is not float32.")
    if baseline.shape != (bundle.manifest.n_features,):
        raise BadBundle(f"The baseline of bundle {bundle.manifest.version} has shape {baseline.shape}.")
    return baseline
