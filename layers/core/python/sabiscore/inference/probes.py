"""Rows with known answers that a bundle carries, so that its graph is checked where it is used."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sabiscore.errors import BadBundle
from sabiscore.untrusted import untrusted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PROBE_TOLERANCE = 1e-5
"""The largest difference from the known answers: ten times a release's, since processors differ."""
MOST_PROBES = 1_000


@dataclass(frozen=True, slots=True)
class Probes:
    """float32 ``vectors`` [n, F], some with unknown values, and what Python's ensemble says of them.

    ``expected`` is float64 [n, 4]: home, draw, away, before any calibration, and three goals or more.
    """

    vectors: npt.NDArray[np.float32]
    expected: npt.NDArray[np.float64]

    def to_bytes(self) -> bytes:
        """The file that a bundle holds them in."""
        import numpy as np  # loaded on a cache miss only

        buffer = io.BytesIO()
        np.savez(buffer, vectors=self.vectors, expected=self.expected)
        return buffer.getvalue()


def read_probes(data: bytes, n_features: int) -> Probes:
    """The probes that ``data`` is the file of, for a graph of ``n_features``. Raises BadBundle."""
    import numpy as np  # loaded on a cache miss only

    with untrusted(BadBundle, "The bundle's probes cannot be read"):
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            probes = Probes(stored["vectors"], stored["expected"])
        rows = len(probes.vectors)
        if probes.vectors.dtype != np.float32 or probes.vectors.shape != (rows, n_features):
            raise ValueError("their vectors are of another shape")
        if not 0 < rows <= MOST_PROBES or probes.expected.shape != (rows, 4):
            raise ValueError("they are not a few rows with an answer each")
        if not np.isfinite(probes.expected).all():
            raise ValueError("an answer is no number")
    return probes
