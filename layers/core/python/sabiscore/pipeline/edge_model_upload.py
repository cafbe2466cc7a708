"""The edge model of what is published, sent to its Worker once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sabiscore.errors import SabiScoreError
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.publication.corrections import mark_of

if TYPE_CHECKING:
    from sabiscore.insights.answers.inputs import AnswerInputs

UPLOADED_KEY = "edge-model:uploaded"
"""The key of the CAS store that says what the newest model is made from, sent or reported as not made."""

Upload = Callable[[bytes], object]


def upload_edge_model(
    inputs: AnswerInputs, registry: Path, cas_store: CasStore, upload: Upload | None
) -> str | None:
    """Sends the model of what ``inputs`` answer from, unless that was sent; the problem where it failed.

    None of ``upload`` says that there is no such Worker.
    """
    if upload is None:
        return None
    try:
        current = inputs.current()
        made_from = f"{current.publication.digest} {current.version} {mark_of(current.live)}"
        if current.publication.rehearsal or cas_store.read(UPLOADED_KEY) == made_from:
            return None
        from sabiscore.edge_model.published import published_edge_model  # numpy comes with it

        model = published_edge_model(inputs, registry)
        if model is not None:
            upload(model.to_bytes())
    except SabiScoreError as error:
        return f"The edge model was not sent: {error}"
    compare_and_swap(cas_store, UPLOADED_KEY, lambda _: made_from)
    return None if model else f"Bundle {current.version} has no edge model: it is from before there were any."
