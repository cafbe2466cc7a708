"""The corrections that settled predictions taught, by bundle version, beside the publication.

``calibration.json`` holds ``{"digest": sha256 of the canonical text of "calibrations", "calibrations":
{version: {"matrix", "bias", "n", "judged", "gain_nats"}}}``: schedules write it, requests read it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sabiscore.cache.file_stamp import FileStamp
from sabiscore.cache.last_good import LastGood
from sabiscore.domain.calibration import IDENTITY, Calibration, Row
from sabiscore.errors import BadPublication
from sabiscore.files import write_atomically
from sabiscore.publication.digest import digest_of
from sabiscore.untrusted import bytes_of, json_object, untrusted

CORRECTIONS_FILE = "calibration.json"
LEARN_AGAIN = "Run: sabiscore cron calibrate"
NOBODYS = "none"
"""In place of the digest of corrections that there never were."""


@dataclass(frozen=True, slots=True)
class LearnedCorrection:
    """A bundle's correction in use, which ``n`` settled predictions taught.

    ``gain_nats`` is by how much the candidate beat the identity on the ``judged`` matches that it was
    not fitted on, summed; ``calibration`` is the identity until that is evidence enough.
    """

    calibration: Calibration = IDENTITY
    n: int = 0
    judged: int = 0
    gain_nats: float = 0.0


NO_CORRECTION = LearnedCorrection()
"""Of a bundle that nothing was settled of; made once, since every request asks."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is known of every bundle; ``digest`` differs for every different content."""

    by_version: Mapping[str, LearnedCorrection] = field(default_factory=dict)
    digest: str = NOBODYS

    def of(self, version: str) -> LearnedCorrection:
        """The correction of ``version``; the identity for one that nothing was settled of."""
        return self.by_version.get(version, NO_CORRECTION)

    @property
    def mark(self) -> str:
        """What differs exactly when some answer would differ: evidence that only grows leaves it."""
        used = {
            version: [*live.calibration.matrix, live.calibration.bias]
            for version, live in self.by_version.items()
            if not live.calibration.is_identity
        }
        return digest_of(used)


def mark_of(calibration: Calibration) -> str:
    """Names a correction in tags: "none" for the identity.

    >>> mark_of(IDENTITY), len(mark_of(Calibration(bias=(0.1, 0.0, 0.0))))
    ('none', 16)
    """
    if calibration.is_identity:
        return "none"
    return digest_of({"rows": [*calibration.matrix, calibration.bias]})[:16]


def put_corrections(folder: Path, by_version: Mapping[str, LearnedCorrection]) -> Corrections:
    """``by_version`` is what requests are answered with from now on."""
    body = {version: _plain(live) for version, live in sorted(by_version.items())}
    digest = digest_of(body)
    whole = json.dumps({"digest": digest, "calibrations": body}, allow_nan=False)
    write_atomically(folder / CORRECTIONS_FILE, whole.encode())
    return Corrections(dict(by_version), digest)


def read_corrections(folder: Path) -> Corrections:
    """What is published in ``folder``; none where there never was any.

    Raises BadPublication where it is not what was written.
    """
    with untrusted(BadPublication, f"{CORRECTIONS_FILE} holds no calibrations", hint=LEARN_AGAIN):
        data = bytes_of(folder / CORRECTIONS_FILE)
        if data is None:
            return Corrections()
        whole = json_object(data)
        digest, body = str(whole["digest"]), whole["calibrations"]
        if digest_of(body) != digest:
            raise ValueError("altered after it was written")
        return Corrections({version: _live(fields) for version, fields in body.items()}, digest)


def last_corrections(folder: Path, expected: Callable[[], bool] = lambda: False) -> LastGood[Corrections]:
    """The newest corrections of ``folder`` that can be trusted.

    Before the first good ones, those of nobody: the model's own probabilities are better than no answer.
    ``expected`` says, where the file is missing, whether there should be one.
    """

    def load() -> Corrections:
        found = read_corrections(folder)
        had_some = last.value is not None and bool(last.value.by_version)
        if found.digest == NOBODYS and (had_some or expected()):
            raise BadPublication(f"{CORRECTIONS_FILE} is missing, though there was one.", hint=LEARN_AGAIN)
        return found

    last: LastGood[Corrections] = LastGood(
        load=load, stamp=FileStamp(folder / CORRECTIONS_FILE), fallback=lambda _: Corrections()
    )
    return last


def _plain(live: LearnedCorrection) -> dict[str, Any]:
    return {
        "matrix": [list(row) for row in live.calibration.matrix],
        "bias": list(live.calibration.bias),
        "n": live.n,
        "judged": live.judged,
        "gain_nats": live.gain_nats,
    }


def _live(fields: Mapping[str, Any]) -> LearnedCorrection:
    home, draw, away = (_row(row) for row in fields["matrix"])
    calibration = Calibration((home, draw, away), _row(fields["bias"]))
    return LearnedCorrection(calibration, int(fields["n"]), int(fields["judged"]), float(fields["gain_nats"]))


def _row(values: Any) -> Row:
    home, draw, away = (float(value) for value in values)
    if not all(map(math.isfinite, (home, draw, away))):
        raise ValueError("a number that is none")
    return home, draw, away
