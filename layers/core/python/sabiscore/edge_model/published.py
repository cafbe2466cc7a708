"""The edge model of what is published now."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sabiscore.edge_model.asset import edge_model
from sabiscore.edge_model.packed import Packed, unpack
from sabiscore.errors import BadPublication
from sabiscore.inference.bundle import read_verified
from sabiscore.inference.manifest import EDGE_GRAPH
from sabiscore.insights.compose import NO_FORMS
from sabiscore.publication.club_forms import read_forms
from sabiscore.publication.publish import PUBLISH_AGAIN
from sabiscore.untrusted import untrusted

if TYPE_CHECKING:
    from sabiscore.insights.answers.inputs import AnswerInputs
    from sabiscore.insights.production import ServedModel
    from sabiscore.publication.club_forms import ClubForm


def published_edge_model(inputs: AnswerInputs, registry: Path) -> Packed | None:
    """What ``inputs`` answer from; None for a bundle from before graphs were compiled.

    Raises NothingPublished, BadPublication and BadBundle.
    """
    from sabiscore.features.state import State

    current, model = inputs.current(), cast("ServedModel", inputs.models.get())
    compiled = read_verified(registry / model.version, EDGE_GRAPH)
    if compiled is None:
        return None
    published = current.publication.published_states
    data = published.read()
    with untrusted(BadPublication, f"{published.name} holds no states that can be read", hint=PUBLISH_AGAIN):
        state = State.load(io.BytesIO(data))
    forms: dict[str, Mapping[str, ClubForm] | str] = {
        league: read_forms(current.supplements, league) or NO_FORMS for league in current.rosters
    }
    return edge_model(current, model, state, unpack(compiled), forms)
