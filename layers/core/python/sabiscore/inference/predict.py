"""Probabilities from a verified bundle."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sabiscore.errors import BadBundle
from sabiscore.inference.bundle import Bundle
from sabiscore.inference.manifest import CalibrationTable
from sabiscore.inference.probes import PROBE_TOLERANCE, read_probes
from sabiscore.inference.session import open_session
from sabiscore.untrusted import untrusted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SUM_TOLERANCE = 1e-4
"""How far the three may be from 1 together: rounding in float32 leaves less than a hundredth of it."""


class OnnxModel:
    """A bundle that can predict: its graph is loaded, and answered its probes as it was released to."""

    def __init__(self, bundle: Bundle) -> None:
        """Raises BadBundle when the graph cannot be used, or answers otherwise than it was released to."""
        self.bundle = bundle
        self._session = open_session(bundle.model, bundle.manifest.n_features)
        self._calibration = _feed(bundle.manifest.calibration)
        self.baseline = _baseline(bundle)
        self.predict(self.baseline[None])
        self.over(self.baseline[None])
        self._require_known_answers()

    @property
    def version(self) -> str:
        return self.bundle.manifest.version

    def predict(
        self, vectors: npt.NDArray[np.float32], calibration: CalibrationTable | None = None
    ) -> npt.NDArray[np.float64]:
        """float64 [N, 3]: probabilities of home, draw and away for float32 ``vectors`` [N, F].

        ``calibration`` replaces the bundle's own. Every row sums to 1 in float64. Raises BadBundle
        when the graph fails, or gives something that is no probability, before anything is divided.
        """
        import numpy as np  # loaded on a cache miss only

        feed = self._calibration if calibration is None else _feed(calibration)
        feed = {**feed, "vectors": np.ascontiguousarray(vectors, np.float32)}
        p = self._run("probabilities", feed)
        sums = p.sum(axis=1, keepdims=True)
        # Written so that NaN, which compares with nothing, is refused as well.
        if p.size and not (p.min() >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE):
            raise BadBundle(f"Bundle {self.version} gives numbers that are no probabilities.")
        normalised: npt.NDArray[np.float64] = p / sums
        return normalised

    def over(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """float64 [N]: the probability of three goals or more for float32 ``vectors`` [N, F].

        Raises BadBundle when the graph fails, or gives something that is no probability.
        """
        import numpy as np  # loaded on a cache miss only

        over = self._run("over", {"vectors": np.ascontiguousarray(vectors, np.float32)})[:, 0]
        # Written so that NaN is refused as well.
        if over.size and not (over.min() >= 0 and over.max() <= 1):
            raise BadBundle(f"Bundle {self.version} gives numbers of goals that are no probabilities.")
        return over

    def _run(self, output: str, feed: Mapping[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
        import numpy as np  # loaded on a cache miss only

        with untrusted(BadBundle, f"The graph of bundle {self.version} fails"):
            return np.asarray(self._session.run([output], feed)[0], np.float64)

    def _require_known_answers(self) -> None:
        import numpy as np  # loaded on a cache miss only

        if self.bundle.probes is None:
            return
        probes = read_probes(self.bundle.probes, self.bundle.manifest.n_features)
        p, over = self.predict(probes.vectors, CalibrationTable()), self.over(probes.vectors)
        difference = float(np.abs(np.column_stack([p, over]) - probes.expected).max())
        if difference > PROBE_TOLERANCE:
            raise BadBundle(
                f"Bundle {self.version} answers its own probes with probabilities {difference:.2g} off.",
                hint="The graph is not the one that was released; promote another bundle.",
            )


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

    with untrusted(BadBundle, f"The baseline of bundle {bundle.manifest.version} is not an array"):
        baseline = np.load(io.BytesIO(bundle.baseline), allow_pickle=False)
    if not isinstance(baseline, np.ndarray) or baseline.dtype != np.float32:
        raise BadBundle(f"The baseline of bundle {bundle.manifest.version} is not float32.")
    if baseline.shape != (bundle.manifest.n_features,):
        raise BadBundle(f"The baseline of bundle {bundle.manifest.version} has shape {baseline.shape}.")
    return baseline
