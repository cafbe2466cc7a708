"""What teams did of late: decayed means a match, overall and by venue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sabiscore.features.block import SIDES, Group, each
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.state import FORM, SEEN_ALL, SEEN_AWAY, SEEN_HOME, SEEN_SHOTS, TEAM
from sabiscore.history import Floats

GROUP = Group("form")

FORM_NAMES = tuple(f"{what}_{span}" for span in ("short", "middle", "long") for what in FORM)
_FROM_SHOTS = FORM.index("shots")


@GROUP.block("a match, decayed", *(f"{name}_{side}" for name in FORM_NAMES for side in SIDES))
def _form_overall(known: FeatureInputs) -> Sequence[Floats]:
    form = known.teams[TEAM["form"]].reshape(-1, len(FORM), 2, len(known.day)).copy()
    form[:, :, known.unseen[SEEN_ALL]] = np.nan
    form[:, _FROM_SHOTS:, known.unseen[SEEN_SHOTS]] = np.nan
    return [form]


@GROUP.block("a match at this venue, decayed", *each("home_at_home", FORM), *each("away_away", FORM))
def _form_venue(known: FeatureInputs) -> Sequence[Floats]:
    both = known.teams[TEAM["form_venue"]].reshape(2, len(FORM), 2, -1)
    form = [both[0, :, 0].copy(), both[1, :, 1].copy()]
    for side, venue in enumerate((SEEN_HOME, SEEN_AWAY)):
        form[side][:, known.unseen[venue, side]] = np.nan
        form[side][_FROM_SHOTS:, known.unseen[SEEN_SHOTS, side]] = np.nan
    return form


@GROUP.block("a match, home minus away, shrunk", *each("gap", FORM))
def _form_gap(known: FeatureInputs) -> Sequence[Floats]:
    middle = known.teams[TEAM["form"]][len(FORM) : 2 * len(FORM)]
    gap = middle[:, 0] - middle[:, 1]
    for rows, seen in ((slice(0, _FROM_SHOTS), SEEN_ALL), (slice(_FROM_SHOTS, None), SEEN_SHOTS)):
        matches = known.both_seen[seen]
        gap[rows] *= np.where(matches > 0, matches / (matches + 10.0), np.nan)
    return [gap]
